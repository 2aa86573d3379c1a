// Going through expressions and queries without naming every node kind.
#pragma once

#include <functional>

#include "query/expression.h"
#include "query/query.h"

namespace query {

// Calls `visit` for each direct child expression; of a Subquery only its left-hand side: its query
// goes to `visit_query` when given. Children that are null are left out.
void for_each_child(const Expression& expression,
                    const std::function<void(const Expression&)>& visit,
                    const std::function<void(const Query&)>& visit_query = nullptr);
// The same for changing them in place: `visit` may replace what the pointer holds.
void for_each_child(Expression& expression, const std::function<void(ExpressionPtr&)>& visit,
                    const std::function<void(Query&)>& visit_query = nullptr);

// Every expression that stands directly in the query (join conditions, function items, VALUES,
// join columns included), and every query directly below it (range table, WITH, set operations).
void for_each_expression(const Query& query, const std::function<void(const Expression&)>& visit,
                         const std::function<void(const Query&)>& visit_query);
void for_each_expression(Query& query, const std::function<void(ExpressionPtr&)>& visit,
                         const std::function<void(Query&)>& visit_query);

}  // namespace query
