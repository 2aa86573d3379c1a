// EXPLAIN in the formats that programs read.
#pragma once

#include <map>
#include <string>

#include "execution_state.h"
#include "operators/execution.h"
#include "planner/scan_nodes.h"

namespace operators {

// Numbers the aliases that several nodes have (planner::kNumberedAlias), in the order in which they are shown.
class AliasNumbers {
 public:
  std::string numbered(const std::string& title) {
    const auto mark = title.find(planner::kNumberedAlias);
    if (mark == std::string::npos) return title;
    const std::string alias = title.substr(title.rfind(' ', mark) + 1, mark - title.rfind(' ', mark) - 1);
    return title.substr(0, mark) + "_" + std::to_string(++last_[alias]) + title.substr(mark + 1);
  }

 private:
  std::map<std::string, int> last_;
};

// PostgreSQL's JSON, YAML or XML form (options.format) of a plan and, after a run, its counters.
std::string explain_structured(const planner::Plan& plan, const ExecutionState& state,
                               const Operator* root, const Execution::ExplainOptions& options);

}  // namespace operators
