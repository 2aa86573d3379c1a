// How values of a type compare under a collation.
#pragma once

#include "catalog/catalog_view.h"
#include "types/type_io.h"

namespace eval {

// type_support() (compile.h) with the order and equality of the type's collation. SqlError 0A000 where
// values of that type cannot be compared under it.
const types::TypeSupport& collated_support(catalog::CatalogView& catalog, const types::TypeRef& type);

// text, varchar or char(n) under collations that conflict: comparing raises 42P22.
const types::TypeSupport& undetermined_support(types::Oid type);

}  // namespace eval
