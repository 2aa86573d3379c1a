// Arithmetic and bit operations of smallint, integer and bigint.
#include <limits>
#include <numeric>

#include "errors.h"
#include "function_table.h"
#include "kernel.h"
#include "single_table.h"

namespace functions {
namespace {

using I2 = std::int16_t;
using I4 = std::int32_t;
using I8 = std::int64_t;

// R is the wider of A and B. The fast forms fold the sign of "overflowed" into `bad`.
template <typename R, typename A, typename B>
struct Arithmetic {
  using U = std::make_unsigned_t<R>;

  static R add_fast(A a, B b, R& bad) noexcept {
    R x = a, y = b;
    R sum = static_cast<R>(static_cast<U>(static_cast<U>(x) + static_cast<U>(y)));
    bad = static_cast<R>(bad | ((x ^ sum) & (y ^ sum)));
    return sum;
  }
  static R add(A a, B b) {
    R result;
    if (__builtin_add_overflow(static_cast<R>(a), static_cast<R>(b), &result))
      throw_out_of_range<R>();
    return result;
  }

  static R sub_fast(A a, B b, R& bad) noexcept {
    R x = a, y = b;
    R difference = static_cast<R>(static_cast<U>(static_cast<U>(x) - static_cast<U>(y)));
    bad = static_cast<R>(bad | ((x ^ y) & (x ^ difference)));
    return difference;
  }
  static R sub(A a, B b) {
    R result;
    if (__builtin_sub_overflow(static_cast<R>(a), static_cast<R>(b), &result))
      throw_out_of_range<R>();
    return result;
  }

  static R mul_fast(A a, B b, R& bad) noexcept {
    R result;
    bool overflow = __builtin_mul_overflow(static_cast<R>(a), static_cast<R>(b), &result);
    bad = static_cast<R>(bad | -R{overflow});
    return result;
  }
  static R mul(A a, B b) {
    R result;
    if (__builtin_mul_overflow(static_cast<R>(a), static_cast<R>(b), &result))
      throw_out_of_range<R>();
    return result;
  }

  static R div(A a, B b) {
    if (b == 0) throw_division_by_zero();
    if (b == -1) {
      if (static_cast<R>(a) == std::numeric_limits<R>::min()) throw_out_of_range<R>();
      return static_cast<R>(-static_cast<R>(a));  // a's own type may not hold it
    }
    return static_cast<R>(static_cast<R>(a) / static_cast<R>(b));
  }
};

template <typename T>
T mod(T a, T b) {
  if (b == 0) throw_division_by_zero();
  return b == -1 ? T{0} : static_cast<T>(a % b);
}

template <typename T>
T negate(T a) {
  if (a == std::numeric_limits<T>::min()) throw_out_of_range<T>();
  return static_cast<T>(-a);
}
template <typename T>
T absolute(T a) {
  return a < 0 ? negate(a) : a;
}
template <typename T>
T plus(T a) noexcept {
  return a;
}
template <typename T>
T bit_and(T a, T b) noexcept {
  return static_cast<T>(a & b);
}
template <typename T>
T bit_or(T a, T b) noexcept {
  return static_cast<T>(a | b);
}
template <typename T>
T bit_xor(T a, T b) noexcept {
  return static_cast<T>(a ^ b);
}
template <typename T>
T bit_not(T a) noexcept {
  return static_cast<T>(~a);
}

// As the machine PostgreSQL runs on: the count is taken modulo 32 (64).
template <typename T>
T shift_left(T a, I4 count) noexcept {
  constexpr int kMask = sizeof(T) == 8 ? 63 : 31;
  using U = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  return static_cast<T>(static_cast<U>(a) << (count & kMask));
}
template <typename T>
T shift_right(T a, I4 count) noexcept {
  constexpr int kMask = sizeof(T) == 8 ? 63 : 31;
  using S = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  return static_cast<T>(static_cast<S>(a) >> (count & kMask));
}

template <typename T>
T gcd(T a, T b) {
  using U = std::make_unsigned_t<T>;
  auto magnitude = [](T x) { return x < 0 ? static_cast<U>(~static_cast<U>(x) + 1) : static_cast<U>(x); };
  U result = std::gcd(magnitude(a), magnitude(b));
  if (result > static_cast<U>(std::numeric_limits<T>::max())) throw_out_of_range<T>();
  return static_cast<T>(result);
}
template <typename T>
T lcm(T a, T b) {
  if (a == 0 || b == 0) return 0;
  T result;
  if (__builtin_mul_overflow(static_cast<T>(a / gcd(a, b)), b, &result)) throw_out_of_range<T>();
  return absolute(result);
}

I8 increment(I8 a) { return Arithmetic<I8, I8, I8>::add(a, 1); }
I8 decrement(I8 a) { return Arithmetic<I8, I8, I8>::sub(a, 1); }
I4 increment4(I4 a) { return Arithmetic<I4, I4, I4>::add(a, 1); }

using A2 = Arithmetic<I2, I2, I2>;
using A4 = Arithmetic<I4, I4, I4>;
using A8 = Arithmetic<I8, I8, I8>;
using A24 = Arithmetic<I4, I2, I4>;
using A42 = Arithmetic<I4, I4, I2>;
using A28 = Arithmetic<I8, I2, I8>;
using A82 = Arithmetic<I8, I8, I2>;
using A48 = Arithmetic<I8, I4, I8>;
using A84 = Arithmetic<I8, I8, I4>;

#define SEXTANT_ARITHMETIC(prefix, A)                                                   \
  {prefix "pl", checked<&A::add_fast, &A::add>}, {prefix "mi", checked<&A::sub_fast, &A::sub>}, \
      {prefix "mul", checked<&A::mul_fast, &A::mul>}, {prefix "div", strict<&A::div>}

#define SEXTANT_BITS(prefix, T)                                                           \
  {prefix "and", strict<&bit_and<T>>}, {prefix "or", strict<&bit_or<T>>},                 \
      {prefix "xor", strict<&bit_xor<T>>}, {prefix "not", strict<&bit_not<T>>},           \
      {prefix "shl", strict<&shift_left<T>>}, {prefix "shr", strict<&shift_right<T>>},    \
      {prefix "um", strict<&negate<T>>}, {prefix "up", strict<&plus<T>>},                 \
      {prefix "abs", strict<&absolute<T>>}, {prefix "mod", strict<&mod<T>>}

constexpr ScalarFunction kIntegerFunctions[] = {
    SEXTANT_ARITHMETIC("int2", A2),   SEXTANT_ARITHMETIC("int4", A4),
    SEXTANT_ARITHMETIC("int8", A8),   SEXTANT_ARITHMETIC("int24", A24),
    SEXTANT_ARITHMETIC("int42", A42), SEXTANT_ARITHMETIC("int28", A28),
    SEXTANT_ARITHMETIC("int82", A82), SEXTANT_ARITHMETIC("int48", A48),
    SEXTANT_ARITHMETIC("int84", A84), SEXTANT_BITS("int2", I2),
    SEXTANT_BITS("int4", I4),         SEXTANT_BITS("int8", I8),
    {"int4gcd", strict<&gcd<I4>>},    {"int8gcd", strict<&gcd<I8>>},
    {"int4lcm", strict<&lcm<I4>>},    {"int8lcm", strict<&lcm<I8>>},
    {"int8inc", strict<&increment>},  {"int8dec", strict<&decrement>},
    {"int4inc", strict<&increment4>},
};

#define SEXTANT_SINGLE_BITS(prefix, T)                                                                      \
  {prefix "and", single<&bit_and<T>>}, {prefix "or", single<&bit_or<T>>}, {prefix "xor", single<&bit_xor<T>>}, \
      {prefix "not", single<&bit_not<T>>}, {prefix "shl", single<&shift_left<T>>},                           \
      {prefix "shr", single<&shift_right<T>>}, {prefix "um", single<&negate<T>>},                            \
      {prefix "up", single<&plus<T>>}, {prefix "abs", single<&absolute<T>>}, {prefix "mod", single<&mod<T>>}

constexpr SingleFunction kSingles[] = {
    SEXTANT_SINGLE_ARITHMETIC("int2", A2),   SEXTANT_SINGLE_ARITHMETIC("int4", A4),   SEXTANT_SINGLE_ARITHMETIC("int8", A8),
    SEXTANT_SINGLE_ARITHMETIC("int24", A24), SEXTANT_SINGLE_ARITHMETIC("int42", A42), SEXTANT_SINGLE_ARITHMETIC("int28", A28),
    SEXTANT_SINGLE_ARITHMETIC("int82", A82), SEXTANT_SINGLE_ARITHMETIC("int48", A48), SEXTANT_SINGLE_ARITHMETIC("int84", A84),
    SEXTANT_SINGLE_BITS("int2", I2),         SEXTANT_SINGLE_BITS("int4", I4),         SEXTANT_SINGLE_BITS("int8", I8),
};

}  // namespace

std::span<const ScalarFunction> integer_functions() { return kIntegerFunctions; }
std::span<const SingleFunction> integer_singles() { return kSingles; }

}  // namespace functions
