// Whether some conditions make another one true: for partial indexes.
#pragma once

#include <span>
#include <vector>

#include "catalog/catalog_view.h"
#include "catalog/relation.h"
#include "planner/function_bodies.h"
#include "query/expression.h"

namespace planner {

// True only if `predicate` is true wherever all the conditions are. Beside equal expressions it knows AND and OR,
// IS NOT NULL of what a strict operator compares, = ANY of a list, and ranges against constants: a > 5 makes a > 3,
// a >= 5 and a <> 0 true. What needs values that a plan does not know (parameters) proves nothing.
bool implies(catalog::CatalogView& catalog, std::span<const query::Expression* const> conditions,
             const query::Expression& predicate);

// What a partial index demands, cut at AND; of the relation with that place in the range table. The index has a predicate.
std::vector<query::ExpressionPtr> predicate_parts(catalog::CatalogView& catalog, FunctionBodies* bodies, const catalog::IndexDescriptor& index,
                                                  int range_table_index);

}  // namespace planner
