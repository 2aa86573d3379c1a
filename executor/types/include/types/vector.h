// Columns of values, a batch at a time: what every operator and every function works on.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "types/arena.h"
#include "types/datum.h"

namespace types {

// Rows in a full batch. A batch of a point plan has capacity 1.
inline constexpr std::uint32_t kBatchRows = 1024;

// Which rows of a batch are meant: `count` indexes in ascending order, or, with `rows` null, the
// first `count` rows.
struct Selection {
  const std::uint16_t* rows = nullptr;
  std::uint32_t count = 0;

  std::uint32_t operator[](std::uint32_t i) const { return rows ? rows[i] : i; }
  bool dense() const { return rows == nullptr; }
};

// One column of a batch. Values and null bytes are addressed by row index. Borrowed memory: the
// owner is the operator's batch (its arena). A constant vector holds one value for every row.
class Vector {
 public:
  Vector() = default;

  // Room for `capacity` rows out of `arena`; all not null, values undefined.
  static Vector allocate(Arena& arena, PhysicalType type, std::uint32_t capacity);
  // The one value for every row.
  static Vector constant(Arena& arena, PhysicalType type, const Datum& value);

  PhysicalType type() const { return type_; }
  bool is_constant() const { return constant_; }

  // T matches the physical type: bool, int8_t, int16_t, int32_t/uint32_t, int64_t/uint64_t,
  // float, double, std::string_view, or a 16-byte struct.
  template <typename T>
  T get(std::uint32_t row) const {
    return static_cast<const T*>(data_)[constant_ ? 0 : row];
  }
  template <typename T>
  void set(std::uint32_t row, T value) {
    static_cast<T*>(data_)[row] = value;
  }
  template <typename T>
  T* data() { return static_cast<T*>(data_); }
  template <typename T>
  const T* data() const { return static_cast<const T*>(data_); }

  // Cheap test first: a vector without nulls has no null bytes to look at.
  bool may_have_nulls() const { return has_nulls_; }
  bool is_null(std::uint32_t row) const { return has_nulls_ && nulls_[constant_ ? 0 : row] != 0; }
  void set_null(std::uint32_t row) {
    if (!has_nulls_) start_nulls();
    nulls_[row] = 1;
  }
  // For a row that may have been set null before in this vector's life.
  void set_not_null(std::uint32_t row) {
    if (has_nulls_) nulls_[row] = 0;
  }
  // Forgets values and nulls, keeps the memory.
  void clear() { has_nulls_ = false; }

  Datum datum(std::uint32_t row) const;
  void set_datum(std::uint32_t row, const Datum& value);

 private:
  void start_nulls();  // zeroes the null bytes

  void* data_ = nullptr;
  std::uint8_t* nulls_ = nullptr;  // one byte a row; read only when has_nulls_
  std::uint32_t capacity_ = 0;
  PhysicalType type_ = PhysicalType::int32;
  bool constant_ = false;
  bool has_nulls_ = false;
};

// A batch of rows: equally long columns.
struct Batch {
  std::span<Vector> columns;
  Selection rows;
};

}  // namespace types
