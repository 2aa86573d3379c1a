// Names of types as messages and signatures have them.
#pragma once

#include <string>

#include "catalog/catalog_view.h"

namespace catalog {

// As CatalogView::format_type(), of a type whose modifier nobody asks about: "character", where "bpchar" is the type
// that has none.
std::string type_name_alone(CatalogView& catalog, Oid type);

}  // namespace catalog
