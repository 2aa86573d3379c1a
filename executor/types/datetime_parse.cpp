// Input of date, time, timetz, timestamp and timestamptz.
#include <charconv>

#include <fmt/format.h>

#include "datetime_lexer.h"
#include "types/datetime.h"
#include "types/sql_error.h"
#include "types/timezone.h"
#include "types/wire.h"

namespace types {
namespace {

enum class Failure { syntax, field_overflow, month_day_overflow, zone_overflow };

// Which parts have been seen.
enum : unsigned {
  kYear = 1,
  kMonth = 2,
  kDay = 4,
  kDate = kYear | kMonth | kDay,
  kDayOfYear = 8,
  kTime = 16,
  kZone = 32,
};

enum class Special { none, infinity, minus_infinity, epoch, now };
enum class Meridian { none, am, pm };

class Parser {
 public:
  Parser(EvalContext& ctx, std::string_view text, std::string_view type)
      : ctx_(ctx), text_(text), type_(type) {}

  Special special = Special::none;
  int year = 0, month = 0, day = 0;
  TimeOfDay time{0, 0, 0, 0};
  unsigned seen = 0;
  std::int64_t offset_east = 0;          // seconds, when kZone and zone == nullptr
  const TimeZone* zone = nullptr;        // when kZone

  [[noreturn]] void fail(Failure failure) const {
    switch (failure) {
      case Failure::syntax:
        throw SqlError("22007", fmt::format("invalid input syntax for type {}: \"{}\"", type_, text_));
      case Failure::field_overflow:
        throw SqlError("22008", fmt::format("date/time field value out of range: \"{}\"", text_));
      case Failure::month_day_overflow:
        throw SqlError("22008", fmt::format("date/time field value out of range: \"{}\"", text_))
            .with_hint("Perhaps you need a different \"datestyle\" setting.");
      case Failure::zone_overflow:
        throw SqlError("22009", fmt::format("time zone displacement out of range: \"{}\"", text_));
    }
    std::abort();
  }

  // time_only: the fields of a time; a date may stand there, too.
  void parse(bool time_only) {
    time_only_ = time_only;
    std::vector<DateField> fields;
    if (text_.size() > 128 || !lex_datetime(text_, fields) || fields.empty()) fail(Failure::syntax);
    for (const DateField& field : fields) {
      switch (field.kind) {
        case FieldKind::date:
          date_field(field.text, time_only);
          break;
        case FieldKind::time:
          if (seen & kTime) fail(Failure::syntax);
          if (prefix_ == Prefix::time) prefix_ = Prefix::none;
          time_field(field.text);
          break;
        case FieldKind::zone:
          if (seen & kZone) fail(Failure::syntax);
          offset_east = zone_offset(field.text);
          seen |= kZone;
          break;
        case FieldKind::number:
          number(field.text, time_only);
          break;
        case FieldKind::word:
        case FieldKind::special:
          word(field.text, time_only);
          break;
      }
    }
    if (prefix_ != Prefix::none) fail(Failure::syntax);
    finish(time_only);
  }

 private:
  enum class Prefix { none, julian, time };

  int to_int(std::string_view digits) const {
    int value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) fail(Failure::field_overflow);
    if (error != std::errc{} || end != digits.data() + digits.size()) fail(Failure::syntax);
    return value;
  }

  // ".123": microseconds, rounded; 1000000 carries into the seconds later.
  int fraction(std::string_view text) const {
    if (text.size() <= 1) return 0;
    for (char c : text.substr(1))
      if (!is_digit(c)) fail(Failure::syntax);
    double value = std::strtod(std::string(text).c_str(), nullptr);
    return static_cast<int>(std::rint(value * 1e6));
  }

  void set_time(int hour, int minute, int second, int micros) {
    time = {hour, minute, second, micros};
    seen |= kTime;
  }

  // h:mm, h:mm:ss, h:mm:ss.ffffff, mm:ss.ffffff
  void time_field(std::string_view text) {
    // A part may be left out, and is 0 then.
    const auto part = [&](std::string_view digits) { return digits.empty() ? 0 : to_int(digits); };
    auto colon = text.find(':');
    int hour = to_int(text.substr(0, colon));
    text.remove_prefix(colon + 1);
    auto end = text.find_first_of(":.");
    int minute = part(text.substr(0, end));
    int second = 0, micros = 0;
    if (end != text.npos && text[end] == '.') {
      micros = fraction(text.substr(end));
      second = minute;
      minute = hour;
      hour = 0;
    } else if (end != text.npos) {
      text.remove_prefix(end + 1);
      auto dot = text.find('.');
      second = part(text.substr(0, dot));
      if (dot != text.npos) {
        if (text.find(':') != text.npos) fail(Failure::syntax);
        micros = fraction(text.substr(dot));
      }
    }
    if (hour < 0 || minute > 59 || second > 60) fail(Failure::field_overflow);
    set_time(hour, minute, second, micros);
  }

  std::int64_t zone_offset(std::string_view text) const {
    int sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    int hour, minute = 0, second = 0;
    auto colon = text.find(':');
    if (colon != text.npos) {
      hour = to_int(text.substr(0, colon));
      text.remove_prefix(colon + 1);
      colon = text.find(':');
      minute = to_int(text.substr(0, colon));
      if (colon != text.npos) second = to_int(text.substr(colon + 1));
    } else if (text.size() > 2) {
      int value = to_int(text);
      hour = value / 100;
      minute = value % 100;
    } else {
      hour = to_int(text);
    }
    if (hour > 15 || minute > 59 || second > 59) fail(Failure::zone_overflow);
    return sign * (hour * 3600 + minute * 60 + second);
  }

  static int month_of(std::string_view word) {
    for (int m = 0; m < 12; ++m) {
      auto full = kMonthNames[m];
      bool is_full = word.size() == full.size(), is_short = word.size() == 3;
      if (!is_full && !is_short) continue;
      bool same = true;
      for (std::size_t i = 0; i < word.size(); ++i)
        same &= lower_ascii(full[i]) == lower_ascii(word[i]);
      if (same) return m + 1;
    }
    if (equals_ignoring_case(word, "sept")) return 9;
    return 0;
  }
  static bool is_weekday(std::string_view word) {
    for (auto full : kDayNames) {
      std::string lower;
      for (char c : full) lower += lower_ascii(c);
      if (word == lower || word == lower.substr(0, 3)) return true;
    }
    return word == "tues" || word == "thur" || word == "thurs" || word == "weds" || word == "wedn";
  }

  void set_part(unsigned part, int value) {
    if (seen & part) fail(Failure::syntax);
    seen |= part;
    if (part == kYear) year = value;
    if (part == kMonth) month = value;
    if (part == kDay) day = value;
  }
  void set_year(int value, std::size_t digits) {
    set_part(kYear, value);
    two_digit_year_ = digits <= 2;
  }

  // A date's parts joined by - / or ., or a time zone with such characters in its name.
  void date_field(std::string_view text, bool time_only) {
    if (prefix_ == Prefix::julian) fail(Failure::syntax);
    if (prefix_ == Prefix::time) {
      // T040506-08
      auto sign = text.find('-');
      prefix_ = Prefix::none;
      number_field(text.substr(0, sign));
      offset_east = zone_offset(text.substr(sign));
      seen |= kZone;
      return;
    }
    bool starts_with_digit = is_digit(text[0]);
    if ((seen & kMonth) != 0 && (seen & kDay) != 0) {
      if (starts_with_digit) {
        // hhmmss-zz
        auto sign = text.find('-');
        if (sign == text.npos || (seen & kZone)) fail(Failure::syntax);
        number_field(text.substr(0, sign));
        offset_east = zone_offset(text.substr(sign));
        seen |= kZone;
        return;
      }
      zone_name(text);
      return;
    }
    if (!starts_with_digit) {
      auto end = text.find_first_of("-/.+_0123456789");
      if (month_of(text.substr(0, end)) == 0) {
        // A zone stands behind the date that it is of.
        if (!time_only) fail(Failure::syntax);
        zone_name(text);
        return;
      }
    }
    if (time_only && starts_with_digit && !(seen & kZone)) {
      // hhmmss-zz; a date has two separators.
      auto sign = text.find('-');
      if (sign != text.npos && text.find_first_of("-/.", sign + 1) == text.npos) {
        number_field(text.substr(0, sign));
        offset_east = zone_offset(text.substr(sign));
        seen |= kZone;
        return;
      }
    }
    // Parts are runs of digits or of letters; a month's name wins over position.
    std::vector<std::string_view> parts;
    for (std::size_t i = 0; i < text.size();) {
      if (!is_digit(text[i]) && !std::isalpha(static_cast<unsigned char>(text[i]))) {
        ++i;
        continue;
      }
      std::size_t start = i;
      bool digits = is_digit(text[i]);
      while (i < text.size() && (digits ? is_digit(text[i]) : std::isalpha(static_cast<unsigned char>(text[i])) != 0))
        ++i;
      parts.push_back(text.substr(start, i - start));
    }
    if (parts.size() > 3) fail(Failure::syntax);
    bool text_month = false;
    for (auto& part : parts) {
      if (is_digit(part[0])) continue;
      int m = month_of(part);
      if (m == 0 || text_month) fail(Failure::syntax);
      set_part(kMonth, m);
      text_month = true;
      part = {};
    }
    for (auto part : parts)
      if (!part.empty()) date_number(part, text_month);
    if ((seen & kDate) != kDate && (seen & kDayOfYear) == 0) fail(Failure::syntax);
    text_month_ = text_month_ || text_month;
  }

  // A zone by name or abbreviation.
  void zone_name(std::string_view text) {
    if (seen & kZone) fail(Failure::syntax);
    if (auto abbreviation = find_zone_abbreviation(text)) {
      offset_east = abbreviation->seconds_east;
    } else {
      zone = find_time_zone(text);
      if (zone == nullptr)
        throw SqlError("22023", fmt::format("time zone \"{}\" not recognized", text));
    }
    seen |= kZone;
  }

  // One number of a date, placed by what is known already and by DateStyle's order.
  void date_number(std::string_view digits, bool text_month) {
    int value = to_int(digits);
    std::size_t length = digits.size();
    DateOrder order = ctx_.format != nullptr ? ctx_.format->date_order : DateOrder::mdy;
    if (length == 3 && (seen & kDate) == kYear && value >= 1 && value <= 366) {
      day_of_year_ = value;
      seen |= kDayOfYear | kMonth | kDay;
      return;
    }
    switch (seen & kDate) {
      case 0:
        if (length >= 3 || order == DateOrder::ymd)
          set_year(value, length);
        else if (order == DateOrder::dmy)
          set_part(kDay, value);
        else
          set_part(kMonth, value);
        break;
      case kYear:
        set_part(kMonth, value);
        break;
      case kMonth:
        // After a month's name a long number is a year (2000-Jan-08 comes year first).
        if (text_month && (length >= 3 || order == DateOrder::ymd))
          set_year(value, length);
        else
          set_part(kDay, value);
        break;
      case kYear | kMonth:
        if (text_month && length >= 3 && two_digit_year_) {
          // The first number must have been the day.
          day = year;
          seen |= kDay;
          year = value;
          two_digit_year_ = false;
        } else {
          set_part(kDay, value);
        }
        break;
      case kDay:
        set_part(kMonth, value);
        break;
      case kMonth | kDay:
        set_year(value, length);
        break;
      default:
        fail(Failure::syntax);
    }
  }

  // Run-together digits: yyyymmdd, yymmdd, hhmmss, hhmm, with fractions of a second.
  void number_field(std::string_view text) {
    int micros = 0;
    auto dot = text.find('.');
    if (dot != text.npos) {
      micros = fraction(text.substr(dot));
      text = text.substr(0, dot);
    } else if (!time_only_ && (seen & kDate) != kDate && text.size() >= 6) {
      // A date: the last four digits are month and day, the year is what stands before.
      std::size_t split = text.size() - 4;
      int y = to_int(text.substr(0, split)), m = to_int(text.substr(split, 2)),
          d = to_int(text.substr(split + 2));
      if (seen & kDate) fail(Failure::syntax);
      set_year(y, split);
      set_part(kMonth, m);
      set_part(kDay, d);
      return;
    }
    if (seen & kTime) fail(Failure::syntax);
    if (text.size() == 6) {
      set_time(to_int(text.substr(0, 2)), to_int(text.substr(2, 2)), to_int(text.substr(4)), micros);
    } else if (text.size() == 4 && micros == 0) {
      set_time(to_int(text.substr(0, 2)), to_int(text.substr(2)), 0, 0);
    } else {
      fail(Failure::syntax);
    }
    if (time.minute > 59 || time.second > 60) fail(Failure::field_overflow);
  }

  void number(std::string_view text, bool time_only) {
    auto dot = text.find('.');
    std::string_view whole = text.substr(0, dot);
    if (prefix_ == Prefix::julian) {
      prefix_ = Prefix::none;
      if (seen & kDate) fail(Failure::syntax);
      int julian = to_int(whole);
      if (julian > kEndDate + kPostgresEpochJulian || julian < 0) fail(Failure::field_overflow);
      CivilDate date = civil_from_days(julian - kPostgresEpochJulian);
      year = date.year;
      month = date.month;
      day = date.day;
      astronomical_ = true;
      seen |= kDate;
      if (dot != text.npos && text.size() > dot + 1) {
        auto micros = static_cast<std::int64_t>(
            std::strtod(std::string(text.substr(dot)).c_str(), nullptr) * static_cast<double>(kMicrosPerDay));
        time = split_time(micros);
        seen |= kTime;
      }
      return;
    }
    if (prefix_ == Prefix::time) {
      prefix_ = Prefix::none;
      number_field(text);
      return;
    }
    if (time_only) {
      number_field(text);
      return;
    }
    if (dot != text.npos && (seen & kDate) == 0 && whole.size() <= 4) {
      // 2000.123: year and day of year
      if (whole.size() >= 3 && text.size() - dot - 1 == 3) {
        set_year(to_int(whole), whole.size());
        date_number(text.substr(dot + 1), false);
        return;
      }
      fail(Failure::syntax);
    }
    bool have_date = (seen & kDate) == kDate || (seen & kDayOfYear) != 0;
    if (dot != text.npos && !have_date && whole.size() <= 4) fail(Failure::syntax);
    if (dot != text.npos || whole.size() >= 6 || (whole.size() == 4 && have_date)) {
      number_field(text);
      return;
    }
    date_number(whole, text_month_);
  }

  void word(std::string_view text, bool time_only) {
    if (text == "+infinity" || text == "infinity" || text == "+inf" || text == "inf") {
      only(Special::infinity);
    } else if (text == "-infinity" || text == "-inf") {
      only(Special::minus_infinity);
    } else if (text == "epoch") {
      only(Special::epoch);
    } else if (text == "now") {
      only(Special::now);
      seen |= kZone;
    } else if (text == "today" || text == "tomorrow" || text == "yesterday") {
      auto today = split_timestamp(timestamptz_to_timestamp(ctx_, ctx_.transaction_time)).days;
      CivilDate date = civil_from_days(today + (text == "tomorrow" ? 1 : text == "yesterday" ? -1 : 0));
      if (seen & kDate) fail(Failure::syntax);
      year = date.year;
      month = date.month;
      day = date.day;
      astronomical_ = true;
      seen |= kDate;
    } else if (text == "allballs") {
      set_time(0, 0, 0, 0);
      offset_east = 0;
      seen |= kZone;
    } else if (int m = month_of(text); m != 0) {
      if ((seen & kMonth) != 0 && !text_month_ && (seen & kDay) == 0) {
        // The number before was a day.
        day = month;
        seen = (seen & ~unsigned{kMonth}) | kDay;
      }
      set_part(kMonth, m);
      text_month_ = true;
    } else if (is_weekday(text) || text == "at" || text == "on") {
      // says nothing
    } else if (text == "am" || text == "a.m." || text == "pm" || text == "p.m.") {
      meridian_ = text[0] == 'a' ? Meridian::am : Meridian::pm;
    } else if (text == "ad" || text == "bc") {
      before_christ_ = text == "bc";
    } else if (text == "t" && !(seen & kTime)) {
      if (!time_only && (seen & (kDate | kDayOfYear)) == 0) fail(Failure::syntax);
      prefix_ = Prefix::time;
    } else if (text == "j" || text == "jd" || text == "julian") {
      prefix_ = Prefix::julian;
    } else if (text == "dst") {
      if (!(seen & kZone)) fail(Failure::syntax);
      offset_east += 3600;
    } else if (auto abbreviation = find_zone_abbreviation(text)) {
      if (seen & kZone) fail(Failure::syntax);
      offset_east = abbreviation->seconds_east;
      seen |= kZone;
    } else if (const TimeZone* named = find_time_zone(text); named != nullptr && text.size() > 1) {
      if (seen & kZone) fail(Failure::syntax);
      zone = named;
      seen |= kZone;
    } else {
      fail(Failure::syntax);
    }
    // A T stands directly before the time.
    if (prefix_ == Prefix::time && text != "t") fail(Failure::syntax);
  }

  void only(Special value) {
    if (special != Special::none || (seen & (kDate | kTime)) != 0) fail(Failure::syntax);
    special = value;
  }

  void finish(bool time_only) {
    if (special != Special::none) {
      if (seen & (kDate | kTime)) fail(Failure::syntax);
      return;
    }
    if (prefix_ == Prefix::time) prefix_ = Prefix::none;
    if (meridian_ != Meridian::none) {
      if (time.hour > 12) fail(Failure::field_overflow);
      if (meridian_ == Meridian::am && time.hour == 12) time.hour = 0;
      if (meridian_ == Meridian::pm && time.hour != 12) time.hour += 12;
    }
    if (seen & kTime) {
      std::int64_t micros = join_time(time.hour, time.minute, time.second, time.microsecond);
      if (time.hour > 24 || micros > kMicrosPerDay) fail(Failure::field_overflow);
    }
    if (!time_only || (seen & (kDate | kDayOfYear)) != 0) finish_date();
    if (time_only && !(seen & kTime)) fail(Failure::syntax);
  }

  void finish_date() {
    bool complete = (seen & kDate) == kDate || ((seen & kYear) && (seen & kDayOfYear));
    if (!complete) fail(Failure::syntax);
    if (!astronomical_) {
      if (before_christ_) {
        if (year <= 0) fail(Failure::field_overflow);
        year = 1 - year;
      } else if (two_digit_year_) {
        year += year < 70 ? 2000 : year < 100 ? 1900 : 0;
      } else if (year <= 0) {
        fail(Failure::field_overflow);
      }
    }
    if (seen & kDayOfYear) {
      if (day_of_year_ > (is_leap_year(year) ? 366 : 365)) fail(Failure::field_overflow);
      month = 1;
      while (day_of_year_ > days_in_month(year, month)) day_of_year_ -= days_in_month(year, month++);
      day = day_of_year_;
    }
    if (month < 1 || month > 12 || day < 1 || day > 31) fail(Failure::month_day_overflow);
    if (day > days_in_month(year, month)) fail(Failure::field_overflow);
  }

  EvalContext& ctx_;
  std::string_view text_;
  std::string_view type_;
  Prefix prefix_ = Prefix::none;
  Meridian meridian_ = Meridian::none;
  bool before_christ_ = false;
  bool two_digit_year_ = false;
  bool text_month_ = false;
  bool astronomical_ = false;
  int day_of_year_ = 0;
  bool time_only_ = false;
};

// The date range, checked before day numbers could wrap.
bool in_calendar(int year, int month, int day) {
  if (year < -4713 || (year == -4713 && (month < 11 || (month == 11 && day < 24)))) return false;
  return year < 5874898;
}

std::int64_t parsed_micros(const Parser& p) {
  return join_time(p.time.hour, p.time.minute, p.time.second, p.time.microsecond);
}

[[noreturn]] void throw_timestamp_range(std::string_view text) {
  throw SqlError("22008", fmt::format("timestamp out of range: \"{}\"", text));
}

std::int64_t local_timestamp(const Parser& p, std::string_view text) {
  if (!in_calendar(p.year, p.month, p.day)) throw_timestamp_range(text);
  std::int64_t result;
  if (__builtin_mul_overflow(std::int64_t{days_from_civil(p.year, p.month, p.day)}, kMicrosPerDay, &result) ||
      __builtin_add_overflow(result, parsed_micros(p), &result))
    throw_timestamp_range(text);
  return result;
}

}  // namespace

std::int32_t parse_date(EvalContext& ctx, std::string_view text) {
  Parser p(ctx, text, "date");
  p.parse(false);
  switch (p.special) {
    case Special::infinity:
      return kDateInfinity;
    case Special::minus_infinity:
      return kDateMinusInfinity;
    case Special::epoch:
      return -kUnixEpochToPostgresDays;
    case Special::now:
      return split_timestamp(timestamptz_to_timestamp(ctx, ctx.transaction_time)).days;
    case Special::none:
      break;
  }
  if (!in_calendar(p.year, p.month, p.day))
    throw SqlError("22008", fmt::format("date out of range: \"{}\"", text));
  return days_from_civil(p.year, p.month, p.day);
}

std::int64_t parse_time(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  Parser p(ctx, text, "time");
  p.parse(true);
  if (p.special == Special::now)
    return round_micros(split_timestamp(timestamptz_to_timestamp(ctx, ctx.transaction_time)).micros, typmod);
  if (p.special != Special::none) p.fail(Failure::syntax);
  // A zone by name means nothing without a date.
  if (p.zone != nullptr && (p.seen & kDate) != kDate) p.fail(Failure::syntax);
  return round_micros(parsed_micros(p), typmod);
}

TimeTz parse_timetz(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  Parser p(ctx, text, "time with time zone");
  p.parse(true);
  std::int64_t micros;
  std::int64_t east;
  if (p.special == Special::now) {
    std::int64_t local = timestamptz_to_timestamp(ctx, ctx.transaction_time);
    micros = split_timestamp(local).micros;
    east = (local - ctx.transaction_time) / kMicrosPerSecond;
  } else {
    if (p.special != Special::none) p.fail(Failure::syntax);
    micros = parsed_micros(p);
    bool dated = (p.seen & kDate) == kDate || (p.seen & kDayOfYear) != 0;
    auto offset_of = [&](const TimeZone& zone) {
      // Without a date, today's offset counts.
      std::int64_t day = dated ? std::int64_t{days_from_civil(p.year, p.month, p.day)}
                               : split_timestamp(timestamptz_to_timestamp(ctx, ctx.transaction_time)).days;
      return zone_offset_at_local(&zone, day * kMicrosPerDay + micros) / kMicrosPerSecond;
    };
    if (p.zone != nullptr && !dated) p.fail(Failure::syntax);
    if (p.zone != nullptr)
      east = offset_of(*p.zone);
    else if (p.seen & kZone)
      east = p.offset_east;
    else
      east = offset_of(session_zone(ctx));
  }
  return {round_micros(micros, typmod), static_cast<std::int32_t>(-east), 0};
}

std::int64_t parse_timestamp(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  Parser p(ctx, text, "timestamp");
  p.parse(false);
  switch (p.special) {
    case Special::infinity:
      return kTimestampInfinity;
    case Special::minus_infinity:
      return kTimestampMinusInfinity;
    case Special::epoch:
      return -kUnixEpochToPostgresMicros;
    case Special::now:
      return round_micros(timestamptz_to_timestamp(ctx, ctx.transaction_time), typmod);
    case Special::none:
      break;
  }
  std::int64_t result = local_timestamp(p, text);
  if (!is_valid_timestamp(result)) throw_timestamp_range(text);
  return round_micros(result, typmod);
}

std::int64_t parse_timestamptz(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  Parser p(ctx, text, "timestamp with time zone");
  p.parse(false);
  switch (p.special) {
    case Special::infinity:
      return kTimestampInfinity;
    case Special::minus_infinity:
      return kTimestampMinusInfinity;
    case Special::epoch:
      return -kUnixEpochToPostgresMicros;
    case Special::now:
      return round_micros(ctx.transaction_time, typmod);
    case Special::none:
      break;
  }
  std::int64_t local = local_timestamp(p, text);
  std::int64_t offset;
  if (p.zone != nullptr)
    offset = zone_offset_at_local(p.zone, local);
  else if (p.seen & kZone)
    offset = p.offset_east * kMicrosPerSecond;
  else
    offset = zone_offset_at_local(&session_zone(ctx), local);
  std::int64_t result;
  if (__builtin_sub_overflow(local, offset, &result) || !is_valid_timestamp(result))
    throw_timestamp_range(text);
  return round_micros(result, typmod);
}

}  // namespace types
