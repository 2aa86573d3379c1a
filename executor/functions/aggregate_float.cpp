// Aggregates of real and double precision; variances by Youngs and Cramer's updating formulas.
#include <cmath>

#include "aggregate_kernel.h"
#include "errors.h"

namespace functions {
namespace {

template <typename F>
struct SumFloat {
  struct State {
    F sum;
    bool any;
  };
  static void add(State& s, F value) {
    if (!s.any) {
      s.sum = value;
      s.any = true;
      return;
    }
    F sum = s.sum + value;
    if (std::isinf(sum) && !std::isinf(s.sum) && !std::isinf(value)) throw_float_overflow();
    s.sum = sum;
  }
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (!a[0]->is_null(row)) add(s, a[0]->get<F>(row));
  }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    if (from.any) add(into, from.sum);
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.any)
      out.set(row, s.sum);
    else
      out.set_null(row);
  }
};

struct Moments {
  double n, sum, squares;  // squares: sum of (x - mean)^2

  void add(double x) {
    double before = n, sum_before = sum;
    n += 1;
    sum += x;
    if (before > 0) {
      double t = x * n - sum;
      squares += t * t / (n * before);
      if (std::isinf(sum) || std::isinf(squares)) {
        if (!std::isinf(sum_before) && !std::isinf(x)) throw_float_overflow();
        squares = std::numeric_limits<double>::quiet_NaN();
      }
    } else if (std::isnan(x) || std::isinf(x)) {
      squares = std::numeric_limits<double>::quiet_NaN();
    }
  }
  void add(const Moments& o) {
    if (o.n == 0) return;
    if (n == 0) {
      *this = o;
      return;
    }
    double total = n + o.n, t = sum / n - o.sum / o.n;
    squares += o.squares + n * o.n * t * t / total;
    sum += o.sum;
    n = total;
    if (std::isinf(squares)) throw_float_overflow();
  }
};

enum class Moment { average, variance_pop, variance_samp, stddev_pop, stddev_samp };

template <typename F, Moment Kind>
struct MomentOf {
  using State = Moments;
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (!a[0]->is_null(row)) s.add(static_cast<double>(a[0]->get<F>(row)));
  }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    into.add(from);
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    constexpr bool kSample = Kind == Moment::variance_samp || Kind == Moment::stddev_samp;
    if (s.n == 0 || (kSample && s.n <= 1)) return out.set_null(row);
    double value;
    if constexpr (Kind == Moment::average)
      value = s.sum / s.n;
    else
      value = s.squares / (kSample ? s.n - 1 : s.n);
    if constexpr (Kind == Moment::stddev_pop || Kind == Moment::stddev_samp) value = std::sqrt(value);
    out.set(row, value);
  }
};

struct PairMoments {
  double n, sx, sxx, sy, syy, sxy;

  void add(double y, double x) {
    double before = n, sx_before = sx, sy_before = sy;
    n += 1;
    sx += x;
    sy += y;
    if (before > 0) {
      double tx = x * n - sx, ty = y * n - sy, scale = 1.0 / (n * before);
      sxx += tx * tx * scale;
      syy += ty * ty * scale;
      sxy += tx * ty * scale;
      if (std::isinf(sx) || std::isinf(sxx) || std::isinf(sy) || std::isinf(syy) || std::isinf(sxy)) {
        if (((std::isinf(sx) || std::isinf(sxx)) && !std::isinf(sx_before) && !std::isinf(x)) ||
            ((std::isinf(sy) || std::isinf(syy)) && !std::isinf(sy_before) && !std::isinf(y)) ||
            (std::isinf(sxy) && !std::isinf(sx_before) && !std::isinf(x) && !std::isinf(sy_before) &&
             !std::isinf(y)))
          throw_float_overflow();
        constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
        if (std::isinf(sxx)) sxx = kNan;
        if (std::isinf(syy)) syy = kNan;
        if (std::isinf(sxy)) sxy = kNan;
      }
    } else {
      constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
      if (!std::isfinite(x)) sxx = sxy = kNan;
      if (!std::isfinite(y)) syy = sxy = kNan;
    }
  }
  void add(const PairMoments& o) {
    if (o.n == 0) return;
    if (n == 0) {
      *this = o;
      return;
    }
    double total = n + o.n, tx = sx / n - o.sx / o.n, ty = sy / n - o.sy / o.n;
    double weight = n * o.n / total;
    sxx += o.sxx + weight * tx * tx;
    syy += o.syy + weight * ty * ty;
    sxy += o.sxy + weight * tx * ty;
    sx += o.sx;
    sy += o.sy;
    n = total;
  }
};

template <auto Result>
struct Regression {
  using State = PairMoments;
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (!a[0]->is_null(row) && !a[1]->is_null(row)) s.add(a[0]->get<double>(row), a[1]->get<double>(row));
  }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    into.add(from);
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (auto value = Result(s))
      out.set(row, *value);
    else
      out.set_null(row);
  }
};

using Result = std::optional<double>;
std::optional<std::int64_t> count(const PairMoments& s) { return static_cast<std::int64_t>(s.n); }
Result sxx(const PairMoments& s) { return s.n < 1 ? Result{} : s.sxx; }
Result syy(const PairMoments& s) { return s.n < 1 ? Result{} : s.syy; }
Result sxy(const PairMoments& s) { return s.n < 1 ? Result{} : s.sxy; }
Result avgx(const PairMoments& s) { return s.n < 1 ? Result{} : s.sx / s.n; }
Result avgy(const PairMoments& s) { return s.n < 1 ? Result{} : s.sy / s.n; }
Result covar_pop(const PairMoments& s) { return s.n < 1 ? Result{} : s.sxy / s.n; }
Result covar_samp(const PairMoments& s) { return s.n < 2 ? Result{} : s.sxy / (s.n - 1); }
Result corr(const PairMoments& s) {
  if (s.n < 1 || s.sxx == 0 || s.syy == 0) return {};
  return s.sxy / std::sqrt(s.sxx * s.syy);
}
Result r2(const PairMoments& s) {
  if (s.n < 1 || s.sxx == 0) return {};
  return s.syy == 0 ? 1.0 : s.sxy * s.sxy / (s.sxx * s.syy);
}
Result slope(const PairMoments& s) {
  if (s.n < 1 || s.sxx == 0) return {};
  return s.sxy / s.sxx;
}
Result intercept(const PairMoments& s) {
  if (s.n < 1 || s.sxx == 0) return {};
  return (s.sy - s.sx * s.sxy / s.sxx) / s.n;
}

template <Moment Kind>
constexpr const AggregateFunction* of4 = &aggregate<MomentOf<float, Kind>>;
template <Moment Kind>
constexpr const AggregateFunction* of8 = &aggregate<MomentOf<double, Kind>>;

constexpr AggregateEntry kEntries[] = {
    {2110, &aggregate<SumFloat<float>>},
    {2111, &aggregate<SumFloat<double>>},
    {2104, of4<Moment::average>},
    {2105, of8<Moment::average>},
    {2721, of4<Moment::variance_pop>},
    {2722, of8<Moment::variance_pop>},
    {2644, of4<Moment::variance_samp>},
    {2645, of8<Moment::variance_samp>},
    {2151, of4<Moment::variance_samp>},
    {2152, of8<Moment::variance_samp>},
    {2727, of4<Moment::stddev_pop>},
    {2728, of8<Moment::stddev_pop>},
    {2715, of4<Moment::stddev_samp>},
    {2716, of8<Moment::stddev_samp>},
    {2157, of4<Moment::stddev_samp>},
    {2158, of8<Moment::stddev_samp>},
    {2818, &aggregate<Regression<&count>>},
    {2819, &aggregate<Regression<&sxx>>},
    {2820, &aggregate<Regression<&syy>>},
    {2821, &aggregate<Regression<&sxy>>},
    {2822, &aggregate<Regression<&avgx>>},
    {2823, &aggregate<Regression<&avgy>>},
    {2824, &aggregate<Regression<&r2>>},
    {2825, &aggregate<Regression<&slope>>},
    {2826, &aggregate<Regression<&intercept>>},
    {2827, &aggregate<Regression<&covar_pop>>},
    {2828, &aggregate<Regression<&covar_samp>>},
    {2829, &aggregate<Regression<&corr>>},
};

}  // namespace

std::span<const AggregateEntry> float_aggregates() { return kEntries; }

}  // namespace functions
