#include "statement_runner.h"

#include "copy_transfer.h"
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
  const auto& plan = *usable->plan;
  if (plan.modifies_data && session.block->read_only())
    throw types::SqlError("25006", std::string("cannot execute ") +
                                       std::string(query_tag(plan.command, 0).substr(
                                           0, query_tag(plan.command, 0).find(' '))) +
                                       " in a read-only transaction");
  PlanRun run(session, std::make_unique<operators::Execution>(usable->plan), options.parameters);
  if (plan.returns_rows) {
    RowWriter writer(plan.columns, options.result_formats);
    if (options.send_description) writer.describe(session.messages(), *session.catalog);
    RowSender sender(session, writer);
    run.fetch(0, sender);
    session.block->note_answered();
  } else {
    struct Nowhere final : PlanRun::Sink {
      void row(types::EvalContext&, std::span<const types::Vector>, std::uint32_t) override {}
    } nowhere;
    run.fetch(0, nowhere);
  }
  auto tag = query_tag(plan.command, run.rows_affected());
  run.finish();
  session.services_end_statement();
  session.block->next_command();
  return tag;
}

}  // namespace session
