// The operators of one execution: a tree like the plan's, pulled a batch at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eval/program.h"
#include "planner/plan_node.h"
#include "types/vector.h"

namespace operators {

class ExecutionState;  // execution_state.h
class JoinFilter;      // join_filter.h

// Life: constructed once with the plan (no parameters known); then, per run, open() and next()
// until it returns false; open() again starts over, with whatever parameters then hold (a rescan
// or the next run). close() drops what a run holds (rows, files) but keeps scratch memory.
//
// A batch lent by next() is valid until the next call of next(), open() or close().
class Operator {
 public:
  Operator(const planner::PlanNode& node, ExecutionState& state);
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  void open();
  // Fills `out` with at least one selected row, or returns false at the end.
  bool next(types::Batch& out);
  virtual void close();

  // No more than `rows` rows will be asked for.
  virtual void set_bound(std::uint64_t) {}

  // The first so many rows may be all that is asked for after the next open(), though more may be: little is to be
  // read ahead. UINT64_MAX: all of them will be. Who is not told expects that.
  virtual void expect(std::uint64_t) {}

  // Rows of this operator whose `columns` (of its output) the filter leaves out are of no use to who
  // asks, whose table is made before this is opened. Called after the construction, once for each.
  void reduce_by(const JoinFilter& filter, std::span<const std::size_t> columns);
  // Ends what works for this operator in other threads until the next open().
  virtual void halt();

  const planner::PlanNode& node() const { return node_; }
  Operator& child(std::size_t i = 0) { return *children_[i]; }
  const Operator* child_at(std::size_t i) const { return children_[i].get(); }
  std::vector<std::unique_ptr<Operator>>& children() { return children_; }

  // What EXPLAIN ANALYZE tells; counted only when the execution is instrumented.
  struct Counters {
    std::uint64_t rows = 0, loops = 0, filtered = 0;
    double startup_ms = 0, total_ms = 0;
  };
  const Counters& counters() const { return counters_; }
  // Adds what the same operators of a worker have counted, and counts anew there.
  void add_counters(Operator& worker);

 protected:
  // Starts over; the children are the operator's to open.
  virtual void do_open() = 0;
  // reduce_by() in terms of the raw row. May do nothing: the rows are looked at again above. What an
  // operator hands on to its children must not change what the others of its rows look like.
  virtual void reduce_raw_by(const JoinFilter&, std::span<const std::size_t>) {}
  // The next raw rows (node.raw_columns); may select none of them. False at the end.
  virtual bool produce(types::Batch& raw) = 0;
  // The part of add_counters() that is the operator's own.
  virtual void add_details(Operator&) {}

  ExecutionState& state() { return state_; }
  const ExecutionState& execution() const { return state_; }
  eval::Environment& environment();
  // For expressions and kernels of this operator; its arena is batch_arena().
  types::EvalContext& context() { return context_; }
  // Holds what the batch lent last needs; reset before every produce().
  types::Arena& batch_arena() { return batch_arena_; }
  // For an operator that applies the node's filter itself, before it makes whole rows: called in
  // its constructor; what the filter leaves out is counted by note_filtered().
  std::optional<eval::Evaluator> take_filter() { return std::exchange(filter_, std::nullopt); }
  void note_filtered(std::uint64_t rows) { counters_.filtered += rows; }
  // For one that hands its rows on otherwise than by next().
  std::uint64_t& counted_rows() { return counters_.rows; }
  // Binds an evaluator to this execution.
  void bind(eval::Evaluator& evaluator) { evaluator.bind(environment(), context_); }

  const planner::PlanNode& node_;

 private:
  bool next_batch(types::Batch& out);
  bool next_instrumented(types::Batch& out);

  ExecutionState& state_;
  types::EvalContext context_;
  types::Arena batch_arena_;
  std::optional<eval::Evaluator> filter_, projection_;
  std::vector<types::Vector> output_;
  Counters counters_;

 protected:
  std::vector<std::unique_ptr<Operator>> children_;
};

using OperatorPtr = std::unique_ptr<Operator>;

// By the node's kind, its children too.
OperatorPtr make_operator(const planner::PlanNode& node, ExecutionState& state);

}  // namespace operators
