#include "plan_run.h"

#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "planner/plan.h"
#include "session_state.h"
#include "transaction/durable_view.h"
#include "types/sql_error.h"

namespace session {

namespace {

// What rules add to a statement: nobody is told of its rows.
void run_to_end(SessionState& session, const std::vector<std::shared_ptr<const planner::Plan>>& plans,
                std::span<const types::Datum> parameters) {
  struct Nowhere final : PlanRun::Sink {
    void row(types::EvalContext&, std::span<const types::Vector>, std::uint32_t) override {}
  } nowhere;
  for (const auto& plan : plans) {
    session.block->next_command();
    PlanRun run(session, std::make_unique<operators::Execution>(plan), parameters);
    run.fetch(0, nowhere);
    run.finish();
    session.block->next_command();
  }
}

transaction::View view_behind(SessionState& session, const planner::Plan& plan,
                              std::span<const types::Datum> parameters) {
  if (!plan.before.empty()) run_to_end(session, plan.before, parameters);
  transaction::Transaction& transaction = session.block->database_transaction();
  const bool reads = !plan.modifies_data && plan.before.empty() && plan.after.empty();
  return reads ? transaction::durable_view(transaction, session.database().catalog().last_change()) : transaction.take_view();
}

// 55000: a materialised view WITH NO DATA is not read.
void require_populated(SessionState& session, const planner::Plan& plan) {
  for (const auto& use : plan.relations) {
    if (use.relation->kind != catalog::RelationKind::materialized_view) continue;
    const catalog::RelationPtr classes = session.catalog->relation(catalog::pg_class::kOid);
    const transaction::View view = session.catalog->take_view(false);
    catalog::RowReader rows(view, *classes, 0, {catalog::key_oid(use.relation->oid)});
    if (!rows.next() || rows.row().flag(catalog::pg_class::relispopulated)) continue;
    throw types::SqlError("55000", "materialized view \"" + use.relation->name + "\" has not been populated")
        .with_hint("Use the REFRESH MATERIALIZED VIEW command.");
  }
}

}  // namespace

PlanRun::PlanRun(SessionState& session, std::unique_ptr<operators::Execution> execution,
                 std::span<const types::Datum> parameters, bool instrument)
    : session_(session), execution_(std::move(execution)),
      view_(view_behind(session, execution_->plan(), parameters)) {
  start(parameters, instrument);
}

PlanRun::PlanRun(SessionState& session, std::unique_ptr<operators::Execution> execution,
                 std::span<const types::Datum> parameters, transaction::View view, bool instrument)
    : session_(session), execution_(std::move(execution)), view_(std::move(view)) {
  start(parameters, instrument);
}

void PlanRun::start(std::span<const types::Datum> parameters, bool instrument) {
  session_.block->mark_view_taken();
  require_populated(session_, execution_->plan());
  if (!execution_->plan().after.empty()) parameters_ = parameters;
  auto context = session_.execution_context(&view_, parameters);
  context.instrument = instrument;
  execution_->start(context);
  outer_ = session_.runs;
  if (outer_ != nullptr) outer_->inner_ = this;
  session_.runs = this;
  listed_ = true;
}

void PlanRun::leave() {
  if (!listed_) return;
  listed_ = false;
  (inner_ != nullptr ? inner_->outer_ : session_.runs) = outer_;
  if (outer_ != nullptr) outer_->inner_ = inner_;
}

PlanRun::~PlanRun() {
  leave();
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
        if (const auto& after = execution_->plan().after; !after.empty()) run_to_end(session_, after, parameters_);
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
  leave();
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
