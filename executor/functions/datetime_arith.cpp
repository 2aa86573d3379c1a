// Arithmetic and conversions of dates, times, timestamps and intervals.
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "errors.h"
#include "function_table.h"
#include "interval_math.h"
#include "kernel.h"
#include "types/datetime.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using namespace types;
using std::string_view;
using I4 = std::int32_t;
using I8 = std::int64_t;

I8 checked_timestamp(I8 value) {
  if (!is_valid_timestamp(value)) throw_timestamp_out_of_range();
  return value;
}

Interval difference(I8 a, I8 b) {
  if (!is_timestamp_finite(a) || !is_timestamp_finite(b))
    throw SqlError("22008", "cannot subtract infinite timestamps");
  I8 micros;
  if (__builtin_sub_overflow(a, b, &micros)) throw_interval_out_of_range();
  return justify_hours({micros, 0, 0});
}

// Symbolic difference in years, months, days: both on the same calendar.
Interval age(I8 a, I8 b) {
  if (!is_timestamp_finite(a) || !is_timestamp_finite(b)) throw_timestamp_out_of_range();
  auto [day_a, micros_a] = split_timestamp(a);
  auto [day_b, micros_b] = split_timestamp(b);
  CivilDate x = civil_from_days(day_a), y = civil_from_days(day_b);
  bool negative = a < b;
  if (negative) {
    std::swap(x, y);
    std::swap(micros_a, micros_b);
  }
  I8 micros = micros_a - micros_b;
  int days = x.day - y.day, months = x.month - y.month, years = x.year - y.year;
  if (micros < 0) {
    micros += kMicrosPerDay;
    --days;
  }
  while (days < 0) {
    // Borrow the length of the month where the earlier date lies.
    days += days_in_month(y.year, y.month);
    --months;
  }
  while (months < 0) {
    months += 12;
    --years;
  }
  Interval result{micros, days, years * 12 + months};
  return negative ? negate_interval(result) : result;
}
Interval age_tz(EvalContext& ctx, I8 a, I8 b) {
  return age(timestamptz_to_timestamp(ctx, a), timestamptz_to_timestamp(ctx, b));
}

I8 timestamp_pl(I8 t, Interval v) { return timestamp_plus_interval(t, v); }
I8 timestamp_mi(I8 t, Interval v) { return timestamp_plus_interval(t, negate_interval(v)); }
I8 timestamptz_pl(EvalContext& ctx, I8 t, Interval v) { return timestamptz_plus_interval(ctx, t, v); }
I8 timestamptz_mi(EvalContext& ctx, I8 t, Interval v) {
  return timestamptz_plus_interval(ctx, t, negate_interval(v));
}

I4 checked_date(I8 days) {
  if (days < kMinDate || days >= kEndDate) throw_date_out_of_range();
  return static_cast<I4>(days);
}
I4 date_pl(I4 d, I4 days) { return is_date_finite(d) ? checked_date(I8{d} + days) : d; }
I4 date_mi(I4 d, I4 days) { return is_date_finite(d) ? checked_date(I8{d} - days) : d; }
I4 date_difference(I4 a, I4 b) {
  if (!is_date_finite(a) || !is_date_finite(b))
    throw SqlError("22008", "cannot subtract infinite dates");
  return a - b;
}
I8 date_pl_interval(I4 d, Interval v) { return timestamp_plus_interval(date_to_timestamp(d), v); }
I8 date_mi_interval(I4 d, Interval v) {
  return timestamp_plus_interval(date_to_timestamp(d), negate_interval(v));
}

I8 wrapped(I8 micros) {
  micros %= kMicrosPerDay;
  return micros < 0 ? micros + kMicrosPerDay : micros;
}
I8 time_pl(I8 t, Interval v) { return wrapped(t + v.microseconds % kMicrosPerDay); }
I8 time_mi(I8 t, Interval v) { return wrapped(t - v.microseconds % kMicrosPerDay); }
Interval time_difference(I8 a, I8 b) { return {a - b, 0, 0}; }
TimeTz timetz_pl(TimeTz t, Interval v) { return {time_pl(t.microseconds, v), t.zone_west_seconds, 0}; }
TimeTz timetz_mi(TimeTz t, Interval v) { return {time_mi(t.microseconds, v), t.zone_west_seconds, 0}; }

Interval interval_mul(Interval v, double f) { return multiply_interval(v, f); }
Interval interval_mul_left(double f, Interval v) { return multiply_interval(v, f); }
Interval interval_div(Interval v, double f) { return divide_interval(v, f); }
Interval interval_scale(Interval v, I4 typmod) { return apply_interval_typmod(v, typmod); }

bool date_finite(I4 d) noexcept { return is_date_finite(d); }
bool timestamp_finite(I8 t) noexcept { return is_timestamp_finite(t); }
bool interval_finite(Interval) { return true; }

// Conversions.
I8 date_to_timestamptz(EvalContext& ctx, I4 d) {
  return timestamp_to_timestamptz(ctx, date_to_timestamp(d));
}
I4 timestamptz_to_date(EvalContext& ctx, I8 t) {
  return timestamp_to_date(timestamptz_to_timestamp(ctx, t));
}
I8 to_timestamptz(EvalContext& ctx, I8 t) { return timestamp_to_timestamptz(ctx, t); }
I8 to_timestamp(EvalContext& ctx, I8 t) { return timestamptz_to_timestamp(ctx, t); }
std::optional<I8> timestamp_to_time(I8 t) {
  if (!is_timestamp_finite(t)) return std::nullopt;
  return split_timestamp(t).micros;
}
std::optional<I8> timestamptz_to_time(EvalContext& ctx, I8 t) {
  if (!is_timestamp_finite(t)) return std::nullopt;
  return split_timestamp(timestamptz_to_timestamp(ctx, t)).micros;
}
std::optional<TimeTz> timestamptz_to_timetz(EvalContext& ctx, I8 t) {
  if (!is_timestamp_finite(t)) return std::nullopt;
  I8 local = timestamptz_to_timestamp(ctx, t);
  return TimeTz{split_timestamp(local).micros, static_cast<I4>((t - local) / kMicrosPerSecond), 0};
}
I8 timetz_to_time(TimeTz t) { return t.microseconds; }
TimeTz time_to_timetz(EvalContext& ctx, I8 t) {
  I8 today = split_timestamp(timestamptz_to_timestamp(ctx, ctx.transaction_time)).days;
  I8 offset = zone_offset_at_local(&session_zone(ctx), today * kMicrosPerDay + t);
  return {t, static_cast<I4>(-offset / kMicrosPerSecond), 0};
}
Interval time_to_interval(I8 t) { return {t, 0, 0}; }
I8 interval_to_time(Interval v) { return wrapped(v.microseconds); }
I8 date_and_time(I4 d, I8 t) {
  I8 start = date_to_timestamp(d);
  return is_timestamp_finite(start) ? checked_timestamp(start + t) : start;
}
I8 date_and_timetz(I4 d, TimeTz t) {
  I8 start = date_to_timestamp(d);
  return is_timestamp_finite(start)
             ? checked_timestamp(start + t.microseconds + t.zone_west_seconds * kMicrosPerSecond)
             : start;
}
I8 scale(I8 t, I4 typmod) { return round_micros(t, typmod); }
// By the precision as a function's argument: a type's own was checked when it was declared.
I8 timestamp_scale(I8 t, I4 typmod) {
  constexpr I4 kMostDigits = 6;
  if (is_timestamp_finite(t) && typmod != -1 && (typmod < 0 || typmod > kMostDigits))
    throw SqlError("22023", fmt::format("timestamp({}) precision must be between {} and {}", typmod, 0, kMostDigits));
  return scale(t, typmod);
}
TimeTz timetz_scale(TimeTz t, I4 typmod) {
  return {round_micros(t.microseconds, typmod), t.zone_west_seconds, 0};
}

// AT TIME ZONE.
I8 timestamp_zone(string_view zone, I8 local) {
  if (!is_timestamp_finite(local)) return local;
  return checked_timestamp(local - NamedZone::find(zone).offset_at_local(local));
}
I8 timestamptz_zone(string_view zone, I8 utc) {
  if (!is_timestamp_finite(utc)) return utc;
  return checked_timestamp(utc + NamedZone::find(zone).offset_at(utc));
}
I8 zone_interval(const Interval& zone) {
  if (zone.months != 0 || zone.days != 0) {
    std::string text;
    append_interval(IntervalStyle::postgres, zone, text);
    throw SqlError("22023", fmt::format("interval time zone \"{}\" must not include months or days", text));
  }
  return zone.microseconds / kMicrosPerSecond * kMicrosPerSecond;
}
I8 timestamp_izone(Interval zone, I8 local) {
  return is_timestamp_finite(local) ? checked_timestamp(local - zone_interval(zone)) : local;
}
I8 timestamptz_izone(Interval zone, I8 utc) {
  return is_timestamp_finite(utc) ? checked_timestamp(utc + zone_interval(zone)) : utc;
}
TimeTz at_offset(TimeTz t, I8 east) {
  I8 utc = t.microseconds + t.zone_west_seconds * kMicrosPerSecond;
  return {wrapped(utc + east), static_cast<I4>(-east / kMicrosPerSecond), 0};
}
TimeTz timetz_zone(EvalContext& ctx, string_view zone, TimeTz t) {
  return at_offset(t, NamedZone::find(zone).offset_at(ctx.transaction_time));
}
TimeTz timetz_izone(Interval zone, TimeTz t) { return at_offset(t, zone_interval(zone)); }

// Clocks.
I8 now(EvalContext& ctx) { return ctx.transaction_time; }
I8 statement_timestamp(EvalContext& ctx) { return ctx.statement_time; }
I8 clock_timestamp() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count() - kUnixEpochToPostgresMicros;
}

I8 from_epoch(double seconds) {
  if (std::isnan(seconds)) throw SqlError("22008", "timestamp cannot be NaN");
  if (std::isinf(seconds)) return seconds > 0 ? kTimestampInfinity : kTimestampMinusInfinity;
  double shifted = seconds - kUnixEpochToPostgresDays * 86400.0;
  double micros = std::rint(shifted * 1e6);
  if (micros < static_cast<double>(kMinTimestamp) || micros >= static_cast<double>(kEndTimestamp))
    throw SqlError("22008", fmt::format("timestamp out of range: \"{:g}\"", seconds));
  return static_cast<I8>(micros);
}

I4 make_date(I4 year, I4 month, I4 day) {
  bool bc = year < 0;
  int astronomical = bc ? year + 1 : year;
  if (year == 0 || month < 1 || month > 12 || day < 1 || year < -4714 || year > 5874897 ||
      day > days_in_month(astronomical, month))
    // PostgreSQL shows the year as it counts it by then.
    throw SqlError("22008", fmt::format("date {}out of range: {}-{:02}-{:02}",
                                        year > 5874897 && month >= 1 && month <= 12 && day >= 1 &&
                                                day <= days_in_month(astronomical, month)
                                            ? ""
                                            : "field value ",
                                        bc ? -astronomical : year, month, day));
  if (astronomical == -4713 && (month < 11 || (month == 11 && day < 24)))
    throw SqlError("22008", fmt::format("date out of range: {}-{:02}-{:02}", year, month, day));
  return days_from_civil(astronomical, month, day);
}
I8 make_time(I4 hour, I4 minute, double second) {
  double micros = std::rint(second * 1e6);
  bool fits = hour >= 0 && minute >= 0 && minute < 60 && second >= 0 && second <= 60 && !std::isnan(second) && hour <= 24;
  if (fits) {
    I8 total = hour * kMicrosPerHour + minute * kMicrosPerMinute + static_cast<I8>(micros);
    if (total <= kMicrosPerDay) return total;
  }
  const std::string shown = std::isnan(second)   ? "NaN"
                            : std::isinf(second) ? (second < 0 ? "-Infinity" : "Infinity")
                                                 : fmt::format("{:02g}", second);
  throw SqlError("22008", fmt::format("time field value out of range: {}:{:02}:{}", hour, minute, shown));
}
I8 make_timestamp(I4 year, I4 month, I4 day, I4 hour, I4 minute, double second) {
  return checked_timestamp(date_to_timestamp(make_date(year, month, day)) + make_time(hour, minute, second));
}
I8 make_timestamptz(EvalContext& ctx, I4 year, I4 month, I4 day, I4 hour, I4 minute, double second) {
  return timestamp_to_timestamptz(ctx, make_timestamp(year, month, day, hour, minute, second));
}
// Seconds east of a zone that is a signed number: hours, hhmm, or hours, minutes and seconds with colons. Nothing: it is
// none. 22023.
std::optional<I8> numeric_zone(string_view zone) {
  if (zone.empty()) return std::nullopt;
  if (zone[0] >= '0' && zone[0] <= '9')
    throw SqlError("22023", fmt::format("invalid input syntax for type numeric time zone: \"{}\"", zone))
        .with_hint("Numeric time zones must have \"-\" or \"+\" as first character.");
  if (zone[0] != '+' && zone[0] != '-') return std::nullopt;
  I8 parts[3] = {};
  int count = 0;
  std::size_t at = 1, digits = 0;
  for (; count < 3; ++count, ++at) {
    const std::size_t from = at;
    for (; at < zone.size() && zone[at] >= '0' && zone[at] <= '9' && at - from < 9; ++at)
      parts[count] = parts[count] * 10 + (zone[at] - '0');
    if (at == from) return std::nullopt;
    if (count == 0) digits = at - from;
    if (at == zone.size() || zone[at] != ':') break;
  }
  if (at != zone.size()) return std::nullopt;
  if (count == 0 && digits > 2) {
    parts[1] = parts[0] % 100;
    parts[0] /= 100;
  }
  if (parts[0] > 15 || parts[1] > 59 || parts[2] > 59)
    throw SqlError("22023", fmt::format("numeric time zone \"{}\" out of range", zone));
  const I8 seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  return zone[0] == '-' ? -seconds : seconds;
}
I8 make_timestamptz_zone(I4 year, I4 month, I4 day, I4 hour, I4 minute, double second, string_view zone) {
  const I8 local = make_timestamp(year, month, day, hour, minute, second);  // is checked first
  if (const auto east = numeric_zone(zone)) return checked_timestamp(local - *east * kMicrosPerSecond);
  return timestamp_zone(zone, local);
}
Interval make_interval(I4 years, I4 months, I4 weeks, I4 days, I4 hours, I4 minutes, double seconds) {
  if (!std::isfinite(seconds)) throw_interval_out_of_range();
  I8 total_months = I8{years} * 12 + months, total_days = I8{weeks} * 7 + days;
  double micros = std::rint(seconds * 1e6);
  if (total_months != static_cast<I4>(total_months) || total_days != static_cast<I4>(total_days) ||
      std::fabs(micros) > 9e18)
    throw_interval_out_of_range();
  I8 total = hours * kMicrosPerHour + minutes * kMicrosPerMinute;
  if (__builtin_add_overflow(total, static_cast<I8>(micros), &total)) throw_interval_out_of_range();
  return {total, static_cast<I4>(total_days), static_cast<I4>(total_months)};
}

bool is_before(I8 a, I8 b) { return a < b; }
bool is_before(const types::TimeTz& a, const types::TimeTz& b) { return types::compare_timetz(a, b) < 0; }

// (start, end) OVERLAPS (start, end), with SQL's rules for nulls: an interval with one known end
// is that instant.
template <typename T>
std::optional<bool> overlaps(std::optional<T> s1, std::optional<T> e1, std::optional<T> s2,
                             std::optional<T> e2) {
  if (!s1 && !e1) return std::nullopt;
  if (!s2 && !e2) return std::nullopt;
  if (!s1 || (e1 && is_before(*e1, *s1))) std::swap(s1, e1);
  if (!s2 || (e2 && is_before(*e2, *s2))) std::swap(s2, e2);
  if (is_before(*s2, *s1)) {
    if (!e2) return std::nullopt;
    if (is_before(*s1, *e2)) return true;
    if (!e1) return std::nullopt;
    return false;
  }
  if (is_before(*s1, *s2)) {
    if (!e1) return std::nullopt;
    if (is_before(*s2, *e1)) return true;
    if (!e2) return std::nullopt;
    return false;
  }
  if (!e1 || !e2) return std::nullopt;
  return true;
}

constexpr ScalarFunction kDatetimeArithFunctions[] = {
    {"timestamp_mi", strict<&difference>},
    {"timestamp_age", strict<&age>},
    {"timestamptz_age", strict<&age_tz>},
    {"timestamp_pl_interval", strict<&timestamp_pl>},
    {"timestamp_mi_interval", strict<&timestamp_mi>},
    {"timestamptz_pl_interval", strict<&timestamptz_pl>},
    {"timestamptz_mi_interval", strict<&timestamptz_mi>},
    {"date_pli", strict<&date_pl>},
    {"date_mii", strict<&date_mi>},
    {"date_mi", strict<&date_difference>},
    {"date_pl_interval", strict<&date_pl_interval>},
    {"date_mi_interval", strict<&date_mi_interval>},
    {"time_pl_interval", strict<&time_pl>},
    {"time_mi_interval", strict<&time_mi>},
    {"time_mi_time", strict<&time_difference>},
    {"timetz_pl_interval", strict<&timetz_pl>},
    {"timetz_mi_interval", strict<&timetz_mi>},
    {"interval_pl", strict<&add_intervals>},
    {"interval_mi", strict<&subtract_intervals>},
    {"interval_um", strict<&negate_interval>},
    {"interval_mul", strict<&interval_mul>},
    {"mul_d_interval", strict<&interval_mul_left>},
    {"interval_div", strict<&interval_div>},
    {"interval_scale", strict<&interval_scale>},
    {"interval_justify_hours", strict<&justify_hours>},
    {"interval_justify_days", strict<&justify_days>},
    {"interval_justify_interval", strict<&justify_interval>},
    {"date_finite", strict<&date_finite>},
    {"timestamp_finite", strict<&timestamp_finite>},
    {"interval_finite", strict<&interval_finite>},
    {"date_timestamp", strict<&date_to_timestamp>},
    {"date_timestamptz", strict<&date_to_timestamptz>},
    {"timestamp_date", strict<&timestamp_to_date>},
    {"timestamptz_date", strict<&timestamptz_to_date>},
    {"timestamp_timestamptz", strict<&to_timestamptz>},
    {"timestamptz_timestamp", strict<&to_timestamp>},
    {"timestamp_time", strict<&timestamp_to_time>},
    {"timestamptz_time", strict<&timestamptz_to_time>},
    {"timestamptz_timetz", strict<&timestamptz_to_timetz>},
    {"timetz_time", strict<&timetz_to_time>},
    {"time_timetz", strict<&time_to_timetz>},
    {"time_interval", strict<&time_to_interval>},
    {"interval_time", strict<&interval_to_time>},
    {"datetime_timestamp", strict<&date_and_time>},
    {"datetimetz_timestamptz", strict<&date_and_timetz>},
    {"timestamp_scale", strict<&timestamp_scale>},
    {"timestamptz_scale", strict<&timestamp_scale>},
    {"time_scale", strict<&scale>},
    {"timetz_scale", strict<&timetz_scale>},
    {"timestamp_zone", strict<&timestamp_zone>},
    {"timestamptz_zone", strict<&timestamptz_zone>},
    {"timestamp_izone", strict<&timestamp_izone>},
    {"timestamptz_izone", strict<&timestamptz_izone>},
    {"timetz_zone", strict<&timetz_zone>},
    {"timetz_izone", strict<&timetz_izone>},
    {"now", strict<&now>},
    {"statement_timestamp", strict<&statement_timestamp>},
    {"clock_timestamp", strict<&clock_timestamp>},
    {"float8_timestamptz", strict<&from_epoch>},
    {"make_date", strict<&make_date>},
    {"make_time", strict<&make_time>},
    {"make_timestamp", strict<&make_timestamp>},
    {"make_timestamptz", strict<&make_timestamptz>},
    {"make_timestamptz_at_timezone", strict<&make_timestamptz_zone>},
    {"make_interval", strict<&make_interval>},
    {"overlaps_timestamp", strict<&overlaps<I8>>},
    {"overlaps_time", strict<&overlaps<I8>>},
    {"overlaps_timetz", strict<&overlaps<types::TimeTz>>},
};

}  // namespace

std::span<const ScalarFunction> datetime_arith_functions() { return kDatetimeArithFunctions; }

}  // namespace functions
