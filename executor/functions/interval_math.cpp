#include "interval_math.h"

#include <cmath>
#include <limits>

#include "errors.h"

namespace functions {

using namespace types;

namespace {

constexpr int kDaysPerMonth = 30;

// Rounds away what floating point adds beyond microseconds.
double round_to_micros(double v) { return std::rint(v * 1000000.0) / 1000000.0; }

// value * factor, the fractions cascading down: months to days, days to microseconds.
Interval scale(Interval v, double (*apply)(double, double), double by) {
  auto to_int32 = [](double d) {
    if (std::isnan(d) || d > std::numeric_limits<std::int32_t>::max() ||
        d < std::numeric_limits<std::int32_t>::min())
      throw_interval_out_of_range();
    return static_cast<std::int32_t>(d);
  };
  Interval result{};
  double months = apply(v.months, by), days = apply(v.days, by);
  result.months = to_int32(months);
  result.days = to_int32(days);
  double month_days = (months - result.months) * kDaysPerMonth;
  month_days = round_to_micros(month_days);
  double seconds = (days - result.days + month_days - static_cast<int>(month_days)) * 86400.0;
  seconds = round_to_micros(seconds);
  // Rounding may have made a whole day.
  if (std::fabs(seconds) >= 86400.0) {
    result.days = to_int32(static_cast<double>(result.days) + static_cast<int>(seconds / 86400.0));
    seconds -= static_cast<int>(seconds / 86400.0) * 86400.0;
  }
  result.days = to_int32(static_cast<double>(result.days) + static_cast<int>(month_days));
  double micros = std::rint(apply(static_cast<double>(v.microseconds), by) + seconds * 1000000.0);
  if (std::isnan(micros) || micros >= 9223372036854775808.0 || micros < -9223372036854775808.0)
    throw_interval_out_of_range();
  result.microseconds = static_cast<std::int64_t>(micros);
  return result;
}

}  // namespace

Interval add_intervals(Interval a, Interval b) {
  Interval r{};
  if (__builtin_add_overflow(a.months, b.months, &r.months) ||
      __builtin_add_overflow(a.days, b.days, &r.days) ||
      __builtin_add_overflow(a.microseconds, b.microseconds, &r.microseconds))
    throw_interval_out_of_range();
  return r;
}

Interval subtract_intervals(Interval a, Interval b) {
  Interval r{};
  if (__builtin_sub_overflow(a.months, b.months, &r.months) ||
      __builtin_sub_overflow(a.days, b.days, &r.days) ||
      __builtin_sub_overflow(a.microseconds, b.microseconds, &r.microseconds))
    throw_interval_out_of_range();
  return r;
}

Interval negate_interval(Interval v) { return subtract_intervals({0, 0, 0}, v); }

Interval multiply_interval(Interval v, double factor) {
  return scale(v, [](double a, double b) { return a * b; }, factor);
}
Interval divide_interval(Interval v, double divisor) {
  if (divisor == 0) throw_division_by_zero();
  return scale(v, [](double a, double b) { return a / b; }, divisor);
}

std::int64_t timestamp_plus_interval(std::int64_t timestamp, Interval v) {
  if (!is_timestamp_finite(timestamp)) return timestamp;
  if (v.months != 0) {
    auto [days, micros] = split_timestamp(timestamp);
    CivilDate date = civil_from_days(days);
    std::int64_t months = std::int64_t{date.year} * 12 + date.month - 1 + v.months;
    std::int64_t year = months / 12 - (months % 12 < 0 ? 1 : 0);
    auto month = static_cast<int>(months - year * 12) + 1;
    if (year < -4713 || year > 294276) throw_timestamp_out_of_range();
    int day = std::min(date.day, days_in_month(static_cast<int>(year), month));
    timestamp = days_from_civil(static_cast<int>(year), month, day) * kMicrosPerDay + micros;
  }
  std::int64_t days;
  if (__builtin_mul_overflow(std::int64_t{v.days}, kMicrosPerDay, &days) ||
      __builtin_add_overflow(timestamp, days, &timestamp) ||
      __builtin_add_overflow(timestamp, v.microseconds, &timestamp) || !is_valid_timestamp(timestamp))
    throw_timestamp_out_of_range();
  return timestamp;
}

std::int64_t timestamptz_plus_interval(EvalContext& ctx, std::int64_t timestamp, Interval v) {
  if (!is_timestamp_finite(timestamp)) return timestamp;
  if (v.months != 0 || v.days != 0) {
    std::int64_t local = timestamptz_to_timestamp(ctx, timestamp);
    timestamp = timestamp_to_timestamptz(ctx, timestamp_plus_interval(local, {0, v.days, v.months}));
  }
  if (__builtin_add_overflow(timestamp, v.microseconds, &timestamp) || !is_valid_timestamp(timestamp))
    throw_timestamp_out_of_range();
  return timestamp;
}

Interval justify_hours(Interval v) {
  std::int64_t days = v.microseconds / kMicrosPerDay;
  v.microseconds -= days * kMicrosPerDay;
  if (__builtin_add_overflow(std::int64_t{v.days}, days, &days) ||
      days != static_cast<std::int32_t>(days))
    throw_interval_out_of_range();
  v.days = static_cast<std::int32_t>(days);
  if (v.days > 0 && v.microseconds < 0) {
    v.microseconds += kMicrosPerDay;
    --v.days;
  } else if (v.days < 0 && v.microseconds > 0) {
    v.microseconds -= kMicrosPerDay;
    ++v.days;
  }
  return v;
}

Interval justify_days(Interval v) {
  std::int32_t months = v.days / kDaysPerMonth;
  v.days -= months * kDaysPerMonth;
  if (__builtin_add_overflow(v.months, months, &v.months)) throw_interval_out_of_range();
  if (v.months > 0 && v.days < 0) {
    v.days += kDaysPerMonth;
    --v.months;
  } else if (v.months < 0 && v.days > 0) {
    v.days -= kDaysPerMonth;
    ++v.months;
  }
  return v;
}

Interval justify_interval(Interval v) {
  // Days may leave before hours arrive, so that the sum does not overflow.
  if ((v.days > 0 && v.microseconds > 0) || (v.days < 0 && v.microseconds < 0)) v = justify_days(v);
  std::int64_t days = v.microseconds / kMicrosPerDay;
  v.microseconds -= days * kMicrosPerDay;
  if (__builtin_add_overflow(std::int64_t{v.days}, days, &days) ||
      days != static_cast<std::int32_t>(days))
    throw_interval_out_of_range();
  v.days = static_cast<std::int32_t>(days);
  std::int32_t months = v.days / kDaysPerMonth;
  v.days -= months * kDaysPerMonth;
  if (__builtin_add_overflow(v.months, months, &v.months)) throw_interval_out_of_range();
  if (v.months > 0 && (v.days < 0 || (v.days == 0 && v.microseconds < 0))) {
    v.days += kDaysPerMonth;
    --v.months;
  } else if (v.months < 0 && (v.days > 0 || (v.days == 0 && v.microseconds > 0))) {
    v.days -= kDaysPerMonth;
    ++v.months;
  }
  if (v.days > 0 && v.microseconds < 0) {
    v.microseconds += kMicrosPerDay;
    --v.days;
  } else if (v.days < 0 && v.microseconds > 0) {
    v.microseconds -= kMicrosPerDay;
    ++v.days;
  }
  return v;
}

}  // namespace functions
