// Row keys of a table, from several sources, in the order of its tree.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "inverted/key_set.h"
#include "table/posting.h"

namespace operators {

// Ascending, each once.
class RowKeyStream {
 public:
  virtual ~RowKeyStream() = default;
  // To the first row key at or above `row_key`, never back; false at the end. Not to be called after
  // that.
  virtual bool seek(std::string_view row_key) = 0;
  // Where it is; good until the next seek().
  virtual std::string_view row_key() const = 0;
};
using RowKeyStreamPtr = std::unique_ptr<RowKeyStream>;

// What a search finds: all rows (keys do not tell), or those of the stream; null: none.
struct FoundRows {
  bool everything = false;
  RowKeyStreamPtr stream;
};

FoundRows rows_of(table::PostingScan postings);
FoundRows rows_of(inverted::KeySet sorted);
// Rows that all, or any, of them have.
FoundRows rows_of_all(std::vector<FoundRows> parts);
FoundRows rows_of_any(std::vector<FoundRows> parts);

}  // namespace operators
