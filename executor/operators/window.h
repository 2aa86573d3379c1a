// Window functions over rows sorted by partition and order.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "keys.h"
#include "operator.h"
#include "planner/plan_node.h"
#include "sort.h"
#include "tuple_store.h"

namespace operators {

class WindowAggregate;  // window_aggregate.h

// Keeps the rows of as many partitions as work_mem holds, or those of one, with its rest on disk. The functions are
// computed for a batch of rows at a time, in order: the bounds of frames never go back within a partition, so each place
// that is looked at has a cursor of its own, which reads what is on disk once.
class Window final : public Operator {
 public:
  // Rows [first, last) of the partition.
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

  Window(const planner::WindowNode& node, ExecutionState& state);
  ~Window() override;
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  friend class WindowAggregate;
  enum class Builtin : std::uint8_t {
    none, row_number, rank, dense_rank, percent_rank, cume_dist, ntile, lag, lead, first_value, last_value, nth_value
  };
  struct Function {
    Function(const planner::WindowFunctionCall& call, Window& window);
    Builtin builtin = Builtin::none;
    std::unique_ptr<WindowAggregate> aggregate;  // null: built in
    TupleCursor near, far;                       // at the row itself, and at the one that gives its value
  };
  // A run of peers.
  struct Group {
    std::size_t number = 0, first = 0, last = 0;
  };
  // A group that some bound of the frame has come to.
  struct GroupPlace {
    explicit GroupPlace(Window& window);
    Group group;
    TupleCursor first, next;
  };
  // A row that a bound of a RANGE frame has come to.
  struct RangePlace {
    explicit RangePlace(Window& window);
    std::size_t row = 0;
    TupleCursor at;
  };

  // --- partitions
  // The partition that begins at the store's row at_; false at the end. Without `may_read`, also when the store does
  // not hold it as a whole: then nothing has changed.
  bool start_partition(bool may_read);
  // The rows from at_ on become the first ones, and more are read while they fit in memory.
  void refill();
  // Before the store's rows change.
  void forget_places();
  // Reads on to the end of the partition that begins the store.
  void read_partition();
  bool same_partition(const std::byte* a, const std::byte* b) const;

  // --- the rows of a partition, in order
  void compute(std::size_t row, std::uint32_t count, std::uint32_t out);
  void find_groups(std::size_t row, std::uint32_t count);
  void find_frames(std::size_t row, std::uint32_t count);
  // Behind the last peer of the first row of a group.
  std::size_t group_end(std::size_t first, TupleCursor& at_first, TupleCursor& at_next);
  bool next_group(GroupPlace& place);
  std::size_t start_of(GroupPlace& place, std::size_t group);
  std::size_t bound(std::size_t row, const Group& group, query::FrameBound kind, bool is_start);
  std::size_t range_bound(std::size_t row, const Group& group, bool preceding, bool is_start);
  bool in_range(const eval::ResolvedCall& call, const types::Datum& value, const types::Datum& base,
                const types::Datum& offset, bool subtract, bool less);
  // Of the i-th row of those at hand.
  Runs runs_of(std::size_t row, std::uint32_t i) const;
  void compute_builtin(std::size_t function, std::size_t row, std::uint32_t count, std::uint32_t out);
  void compute_value_of_frame(std::size_t function, std::size_t row, std::uint32_t count, std::uint32_t out);
  types::Datum argument(std::size_t function, std::size_t index, std::size_t row, TupleCursor& cursor) const;
  void put(types::Vector& out, std::uint32_t at, const types::Datum& value);
  std::size_t partition_rows() const { return last_ - first_; }

  const planner::WindowNode& window_;
  const std::vector<types::PhysicalType> input_;  // the child's columns
  SortKeys order_;
  std::vector<Key> partition_keys_;
  eval::Evaluator start_offset_, end_offset_;
  types::Datum start_value_, end_value_;
  types::Arena run_arena_;
  bool needs_frames_ = false, needs_groups_ = false;

  TupleStore rows_, moved_;
  TupleReader reader_;            // of a partition on disk, for its rows to be returned
  types::Batch waiting_;          // read, but not in the store yet
  bool at_end_ = false;           // of the input
  std::size_t at_ = 0;            // the next row to be returned, in the store
  std::size_t first_ = 0, last_ = 0;  // the partition, in the store
  std::size_t scanned_ = 0;       // up to here rows are of the partition that begins at at_

  TupleCursor group_first_, group_next_, current_;
  Group group_;                   // of the row that was computed last
  bool in_group_ = false;
  GroupPlace start_group_, end_group_;
  RangePlace start_range_, end_range_;
  std::vector<Group> groups_;     // of the rows at hand
  std::vector<Frame> frames_;
  std::vector<std::unique_ptr<Function>> functions_;
  types::Arena arena_;
  std::vector<types::Vector> out_, lent_;
};

}  // namespace operators
