// numeric: roots, powers, exponentials and logarithms, by fixed-point integer arithmetic with
// guard digits beyond PostgreSQL's result scales.
#include <cmath>

#include "numeric_big.h"
#include "types/sql_error.h"

namespace types {

using namespace decimal;

namespace {

constexpr int kGuardDigits = 20;

int clamp_scale(int scale, int dscale1, int dscale2 = 0) {
  return std::min(std::max({scale, dscale1, dscale2, 0}), kMaxDisplayScale);
}

// Fixed point: an integer that stands for integer / 10^digits.
struct Fixed {
  explicit Fixed(int digits) : unit(pow10(digits)), digits(digits) {}
  BigInt mul(const BigInt& a, const BigInt& b) const { return a * b / unit; }
  BigInt div(const BigInt& a, const BigInt& b) const { return a * unit / b; }
  BigInt unit;
  int digits;
};

// atanh(1/n) = sum 1 / ((2k+1) n^(2k+1))
BigInt atanh_reciprocal(const Fixed& f, int n) {
  BigInt term = f.unit / n, sum = term;
  for (int k = 3; term != 0; k += 2) {
    term /= n * n;
    sum += term / k;
  }
  return sum;
}

BigInt ln2(const Fixed& f) {
  return 18 * atanh_reciprocal(f, 26) - 2 * atanh_reciprocal(f, 4801) +
         8 * atanh_reciprocal(f, 8749);
}

// ln of x > 0 given as mantissa / 10^scale; absolute error far below 10^-(digits - kGuardDigits/2).
BigInt ln_fixed(const Fixed& f, const BigInt& mantissa, int scale) {
  // x = m * 2^k with m near 1; computed from full-precision integers, so nothing is lost for
  // tiny or huge x.
  auto numerator = mantissa;
  auto denominator = pow10(scale);
  int k = static_cast<int>(msb(numerator)) - static_cast<int>(msb(denominator));
  if (k > 0)
    denominator <<= k;
  else
    numerator <<= -k;
  // m in (1/2, 2): bring it into [0.7, 1.4].
  if (numerator * 10 > denominator * 14) {
    denominator <<= 1;
    ++k;
  } else if (numerator * 10 < denominator * 7) {
    numerator <<= 1;
    --k;
  }
  BigInt y = (numerator - denominator) * f.unit / (numerator + denominator);
  BigInt square = f.mul(y, y), term = y, sum = y;
  for (int i = 3; term != 0; i += 2) {
    term = f.mul(term, square);
    sum += term / i;
  }
  sum *= 2;
  if (k != 0) sum += ln2(f) * k;
  return sum;
}

// e^x for fixed-point x.
BigInt exp_fixed(const Fixed& f, const BigInt& x, int& binary_exponent) {
  BigInt two = ln2(f);
  BigInt n = divide_rounded(x, two);
  binary_exponent = n.convert_to<int>();
  BigInt r = x - n * two;
  // Halve until the series converges quickly, square afterwards.
  constexpr int kHalvings = 8;
  r /= 1 << kHalvings;
  BigInt term = f.unit, sum = f.unit;
  for (int i = 1; term != 0; ++i) {
    term = f.mul(term, r) / i;
    sum += term;
  }
  for (int i = 0; i < kHalvings; ++i) sum = f.mul(sum, sum);
  return sum;
}

// e^x as a value of `scale` decimal places; `result_digits` bounds its digits before the point.
Big exp_value(const BigInt& mantissa, int mantissa_scale, int scale, int result_digits) {
  int digits = std::max(scale + std::max(result_digits, 0), scale) + kGuardDigits + 12;
  Fixed f(std::max(digits, mantissa_scale + 1));
  BigInt x = mantissa * pow10(f.digits - mantissa_scale);
  int exponent = 0;
  BigInt value = exp_fixed(f, x, exponent);
  Big result;
  result.scale = scale;
  BigInt divisor = pow10(f.digits - scale);
  if (exponent >= 0)
    result.mantissa = divide_rounded(value << exponent, divisor);
  else
    result.mantissa = divide_rounded(value, divisor << -exponent);
  return result;
}

// Decimal weight of ln(x)'s first digit, roughly, as PostgreSQL estimates it.
int estimate_ln_weight(const Big& v) {
  if (v.mantissa <= 0) return 0;
  BigInt unit = pow10(v.scale);
  if (v.mantissa * 10 >= unit * 9 && v.mantissa * 10 <= unit * 11) {
    Big x;
    x.mantissa = v.mantissa - unit;
    x.scale = v.scale;
    if (x.mantissa == 0) return 0;
    Leading lead = leading(x);
    return lead.weight * 4 + static_cast<int>(std::log10(lead.first));
  }
  Leading lead = leading(v);
  double digits = lead.first;
  int weight = lead.weight * 4;
  // A second base-10000 digit counts only when there is one.
  bool more = abs(v.mantissa) * (lead.weight * 4 < 0 ? pow10(-lead.weight * 4) : BigInt(1)) !=
              lead.first * unit * (lead.weight > 0 ? pow10(lead.weight * 4) : BigInt(1));
  if (more) {
    digits = digits * 10000 + lead.second;
    weight -= 4;
  }
  double ln = std::log(digits) + weight * 2.302585092994046;
  return static_cast<int>(std::log10(std::fabs(ln)));
}

void check_log_argument(const Big& v) {
  if (v.zero()) throw SqlError("2201E", "cannot take logarithm of zero");
  if (v.negative()) throw SqlError("2201E", "cannot take logarithm of a negative number");
}

BigInt power_of(BigInt base, std::uint64_t exponent) {
  return boost::multiprecision::pow(base, static_cast<unsigned>(exponent));
}

// base^exponent for a whole exponent, rounded to `scale` places.
Big power_integer(const Big& base, std::int64_t exponent, int scale) {
  Big result;
  result.scale = scale;
  if (exponent == 0) {
    result.mantissa = pow10(scale);
    return result;
  }
  if (base.mantissa == 0) {
    if (exponent < 0) throw SqlError("22012", "division by zero");
    return result;
  }
  bool negative = base.mantissa < 0 && exponent % 2 != 0;
  // Decimal exponent of the result: refuse before computing millions of digits.
  Leading lead = leading(base);
  double log10_base =
      std::log10(lead.first + lead.second / 10000.0) + 4.0 * lead.weight;
  double result_log = log10_base * static_cast<double>(exponent);
  if (result_log > kMaxIntegerDigits + 1) throw_overflow();
  if (result_log < -(scale + 2.0)) return result;
  auto magnitude = static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent);
  BigInt mantissa = abs(base.mantissa);
  // Exact arithmetic while it is small; else by logarithm, which needs only the result's digits.
  double exact_bits = static_cast<double>(msb(mantissa) + 1) * static_cast<double>(magnitude);
  if (exact_bits <= 4e6 && base.scale * static_cast<double>(magnitude) < 1e6) {
    BigInt power = power_of(mantissa, magnitude);
    int power_scale = base.scale * static_cast<int>(magnitude);
    if (exponent > 0) {
      Big exact{Kind::finite, power, power_scale};
      result.mantissa = rescaled(exact, scale);
    } else {
      // 10^power_scale / power
      result.mantissa = divide_rounded(pow10(power_scale + scale), power);
    }
  } else {
    int result_digits = static_cast<int>(std::max(result_log, 0.0)) + 1;
    Fixed f(scale + result_digits + kGuardDigits + 25);
    BigInt x = ln_fixed(f, mantissa, base.scale) * exponent;
    result = exp_value(x, f.digits, scale, result_digits);
  }
  if (negative) result.mantissa = -result.mantissa;
  return result;
}

}  // namespace

NumericView numeric_sqrt(Arena& arena, NumericView v) {
  Big x = decode(v);
  if (x.kind == Kind::nan || x.kind == Kind::infinity) return v;
  if (x.negative()) throw SqlError("2201F", "cannot take square root of a negative number");
  int weight = (leading(x).weight + 1) * 2 - 1;
  return numeric_sqrt_to_scale(arena, v, clamp_scale(kMinSignificantDigits - weight, x.scale));
}

NumericView numeric_sqrt_to_scale(Arena& arena, NumericView v, int scale) {
  Big x = decode(v);
  // floor(sqrt(x * 10^(2 scale + 2))) carries one digit more than wanted; whether anything
  // follows does not change rounding half away from zero.
  BigInt scaled = x.mantissa * pow10(2 * scale + 2 + (x.scale & 1)) ;
  scaled /= pow10(x.scale + (x.scale & 1));
  Big result;
  result.scale = scale;
  result.mantissa = divide_rounded(boost::multiprecision::sqrt(scaled), 10);
  return encode(arena, result);
}

NumericView numeric_exp(Arena& arena, NumericView v) {
  Big x = decode(v);
  if (x.kind == Kind::nan || x.kind == Kind::infinity) return v;
  if (x.kind == Kind::minus_infinity) return make_numeric(arena, 0, 0);
  double value = numeric_to_float8_no_overflow(v);
  double weight = std::clamp(value * 0.434294481903252, -static_cast<double>(kMaxResultScale),
                             static_cast<double>(kMaxResultScale));
  int scale = clamp_scale(kMinSignificantDigits - static_cast<int>(weight), x.scale);
  if (std::fabs(value) >= kMaxResultScale * 3) {
    if (value > 0) throw_overflow();
    Big zero;
    zero.scale = scale;
    return encode(arena, zero);
  }
  return encode(arena, exp_value(x.mantissa, x.scale, scale, static_cast<int>(weight) + 1));
}

NumericView numeric_ln(Arena& arena, NumericView v) {
  Big x = decode(v);
  if (x.kind == Kind::nan) return v;
  check_log_argument(x);
  if (x.kind == Kind::infinity) return v;
  int scale = clamp_scale(kMinSignificantDigits - estimate_ln_weight(x), x.scale);
  Fixed f(scale + kGuardDigits);
  Big result;
  result.scale = scale;
  result.mantissa = divide_rounded(ln_fixed(f, x.mantissa, x.scale), pow10(kGuardDigits));
  return encode(arena, result);
}

NumericView numeric_log(Arena& arena, NumericView base, NumericView v) {
  Big b = decode(base), x = decode(v);
  if (b.kind == Kind::nan || x.kind == Kind::nan) return encode_special(arena, Kind::nan);
  check_log_argument(b);
  check_log_argument(x);
  if (b.kind == Kind::infinity || x.kind == Kind::infinity) {
    if (b.kind == Kind::infinity && x.kind == Kind::infinity)
      return encode_special(arena, Kind::nan);
    return b.kind == Kind::infinity ? make_numeric(arena, 0, 0) : v;
  }
  int weight = estimate_ln_weight(x) - estimate_ln_weight(b);
  int scale = clamp_scale(kMinSignificantDigits - weight, b.scale, x.scale);
  Fixed f(scale + kGuardDigits + std::abs(weight) + std::abs(estimate_ln_weight(b)) * 2 + 10);
  BigInt denominator = ln_fixed(f, b.mantissa, b.scale);
  if (denominator == 0) throw SqlError("22012", "division by zero");
  BigInt numerator = ln_fixed(f, x.mantissa, x.scale);
  Big result;
  result.scale = scale;
  result.mantissa = divide_rounded(numerator * pow10(scale), denominator);
  return encode(arena, result);
}

NumericView numeric_power(Arena& arena, NumericView x, NumericView y) {
  Big base = decode(x), exponent = decode(y);
  bool special = base.kind != Kind::finite || exponent.kind != Kind::finite;
  auto one = [&] { return make_numeric(arena, 1, 0); };
  auto is_one = [](const Big& v) {
    return v.kind == Kind::finite && v.mantissa == pow10(v.scale);
  };
  if (special) {
    // The rules of C99's pow().
    if (base.kind == Kind::nan)
      return exponent.zero() ? one() : x;
    if (exponent.kind == Kind::nan) return is_one(base) ? one() : y;
    if (is_one(base) || exponent.zero()) return one();
  }
  if (base.zero() && exponent.negative())
    throw SqlError("2201F", "zero raised to a negative power is undefined");
  bool integral = exponent.kind == Kind::finite && is_integral(exponent);
  if (base.negative() && exponent.kind == Kind::finite && !integral)
    throw SqlError("2201F",
                   "a negative number raised to a non-integer power yields a complex result");
  if (special) {
    if (base.zero()) return make_numeric(arena, 0, 0);
    if (exponent.kind != Kind::finite) {
      Big magnitude = base;
      if (base.kind == Kind::finite) magnitude.mantissa = abs(base.mantissa);
      bool above_one = base.kind != Kind::finite || magnitude.mantissa > pow10(base.scale);
      if (is_one(magnitude)) return one();
      bool grows = (exponent.kind == Kind::infinity) == above_one;
      return grows ? encode_special(arena, Kind::infinity) : make_numeric(arena, 0, 0);
    }
    if (exponent.negative()) return make_numeric(arena, 0, 0);
    bool odd = integral && rescaled(exponent, 0) % 2 != 0;
    return encode_special(arena, base.negative() && odd ? Kind::minus_infinity : Kind::infinity);
  }
  if (integral) {
    BigInt whole = rescaled(exponent, 0);
    if (whole >= std::numeric_limits<std::int32_t>::min() && whole <= std::numeric_limits<std::int32_t>::max()) {
      int scale = clamp_scale(kMinSignificantDigits, base.scale);
      return encode(arena, power_integer(base, whole.convert_to<std::int64_t>(), scale));
    }
  }
  if (base.zero()) {
    Big zero;
    zero.scale = kMinSignificantDigits;
    return encode(arena, zero);
  }
  bool negative = base.mantissa < 0 && rescaled(exponent, 0) % 2 != 0;
  BigInt magnitude = abs(base.mantissa);
  // A first look at the size of the result.
  Big positive = base;
  positive.mantissa = magnitude;
  Fixed rough(30 + std::max(0, -estimate_ln_weight(positive)) + exponent.scale);
  BigInt product = ln_fixed(rough, magnitude, base.scale) * exponent.mantissa;
  Big estimate{Kind::finite, product, rough.digits + exponent.scale};
  Arena scratch(256);
  double value = numeric_to_float8_no_overflow(
      encode(scratch, Big{Kind::finite, rescaled(estimate, 16), 16}));
  if (std::fabs(value) > kMaxResultScale * 3.01) {
    if (value > 0) throw_overflow();
    Big zero;
    zero.scale = kMaxDisplayScale;
    return encode(arena, zero);
  }
  double weight = value * 0.434294481903252;
  int scale = clamp_scale(kMinSignificantDigits - static_cast<int>(weight), base.scale, exponent.scale);
  int result_digits = static_cast<int>(std::max(weight, 0.0)) + 1;
  Fixed f(scale + result_digits + kGuardDigits + 25 + digit_count(exponent.mantissa));
  BigInt ln = ln_fixed(f, magnitude, base.scale) * exponent.mantissa;
  Big result = exp_value(ln, f.digits + exponent.scale, scale, result_digits);
  if (negative) result.mantissa = -result.mantissa;
  return encode(arena, result);
}

}  // namespace types
