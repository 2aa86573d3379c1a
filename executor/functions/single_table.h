// Turns plain C++ functions into kernels of single values, and says where each file hands over its table.
#pragma once

#include <span>

#include "functions/single.h"

namespace functions {

namespace detail {

template <auto Fn>
struct Single;
template <typename R, typename A, bool N, R (*Fn)(A) noexcept(N)>
struct Single<Fn> {
  static types::Datum run(const types::Datum& a, const types::Datum&) { return types::Datum::of<R>(Fn(a.as<A>())); }
};
template <typename R, typename A, typename B, bool N, R (*Fn)(A, B) noexcept(N)>
struct Single<Fn> {
  static types::Datum run(const types::Datum& a, const types::Datum& b) { return types::Datum::of<R>(Fn(a.as<A>(), b.as<B>())); }
};

}  // namespace detail

template <auto Fn>
constexpr SingleKernel single = &detail::Single<Fn>::run;

#define SEXTANT_SINGLE_COMPARISONS(prefix, C)                                                                        \
  {prefix "eq", single<&C::eq>}, {prefix "ne", single<&C::ne>}, {prefix "lt", single<&C::lt>},                       \
      {prefix "le", single<&C::le>}, {prefix "gt", single<&C::gt>}, {prefix "ge", single<&C::ge>}
#define SEXTANT_SINGLE_ARITHMETIC(prefix, A)                                                                         \
  {prefix "pl", single<&A::add>}, {prefix "mi", single<&A::sub>}, {prefix "mul", single<&A::mul>},                   \
      {prefix "div", single<&A::div>}

std::span<const SingleFunction> cast_singles();
std::span<const SingleFunction> float_singles();
std::span<const SingleFunction> integer_singles();
std::span<const SingleFunction> integer_comparison_singles();

}  // namespace functions
