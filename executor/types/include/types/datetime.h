// Dates and times: calendar arithmetic, text, and the ranges PostgreSQL gives them.
//
// date: int32 days since 2000-01-01; timestamp and timestamptz: int64 microseconds since
// 2000-01-01 00:00 (UTC for timestamptz); time: int64 microseconds since midnight. The proleptic
// Gregorian calendar with astronomical years inside (year 0 = 1 BC).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "types/datum.h"
#include "types/eval_context.h"

namespace types {

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr std::int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr std::int64_t kMicrosPerDay = 24 * kMicrosPerHour;
inline constexpr std::int32_t kPostgresEpochJulian = 2451545;
inline constexpr std::int32_t kUnixEpochToPostgresDays = 10957;
inline constexpr std::int64_t kUnixEpochToPostgresMicros = kUnixEpochToPostgresDays * kMicrosPerDay;

inline constexpr std::int32_t kDateInfinity = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int32_t kDateMinusInfinity = std::numeric_limits<std::int32_t>::min();
inline constexpr std::int64_t kTimestampInfinity = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kTimestampMinusInfinity = std::numeric_limits<std::int64_t>::min();
// Julian day 0 (4714-11-24 BC) .. 5874897-12-31; timestamps end with the year 294276.
inline constexpr std::int32_t kMinDate = -kPostgresEpochJulian;
inline constexpr std::int32_t kEndDate = 2147483494 - kPostgresEpochJulian;
inline constexpr std::int64_t kMinTimestamp = -211813488000000000;
inline constexpr std::int64_t kEndTimestamp = 9223371331200000000;

constexpr bool is_date_finite(std::int32_t d) {
  return d != kDateInfinity && d != kDateMinusInfinity;
}
constexpr bool is_timestamp_finite(std::int64_t t) {
  return t != kTimestampInfinity && t != kTimestampMinusInfinity;
}
constexpr bool is_valid_timestamp(std::int64_t t) { return t >= kMinTimestamp && t < kEndTimestamp; }
constexpr bool is_valid_date(std::int32_t d) { return d >= kMinDate && d < kEndDate; }

struct CivilDate {
  int year;  // astronomical
  int month;
  int day;
};
struct TimeOfDay {
  int hour;
  int minute;
  int second;
  int microsecond;
};

constexpr bool is_leap_year(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
constexpr int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && is_leap_year(year) ? 1 : 0);
}

// Days since 2000-01-01; any year whose days fit.
std::int32_t days_from_civil(int year, int month, int day);
CivilDate civil_from_days(std::int32_t days);
// 0 = Sunday.
int day_of_week(std::int32_t days);
// ISO 8601 week and the year it belongs to.
int iso_week(std::int32_t days);
int iso_year(std::int32_t days);
// Monday of ISO week 1.
std::int32_t iso_week_start(int iso_year, int week);

TimeOfDay split_time(std::int64_t micros_of_day);
std::int64_t join_time(int hour, int minute, int second, int microsecond);

// Days and microseconds of the day of a finite timestamp.
struct DayTime {
  std::int32_t days;
  std::int64_t micros;
};
DayTime split_timestamp(std::int64_t timestamp);

// Microseconds to add to UTC at this instant / for this wall clock.
std::int64_t zone_offset_at(const TimeZone* zone, std::int64_t utc);
std::int64_t zone_offset_at_local(const TimeZone* zone, std::int64_t local);
// The session's zone.
const TimeZone& session_zone(const EvalContext& ctx);
// The zone a user names in AT TIME ZONE and such: full name, abbreviation or POSIX string. Throws
// 22023.
class NamedZone {
 public:
  static NamedZone find(std::string_view name);
  std::int64_t offset_at(std::int64_t utc) const;
  std::int64_t offset_at_local(std::int64_t local) const;

 private:
  const TimeZone* zone_ = nullptr;  // null: the constant
  std::int64_t constant_ = 0;
};

// timestamptz of a wall clock in the session's zone and back; infinities stay. 22008 out of range.
std::int64_t timestamp_to_timestamptz(const EvalContext& ctx, std::int64_t local);
std::int64_t timestamptz_to_timestamp(const EvalContext& ctx, std::int64_t utc);
std::int64_t date_to_timestamp(std::int32_t date);
std::int32_t timestamp_to_date(std::int64_t timestamp);

// Rounds to `typmod` (0..6) fractional digits; -1 leaves it.
std::int64_t round_micros(std::int64_t micros, std::int32_t typmod);

// Input functions; 22007, 22008, 22009, 22023.
std::int32_t parse_date(EvalContext& ctx, std::string_view text);
std::int64_t parse_time(EvalContext& ctx, std::string_view text, std::int32_t typmod);
TimeTz parse_timetz(EvalContext& ctx, std::string_view text, std::int32_t typmod);
std::int64_t parse_timestamp(EvalContext& ctx, std::string_view text, std::int32_t typmod);
std::int64_t parse_timestamptz(EvalContext& ctx, std::string_view text, std::int32_t typmod);
Interval parse_interval(EvalContext& ctx, std::string_view text, std::int32_t typmod);

// Output functions.
void append_date(const FormatSettings& format, std::int32_t date, std::string& out);
void append_time(std::int64_t time, std::string& out);
void append_timetz(TimeTz time, std::string& out);
void append_timestamp(const FormatSettings& format, std::int64_t timestamp, std::string& out);
void append_timestamptz(const FormatSettings& format, std::int64_t timestamp, std::string& out);
void append_interval(IntervalStyle style, Interval interval, std::string& out);

// The interval's typmod: field mask and precision.
Interval apply_interval_typmod(Interval value, std::int32_t typmod);

// Comparisons treat a month as 30 days and a day as 24 hours.
__extension__ using IntervalSpan = __int128;
constexpr IntervalSpan interval_span(const Interval& v) {
  return IntervalSpan{v.microseconds} +
         IntervalSpan{v.days + std::int64_t{v.months} * 30} * kMicrosPerDay;
}
int compare_interval(const Interval& a, const Interval& b) noexcept;
int compare_timetz(const TimeTz& a, const TimeTz& b) noexcept;

// Names as PostgreSQL writes them.
extern const std::string_view kMonthNames[12];      // January ..
extern const std::string_view kDayNames[7];         // Sunday ..

// A unit of extract, date_trunc and interval input ("mon", "hours", "msec", ...), or none.
enum class TimeUnit : std::uint8_t {
  none, microsecond, millisecond, second, minute, hour, day, week, month, quarter, year, decade,
  century, millennium, epoch, julian, dow, isodow, doy, isoyear, timezone, timezone_hour,
  timezone_minute,
};
TimeUnit find_time_unit(std::string_view name);

}  // namespace types
