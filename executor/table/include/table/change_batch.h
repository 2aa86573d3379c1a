// Updating and deleting many rows at once.
#pragma once

#include <cstdint>
#include <span>

#include "table/table.h"

namespace table {

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
void remove_batch(const Table& table, const View& view, const types::Vector& row_keys, types::Selection rows,
                  Scratch& scratch, std::span<std::uint8_t> done);

}  // namespace table
