// Partition trees as SQL functions tell of them.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog_functions.h"

namespace catalog {

// A partition's root; nullopt: the relation is in no partition tree.
std::optional<std::string> partition_root(SessionCatalog& catalog, Oid relation);
// The relation and what it is a partition of, up to the root: "{3,2,1}".
std::optional<std::string> partition_ancestors(SessionCatalog& catalog, Oid relation);
// The relation and all below it, level by level, four numbers each: OID, parent's OID (0 for
// a root), whether it is a leaf, level: "{1,0,0,0,2,1,1,1}".
std::optional<std::string> partition_tree(SessionCatalog& catalog, Oid relation);

// What the bounds of a partition and of those around it mean, as an expression over its columns;
// nullopt: the relation is no partition, or one of them is a default partition.
std::optional<std::string> partition_constraint(SessionCatalog& catalog, Oid relation);

// An expression over the columns of `table`, as pg_get_expr() prints it.
std::string deparsed(SessionCatalog& catalog, const query::Expression& expression, const RelationDescriptor& table,
                     bool pretty = false);

}  // namespace catalog
