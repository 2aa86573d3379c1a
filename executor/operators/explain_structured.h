// EXPLAIN in the formats that programs read.
#pragma once

#include <map>
#include <string>

#include "catalog/catalog_view.h"
#include "execution_state.h"
#include "operators/execution.h"

namespace operators {

// Numbers the aliases that several nodes have, in the order in which they are shown.
class AliasNumbers {
 public:
  std::string title(const planner::NodeText& text) {
    if (text.numbered_alias.empty()) return text.title;
    const int number = ++last_[text.numbered_alias];
    return text.title + " " + catalog::quote_identifier(text.numbered_alias + "_" + std::to_string(number));
  }

 private:
  std::map<std::string, int> last_;
};

// PostgreSQL's JSON, YAML or XML form (options.format) of a plan and, after a run, its counters.
std::string explain_structured(const planner::Plan& plan, const ExecutionState& state,
                               const Operator* root, const Execution::ExplainOptions& options);

}  // namespace operators
