// Constants in place of what can be calculated when the plan is made.
#pragma once

#include "planner/function_bodies.h"
#include "rewrite.h"

namespace planner {

// Replaces immutable calls whose arguments are constants, in the whole query, so that what follows (selectivities,
// index keys, EXPLAIN) sees their values, and places that repeat an expression (GROUP BY, HAVING, the output) go on being
// equal. A call that fails stays; a strict one of a null is null. Functions in SQL are replaced by their bodies
// (inline_functions.h); `bodies` may be null.
void fold_constants(catalog::CatalogView& catalog, FunctionBodies* bodies, query::Query& query);

// What the catalogue says over a relation's columns (an index's key or predicate, a partition key), as a query whose
// constants are folded and whose conditions say as much as they can without NOT (negation.h) has it: over the relation's entry in the range table.
ExpressionPtr as_in_query(catalog::CatalogView& catalog, FunctionBodies* bodies, const Expression& own, int range_table_index);

}  // namespace planner
