// Names of things as statements write them, with what analysis found out about them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "types/oid.h"

namespace query {

using types::Oid;

// schema is empty when none was written: look it up (or create it) along the search path.
struct ObjectName {
  std::string schema;
  std::string name;
};

// A relation that a statement needs. `oid` is set where analysis had to open the relation (its
// expressions refer to its columns); 0 where the command looks the name up itself.
struct RelationName {
  std::string schema;
  std::string name;
  Oid oid = 0;
  bool include_children = true;  // without ONLY
  int location = -1;
};

enum class RoleKind : std::uint8_t { named, current_role, current_user, session_user, public_ };
struct RoleName {
  RoleKind kind = RoleKind::named;
  std::string name;
  int location = -1;
};

enum class ObjectKind : std::uint8_t {
  access_method, aggregate, cast, column, collation, conversion, database, default_acl, domain,
  event_trigger, extension, foreign_data_wrapper, foreign_server, foreign_table, function, index,
  language, large_object, materialized_view, operator_, operator_class, operator_family, policy,
  procedure, publication, role, routine, rule, schema, sequence, statistics, subscription, table,
  table_constraint, domain_constraint, tablespace, trigger, text_search_configuration,
  text_search_dictionary, text_search_parser, text_search_template, type, type_attribute, view,
  parameter, transform, user_mapping, publication_schema, publication_table
};

// "table", "materialized view", ...: as messages name the kind.
const char* object_kind_name(ObjectKind kind);

// One object of DROP, COMMENT, RENAME, GRANT, ...
struct ObjectReference {
  std::string schema;
  std::string name;
  // Functions, aggregates and operators: resolved argument types. Without arguments the name
  // must be unique.
  bool has_arguments = false;
  std::vector<Oid> arguments;
  // Types and domains: resolved by analysis unless IF EXISTS was written.
  Oid type = 0;
  // Columns, constraints, triggers, rules and policies: the name within schema.name.
  std::string part;
  int location = -1;
};

// name = value pairs of WITH (...), CREATE DATABASE, COPY, EXPLAIN, ...
struct Option {
  std::string name;  // lower case unless quoted
  // Empty when the name stands alone (a boolean true). Numbers as written, lists element by
  // element.
  std::vector<std::string> values;
  bool value_is_string = false;   // written in quotes, not a bare word or number
  bool has_value = false;
  int location = -1;

  const std::string& value() const;  // the first value, or an empty string
};

}  // namespace query
