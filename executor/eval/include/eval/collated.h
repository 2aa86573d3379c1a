// How values of a type compare under a collation.
#pragma once

#include "catalog/catalog_view.h"
#include "types/type_io.h"

namespace eval {

// type_support() (compile.h) with the order and equality of the type's collation. SqlError 0A000 where
// values of that type cannot be compared under it.
const types::TypeSupport& collated_support(catalog::CatalogView& catalog, const types::TypeRef& type);

// text, varchar, char(n) or arrays of them whose collations conflict (`type` has none): comparing strings raises 42P22,
// and there are no keys of them. Null for other types, and for what has a collation.
const types::TypeSupport* undetermined_support(catalog::CatalogView& catalog, const types::TypeRef& type);

}  // namespace eval
