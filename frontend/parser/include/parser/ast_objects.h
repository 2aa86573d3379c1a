// Foreign data, event triggers, publications and subscriptions, as parsed. See ast.h for the conventions.
#pragma once

#include "parser/ast_ddl.h"

namespace parser::ast {

// CREATE or ALTER FOREIGN DATA WRAPPER. `functions`: HANDLER and VALIDATOR, without an argument for NO HANDLER.
struct DataWrapper : NodeOf<NodeKind::data_wrapper> {
  bool alter = false;
  Name name;
  NodeList functions, options;
};
struct ForeignServer : NodeOf<NodeKind::foreign_server> {
  bool alter = false;
  Name name, type, version, wrapper;
  bool if_not_exists = false, has_version = false;
  NodeList options;
};
// `lenient`: IF NOT EXISTS, or IF EXISTS of DROP.
struct UserMapping : NodeOf<NodeKind::user_mapping> {
  enum class Action : std::uint8_t { create, alter, drop } action{};
  const RoleSpecification* user = nullptr;
  Name server;
  bool lenient = false;
  NodeList options;
};
struct CreateForeignTable : NodeOf<NodeKind::create_foreign_table> {
  const CreateTable* table = nullptr;
  Name server;
  NodeList options;
};
struct ImportForeignSchema : NodeOf<NodeKind::import_foreign_schema> {
  Name server, remote_schema, local_schema;
};

struct CreateEventTrigger : NodeOf<NodeKind::create_event_trigger> {
  Name name, event;
  NodeList filters;  // variable IN (list)
  Names function;
};
struct AlterEventTrigger : NodeOf<NodeKind::alter_event_trigger> {
  Name name;
  char state = 'O';
};

// One thing that a publication publishes. The grammar has resolved what continues the one before.
struct PublicationObject : NodeOf<NodeKind::publication_object> {
  enum class Kind : std::uint8_t { table, schema, current_schema } what{};
  Name schema;
  const RangeVariable* relation = nullptr;
  const Node* where = nullptr;
  Names columns;
  bool has_columns = false;
};
struct Publication : NodeOf<NodeKind::publication> {
  enum class Action : std::uint8_t { create, add, drop, set, options } action{};
  Name name;
  NodeList options, objects;
  bool all_tables = false;
};
struct Subscription : NodeOf<NodeKind::subscription> {
  enum class Action : std::uint8_t {
    create, drop, options, connection, set_publications, add_publications, drop_publications, refresh, enable, skip
  } action{};
  Name name, connection;
  Names publications;
  NodeList options;
  bool missing_ok = false;
};

// ALTER ... [NO] DEPENDS ON EXTENSION
struct DependsOnExtension : NodeOf<NodeKind::depends_on_extension> {
  ObjectType object_type{};
  const RangeVariable* relation = nullptr;
  const Node* object = nullptr;
  Name extension;
  bool remove = false;
};
struct CreateLanguage : NodeOf<NodeKind::create_language> {
  Name name;
  bool replace = false, trusted = false;
  Names handler, inline_handler, validator;
};
struct CreateTransform : NodeOf<NodeKind::create_transform> {
  bool replace = false;
  const TypeName* type = nullptr;
  Name language;
  const ObjectWithArguments *from_sql = nullptr, *to_sql = nullptr;
};
struct DropTablespace : NodeOf<NodeKind::drop_tablespace> {
  Name name;
  bool missing_ok = false;
};

}  // namespace parser::ast
