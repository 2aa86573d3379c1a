// real and double precision: comparison and arithmetic.
#include <cmath>

#include "comparison.h"
#include "errors.h"
#include "function_table.h"
#include "single_table.h"
#include "types/float.h"

namespace functions {
namespace {

// Mixed operands are compared and computed in the wider type.
template <typename A, typename B>
struct FloatCompare {
  using W = std::conditional_t<sizeof(A) == 8 || sizeof(B) == 8, double, float>;
  // NaN equals NaN and is above everything; written without branches so that loops vectorise.
  static bool eq(A a, B b) noexcept {
    W x = a, y = b;
    return bool((x == y) | ((x != x) & (y != y)));
  }
  static bool ne(A a, B b) noexcept { return !eq(a, b); }
  static bool lt(A a, B b) noexcept {
    W x = a, y = b;
    return bool((x < y) | ((x == x) & (y != y)));
  }
  static bool le(A a, B b) noexcept {
    W x = a, y = b;
    return bool((x <= y) | (y != y));
  }
  static bool gt(A a, B b) noexcept { return !le(a, b); }
  static bool ge(A a, B b) noexcept { return !lt(a, b); }
  static std::int32_t cmp(A a, B b) noexcept { return types::compare_floats<W>(a, b); }
  static A larger(A a, B b) noexcept { return gt(a, b) ? a : b; }
  static A smaller(A a, B b) noexcept { return lt(a, b) ? a : b; }
};

template <typename R>
R check(R result, bool infinite_operand, bool zero_is_exact) {
  if (std::isinf(result) && !infinite_operand) throw_float_overflow();
  if (result == 0 && !zero_is_exact) throw_float_underflow();
  return result;
}

template <typename A, typename B>
struct FloatArithmetic {
  using R = std::conditional_t<sizeof(A) == 8 || sizeof(B) == 8, double, float>;

  // A finite result can come from no overflow; anything else is looked at again one by one.
  static R suspicious(R result, R& bad) noexcept {
    R difference = result - result;  // 0 when finite, else NaN
    bad = difference == 0 ? bad : R{-1};
    return result;
  }
  static R add_fast(A a, B b, R& bad) noexcept {
    return suspicious(static_cast<R>(a) + static_cast<R>(b), bad);
  }
  static R sub_fast(A a, B b, R& bad) noexcept {
    return suspicious(static_cast<R>(a) - static_cast<R>(b), bad);
  }
  static R mul_fast(A a, B b, R& bad) noexcept {
    R result = static_cast<R>(a) * static_cast<R>(b);
    R difference = result - result;
    bad = ((difference == 0) & (result != 0)) ? bad : R{-1};
    return result;
  }
  static bool infinite(A a, B b) { return std::isinf(a) || std::isinf(b); }

  static R add(A a, B b) {
    return check<R>(static_cast<R>(a) + static_cast<R>(b), infinite(a, b), true);
  }
  static R sub(A a, B b) {
    return check<R>(static_cast<R>(a) - static_cast<R>(b), infinite(a, b), true);
  }
  static R mul(A a, B b) {
    return check<R>(static_cast<R>(a) * static_cast<R>(b), infinite(a, b), a == 0 || b == 0);
  }
  static R div(A a, B b) {
    if (b == 0 && !std::isnan(a)) throw_division_by_zero();
    R result = static_cast<R>(a) / static_cast<R>(b);
    return check<R>(result, std::isinf(a), a == 0 || std::isinf(b));
  }
};

template <typename F>
F negate(F a) noexcept {
  return -a;
}
template <typename F>
F plus(F a) noexcept {
  return a;
}
template <typename F>
F absolute(F a) noexcept {
  return std::fabs(a);
}

using F4 = float;
using F8 = double;
using Compare4 = FloatCompare<F4, F4>;
using Compare8 = FloatCompare<F8, F8>;
using Compare48 = FloatCompare<F4, F8>;
using Compare84 = FloatCompare<F8, F4>;
using A4 = FloatArithmetic<F4, F4>;
using A8 = FloatArithmetic<F8, F8>;
using A48 = FloatArithmetic<F4, F8>;
using A84 = FloatArithmetic<F8, F4>;

#define SEXTANT_FLOAT_ARITHMETIC(prefix, A)                                             \
  {prefix "pl", checked<&A::add_fast, &A::add>}, {prefix "mi", checked<&A::sub_fast, &A::sub>}, \
      {prefix "mul", checked<&A::mul_fast, &A::mul>}, {prefix "div", strict<&A::div>}

constexpr ScalarFunction kFloatFunctions[] = {
    SEXTANT_COMPARISONS("float4", Compare4),
    SEXTANT_COMPARISONS("float8", Compare8),
    SEXTANT_COMPARISONS("float48", Compare48),
    SEXTANT_COMPARISONS("float84", Compare84),
    SEXTANT_FLOAT_ARITHMETIC("float4", A4),
    SEXTANT_FLOAT_ARITHMETIC("float8", A8),
    SEXTANT_FLOAT_ARITHMETIC("float48", A48),
    SEXTANT_FLOAT_ARITHMETIC("float84", A84),
    {"btfloat4cmp", strict<&Compare4::cmp>},
    {"btfloat8cmp", strict<&Compare8::cmp>},
    {"btfloat48cmp", strict<&Compare48::cmp>},
    {"btfloat84cmp", strict<&Compare84::cmp>},
    {"float4larger", strict<&Compare4::larger>},
    {"float4smaller", strict<&Compare4::smaller>},
    {"float8larger", strict<&Compare8::larger>},
    {"float8smaller", strict<&Compare8::smaller>},
    {"float4um", strict<&negate<F4>>},
    {"float8um", strict<&negate<F8>>},
    {"float4up", strict<&plus<F4>>},
    {"float8up", strict<&plus<F8>>},
    {"float4abs", strict<&absolute<F4>>},
    {"float8abs", strict<&absolute<F8>>},
};

constexpr SingleFunction kSingles[] = {
    SEXTANT_SINGLE_COMPARISONS("float4", Compare4),   SEXTANT_SINGLE_COMPARISONS("float8", Compare8),
    SEXTANT_SINGLE_COMPARISONS("float48", Compare48), SEXTANT_SINGLE_COMPARISONS("float84", Compare84),
    SEXTANT_SINGLE_ARITHMETIC("float4", A4),          SEXTANT_SINGLE_ARITHMETIC("float8", A8),
    SEXTANT_SINGLE_ARITHMETIC("float48", A48),        SEXTANT_SINGLE_ARITHMETIC("float84", A84),
    {"float4um", single<&negate<F4>>},                {"float8um", single<&negate<F8>>},
    {"float4abs", single<&absolute<F4>>},             {"float8abs", single<&absolute<F8>>},
};

}  // namespace

std::span<const ScalarFunction> float_functions() { return kFloatFunctions; }
std::span<const SingleFunction> float_singles() { return kSingles; }

}  // namespace functions
