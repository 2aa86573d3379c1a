// Expressions that have their value already.
#pragma once

#include <optional>

#include "catalog/catalog_view.h"
#include "query/expression.h"

namespace eval {

// The value of an immutable call of constants; nothing for any other expression, and where calculating
// it fails: that error belongs to the execution.
std::optional<query::Constant> constant_value(catalog::CatalogView& catalog, const query::Expression& call);

}  // namespace eval
