#include "plan_dependence.h"

#include <algorithm>

#include "planner/plan.h"

namespace session {
namespace {

// What a plan may cost that is chosen without knowing the constants. Below this it does not matter which one runs.
constexpr double kCheap = 200;

bool reads_by_size(const planner::PlanNode& node) {
  if (node.kind == planner::NodeKind::bitmap_heap_scan) return true;
  if (node.kind == planner::NodeKind::table_scan &&
      static_cast<const planner::TableScanNode&>(node).access != planner::Access::lookup)
    return true;
  return std::ranges::any_of(node.children, [](const auto& child) { return reads_by_size(*child); });
}

}  // namespace

bool depends_on_sizes(const planner::Plan& plan) {
  const auto by_size = [](const auto& part) { return reads_by_size(*part.root); };
  return reads_by_size(*plan.root) || std::ranges::any_of(plan.subplans, by_size) ||
         std::ranges::any_of(plan.common_tables, by_size);
}

bool depends_on_values(const planner::Plan& plan) { return plan.root->total_cost > kCheap && depends_on_sizes(plan); }

}  // namespace session
