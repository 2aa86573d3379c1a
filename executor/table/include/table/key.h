// Keys of rows and index entries as memory-comparable bytes, and ranges of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "table/schema.h"
#include "types/datum.h"

namespace table {

// Appends the key bytes of leading columns of an index: per column a marker byte that puts nulls
// where the index has them, then the type's encode_key bytes, complemented when descending.
// Throws SqlError 0A000 for a type that cannot be a key. `values` may be fewer than the keys.
void append_key(const TableSchema& table, const IndexSchema& index,
                std::span<const types::Datum> values, std::string& out);

// A half-open range of encoded keys: lower <= key < upper; upper empty means no end.
struct KeyRange {
  std::string lower;
  std::string upper;

  static KeyRange all() { return {}; }
};

struct Bound {
  types::Datum value;  // never null
  bool inclusive = true;
};

// The rows whose leading key columns equal `equal` (null values match nulls, as IS NULL does)
// and whose next key column lies within the bounds (null pointer: open; a bounded column is
// never null). Takes care of descending columns and of where nulls are.
KeyRange make_range(const TableSchema& table, const IndexSchema& index,
                    std::span<const types::Datum> equal, const Bound* lower = nullptr,
                    const Bound* upper = nullptr);

// The least string greater than every string that begins with `prefix`; empty: there is none.
std::string end_of_prefix(std::string_view prefix);

}  // namespace table
