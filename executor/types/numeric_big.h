// numeric's working form, for what does not fit in 64 bits.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include "types/numeric.h"

namespace types::decimal {

// Without expression templates, which take long to compile and save little here.
using BigInt = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>, boost::multiprecision::et_off>;

enum class Kind : std::uint8_t { finite, nan, infinity, minus_infinity };

struct Big {
  Kind kind = Kind::finite;
  BigInt mantissa;
  int scale = 0;

  bool zero() const { return kind == Kind::finite && mantissa == 0; }
  bool negative() const {
    return kind == Kind::minus_infinity || (kind == Kind::finite && mantissa < 0);
  }
};

inline constexpr int kMinSignificantDigits = 16;
inline constexpr int kMaxDisplayScale = 1000;
inline constexpr int kMaxResultScale = 2000;
inline constexpr int kMaxScale = 16383;
inline constexpr int kMaxIntegerDigits = 131072;

Big decode(NumericView v);
NumericView encode(Arena& arena, const Big& value);
NumericView encode_special(Arena& arena, Kind kind);

BigInt pow10(int exponent);  // exponent >= 0
// Decimal digits of |value|; 0 has none.
int digit_count(const BigInt& value);
// n / d rounded half away from zero.
BigInt divide_rounded(const BigInt& n, const BigInt& d);
// The value at another scale, rounded half away from zero.
BigInt rescaled(const Big& value, int scale);
// Whether the value is a whole number.
bool is_integral(const Big& value);

// Where the first significant digits are, counted in PostgreSQL's base-10000 digits.
struct Leading {
  int weight;      // of the first base-10000 digit; 0 for zero
  int first;       // that digit; 0 for zero
  int second;      // the one after
};
Leading leading(const Big& value);

[[noreturn]] void throw_overflow();

}  // namespace types::decimal
