// SELECT expression, and nothing else.
#pragma once

#include "query/query.h"

namespace query {

// Whether a query is one row of one visible column, without FROM, WHERE, grouping and all the rest; what aggregates,
// sets and subqueries its expression has is not looked at, but for aggregates of its own.
inline bool is_one_value(const Query& q) {
  return q.command == CommandKind::select && q.range_table.empty() && q.from.empty() && q.with.empty() && !q.where &&
         q.output.size() == 1 && !q.output[0].hidden && q.group_by.empty() && q.grouping_sets.empty() && !q.has_aggregates &&
         !q.having && q.windows.empty() && !q.distinct && q.distinct_on.empty() && q.order_by.empty() && !q.limit && !q.offset &&
         q.row_locks.empty() && !q.set_operations;
}

}  // namespace query
