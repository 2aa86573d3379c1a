// pg_get_statisticsobjdef() and its parts. Private to the unit.
#pragma once

#include <optional>
#include <string>

#include "catalog/session_catalog.h"

namespace catalog {

// Both: nullopt where there is no such object.
std::optional<std::string> statistics_object_columns(SessionCatalog& catalog, Oid oid);
// As an array; nullopt also where it has no expressions.
std::optional<std::string> statistics_object_expressions(SessionCatalog& catalog, Oid oid);

}  // namespace catalog
