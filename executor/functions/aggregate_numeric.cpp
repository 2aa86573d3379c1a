// sum, avg, variance and stddev of numeric, variance and stddev of integers, sum and avg of
// interval. Sums stay in 128 bits as long as they fit.
#include "aggregate_kernel.h"
#include "errors.h"
#include "interval_math.h"
#include "types/datetime.h"
#include "types/numeric.h"

namespace functions {
namespace {

using types::Int128;
using types::NumericView;


// An exact sum of decimals: 128 bits at one scale, and what did not fit as a numeric.
struct Sum {
  std::int64_t high;
  std::uint64_t low;
  const char* big_data;  // a numeric in the arena, or null
  std::uint32_t big_size;
  std::int32_t scale;

  Int128 value() const { return Int128{high} << 64 | low; }
  void set(Int128 v) {
    high = static_cast<std::int64_t>(v >> 64);
    low = static_cast<std::uint64_t>(v);
  }

  static bool scaled(Int128& v, int digits) {
    for (; digits > 0; --digits)
      if (__builtin_mul_overflow(v, Int128{10}, &v)) return false;
    return true;
  }

  void add(Arena& arena, Int128 mantissa, int at_scale) {
    Int128 sum = value(), term = mantissa;
    if (at_scale != scale) [[unlikely]] {
      bool fits = at_scale > scale ? scaled(sum, at_scale - scale) : scaled(term, scale - at_scale);
      if (!fits) {
        spill(arena);
        sum = 0;
        term = mantissa;
      }
      scale = fits ? std::max(scale, at_scale) : at_scale;
    }
    if (__builtin_add_overflow(sum, term, &sum)) {
      spill(arena);
      sum = term;
    }
    set(sum);
  }
  void add(Arena& arena, NumericView v) {
    if (types::is_small_numeric(v)) {
      auto small = types::small_numeric(v);
      add(arena, small.mantissa, small.scale);
    } else {
      add_big(arena, v);
    }
  }
  void add_big(Arena& arena, NumericView v) {
    NumericView sum = big_data != nullptr
                          ? types::numeric_add(arena, {big_data, big_size}, v)
                          : arena.copy(v);
    big_data = sum.data();
    big_size = static_cast<std::uint32_t>(sum.size());
  }
  // Moves the 128 bits into the numeric.
  void spill(Arena& arena) {
    add_big(arena, types::make_numeric(arena, value(), scale));
    set(0);
  }
  void add(Arena& arena, const Sum& other) {
    add(arena, other.value(), other.scale);
    if (other.big_data != nullptr) add_big(arena, {other.big_data, other.big_size});
  }
  NumericView total(Arena& arena) const {
    NumericView fast = types::make_numeric(arena, value(), scale);
    return big_data == nullptr ? fast : types::numeric_add(arena, {big_data, big_size}, fast);
  }
};

// Specials are counted, so that the order of rows does not matter.
struct Specials {
  std::int64_t count, nans, infinities, minus_infinities;

  bool take(NumericView v) {
    ++count;
    if (types::numeric_is_nan(v))
      ++nans;
    else if (types::numeric_is_infinite(v))
      ++(types::numeric_sign(v) > 0 ? infinities : minus_infinities);
    else
      return false;
    return true;
  }
  void add(const Specials& o) {
    count += o.count;
    nans += o.nans;
    infinities += o.infinities;
    minus_infinities += o.minus_infinities;
  }
  bool any() const { return nans + infinities + minus_infinities > 0; }
  NumericView value(Arena& arena) const {
    if (nans > 0 || (infinities > 0 && minus_infinities > 0)) return types::parse_numeric(arena, "NaN");
    return types::parse_numeric(arena, infinities > 0 ? "Infinity" : "-Infinity");
  }
};

struct SumNumeric {
  struct State {
    Sum sum;
    Specials specials;
  };
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (a[0]->is_null(row)) return;
    auto v = a[0]->get<NumericView>(row);
    if (types::is_small_numeric(v)) [[likely]] {
      ++s.specials.count;
      const auto [mantissa, scale] = types::small_numeric(v);
      s.sum.add(*ctx.arena, mantissa, scale);
    } else if (!s.specials.take(v)) {
      s.sum.add_big(*ctx.arena, v);
    }
  }
  static void combine(EvalContext& ctx, const FunctionCall&, const State& from, State& into) {
    into.sum.add(*ctx.arena, from.sum);
    into.specials.add(from.specials);
  }
  static NumericView total(EvalContext& ctx, const State& s) {
    return s.specials.any() ? s.specials.value(*ctx.arena) : s.sum.total(*ctx.arena);
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.specials.count == 0)
      out.set_null(row);
    else
      out.set(row, total(ctx, s));
  }
};

struct AverageNumeric : SumNumeric {
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.specials.count == 0) return out.set_null(row);
    out.set(row, types::numeric_div(*ctx.arena, total(ctx, s),
                                    types::make_numeric(*ctx.arena, s.specials.count, 0)));
  }
};

enum class Kind { variance_pop, variance_samp, stddev_pop, stddev_samp };

struct SquaresState {
  Sum sum, squares;
  Specials specials;
};

void finish_variance(EvalContext& ctx, const SquaresState& s, Kind kind, Vector& out,
                     std::uint32_t row) {
  bool sample = kind == Kind::variance_samp || kind == Kind::stddev_samp;
  bool root = kind == Kind::stddev_pop || kind == Kind::stddev_samp;
  std::int64_t n = s.specials.count;
  if (n == 0 || (sample && n <= 1)) return out.set_null(row);
  Arena& arena = *ctx.arena;
  if (s.specials.any()) return out.set(row, types::parse_numeric(arena, "NaN"));
  NumericView count = types::make_numeric(arena, n, 0);
  NumericView sum = s.sum.total(arena);
  NumericView numerator =
      types::numeric_sub(arena, types::numeric_mul(arena, count, s.squares.total(arena)),
                         types::numeric_mul(arena, sum, sum));
  if (types::numeric_sign(numerator) <= 0) return out.set(row, types::make_numeric(arena, 0, 0));
  NumericView denominator = types::numeric_mul(
      arena, count, sample ? types::make_numeric(arena, n - 1, 0) : count);
  NumericView variance = types::numeric_div(arena, numerator, denominator);
  out.set(row, root ? types::numeric_sqrt_to_scale(arena, variance,
                                                   types::numeric_display_scale(variance))
                    : variance);
}

template <Kind K>
struct VarianceNumeric {
  using State = SquaresState;
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (a[0]->is_null(row)) return;
    auto v = a[0]->get<NumericView>(row);
    if (s.specials.take(v)) return;
    s.sum.add(*ctx.arena, v);
    if (types::is_small_numeric(v)) {
      auto small = types::small_numeric(v);
      s.squares.add(*ctx.arena, Int128{small.mantissa} * small.mantissa, small.scale * 2);
    } else {
      s.squares.add_big(*ctx.arena, types::numeric_mul(*ctx.arena, v, v));
    }
  }
  static void combine(EvalContext& ctx, const FunctionCall&, const State& from, State& into) {
    into.sum.add(*ctx.arena, from.sum);
    into.squares.add(*ctx.arena, from.squares);
    into.specials.add(from.specials);
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    finish_variance(ctx, s, K, out, row);
  }
};

// What the four of them have in common.
using SquaresNumeric = VarianceNumeric<Kind::variance_pop>;

template <typename T, Kind K>
struct VarianceInt : VarianceNumeric<K> {
  static void step(EvalContext& ctx, const FunctionCall&, SquaresState& s, Arguments a,
                   std::uint32_t row) {
    if (a[0]->is_null(row)) return;
    ++s.specials.count;
    Int128 v = a[0]->get<T>(row);
    s.sum.add(*ctx.arena, v, 0);
    s.squares.add(*ctx.arena, v * v, 0);
  }
};

template <typename T>
using SquaresInt = VarianceInt<T, Kind::variance_pop>;

struct SumInterval {
  struct State {
    types::Interval sum;
    std::int64_t count;
  };
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (a[0]->is_null(row)) return;
    s.sum = add_intervals(s.sum, a[0]->get<types::Interval>(row));
    ++s.count;
  }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    into.sum = add_intervals(into.sum, from.sum);
    into.count += from.count;
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.count == 0)
      out.set_null(row);
    else
      out.set(row, s.sum);
  }
};
struct AverageInterval : SumInterval {
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.count == 0)
      out.set_null(row);
    else
      out.set(row, divide_interval(s.sum, static_cast<double>(s.count)));
  }
};

using I2 = std::int16_t;
using I4 = std::int32_t;
using I8 = std::int64_t;

constexpr AggregateEntry kEntries[] = {
    {2114, &aggregate<SumNumeric>},
    {2103, &aggregate_of<SumNumeric, AverageNumeric>},
    {2113, &aggregate<SumInterval>},
    {2106, &aggregate_of<SumInterval, AverageInterval>},
    {2723, &aggregate_of<SquaresNumeric, VarianceNumeric<Kind::variance_pop>>},
    {2646, &aggregate_of<SquaresNumeric, VarianceNumeric<Kind::variance_samp>>},
    {2153, &aggregate_of<SquaresNumeric, VarianceNumeric<Kind::variance_samp>>},
    {2729, &aggregate_of<SquaresNumeric, VarianceNumeric<Kind::stddev_pop>>},
    {2717, &aggregate_of<SquaresNumeric, VarianceNumeric<Kind::stddev_samp>>},
    {2159, &aggregate_of<SquaresNumeric, VarianceNumeric<Kind::stddev_samp>>},
    {2718, &aggregate_of<SquaresInt<I8>, VarianceInt<I8, Kind::variance_pop>>},
    {2719, &aggregate_of<SquaresInt<I4>, VarianceInt<I4, Kind::variance_pop>>},
    {2720, &aggregate_of<SquaresInt<I2>, VarianceInt<I2, Kind::variance_pop>>},
    {2641, &aggregate_of<SquaresInt<I8>, VarianceInt<I8, Kind::variance_samp>>},
    {2642, &aggregate_of<SquaresInt<I4>, VarianceInt<I4, Kind::variance_samp>>},
    {2643, &aggregate_of<SquaresInt<I2>, VarianceInt<I2, Kind::variance_samp>>},
    {2148, &aggregate_of<SquaresInt<I8>, VarianceInt<I8, Kind::variance_samp>>},
    {2149, &aggregate_of<SquaresInt<I4>, VarianceInt<I4, Kind::variance_samp>>},
    {2150, &aggregate_of<SquaresInt<I2>, VarianceInt<I2, Kind::variance_samp>>},
    {2724, &aggregate_of<SquaresInt<I8>, VarianceInt<I8, Kind::stddev_pop>>},
    {2725, &aggregate_of<SquaresInt<I4>, VarianceInt<I4, Kind::stddev_pop>>},
    {2726, &aggregate_of<SquaresInt<I2>, VarianceInt<I2, Kind::stddev_pop>>},
    {2712, &aggregate_of<SquaresInt<I8>, VarianceInt<I8, Kind::stddev_samp>>},
    {2713, &aggregate_of<SquaresInt<I4>, VarianceInt<I4, Kind::stddev_samp>>},
    {2714, &aggregate_of<SquaresInt<I2>, VarianceInt<I2, Kind::stddev_samp>>},
    {2154, &aggregate_of<SquaresInt<I8>, VarianceInt<I8, Kind::stddev_samp>>},
    {2155, &aggregate_of<SquaresInt<I4>, VarianceInt<I4, Kind::stddev_samp>>},
    {2156, &aggregate_of<SquaresInt<I2>, VarianceInt<I2, Kind::stddev_samp>>},
};

}  // namespace

std::span<const AggregateEntry> numeric_aggregates() { return kEntries; }

}  // namespace functions
