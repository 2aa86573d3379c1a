// What an index's entry holds beside its key.
//
//   u16 size of the table's key at the end of the entry's key | INCLUDE's columns, as a row of these alone (row_format.h)
//
// Entries without values are those of indexes without INCLUDE, those made before entries held values, and those whose values
// would not fit beside the key: each entry tells by its size, so an index may have both. What such an entry does not hold is
// in the table's row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "row_format.h"
#include "table/schema.h"

namespace table {

inline constexpr std::size_t kEntryPayload = 2;

inline std::string_view row_key_of(std::string_view entry_key, Bytes payload) {
  std::uint16_t size = 0;
  std::memcpy(&size, payload.data(), sizeof(size));
  return entry_key.substr(entry_key.size() - size);
}

// Immutable, thread-safe.
class EntryPayload {
 public:
  EntryPayload(const TableSchema& table, const IndexSchema& index);

  // Whether entries are to hold values. Those of inverted indexes lead to rows that are looked at anyway.
  bool has_values() const { return values_.has_value(); }
  // The column's number among INCLUDE's, when entries hold it; it may be there more than once.
  std::optional<ColumnNumber> find(ColumnNumber column) const;

  // Reused by compose(), which fills `bytes`.
  struct Buffers {
    std::vector<std::byte> bytes;
    std::vector<Datum> values;
    std::vector<std::byte> row;
  };
  // Of a row, every column of the table, whose entry has a key of `entry_key_size` bytes, the row's key included.
  void compose(std::span<const Datum> row, std::size_t entry_key_size, std::size_t row_key_size, Buffers& out) const;

  // Column number `included` of an entry's payload into row `at`, varlen bytes copied to `arena`. False: the entry holds no
  // values.
  [[nodiscard]] bool read(buffer::PagedVolume& pages, Bytes payload, ColumnNumber included, types::Vector& out,
                          std::uint32_t at, types::Arena& arena) const;

 private:
  std::vector<ColumnNumber> included_;
  std::optional<RowFormat> values_;
};

}  // namespace table
