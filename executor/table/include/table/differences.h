// Which rows differ between two states of a table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "table/table.h"
#include "types/datum.h"

namespace table {

// One state. Null: the table is not there. Both outlive what is made of them.
struct TableState {
  const Table* table = nullptr;
  const View* view = nullptr;
};

// The key ranges that hold every row that differs: those of leaves on pages for which `is_changed`,
// which is true of all pages that either state's history wrote to since they had one. Everything
// when the states have not even their root page in common. Both trees are at rest. Parks.
std::vector<KeyRange> differing_ranges(const TableState& before, const TableState& after,
                                       const std::function<bool(wal::PageNo)>& is_changed);

// The rows with one key, as far as there are any. Values live until the next one is asked for.
struct Difference {
  std::span<const types::Datum> before;   // by column of the state's table; empty: no such row
  std::span<const types::Datum> after;
};

// Merges the states' rows by clustered key, whose columns are the same in both. Not thread-safe.
class Differences {
 public:
  // Rows count as equal when they are in all pairs of `compared` columns (before, after), of one
  // type each. Ranges ascend. `pause` is called now and then, with no latch held.
  Differences(const TableState& before, const TableState& after, std::vector<KeyRange> ranges,
              std::vector<std::pair<ColumnNumber, ColumnNumber>> compared,
              std::function<void()> pause);
  ~Differences();
  Differences(const Differences&) = delete;
  Differences& operator=(const Differences&) = delete;

  // The next one in key order; false at the end. Parks.
  bool next(Difference& difference);

  // Of the ranges, how many were gone through.
  std::size_t ranges_done() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace table
