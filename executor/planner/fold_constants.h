// Constants in place of what can be calculated when the plan is made.
#pragma once

#include "rewrite.h"

namespace planner {

// Replaces immutable calls whose arguments are constants, so that what follows (selectivities, index
// keys, EXPLAIN) sees their values. A call that fails stays.
void fold_constants(catalog::CatalogView& catalog, ExpressionPtr& expression);

}  // namespace planner
