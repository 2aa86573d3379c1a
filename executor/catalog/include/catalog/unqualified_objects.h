// Objects of a database that have a name and an owner, but no schema: foreign-data wrappers, servers, event triggers,
// publications, subscriptions. One table tells their catalogues apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/session_catalog.h"

namespace catalog {

// Where such objects are kept; columns from 0.
struct UnqualifiedCatalog {
  Oid catalog;
  Oid name_index;  // begins with the name; of subscriptions: with the database
  int name, owner;
  std::string_view words;  // in messages: "server"
};
// Null: not one of them.
const UnqualifiedCatalog* unqualified_catalog(Oid catalog);

// 0: there is none.
Oid find_unqualified(SessionCatalog& catalog, const UnqualifiedCatalog& objects, std::string_view name);
// Empty: there is none.
std::string unqualified_name(SessionCatalog& catalog, const UnqualifiedCatalog& objects, Oid oid);

// 55000: its foreign-data wrapper has no handler, as none can have. `foreign` is a foreign table. A catalogue that is no
// session's says 0A000.
[[noreturn]] void refuse_foreign_table(CatalogView& catalog, const RelationDescriptor& foreign);

}  // namespace catalog
