// The right side of a nested loop, run once for each combination of the values that it takes from the left side.
// What does not fit the memory of hash tables displaces what was asked for longest ago.
#pragma once

#include <vector>

#include "memo_cache.h"
#include "operator.h"
#include "planner/memoize.h"

namespace operators {

class Memoize final : public Operator {
 public:
  Memoize(const planner::MemoizeNode& node, ExecutionState& state);
  void close() override;

  // What EXPLAIN ANALYZE tells, of all runs since the operator was made.
  struct Statistics {
    std::uint64_t hits = 0, misses = 0, evictions = 0, overflows = 0;
    std::size_t peak_bytes = 0;
  };
  const Statistics& statistics() const { return statistics_; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;
  void add_details(Operator& worker) override;

 private:
  enum class Mode : std::uint8_t {
    end,      // no more rows
    kept,     // rows_ and what follows are handed out
    filling,  // rows come from the child and are kept in entry_
    passing,  // rows come from the child, too many to be kept
  };

  const planner::MemoizeNode& memoize_;
  eval::Evaluator key_values_;
  std::vector<const types::Vector*> keys_;
  MemoCache cache_;
  std::vector<std::uint64_t> versions_;  // of the other parameters, of which the kept rows are
  Mode mode_ = Mode::end;
  MemoCache::Entry* entry_ = nullptr;
  const MemoCache::Rows* rows_ = nullptr;
  std::size_t row_ = 0;                  // of rows_
  std::vector<const std::byte*> records_;
  types::Arena arena_;
  std::vector<types::Vector> out_;
  Statistics statistics_;
};

}  // namespace operators
