// Foreign data, event triggers, publications and subscriptions: analysed statements.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "query/expression.h"
#include "query/names.h"

namespace query {

// One of OPTIONS (...).
struct ForeignOption {
  enum class Action : std::uint8_t { unspecified, set, add, drop } action = Action::unspecified;
  std::string name, value;
};

// CREATE or ALTER FOREIGN DATA WRAPPER. A function without a name: NO HANDLER, NO VALIDATOR.
struct DefineDataWrapper {
  bool alter = false;
  std::string name;
  std::optional<ObjectName> handler, validator;
  std::vector<ForeignOption> options;
};
struct DefineServer {
  bool alter = false;
  std::string name, wrapper;
  std::optional<std::string> type;
  std::optional<std::string> version;  // of ALTER: with has_version, none takes it away
  bool has_version = false, if_not_exists = false;
  std::vector<ForeignOption> options;
};
struct DefineUserMapping {
  enum class Action : std::uint8_t { create, alter, drop } action = Action::create;
  RoleName user;
  std::string server;
  bool lenient = false;  // IF NOT EXISTS, IF EXISTS
  std::vector<ForeignOption> options;
};
// What makes a table of CREATE TABLE a foreign one.
struct ForeignSource {
  std::string server;
  std::vector<ForeignOption> options;
};
struct ImportForeignSchema {
  std::string server, local_schema;
};

struct CreateEventTrigger {
  std::string name, event;
  struct Filter {
    std::string variable;
    std::vector<std::string> values;
  };
  std::vector<Filter> filters;
  ObjectName function;
};
struct AlterEventTrigger {
  std::string name;
  char state = 'O';  // pg_event_trigger.evtenabled
};

struct PublicationObject {
  enum class Kind : std::uint8_t { table, schema, current_schema } kind = Kind::table;
  std::string schema;
  RelationName relation;
  ExpressionPtr where;  // over the table (range table entry 0)
  std::optional<std::vector<std::string>> columns;
};
// CREATE and ALTER PUBLICATION.
struct DefinePublication {
  enum class Action : std::uint8_t { create, add, drop, set, options } action = Action::create;
  std::string name;
  bool all_tables = false;
  std::vector<PublicationObject> objects;
  std::vector<Option> options;
};
struct DefineSubscription {
  enum class Action : std::uint8_t {
    create, drop, options, connection, set_publications, add_publications, drop_publications, refresh, enable, skip
  } action = Action::create;
  std::string name, connection;
  std::vector<std::string> publications;
  std::vector<Option> options;
  bool missing_ok = false;
};

// ALTER ... [NO] DEPENDS ON EXTENSION
struct DependsOnExtension {
  ObjectKind kind = ObjectKind::function;
  ObjectReference object;
  std::string extension;
  bool remove = false;
};

}  // namespace query
