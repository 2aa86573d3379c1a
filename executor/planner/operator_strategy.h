// What an operator says of the order of values.
#pragma once

#include "catalog/catalog_view.h"
#include "types/oid.h"

namespace planner {

// The btree strategy of an operator between a key of that type and a value: 1 <, 2 <=, 3 =, 4 >=,
// 5 >; 0: it is none of its order's. Operators of the key's family between different types count
// (int8 column = int4 value).
int ordering_strategy(catalog::CatalogView& catalog, types::Oid op, types::Oid key_type);

// Whether equal strings of that collation are equal bytes.
bool equality_is_bytewise(catalog::CatalogView& catalog, types::Oid collation);
// Whether keys in the order of one collation answer a comparison of that strategy (7: = ANY) under another.
bool key_order_serves(catalog::CatalogView& catalog, types::Oid key, types::Oid collation, int strategy);

}  // namespace planner
