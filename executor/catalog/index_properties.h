// pg_indexam_has_property() and its like. Private to the unit.
#pragma once

#include <optional>
#include <string>

#include "catalog/session_catalog.h"

namespace catalog {

// All: nullopt for a property that is none of such an object, or where there is no such object. Names in any case.
std::optional<bool> access_method_property(SessionCatalog& catalog, Oid method, std::string name);
std::optional<bool> index_property(SessionCatalog& catalog, Oid index, std::string name);
// `column` from 1; included ones behind the keys.
std::optional<bool> index_column_property(SessionCatalog& catalog, Oid index, int column, std::string name);

}  // namespace catalog
