// Ranges of an index between rows of values.
#pragma once

#include <span>

#include "table/key.h"

namespace table {

// How far successive key columns, compared as rows are, may go; none: open. None is null.
struct RowBound {
  std::span<const types::Datum> values;
  bool inclusive = true;
};

// As make_range(), with bounds on the next key columns together: (a, b) > (1, 2). They all go one way,
// up or down. Keys that are null behind the first column of a bound may lie in the range.
KeyRange make_row_range(const TableSchema& table, const IndexSchema& index, std::span<const types::Datum> equal,
                        RowBound lower, RowBound upper);

// The rows whose leading keys equal `equal` (as make_range() has it) and whose next one is not null.
KeyRange make_not_null_range(const TableSchema& table, const IndexSchema& index, std::span<const types::Datum> equal);

}  // namespace table
