// Grouping and aggregation by hash, grouping sets included.
//
// When the groups outgrow their memory, no more are made: rows of other groups go to partitions on
// disk, which are aggregated one after the other once the groups at hand have been returned. The
// final step of a parallel aggregation has no rows that could wait: it takes its input several times
// instead, each time the groups of another part of the hashes.
#pragma once

#include <memory>
#include <vector>

#include "functions/aggregate.h"
#include "later_passes.h"
#include "operator.h"
#include "ordered_set.h"
#include "planner/plan_node.h"
#include "row_set.h"
#include "row_sorter.h"
#include "spill_file.h"

namespace operators {

class TableScan;

class Aggregate final : public Operator {
 public:
  Aggregate(const planner::AggregateNode& node, ExecutionState& state);
  ~Aggregate() override;
  void close() override;
  // A group is of some rows.
  void expect(std::uint64_t rows) override {
    if (in_runs_) child().expect(rows < UINT64_MAX / 16 ? rows * 16 : UINT64_MAX);
  }

  // Rows of different pieces of `source`, which is below, belong to different groups: those of a piece
  // are complete with it.
  void group_by_piece(const TableScan& source) { source_ = &source; }

  // What EXPLAIN ANALYZE tells of a table of groups.
  struct Statistics {
    std::uint64_t batches = 0, disk_bytes = 0;
    std::size_t peak_bytes = 0;
  };
  Statistics statistics() const;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;
  void reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) override;

 private:
  struct DistinctSet;
  struct OrderedInput;
  // One grouping set: its groups and, per aggregate, what DISTINCT, ORDER BY and WITHIN GROUP keep.
  struct GroupSet {
    std::vector<int> keys;        // indexes into node.keys, ascending
    std::unique_ptr<RowSet> groups;
    std::vector<std::unique_ptr<DistinctSet>> distinct;
    std::vector<std::unique_ptr<OrderedInput>> ordered;
    std::vector<std::unique_ptr<OrderedSet>> within_group;
    LaterPasses later;                          // rows of groups that are not in memory
  };

  void read_all();
  // The next piece's groups; false when there is none.
  bool read_piece();
  // Of rows that come in the order of the keys: some groups that are complete; false when there are no more.
  bool read_runs();
  bool next_groups() { return source_ != nullptr ? read_piece() : read_runs(); }
  // Marks in starts_ the rows that differ in a key from the row before; `goes_on`: whether the first one belongs to
  // the group made last.
  void find_starts(GroupSet& set, const types::Batch& batch, bool& goes_on);
  // Ready for the input, or for a part of it.
  void start(GroupSet& set);
  void start_anew(GroupSet& set) {
    set.later.start();
    start(set);
  }
  void consume(GroupSet& set, types::Batch batch);
  void finish(GroupSet& set);
  void stop_growing(GroupSet& set);
  bool start_partition(GroupSet& set);
  std::size_t footprint(const GroupSet& set) const;
  bool over_memory();
  void update_distinct(GroupSet& set, std::size_t aggregate,
                       std::span<const types::Vector* const> columns, types::Selection rows,
                       int level);
  void finish_distinct(GroupSet& set, std::size_t aggregate, std::unique_ptr<SpillPartitions> parts,
                       int level, std::uint64_t input_rows);
  void update(GroupSet& set, std::size_t aggregate, const types::Batch& batch);
  // Finalize: folds the states that the rows point to into those of their groups.
  void combine(GroupSet& set, const types::Batch& batch);
  void read_states();
  types::Selection of_this_pass(GroupSet& set, std::span<const types::Vector* const> keys,
                                types::Selection rows);
  void feed_ordered(GroupSet& set, std::size_t aggregate);
  void begin_ordered_sets(GroupSet& set);
  // Keys and GROUPING() of the groups into out_.
  void load_group_columns(GroupSet& set, std::span<std::byte* const> records);
  // The aggregate before `aggregate` whose state is its own, too; `aggregate` when there is none.
  std::size_t state_owner(std::size_t aggregate) const;
  bool is_ordered_set(std::size_t aggregate) const {
    return with_sets_ != nullptr && with_sets_->ordered_sets[aggregate].function != nullptr;
  }
  std::byte* state_of(GroupSet& set, std::byte* record, std::size_t aggregate) const;
  void init_states(GroupSet& set, std::byte* record);

  const planner::AggregateNode& aggregate_;
  std::vector<std::size_t> offsets_;
  // Per aggregate: whether its state is that of one before, made of the same rows.
  std::vector<bool> shares_state_;
  std::size_t state_bytes_ = 0;
  std::vector<GroupSet> sets_;
  std::vector<std::byte*> records_;
  std::vector<std::byte*> states_;
  std::vector<std::uint16_t> selected_, known_, others_;
  std::vector<std::uint64_t> other_hashes_;
  types::Arena arena_;
  std::vector<types::Vector> out_;
  const planner::OrderedAggregateNode* with_sets_;  // null: no aggregate is an ordered-set one
  std::vector<eval::Evaluator> direct_;             // per aggregate, if so
  types::EvalContext update_context_;
  bool read_ = false;
  const TableScan* source_ = nullptr;
  const bool in_runs_;
  std::vector<std::uint8_t> starts_;
  std::vector<std::uint16_t> dense_;  // 0, 1, 2, ...
  types::Batch waiting_;  // of the next piece
  bool waits_ = false, at_end_ = false;
  std::uint64_t passes_ = 1, pass_ = 0;  // of the final step
  std::size_t set_at_ = 0, at_ = 0;
  std::size_t peak_bytes_ = 0;
};

}  // namespace operators
