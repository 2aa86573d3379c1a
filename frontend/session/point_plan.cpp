#include "point_plan.h"

#include <algorithm>

#include "planner/plan.h"

namespace session {
namespace {

bool makes_one_row(const planner::PlanNode& node) {
  return node.batch_rows == 1 &&
         std::ranges::all_of(node.children, [](const auto& child) { return makes_one_row(*child); });
}

}  // namespace

bool is_point_plan(const planner::Plan& plan) {
  return plan.subplans.empty() && plan.common_tables.empty() && makes_one_row(*plan.root);
}

}  // namespace session
