// NOT, pushed down to where it can be said without.
#pragma once

#include "rewrite.h"

namespace planner {

// What is true where the expression is false, false where it is true, and null where it is null: of an operator by its
// negator, so that an index or a join can serve it; of AND and OR by their parts. NOT of whatever has no opposite.
ExpressionPtr negated(catalog::CatalogView& catalog, ExpressionPtr expression);

}  // namespace planner
