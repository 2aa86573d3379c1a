// Which tables' rows have a ctid.
#pragma once

#include "catalog/catalog_view.h"
#include "catalog/relation.h"

namespace catalog {

// The key that clusters the table, where it is one column of type smallint, integer or bigint; null: another key, or
// hidden row ids.
const IndexDescriptor* integer_row_key(const RelationDescriptor& relation);

// 0A000 where the table, or with its members one of them, is clustered by what is not one integer: its rows lie in
// an order that no block and offset tell.
void require_row_places(CatalogView& catalog, const RelationDescriptor& relation, bool with_members);

}  // namespace catalog
