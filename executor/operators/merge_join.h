// Joins of sides that come in the order of what they are joined by: both are read once. Right rows with the keys of a
// left one are kept, since the next left row may have the same.
#pragma once

#include <vector>

#include "operator.h"
#include "planner/merge_join.h"
#include "tuple_store.h"

namespace operators {

class MergeJoin final : public Operator {
 public:
  MergeJoin(const planner::MergeJoinNode& node, ExecutionState& state);
  void close() override;
  void expect(std::uint64_t rows) override {
    child(0).expect(rows);
    child(1).expect(rows);
  }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  // One side's rows, of which the one at `at` is next.
  struct Side {
    types::Batch batch{};
    std::uint32_t at = 0;
    bool ended = false;
    std::uint32_t row() const { return batch.rows[at]; }
    bool has_row() const { return at < batch.rows.count; }
  };
  enum class Step : std::uint8_t {
    advance,     // which of the sides' rows is less?
    pair,        // the left row meets the group's rows
    group_rest,  // right rows of the group that no left row has met are put out
  };

  bool has_left();
  bool has_right();
  static bool any_null(const Side& side, const std::vector<planner::SortColumn>& keys);
  int compare_sides() const;
  // Of a side's row and the keys of the group.
  int compare_group(const Side& side, const std::vector<planner::SortColumn>& keys) const;
  void load_group();
  void start_pairs();
  bool join_pairs();
  void leave_group();
  bool put_group_rest();
  // An empty side: nulls.
  void put(std::span<const types::Vector> left, std::uint32_t left_row, std::span<const types::Vector> right, std::uint32_t right_row);
  void put_left() { put(left_.batch.columns, left_.row(), {}, 0); }
  void put_right() { put({}, 0, right_.batch.columns, right_.row()); }
  bool is_full() const { return filled_ >= node_.batch_rows; }

  const planner::MergeJoinNode& join_;
  const bool keeps_left_, keeps_right_, left_only_;
  eval::Evaluator filter_;
  std::size_t left_columns_, right_columns_;
  Side left_, right_;
  Step step_ = Step::advance;
  bool has_group_ = false;
  std::vector<types::Datum> group_keys_;
  types::Arena group_arena_;
  TupleStore group_;
  TupleReader reader_;
  std::vector<std::uint8_t> met_;        // where right rows are kept: of the group's, whether a left row met them
  std::vector<std::uint16_t> in_group_;  // rows of a batch
  std::size_t met_at_ = 0;               // of the batch that is being read
  types::Batch pairs_{};                 // rows of the group, from pair_at_ on
  std::uint32_t pair_at_ = 0;
  bool matched_ = false;                 // the left row
  types::Arena arena_;
  std::vector<types::Vector> left_row_;  // constants
  std::vector<types::Vector> combined_;  // left constants, right columns
  std::vector<types::Vector> out_;
  std::uint32_t filled_ = 0;
  bool flush_ = false;                   // what is put out borrows from a left batch that is to be replaced
};

}  // namespace operators
