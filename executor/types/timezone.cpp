#include "types/timezone.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "types/datetime.h"
#include "types/wire.h"

namespace types {
namespace {

constexpr const char* kDirectory = "/usr/share/zoneinfo";
constexpr std::int64_t kDay = 86400;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Days since 1970-01-01.
std::int64_t unix_day(int year, int month, int day) {
  return std::int64_t{days_from_civil(year, month, day)} + kUnixEpochToPostgresDays;
}

int year_of(std::int64_t local_seconds) {
  std::int64_t days = floor_div(local_seconds, kDay) - kUnixEpochToPostgresDays;
  return civil_from_days(static_cast<std::int32_t>(std::clamp<std::int64_t>(days, -2147483000, 2147483000))).year;
}

// Local seconds since 1970 of a rule's change in a year.
std::int64_t change_in(const TimeZone::Rule& rule, int year) {
  std::int64_t day;
  switch (rule.kind) {
    case TimeZone::Rule::Kind::julian_without_leap:
      day = unix_day(year, 1, 1) + rule.day - 1 + (is_leap_year(year) && rule.day >= 60 ? 1 : 0);
      break;
    case TimeZone::Rule::Kind::day_of_year:
      day = unix_day(year, 1, 1) + rule.day;
      break;
    default: {
      std::int64_t first = unix_day(year, rule.month, 1);
      auto weekday = static_cast<int>(((first + 4) % 7 + 7) % 7);
      int offset = (rule.day - weekday + 7) % 7 + (rule.week - 1) * 7;
      while (offset >= days_in_month(year, rule.month)) offset -= 7;
      day = first + offset;
    }
  }
  return day * kDay + rule.seconds;
}

class PosixParser {
 public:
  explicit PosixParser(std::string_view text) : text_(text) {}

  std::optional<TimeZone::Posix> parse() {
    TimeZone::Posix posix;
    std::int32_t west;
    // The abbreviation of standard time may be left out, as in "5:30".
    if (!abbreviation(posix.standard.abbreviation) || !time(west)) return std::nullopt;
    posix.standard.seconds_east = -west;
    if (at_end()) return posix;
    TimeZone::Period daylight;
    daylight.is_dst = true;
    daylight.seconds_east = posix.standard.seconds_east + 3600;
    if (!abbreviation(daylight.abbreviation) || daylight.abbreviation.empty()) return std::nullopt;
    if (!at_end() && peek() != ',') {
      if (!time(west)) return std::nullopt;
      daylight.seconds_east = -west;
    }
    posix.daylight = daylight;
    if (at_end()) {
      // The United States' rule, as PostgreSQL assumes.
      posix.start = {TimeZone::Rule::Kind::month_week_day, 3, 2, 0, 7200};
      posix.end = {TimeZone::Rule::Kind::month_week_day, 11, 1, 0, 7200};
      return posix;
    }
    if (!rule(posix.start) || !rule(posix.end) || !at_end()) return std::nullopt;
    return posix;
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }

  bool abbreviation(std::string& out) {
    if (peek() == '<') {
      auto end = text_.find('>', at_);
      if (end == std::string_view::npos) return false;
      out = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return true;
    }
    // Anything that does not begin a number or a rule.
    const std::size_t end = std::min(text_.find_first_of("0123456789,+-", at_), text_.size());
    out = text_.substr(at_, end - at_);
    at_ = end;
    return true;
  }

  bool number(int& out, int limit) {
    if (!is_digit(peek())) return false;
    out = 0;
    while (is_digit(peek()) && out <= limit) out = out * 10 + (text_[at_++] - '0');
    return out <= limit;
  }

  bool time(std::int32_t& seconds) {
    int sign = 1;
    if (peek() == '-' || peek() == '+') sign = text_[at_++] == '-' ? -1 : 1;
    int hours = 0, minutes = 0, rest = 0;
    if (!number(hours, 167)) return false;
    if (peek() == ':') {
      ++at_;
      if (!number(minutes, 59)) return false;
      if (peek() == ':') {
        ++at_;
        if (!number(rest, 60)) return false;
      }
    }
    seconds = sign * (hours * 3600 + minutes * 60 + rest);
    return true;
  }

  bool rule(TimeZone::Rule& rule) {
    if (peek() != ',') return false;
    ++at_;
    if (peek() == 'M') {
      ++at_;
      rule.kind = TimeZone::Rule::Kind::month_week_day;
      if (!number(rule.month, 12) || rule.month < 1 || peek() != '.') return false;
      ++at_;
      if (!number(rule.week, 5) || rule.week < 1 || peek() != '.') return false;
      ++at_;
      if (!number(rule.day, 6)) return false;
    } else {
      rule.kind = TimeZone::Rule::Kind::day_of_year;
      if (peek() == 'J') {
        ++at_;
        rule.kind = TimeZone::Rule::Kind::julian_without_leap;
      }
      if (!number(rule.day, 365)) return false;
    }
    rule.seconds = 7200;
    if (peek() == '/') {
      ++at_;
      return time(rule.seconds);
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class TzifReader {
 public:
  explicit TzifReader(std::string_view bytes) : bytes_(bytes) {}
  bool has(std::size_t count) const { return bytes_.size() - at_ >= count; }
  std::int64_t number(int width) {
    std::uint64_t value = 0;
    for (int i = 0; i < width; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
    return width == 4 ? static_cast<std::int32_t>(value) : static_cast<std::int64_t>(value);
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(bytes_[at_++]); }
  std::string_view take(std::size_t count) {
    auto part = bytes_.substr(at_, count);
    at_ += count;
    return part;
  }
  std::string_view rest() const { return bytes_.substr(at_); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<TimeZone> TimeZone::fixed(std::string name, std::int32_t seconds_east,
                                          std::string abbreviation) {
  auto zone = std::make_unique<TimeZone>();
  zone->name_ = std::move(name);
  zone->periods_.push_back({seconds_east, false, std::move(abbreviation)});
  return zone;
}

std::unique_ptr<TimeZone> TimeZone::from_posix(std::string name, std::string_view text) {
  auto posix = PosixParser(text).parse();
  if (!posix) return nullptr;
  auto zone = std::make_unique<TimeZone>();
  zone->name_ = std::move(name);
  zone->periods_.push_back(posix->standard);
  zone->rule_ = std::move(posix);
  return zone;
}

std::unique_ptr<TimeZone> TimeZone::from_tzif(std::string name, std::string_view bytes) {
  TzifReader reader(bytes);
  std::size_t counts[6];
  auto header = [&](int& version) {
    if (!reader.has(44) || reader.take(4) != "TZif") return false;
    version = reader.byte();
    reader.take(15);
    for (auto& count : counts) count = static_cast<std::size_t>(reader.number(4));
    return true;
  };
  int version;
  if (!header(version) || version < '2') return nullptr;
  auto body_size = [&](std::size_t width) {
    auto [isut, isstd, leap, time, type, chars] = counts;
    return time * width + time + type * 6 + chars + leap * (width + 4) + isstd + isut;
  };
  for (auto count : counts)
    if (count > 100000) return nullptr;
  if (!reader.has(body_size(4))) return nullptr;
  reader.take(body_size(4));
  if (!header(version)) return nullptr;
  for (auto count : counts)
    if (count > 100000) return nullptr;
  if (!reader.has(body_size(8))) return nullptr;
  auto [isut, isstd, leap, time, type, chars] = counts;
  auto zone = std::make_unique<TimeZone>();
  zone->name_ = std::move(name);
  for (std::size_t i = 0; i < time; ++i) zone->transitions_.push_back(reader.number(8));
  for (std::size_t i = 0; i < time; ++i) {
    zone->transition_period_.push_back(reader.byte());
    if (zone->transition_period_.back() >= type) return nullptr;
  }
  std::vector<std::size_t> name_at;
  for (std::size_t i = 0; i < type; ++i) {
    Period period;
    period.seconds_east = static_cast<std::int32_t>(reader.number(4));
    period.is_dst = reader.byte() != 0;
    name_at.push_back(reader.byte());
    zone->periods_.push_back(period);
  }
  if (type == 0 || !std::is_sorted(zone->transitions_.begin(), zone->transitions_.end()))
    return nullptr;
  std::string_view names = reader.take(chars);
  for (std::size_t i = 0; i < type; ++i) {
    if (name_at[i] >= chars) return nullptr;
    auto text = names.substr(name_at[i]);
    zone->periods_[i].abbreviation = text.substr(0, text.find('\0'));
  }
  reader.take(leap * 12 + isstd + isut);
  auto footer = reader.rest();
  if (footer.size() > 2 && footer.front() == '\n') {
    footer.remove_prefix(1);
    zone->rule_ = PosixParser(footer.substr(0, footer.find('\n'))).parse();
  }
  return zone;
}

ZoneOffset TimeZone::by_rule(std::int64_t utc) const {
  const Posix& rule = *rule_;
  if (!rule.daylight) return offset(rule.standard);
  int year = year_of(utc + rule.standard.seconds_east);
  std::int64_t start = change_in(rule.start, year) - rule.standard.seconds_east;
  std::int64_t end = change_in(rule.end, year) - rule.daylight->seconds_east;
  bool dst = start < end ? utc >= start && utc < end : !(utc >= end && utc < start);
  return offset(dst ? *rule.daylight : rule.standard);
}

ZoneOffset TimeZone::at(std::int64_t utc) const {
  auto next = std::upper_bound(transitions_.begin(), transitions_.end(), utc);
  if (next == transitions_.end() && rule_) return by_rule(utc);
  if (next == transitions_.begin()) return offset(periods_[0]);
  return offset(periods_[transition_period_[static_cast<std::size_t>(next - transitions_.begin()) - 1]]);
}

ZoneOffset TimeZone::at_local(std::int64_t local) const {
  // No zone is further than a day from UTC and none changes twice within two days.
  ZoneOffset before = at(local - kDay), after = at(local + kDay);
  if (before.seconds_east == after.seconds_east) return at(local - before.seconds_east);
  // The interpretation that agrees with itself; both in a fold, none in a gap.
  ZoneOffset as_before = at(local - before.seconds_east);
  ZoneOffset as_after = at(local - after.seconds_east);
  bool before_holds = as_before.seconds_east == before.seconds_east;
  bool after_holds = as_after.seconds_east == after.seconds_east;
  if (after_holds) return as_after;
  if (before_holds) return as_before;
  return before;
}

std::optional<ZoneOffset> TimeZone::with_abbreviation(std::string_view abbreviation,
                                                      std::int64_t utc) const {
  auto matches = [&](const Period& period) {
    if (period.abbreviation.size() != abbreviation.size()) return false;
    for (std::size_t i = 0; i < abbreviation.size(); ++i)
      if (lower_ascii(period.abbreviation[i]) != lower_ascii(abbreviation[i])) return false;
    return true;
  };
  if (rule_ && (transitions_.empty() || utc >= transitions_.back())) {
    if (matches(rule_->standard)) return offset(rule_->standard);
    if (rule_->daylight && matches(*rule_->daylight)) return offset(*rule_->daylight);
  }
  auto next = static_cast<std::size_t>(
      std::upper_bound(transitions_.begin(), transitions_.end(), utc) - transitions_.begin());
  for (std::size_t i = next; i-- > 0;)
    if (matches(periods_[transition_period_[i]])) return offset(periods_[transition_period_[i]]);
  if (matches(periods_[0])) return offset(periods_[0]);
  for (std::size_t i = next; i < transitions_.size(); ++i)
    if (matches(periods_[transition_period_[i]])) return offset(periods_[transition_period_[i]]);
  return std::nullopt;
}

namespace {

// The names of the tz database in lower case, and the zones loaded so far.
class Registry {
 public:
  const TimeZone* find(std::string_view name) {
    std::string key;
    for (char c : name) key += lower_ascii(c);
    std::lock_guard lock(mutex_);
    auto found = zones_.find(key);
    if (found != zones_.end()) return found->second.get();
    auto zone = load(name, key);
    // What is not a zone is not remembered: anybody could fill the table with such names.
    if (zone == nullptr) return nullptr;
    return zones_.emplace(key, std::move(zone)).first->second.get();
  }

  std::vector<std::string> names() {
    std::lock_guard lock(mutex_);
    index();
    std::vector<std::string> result;
    for (const auto& [key, name] : index_) result.push_back(name);
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  void index() {
    if (!index_.empty()) return;
    std::error_code error;
    std::filesystem::path root(kDirectory);
    for (std::filesystem::recursive_directory_iterator it(root, error), end; it != end && !error;
         it.increment(error)) {
      std::string relative = it->path().lexically_relative(root).string();
      if (it->is_directory(error)) {
        if (relative == "right" || relative == "posix") it.disable_recursion_pending();
        continue;
      }
      if (relative.find('.') != std::string::npos || relative == "leapseconds" ||
          relative == "localtime" || relative == "posixrules" || relative == "Factory")
        continue;
      std::string key;
      for (char c : relative) key += lower_ascii(c);
      index_.emplace(std::move(key), std::move(relative));
    }
  }

  std::unique_ptr<TimeZone> load(std::string_view name, const std::string& key) {
    if (key == "utc" || key == "gmt") return TimeZone::fixed(key == "utc" ? "UTC" : "GMT", 0, key == "utc" ? "UTC" : "GMT");
    index();
    auto found = index_.find(key);
    if (found != index_.end()) {
      std::ifstream file(std::string(kDirectory) + "/" + found->second, std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(file)), {});
      return TimeZone::from_tzif(found->second, bytes);
    }
    return TimeZone::from_posix(std::string(name), name);
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::string> index_;
  std::unordered_map<std::string, std::unique_ptr<TimeZone>> zones_;
};

Registry& registry() {
  static Registry* zones = new Registry;  // sessions may hold zones while the process ends
  return *zones;
}

}  // namespace

const TimeZone* find_time_zone(std::string_view name) {
  if (name.empty() || name.size() > 255) return nullptr;
  return registry().find(name);
}

const TimeZone& utc_zone() {
  static const TimeZone* utc = find_time_zone("UTC");
  return *utc;
}

const TimeZone* fixed_time_zone(std::int32_t seconds_east) {
  std::int32_t magnitude = seconds_east < 0 ? -seconds_east : seconds_east;
  std::string digits = fmt::format("{:02}", magnitude / 3600);
  if (magnitude % 3600 != 0) digits += fmt::format(":{:02}", magnitude / 60 % 60);
  if (magnitude % 60 != 0) digits += fmt::format(":{:02}", magnitude % 60);
  // POSIX counts west, names show east: <+02>-02
  return find_time_zone(fmt::format("<{}{}>{}{}", seconds_east < 0 ? '-' : '+', digits,
                                    seconds_east < 0 ? '+' : '-', digits));
}

std::vector<std::string> time_zone_names() { return registry().names(); }

}  // namespace types
