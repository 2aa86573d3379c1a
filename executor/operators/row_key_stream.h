// Row keys of a table, from several sources, in the order of its tree.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "inverted/key_set.h"
#include "row_sorter.h"
#include "table/posting.h"
#include "table/scan.h"

namespace operators {

using RowKeyStream = table::RowKeys;
using RowKeyStreamPtr = std::unique_ptr<RowKeyStream>;

// What a search finds: all rows (keys do not tell), or those of the stream; null: none.
struct FoundRows {
  bool everything = false;
  RowKeyStreamPtr stream;
};

FoundRows rows_of(table::PostingScan postings);
FoundRows rows_of(inverted::KeySet sorted);
// Each of the sorter's rows is a key, in its only column; it has been finished.
FoundRows rows_of(std::unique_ptr<RowSorter> sorter);
// The same rows; adds each that the stream comes to.
FoundRows counted(FoundRows rows, std::uint64_t& count);
// Rows that all, or any, of them have.
FoundRows rows_of_all(std::vector<FoundRows> parts);
FoundRows rows_of_any(std::vector<FoundRows> parts);

}  // namespace operators
