#include "types/datetime.h"
#include "types/timezone.h"
#include "types/text.h"
#include "types/wire.h"

#include <fmt/format.h>

#include "types/sql_error.h"

namespace types {

const std::string_view kMonthNames[12] = {"January", "February", "March",     "April",
                                          "May",     "June",     "July",      "August",
                                          "September", "October", "November", "December"};
const std::string_view kDayNames[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};

// Howard Hinnant's algorithm (chrono-compatible low-level date algorithms), in 64 bits.
std::int32_t days_from_civil(int year, int month, int day) {
  std::int64_t y = std::int64_t{year} - (month <= 2 ? 1 : 0);
  std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  std::int64_t year_of_era = y - era * 400;
  std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return static_cast<std::int32_t>(era * 146097 + day_of_era - 719468 - kUnixEpochToPostgresDays);
}

CivilDate civil_from_days(std::int32_t days) {
  std::int64_t z = std::int64_t{days} + kUnixEpochToPostgresDays + 719468;
  std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  std::int64_t day_of_era = z - era * 146097;
  std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  std::int64_t mp = (5 * day_of_year + 2) / 153;
  auto day = static_cast<int>(day_of_year - (153 * mp + 2) / 5 + 1);
  auto month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  return {static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month, day};
}

int day_of_week(std::int32_t days) {
  // 2000-01-01 was a Saturday.
  return static_cast<int>(((std::int64_t{days} + 6) % 7 + 7) % 7);
}

std::int32_t iso_week_start(int year, int week) {
  // January 4th is always in week 1.
  std::int32_t fourth = days_from_civil(year, 1, 4);
  std::int32_t monday = fourth - (day_of_week(fourth) + 6) % 7;
  return monday + (week - 1) * 7;
}

int iso_year(std::int32_t days) {
  int year = civil_from_days(days).year;
  if (days < iso_week_start(year, 1)) return year - 1;
  if (days >= iso_week_start(year + 1, 1)) return year + 1;
  return year;
}

int iso_week(std::int32_t days) {
  return static_cast<int>((days - iso_week_start(iso_year(days), 1)) / 7 + 1);
}

TimeOfDay split_time(std::int64_t micros) {
  return {static_cast<int>(micros / kMicrosPerHour),
          static_cast<int>(micros / kMicrosPerMinute % 60),
          static_cast<int>(micros / kMicrosPerSecond % 60),
          static_cast<int>(micros % kMicrosPerSecond)};
}

std::int64_t join_time(int hour, int minute, int second, int microsecond) {
  return hour * kMicrosPerHour + minute * kMicrosPerMinute + second * kMicrosPerSecond + microsecond;
}

DayTime split_timestamp(std::int64_t timestamp) {
  std::int64_t days = timestamp / kMicrosPerDay;
  std::int64_t micros = timestamp % kMicrosPerDay;
  if (micros < 0) {
    micros += kMicrosPerDay;
    --days;
  }
  return {static_cast<std::int32_t>(days), micros};
}

namespace {

std::int64_t unix_seconds(std::int64_t timestamp) {
  std::int64_t seconds = timestamp / kMicrosPerSecond - (timestamp % kMicrosPerSecond < 0 ? 1 : 0);
  return seconds + kUnixEpochToPostgresMicros / kMicrosPerSecond;
}

}  // namespace

std::int64_t zone_offset_at(const TimeZone* zone, std::int64_t utc) {
  return zone == nullptr ? 0 : zone->at(unix_seconds(utc)).seconds_east * kMicrosPerSecond;
}
std::int64_t zone_offset_at_local(const TimeZone* zone, std::int64_t local) {
  return zone == nullptr ? 0 : zone->at_local(unix_seconds(local)).seconds_east * kMicrosPerSecond;
}

const TimeZone& session_zone(const EvalContext& ctx) {
  return ctx.format != nullptr && ctx.format->time_zone != nullptr ? *ctx.format->time_zone
                                                                   : utc_zone();
}

NamedZone NamedZone::find(std::string_view name) {
  NamedZone result;
  if (auto abbreviation = find_zone_abbreviation(name)) {
    result.constant_ = abbreviation->seconds_east * kMicrosPerSecond;
    return result;
  }
  result.zone_ = find_time_zone(name);
  if (result.zone_ == nullptr)
    throw SqlError("22023", fmt::format("time zone \"{}\" not recognized", name));
  return result;
}

std::int64_t NamedZone::offset_at(std::int64_t utc) const {
  return zone_ == nullptr ? constant_ : zone_offset_at(zone_, utc);
}
std::int64_t NamedZone::offset_at_local(std::int64_t local) const {
  return zone_ == nullptr ? constant_ : zone_offset_at_local(zone_, local);
}

std::int64_t timestamp_to_timestamptz(const EvalContext& ctx, std::int64_t local) {
  if (!is_timestamp_finite(local)) return local;
  std::int64_t utc = local - zone_offset_at_local(&session_zone(ctx), local);
  if (!is_valid_timestamp(utc)) throw SqlError("22008", "timestamp out of range");
  return utc;
}

std::int64_t timestamptz_to_timestamp(const EvalContext& ctx, std::int64_t utc) {
  if (!is_timestamp_finite(utc)) return utc;
  std::int64_t local = utc + zone_offset_at(&session_zone(ctx), utc);
  if (!is_valid_timestamp(local)) throw SqlError("22008", "timestamp out of range");
  return local;
}

std::int64_t date_to_timestamp(std::int32_t date) {
  if (date == kDateInfinity) return kTimestampInfinity;
  if (date == kDateMinusInfinity) return kTimestampMinusInfinity;
  if (date >= kEndTimestamp / kMicrosPerDay)
    throw SqlError("22008", "date out of range for timestamp");
  return date * kMicrosPerDay;
}

std::int32_t timestamp_to_date(std::int64_t timestamp) {
  if (timestamp == kTimestampInfinity) return kDateInfinity;
  if (timestamp == kTimestampMinusInfinity) return kDateMinusInfinity;
  return split_timestamp(timestamp).days;
}

std::int64_t round_micros(std::int64_t micros, std::int32_t typmod) {
  if (typmod < 0 || typmod >= 6 || !is_timestamp_finite(micros)) return micros;
  std::int64_t unit = 1;
  for (int i = typmod; i < 6; ++i) unit *= 10;
  std::int64_t half = unit / 2;
  return micros >= 0 ? (micros + half) / unit * unit : -((-micros + half) / unit * unit);
}

int compare_interval(const Interval& a, const Interval& b) noexcept {
  IntervalSpan x = interval_span(a), y = interval_span(b);
  return x < y ? -1 : x > y;
}

int compare_timetz(const TimeTz& a, const TimeTz& b) noexcept {
  // By instant first, then by zone.
  std::int64_t x = a.microseconds + a.zone_west_seconds * kMicrosPerSecond;
  std::int64_t y = b.microseconds + b.zone_west_seconds * kMicrosPerSecond;
  if (x != y) return x < y ? -1 : 1;
  return a.zone_west_seconds < b.zone_west_seconds   ? -1
         : a.zone_west_seconds > b.zone_west_seconds ? 1
                                                     : 0;
}

TimeUnit find_time_unit(std::string_view name) {
  struct Entry {
    std::string_view name;
    TimeUnit unit;
  };
  static constexpr Entry kUnits[] = {
      {"us", TimeUnit::microsecond},   {"usec", TimeUnit::microsecond},
      {"usecs", TimeUnit::microsecond}, {"useconds", TimeUnit::microsecond},
      {"usecond", TimeUnit::microsecond}, {"microsecond", TimeUnit::microsecond},
      {"microseconds", TimeUnit::microsecond}, {"microsecon", TimeUnit::microsecond},
      {"ms", TimeUnit::millisecond},   {"msec", TimeUnit::millisecond},
      {"msecs", TimeUnit::millisecond}, {"msecond", TimeUnit::millisecond},
      {"mseconds", TimeUnit::millisecond}, {"millisecond", TimeUnit::millisecond},
      {"milliseconds", TimeUnit::millisecond}, {"millisecon", TimeUnit::millisecond},
      {"s", TimeUnit::second},         {"sec", TimeUnit::second},
      {"secs", TimeUnit::second},      {"second", TimeUnit::second},
      {"seconds", TimeUnit::second},   {"m", TimeUnit::minute},
      {"min", TimeUnit::minute},       {"mins", TimeUnit::minute},
      {"minute", TimeUnit::minute},    {"minutes", TimeUnit::minute},
      {"h", TimeUnit::hour},           {"hr", TimeUnit::hour},
      {"hrs", TimeUnit::hour},         {"hour", TimeUnit::hour},
      {"hours", TimeUnit::hour},       {"d", TimeUnit::day},
      {"day", TimeUnit::day},          {"days", TimeUnit::day},
      {"w", TimeUnit::week},           {"week", TimeUnit::week},
      {"weeks", TimeUnit::week},       {"mon", TimeUnit::month},
      {"mons", TimeUnit::month},       {"month", TimeUnit::month},
      {"months", TimeUnit::month},     {"qtr", TimeUnit::quarter},
      {"quarter", TimeUnit::quarter},  {"y", TimeUnit::year},
      {"yr", TimeUnit::year},          {"yrs", TimeUnit::year},
      {"year", TimeUnit::year},        {"years", TimeUnit::year},
      {"dec", TimeUnit::decade},       {"decs", TimeUnit::decade},
      {"decade", TimeUnit::decade},    {"decades", TimeUnit::decade},
      {"c", TimeUnit::century},        {"cent", TimeUnit::century},
      {"century", TimeUnit::century},  {"centuries", TimeUnit::century},
      {"mil", TimeUnit::millennium},   {"mils", TimeUnit::millennium},
      {"millennia", TimeUnit::millennium}, {"millennium", TimeUnit::millennium},
      {"epoch", TimeUnit::epoch},      {"j", TimeUnit::julian},
      {"jd", TimeUnit::julian},        {"julian", TimeUnit::julian},
      {"dow", TimeUnit::dow},          {"isodow", TimeUnit::isodow},
      {"doy", TimeUnit::doy},          {"isoyear", TimeUnit::isoyear},
      {"timezone", TimeUnit::timezone}, {"timezone_h", TimeUnit::timezone_hour},
      {"timezone_hour", TimeUnit::timezone_hour}, {"timezone_m", TimeUnit::timezone_minute},
      {"timezone_minute", TimeUnit::timezone_minute},
  };
  // Words are the same when their first ten letters are ("millenniums").
  constexpr std::size_t kSignificant = 10;
  name = name.substr(0, kSignificant);
  for (const auto& entry : kUnits)
    if (equals_ignoring_case(name, entry.name.substr(0, kSignificant))) return entry.unit;
  return TimeUnit::none;
}

}  // namespace types
