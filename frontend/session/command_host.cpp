#include "command_host.h"

#include <algorithm>

#include "compiled_statement.h"
#include "event_triggers.h"
#include "planner_settings.h"
#include "types/sql_error.h"

namespace session {

void CommandHost::notice(commands::Notice notice) {
  auto severity = notice.severity == "WARNING" ? protocol::Severity::warning
                  : notice.severity == "INFO"  ? protocol::Severity::info
                                               : protocol::Severity::notice;
  session_.notice(severity, types::SqlError(notice.sqlstate, std::move(notice.message))
                                .with_detail(std::move(notice.detail))
                                .with_hint(std::move(notice.hint))
                                .at(notice.position));
}

void CommandHost::explain(const Explained& explained) {
  at_end_ = [this, &explained](const operators::Execution& execution) { explained(execution, planning_ms_); };
}

operators::ExecutionContext CommandHost::execution_context() {
  operators::ExecutionContext context = session_.execution_context(nullptr, parameters_);
  if (at_end_) {
    context.instrument = true;
    context.at_end = &at_end_;
    planning_ms_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - planning_since_).count();
  }
  return context;
}

planner::Options CommandHost::planner_options() {
  planner::Options options = session::planner_options(session_, &sizes_);
  options.explain = at_end_ != nullptr;
  planning_since_ = std::chrono::steady_clock::now();
  return options;
}

void CommandHost::on_commit(types::Oid relation, query::OnCommit action) {
  session_.temporary.on_commit(relation, action);
}

std::string CommandHost::check_setting(const std::string& name, const std::string& value, SettingOf of) {
  Settings probe(session_.environment.configuration);
  const auto* definition = find_setting(name);
  if (of == SettingOf::database && definition != nullptr &&
      definition->context == SettingDefinition::Context::database) {
    probe.set(name, value, SettingSource::database);
    return definition->name + "=" + probe.value(name);  // without its unit: the cluster reads it
  }
  probe.set(name, value, SettingSource::client);
  return (definition != nullptr ? definition->name : name) + "=" + value;
}

void CommandHost::leave_remains() {
  if (!on_failure_ || session_.block->in_block()) return;
  try {
    session_.block->rollback();
    session_.block->begin_implicit();
    on_failure_(*this);
    session_.commit();
  } catch (const types::SqlError&) {
    // Then there is nothing left of it: what the client is told is why the command failed.
    session_.block->fail();
  }
}

bool CommandHost::collects_drops() { return session_.event_trigger != nullptr; }

void CommandHost::dropped(const DroppedObject& object) {
  if (session_.event_trigger != nullptr) session_.event_trigger->dropped(object, *this);
}

void CommandHost::before_rewrite(types::Oid table, int reason) {
  if (session_.event_trigger != nullptr) session_.event_trigger->before_rewrite(table, reason);
}

CommandHost::TableUse CommandHost::use_of_table(types::Oid table) {
  const auto reads = [&](const planner::Plan& plan) {
    return std::any_of(plan.relations.begin(), plan.relations.end(), [&](const planner::RelationUse& use) {
      return use.relation->oid == table && use.relation->kind != catalog::RelationKind::partitioned_table;
    });
  };
  for (const PlanRun* run = session_.runs; run != nullptr; run = run->outer())
    if (!run->done() && reads(run->plan())) return TableUse::active_query;
  // A cursor that has come to its end is open all the same.
  for (const auto& [name, portal] : session_.portals)
    if (portal->cursor != nullptr && !portal->cursor->held() && reads(portal->cursor->plan())) return TableUse::active_query;
  return session_.deferred.pending_on(table) ? TableUse::pending_events : TableUse::none;
}

void CommandHost::run_statement(std::string_view sql) {
  const auto text = std::make_shared<const std::string>(sql);
  parser::ParseTree tree(*text);
  auto compiled = compile_inner(session_, tree.statements().front(), text, {});
  commands::execute(*compiled->utility, *this);
}

}  // namespace session
