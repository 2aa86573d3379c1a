// EXPLAIN in the formats that programs read.
#pragma once

#include <string>

#include "execution_state.h"
#include "operators/execution.h"

namespace operators {

// PostgreSQL's JSON, YAML or XML form (options.format) of a plan and, after a run, its counters.
std::string explain_structured(const planner::Plan& plan, const ExecutionState& state,
                               const Operator* root, const Execution::ExplainOptions& options);

}  // namespace operators
