// An expression outside of a query, as a plan would have it.
#pragma once

#include "catalog/catalog_view.h"
#include "planner/function_bodies.h"
#include "query/expression.h"

namespace planner {

// With calls of constants in place of them their values, and bodies in place of calls of functions in SQL where nobody
// could tell. `bodies` null: no bodies.
query::ExpressionPtr folded(catalog::CatalogView& catalog, FunctionBodies* bodies, const query::Expression& expression);

}  // namespace planner
