// numeric: division, rounding, typmods, whole-number functions.
#include <fmt/format.h>

#include "numeric_big.h"
#include "types/sql_error.h"

namespace types {

using namespace decimal;

namespace {

[[noreturn]] void throw_division_by_zero() { throw SqlError("22012", "division by zero"); }

Kind signed_infinity(bool negative) { return negative ? Kind::minus_infinity : Kind::infinity; }

// What division of special values gives; nullopt when both are finite. Throws on x / 0.
std::optional<NumericView> divide_special(Arena& arena, const Big& a, const Big& b) {
  if (a.kind == Kind::nan || b.kind == Kind::nan) return encode_special(arena, Kind::nan);
  if (a.kind != Kind::finite) {
    if (b.kind != Kind::finite) return encode_special(arena, Kind::nan);
    if (b.zero()) throw_division_by_zero();
    return encode_special(arena, signed_infinity(a.negative() != b.negative()));
  }
  if (b.kind != Kind::finite) return make_numeric(arena, 0, 0);
  if (b.zero()) throw_division_by_zero();
  return std::nullopt;
}

BigInt truncated(const Big& v, int scale) {
  if (scale >= v.scale) return v.mantissa * pow10(scale - v.scale);
  return v.mantissa / pow10(v.scale - scale);
}

enum class Direction { nearest, toward_zero };

NumericView to_digits(Arena& arena, NumericView v, std::int32_t digits, Direction direction) {
  Big big = decode(v);
  if (big.kind != Kind::finite) return v;
  // A numeric has room for so many digits behind the point; left of its first digit everything is 0.
  constexpr std::int32_t kMostAfterPoint = 0x3fff;
  const std::int32_t first = -(digit_count(big.mantissa) - big.scale) - 1;
  digits = digits < 0 ? std::max(digits, std::min(first, -1)) : std::min(digits, kMostAfterPoint);
  Big result;
  result.scale = std::max(digits, 0);
  result.mantissa =
      direction == Direction::nearest ? rescaled(big, digits >= 0 ? digits : 0) : truncated(big, std::max(digits, 0));
  if (digits < 0) {
    BigInt unit = pow10(-digits);
    Big shifted = big;
    shifted.scale -= digits;  // the value / 10^-digits
    result.mantissa =
        (direction == Direction::nearest ? rescaled(shifted, 0) : truncated(shifted, 0)) * unit;
  }
  return encode(arena, result);
}

NumericView to_whole(Arena& arena, NumericView v, int away_sign) {
  Big big = decode(v);
  if (big.kind != Kind::finite) return v;
  Big result;
  result.mantissa = truncated(big, 0);
  if (!is_integral(big) && (big.mantissa < 0 ? -1 : 1) == away_sign) result.mantissa += away_sign;
  return encode(arena, result);
}

}  // namespace

NumericView numeric_div(Arena& arena, NumericView x, NumericView y) {
  Big a = decode(x), b = decode(y);
  if (auto special = divide_special(arena, a, b)) return *special;
  // At least 16 significant digits, at least the operands' scales.
  Leading la = leading(a), lb = leading(b);
  int weight = la.weight - lb.weight;
  if (la.first <= lb.first) --weight;
  int scale = kMinSignificantDigits - weight * 4;
  scale = std::max({scale, a.scale, b.scale, 0});
  scale = std::min(scale, kMaxDisplayScale);
  Big result;
  result.scale = scale;
  int shift = scale + b.scale - a.scale;
  result.mantissa = shift >= 0 ? divide_rounded(a.mantissa * pow10(shift), b.mantissa)
                               : divide_rounded(a.mantissa, b.mantissa * pow10(-shift));
  return encode(arena, result);
}

NumericView numeric_div_trunc(Arena& arena, NumericView x, NumericView y) {
  Big a = decode(x), b = decode(y);
  if (auto special = divide_special(arena, a, b)) return *special;
  int scale = std::max(a.scale, b.scale);
  Big result;
  result.mantissa = rescaled(a, scale) / rescaled(b, scale);
  return encode(arena, result);
}

NumericView numeric_mod(Arena& arena, NumericView x, NumericView y) {
  Big a = decode(x), b = decode(y);
  if (a.kind == Kind::nan || b.kind == Kind::nan) return encode_special(arena, Kind::nan);
  if (a.kind != Kind::finite) {
    if (b.zero()) throw_division_by_zero();
    return encode_special(arena, Kind::nan);
  }
  if (b.kind != Kind::finite) return x;
  if (b.zero()) throw_division_by_zero();
  Big result;
  result.scale = std::max(a.scale, b.scale);
  result.mantissa = rescaled(a, result.scale) % rescaled(b, result.scale);
  return encode(arena, result);
}

NumericView numeric_round(Arena& arena, NumericView v, std::int32_t digits) {
  return to_digits(arena, v, digits, Direction::nearest);
}
NumericView numeric_trunc(Arena& arena, NumericView v, std::int32_t digits) {
  return to_digits(arena, v, digits, Direction::toward_zero);
}
NumericView numeric_ceil(Arena& arena, NumericView v) { return to_whole(arena, v, 1); }
NumericView numeric_floor(Arena& arena, NumericView v) { return to_whole(arena, v, -1); }

std::int32_t numeric_min_scale(NumericView v) {
  Big big = decode(v);
  if (big.mantissa == 0) return 0;
  while (big.scale > 0 && big.mantissa % 10 == 0) {
    big.mantissa /= 10;
    --big.scale;
  }
  return big.scale;
}

NumericView numeric_trim_scale(Arena& arena, NumericView v) {
  Big big = decode(v);
  if (big.kind != Kind::finite) return v;
  int scale = numeric_min_scale(v);
  big.mantissa = rescaled(big, scale);
  big.scale = scale;
  return encode(arena, big);
}

NumericView numeric_apply_typmod(Arena& arena, NumericView v, std::int32_t typmod) {
  if (typmod < 4) return v;
  int precision = numeric_typmod_precision(typmod);
  int scale = numeric_typmod_scale(typmod);
  auto overflow = [&](std::string detail) {
    return SqlError("22003", "numeric field overflow").with_detail(std::move(detail));
  };
  if (is_small_numeric(v)) {
    // The common case: nothing to round, and it fits.
    auto small = small_numeric(v);
    if (small.scale == scale && precision <= kSmallNumericScale) {
      std::int64_t limit = 1;
      for (int i = 0; i < precision; ++i) limit *= 10;
      if (small.mantissa < limit && small.mantissa > -limit) return v;
    }
  }
  Big big = decode(v);
  if (big.kind == Kind::nan) return v;
  if (big.kind != Kind::finite)
    throw overflow(fmt::format("A field with precision {}, scale {} cannot hold an infinite value.",
                               precision, scale));
  NumericView rounded = numeric_round(arena, v, scale);
  big = decode(rounded);
  int limit = precision - scale;
  // |value| < 10^limit
  int digits = digit_count(big.mantissa) - big.scale;
  if (big.mantissa != 0 && digits > limit)
    throw overflow(fmt::format(
        "A field with precision {}, scale {} must round to an absolute value less than {}{}.",
        precision, scale, limit != 0 ? "10^" : "", limit != 0 ? limit : 1));
  return rounded;
}

NumericView numeric_gcd(Arena& arena, NumericView x, NumericView y) {
  Big a = decode(x), b = decode(y);
  if (a.kind == Kind::nan || b.kind == Kind::nan || a.kind != Kind::finite || b.kind != Kind::finite)
    return encode_special(arena, Kind::nan);
  Big result;
  result.scale = std::max(a.scale, b.scale);
  result.mantissa = gcd(BigInt(abs(rescaled(a, result.scale))), BigInt(abs(rescaled(b, result.scale))));
  return encode(arena, result);
}

NumericView numeric_lcm(Arena& arena, NumericView x, NumericView y) {
  Big a = decode(x), b = decode(y);
  if (a.kind != Kind::finite || b.kind != Kind::finite) return encode_special(arena, Kind::nan);
  Big result;
  result.scale = std::max(a.scale, b.scale);
  if (!a.zero() && !b.zero())
    result.mantissa =
        lcm(BigInt(abs(rescaled(a, result.scale))), BigInt(abs(rescaled(b, result.scale))));
  return encode(arena, result);
}

NumericView numeric_factorial(Arena& arena, std::int64_t n) {
  if (n < 0) throw SqlError("22003", "factorial of a negative number is undefined");
  if (n > 32177) throw_overflow();
  Big result;
  result.mantissa = 1;
  for (std::int64_t i = 2; i <= n; ++i) result.mantissa *= i;
  return encode(arena, result);
}

std::int32_t numeric_width_bucket(NumericView v, NumericView low, NumericView high,
                                  std::int32_t count) {
  if (count <= 0) throw SqlError("2201G", "count must be greater than zero");
  Big x = decode(v), a = decode(low), b = decode(high);
  if (x.kind == Kind::nan || a.kind == Kind::nan || b.kind == Kind::nan)
    throw SqlError("2201G", "operand, lower bound, and upper bound cannot be NaN");
  if (a.kind != Kind::finite || b.kind != Kind::finite)
    throw SqlError("2201G", "lower and upper bounds must be finite");
  int order = compare_numeric(low, high);
  if (order == 0) throw SqlError("2201G", "lower bound cannot equal upper bound");
  // Descending bounds: the same with every sign turned.
  int below = compare_numeric(v, low) * (order < 0 ? 1 : -1);
  int above = compare_numeric(v, high) * (order < 0 ? 1 : -1);
  if (below < 0) return 0;
  if (above >= 0) {
    std::int32_t result;
    if (__builtin_add_overflow(count, 1, &result)) throw SqlError("22003", "integer out of range");
    return result;
  }
  int scale = std::max({x.scale, a.scale, b.scale});
  BigInt start = rescaled(a, scale);
  BigInt span = rescaled(b, scale) - start;
  BigInt bucket = (rescaled(x, scale) - start) * count / span;
  return bucket.convert_to<std::int32_t>() + 1;
}

}  // namespace types
