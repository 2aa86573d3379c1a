// Updating and deleting many rows at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "table/table.h"

namespace table {

struct EntryRun;

// Entries of indexes that are still there, of rows that remove_batch() has removed: many of a leaf go at once when they
// are those of many rows. Until then only their own transaction can tell. Thrown away with the transaction's changes,
// nothing need be done.
class RemovedEntries {
 public:
  RemovedEntries();
  ~RemovedEntries();
  RemovedEntries(RemovedEntries&&) noexcept;
  RemovedEntries& operator=(RemovedEntries&&) noexcept;

  std::size_t bytes() const;

 private:
  friend class RowWriter;
  std::vector<EntryRun> runs_;  // one per index
};

// As Table::update() and remove() of many rows, which go leaf by leaf: one mini-transaction for those of a leaf. Of the
// rows selected, `done[i]` becomes 1 for the i-th when it was changed; all others are left as they are for those calls:
// what is anything but plain, and all behind a row that somebody else has. `done` holds zeros, one per row selected.
// Parks, and throws as they do.
//
// update_batch(): `columns` are the table's, in order; those named in `changed` have new values. Leaves all rows when an
// index depends on one of them.
void update_batch(const Table& table, const View& view, const types::Vector& row_keys,
                  std::span<const types::Vector> columns, std::span<const ColumnNumber> changed, types::Selection rows,
                  Scratch& scratch, std::span<std::uint8_t> done);
//
// remove_batch(): `later`, when it is not null, gets the entries of the rows' indexes, and the caller calls
// remove_entries() before its statement ends, and before it lets anything else of its transaction look at the table.
void remove_batch(const Table& table, const View& view, const types::Vector& row_keys, types::Selection rows,
                  Scratch& scratch, std::span<std::uint8_t> done, RemovedEntries* later = nullptr);
// Leaves `entries` empty.
void remove_entries(const Table& table, const View& view, Scratch& scratch, RemovedEntries& entries);

}  // namespace table
