// Objects that have a name in a schema and little else: text search objects, collations,
// conversions, statistics objects, operator classes and families. One table tells their catalogues
// apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/session_catalog.h"

namespace catalog {

enum class NamedKind {
  ts_parser, ts_dictionary, ts_template, ts_configuration, collation, conversion, statistics, operator_class,
  operator_family
};

// Where such objects are kept. Columns from 0, -1 for none.
struct NamedCatalog {
  NamedKind kind;
  Oid catalog;
  Oid name_index;  // begins with the name; with the access method before it, where there is one
  int name, schema, owner;
  std::string_view words;  // in messages: "text search parser"
  int method = -1;         // the names of each access method are apart
};
const NamedCatalog& named_catalog(NamedKind kind);

struct NamedObject {
  Oid oid, schema, owner;
  std::string name;
  Oid method = 0;
};

// By name: in the schema, or on the search path. 0: there is none (or no such schema).
Oid find_named(SessionCatalog& catalog, NamedKind kind, std::string_view schema, std::string_view name, Oid method = 0);
std::optional<NamedObject> named_object(SessionCatalog& catalog, NamedKind kind, Oid oid);
// Its name finds it.
bool named_is_visible(SessionCatalog& catalog, NamedKind kind, const NamedObject& object);
// Quoted where needed, with the schema where it is not visible.
std::string named_display(SessionCatalog& catalog, NamedKind kind, const NamedObject& object);
// pg_am: 0 where there is none of that name, empty where there is none of that OID.
Oid find_access_method(SessionCatalog& catalog, std::string_view name);
std::string access_method_name(SessionCatalog& catalog, Oid method);
// "name" or "schema.name" as reg types read it; 42704 where there is none.
Oid named_by_text(SessionCatalog& catalog, NamedKind kind, std::string_view text);

}  // namespace catalog
