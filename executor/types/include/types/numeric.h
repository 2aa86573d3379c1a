// numeric: exact decimal values of any precision, NaN and infinities.
//
// A value is a mantissa and a display scale: mantissa * 10^-scale. Bytes of the varlen value:
//   small: byte 0 = scale (0..18), then 0..8 bytes, the mantissa (|m| < 10^18), little-endian two's
//          complement without redundant high bytes; used whenever it fits
//   big:   byte 0 = 0x40 (positive) or 0x41 (negative), u16 scale, magnitude bytes, little-endian
//   special: byte 0 = 0x42 NaN, 0x43 Infinity, 0x44 -Infinity
// Every function takes and gives these bytes; results live in the arena. All follow PostgreSQL
// 15's rules for result scales and rounding (half away from zero); errors are SqlError.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "types/arena.h"

namespace types {

using NumericView = std::string_view;

inline constexpr std::int64_t kSmallNumericLimit = 1'000'000'000'000'000'000;  // 10^18
inline constexpr int kSmallNumericScale = 18;
__extension__ using Int128 = __int128;

struct SmallNumeric {
  std::int64_t mantissa;
  int scale;
};

inline bool is_small_numeric(NumericView v) { return static_cast<unsigned char>(v[0]) < 0x40; }

// Loads of fixed width that overlap: a copy of unknown size would cost a call.
inline SmallNumeric small_numeric(NumericView v) {
  const std::size_t bytes = v.size() - 1;
  const char* p = v.data() + 1;
  std::uint64_t bits;
  if (bytes >= 4) {
    std::uint32_t low, high;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + bytes - 4, 4);
    bits = low | std::uint64_t{high} << (8 * (bytes - 4));
  } else if (bytes > 0) {
    const auto byte = [p](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(p[i])} << (8 * i); };
    bits = byte(0) | byte(bytes / 2) | byte(bytes - 1);
  } else {
    return {0, v[0]};
  }
  const int unused = 64 - 8 * static_cast<int>(bytes);
  return {static_cast<std::int64_t>(bits << unused) >> unused, v[0]};
}

// The small form of a mantissa below the limit, in nine bytes or fewer at `to`, of which nine are written.
inline NumericView write_small_numeric(char* to, std::int64_t mantissa, int scale) {
  to[0] = static_cast<char>(scale);
  std::memcpy(to + 1, &mantissa, sizeof mantissa);
  // Bytes that sign extension restores are left out.
  const auto magnitude = static_cast<std::uint64_t>(mantissa ^ (mantissa >> 63));
  const std::size_t bytes = 1 + static_cast<std::size_t>(64 - std::countl_zero(magnitude)) / 8;
  return {to, mantissa == 0 ? 1 : bytes + 1};
}
inline constexpr std::size_t kSmallNumericBytes = 9;

// From mantissa and scale (0..16383), whichever form fits.
NumericView make_numeric(Arena& arena, Int128 mantissa, int scale);
NumericView numeric_from_int64(Arena& arena, std::int64_t value);
// With 15 (6) significant digits.
NumericView numeric_from_float8(Arena& arena, double value);
NumericView numeric_from_float4(Arena& arena, float value);

// White space around allowed; 22P02, 22003; applies the typmod (rounds; 22003 when it overflows).
NumericView parse_numeric(Arena& arena, std::string_view text, std::int32_t typmod = -1);
void append_numeric(std::string& out, NumericView v);

// Rounds to a whole number; "<type> out of range" 22003; NaN and infinities 0A000.
std::int64_t numeric_to_int64(NumericView v);
std::int32_t numeric_to_int32(NumericView v);
std::int16_t numeric_to_int16(NumericView v);
double numeric_to_float8(NumericView v);
// Infinite instead of an error when out of range.
double numeric_to_float8_no_overflow(NumericView v);

// NaN is equal to itself and above everything.
int compare_numeric(NumericView a, NumericView b) noexcept;
std::uint64_t hash_numeric(NumericView v);
void append_numeric_key(std::string& out, NumericView v);

bool numeric_is_nan(NumericView v);
bool numeric_is_infinite(NumericView v);
int numeric_sign(NumericView v);                  // of NaN: 0
std::int32_t numeric_display_scale(NumericView v);  // of specials: 0
std::int32_t numeric_min_scale(NumericView v);

NumericView numeric_add(Arena&, NumericView a, NumericView b);
NumericView numeric_sub(Arena&, NumericView a, NumericView b);
NumericView numeric_mul(Arena&, NumericView a, NumericView b);
NumericView numeric_div(Arena&, NumericView a, NumericView b);
NumericView numeric_div_trunc(Arena&, NumericView a, NumericView b);
NumericView numeric_mod(Arena&, NumericView a, NumericView b);
NumericView numeric_negate(Arena&, NumericView v);
NumericView numeric_abs(Arena&, NumericView v);

// Digits may be negative: round(1234, -2) = 1200.
NumericView numeric_round(Arena&, NumericView v, std::int32_t digits);
NumericView numeric_trunc(Arena&, NumericView v, std::int32_t digits);
NumericView numeric_ceil(Arena&, NumericView v);
NumericView numeric_floor(Arena&, NumericView v);
NumericView numeric_trim_scale(Arena&, NumericView v);
NumericView numeric_apply_typmod(Arena&, NumericView v, std::int32_t typmod);

NumericView numeric_sqrt(Arena&, NumericView v);
// At a given scale instead of the rules'.
NumericView numeric_sqrt_to_scale(Arena&, NumericView v, int scale);
NumericView numeric_exp(Arena&, NumericView v);
NumericView numeric_ln(Arena&, NumericView v);
NumericView numeric_log(Arena&, NumericView base, NumericView v);
NumericView numeric_power(Arena&, NumericView base, NumericView exponent);
NumericView numeric_gcd(Arena&, NumericView a, NumericView b);
NumericView numeric_lcm(Arena&, NumericView a, NumericView b);
NumericView numeric_factorial(Arena&, std::int64_t n);
std::int32_t numeric_width_bucket(NumericView v, NumericView low, NumericView high,
                                  std::int32_t count);

constexpr int numeric_typmod_precision(std::int32_t typmod) { return ((typmod - 4) >> 16) & 0xffff; }
constexpr int numeric_typmod_scale(std::int32_t typmod) {
  return (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
}

}  // namespace types
