// Rows kept by operators (hash tables, sorts, materialised results): fixed-size records with
// varlen values as pointers into an arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "types/arena.h"
#include "types/vector.h"

namespace operators {

// Rows [first, first + count) of a selection of rows of one batch.
types::Selection part_of(types::Selection rows, std::uint32_t first, std::uint32_t count);

// Record: `header` bytes of the owner's, then each column's value (varlen: std::string_view),
// then a null byte per column. Records are 8-aligned.
class RowLayout {
 public:
  RowLayout() = default;
  RowLayout(std::span<const types::PhysicalType> columns, std::size_t header_bytes);

  std::size_t size() const { return size_; }
  std::size_t columns() const { return types_.size(); }
  types::PhysicalType type(std::size_t column) const { return types_[column]; }
  std::size_t offset(std::size_t column) const { return offsets_[column]; }

  bool is_null(const std::byte* row, std::size_t column) const {
    return row[nulls_ + column] != std::byte{0};
  }
  template <typename T>
  T get(const std::byte* row, std::size_t column) const {
    T value;
    std::memcpy(&value, row + offsets_[column], sizeof(T));
    return value;
  }
  types::Datum datum(const std::byte* row, std::size_t column) const;
  // Copies varlen bytes into `arena`.
  void set(std::byte* row, std::size_t column, const types::Datum& value, types::Arena& arena) const;

  // The same without a copy: varlen bytes stay where they are.
  void set_borrowed(std::byte* row, std::size_t column, const types::Datum& value) const;

  // rows[i].column = values[selection[i]].
  void store(std::size_t column, const types::Vector& values, types::Selection selection,
             std::byte* const* rows, types::Arena& arena) const;
  // out[i] = rows[i].column; null where rows[i] is null. Varlen values point to the record's own.
  void load(std::size_t column, std::span<const std::byte* const> rows, types::Vector& out) const;
  // The same where neither a row nor a value of the column is null.
  void load_not_null(std::size_t column, std::span<const std::byte* const> rows, types::Vector& out) const;

 private:
  std::vector<types::PhysicalType> types_;
  std::vector<std::size_t> offsets_;
  std::size_t nulls_ = 0;
  std::size_t size_ = 0;
};

}  // namespace operators
