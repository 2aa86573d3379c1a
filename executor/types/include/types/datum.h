// One SQL value outside a batch: a constant, a parameter, a default.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "types/oid.h"

namespace types {

// How a type's values lie in memory. Several SQL types share one: text, numeric and jsonb are all
// `varlen`; date is int32, timestamp int64.
enum class PhysicalType : std::uint8_t {
  boolean,  // bool, 1 byte
  int8,     // "char"
  int16,    // smallint
  int32,    // integer, date, oid, xid, reg*
  int64,    // bigint, timestamp(tz), time, money, pg_lsn, xid8
  float32,
  float64,
  fixed16,  // uuid, interval, timetz, point: 16 bytes, compared by the type's own functions
  varlen,   // std::string_view; the bytes belong to an arena, a page copy or a constant
};

// Bytes of one value in a vector.
std::size_t width_of(PhysicalType type);

struct Fixed16 {
  alignas(8) std::byte bytes[16];
};

// months, days, microseconds: PostgreSQL's own three fields, kept apart.
struct Interval {
  std::int64_t microseconds;
  std::int32_t days;
  std::int32_t months;
  bool operator==(const Interval&) const = default;
};
static_assert(sizeof(Interval) == sizeof(Fixed16));

struct Uuid {
  std::uint8_t bytes[16];
};
struct TimeTz {
  std::int64_t microseconds;      // since midnight, local
  std::int32_t zone_west_seconds; // PostgreSQL's sign
  std::int32_t reserved;          // 0
};
struct Point {
  double x, y;
};

// A value with its nullness, without its type. Trivially copyable; varlen bytes are borrowed.
struct Datum {
  bool is_null = true;
  union {
    bool boolean;
    std::int8_t int8;
    std::int16_t int16;
    std::int32_t int32;
    std::int64_t int64;
    float float32;
    double float64;
    Fixed16 fixed16;
    struct {
      const char* data;
      std::size_t size;
    } varlen;
  };

  Datum() : fixed16{} {}  // every byte, so that equal values are equal bytes
  static Datum null() { return {}; }

  // T: bool, (u)intN, float, double, std::string_view, Interval, Uuid, TimeTz, Point.
  template <typename T>
  static Datum of(T value) {
    Datum d;
    d.is_null = false;
    if constexpr (std::is_same_v<T, std::string_view>) {
      d.varlen = {value.data(), value.size()};
    } else {
      static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 16);
      std::memcpy(&d.fixed16, &value, sizeof(T));
    }
    return d;
  }

  template <typename T>
  T as() const {
    if constexpr (std::is_same_v<T, std::string_view>) {
      return {varlen.data, varlen.size};
    } else {
      static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 16);
      T value;
      std::memcpy(&value, &fixed16, sizeof(T));
      return value;
    }
  }
};

}  // namespace types
