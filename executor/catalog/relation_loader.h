// Putting a relation's descriptor together from the catalogue's rows.
#pragma once

#include <memory>

#include "catalog/catalog.h"
#include "catalog/catalog_view.h"
#include "transaction/view.h"

namespace catalog {

// Reads what `view` shows of relation `oid` (a user's) in this catalogue; null when it is not
// there. `names` resolves types that are not built in.
RelationPtr load_relation(const Catalog& catalog, const transaction::View& view,
                          CatalogView& names, Oid oid);

}  // namespace catalog
