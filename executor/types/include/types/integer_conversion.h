// Integers of two, four and eight bytes, which compare and join with each other by their values.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "types/datum.h"
#include "types/oid.h"

namespace types {

constexpr bool is_integer(Oid type) { return type == oid::int2 || type == oid::int4 || type == oid::int8; }

// An integer in another width, nulls as they are; nullopt: it does not fit. What is no integer is left alone.
inline std::optional<Datum> convert_integer(PhysicalType from, PhysicalType to, const Datum& value) {
  if (value.is_null || from == to) return value;
  std::int64_t wide = 0;
  switch (from) {
    case PhysicalType::int16: wide = value.int16; break;
    case PhysicalType::int32: wide = value.int32; break;
    case PhysicalType::int64: wide = value.int64; break;
    default: return value;
  }
  const auto narrowed = [wide]<typename T>(T) -> std::optional<Datum> {
    if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max()) return std::nullopt;
    return Datum::of(static_cast<T>(wide));
  };
  switch (to) {
    case PhysicalType::int16: return narrowed(std::int16_t{});
    case PhysicalType::int32: return narrowed(std::int32_t{});
    case PhysicalType::int64: return Datum::of(wide);
    default: return value;
  }
}

// Of a value that is an integer and not null.
inline bool is_negative_integer(PhysicalType type, const Datum& value) {
  switch (type) {
    case PhysicalType::int16: return value.int16 < 0;
    case PhysicalType::int32: return value.int32 < 0;
    default: return value.int64 < 0;
  }
}

// The greatest or the least integer of that width.
inline Datum outermost_integer(PhysicalType type, bool greatest) {
  const auto of = [greatest]<typename T>(T) {
    return Datum::of(greatest ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min());
  };
  switch (type) {
    case PhysicalType::int16: return of(std::int16_t{});
    case PhysicalType::int32: return of(std::int32_t{});
    default: return of(std::int64_t{});
  }
}

}  // namespace types
