#include "types/vector.h"

#include <cstring>

#include "types/type_io.h"
#include "wal/check.h"

namespace types {

std::size_t width_of(PhysicalType type) {
  switch (type) {
    case PhysicalType::boolean:
    case PhysicalType::int8:
      return 1;
    case PhysicalType::int16:
      return 2;
    case PhysicalType::int32:
    case PhysicalType::float32:
      return 4;
    case PhysicalType::int64:
    case PhysicalType::float64:
      return 8;
    case PhysicalType::fixed16:
    case PhysicalType::varlen:
      return 16;
  }
  CHECK(false);
  return 0;
}

// A varlen value in a vector is a string_view, in a Datum the same two words.
static_assert(sizeof(std::string_view) == 16);

Vector Vector::allocate(Arena& arena, PhysicalType type, std::uint32_t capacity) {
  Vector v;
  v.type_ = type;
  v.capacity_ = capacity;
  v.data_ = arena.allocate(width_of(type) * capacity, 16);
  v.nulls_ = arena.allocate_array<std::uint8_t>(capacity);
  return v;
}

Vector Vector::constant(Arena& arena, PhysicalType type, const Datum& value) {
  Vector v = allocate(arena, type, 1);
  v.set_datum(0, value);
  v.constant_ = true;
  return v;
}

void Vector::start_nulls() {
  std::memset(nulls_, 0, capacity_);
  has_nulls_ = true;
}

Datum Vector::datum(std::uint32_t row) const {
  if (is_null(row)) return Datum::null();
  Datum d;
  d.is_null = false;
  switch (type_) {
    case PhysicalType::varlen: {
      auto text = get<std::string_view>(row);
      d.varlen = {text.data(), text.size()};
      break;
    }
    case PhysicalType::fixed16:
      d.fixed16 = get<Fixed16>(row);
      break;
    case PhysicalType::int64:
    case PhysicalType::float64:
      d.int64 = get<std::int64_t>(row);
      break;
    case PhysicalType::int32:
    case PhysicalType::float32:
      d.int32 = get<std::int32_t>(row);
      break;
    case PhysicalType::int16:
      d.int16 = get<std::int16_t>(row);
      break;
    case PhysicalType::int8:
      d.int8 = get<std::int8_t>(row);
      break;
    case PhysicalType::boolean:
      d.boolean = get<bool>(row);
      break;
  }
  return d;
}

void Vector::set_datum(std::uint32_t row, const Datum& value) {
  if (value.is_null) {
    set_null(row);
    return;
  }
  set_not_null(row);
  switch (type_) {
    case PhysicalType::varlen:
      set<std::string_view>(row, {value.varlen.data, value.varlen.size});
      break;
    case PhysicalType::fixed16:
      set<Fixed16>(row, value.fixed16);
      break;
    case PhysicalType::int64:
    case PhysicalType::float64:
      set<std::int64_t>(row, value.int64);
      break;
    case PhysicalType::int32:
    case PhysicalType::float32:
      set<std::int32_t>(row, value.int32);
      break;
    case PhysicalType::int16:
      set<std::int16_t>(row, value.int16);
      break;
    case PhysicalType::int8:
      set<std::int8_t>(row, value.int8);
      break;
    case PhysicalType::boolean:
      set<bool>(row, value.boolean);
      break;
  }
}

Datum copy_datum(Arena& arena, PhysicalType type, const Datum& value) {
  if (type != PhysicalType::varlen || value.is_null) return value;
  return Datum::of(arena.copy(value.as<std::string_view>()));
}

}  // namespace types
