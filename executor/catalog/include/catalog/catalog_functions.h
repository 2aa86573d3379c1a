// The functions of pg_catalog that need nothing but the catalogue: pg_get_indexdef,
// pg_table_is_visible, obj_description, has_table_privilege, ...
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/session_catalog.h"

namespace catalog {

using CatalogArguments = std::vector<std::optional<std::string>>;

// Calls the function of that internal name (pg_proc.prosrc). Objects among the arguments are OIDs
// as text; the answer is text or null. False: none of the catalogue's, `result` is untouched.
bool call_catalog_function(SessionCatalog& catalog, std::string_view function,
                           const CatalogArguments& arguments, std::optional<std::string>& result);

// "a", "s.a", "\"A\".b" into its parts, folded to lower case where not quoted. Throws 42602.
std::vector<std::string> split_identifiers(std::string_view text);
// What such parts name: a schema, empty where none is named, and a name. A database before them must be the session's
// (0A000), and nothing be before that (42601); errors speak of relations' names in words of their own.
enum class NameOf { relation, other };
struct QualifiedName {
  std::string schema, name;
};
QualifiedName qualified_name(SessionCatalog& catalog, const std::vector<std::string>& parts, NameOf what);
// The relation of that name, or what regclass's input says of it.
Oid relation_of_text(SessionCatalog& catalog, std::string_view text);

// Definitions as the pg_get_ functions print them; nullopt: no such object.
std::optional<std::string> constraint_definition(SessionCatalog& catalog, Oid constraint,
                                                 bool pretty);
// `column` from 1: that key alone; 0: the whole command.
std::optional<std::string> index_definition(SessionCatalog& catalog, Oid index, int column,
                                            bool pretty);
// PARTITION BY's argument: "RANGE (a, lower(b))".
std::optional<std::string> partition_key_definition(SessionCatalog& catalog, Oid table);
std::optional<std::string> rule_definition(SessionCatalog& catalog, Oid rule, bool pretty);
std::optional<std::string> view_definition(SessionCatalog& catalog, Oid view, bool pretty);
// CREATE STATISTICS; nullopt where there is no such object.
std::optional<std::string> statistics_object_definition(SessionCatalog& catalog, Oid oid);
// A stored expression (or list of them) over the columns of `relation` (0: none).
std::optional<std::string> expression_text(SessionCatalog& catalog, std::string_view stored,
                                           Oid relation, bool pretty);

// What stands between the parentheses of its WHEN.
std::string trigger_condition(SessionCatalog& catalog, const TriggerInfo& trigger, bool pretty);

// For SET CONSTRAINTS: those of that name in the schema, or in the first of the search path that
// has any. 42704 for none, 42809 for one that is not deferrable.
std::vector<Oid> deferrable_constraints(SessionCatalog& catalog, const std::string& schema,
                                        const std::string& name);

}  // namespace catalog
