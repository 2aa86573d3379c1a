// Types as messages and signatures name them.
#pragma once

#include <string>

#include "catalog/catalog_view.h"

namespace catalog {

// As CatalogView::format_type(), for a type without a typmod: "character" and "bit" alone, where a column of them without a
// length is a "bpchar" or a "bit" in quotes.
std::string type_words(CatalogView& catalog, Oid type);

}  // namespace catalog
