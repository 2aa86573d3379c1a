#include "custom_plan.h"

#include "parallel_settings.h"
#include "plan_dependence.h"
#include "planner/planner.h"
#include "planner_settings.h"
#include "present_rights.h"
#include "query/walk.h"
#include "session_state.h"
#include "table_sizes.h"
#include "types/type_io.h"

namespace session {
namespace {

// PostgreSQL's: before these no average is known.
constexpr std::uint64_t kFirstCustomPlans = 5;
// What planning is taken to cost for each relation, and once besides: 1000 cpu_operator_costs.
constexpr double kPlanningCost = 2.5;

void put_values(query::ExpressionPtr& e, std::span<const types::Datum> values) {
  if (const auto* parameter = std::get_if<query::Parameter>(&e->node)) {
    const types::TypeSupport* type = types::find_type(e->type.oid);
    const auto at = static_cast<std::size_t>(parameter->number - 1);
    if (type == nullptr || at >= values.size()) return;
    const types::Datum& value = values[at];
    const bool varlen = !value.is_null && type->physical == types::PhysicalType::varlen;
    e->node = varlen ? query::Constant::varlen(std::string(value.as<std::string_view>())) : query::Constant(value);
    return;
  }
  query::for_each_child(
      *e, [&](query::ExpressionPtr& child) { put_values(child, values); },
      [&](query::Query& below) { session::put_values(below, values); });
}

}  // namespace

void put_values(query::Query& query, std::span<const types::Datum> values) {
  query::for_each_expression(
      query, [&](query::ExpressionPtr& e) { put_values(e, values); },
      [&](query::Query& below) { put_values(below, values); });
}

bool may_want_custom_plan(const SessionState& session, const planner::Plan& generic) {
  if (!generic.before.empty() || !generic.after.empty()) return false;
  const std::string& mode = session.settings.value("plan_cache_mode");
  return mode == "force_custom_plan" || (mode != "force_generic_plan" && depends_on_values(generic));
}

bool wants_custom_plan(const SessionState& session, const PlanChoice& choice, const CompiledStatement& generic) {
  if (generic.analysed == nullptr) return false;
  if (choice.custom_plans < kFirstCustomPlans || session.settings.value("plan_cache_mode") == "force_custom_plan") return true;
  return generic.plan->root->total_cost >= choice.custom_cost / static_cast<double>(choice.custom_plans);
}

CompiledPtr choose_plan(SessionState& session, PlanChoice& choice, const CompiledPtr& generic,
                        std::span<const types::Datum> parameters) {
  if (!wants_custom_plan(session, choice, *generic)) {
    ++choice.generic_plans;
    return generic;
  }
  const std::unique_ptr<query::Query> query = query::clone(*generic->analysed);
  put_values(*query, parameters);
  PresentRights rights(session);
  rights.require(*query);
  TableSizes sizes;
  planner::Options options = planner_options(session, &sizes);
  if (generic->may_be_parallel) allow_parallel(session.settings, options);
  auto custom = std::make_shared<CompiledStatement>(*generic);
  custom->analysed = nullptr;
  custom->plan = planner::plan(*query, *session.catalog, options);
  ++choice.custom_plans;
  choice.custom_cost += custom->plan->root->total_cost + kPlanningCost * static_cast<double>(custom->plan->relations.size() + 1);
  return custom;
}

}  // namespace session
