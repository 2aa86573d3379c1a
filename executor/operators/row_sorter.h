// Sorting rows: in memory, or, past its memory, by runs on disk that are merged.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "planner/plan_node.h"
#include "row_store.h"
#include "spill_file.h"

namespace operators {

// Keys of rows as bytes whose order is the rows' order, where every type can do that.
class SortKeys {
 public:
  explicit SortKeys(std::span<const planner::SortColumn> columns);
  // Whether encode() can be used; otherwise rows are compared value by value.
  bool encodable() const { return encodable_; }
  const planner::SortColumn& first() const { return columns_.front(); }
  void encode(const types::Batch& batch, std::uint32_t row, std::string& out) const;
  // The first key alone, with which encode() begins.
  void encode_first(const types::Batch& batch, std::uint32_t row, std::string& out) const { encode_one(first(), batch, row, out); }
  // Of two kept rows; column c of the keys is column c.column of the layout.
  int compare(const RowLayout& layout, const std::byte* a, const std::byte* b) const;

 private:
  static void encode_one(const planner::SortColumn& column, const types::Batch& batch, std::uint32_t row, std::string& out);

  std::span<const planner::SortColumn> columns_;
  bool encodable_ = true;
};

// add() rows, finish(), then next() them in order; rows with equal keys keep their order.
class RowSorter {
 public:
  // `keys` outlive the sorter.
  RowSorter(std::span<const types::PhysicalType> columns,
            std::span<const planner::SortColumn> keys);
  ~RowSorter();

  // Before the first row. Past `memory_bytes` rows go to `space`, if that is available.
  void start(SpillSpace& space, std::size_t memory_bytes, std::optional<std::uint64_t> bound);
  void add(const types::Batch& batch);
  void finish();
  // The batch is valid until the next call. False at the end.
  bool next(types::Batch& out);
  void clear();

  // What EXPLAIN ANALYZE tells.
  const char* method() const {
    return on_disk() ? "external merge" : bound_ && added_ / 2 > *bound_ ? "top-N heapsort" : "quicksort";
  }
  bool on_disk() const { return spilled_bytes_ > 0; }
  std::uint64_t spilled_bytes() const { return spilled_bytes_; }
  std::size_t peak_bytes() const { return peak_bytes_; }

 private:
  struct Item {
    std::uint64_t prefix;   // the key's first bytes, big-endian
    std::string_view key;   // the rest of them
    std::byte* row;
  };
  struct Run {
    std::shared_ptr<SpillFile> file;
    std::uint64_t begin, end;
  };
  class Merger;

  std::size_t footprint() const;
  static Item make_item(const SortKeys& keys, const types::Batch& batch, std::uint32_t row,
                        std::byte* record, std::string& scratch, types::Arena& arena);
  bool less(const Item& a, const Item& b) const;
  std::uint64_t first_prefix(const types::Batch& batch, std::uint32_t row);
  void choose_wanted(const types::Batch& input);
  void sort_items();
  void prune();
  void write_run();
  void reduce_runs();

  std::vector<types::PhysicalType> columns_;
  SortKeys keys_;
  RowStore rows_;
  types::Arena key_arena_, scratch_arena_;
  std::vector<Item> items_;
  std::string scratch_;
  SpillSpace* space_ = nullptr;
  std::size_t memory_bytes_ = 0, peak_bytes_ = 0;
  std::uint64_t spilled_bytes_ = 0;
  std::uint64_t added_ = 0;
  std::optional<std::uint64_t> bound_;
  bool has_cutoff_ = false;   // items_[*bound_ - 1] was the last row wanted so far
  Item cutoff_{};
  std::vector<std::uint16_t> wanted_, order_;
  std::vector<Item> candidates_;
  std::vector<std::uint64_t> prefixes_, best_prefixes_;
  std::shared_ptr<SpillFile> run_file_;
  std::vector<Run> runs_;
  std::unique_ptr<Merger> merger_;
  std::size_t at_ = 0;
  types::Arena arena_;
  std::vector<types::Vector> out_;
  std::vector<const std::byte*> batch_rows_;
};

}  // namespace operators
