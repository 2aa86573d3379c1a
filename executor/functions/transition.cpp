// Transition, combine and final functions of PostgreSQL's aggregates as plain functions: users' aggregates are
// made of them. (The built-in aggregates keep states of their own, aggregate_*.cpp.)
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "errors.h"
#include "function_table.h"
#include "interval_math.h"
#include "kernel.h"
#include "types/array.h"
#include "types/numeric.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::Interval;
using types::SqlError;
using I8 = std::int64_t;
using Double = std::optional<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// --- double precision[]: number, sum, sum of squared deviations (Youngs and Cramer), for one or two inputs

template <std::size_t N>
using State = std::array<double, N>;

template <std::size_t N>
State<N> read_state(string_view bytes, const char* function) {
  const types::ArrayView array(bytes);
  if (array.dimensions() != 1 || array.size() != N || array.has_nulls() || array.element_type() != types::oid::float8)
    throw SqlError("XX000", fmt::format("{}: expected {}-element float8 array", function, N));
  State<N> state;
  std::size_t i = 0;
  for (types::ArrayView::Cursor c(array); c.next();) state[i++] = c.value().as<double>();
  return state;
}

template <std::size_t N>
Datum write_state(EvalContext& ctx, const State<N>& state) {
  types::ArrayBuilder builder(types::oid::float8);
  for (const double v : state) builder.add(Datum::of(v));
  return builder.finish(*ctx.arena);
}

bool finite(double v) { return !std::isinf(v) && !std::isnan(v); }

Datum accumulate(EvalContext& ctx, const State<3>& old, double value) {
  State<3> now = {old[0] + 1, old[1] + value, old[2]};
  if (old[0] > 0) {
    const double t = value * now[0] - now[1];
    now[2] += t * t / (now[0] * old[0]);
    if (std::isinf(now[1]) || std::isinf(now[2])) {
      if (!std::isinf(old[1]) && !std::isinf(value)) throw_float_overflow();
      now[2] = kNaN;
    }
  } else if (!finite(value)) {
    now[2] = kNaN;
  }
  return write_state(ctx, now);
}
Datum float8_accum(EvalContext& ctx, string_view state, double value) {
  return accumulate(ctx, read_state<3>(state, "float8_accum"), value);
}
Datum float4_accum(EvalContext& ctx, string_view state, float value) {
  return accumulate(ctx, read_state<3>(state, "float4_accum"), static_cast<double>(value));
}

double combined_sum(double a, double b) {
  const double sum = a + b;
  if (std::isinf(sum) && !std::isinf(a) && !std::isinf(b)) throw_float_overflow();
  return sum;
}
// Of products of deviations: of the same input twice, or of both.
double combined_deviation(double a, double b, double n1, double n2, double t1, double t2) {
  const double sum = a + b + n1 * n2 * t1 * t2 / (n1 + n2);
  if (std::isinf(sum) && !std::isinf(a) && !std::isinf(b)) throw_float_overflow();
  return sum;
}

Datum float8_combine(EvalContext& ctx, string_view left, string_view right) {
  const State<3> a = read_state<3>(left, "float8_combine"), b = read_state<3>(right, "float8_combine");
  if (a[0] == 0) return write_state(ctx, b);
  if (b[0] == 0) return write_state(ctx, a);
  const double t = a[1] / a[0] - b[1] / b[0];
  return write_state(ctx, State<3>{a[0] + b[0], combined_sum(a[1], b[1]), combined_deviation(a[2], b[2], a[0], b[0], t, t)});
}

Double float8_avg(string_view bytes) {
  const State<3> s = read_state<3>(bytes, "float8_avg");
  return s[0] == 0 ? Double() : s[1] / s[0];
}
Double float8_var_pop(string_view bytes) {
  const State<3> s = read_state<3>(bytes, "float8_var_pop");
  return s[0] == 0 ? Double() : s[2] / s[0];
}
Double float8_var_samp(string_view bytes) {
  const State<3> s = read_state<3>(bytes, "float8_var_samp");
  return s[0] <= 1 ? Double() : s[2] / (s[0] - 1);
}
Double float8_stddev_pop(string_view bytes) {
  const State<3> s = read_state<3>(bytes, "float8_stddev_pop");
  return s[0] == 0 ? Double() : std::sqrt(s[2] / s[0]);
}
Double float8_stddev_samp(string_view bytes) {
  const State<3> s = read_state<3>(bytes, "float8_stddev_samp");
  return s[0] <= 1 ? Double() : std::sqrt(s[2] / (s[0] - 1));
}

// n, sum x, squares x, sum y, squares y, products
enum { kN, kSx, kSxx, kSy, kSyy, kSxy, kTwo };

Datum float8_regr_accum(EvalContext& ctx, string_view bytes, double y, double x) {
  const State<kTwo> old = read_state<kTwo>(bytes, "float8_regr_accum");
  State<kTwo> now = old;
  now[kN] += 1;
  now[kSx] += x;
  now[kSy] += y;
  if (old[kN] > 0) {
    const double tx = x * now[kN] - now[kSx], ty = y * now[kN] - now[kSy], scale = 1 / (now[kN] * old[kN]);
    now[kSxx] += tx * tx * scale;
    now[kSyy] += ty * ty * scale;
    now[kSxy] += tx * ty * scale;
    auto infinite = [&](int i) { return std::isinf(now[static_cast<std::size_t>(i)]); };
    const bool x_finite = !std::isinf(old[kSx]) && !std::isinf(x), y_finite = !std::isinf(old[kSy]) && !std::isinf(y);
    if (((infinite(kSx) || infinite(kSxx)) && x_finite) || ((infinite(kSy) || infinite(kSyy)) && y_finite) ||
        (infinite(kSxy) && x_finite && y_finite))
      throw_float_overflow();
    for (const std::size_t i : {std::size_t{kSxx}, std::size_t{kSyy}, std::size_t{kSxy}})
      if (std::isinf(now[i])) now[i] = kNaN;
  } else {
    if (!finite(x)) now[kSxx] = now[kSxy] = kNaN;
    if (!finite(y)) now[kSyy] = now[kSxy] = kNaN;
  }
  return write_state(ctx, now);
}

Datum float8_regr_combine(EvalContext& ctx, string_view left, string_view right) {
  const State<kTwo> a = read_state<kTwo>(left, "float8_regr_combine"), b = read_state<kTwo>(right, "float8_regr_combine");
  if (a[kN] == 0) return write_state(ctx, b);
  if (b[kN] == 0) return write_state(ctx, a);
  const double tx = a[kSx] / a[kN] - b[kSx] / b[kN], ty = a[kSy] / a[kN] - b[kSy] / b[kN];
  State<kTwo> both;
  both[kN] = a[kN] + b[kN];
  both[kSx] = combined_sum(a[kSx], b[kSx]);
  both[kSxx] = combined_deviation(a[kSxx], b[kSxx], a[kN], b[kN], tx, tx);
  both[kSy] = combined_sum(a[kSy], b[kSy]);
  both[kSyy] = combined_deviation(a[kSyy], b[kSyy], a[kN], b[kN], ty, ty);
  both[kSxy] = combined_deviation(a[kSxy], b[kSxy], a[kN], b[kN], tx, ty);
  return write_state(ctx, both);
}

// The final functions of two inputs.
enum class Regression { sxx, syy, sxy, avgx, avgy, covar_pop, covar_samp, corr, r2, slope, intercept };

template <Regression What>
Double regression(string_view bytes) {
  constexpr const char* kNames[] = {"float8_regr_sxx",  "float8_regr_syy",   "float8_regr_sxy", "float8_regr_avgx",
                                    "float8_regr_avgy", "float8_covar_pop",  "float8_covar_samp", "float8_corr",
                                    "float8_regr_r2",   "float8_regr_slope", "float8_regr_intercept"};
  const State<kTwo> s = read_state<kTwo>(bytes, kNames[static_cast<int>(What)]);
  if (s[kN] < (What == Regression::covar_samp ? 2 : 1)) return std::nullopt;
  switch (What) {
    case Regression::sxx: return s[kSxx];
    case Regression::syy: return s[kSyy];
    case Regression::sxy: return s[kSxy];
    case Regression::avgx: return s[kSx] / s[kN];
    case Regression::avgy: return s[kSy] / s[kN];
    case Regression::covar_pop: return s[kSxy] / s[kN];
    case Regression::covar_samp: return s[kSxy] / (s[kN] - 1);
    case Regression::corr:
      if (s[kSxx] == 0 || s[kSyy] == 0) return std::nullopt;
      return s[kSxy] / std::sqrt(s[kSxx] * s[kSyy]);
    case Regression::r2:
      if (s[kSxx] == 0) return std::nullopt;
      if (s[kSyy] == 0) return 1.0;
      return s[kSxy] * s[kSxy] / (s[kSxx] * s[kSyy]);
    case Regression::slope:
      if (s[kSxx] == 0) return std::nullopt;
      return s[kSxy] / s[kSxx];
    case Regression::intercept:
      if (s[kSxx] == 0) return std::nullopt;
      return (s[kSy] - s[kSx] * s[kSxy] / s[kSxx]) / s[kN];
  }
  return std::nullopt;
}

// --- bigint[]: number, sum

struct Total {
  I8 count, sum;
};
Total read_total(string_view bytes) {
  const types::ArrayView array(bytes);
  if (array.dimensions() != 1 || array.size() != 2 || array.has_nulls() || array.element_type() != types::oid::int8)
    throw SqlError("XX000", "expected 2-element int8 array");
  return {array.element(0).as<I8>(), array.element(1).as<I8>()};
}
Datum write_total(EvalContext& ctx, Total t) {
  types::ArrayBuilder builder(types::oid::int8);
  builder.add(Datum::of(t.count));
  builder.add(Datum::of(t.sum));
  return builder.finish(*ctx.arena);
}
template <typename T, int Sign>
Datum average_step(EvalContext& ctx, string_view state, T value) {
  Total t = read_total(state);
  t.count += Sign;
  t.sum += Sign * static_cast<I8>(value);
  return write_total(ctx, t);
}
Datum average_combine(EvalContext& ctx, string_view left, string_view right) {
  const Total a = read_total(left), b = read_total(right);
  return write_total(ctx, {a.count + b.count, a.sum + b.sum});
}
std::optional<string_view> average(EvalContext& ctx, string_view state) {
  const Total t = read_total(state);
  if (t.count == 0) return std::nullopt;
  return types::numeric_div(*ctx.arena, types::numeric_from_int64(*ctx.arena, t.sum),
                            types::numeric_from_int64(*ctx.arena, t.count));
}
std::optional<I8> sum_of_total(string_view state) {
  const Total t = read_total(state);
  if (t.count == 0) return std::nullopt;
  return t.sum;
}

template <typename T>
std::optional<I8> sum_step(std::optional<I8> sum, std::optional<T> value) {
  if (!value) return sum;
  return sum.value_or(0) + static_cast<I8>(*value);
}
std::optional<string_view> int8_sum(EvalContext& ctx, std::optional<string_view> sum, std::optional<I8> value) {
  if (!value) return sum;
  const auto number = types::numeric_from_int64(*ctx.arena, *value);
  return sum ? types::numeric_add(*ctx.arena, *sum, number) : number;
}

// --- interval[]: sum, and the number as microseconds

Total read_interval_state(string_view bytes, Interval& sum) {
  const types::ArrayView array(bytes);
  if (array.dimensions() != 1 || array.size() != 2 || array.has_nulls() || array.element_type() != types::oid::interval)
    throw SqlError("XX000", "expected 2-element interval array");
  sum = array.element(0).as<Interval>();
  return {array.element(1).as<Interval>().microseconds, 0};
}
Datum write_interval_state(EvalContext& ctx, Interval sum, I8 count) {
  types::ArrayBuilder builder(types::oid::interval);
  builder.add(Datum::of(sum));
  builder.add(Datum::of(Interval{count, 0, 0}));
  return builder.finish(*ctx.arena);
}
Datum interval_accum(EvalContext& ctx, string_view state, Interval value) {
  Interval sum;
  const I8 count = read_interval_state(state, sum).count;
  return write_interval_state(ctx, add_intervals(sum, value), count + 1);
}
Datum interval_accum_inv(EvalContext& ctx, string_view state, Interval value) {
  Interval sum;
  const I8 count = read_interval_state(state, sum).count;
  return write_interval_state(ctx, subtract_intervals(sum, value), count - 1);
}
Datum interval_combine(EvalContext& ctx, string_view left, string_view right) {
  Interval a, b;
  const I8 n = read_interval_state(left, a).count, m = read_interval_state(right, b).count;
  return write_interval_state(ctx, add_intervals(a, b), n + m);
}
std::optional<Interval> interval_avg(string_view state) {
  Interval sum;
  const I8 count = read_interval_state(state, sum).count;
  if (count == 0) return std::nullopt;
  return divide_interval(sum, static_cast<double>(count));
}

// --- counting

I8 step_by(I8 count, I8 by) {
  I8 result = 0;
  if (__builtin_add_overflow(count, by, &result)) throw SqlError("22003", "bigint out of range");
  return result;
}
I8 count_any(I8 count, Datum) { return step_by(count, 1); }
I8 uncount_any(I8 count, Datum) { return step_by(count, -1); }
I8 count_pairs(I8 count, double, double) { return step_by(count, 1); }

constexpr ScalarFunction kTransitionFunctions[] = {
    {"float8_accum", strict<&float8_accum>},
    {"float4_accum", strict<&float4_accum>},
    {"float8_combine", strict<&float8_combine>},
    {"float8_avg", strict<&float8_avg>},
    {"float8_var_pop", strict<&float8_var_pop>},
    {"float8_var_samp", strict<&float8_var_samp>},
    {"float8_stddev_pop", strict<&float8_stddev_pop>},
    {"float8_stddev_samp", strict<&float8_stddev_samp>},
    {"float8_regr_accum", strict<&float8_regr_accum>},
    {"float8_regr_combine", strict<&float8_regr_combine>},
    {"float8_regr_sxx", strict<&regression<Regression::sxx>>},
    {"float8_regr_syy", strict<&regression<Regression::syy>>},
    {"float8_regr_sxy", strict<&regression<Regression::sxy>>},
    {"float8_regr_avgx", strict<&regression<Regression::avgx>>},
    {"float8_regr_avgy", strict<&regression<Regression::avgy>>},
    {"float8_covar_pop", strict<&regression<Regression::covar_pop>>},
    {"float8_covar_samp", strict<&regression<Regression::covar_samp>>},
    {"float8_corr", strict<&regression<Regression::corr>>},
    {"float8_regr_r2", strict<&regression<Regression::r2>>},
    {"float8_regr_slope", strict<&regression<Regression::slope>>},
    {"float8_regr_intercept", strict<&regression<Regression::intercept>>},
    {"int2_avg_accum", strict<&average_step<std::int16_t, 1>>},
    {"int2_avg_accum_inv", strict<&average_step<std::int16_t, -1>>},
    {"int4_avg_accum", strict<&average_step<std::int32_t, 1>>},
    {"int4_avg_accum_inv", strict<&average_step<std::int32_t, -1>>},
    {"int4_avg_combine", strict<&average_combine>},
    {"int8_avg", strict<&average>},
    {"int2int4_sum", strict<&sum_of_total>},
    {"int2_sum", strict<&sum_step<std::int16_t>>},
    {"int4_sum", strict<&sum_step<std::int32_t>>},
    {"int8_sum", strict<&int8_sum>},
    {"interval_accum", strict<&interval_accum>},
    {"interval_accum_inv", strict<&interval_accum_inv>},
    {"interval_combine", strict<&interval_combine>},
    {"interval_avg", strict<&interval_avg>},
    {"int8inc_any", strict<&count_any>},
    {"int8dec_any", strict<&uncount_any>},
    {"int8inc_float8_float8", strict<&count_pairs>},
};

}  // namespace

std::span<const ScalarFunction> transition_functions() { return kTransitionFunctions; }

}  // namespace functions
