// has_table_privilege() and its kin: what access control lists say.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/catalog_functions.h"
#include "catalog/session_catalog.h"

namespace catalog {

// `kind`: "table", "column", "schema", ...; `signature`: "_id_name" is user by OID, object by name;
// with one part less the user is the current one. Null where the object is gone.
std::optional<std::string> has_privilege(SessionCatalog& catalog, std::string_view kind,
                                         std::string_view signature,
                                         const CatalogArguments& arguments);

}  // namespace catalog
