// EXPLAIN in the formats that programs read, and what all formats share.
#pragma once

#include <string>
#include <vector>

#include "execution_state.h"
#include "explain_names.h"
#include "operators/execution.h"

namespace operators {

// What a node shows besides its children: in front of them, and behind them.
struct Attached {
  explicit Attached(const planner::Plan& plan) : plan(plan) {}
  // The node that is shown in place of one that is transparent; `op` goes along. Adds what is attached to them.
  const planner::PlanNode& pass_transparent(const planner::PlanNode& node, const Operator*& op);

  const planner::Plan& plan;
  std::vector<int> common_tables, init_plans, subplans;
};

// INTERSECT or EXCEPT of two queries, neither of them a set operation itself.
bool reads_queries(const planner::PlanNode& node);
// A node that has no rows, whatever is below it: that is not shown.
// Whether the node is shown as one that hashes its groups.
bool hashes_groups(const planner::PlanNode& node);
bool is_nothing(const planner::PlanNode& node);

// PostgreSQL's JSON, YAML or XML form (options.format) of a plan and, after a run, its counters.
std::string explain_structured(const planner::Plan& plan, const ExecutionState& state, const Operator* root,
                               const Execution::ExplainOptions& options, const ExplainNames& names);

}  // namespace operators
