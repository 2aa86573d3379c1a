// NOT, pushed down to where it can be said without.
#pragma once

#include "rewrite.h"

namespace planner {

// In WHERE and the joins' conditions, of the query and of those in it, and in a condition by itself. Nowhere else: what
// GROUP BY, HAVING, DISTINCT, ORDER BY and the output repeat must stay equal, and so must what of the queries around is in
// a condition.
void push_negations(catalog::CatalogView& catalog, query::Query& query);
void push_negations(catalog::CatalogView& catalog, ExpressionPtr& condition);

// What is true where the expression is false, false where it is true, and null where it is null: of an operator by its
// negator, so that an index or a join can serve it; of AND and OR by their parts. NOT of whatever has no opposite.
ExpressionPtr negated(catalog::CatalogView& catalog, ExpressionPtr expression);

}  // namespace planner
