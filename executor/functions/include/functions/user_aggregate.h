// Aggregates that users made of functions: one state machine for all of them.
#pragma once

#include <vector>

#include "functions/aggregate.h"

namespace functions {

// A function that an aggregate is made of, as it is called.
struct AggregateStep {
  ScalarKernel kernel = nullptr;  // null: there is none
  const FunctionCall* call = nullptr;
  bool strict = false;
};

// What kernels of user_aggregate() are given as their FunctionCall. Immutable; the plan owns it and what it
// points to.
struct UserAggregateCall : FunctionCall {
  AggregateStep transition;       // (state, arguments...) to state
  AggregateStep final;            // (state, nulls...) to the result; none: the state is the result
  types::PhysicalType state = types::PhysicalType::int64;
  types::Datum initial;
  std::vector<types::PhysicalType> final_extra;  // of the nulls that the final function is called with
};

// Calls the transition function once for every row, for rows of different groups together. It needs no
// memory of its own for a state of fixed width; others grow in the groups' arena.
const AggregateFunction& user_aggregate();

// The OIDs that find_aggregate() knows.
std::vector<types::Oid> built_aggregates();

}  // namespace functions
