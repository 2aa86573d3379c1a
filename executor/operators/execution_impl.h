#pragma once

#include <memory>

#include "execution_state.h"
#include "operator.h"
#include "operators/execution.h"

namespace operators {

struct Execution::Impl {
  explicit Impl(std::shared_ptr<const planner::Plan> p)
      : plan(std::move(p)), state(*plan), root(make_operator(*plan->root, state)) {}

  void run_unread_common_tables();
  void close();

  std::shared_ptr<const planner::Plan> plan;
  ExecutionState state;
  OperatorPtr root;
  bool running = false, opened = false, ended = false;
};

}  // namespace operators
