// Aggregation with ordered-set aggregates: f(direct arguments) WITHIN GROUP (ORDER BY ordered columns).
#pragma once

#include <vector>

#include "functions/ordered_set.h"
#include "planner/plan_node.h"

namespace planner {

// What an AggregateCall is besides when it is an ordered-set aggregate. Its machine is `call.function`, its
// arguments are the columns of order_by, and distinct_keys say what makes two of its rows equal.
struct OrderedSetCall {
  const functions::OrderedSetFunction* function = nullptr;  // null: another aggregate
  // Evaluated once for each group over the raw row, before the aggregates' values are there.
  eval::Program direct;
};

struct OrderedAggregateNode : AggregateNode {
  std::vector<OrderedSetCall> ordered_sets;  // by aggregate
};

}  // namespace planner
