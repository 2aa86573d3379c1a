// Turns plain C++ functions into kernels.
//
//   std::int32_t add(std::int32_t a, std::int32_t b);            strict<&add>
//   std::string_view upper(EvalContext&, std::string_view);       strict<&upper>
//   bool distinct(optional<int> a, optional<int> b);              strict<&distinct>, sees nulls
//
// Parameters: EvalContext& and const FunctionCall& first, in this order, both optional; then one
// C++ type per SQL argument. std::optional<T> means that the function wants to see nulls; any
// other null argument makes the row null. A result of std::optional<R> may be null; a std::string
// is copied into the arena. types::Datum stands for an argument or result of any type.
//
// noexcept one- and two-argument functions of fixed-width types get loops that vectorise.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "functions/function.h"

namespace functions {

using types::Arena;
using types::Datum;
using types::EvalContext;
using types::Selection;
using types::Vector;

namespace detail {

template <typename T>
struct Argument {
  static constexpr bool kSeesNull = false;
  static T load(const Vector& v, std::uint32_t row) { return v.get<T>(row); }
};
template <>
struct Argument<Datum> {
  static constexpr bool kSeesNull = false;
  static Datum load(const Vector& v, std::uint32_t row) { return v.datum(row); }
};
template <typename T>
struct Argument<std::optional<T>> {
  static constexpr bool kSeesNull = true;
  static std::optional<T> load(const Vector& v, std::uint32_t row) {
    if (v.is_null(row)) return std::nullopt;
    return Argument<T>::load(v, row);
  }
};

template <typename R>
inline void store(EvalContext& ctx, Vector& out, std::uint32_t row, R&& result) {
  using T = std::remove_cvref_t<R>;
  if constexpr (std::is_same_v<T, std::string>)
    out.set<std::string_view>(row, ctx.arena->copy(result));
  else if constexpr (std::is_same_v<T, Datum>)
    out.set_datum(row, result);
  else
    out.set<T>(row, result);
}
template <typename R>
inline void store(EvalContext& ctx, Vector& out, std::uint32_t row, std::optional<R>&& result) {
  if (result)
    store(ctx, out, row, std::move(*result));
  else
    out.set_null(row);
}

template <typename F>
inline void for_each_row(Selection rows, F&& f) {
  if (rows.dense()) {
    for (std::uint32_t i = 0; i < rows.count; ++i) f(i);
  } else {
    for (std::uint32_t i = 0; i < rows.count; ++i) f(std::uint32_t{rows.rows[i]});
  }
}

// Branch-free loops; `f` must not throw and out must not alias the inputs.
template <typename R, typename A, typename F>
inline void unary_loop(const Vector& a, Selection rows, Vector& out, F f) {
  R* __restrict result = out.data<R>();
  const A* x = a.data<A>();
  if (a.is_constant()) {
    const A value = x[0];
    for_each_row(rows, [&](std::uint32_t row) { result[row] = f(value); });
  } else {
    for_each_row(rows, [=](std::uint32_t row) { result[row] = f(x[row]); });
  }
}

template <typename R, typename A, typename B, typename F>
inline void binary_loop(const Vector& a, const Vector& b, Selection rows, Vector& out, F f) {
  R* __restrict result = out.data<R>();
  const A* x = a.data<A>();
  const B* y = b.data<B>();
  if (a.is_constant()) {
    const A value = x[0];
    if (b.is_constant()) {
      const B other = y[0];
      for_each_row(rows, [&](std::uint32_t row) { result[row] = f(value, other); });
    } else {
      for_each_row(rows, [&](std::uint32_t row) { result[row] = f(value, y[row]); });
    }
  } else if (b.is_constant()) {
    const B value = y[0];
    for_each_row(rows, [&](std::uint32_t row) { result[row] = f(x[row], value); });
  } else {
    for_each_row(rows, [&](std::uint32_t row) { result[row] = f(x[row], y[row]); });
  }
}

template <typename T>
inline constexpr bool kFixedWidth = std::is_arithmetic_v<T>;

template <auto Fn, bool WantsContext, bool WantsCall, typename R, typename... A>
struct Strict {
  template <std::size_t... I>
  static R call(EvalContext& ctx, const FunctionCall& fc,
                const std::array<const Vector*, sizeof...(A)>& args, std::uint32_t row,
                std::index_sequence<I...>) {
    (void)args;
    (void)row;
    if constexpr (WantsContext && WantsCall)
      return Fn(ctx, fc, Argument<A>::load(*args[I], row)...);
    else if constexpr (WantsContext)
      return Fn(ctx, Argument<A>::load(*args[I], row)...);
    else if constexpr (WantsCall)
      return Fn(fc, Argument<A>::load(*args[I], row)...);
    else
      return Fn(Argument<A>::load(*args[I], row)...);
  }

  // One loop for dense rows and others, with and without nulls: the function and what stores its result are compiled into
  // it, and what a loop for each case would gain is little beside them.
  static void run(EvalContext& ctx, const FunctionCall& fc,
                  std::span<const Vector* const> arguments, Selection rows, Vector& out) {
    constexpr auto kIndexes = std::index_sequence_for<A...>{};
    std::array<const Vector*, sizeof...(A)> args{};
    bool nulls = false;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((args[I] = arguments[I]), ...);
      nulls = ((!Argument<A>::kSeesNull && args[I]->may_have_nulls()) || ...);
    }(kIndexes);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      const bool is_null = nulls && [&]<std::size_t... I>(std::index_sequence<I...>) {
        return ((!Argument<A>::kSeesNull && args[I]->is_null(row)) || ...);
      }(kIndexes);
      if (is_null)
        out.set_null(row);
      else
        store(ctx, out, row, call(ctx, fc, args, row, kIndexes));
    }
  }
};

// Null rows of a branch-free kernel are computed too (on whatever lies there) and then marked.
inline void mark_nulls(std::span<const Vector* const> arguments, Selection rows, Vector& out) {
  for (const Vector* v : arguments)
    if (v->may_have_nulls())
      for_each_row(rows, [&](std::uint32_t row) {
        if (v->is_null(row)) out.set_null(row);
      });
}

template <auto Fn, typename R, typename... A>
struct Total;
template <auto Fn, typename R, typename A>
struct Total<Fn, R, A> {
  static void run(EvalContext&, const FunctionCall&, std::span<const Vector* const> arguments,
                  Selection rows, Vector& out) {
    unary_loop<R, A>(*arguments[0], rows, out, [](A a) { return Fn(a); });
    mark_nulls(arguments, rows, out);
  }
};
template <auto Fn, typename R, typename A, typename B>
struct Total<Fn, R, A, B> {
  static void run(EvalContext&, const FunctionCall&, std::span<const Vector* const> arguments,
                  Selection rows, Vector& out) {
    binary_loop<R, A, B>(*arguments[0], *arguments[1], rows, out,
                         [](A a, B b) { return Fn(a, b); });
    mark_nulls(arguments, rows, out);
  }
};

template <auto Fn, bool C, bool F, typename R, typename... A>
constexpr ScalarKernel strict_kernel() {
  return &Strict<Fn, C, F, R, A...>::run;
}

template <auto Fn, typename R, typename... A>
constexpr ScalarKernel total_kernel() {
  if constexpr (sizeof...(A) >= 1 && sizeof...(A) <= 2 && kFixedWidth<R> && (kFixedWidth<A> && ...))
    return &Total<Fn, R, A...>::run;
  else
    return &Strict<Fn, false, false, R, A...>::run;
}

template <auto Fn>
struct Deduce {
  template <typename R, typename... A>
  static constexpr ScalarKernel of(R (*)(EvalContext&, const FunctionCall&, A...)) {
    return strict_kernel<Fn, true, true, R, std::remove_cvref_t<A>...>();
  }
  template <typename R, typename... A>
  static constexpr ScalarKernel of(R (*)(EvalContext&, A...)) {
    return strict_kernel<Fn, true, false, R, std::remove_cvref_t<A>...>();
  }
  template <typename R, typename... A>
  static constexpr ScalarKernel of(R (*)(const FunctionCall&, A...)) {
    return strict_kernel<Fn, false, true, R, std::remove_cvref_t<A>...>();
  }
  template <typename R, typename... A>
  static constexpr ScalarKernel of(R (*)(A...)) {
    return strict_kernel<Fn, false, false, R, std::remove_cvref_t<A>...>();
  }
  template <typename R, typename... A>
  static constexpr ScalarKernel of(R (*)(A...) noexcept) {
    return total_kernel<Fn, R, std::remove_cvref_t<A>...>();
  }
};

template <auto Fast, auto Slow, typename R, typename... A>
struct Checked;
template <auto Fast, auto Slow, typename R, typename A, typename B>
struct Checked<Fast, Slow, R, A, B> {
  static void run(EvalContext& ctx, const FunctionCall& fc,
                  std::span<const Vector* const> arguments, Selection rows, Vector& out) {
    const Vector &a = *arguments[0], &b = *arguments[1];
    if (!a.may_have_nulls() && !b.may_have_nulls()) {
      R bad{};
      binary_loop<R, A, B>(a, b, rows, out, [&bad](A x, B y) { return Fast(x, y, bad); });
      if (!(bad < R{})) [[likely]]
        return;
    }
    // With nulls, or to find and report the row that overflowed.
    Strict<Slow, false, false, R, A, B>::run(ctx, fc, arguments, rows, out);
  }
};

template <auto Fast, auto Slow, typename R, typename A, typename B>
constexpr ScalarKernel deduce_checked(R (*)(A, B)) {
  return &Checked<Fast, Slow, R, A, B>::run;
}

}  // namespace detail

template <auto Fn>
inline constexpr ScalarKernel strict = detail::Deduce<Fn>::of(Fn);

// Arithmetic that may overflow: Fast(a, b, bad) makes `bad` negative on overflow and goes on;
// then Slow(a, b), which throws, runs over the rows once more.
template <auto Fast, auto Slow>
inline constexpr ScalarKernel checked = detail::deduce_checked<Fast, Slow>(Slow);

// One value calculated from a noexcept or throwing lambda needs a function pointer: +[](...) {}.

}  // namespace functions
