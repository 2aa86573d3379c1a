// The rows of an ordered-set aggregate, in one grouping set: kept by group and order, then handed to the
// aggregate group by group. Past work_mem they are sorted on disk (row_sorter.h).
#pragma once

#include <span>
#include <vector>

#include "functions/ordered_set.h"
#include "planner/ordered_sets.h"
#include "row_sorter.h"

namespace operators {

// Per run: start(); add() whatever the groups see; begin() for every group, once; feed().
//
// A group is known by the aggregate's state. kCounterBytes in front of it are ours.
class OrderedSet {
 public:
  static constexpr std::size_t kCounterBytes = 16;  // keeps the state's alignment

  OrderedSet(const planner::OrderedAggregateNode& node, std::size_t aggregate);

  static void init(std::byte* state) { rows_of(state) = 0; }
  void start(SpillSpace& space, std::size_t memory_bytes);
  void clear() { rows_.clear(); }
  // states[i] is that of the group of rows[i].
  void add(types::EvalContext& ctx, const types::Batch& input, std::byte* const* states);
  // The direct arguments of groups, a row each.
  void begin(types::EvalContext& ctx, std::span<const types::Vector* const> direct, std::span<std::byte* const> states);
  void feed(types::EvalContext& ctx);

 private:
  static std::uint64_t& rows_of(std::byte* state) {
    return *reinterpret_cast<std::uint64_t*>(state - kCounterBytes);
  }
  static std::vector<types::PhysicalType> types_of(const planner::AggregateNode& node,
                                                   const planner::AggregateCall& call);
  static std::vector<planner::SortColumn> keys_of(const planner::AggregateCall& call,
                                                  const functions::OrderedSetFunction& function);
  void keep(std::span<const types::Vector* const> values, bool hypothetical, types::Selection rows,
            std::byte* const* states);
  void compare_rows(const types::Batch& batch);

  const planner::AggregateCall& call_;
  const functions::OrderedSetFunction& function_;
  std::vector<planner::SortColumn> keys_;
  RowSorter rows_;
  types::Arena arena_;
  types::Vector group_, equal_, false_, true_;
  std::vector<types::Vector> columns_;          // of a row that is kept: group, values, hypothetical
  std::vector<const types::Vector*> arguments_;
  std::vector<std::uint16_t> selected_;
  std::vector<std::byte*> states_;
  std::vector<types::Datum> last_;              // the values of the row before, in last_arena_
  std::byte* last_state_ = nullptr;
  types::Arena last_arena_;
};

}  // namespace operators
