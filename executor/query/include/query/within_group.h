// Ordered-set aggregates: f(direct arguments) WITHIN GROUP (ORDER BY ordered ones).
#pragma once

#include "query/expression.h"

namespace query {

// They have no Aggregate::arguments: what is ordered is in order_by alone. Any other aggregate with ORDER BY
// has arguments.
inline bool is_within_group(const Aggregate& a) { return a.arguments.empty() && !a.order_by.empty(); }

}  // namespace query
