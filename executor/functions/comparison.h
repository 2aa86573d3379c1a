// The six comparisons of a pair of C++ types, and their table entries.
#pragma once

#include "kernel.h"

namespace functions {

template <typename A, typename B>
struct Compare {
  static bool eq(A a, B b) noexcept { return a == b; }
  static bool ne(A a, B b) noexcept { return a != b; }
  static bool lt(A a, B b) noexcept { return a < b; }
  static bool le(A a, B b) noexcept { return a <= b; }
  static bool gt(A a, B b) noexcept { return a > b; }
  static bool ge(A a, B b) noexcept { return a >= b; }
  static std::int32_t cmp(A a, B b) noexcept { return a < b ? -1 : a > b ? 1 : 0; }
  static A larger(A a, B b) noexcept { return a > b ? a : b; }
  static A smaller(A a, B b) noexcept { return a < b ? a : b; }
};

// For types with a three-way comparison: Order(a, b) is negative, 0 or positive.
template <typename T, auto Order>
struct CompareBy {
  static bool eq(T a, T b) noexcept { return Order(a, b) == 0; }
  static bool ne(T a, T b) noexcept { return Order(a, b) != 0; }
  static bool lt(T a, T b) noexcept { return Order(a, b) < 0; }
  static bool le(T a, T b) noexcept { return Order(a, b) <= 0; }
  static bool gt(T a, T b) noexcept { return Order(a, b) > 0; }
  static bool ge(T a, T b) noexcept { return Order(a, b) >= 0; }
  static std::int32_t cmp(T a, T b) noexcept { return Order(a, b); }
  static T larger(T a, T b) noexcept { return Order(a, b) > 0 ? a : b; }
  static T smaller(T a, T b) noexcept { return Order(a, b) < 0 ? a : b; }
};

// {prefix}eq, ne, lt, le, gt, ge for the comparisons of class C (a type with commas: an alias).
#define SEXTANT_COMPARISONS(prefix, C)                                                \
  {prefix "eq", strict<&C::eq>}, {prefix "ne", strict<&C::ne>},                       \
      {prefix "lt", strict<&C::lt>}, {prefix "le", strict<&C::le>},                   \
      {prefix "gt", strict<&C::gt>}, {prefix "ge", strict<&C::ge>}

}  // namespace functions
