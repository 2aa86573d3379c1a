// Joins by a hash table over the right side. When that does not fit into its memory, both sides
// are divided by hash into partitions on disk, which are joined one after the other (grace hash
// join); a partition that is still too large is divided again.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "join_filter.h"
#include "keys.h"
#include "operator.h"
#include "planner/plan_node.h"
#include "row_set.h"
#include "row_store.h"
#include "spill_file.h"

namespace operators {

class HashJoin final : public Operator, private JoinFilter {
 public:
  HashJoin(const planner::HashJoinNode& node, ExecutionState& state);
  void close() override;
  void expect(std::uint64_t rows) override { child(0).expect(rows); }

  // Of the largest table there was since the construction.
  struct Statistics {
    std::size_t buckets = 0, batches = 0, peak_bytes = 0;  // batches: parts that the right side was divided into
  };
  const Statistics& statistics() const { return statistics_; }
  // Whether the open join's table holds the whole right side.
  bool is_in_memory() const { return !was_divided_; }
  // From the next open() on: looks rows up in the table of the same join of another thread, which
  // is open and in memory, instead of making one. Not for joins that keep all right rows.
  void share(const HashJoin& builder) { table_ = &builder; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;
  void reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) override;

 private:
  // Header of a kept right row.
  struct Entry {
    Entry* next;
    std::uint64_t hash;
    bool matched;
  };
  static Entry* entry(std::byte* row) { return reinterpret_cast<Entry*>(row); }
  static std::byte* row(Entry* e) { return reinterpret_cast<std::byte*>(e); }

  // Two files of rows whose hashes agree in the bits of `level` partitionings.
  struct Partition {
    std::unique_ptr<SpillFile> left, right;
    int level = 0;
  };

  // Reads the right side into the table, or into partitions.
  void build(int level);
  void insert_into_table();
  // The left side's rows that may have a partner.
  bool is_ready() const override { return table_->in_table_; }
  std::uint32_t choose(std::span<const types::Vector* const> keys, types::Selection rows,
                       std::uint64_t* hashes, std::uint16_t* out) const override;
  // Whether the bucket of a hash may hold it.
  bool is_marked(std::uint64_t hash) const {
    return (marks_[hash & (marks_.size() - 1)] >> (hash >> 40 & 7) & 1) != 0;
  }
  void divide_left(int level);
  bool start_partition();
  bool next_right(types::Batch& batch) {
    return right_reader_ ? right_reader_->next(batch) : child(1).next(batch);
  }
  bool next_left_batch(types::Batch& batch) {
    return left_reader_ ? left_reader_->next(batch) : child(0).next(batch);
  }
  void hash_rows(const std::vector<Key>& keys, const types::Batch& batch);
  std::size_t footprint() const { return rows_.footprint() + rows_.size() * 14; }
  bool keeps_all_left() const;
  bool keeps_all_right() const;
  bool next_left();
  void find_chains();
  // Whether the entry that the row's chain stands at is a partner; goes on to the next.
  bool step(std::uint32_t left);
  bool keys_equal(std::uint32_t left_row, const std::byte* right_row) const;
  bool produce_pairs(types::Batch& raw);
  bool produce_left_rest(types::Batch& raw);
  bool produce_right_rest(types::Batch& raw);
  void gather(std::uint32_t count);

  const planner::HashJoinNode& join_;
  std::vector<Key> left_keys_, right_keys_;
  eval::Evaluator filter_;
  std::size_t left_columns_, right_columns_;
  RowStore rows_;
  std::vector<Entry*> buckets_;
  // Per bucket: a small Bloom filter of its hashes, which is more often in the cache than they are.
  std::vector<std::uint8_t> marks_;
  bool in_table_ = false;                 // all of the right side, in this run
  const HashJoin* table_ = this;          // whose rows_ and buckets_ are looked into
  bool was_divided_ = false;
  bool right_has_null_ = false;           // of the whole right side
  std::uint64_t right_rows_ = 0;          // likewise
  Statistics statistics_;
  std::vector<Partition> pending_;
  std::unique_ptr<SpillPartitions> right_partitions_;
  std::unique_ptr<SpillFile> left_file_, right_file_;
  std::optional<SpillReader> left_reader_, right_reader_;

  types::Arena arena_;
  std::vector<types::Vector> out_;        // left columns, right columns
  types::Batch left_;
  std::vector<std::uint64_t> hashes_;
  std::vector<Entry*> chains_;            // where each left row stands in its chain
  std::vector<std::uint16_t> active_;     // the left rows whose chains go on, from active_at_ on
  std::uint32_t active_at_ = 0, active_count_ = 0;
  std::vector<std::uint8_t> left_matched_;
  std::vector<std::uint16_t> pair_left_;
  std::vector<std::byte*> pair_right_;
  std::vector<std::uint16_t> selected_;
  bool has_left_ = false, pairs_done_ = false, left_done_ = false;
  std::size_t right_at_ = 0;
};

}  // namespace operators
