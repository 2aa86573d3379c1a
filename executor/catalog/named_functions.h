// Functions of pg_catalog about objects of catalog/named_objects.h. Private to the unit.
#pragma once

#include "catalog/catalog_functions.h"

namespace catalog {

// As call_catalog_function().
bool call_named_function(SessionCatalog& catalog, std::string_view function, const CatalogArguments& arguments,
                         std::optional<std::string>& result);

}  // namespace catalog
