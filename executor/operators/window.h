// Window functions over rows sorted by partition and order.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "operator.h"
#include "planner/plan_node.h"
#include "row_store.h"
#include "sort.h"

namespace operators {

// Reads all rows, then works partition by partition; values of a partition are computed when its
// first row is wanted.
class Window final : public Operator {
 public:
  Window(const planner::WindowNode& node, ExecutionState& state);
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  // Rows [first, last) of the input, relative to the partition where so named.
  struct Frame {
    std::size_t first, last;
    bool operator==(const Frame&) const = default;
  };
  // What an exclusion leaves of a frame, in order; those behind `count` are empty.
  struct Runs {
    std::array<Frame, 3> run{};
    std::size_t count = 0;
    bool operator==(const Runs&) const = default;
  };

  void read_all();
  void start_partition();
  bool peers(std::size_t a, std::size_t b) const;
  Frame frame_of(std::size_t row);
  Runs runs_of(std::size_t row);
  std::size_t bound(std::size_t row, query::FrameBound kind, bool is_start);
  bool in_range(const eval::ResolvedCall& call, const types::Datum& value, const types::Datum& base,
                const types::Datum& offset, bool subtract, bool less);
  void compute(std::size_t function);
  void compute_builtin(std::size_t function, std::string_view name);
  void compute_aggregate(std::size_t function);
  types::Datum argument(std::size_t function, std::size_t index, std::size_t row) const;
  void put(std::size_t function, std::size_t row, const types::Datum& value);

  const planner::WindowNode& window_;
  SortKeys order_;
  eval::Evaluator start_offset_, end_offset_;
  types::Datum start_value_, end_value_;
  types::Arena run_arena_;
  RowStore rows_;
  bool read_ = false;
  std::size_t at_ = 0;
  std::size_t partition_first_ = 0, partition_last_ = 0;
  std::vector<std::size_t> group_first_, group_last_;  // of each row of the partition
  std::vector<std::size_t> group_number_;
  std::vector<std::size_t> group_starts_;
  types::Arena value_arena_;                            // of the partition's results
  std::vector<std::vector<types::Datum>> values_;       // by function, by row of the partition
  types::Arena arena_;
  std::vector<types::Vector> out_;
};

}  // namespace operators
