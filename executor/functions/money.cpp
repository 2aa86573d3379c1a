// money: arithmetic, casts, amounts in words.
#include "types/money.h"

#include <cmath>

#include <fmt/format.h>

#include "comparison.h"
#include "errors.h"
#include "function_table.h"
#include "types/numeric.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using types::SqlError;
using I8 = std::int64_t;
using CompareMoney = Compare<I8, I8>;

[[noreturn]] void out_of_range() { throw SqlError("22003", "money out of range"); }
[[noreturn]] void by_zero() { throw SqlError("22012", "division by zero"); }

I8 add(I8 a, I8 b) {
  I8 r;
  if (__builtin_add_overflow(a, b, &r)) out_of_range();
  return r;
}
I8 subtract(I8 a, I8 b) {
  I8 r;
  if (__builtin_sub_overflow(a, b, &r)) out_of_range();
  return r;
}
double ratio(I8 a, I8 b) {
  if (b == 0) by_zero();
  return static_cast<double>(a) / static_cast<double>(b);
}
I8 from_double(double value) {
  value = std::rint(value);
  if (std::isnan(value) || value < -9223372036854775808.0 || value >= 9223372036854775808.0) out_of_range();
  return static_cast<I8>(value);
}
// Infinity out of numbers is the arithmetic's failure, not money's.
double finite_of(double result, double operand) {
  if (std::isinf(result) && !std::isinf(operand)) throw_float_overflow();
  return result;
}
template <typename F>
I8 times_float(I8 a, F b) {
  return from_double(finite_of(static_cast<double>(a) * static_cast<double>(b), static_cast<double>(b)));
}
template <typename F>
I8 float_times(F b, I8 a) { return times_float<F>(a, b); }
template <typename F>
I8 over_float(I8 a, F b) {
  if (b == 0) by_zero();
  return from_double(finite_of(static_cast<double>(a) / static_cast<double>(b), static_cast<double>(b)));
}
template <typename I>
I8 times_integer(I8 a, I b) {
  I8 r;
  if (__builtin_mul_overflow(a, static_cast<I8>(b), &r)) out_of_range();
  return r;
}
template <typename I>
I8 integer_times(I b, I8 a) { return times_integer<I>(a, b); }
template <typename I>
I8 over_integer(I8 a, I b) {
  if (b == 0) by_zero();
  if (a == std::numeric_limits<I8>::min() && b == -1) out_of_range();
  return a / b;
}

std::string_view to_numeric(EvalContext& ctx, I8 value) { return types::make_numeric(*ctx.arena, value, 2); }
I8 from_numeric(EvalContext& ctx, std::string_view value) {
  const auto cents = types::numeric_mul(*ctx.arena, value, types::numeric_from_int64(*ctx.arena, 100));
  return types::numeric_to_int64(cents);
}
template <typename I>
I8 from_integer(I value) {
  I8 r;
  if (__builtin_mul_overflow(static_cast<I8>(value), I8{100}, &r))
    throw SqlError("22003", "bigint out of range");
  return r;
}

std::string small_words(int value) {
  static constexpr const char* kSmall[] = {
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
      "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
      "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
  const char* const* tens = kSmall + 18;
  const int rest = value % 100;
  auto below_hundred = [&](bool with_and) -> std::string {
    if (value % 10 == 0 && rest > 10) return tens[rest / 10];
    if (rest < 20) return std::string(with_and ? "and " : "") + kSmall[rest];
    return std::string(tens[rest / 10]) + " " + kSmall[rest % 10];
  };
  if (value <= 20) return kSmall[value];
  if (rest == 0) return std::string(kSmall[value / 100]) + " hundred";
  if (value > 99) return std::string(kSmall[value / 100]) + " hundred " + below_hundred(true);
  return below_hundred(false);
}

std::string words(I8 value) {
  std::string out = value < 0 ? "minus " : "";
  const std::uint64_t size = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const std::uint64_t dollars = size / 100;
  static constexpr struct {
    std::uint64_t unit;
    const char* name;
  } kGroups[] = {{1000000000000000, " quadrillion "}, {1000000000000, " trillion "},
                 {1000000000, " billion "},           {1000000, " million "},
                 {1000, " thousand "},                {1, ""}};
  for (const auto& group : kGroups)
    if (const auto n = static_cast<int>(dollars / group.unit % 1000)) out += small_words(n) + group.name;
  if (dollars == 0) out += "zero";
  out += dollars == 1 ? " dollar and " : " dollars and ";
  const auto cents = static_cast<int>(size % 100);
  out += small_words(cents);
  out += cents == 1 ? " cent" : " cents";
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

constexpr ScalarFunction kMoneyFunctions[] = {
    SEXTANT_COMPARISONS("cash_", CompareMoney),
    {"cash_cmp", strict<&CompareMoney::cmp>},
    {"cashlarger", strict<&CompareMoney::larger>},
    {"cashsmaller", strict<&CompareMoney::smaller>},
    {"cash_pl", strict<&add>},
    {"cash_mi", strict<&subtract>},
    {"cash_div_cash", strict<&ratio>},
    {"cash_mul_flt8", strict<&times_float<double>>},
    {"flt8_mul_cash", strict<&float_times<double>>},
    {"cash_div_flt8", strict<&over_float<double>>},
    {"cash_mul_flt4", strict<&times_float<float>>},
    {"flt4_mul_cash", strict<&float_times<float>>},
    {"cash_div_flt4", strict<&over_float<float>>},
    {"cash_mul_int8", strict<&times_integer<I8>>},
    {"int8_mul_cash", strict<&integer_times<I8>>},
    {"cash_div_int8", strict<&over_integer<I8>>},
    {"cash_mul_int4", strict<&times_integer<std::int32_t>>},
    {"int4_mul_cash", strict<&integer_times<std::int32_t>>},
    {"cash_div_int4", strict<&over_integer<std::int32_t>>},
    {"cash_mul_int2", strict<&times_integer<std::int16_t>>},
    {"int2_mul_cash", strict<&integer_times<std::int16_t>>},
    {"cash_div_int2", strict<&over_integer<std::int16_t>>},
    {"cash_numeric", strict<&to_numeric>},
    {"numeric_cash", strict<&from_numeric>},
    {"int4_cash", strict<&from_integer<std::int32_t>>},
    {"int8_cash", strict<&from_integer<I8>>},
    {"cash_words", strict<&words>},
};

}  // namespace

std::span<const ScalarFunction> money_functions() { return kMoneyFunctions; }

}  // namespace functions
