#include "time_zone_setting.h"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "types/arena.h"
#include "types/ascii.h"
#include "types/datetime.h"
#include "types/eval_context.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr double kSecondsPerHour = 3600;
constexpr std::int64_t kMaxSeconds = 168 * 3600;  // POSIX: hours of up to 167, either way

SqlError invalid(std::string_view text) {
  return SqlError("22023", fmt::format("invalid value for parameter \"TimeZone\": \"{}\"", text));
}

bool starts_with_interval(std::string_view text) {
  constexpr std::string_view kWord = "interval";
  return types::equals_ignoring_case(text.substr(0, kWord.size()), kWord);
}

// The quoted part of interval '...'.
std::string_view interval_body(std::string_view text) {
  std::string_view rest = text.substr(std::string_view("interval").size());
  while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest.front()))) rest.remove_prefix(1);
  if (rest.size() < 2 || rest.front() != '\'' || rest.back() != '\'') throw invalid(text);
  return rest.substr(1, rest.size() - 2);
}

std::int64_t interval_seconds(std::string_view text) {
  types::Arena arena;
  types::FormatSettings format;
  types::EvalContext context{.arena = &arena, .format = &format};
  const types::Interval interval = types::parse_interval(context, interval_body(text), -1);
  if (interval.months != 0) throw invalid(text).with_detail("Cannot specify months in time zone interval.");
  if (interval.days != 0) throw invalid(text).with_detail("Cannot specify days in time zone interval.");
  return interval.microseconds / kMicrosecondsPerSecond;
}

const types::TimeZone& fixed(std::string_view text, std::int64_t seconds_east) {
  if (seconds_east > -kMaxSeconds && seconds_east < kMaxSeconds)
    if (const auto* zone = types::fixed_time_zone(static_cast<std::int32_t>(seconds_east))) return *zone;
  throw invalid(text).with_detail("UTC timezone offset is out of range.");
}

}  // namespace

const types::TimeZone& read_time_zone(std::string_view text) {
  if (starts_with_interval(text)) return fixed(text, interval_seconds(text));
  const std::string number(text);
  char* end = nullptr;
  const double hours = std::strtod(number.c_str(), &end);
  if (end != number.c_str() && *end == '\0')
    return fixed(text, std::isfinite(hours) && std::abs(hours) < 1000
                           ? static_cast<std::int64_t>(hours * kSecondsPerHour) : kMaxSeconds);
  if (const auto* zone = types::find_time_zone(text)) return *zone;
  throw invalid(text);
}

}  // namespace session
