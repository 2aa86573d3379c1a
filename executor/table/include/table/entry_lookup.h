// A single row by all columns of a unique index, read from the index's entry alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "table/scan.h"
#include "table/table.h"
#include "types/datum.h"

namespace table {

// What Table::lookup() does where entries_hold() the columns: the row is asked only for what its entry does not tell.
// Made once for many lookups of the same columns. Not thread-safe.
class EntryLookup {
 public:
  // The table outlives it.
  EntryLookup(const Table& table, int index, Projection columns);
  ~EntryLookup();
  EntryLookup(const EntryLookup&) = delete;
  EntryLookup& operator=(const EntryLookup&) = delete;

  const Table& table() const { return table_; }

  // As Table::lookup().
  bool find(const View& view, std::span<const types::Datum> key, std::span<types::Vector> out, std::uint32_t at,
            types::Arena& arena, Scratch& scratch);
  // As Scan::take_fetched().
  std::uint64_t take_fetched();

 private:
  struct Impl;
  const Table& table_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace table
