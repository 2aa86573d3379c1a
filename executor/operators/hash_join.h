// Joins by a hash table over the right side.
#pragma once

#include "operator.h"
#include "planner/plan_node.h"
#include "row_set.h"
#include "row_store.h"

namespace operators {

class HashJoin final : public Operator {
 public:
  HashJoin(const planner::HashJoinNode& node, ExecutionState& state);
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  // Header of a kept right row.
  struct Entry {
    Entry* next;
    std::uint64_t hash;
    bool matched;
  };
  static Entry* entry(std::byte* row) { return reinterpret_cast<Entry*>(row); }
  static std::byte* row(Entry* e) { return reinterpret_cast<std::byte*>(e); }

  void build();
  bool next_left();
  bool keys_equal(std::uint32_t left_row, const std::byte* right_row) const;
  bool produce_pairs(types::Batch& raw);
  bool produce_left_rest(types::Batch& raw);
  bool produce_right_rest(types::Batch& raw);
  void gather(std::uint32_t count);

  const planner::HashJoinNode& join_;
  eval::Evaluator filter_;
  std::size_t left_columns_, right_columns_;
  RowStore rows_;
  std::vector<Entry*> buckets_;
  bool right_has_null_ = false;

  types::Arena arena_;
  std::vector<types::Vector> out_;        // left columns, right columns
  types::Batch left_;
  std::vector<std::uint64_t> hashes_;
  std::vector<Entry*> chains_;            // where each left row stands in its chain
  std::vector<std::uint8_t> left_matched_;
  std::vector<std::uint16_t> pair_left_;
  std::vector<std::byte*> pair_right_;
  std::vector<std::uint16_t> selected_;
  std::uint32_t at_ = 0;
  bool has_left_ = false, pairs_done_ = false, left_done_ = false;
  std::size_t right_at_ = 0;
};

}  // namespace operators
