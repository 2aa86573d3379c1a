// Input of interval: PostgreSQL's own syntax, the SQL standard's and ISO 8601's.
#include <cmath>

#include <fmt/format.h>

#include "datetime_lexer.h"
#include "types/datetime.h"
#include "types/sql_error.h"
#include "types/wire.h"

namespace types {
namespace {

// Field masks of an interval typmod.
enum : int {
  kMonthField = 1 << 1,
  kYearField = 1 << 2,
  kDayField = 1 << 3,
  kHourField = 1 << 10,
  kMinuteField = 1 << 11,
  kSecondField = 1 << 12,
  kAllFields = 0x7fff,
};

constexpr int field_range(std::int32_t typmod) {
  return typmod < 0 ? kAllFields : (typmod >> 16) & 0x7fff;
}

constexpr unsigned bit(TimeUnit unit) { return 1U << static_cast<unsigned>(unit); }
constexpr unsigned kSecondAndParts =
    bit(TimeUnit::second) | bit(TimeUnit::millisecond) | bit(TimeUnit::microsecond);

class Parser {
 public:
  Parser(std::string_view text, std::int32_t typmod, IntervalStyle style)
      : text_(text), range_(field_range(typmod)), style_(style) {}

  Interval parse() {
    if (text_.size() > 256) fail();
    if (text_.size() > 1 && text_[0] == 'P')
      parse_iso(text_.substr(1));
    else if (!parse_words())
      fail();
    return finish();
  }

 private:
  [[noreturn]] void fail() const {
    throw SqlError("22007", fmt::format("invalid input syntax for type interval: \"{}\"", text_));
  }
  [[noreturn]] void fail_overflow() const {
    if (in_signed_clock_) fail();
    throw SqlError("22015", fmt::format("interval field value out of range: \"{}\"", text_));
  }

  struct Number {
    std::int64_t whole = 0;
    double fraction = 0;  // same sign
    bool negative = false;
  };

  Number number(std::string_view text) const {
    Number n;
    std::size_t i = 0;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) n.negative = text[i++] == '-';
    std::size_t start = i;
    // With its sign from the first digit on: the smallest integer has no positive counterpart.
    for (; i < text.size() && is_digit(text[i]); ++i) {
      const std::int64_t digit = text[i] - '0';
      if (__builtin_mul_overflow(n.whole, std::int64_t{10}, &n.whole) ||
          __builtin_add_overflow(n.whole, n.negative ? -digit : digit, &n.whole))
        fail_overflow();
    }
    bool any = i > start;
    if (i < text.size() && text[i] == '.') {
      std::size_t point = i++;
      while (i < text.size() && is_digit(text[i])) ++i;
      any |= i > point + 1;
      n.fraction = i > point + 1 ? std::strtod(std::string(text.substr(point, i - point)).c_str(), nullptr) : 0;
    }
    if (!any || i != text.size()) fail();
    if (n.negative) n.fraction = -n.fraction;
    return n;
  }

  void add(std::int64_t& target, std::int64_t value, std::int64_t scale = 1) const {
    std::int64_t product;
    if (__builtin_mul_overflow(value, scale, &product) ||
        __builtin_add_overflow(target, product, &target))
      fail_overflow();
  }
  void add(std::int32_t& target, std::int64_t value, std::int64_t scale = 1) const {
    std::int64_t product;
    std::int32_t narrow;
    if (__builtin_mul_overflow(value, scale, &product) || __builtin_add_overflow(product, 0, &narrow) ||
        __builtin_add_overflow(target, narrow, &target))
      fail_overflow();
  }
  // Halves go towards zero.
  void add_micros(double value) {
    // The nearest double to the largest integer is beyond it.
    if (!(std::abs(value) < 9.2233720368547758e18)) fail_overflow();
    auto whole = static_cast<std::int64_t>(value);
    const double rest = value - static_cast<double>(whole);
    add(micros_, whole);
    if (rest > 0.5) add(micros_, 1);
    if (rest < -0.5) add(micros_, -1);
  }
  void add_days(const Number& n, int scale) {
    add(days_, n.whole, scale);
    double part = n.fraction * scale;
    auto whole = static_cast<std::int64_t>(part);
    add(days_, whole);
    add_micros((part - static_cast<double>(whole)) * static_cast<double>(kMicrosPerDay));
  }
  void add_months(const Number& n) {
    add(months_, n.whole);
    add_days({0, n.fraction, false}, 30);
  }
  void add_years(const Number& n, int scale) {
    add(years_, n.whole, scale);
    add(months_, static_cast<std::int64_t>(std::rint(n.fraction * scale * 12)));
  }
  void add_time(const Number& n, std::int64_t scale) {
    add(micros_, n.whole, scale);
    add_micros(n.fraction * static_cast<double>(scale));
  }

  void see(unsigned units) {
    if ((units_seen_ & units) != 0) fail();
    units_seen_ |= units;
  }

  // Each unit once; a second with a fraction leaves none for its parts.
  void apply(const Number& n, TimeUnit unit) {
    switch (unit) {
      case TimeUnit::microsecond: add_time(n, 1); break;
      case TimeUnit::millisecond: add_time(n, 1000); break;
      case TimeUnit::second: add_time(n, kMicrosPerSecond); break;
      case TimeUnit::minute: add_time(n, kMicrosPerMinute); break;
      case TimeUnit::hour: add_time(n, kMicrosPerHour); break;
      case TimeUnit::day: add_days(n, 1); break;
      case TimeUnit::week: add_days(n, 7); break;
      case TimeUnit::month: add_months(n); break;
      case TimeUnit::year: add_years(n, 1); break;
      case TimeUnit::decade: add_years(n, 10); break;
      case TimeUnit::century: add_years(n, 100); break;
      case TimeUnit::millennium: add_years(n, 1000); break;
      default: fail();
    }
    see(unit == TimeUnit::second && n.fraction != 0 ? kSecondAndParts : bit(unit));
  }

  // What a number without a unit means: the last field of the declared range.
  TimeUnit default_unit() const {
    switch (range_) {
      case kYearField:
        return TimeUnit::year;
      case kMonthField:
      case kYearField | kMonthField:
        return TimeUnit::month;
      case kDayField:
        return TimeUnit::day;
      case kHourField:
      case kDayField | kHourField:
        return TimeUnit::hour;
      case kMinuteField:
      case kHourField | kMinuteField:
      case kDayField | kHourField | kMinuteField:
        return TimeUnit::minute;
      default:
        return TimeUnit::second;
    }
  }

  void clock(std::string_view text) {
    bool negative = text[0] == '-';
    if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
    // hh:mm[:ss[.f]] or mm:ss.f
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    for (;;) {
      auto colon = text.find(':', start);
      parts.push_back(text.substr(start, colon - start));
      if (colon == text.npos) break;
      start = colon + 1;
    }
    if (parts.size() < 2 || parts.size() > 3) fail();
    std::int64_t hours = 0, minutes = 0;
    Number seconds;
    // A part may be left out, and is 0 then.
    auto whole = [&](std::string_view part) {
      if (part.empty()) return std::int64_t{0};
      if (part.find_first_not_of("0123456789") != part.npos) fail();
      return number(part).whole;
    };
    bool minutes_seconds = parts.size() == 2 && (parts[1].find('.') != parts[1].npos ||
                                                 range_ == (kMinuteField | kSecondField));
    if (minutes_seconds) {
      minutes = whole(parts[0]);
      if (!parts[1].empty()) seconds = number(parts[1]);
    } else {
      hours = whole(parts[0]);
      minutes = whole(parts[1]);
      if (parts.size() == 3 && !parts[2].empty()) seconds = number(parts[2]);
    }
    if (minutes > 59 || seconds.whole > 60 || seconds.negative) fail_overflow();
    std::int64_t total = 0;
    add(total, hours, kMicrosPerHour);
    add(total, minutes, kMicrosPerMinute);
    add(total, seconds.whole, kMicrosPerSecond);
    add(total, static_cast<std::int64_t>(std::rint(seconds.fraction * 1e6)));
    add(micros_, negative ? -total : total);
    see(bit(TimeUnit::hour) | bit(TimeUnit::minute) | kSecondAndParts);
  }

  // SQL's year-month: "1-2", "-1-2".
  bool year_month(std::string_view text) {
    bool negative = text[0] == '-';
    std::string_view body = text[0] == '-' || text[0] == '+' ? text.substr(1) : text;
    auto dash = body.find('-');
    if (dash == body.npos) return false;
    const std::string_view behind = body.substr(dash + 1);
    const std::size_t sign = !behind.empty() && (behind[0] == '-' || behind[0] == '+');
    const std::string_view written = behind.substr(0, behind.find_first_not_of("0123456789", sign));
    Number years = number(body.substr(0, dash)), months = written.size() == sign ? Number{} : number(written);
    if (months.whole > 11 || months.negative) fail_overflow();  // what a date is, too
    if (written.size() < behind.size()) fail();
    std::int64_t total = 0;
    add(total, years.whole, 12);
    add(total, months.whole);
    add(months_, negative ? -total : total);
    see(bit(TimeUnit::month));
    return true;
  }

  // From the last field to the first, since a unit follows its number. False: not this syntax.
  bool parse_words() {
    std::vector<DateField> fields;
    if (!lex_datetime(text_, fields) || fields.empty()) return false;
    bool ago = false, any = false;
    // sql_standard: a leading minus counts for every field when no other field has a sign.
    bool all_negative = false;
    if (style_ == IntervalStyle::sql_standard && fields[0].text[0] == '-') {
      all_negative = true;
      for (std::size_t i = 1; i < fields.size(); ++i)
        if (fields[i].text[0] == '-' || fields[i].text[0] == '+') all_negative = false;
    }
    TimeUnit unit = TimeUnit::none;
    for (std::size_t i = fields.size(); i-- > 0;) {
      std::string text = fields[i].text;
      char first = text[0];
      bool numeric = is_digit(first) || first == '.' ||
                     ((first == '-' || first == '+') && text.size() > 1 && (is_digit(text[1]) || text[1] == '.'));
      if (numeric) {
        if (all_negative && first != '-' && first != '+') text.insert(0, "-");
        if (text.find(':') != text.npos) {
          // With a sign it might have been another kind of field as well: whatever is wrong with it is its syntax.
          in_signed_clock_ = !is_digit(first);
          clock(text);
          in_signed_clock_ = false;
          // A bare number before a clock is days.
          unit = TimeUnit::day;
          any = true;
          continue;
        }
        if (text.find('-', 1) != text.npos) {
          if (!year_month(text)) return false;
          any = true;
          unit = TimeUnit::month;
          continue;
        }
        if (i + 1 == fields.size()) unit = default_unit();
        if (unit == TimeUnit::none) return false;
        apply(number(text), unit);
        any = true;
        // A number without a unit of its own counts in the unit behind it, which each is allowed once; before hours come
        // days ("1 2" DAY TO HOUR).
        if (unit == TimeUnit::hour) unit = TimeUnit::day;
        continue;
      }
      if (text == "ago") {
        if (i + 1 != fields.size()) return false;
        ago = true;
        continue;
      }
      // Of several units in a row the first counts.
      unit = find_time_unit(text);
      if (unit == TimeUnit::none || unit >= TimeUnit::epoch || unit == TimeUnit::quarter) return false;
      if (i == 0) return false;
    }
    if (!any) return false;
    if (ago) {
      const auto negate = [&](auto& value) {
        if (__builtin_sub_overflow(0, value, &value)) fail_overflow();
      };
      negate(years_);
      negate(months_);
      negate(days_);
      negate(micros_);
    }
    return true;
  }

  // Takes the number that `text` begins with; it may have an exponent.
  Number iso_number(std::string_view& text) const {
    if (text.empty() || !(is_digit(text[0]) || text[0] == '-' || text[0] == '.')) fail();
    const std::string copy(text);
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    if (end == copy.c_str() || std::isnan(value)) fail();
    if (std::abs(value) > 1e15) fail_overflow();
    text.remove_prefix(static_cast<std::size_t>(end - copy.c_str()));
    const double whole = std::trunc(value);
    return {static_cast<std::int64_t>(whole), value - whole, value < 0};
  }
  static std::size_t leading_digits(std::string_view text) {
    std::size_t count = 0;
    const std::size_t from = !text.empty() && text[0] == '-' ? 1 : 0;
    while (from + count < text.size() && is_digit(text[from + count])) ++count;
    return count;
  }
  // What is left of yyyy[-mm[-dd]] behind the year; whether the part of the day follows.
  bool iso_calendar(std::string_view& text) {
    const auto ends = [&] { return text.empty() || text[0] == 'T'; };
    if (ends()) return !text.empty();
    text.remove_prefix(1);
    add_months(iso_number(text));
    if (ends()) return !text.empty();
    if (text[0] != '-') fail();
    text.remove_prefix(1);
    add_days(iso_number(text), 1);
    if (!ends()) fail();
    return !text.empty();
  }

  // The same of hh[:mm[:ss]].
  void iso_clock(std::string_view text) {
    for (const std::int64_t scale : {kMicrosPerMinute, kMicrosPerSecond}) {
      if (text.empty()) return;
      if (text[0] != ':') fail();
      text.remove_prefix(1);
      add_time(iso_number(text), scale);
    }
    if (!text.empty()) fail();
  }

  // Fields with designators ("1Y2M"), or the alternative formats: yyyymmdd, yyyy-mm-dd and, behind a T, hhmmss and
  // hh:mm:ss, in which the first number of a part stands alone.
  void parse_iso(std::string_view text) {
    bool time = false, any = false;
    while (!text.empty()) {
      if (text[0] == 'T') {
        time = true;
        any = false;
        text.remove_prefix(1);
        continue;
      }
      const std::size_t width = leading_digits(text);
      const Number n = iso_number(text);
      const char unit = text.empty() ? '\0' : text[0];
      const bool first = !any;
      any = true;
      if (!time) {
        switch (unit) {
          case 'Y': add_years(n, 1); break;
          case 'M': add_months(n); break;
          case 'W': add_days(n, 7); break;
          case 'D': add_days(n, 1); break;
          case 'T':
          case '\0':
          case '-':
            if (!first) fail();
            if (width == 8 && unit != '-') {
              add(years_, n.whole / 10000);
              add(months_, n.whole / 100 % 100);
              add_days({n.whole % 100, n.fraction, false}, 1);
            } else {
              add_years(n, 1);
              if (!iso_calendar(text)) return;
            }
            continue;
          default: fail();
        }
      } else {
        switch (unit) {
          case 'H': add_time(n, kMicrosPerHour); break;
          case 'M': add_time(n, kMicrosPerMinute); break;
          case 'S': add_time(n, kMicrosPerSecond); break;
          case '\0':
          case ':':
            if (!first) fail();
            if (width == 6 && unit != ':') {
              add(micros_, n.whole / 10000, kMicrosPerHour);
              add(micros_, n.whole / 100 % 100, kMicrosPerMinute);
              add(micros_, n.whole % 100, kMicrosPerSecond);
              // PostgreSQL takes what is behind the point for parts of a microsecond here.
              add_micros(n.fraction);
            } else {
              add_time(n, kMicrosPerHour);
              iso_clock(text);
            }
            return;
          default: fail();
        }
      }
      text.remove_prefix(1);
    }
  }

  Interval finish() const {
    std::int32_t months;
    if (__builtin_mul_overflow(years_, 12, &months) || __builtin_add_overflow(months, months_, &months))
      throw SqlError("22008", "interval out of range");
    return {micros_, days_, months};
  }

  std::string_view text_;
  int range_;
  IntervalStyle style_;
  std::int32_t years_ = 0, months_ = 0, days_ = 0;
  std::int64_t micros_ = 0;
  bool in_signed_clock_ = false;
  unsigned units_seen_ = 0;
};

}  // namespace

Interval parse_interval(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  auto style = ctx.format != nullptr ? ctx.format->interval_style : IntervalStyle::postgres;
  return apply_interval_typmod(Parser(text, typmod, style).parse(), typmod);
}

Interval apply_interval_typmod(Interval v, std::int32_t typmod) {
  if (typmod < 0) return v;
  switch (int range = field_range(typmod)) {
    case kYearField:
      v.months = v.months / 12 * 12;
      v.days = 0;
      v.microseconds = 0;
      break;
    case kMonthField:
    case kYearField | kMonthField:
      v.days = 0;
      v.microseconds = 0;
      break;
    case kDayField:
      v.microseconds = 0;
      break;
    case kHourField:
    case kDayField | kHourField:
      v.microseconds = v.microseconds / kMicrosPerHour * kMicrosPerHour;
      break;
    case kMinuteField:
    case kHourField | kMinuteField:
    case kDayField | kHourField | kMinuteField:
      v.microseconds = v.microseconds / kMicrosPerMinute * kMicrosPerMinute;
      break;
    default:
      (void)range;
  }
  int precision = typmod & 0xffff;
  if (precision <= 6) v.microseconds = round_micros(v.microseconds, precision);
  return v;
}

}  // namespace types
