// Comparisons of dates, times, timestamps and intervals, across types as well.
#include "comparison.h"
#include "function_table.h"
#include "types/datetime.h"

namespace functions {
namespace {

using I4 = std::int32_t;
using I8 = std::int64_t;
using types::Interval;
using types::TimeTz;

using CompareDate = Compare<I4, I4>;
using CompareTime = Compare<I8, I8>;

int order_interval(Interval a, Interval b) { return types::compare_interval(a, b); }
int order_timetz(TimeTz a, TimeTz b) { return types::compare_timetz(a, b); }
using CompareInterval = CompareBy<Interval, &order_interval>;
using CompareTimetz = CompareBy<TimeTz, &order_timetz>;

int order(I8 a, I8 b) { return a < b ? -1 : a > b; }

// Dates beyond the timestamp range are above or below every timestamp.
I8 widened(I4 date) {
  if (date == types::kDateInfinity) return types::kTimestampInfinity;
  if (date == types::kDateMinusInfinity) return types::kTimestampMinusInfinity;
  I8 result;
  if (__builtin_mul_overflow(I8{date}, types::kMicrosPerDay, &result))
    return date > 0 ? types::kTimestampInfinity - 1 : types::kTimestampMinusInfinity + 1;
  return result;
}
I8 at_zone(EvalContext& ctx, I8 local) {
  if (!types::is_timestamp_finite(local) || !types::is_valid_timestamp(local)) return local;
  return local - types::zone_offset_at_local(&types::session_zone(ctx), local);
}

int date_timestamp(EvalContext&, I4 a, I8 b) { return order(widened(a), b); }
int date_timestamptz(EvalContext& ctx, I4 a, I8 b) { return order(at_zone(ctx, widened(a)), b); }
int timestamp_timestamptz(EvalContext& ctx, I8 a, I8 b) { return order(at_zone(ctx, a), b); }
int timestamp_date(EvalContext& ctx, I8 a, I4 b) { return -date_timestamp(ctx, b, a); }
int timestamptz_date(EvalContext& ctx, I8 a, I4 b) { return -date_timestamptz(ctx, b, a); }
int timestamptz_timestamp(EvalContext& ctx, I8 a, I8 b) { return -timestamp_timestamptz(ctx, b, a); }

template <auto Order>
struct Cross;
template <typename A, typename B, int (*Order)(EvalContext&, A, B)>
struct Cross<Order> {
  static bool eq(EvalContext& c, A a, B b) { return Order(c, a, b) == 0; }
  static bool ne(EvalContext& c, A a, B b) { return Order(c, a, b) != 0; }
  static bool lt(EvalContext& c, A a, B b) { return Order(c, a, b) < 0; }
  static bool le(EvalContext& c, A a, B b) { return Order(c, a, b) <= 0; }
  static bool gt(EvalContext& c, A a, B b) { return Order(c, a, b) > 0; }
  static bool ge(EvalContext& c, A a, B b) { return Order(c, a, b) >= 0; }
  static I4 cmp(EvalContext& c, A a, B b) { return Order(c, a, b); }
};

#define SEXTANT_CROSS(left, right, order)                                            \
  {left "_eq_" right, strict<&Cross<&order>::eq>}, {left "_ne_" right, strict<&Cross<&order>::ne>}, \
      {left "_lt_" right, strict<&Cross<&order>::lt>},                               \
      {left "_le_" right, strict<&Cross<&order>::le>},                               \
      {left "_gt_" right, strict<&Cross<&order>::gt>},                               \
      {left "_ge_" right, strict<&Cross<&order>::ge>},                               \
      {left "_cmp_" right, strict<&Cross<&order>::cmp>}

#define SEXTANT_ALL(prefix, C)                                                       \
  {prefix "_eq", strict<&C::eq>}, {prefix "_ne", strict<&C::ne>},                    \
      {prefix "_lt", strict<&C::lt>}, {prefix "_le", strict<&C::le>},                \
      {prefix "_gt", strict<&C::gt>}, {prefix "_ge", strict<&C::ge>},                \
      {prefix "_cmp", strict<&C::cmp>}, {prefix "_larger", strict<&C::larger>},      \
      {prefix "_smaller", strict<&C::smaller>}

constexpr ScalarFunction kDatetimeCompareFunctions[] = {
    SEXTANT_ALL("date", CompareDate),
    SEXTANT_ALL("time", CompareTime),
    SEXTANT_ALL("timestamp", CompareTime),
    SEXTANT_ALL("timetz", CompareTimetz),
    SEXTANT_ALL("interval", CompareInterval),
    SEXTANT_CROSS("date", "timestamp", date_timestamp),
    SEXTANT_CROSS("date", "timestamptz", date_timestamptz),
    SEXTANT_CROSS("timestamp", "date", timestamp_date),
    SEXTANT_CROSS("timestamp", "timestamptz", timestamp_timestamptz),
    SEXTANT_CROSS("timestamptz", "date", timestamptz_date),
    SEXTANT_CROSS("timestamptz", "timestamp", timestamptz_timestamp),
};

}  // namespace

std::span<const ScalarFunction> datetime_compare_functions() { return kDatetimeCompareFunctions; }

}  // namespace functions
