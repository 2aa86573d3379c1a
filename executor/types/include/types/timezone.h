// Time zones out of the system's tz database, and PostgreSQL's abbreviations.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace types {

struct ZoneOffset {
  std::int32_t seconds_east;
  bool is_dst;
  std::string_view abbreviation;  // borrowed from the zone
};

// One zone's whole history and its rule for the future. Immutable; lives for ever once found.
class TimeZone {
 public:
  struct Period {
    std::int32_t seconds_east = 0;
    bool is_dst = false;
    std::string abbreviation;
  };
  // A yearly change, as in POSIX TZ strings.
  struct Rule {
    enum class Kind : std::uint8_t { julian_without_leap, day_of_year, month_week_day } kind;
    int month = 0, week = 0, day = 0;
    std::int32_t seconds = 7200;  // local time of day
  };
  struct Posix {
    Period standard;
    std::optional<Period> daylight;
    Rule start{}, end{};
  };

  const std::string& name() const { return name_; }

  // Seconds since 1970-01-01 UTC.
  ZoneOffset at(std::int64_t utc_seconds) const;
  // What a wall clock means. In a gap the offset before it counts, in a fold the one after.
  ZoneOffset at_local(std::int64_t local_seconds) const;
  // The offset that goes with this abbreviation (any case) at or before the time, if the zone
  // ever used it.
  std::optional<ZoneOffset> with_abbreviation(std::string_view abbreviation,
                                              std::int64_t utc_seconds) const;

  // From a tz database file's contents; null when malformed.
  static std::unique_ptr<TimeZone> from_tzif(std::string name, std::string_view bytes);
  // From a POSIX TZ string; null when malformed.
  static std::unique_ptr<TimeZone> from_posix(std::string name, std::string_view text);
  static std::unique_ptr<TimeZone> fixed(std::string name, std::int32_t seconds_east,
                                         std::string abbreviation);

 private:
  ZoneOffset offset(const Period& period) const {
    return {period.seconds_east, period.is_dst, period.abbreviation};
  }
  ZoneOffset by_rule(std::int64_t utc_seconds) const;

  std::string name_;
  std::vector<std::int64_t> transitions_;      // UTC, ascending
  std::vector<std::uint8_t> transition_period_;  // the period that starts there
  std::vector<Period> periods_;                // [0] is before the first transition
  std::optional<Posix> rule_;                  // after the last transition
};

// By name, in any case: "Europe/Berlin", "EST5EDT", POSIX strings such as "CET-1CEST" or "<+03>-3".
// Null when there is none. Thread-safe; the result lives for ever.
const TimeZone* find_time_zone(std::string_view name);

// UTC itself.
const TimeZone& utc_zone();

// A zone with a constant offset, as SET TIME ZONE with an interval makes.
const TimeZone* fixed_time_zone(std::int32_t seconds_east);

struct ZoneAbbreviation {
  std::int32_t seconds_east;
  bool is_dst;
};
// PostgreSQL's default set ("est", "cest", ...): in any case.
std::optional<ZoneAbbreviation> find_zone_abbreviation(std::string_view abbreviation);
// All of them, in lower case, sorted.
std::vector<std::pair<std::string_view, ZoneAbbreviation>> zone_abbreviations();

// Every zone name of the system, for pg_timezone_names. Reads the directory.
std::vector<std::string> time_zone_names();

}  // namespace types
