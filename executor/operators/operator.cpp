#include "operator.h"

#include <chrono>

#include "eval/program_facts.h"
#include "execution_state.h"

namespace operators {

Operator::Operator(const planner::PlanNode& node, ExecutionState& state)
    : node_(node), state_(state), batch_arena_(node.batch_rows > 1 ? 16384 : 512) {
  if (!node.filter.empty()) filter_.emplace(node.filter, node.batch_rows);
  if (node.has_projection) {
    projection_.emplace(node.projection, node.batch_rows);
    output_.resize(node.projection.expressions.size());
  }
  for (const planner::PlanNodePtr& child : node.children)
    children_.push_back(make_operator(*child, state));
}

eval::Environment& Operator::environment() { return state_.environment; }

void Operator::open() {
  context_ = state_.eval_context();
  context_.arena = &batch_arena_;
  if (filter_) bind(*filter_);
  if (projection_) bind(*projection_);
  ++counters_.loops;
  do_open();
}

void Operator::close() {
  for (OperatorPtr& child : children_) child->close();
}

void Operator::reduce_by(const JoinFilter& filter, std::span<const std::size_t> columns) {
  // Rows that are not there call no function.
  if (!eval::has_no_effects(node_.filter) || !eval::has_no_effects(node_.projection)) return;
  if (!node_.has_projection) return reduce_raw_by(filter, columns);
  std::vector<std::size_t> raw;
  for (const std::size_t column : columns) {
    const std::optional<std::size_t> input = eval::input_column(*node_.projection.expressions[column]);
    if (!input) return;
    raw.push_back(*input);
  }
  reduce_raw_by(filter, raw);
}

void Operator::halt() {
  for (OperatorPtr& child : children_) child->halt();
}

void Operator::add_counters(Operator& worker) {
  Counters& other = worker.counters_;
  if (other.loops > 0 && counters_.loops > 0) {
    counters_.rows += other.rows;
    counters_.loops += other.loops;
    counters_.filtered += other.filtered;
    counters_.startup_ms += other.startup_ms;
    counters_.total_ms += other.total_ms;
  } else if (other.loops > 0) {
    counters_ = other;
  }
  other = {};
  add_details(worker);
  for (std::size_t i = 0; i < children_.size(); ++i) child(i).add_counters(worker.child(i));
}

bool Operator::next(types::Batch& out) {
  state_.check();
  if (state_.instrumented) [[unlikely]] return next_instrumented(out);
  return next_batch(out);
}

bool Operator::next_batch(types::Batch& out) {
  types::Batch raw;
  for (;;) {
    batch_arena_.reset();
    if (!produce(raw)) return false;
    if (raw.rows.count == 0) continue;
    if (filter_) {
      const std::uint32_t before = raw.rows.count;
      raw.rows = filter_->filter(raw);
      if (state_.instrumented) counters_.filtered += before - raw.rows.count;
      if (raw.rows.count == 0) {
        state_.check();
        continue;
      }
    }
    break;
  }
  if (projection_) {
    for (std::size_t i = 0; i < output_.size(); ++i) output_[i] = projection_->evaluate(i, raw);
    out = {output_, raw.rows};
  } else {
    out = raw;
  }
  return true;
}

bool Operator::next_instrumented(types::Batch& out) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const bool more = next_batch(out);
  const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  if (counters_.rows == 0) counters_.startup_ms = counters_.total_ms + ms;
  counters_.total_ms += ms;
  if (more) counters_.rows += out.rows.count;
  return more;
}

}  // namespace operators
