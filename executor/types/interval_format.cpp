// Output of interval in every IntervalStyle.
#include <cstdlib>

#include <fmt/format.h>

#include "types/datetime.h"

namespace types {
namespace {

struct Parts {
  std::int64_t years, months, days;
  std::int64_t hours, minutes, seconds, micros;  // all of one sign
};

Parts split(const Interval& v) {
  std::int64_t t = v.microseconds;
  return {v.months / 12,
          v.months % 12,
          v.days,
          t / kMicrosPerHour,
          t / kMicrosPerMinute % 60,
          t / kMicrosPerSecond % 60,
          t % kMicrosPerSecond};
}

std::int64_t magnitude(std::int64_t v) { return v < 0 ? -v : v; }

// Seconds with their fraction, trailing zeros cut; `pad`: two digits before the point.
void append_seconds(std::string& out, std::int64_t seconds, std::int64_t micros, bool pad) {
  out += fmt::format(fmt::runtime(pad ? "{:02}" : "{}"), magnitude(seconds));
  if (micros == 0) return;
  std::string digits = fmt::format("{:06}", magnitude(micros));
  while (digits.back() == '0') digits.pop_back();
  out += '.';
  out += digits;
}

void postgres_style(const Parts& p, std::string& out) {
  bool any = false, negative_before = false;
  auto part = [&](std::int64_t value, std::string_view unit) {
    if (value == 0) return;
    // A plus sign shows that the minus before has ended.
    out += fmt::format("{}{}{} {}{}", any ? " " : "", negative_before && value > 0 ? "+" : "", value,
                       unit, value != 1 ? "s" : "");
    negative_before = value < 0;
    any = true;
  };
  part(p.years, "year");
  part(p.months, "mon");
  part(p.days, "day");
  bool time = p.hours != 0 || p.minutes != 0 || p.seconds != 0 || p.micros != 0;
  if (any && !time) return;
  bool minus = p.hours < 0 || p.minutes < 0 || p.seconds < 0 || p.micros < 0;
  out += fmt::format("{}{}{:02}:{:02}:", any ? " " : "", minus ? "-" : negative_before ? "+" : "",
                     magnitude(p.hours), magnitude(p.minutes));
  append_seconds(out, p.seconds, p.micros, true);
}

void verbose_style(const Parts& p, std::string& out) {
  out += '@';
  bool any = false, ago = false;
  auto part = [&](std::int64_t value, std::string_view unit) {
    if (value == 0) return;
    // The first part gives the sign of all: "ago".
    if (!any) {
      ago = value < 0;
      value = magnitude(value);
    } else if (ago) {
      value = -value;
    }
    out += fmt::format(" {} {}{}", value, unit, value == 1 ? "" : "s");
    any = true;
  };
  part(p.years, "year");
  part(p.months, "mon");
  part(p.days, "day");
  part(p.hours, "hour");
  part(p.minutes, "min");
  if (p.seconds != 0 || p.micros != 0) {
    bool negative = p.seconds < 0 || p.micros < 0;
    if (!any)
      ago = negative;
    out += negative != ago ? " -" : " ";
    append_seconds(out, p.seconds, p.micros, false);
    out += magnitude(p.seconds) == 1 && p.micros == 0 ? " sec" : " secs";
    any = true;
  }
  if (!any) out += " 0";
  if (ago) out += " ago";
}

void iso_style(const Parts& p, std::string& out) {
  bool time = p.hours != 0 || p.minutes != 0 || p.seconds != 0 || p.micros != 0;
  if (p.years == 0 && p.months == 0 && p.days == 0 && !time) {
    out += "PT0S";
    return;
  }
  auto part = [&](std::int64_t value, char unit) {
    if (value != 0) out += fmt::format("{}{}", value, unit);
  };
  out += 'P';
  part(p.years, 'Y');
  part(p.months, 'M');
  part(p.days, 'D');
  if (!time) return;
  out += 'T';
  part(p.hours, 'H');
  part(p.minutes, 'M');
  if (p.seconds != 0 || p.micros != 0) {
    if (p.seconds < 0 || p.micros < 0) out += '-';
    append_seconds(out, p.seconds, p.micros, false);
    out += 'S';
  }
}

void sql_style(const Parts& p, std::string& out) {
  bool negative = p.years < 0 || p.months < 0 || p.days < 0 || p.hours < 0 || p.minutes < 0 ||
                  p.seconds < 0 || p.micros < 0;
  bool positive = p.years > 0 || p.months > 0 || p.days > 0 || p.hours > 0 || p.minutes > 0 ||
                  p.seconds > 0 || p.micros > 0;
  bool year_month = p.years != 0 || p.months != 0;
  bool time = p.hours != 0 || p.minutes != 0 || p.seconds != 0 || p.micros != 0;
  bool day_time = p.days != 0 || time;
  if (!negative && !positive) {
    out += '0';
    return;
  }
  auto sign = [](bool minus) { return minus ? '-' : '+'; };
  bool time_minus = p.hours < 0 || p.minutes < 0 || p.seconds < 0 || p.micros < 0;
  // The standard knows one sign for a year-month or a day-time interval; all else is spelled out.
  bool standard = !(negative && positive) && !(year_month && day_time);
  if (!standard) {
    out += fmt::format("{}{}-{} {}{} {}{}:{:02}:", sign(p.years < 0 || p.months < 0),
                       magnitude(p.years), magnitude(p.months), sign(p.days < 0), magnitude(p.days),
                       sign(time_minus), magnitude(p.hours), magnitude(p.minutes));
    append_seconds(out, p.seconds, p.micros, true);
    return;
  }
  if (negative) out += '-';
  if (year_month) {
    out += fmt::format("{}-{}", magnitude(p.years), magnitude(p.months));
  } else {
    if (p.days != 0) out += fmt::format("{} ", magnitude(p.days));
    out += fmt::format("{}:{:02}:", magnitude(p.hours), magnitude(p.minutes));
    append_seconds(out, p.seconds, p.micros, true);
  }
}

}  // namespace

void append_interval(IntervalStyle style, Interval interval, std::string& out) {
  Parts parts = split(interval);
  switch (style) {
    case IntervalStyle::postgres:
      return postgres_style(parts, out);
    case IntervalStyle::postgres_verbose:
      return verbose_style(parts, out);
    case IntervalStyle::sql_standard:
      return sql_style(parts, out);
    case IntervalStyle::iso_8601:
      return iso_style(parts, out);
  }
}

}  // namespace types
