#include "statement_runner.h"

#include <algorithm>

#include <fmt/format.h>

#include "copy_transfer.h"
#include "point_plan.h"
#include "session_statements.h"
#include "transaction/timer_service.h"
#include "types/sql_error.h"

namespace session {

StatementLimits::StatementLimits(SessionState& session) : session_(session) {
  auto& control = session.wait_control;
  control.lock_timeout = session.settings.lock_timeout;
  control.deadlock_timeout = session.settings.deadlock_timeout;
  if (session.settings.statement_timeout.count() > 0)
    timer_ = session.cluster.timers().call_at(
        transaction::Clock::now() + session.settings.statement_timeout,
        [&control] { control.interrupt(transaction::Interrupt::statement_timeout); });
  if (session.settings.client_check_interval.count() > 0 && session.hooks.client_is_there)
    watch_.emplace(session.cluster.timers(), session.settings.client_check_interval,
                   session.hooks.client_is_there,
                   [&session] { session.terminate("08006", "connection to client lost"); });
}

StatementLimits::~StatementLimits() {
  if (timer_) session_.cluster.timers().cancel(*timer_);
}

void require_usable_transaction(const SessionState& session, const parser::ast::Node* node) {
  if (session.block->state() == TransactionBlock::State::failed &&
      (node == nullptr || !ends_transaction(*node)))
    throw types::SqlError("25P02", "current transaction is aborted, commands ignored until end of "
                                   "transaction block");
}

std::string run_statement(SessionState& session, const CompiledPtr& compiled,
                          const RunOptions& options, std::unique_ptr<CopyTransfer>& copy) {
  if (compiled->utility != nullptr) return run_utility(session, compiled, options, copy);

  CompiledPtr usable = compiled;
  while (!lock_and_check(session, *usable)) usable = recompile(session, *usable);
  std::unique_ptr<operators::Execution> execution;
  if (!usable->plan->returns_rows)
    return run_plan(session, usable->plan, execution, options.parameters, {});
  RowWriter writer(usable->plan->columns, options.result_formats);
  return run_plan(session, usable->plan, execution, options.parameters,
                  {.writer = &writer, .describe = options.send_description});
}

namespace {

// As a client sees it: where a column comes from is not part of that.
bool same_result(const planner::Plan& a, const planner::Plan& b) {
  return std::ranges::equal(a.columns, b.columns, [](const auto& x, const auto& y) {
    return x.name == y.name && x.type == y.type;
  });
}

}  // namespace

void revalidate(SessionState& session, PreparedStatement& prepared) {
  while (!lock_and_check(session, *prepared.compiled)) {
    auto fresh = recompile(session, *prepared.compiled);
    if (!same_result(*fresh->plan, *prepared.compiled->plan))
      throw types::SqlError("0A000", "cached plan must not change result type");
    prepared.compiled = std::move(fresh);
    prepared.idle_execution.reset();
    prepared.description = {};
  }
}

namespace {

void describe(SessionState& session, const PlanAnswer& answer) {
  auto& messages = session.messages();
  if (answer.description != nullptr && !answer.description->empty()) {
    messages.bytes().append(*answer.description);
    return;
  }
  auto start = messages.size();
  answer.writer->describe(messages, *session.catalog);
  if (answer.description != nullptr) *answer.description = messages.bytes().substr(start);
}

}  // namespace

std::string run_plan(SessionState& session, const std::shared_ptr<const planner::Plan>& plan,
                     std::unique_ptr<operators::Execution>& execution,
                     std::span<const types::Datum> parameters, const PlanAnswer& answer) {
  require_writable(session, *plan);
  if (!execution) execution = std::make_unique<operators::Execution>(plan);
  PlanRun run(session, std::move(execution), parameters);
  if (answer.writer != nullptr) {
    if (answer.describe) describe(session, answer);
    RowSender sender(session, *answer.writer);
    run.fetch(0, sender);
    session.block->note_answered();
  } else {
    struct Nowhere final : PlanRun::Sink {
      void row(types::EvalContext&, std::span<const types::Vector>, std::uint32_t) override {}
    } nowhere;
    run.fetch(0, nowhere);
  }
  auto tag = query_tag(plan->command, run.rows_affected());
  execution = run.finish();
  if (!is_point_plan(*plan)) execution.reset();
  session.services_end_statement();
  session.block->next_command();
  return tag;
}

}  // namespace session
