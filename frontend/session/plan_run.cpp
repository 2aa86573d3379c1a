#include "plan_run.h"

#include "planner/plan.h"
#include "session_state.h"

namespace session {

PlanRun::PlanRun(SessionState& session, std::unique_ptr<operators::Execution> execution,
                 std::span<const types::Datum> parameters, bool instrument)
    : PlanRun(session, std::move(execution), parameters,
              session.block->database_transaction().take_view(), instrument) {}

PlanRun::PlanRun(SessionState& session, std::unique_ptr<operators::Execution> execution,
                 std::span<const types::Datum> parameters, transaction::View view, bool instrument)
    : session_(session), execution_(std::move(execution)), view_(std::move(view)) {
  session_.block->mark_view_taken();
  auto context = session_.execution_context(&view_, parameters);
  context.instrument = instrument;
  execution_->start(context);
}

PlanRun::~PlanRun() {
  if (execution_) execution_->finish();
}

std::uint64_t PlanRun::fetch(std::uint64_t limit, Sink& sink) {
  std::uint64_t sent = 0;
  auto context = session_.eval_context(&output_arena_);
  while (!done_ && (limit == 0 || sent < limit)) {
    if (position_ == batch_.rows.count) {
      position_ = 0;
      batch_.rows = {};
      if (!execution_->next(batch_)) {
        done_ = true;
        break;
      }
      output_arena_.reset();
      continue;
    }
    sink.row(context, batch_.columns, batch_.rows[position_++]);
    ++sent;
  }
  fetched_ += sent;
  return sent;
}

std::uint64_t PlanRun::rows_affected() const {
  return execution_->plan().command == query::CommandKind::select ||
                 execution_->plan().command == query::CommandKind::values
             ? fetched_
             : execution_->rows_affected();
}

std::unique_ptr<operators::Execution> PlanRun::finish() {
  execution_->finish();
  view_ = {};
  return std::move(execution_);
}

void RowSender::row(types::EvalContext& context, std::span<const types::Vector> columns,
                    std::uint32_t row) {
  auto& messages = session_.messages();
  auto before = messages.size();
  try {
    writer_.write(context, columns, row, messages);
  } catch (...) {
    messages.truncate(before);
    throw;
  }
  if (messages.size() >= Output::kLargeOutput) {
    // What leaves now must be true whatever happens next.
    session_.block->wait_for_seen();
    session_.output.flush();
  }
}

}  // namespace session
