// Hashing and comparing key columns of batches and kept rows.
#pragma once

#include <cstdint>
#include <span>

#include "planner/plan_node.h"
#include "row_layout.h"
#include "types/text.h"
#include "types/vector.h"

namespace operators {

inline constexpr std::uint64_t kHashSeed = 0x9E3779B97F4A7C15ull;

// A key column of an operator. How its values are hashed and compared is decided once: integers and
// character types without a call per value, all others by the functions of their type.
class Key {
 public:
  explicit Key(const planner::KeyColumn& column);

  // Of the input.
  std::size_t column() const { return static_cast<std::size_t>(column_.column); }

  // hashes[i] combines in the hash of values[selection[i]]; nulls hash alike.
  void hash(const types::Vector& values, types::Selection selection, std::uint64_t* hashes) const;

  // Sets changes[row] where the value of a row is another one than that of the row before it in the selection.
  void mark_changes(const types::Vector& values, types::Selection rows, std::uint8_t* changes) const;

  // Whether the value in `row` equals that of a kept row's column, nulls being equal to each other.
  bool equals(const types::Vector& values, std::uint32_t row, const RowLayout& layout,
              const std::byte* record, std::size_t column) const {
    const bool null = values.is_null(row);
    if (null != layout.is_null(record, column)) return false;
    if (null) return true;
    switch (how_) {
      case How::int8:
        return values.get<std::int8_t>(row) == layout.get<std::int8_t>(record, column);
      case How::int16:
        return values.get<std::int16_t>(row) == layout.get<std::int16_t>(record, column);
      case How::int32:
        return values.get<std::int32_t>(row) == layout.get<std::int32_t>(record, column);
      case How::int64:
        return values.get<std::int64_t>(row) == layout.get<std::int64_t>(record, column);
      case How::bytes:
        return values.get<std::string_view>(row) == layout.get<std::string_view>(record, column);
      case How::padded_bytes:
        return types::trim_padding(values.get<std::string_view>(row)) ==
               types::trim_padding(layout.get<std::string_view>(record, column));
      case How::by_type: break;
    }
    return column_.compare(values.datum(row), layout.datum(record, column)) == 0;
  }

 private:
  enum class How : std::uint8_t { int8, int16, int32, int64, bytes, padded_bytes, by_type };
  static How how(const planner::KeyColumn& column);

  planner::KeyColumn column_;
  How how_;
};

std::vector<Key> make_keys(std::span<const planner::KeyColumn> columns);

bool datum_equals(const planner::KeyColumn& key, const types::Datum& a, const types::Datum& b);

}  // namespace operators
