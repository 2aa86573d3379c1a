// Reading which rows an index has under its keys.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "inverted/key_ranges.h"
#include "inverted/key_set.h"
#include "inverted/placement.h"
#include "table/table.h"
#include "transaction/view.h"

namespace table {

// The row keys under one whole key of a secondary index, or of the table's rows themselves, ascending, as far as the view sees their
// entries. The table and the view outlive it. Holds no latch between calls; parks; SqlError 57014.
// Not thread-safe.
class PostingScan {
 public:
  PostingScan(const Table& table, const View& view, int index, std::string key);
  // The keys in a range of the table's own tree.
  PostingScan(const Table& table, const View& view, KeyRange range);
  ~PostingScan();
  PostingScan(PostingScan&&) noexcept;
  PostingScan& operator=(PostingScan&&) noexcept;

  // To the first row key at or above `row_key`, never back; false when there is none.
  bool seek(std::string_view row_key);
  // Where it is, after seek() returned true; good until the next call.
  std::string_view row_key() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Adds the row keys under every key that begins with `prefix`, then sorts them. False, and of no
// use, when they take more than `limit` bytes.
bool collect_postings(const Table& table, const View& view, int index, std::string_view prefix,
                      std::size_t limit, inverted::KeySet& row_keys);

// The same for keys in ranges.
bool collect_postings(const Table& table, const View& view, int index, inverted::KeyRanges& ranges, std::size_t limit,
                      inverted::KeySet& row_keys);

// Adds the row keys of a secondary index's entries in a range, in the order of the index; `at_leaf` is called after
// every leaf, and may take away what is there.
void collect_row_keys(const Table& table, const View& view, int index, const KeyRange& range, inverted::KeySet& row_keys,
                      const std::function<void()>& at_leaf);

// What the columns of an index with IndexSchema::is_placed() are.
std::span<const inverted::PlacedColumn> placed_columns(const Table& table, int index);

// How many entries an inverted index has under a key (or under keys that begin so): estimated from
// two descents.
double estimate_postings(const Table& table, int index, std::string_view key);
// In ranges: by descents to those where there is something.
double estimate_postings(const Table& table, int index, inverted::KeyRanges& ranges);

// One search of an index, for the counts of how it is used.
void count_index_scan(const Table& table, int index, std::uint64_t rows);

}  // namespace table
