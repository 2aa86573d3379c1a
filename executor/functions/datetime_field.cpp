// extract, date_part, date_trunc, date_bin.
#include <fmt/format.h>

#include "errors.h"
#include "function_table.h"
#include "interval_math.h"
#include "kernel.h"
#include "types/ascii.h"
#include "types/datetime.h"
#include "types/numeric.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using namespace types;
using std::string_view;
using I4 = std::int32_t;
using I8 = std::int64_t;

// A field's exact value: mantissa / 10^scale, plus a fraction of a day for julian.
struct Field {
  enum class Kind : std::uint8_t { value, julian, null, infinity, minus_infinity } kind = Kind::value;
  Int128 mantissa = 0;
  int scale = 0;
  I8 day_micros = 0;

  Field(Int128 m, int s = 0) : mantissa(m), scale(s) {}
  Field(Kind k) : kind(k) {}
};

std::optional<NumericView> as_numeric(EvalContext& ctx, const Field& f) {
  Arena& arena = *ctx.arena;
  switch (f.kind) {
    case Field::Kind::null:
      return std::nullopt;
    case Field::Kind::infinity:
      return parse_numeric(arena, "Infinity");
    case Field::Kind::minus_infinity:
      return parse_numeric(arena, "-Infinity");
    case Field::Kind::julian:
      if (f.day_micros == 0 && f.scale == 0) return make_numeric(arena, f.mantissa, 0);
      return numeric_add(arena, make_numeric(arena, f.mantissa, 0),
                         numeric_div(arena, make_numeric(arena, f.day_micros, 0),
                                     make_numeric(arena, kMicrosPerDay, 0)));
    case Field::Kind::value:
      break;
  }
  return make_numeric(arena, f.mantissa, f.scale);
}

std::optional<double> as_double(EvalContext&, const Field& f) {
  switch (f.kind) {
    case Field::Kind::null:
      return std::nullopt;
    case Field::Kind::infinity:
      return std::numeric_limits<double>::infinity();
    case Field::Kind::minus_infinity:
      return -std::numeric_limits<double>::infinity();
    case Field::Kind::julian:
      return static_cast<double>(f.mantissa) + static_cast<double>(f.day_micros) / static_cast<double>(kMicrosPerDay);
    case Field::Kind::value:
      break;
  }
  double divisor = 1;
  for (int i = 0; i < f.scale; ++i) divisor *= 10;
  return static_cast<double>(f.mantissa) / divisor;
}

[[noreturn]] void not_recognized(string_view unit, string_view type) {
  throw SqlError("22023", fmt::format("unit \"{}\" not recognized for type {}", unit, type));
}
[[noreturn]] void not_supported(string_view unit, string_view type) {
  throw SqlError("0A000", fmt::format("unit \"{}\" not supported for type {}", unit, type));
}

TimeUnit unit_of(string_view name, string_view type) {
  const std::string lower = types::lower_ascii(name);
  TimeUnit unit = find_time_unit(lower);
  if (unit == TimeUnit::none) {
    if (lower == "infinity" || lower == "now" || lower == "today") not_supported(lower, type);
    not_recognized(lower, type);
  }
  return unit;
}
// A unit that cannot be truncated to: PostgreSQL calls those that are only read unknown here.
[[noreturn]] void reject(TimeUnit unit, string_view name, string_view type) {
  switch (unit) {
    case TimeUnit::dow:
    case TimeUnit::isodow:
    case TimeUnit::doy:
    case TimeUnit::isoyear:
    case TimeUnit::julian:
    case TimeUnit::epoch:
      not_recognized(types::lower_ascii(name), type);
    default:
      not_supported(types::lower_ascii(name), type);
  }
}
// Years count without 0: 1 BC is -1.
I8 counted_year(int year) { return year > 0 ? year : year - 1; }

// Fields of a day; nullopt when the unit is not one.
std::optional<Field> day_field(TimeUnit unit, I4 days) {
  CivilDate d = civil_from_days(days);
  switch (unit) {
    case TimeUnit::day:
      return Field(d.day);
    case TimeUnit::month:
      return Field(d.month);
    case TimeUnit::quarter:
      return Field((d.month - 1) / 3 + 1);
    case TimeUnit::week:
      return Field(iso_week(days));
    case TimeUnit::year:
      return Field(counted_year(d.year));
    case TimeUnit::decade:
      return Field(d.year >= 0 ? d.year / 10 : -((8 - (d.year - 1)) / 10));
    case TimeUnit::century:
      return Field(d.year > 0 ? (d.year + 99) / 100 : -((99 - (d.year - 1)) / 100));
    case TimeUnit::millennium:
      return Field(d.year > 0 ? (d.year + 999) / 1000 : -((999 - (d.year - 1)) / 1000));
    case TimeUnit::isoyear: {
      int year = iso_year(days);
      return Field(counted_year(year));
    }
    case TimeUnit::dow:
      return Field(day_of_week(days));
    case TimeUnit::isodow:
      return Field(day_of_week(days) == 0 ? 7 : day_of_week(days));
    case TimeUnit::doy:
      return Field(days - days_from_civil(d.year, 1, 1) + 1);
    default:
      return std::nullopt;
  }
}

std::optional<Field> clock_field(TimeUnit unit, I8 micros) {
  switch (unit) {
    case TimeUnit::microsecond:
      return Field(micros % kMicrosPerMinute);
    case TimeUnit::millisecond:
      return Field(micros % kMicrosPerMinute, 3);
    case TimeUnit::second:
      return Field(micros % kMicrosPerMinute, 6);
    case TimeUnit::minute:
      return Field(micros / kMicrosPerMinute % 60);
    case TimeUnit::hour:
      return Field(micros / kMicrosPerHour);
    default:
      return std::nullopt;
  }
}

// Of an infinite value only what grows without bound is infinite.
Field infinite_field(TimeUnit unit, bool positive, string_view name, string_view type) {
  switch (unit) {
    case TimeUnit::year:
    case TimeUnit::decade:
    case TimeUnit::century:
    case TimeUnit::millennium:
    case TimeUnit::julian:
    case TimeUnit::isoyear:
    case TimeUnit::epoch:
      return positive ? Field::Kind::infinity : Field::Kind::minus_infinity;
    case TimeUnit::none:
      not_recognized(name, type);
    default:
      return Field::Kind::null;
  }
}

constexpr string_view kTimestamp = "timestamp without time zone";
constexpr string_view kTimestamptz = "timestamp with time zone";

Field local_field(TimeUnit unit, I8 local, string_view name, string_view type) {
  auto [days, micros] = split_timestamp(local);
  if (auto field = clock_field(unit, micros)) return *field;
  if (auto field = day_field(unit, days)) return *field;
  if (unit == TimeUnit::julian) {
    Field field(Field::Kind::julian);
    field.mantissa = Int128{days} + kPostgresEpochJulian;
    field.day_micros = micros;
    field.scale = 1;  // a timestamp's julian day always has a fraction
    return field;
  }
  not_supported(types::lower_ascii(name), type);
}

Field timestamp_field(EvalContext&, string_view name, I8 t) {
  TimeUnit unit = unit_of(name, kTimestamp);
  bool zone = unit == TimeUnit::timezone || unit == TimeUnit::timezone_hour || unit == TimeUnit::timezone_minute;
  if (zone) not_supported(types::lower_ascii(name), kTimestamp);
  if (!is_timestamp_finite(t)) return infinite_field(unit, t > 0, name, kTimestamp);
  if (unit == TimeUnit::epoch) return Field(Int128{t} + kUnixEpochToPostgresMicros, 6);
  return local_field(unit, t, name, kTimestamp);
}

Field timestamptz_field(EvalContext& ctx, string_view name, I8 t) {
  TimeUnit unit = unit_of(name, kTimestamptz);
  if (!is_timestamp_finite(t)) return infinite_field(unit, t > 0, name, kTimestamptz);
  if (unit == TimeUnit::epoch) return Field(Int128{t} + kUnixEpochToPostgresMicros, 6);
  I8 offset = zone_offset_at(&session_zone(ctx), t) / kMicrosPerSecond;
  if (unit == TimeUnit::timezone) return Field(offset);
  if (unit == TimeUnit::timezone_hour) return Field(offset / 3600);
  if (unit == TimeUnit::timezone_minute) return Field(offset / 60 % 60);
  return local_field(unit, timestamptz_to_timestamp(ctx, t), name, kTimestamptz);
}

Field date_field(EvalContext&, string_view name, I4 date) {
  TimeUnit unit = unit_of(name, "date");
  if (!is_date_finite(date)) {
    switch (unit) {
      case TimeUnit::day:
      case TimeUnit::month:
      case TimeUnit::quarter:
      case TimeUnit::week:
      case TimeUnit::dow:
      case TimeUnit::isodow:
      case TimeUnit::doy:
      case TimeUnit::year:
      case TimeUnit::decade:
      case TimeUnit::century:
      case TimeUnit::millennium:
      case TimeUnit::julian:
      case TimeUnit::isoyear:
      case TimeUnit::epoch:
        return infinite_field(unit, date > 0, name, "date");
      default:
        not_supported(types::lower_ascii(name), "date");
    }
  }
  if (auto field = day_field(unit, date)) return *field;
  if (unit == TimeUnit::julian) return Field(Int128{date} + kPostgresEpochJulian);
  if (unit == TimeUnit::epoch) return Field((Int128{date} + kUnixEpochToPostgresDays) * 86400);
  not_supported(types::lower_ascii(name), "date");
}

Field time_field(EvalContext&, string_view name, I8 t) {
  constexpr string_view kType = "time without time zone";
  TimeUnit unit = unit_of(name, kType);
  if (auto field = clock_field(unit, t)) return *field;
  if (unit == TimeUnit::epoch) return Field(t, 6);
  not_supported(types::lower_ascii(name), kType);
}

Field timetz_field(EvalContext&, string_view name, TimeTz t) {
  constexpr string_view kType = "time with time zone";
  TimeUnit unit = unit_of(name, kType);
  if (auto field = clock_field(unit, t.microseconds)) return *field;
  if (unit == TimeUnit::timezone) return Field(-t.zone_west_seconds);
  if (unit == TimeUnit::timezone_hour) return Field(-t.zone_west_seconds / 3600);
  if (unit == TimeUnit::timezone_minute) return Field(-t.zone_west_seconds / 60 % 60);
  if (unit == TimeUnit::epoch)
    return Field(Int128{t.microseconds} + Int128{t.zone_west_seconds} * kMicrosPerSecond, 6);
  not_supported(types::lower_ascii(name), kType);
}

Field interval_field(EvalContext&, string_view name, Interval v) {
  TimeUnit unit = unit_of(name, "interval");
  int years = v.months / 12, months = v.months % 12;
  if (auto field = clock_field(unit, v.microseconds)) return *field;
  switch (unit) {
    case TimeUnit::day:
      return Field(v.days);
    case TimeUnit::month:
      return Field(months);
    case TimeUnit::quarter:
      return Field(months / 3 + 1);
    case TimeUnit::year:
      return Field(years);
    case TimeUnit::decade:
      return Field(years / 10);
    case TimeUnit::century:
      return Field(years / 100);
    case TimeUnit::millennium:
      return Field(years / 1000);
    case TimeUnit::epoch: {
      // A year is 365.25 days, a month 30.
      Int128 seconds = Int128{years} * 31557600 + Int128{months} * 30 * 86400 + Int128{v.days} * 86400;
      return Field(seconds * kMicrosPerSecond + v.microseconds, 6);
    }
    default:
      not_supported(types::lower_ascii(name), "interval");
  }
}

template <auto Get>
struct Both;
template <typename T, Field (*Get)(EvalContext&, string_view, T)>
struct Both<Get> {
  static std::optional<NumericView> extract(EvalContext& ctx, string_view name, T value) {
    return as_numeric(ctx, Get(ctx, name, value));
  }
  static std::optional<double> part(EvalContext& ctx, string_view name, T value) {
    return as_double(ctx, Get(ctx, name, value));
  }
};

// The start of the unit that a local timestamp lies in.
I8 truncate(TimeUnit unit, I8 local, string_view name, string_view type) {
  auto [days, micros] = split_timestamp(local);
  CivilDate d = civil_from_days(days);
  auto year_start = [](int year) { return days_from_civil(year, 1, 1) * kMicrosPerDay; };
  switch (unit) {
    case TimeUnit::microsecond:
      return local;
    case TimeUnit::millisecond:
      return local - micros % 1000;
    case TimeUnit::second:
      return local - micros % kMicrosPerSecond;
    case TimeUnit::minute:
      return local - micros % kMicrosPerMinute;
    case TimeUnit::hour:
      return local - micros % kMicrosPerHour;
    case TimeUnit::day:
      return days * kMicrosPerDay;
    case TimeUnit::week:
      return (days - (day_of_week(days) + 6) % 7) * kMicrosPerDay;
    case TimeUnit::month:
      return days_from_civil(d.year, d.month, 1) * kMicrosPerDay;
    case TimeUnit::quarter:
      return days_from_civil(d.year, (d.month - 1) / 3 * 3 + 1, 1) * kMicrosPerDay;
    case TimeUnit::year:
      return year_start(d.year);
    case TimeUnit::decade:
      return year_start(d.year > 0 ? d.year / 10 * 10 : -((8 - (d.year - 1)) / 10) * 10);
    case TimeUnit::century:
      return year_start(d.year > 0 ? (d.year + 99) / 100 * 100 - 99
                                   : -((99 - (d.year - 1)) / 100) * 100 + 1);
    case TimeUnit::millennium:
      return year_start(d.year > 0 ? (d.year + 999) / 1000 * 1000 - 999
                                   : -((999 - (d.year - 1)) / 1000) * 1000 + 1);
    default:
      reject(unit, name, type);
  }
}

I8 timestamp_trunc(string_view name, I8 t) {
  if (!is_timestamp_finite(t)) return t;  // by whatever unit
  TimeUnit unit = unit_of(name, kTimestamp);
  return truncate(unit, t, name, kTimestamp);
}

template <typename Zone>
I8 truncate_in_zone(string_view name, I8 t, const Zone& zone) {
  if (!is_timestamp_finite(t)) return t;
  TimeUnit unit = unit_of(name, kTimestamptz);
  I8 offset = zone.offset_at(t);
  I8 local = truncate(unit, t + offset, name, kTimestamptz);
  // Days and more may start under another offset.
  bool keeps = unit == TimeUnit::hour || unit == TimeUnit::minute || unit == TimeUnit::second ||
               unit == TimeUnit::millisecond || unit == TimeUnit::microsecond;
  I8 result = local - (keeps ? offset : zone.offset_at_local(local));
  if (!is_valid_timestamp(result)) throw_timestamp_out_of_range();
  return result;
}

struct SessionZone {
  const TimeZone* zone;
  I8 offset_at(I8 t) const { return zone_offset_at(zone, t); }
  I8 offset_at_local(I8 t) const { return zone_offset_at_local(zone, t); }
};
I8 timestamptz_trunc(EvalContext& ctx, string_view name, I8 t) {
  return truncate_in_zone(name, t, SessionZone{&session_zone(ctx)});
}
I8 timestamptz_trunc_zone(string_view name, I8 t, string_view zone) {
  if (!is_timestamp_finite(t)) return t;
  return truncate_in_zone(name, t, NamedZone::find(zone));
}

Interval interval_trunc(string_view name, Interval v) {
  TimeUnit unit = unit_of(name, "interval");
  auto whole_years = [&](int years) {
    return Interval{0, 0, v.months / (12 * years) * (12 * years)};
  };
  auto to = [&](I8 micros) { return Interval{v.microseconds / micros * micros, v.days, v.months}; };
  switch (unit) {
    case TimeUnit::microsecond:
      return v;
    case TimeUnit::millisecond:
      return to(1000);
    case TimeUnit::second:
      return to(kMicrosPerSecond);
    case TimeUnit::minute:
      return to(kMicrosPerMinute);
    case TimeUnit::hour:
      return to(kMicrosPerHour);
    case TimeUnit::day:
      return {0, v.days, v.months};
    case TimeUnit::month:
      return {0, 0, v.months};
    case TimeUnit::quarter:
      return {0, 0, v.months / 3 * 3};
    case TimeUnit::year:
      return whole_years(1);
    case TimeUnit::decade:
      return whole_years(10);
    case TimeUnit::century:
      return whole_years(100);
    case TimeUnit::millennium:
      return whole_years(1000);
    case TimeUnit::week:
      throw SqlError("0A000", fmt::format("unit \"{}\" not supported for type interval", types::lower_ascii(name)))
          .with_detail("Months usually have fractional weeks.");
    default:
      reject(unit, name, "interval");
  }
}

I8 bin(Interval stride, I8 t, I8 origin) {
  if (!is_timestamp_finite(t)) return t;
  if (!is_timestamp_finite(origin)) throw SqlError("22008", "origin out of range");
  if (stride.months != 0)
    throw SqlError("0A000", "timestamps cannot be binned into intervals containing months or years");
  I8 width, distance;
  if (__builtin_mul_overflow(I8{stride.days}, kMicrosPerDay, &width) ||
      __builtin_add_overflow(width, stride.microseconds, &width))
    throw_interval_out_of_range();
  if (width <= 0) throw SqlError("22008", "stride must be greater than zero");
  if (__builtin_sub_overflow(t, origin, &distance)) throw_interval_out_of_range();
  I8 start = distance - distance % width;
  if (distance < 0 && distance % width != 0) start -= width;
  I8 result = origin + start;
  if (!is_valid_timestamp(result)) throw_timestamp_out_of_range();
  return result;
}

constexpr ScalarFunction kDatetimeFieldFunctions[] = {
    {"extract_timestamp", strict<&Both<&timestamp_field>::extract>},
    {"extract_timestamptz", strict<&Both<&timestamptz_field>::extract>},
    {"extract_date", strict<&Both<&date_field>::extract>},
    {"extract_time", strict<&Both<&time_field>::extract>},
    {"extract_timetz", strict<&Both<&timetz_field>::extract>},
    {"extract_interval", strict<&Both<&interval_field>::extract>},
    {"timestamp_part", strict<&Both<&timestamp_field>::part>},
    {"timestamptz_part", strict<&Both<&timestamptz_field>::part>},
    {"time_part", strict<&Both<&time_field>::part>},
    {"timetz_part", strict<&Both<&timetz_field>::part>},
    {"interval_part", strict<&Both<&interval_field>::part>},
    {"timestamp_trunc", strict<&timestamp_trunc>},
    {"timestamptz_trunc", strict<&timestamptz_trunc>},
    {"timestamptz_trunc_zone", strict<&timestamptz_trunc_zone>},
    {"interval_trunc", strict<&interval_trunc>},
    {"timestamp_bin", strict<&bin>},
    {"timestamptz_bin", strict<&bin>},
};

}  // namespace

std::span<const ScalarFunction> datetime_field_functions() { return kDatetimeFieldFunctions; }

}  // namespace functions
