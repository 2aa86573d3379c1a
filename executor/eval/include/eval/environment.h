// What an expression may see besides its input row, for one execution of a plan.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "types/datum.h"
#include "types/eval_context.h"
#include "types/vector.h"

namespace eval {

class SubplanNode;

// A value that one part of a plan hands to another: the outer row of a nested loop or of a
// correlated subquery, the result of a subquery that runs once.
struct ExecutionParameter {
  types::Datum value;
  // Changes whenever value is set; readers that cache by it compare versions.
  std::uint64_t version = 0;
  // Of a subquery that runs once, on first use: its index in Plan::subplans; -1 otherwise.
  int init_subplan = -1;
  bool ready = false;
};

// Runs the subqueries in expressions; the operators implement it.
class SubplanRunner {
 public:
  virtual ~SubplanRunner() = default;
  // Computes the subquery's value for every selected row. `arguments` are the node's.
  virtual void run(const SubplanNode& node, types::EvalContext& context,
                   std::span<const types::Vector* const> arguments, types::Selection rows,
                   types::Vector& out) = 0;
  // Sets parameters[index] (value and ready) by running its subquery.
  virtual void initialise(int index) = 0;
};

// One per execution, shared by all its evaluators. Not thread-safe.
struct Environment {
  std::span<const types::Datum> parameters;  // $1 first
  std::vector<ExecutionParameter> execution_parameters;
  SubplanRunner* subplans = nullptr;
};

}  // namespace eval
