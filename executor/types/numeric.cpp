// numeric: representation, order, addition, multiplication. The fast paths stay in 128 bits.
#include "types/numeric.h"

#include "numeric_big.h"
#include "types/hash.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace types {
namespace decimal {

void throw_overflow() { throw SqlError("22003", "value overflows numeric format"); }

BigInt pow10(int exponent) {
  CHECK(exponent >= 0);
  return boost::multiprecision::pow(BigInt(10), static_cast<unsigned>(exponent));
}

int digit_count(const BigInt& value) {
  if (value == 0) return 0;
  BigInt magnitude = abs(value);
  auto bits = static_cast<double>(boost::multiprecision::msb(magnitude));
  // 2^bits <= magnitude < 2^(bits+1): the estimate is right or one too small.
  int digits = static_cast<int>(bits * 0.30102999566398119521) + 1;
  if (magnitude >= pow10(digits)) ++digits;
  return digits;
}

BigInt divide_rounded(const BigInt& n, const BigInt& d) {
  BigInt quotient, remainder;
  boost::multiprecision::divide_qr(n, d, quotient, remainder);
  if (abs(remainder) * 2 >= abs(d)) quotient += ((n < 0) != (d < 0)) ? -1 : 1;
  return quotient;
}

BigInt rescaled(const Big& value, int scale) {
  if (scale == value.scale) return value.mantissa;
  if (scale > value.scale) return value.mantissa * pow10(scale - value.scale);
  return divide_rounded(value.mantissa, pow10(value.scale - scale));
}

bool is_integral(const Big& value) {
  return value.scale == 0 || value.mantissa % pow10(value.scale) == 0;
}

Leading leading(const Big& value) {
  if (value.mantissa == 0) return {0, 0, 0};
  int exponent = digit_count(value.mantissa) - 1 - value.scale;  // of the first decimal digit
  int weight = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
  // value / 10000^(weight-1), truncated: two base-10000 digits.
  int shift = (weight - 1) * 4 + value.scale;
  BigInt magnitude = abs(value.mantissa);
  BigInt two = shift >= 0 ? BigInt(magnitude / pow10(shift)) : BigInt(magnitude * pow10(-shift));
  auto digits = two.convert_to<std::int64_t>();
  return {weight, static_cast<int>(digits / 10000), static_cast<int>(digits % 10000)};
}

Big decode(NumericView v) {
  Big big;
  if (is_small_numeric(v)) {
    auto small = small_numeric(v);
    big.mantissa = small.mantissa;
    big.scale = small.scale;
    return big;
  }
  switch (static_cast<unsigned char>(v[0])) {
    case 0x42:
      big.kind = Kind::nan;
      break;
    case 0x43:
      big.kind = Kind::infinity;
      break;
    case 0x44:
      big.kind = Kind::minus_infinity;
      break;
    default: {
      std::uint16_t scale;
      std::memcpy(&scale, v.data() + 1, 2);
      big.scale = scale;
      const auto* p = reinterpret_cast<const unsigned char*>(v.data());
      if (v.size() > 3) boost::multiprecision::import_bits(big.mantissa, p + 3, p + v.size(), 8, false);
      if (v[0] == 0x41) big.mantissa = -big.mantissa;
    }
  }
  return big;
}

NumericView encode_special(Arena& arena, Kind kind) {
  char byte = kind == Kind::nan ? 0x42 : kind == Kind::infinity ? 0x43 : 0x44;
  return arena.copy({&byte, 1});
}

NumericView encode(Arena& arena, const Big& value) {
  if (value.kind != Kind::finite) return encode_special(arena, value.kind);
  CHECK(value.scale >= 0);
  if (value.scale <= kSmallNumericScale && abs(value.mantissa) < kSmallNumericLimit)
    return make_numeric(arena, value.mantissa.convert_to<std::int64_t>(), value.scale);
  if (value.scale > kMaxScale) {
    Big rounded{Kind::finite, rescaled(value, kMaxScale), kMaxScale};
    return encode(arena, rounded);
  }
  if (digit_count(value.mantissa) - value.scale > kMaxIntegerDigits) throw_overflow();
  std::string bytes(3, '\0');
  bytes[0] = value.mantissa < 0 ? 0x41 : 0x40;
  auto scale = static_cast<std::uint16_t>(value.scale);
  std::memcpy(bytes.data() + 1, &scale, 2);
  if (value.mantissa != 0)
    boost::multiprecision::export_bits(BigInt(abs(value.mantissa)), std::back_inserter(bytes), 8,
                                       false);
  return arena.copy(bytes);
}

}  // namespace decimal

using namespace decimal;

namespace {

constexpr std::int64_t kPow10[] = {1,
                                   10,
                                   100,
                                   1000,
                                   10000,
                                   100000,
                                   1000000,
                                   10000000,
                                   100000000,
                                   1000000000,
                                   10000000000,
                                   100000000000,
                                   1000000000000,
                                   10000000000000,
                                   100000000000000,
                                   1000000000000000,
                                   10000000000000000,
                                   100000000000000000,
                                   1000000000000000000};

BigInt to_big(Int128 value) {
  bool negative = value < 0;
  __extension__ using Unsigned = unsigned __int128;
  Unsigned magnitude = negative ? ~static_cast<Unsigned>(value) + 1 : static_cast<Unsigned>(value);
  BigInt big = static_cast<std::uint64_t>(magnitude >> 64);
  big <<= 64;
  big += static_cast<std::uint64_t>(magnitude);
  if (negative) big = -big;
  return big;
}

// Order of values that may be special; nullopt when both are finite.
std::optional<int> compare_special(const Big& a, const Big& b) {
  if (a.kind == Kind::finite && b.kind == Kind::finite) return std::nullopt;
  auto rank = [](const Big& v) {
    switch (v.kind) {
      case Kind::minus_infinity:
        return 0;
      case Kind::finite:
        return 1;
      case Kind::infinity:
        return 2;
      case Kind::nan:
        return 3;
    }
    return 3;
  };
  return rank(a) - rank(b);
}

NumericView add_big(Arena& arena, NumericView x, NumericView y, bool subtract) {
  Big a = decode(x), b = decode(y);
  if (a.kind != Kind::finite || b.kind != Kind::finite) {
    if (subtract && b.kind == Kind::infinity)
      b.kind = Kind::minus_infinity;
    else if (subtract && b.kind == Kind::minus_infinity)
      b.kind = Kind::infinity;
    if (a.kind == Kind::nan || b.kind == Kind::nan) return encode_special(arena, Kind::nan);
    if (a.kind == Kind::finite) return encode_special(arena, b.kind);
    if (b.kind == Kind::finite || a.kind == b.kind) return encode_special(arena, a.kind);
    return encode_special(arena, Kind::nan);
  }
  Big result;
  result.scale = std::max(a.scale, b.scale);
  result.mantissa = rescaled(a, result.scale);
  if (subtract)
    result.mantissa -= rescaled(b, result.scale);
  else
    result.mantissa += rescaled(b, result.scale);
  return encode(arena, result);
}

// |mantissa| < 10^18, scales <= 18: the aligned operands are below 10^36 and fit.
struct Aligned {
  Int128 a, b;
  int scale;
};
Aligned align(SmallNumeric a, SmallNumeric b) {
  if (a.scale == b.scale) return {a.mantissa, b.mantissa, a.scale};
  if (a.scale < b.scale)
    return {Int128{a.mantissa} * kPow10[b.scale - a.scale], b.mantissa, b.scale};
  return {a.mantissa, Int128{b.mantissa} * kPow10[a.scale - b.scale], a.scale};
}

}  // namespace

NumericView make_numeric(Arena& arena, Int128 mantissa, int scale) {
  if (scale <= kSmallNumericScale && mantissa < kSmallNumericLimit &&
      mantissa > -kSmallNumericLimit) [[likely]]
    return write_small_numeric(static_cast<char*>(arena.allocate(kSmallNumericBytes, 1)),
                               static_cast<std::int64_t>(mantissa), scale);
  Big big;
  big.mantissa = to_big(mantissa);
  big.scale = scale;
  return encode(arena, big);
}

NumericView numeric_from_int64(Arena& arena, std::int64_t value) {
  return make_numeric(arena, value, 0);
}

NumericView numeric_add(Arena& arena, NumericView a, NumericView b) {
  if (is_small_numeric(a) && is_small_numeric(b)) {
    auto [x, y, scale] = align(small_numeric(a), small_numeric(b));
    return make_numeric(arena, x + y, scale);
  }
  return add_big(arena, a, b, false);
}

NumericView numeric_sub(Arena& arena, NumericView a, NumericView b) {
  if (is_small_numeric(a) && is_small_numeric(b)) {
    auto [x, y, scale] = align(small_numeric(a), small_numeric(b));
    return make_numeric(arena, x - y, scale);
  }
  return add_big(arena, a, b, true);
}

NumericView numeric_mul(Arena& arena, NumericView a, NumericView b) {
  if (is_small_numeric(a) && is_small_numeric(b)) {
    auto x = small_numeric(a), y = small_numeric(b);
    return make_numeric(arena, Int128{x.mantissa} * y.mantissa, x.scale + y.scale);
  }
  Big x = decode(a), y = decode(b);
  if (x.kind != Kind::finite || y.kind != Kind::finite) {
    if (x.kind == Kind::nan || y.kind == Kind::nan || x.zero() || y.zero())
      return encode_special(arena, Kind::nan);
    return encode_special(arena, x.negative() != y.negative() ? Kind::minus_infinity : Kind::infinity);
  }
  Big result;
  result.mantissa = x.mantissa * y.mantissa;
  result.scale = x.scale + y.scale;
  return encode(arena, result);
}

NumericView numeric_negate(Arena& arena, NumericView v) {
  if (is_small_numeric(v)) {
    auto small = small_numeric(v);
    return make_numeric(arena, -small.mantissa, small.scale);
  }
  Big big = decode(v);
  if (big.kind == Kind::infinity)
    big.kind = Kind::minus_infinity;
  else if (big.kind == Kind::minus_infinity)
    big.kind = Kind::infinity;
  big.mantissa = -big.mantissa;
  return encode(arena, big);
}

NumericView numeric_abs(Arena& arena, NumericView v) {
  return numeric_sign(v) < 0 ? numeric_negate(arena, v) : v;
}

bool numeric_is_nan(NumericView v) { return v[0] == 0x42; }
bool numeric_is_infinite(NumericView v) { return v[0] == 0x43 || v[0] == 0x44; }

int numeric_sign(NumericView v) {
  if (is_small_numeric(v)) {
    auto m = small_numeric(v).mantissa;
    return m < 0 ? -1 : m > 0;
  }
  switch (v[0]) {
    case 0x40:
      return v.size() > 3;  // a zero of large scale has no bytes
    case 0x43:
      return 1;
    case 0x41:
    case 0x44:
      return -1;
    default:
      return 0;
  }
}

std::int32_t numeric_display_scale(NumericView v) {
  return is_small_numeric(v) ? small_numeric(v).scale : decode(v).scale;
}

int compare_numeric(NumericView a, NumericView b) noexcept {
  if (is_small_numeric(a) && is_small_numeric(b)) {
    auto [x, y, scale] = align(small_numeric(a), small_numeric(b));
    return x < y ? -1 : x > y;
  }
  Big x = decode(a), y = decode(b);
  if (auto order = compare_special(x, y)) return *order < 0 ? -1 : *order > 0;
  int scale = std::max(x.scale, y.scale);
  return rescaled(x, scale).compare(rescaled(y, scale));
}

namespace {

// Significant decimal digits without zeros at either end, and the exponent of the first.
struct Digits {
  std::string text;
  int exponent = 0;
};
Digits significant(NumericView v) {
  Digits result;
  int scale;
  if (is_small_numeric(v)) {
    auto small = small_numeric(v);
    result.text = std::to_string(small.mantissa < 0 ? -small.mantissa : small.mantissa);
    scale = small.scale;
  } else {
    Big big = decode(v);
    result.text = BigInt(abs(big.mantissa)).str();
    scale = big.scale;
  }
  result.exponent = static_cast<int>(result.text.size()) - 1 - scale;
  while (!result.text.empty() && result.text.back() == '0') result.text.pop_back();
  return result;
}

}  // namespace

std::uint64_t hash_numeric(NumericView v) {
  if (is_small_numeric(v)) {
    auto [m, scale] = small_numeric(v);
    if (m == 0) return hash_u64(0);
    // Values that are equal meet at their smallest scale, which may be negative.
    while (m % 10 == 0) {
      m /= 10;
      --scale;
    }
    return hash_combine(hash_u64(static_cast<std::uint64_t>(m)), static_cast<std::uint64_t>(scale));
  }
  Big big = decode(v);
  if (big.kind != Kind::finite) return hash_u64(static_cast<std::uint64_t>(big.kind));
  if (big.mantissa == 0) return hash_u64(0);
  Digits digits = significant(v);
  int scale = static_cast<int>(digits.text.size()) - 1 - digits.exponent;
  if (digits.text.size() <= 18) {
    std::int64_t m = std::stoll(digits.text);
    return hash_combine(hash_u64(static_cast<std::uint64_t>(big.negative() ? -m : m)),
                        static_cast<std::uint64_t>(scale));
  }
  return hash_combine(hash_bytes(digits.text), static_cast<std::uint64_t>(scale) * 2 + big.negative());
}

// A class byte; then for finite non-zero values the exponent and the digits, two a byte, each pair
// plus one so that 00 ends them; all of it inverted for negative values.
void append_numeric_key(std::string& out, NumericView v) {
  constexpr std::uint8_t kMinusInfinity = 0x10, kNegative = 0x20, kZero = 0x30, kPositive = 0x40,
                         kInfinity = 0x50, kNan = 0x60;
  if (numeric_is_nan(v)) return append_key_u8(out, kNan);
  int sign = numeric_sign(v);
  if (numeric_is_infinite(v)) return append_key_u8(out, sign < 0 ? kMinusInfinity : kInfinity);
  if (sign == 0) return append_key_u8(out, kZero);
  append_key_u8(out, sign < 0 ? kNegative : kPositive);
  std::size_t start = out.size();
  Digits digits = significant(v);
  append_key_i32(out, digits.exponent);
  if (digits.text.size() % 2 == 1) digits.text += '0';
  for (std::size_t i = 0; i < digits.text.size(); i += 2)
    out += static_cast<char>((digits.text[i] - '0') * 10 + (digits.text[i + 1] - '0') + 1);
  out += '\0';
  if (sign < 0)
    for (std::size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

}  // namespace types
