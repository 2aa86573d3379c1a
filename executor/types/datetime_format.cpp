// Output of date, time, timetz, timestamp and timestamptz in every DateStyle.
#include <charconv>
#include <cstdio>

#include "types/datetime.h"
#include "types/timezone.h"

namespace types {
namespace {

// At least `width` digits, zeros before.
void append_padded(std::string& out, int value, int width) {
  char buffer[16];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value < 0 ? -value : value).ptr;
  if (value < 0) out += '-';
  for (auto length = end - buffer; length < width; ++length) out += '0';
  out.append(buffer, end);
}

void append_clock(std::string& out, const TimeOfDay& t) {
  append_padded(out, t.hour, 2);
  out += ':';
  append_padded(out, t.minute, 2);
  out += ':';
  append_padded(out, t.second, 2);
  if (t.microsecond == 0) return;
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06d", t.microsecond);
  int length = 6;
  while (digits[length - 1] == '0') --length;
  out += '.';
  out.append(digits, static_cast<std::size_t>(length));
}

// +hh[:mm[:ss]]
void append_offset(std::string& out, std::int32_t seconds_east) {
  out += seconds_east < 0 ? '-' : '+';
  std::int32_t magnitude = seconds_east < 0 ? -seconds_east : seconds_east;
  append_padded(out, magnitude / 3600, 2);
  if (magnitude % 3600 == 0) return;
  out += ':';
  append_padded(out, magnitude / 60 % 60, 2);
  if (magnitude % 60 == 0) return;
  out += ':';
  append_padded(out, magnitude % 60, 2);
}

int shown_year(int year) { return year > 0 ? year : 1 - year; }

void append_day_and_month(std::string& out, const FormatSettings& format, const CivilDate& d,
                          char separator) {
  bool day_first = format.date_style == DateStyle::german || format.date_order == DateOrder::dmy;
  append_padded(out, day_first ? d.day : d.month, 2);
  out += separator;
  append_padded(out, day_first ? d.month : d.day, 2);
}

void append_date_part(const FormatSettings& format, const CivilDate& d, std::string& out) {
  switch (format.date_style) {
    case DateStyle::iso:
      append_padded(out, shown_year(d.year), 4);
      out += '-';
      append_padded(out, d.month, 2);
      out += '-';
      append_padded(out, d.day, 2);
      break;
    case DateStyle::sql:
      append_day_and_month(out, format, d, '/');
      out += '/';
      append_padded(out, shown_year(d.year), 4);
      break;
    case DateStyle::german:
      append_day_and_month(out, format, d, '.');
      out += '.';
      append_padded(out, shown_year(d.year), 4);
      break;
    case DateStyle::postgres:
      append_day_and_month(out, format, d, '-');
      out += '-';
      append_padded(out, shown_year(d.year), 4);
      break;
  }
}

// zone: null for timestamp without time zone.
void append_date_time(const FormatSettings& format, std::int64_t local, const ZoneOffset* zone,
                      std::string& out) {
  auto [days, micros] = split_timestamp(local);
  CivilDate d = civil_from_days(days);
  TimeOfDay t = split_time(micros);
  if (format.date_style == DateStyle::postgres) {
    out.append(kDayNames[day_of_week(days)].substr(0, 3));
    out += ' ';
    auto month = kMonthNames[d.month - 1].substr(0, 3);
    if (format.date_order == DateOrder::dmy) {
      append_padded(out, d.day, 2);
      out += ' ';
      out.append(month);
    } else {
      out.append(month);
      out += ' ';
      append_padded(out, d.day, 2);
    }
    out += ' ';
    append_clock(out, t);
    out += ' ';
    append_padded(out, shown_year(d.year), 4);
  } else {
    append_date_part(format, d, out);
    out += ' ';
    append_clock(out, t);
  }
  if (zone != nullptr) {
    if (format.date_style == DateStyle::iso) {
      append_offset(out, zone->seconds_east);
    } else {
      out += ' ';
      out.append(zone->abbreviation);
    }
  }
  if (d.year <= 0) out += " BC";
}

}  // namespace

void append_date(const FormatSettings& format, std::int32_t date, std::string& out) {
  if (!is_date_finite(date)) {
    out += date == kDateInfinity ? "infinity" : "-infinity";
    return;
  }
  CivilDate d = civil_from_days(date);
  append_date_part(format, d, out);
  if (d.year <= 0) out += " BC";
}

void append_time(std::int64_t time, std::string& out) { append_clock(out, split_time(time)); }

void append_timetz(TimeTz time, std::string& out) {
  append_clock(out, split_time(time.microseconds));
  append_offset(out, -time.zone_west_seconds);
}

void append_timestamp(const FormatSettings& format, std::int64_t timestamp, std::string& out) {
  if (!is_timestamp_finite(timestamp)) {
    out += timestamp == kTimestampInfinity ? "infinity" : "-infinity";
    return;
  }
  append_date_time(format, timestamp, nullptr, out);
}

void append_timestamptz(const FormatSettings& format, std::int64_t timestamp, std::string& out) {
  if (!is_timestamp_finite(timestamp)) {
    out += timestamp == kTimestampInfinity ? "infinity" : "-infinity";
    return;
  }
  const TimeZone& zone = format.time_zone != nullptr ? *format.time_zone : utc_zone();
  std::int64_t seconds = timestamp / kMicrosPerSecond - (timestamp % kMicrosPerSecond < 0 ? 1 : 0);
  ZoneOffset offset = zone.at(seconds + kUnixEpochToPostgresMicros / kMicrosPerSecond);
  append_date_time(format, timestamp + offset.seconds_east * kMicrosPerSecond, &offset, out);
}

}  // namespace types
