// to_timestamp(text, text) and to_date(text, text).
#include <algorithm>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "datetime_template.h"
#include "errors.h"
#include "function_table.h"
#include "kernel.h"
#include "types/ascii.h"
#include "types/datetime.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

using namespace types;
using std::string_view;
using I8 = std::int64_t;

using types::is_digit;
using types::is_space;
bool is_separator(char c) { return c > 0x20 && c < 0x7f && !is_digit(c) && !types::is_letter(c); }

// What the text said, field by field; a field that was not said, and one that was said to be 0, is 0.
struct Fields {
  enum class Calendar : std::uint8_t { any, gregorian, iso_week } calendar = Calendar::any;
  int year = 0, year_digits = 0, century = 0, before_christ = 0;
  int month = 0, day = 0, day_of_year = 0, julian = 0;
  int week = 0, week_of_month = 0, day_of_week = 0;  // Sunday: 1
  int hour = 0, minute = 0, second = 0, second_of_day = 0, milliseconds = 0, microseconds = 0, pm = 0;
  bool twelve_hours = false;
  int precision = 0;                                 // of FFn
  int zone_sign = 0, zone_hour = 0, zone_minute = 0;  // sign 0: no zone
};

class Reader {
 public:
  Reader(string_view text, string_view format, TemplateRules rules = TemplateRules::lenient)
      : text_(text),
        template_(DateTemplate::get(format, rules)),
        is_standard_(rules == TemplateRules::standard),
        is_exact_(is_standard_) {}

  struct Result {
    int year, month, day;  // astronomical; not yet known to be a date
    I8 micros;             // of the day; below a day
    std::optional<I8> offset_east;  // seconds
    int precision;                  // of FFn, 0 without
    bool is_julian() const {
      return (year > -4713 || (year == -4713 && month >= 11)) && (year < 5874898 || (year == 5874898 && month < 6));
    }
  };

  Result read() {
    const auto& nodes = template_->nodes;
    std::size_t n = 0;
    for (; n < nodes.size() && at_ < text_.size(); ++n) {
      const TemplateNode& node = nodes[n];
      const bool is_action = node.kind == TemplateNode::Kind::pattern || node.kind == TemplateNode::Kind::exact;
      if (!is_exact_ && (is_action || n == 0)) skip_spaces();
      if (node.kind == TemplateNode::Kind::exact) {
        is_exact_ = true;
      } else if (is_action) {
        pattern(node, reads_all(n));
      } else if (is_exact_) {
        if (is_standard_ && !text_.substr(at_).starts_with(node.text))
          throw SqlError("22007", fmt::format("unmatched format {} \"{}\"",
                                              node.kind == TemplateNode::Kind::literal ? "character" : "separator",
                                              node.text));
        skip_character();
      } else if (node.kind == TemplateNode::Kind::literal) {
        if (extra_ > 0)
          --extra_;
        else
          skip_character();
      } else if (is_space(peek()) || is_separator(peek())) {
        // A space or separator stands for one of them, or for nothing.
        ++at_;
      } else {
        --extra_;
      }
      if (is_action && !is_exact_) {
        extra_ = 0;
        skip_spaces();
      }
    }
    if (is_standard_) {
      if (n < nodes.size()) throw SqlError("22007", "input string is too short for datetime format");
      skip_spaces();
      if (at_ < text_.size())
        throw SqlError("22007", "trailing characters remain in input string after datetime format");
    }
    return finish();
  }

 private:
  using Ordinal = TemplateNode::Ordinal;

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (is_space(peek())) ++at_, ++extra_;
  }
  void skip_character() {
    if (at_ < text_.size()) at_ = std::min(text_.size(), at_ + utf8_width(static_cast<unsigned char>(text_[at_])));
  }

  [[noreturn]] void out_of_range() const {
    throw SqlError("22008", fmt::format("date/time field value out of range: \"{}\"", text_));
  }
  static void set(int& field, int value, const TemplateNode& node) {
    if (field != 0 && field != value)
      throw SqlError("22007", fmt::format("conflicting values for \"{}\" field in formatting string", node.name))
          .with_detail("This value contradicts a previous setting for the same field type.");
    field = value;
  }
  static SqlError not_fixed_width(std::string message, std::string detail) {
    return SqlError("22007", std::move(message))
        .with_detail(std::move(detail))
        .with_hint("If your source string is not fixed-width, try using the \"FM\" modifier.");
  }

  // Whether a number may have as many digits as there are: nothing that could be a digit follows it in the template.
  bool reads_all(std::size_t n) const {
    const auto& nodes = template_->nodes;
    if (!nodes[n].fill || nodes[n].ordinal != Ordinal::none || n + 1 == nodes.size()) return true;
    const TemplateNode& next = nodes[n + 1];
    if (next.kind == TemplateNode::Kind::pattern) return !reads_digits(next.pattern);
    return next.text.size() != 1 || !is_digit(next.text[0]);
  }

  // A number of `length` characters, or of all the digits there are. Returns how many characters it took, spaces before
  // it counted.
  int integer(const TemplateNode& node, int length, bool all, int& field) {
    const std::size_t start = at_;
    while (is_space(peek())) ++at_;
    const string_view rest = text_.substr(at_), copy = rest.substr(0, static_cast<std::size_t>(length));
    if (!all && copy.size() < static_cast<std::size_t>(length))
      throw not_fixed_width(fmt::format("source string too short for \"{}\" formatting field", node.name),
                            fmt::format("Field requires {} characters, but only {} remain.", length, copy.size()));
    const string_view source = all ? rest : copy;
    std::size_t used = 0;
    while (!all && used < source.size() && is_space(source[used])) ++used;
    const bool negative = used < source.size() && source[used] == '-';
    if (used < source.size() && (source[used] == '-' || source[used] == '+')) ++used;
    const std::size_t first = used;
    I8 number = 0;
    constexpr I8 kTooLarge = I8{1} << 40;
    for (; used < source.size() && is_digit(source[used]); ++used)
      number = std::min(number * 10 + (source[used] - '0'), kTooLarge);
    if (used == first) {
      at_ = start;
      throw SqlError("22007", fmt::format("invalid value \"{}\" for \"{}\"", copy, node.name))
          .with_detail("Value must be an integer.");
    }
    if (!all && used < static_cast<std::size_t>(length))
      throw not_fixed_width(fmt::format("invalid value \"{}\" for \"{}\"", copy, node.name),
                            fmt::format("Field requires {} characters, but only {} could be parsed.", length, used));
    at_ += used;
    if (negative) number = -number;
    using Limits = std::numeric_limits<std::int32_t>;
    if (number < Limits::min() || number > Limits::max())
      throw SqlError("22008", fmt::format("value for \"{}\" in source string is out of range", node.name))
          .with_detail(fmt::format("Value must be in the range {} to {}.", Limits::min(), Limits::max()));
    set(field, static_cast<int>(number), node);
    const auto taken = static_cast<int>(at_ - start);
    if (node.ordinal != Ordinal::none) {
      skip_character();
      skip_character();
    }
    return taken;
  }
  // Most numbers are as long as their patterns.
  int integer(const TemplateNode& node, bool all, int& field) {
    return integer(node, static_cast<int>(node.name.size()), all, field);
  }

  int name(const TemplateNode& node, const string_view* names, int count, bool short_names) {
    for (int i = 0; i < count; ++i) {
      auto candidate = short_names ? names[i].substr(0, 3) : names[i];
      if (text_.size() - at_ < candidate.size()) continue;
      bool same = true;
      for (std::size_t k = 0; k < candidate.size(); ++k)
        same &= types::lower_ascii(candidate[k]) == types::lower_ascii(text_[at_ + k]);
      if (same) {
        at_ += candidate.size();
        return i;
      }
    }
    auto end = text_.find_first_of(" \t\n\r\f", at_);
    throw SqlError("22007", fmt::format("invalid value \"{}\" for \"{}\"",
                                        text_.substr(at_, end == text_.npos ? end : end - at_), node.name))
        .with_detail("The given value did not match any of the allowed values for this field.");
  }

  // Near 2020, as PostgreSQL guesses.
  static int near_2020(int year) {
    if (year < 70) return year + 2000;
    if (year < 100) return year + 1900;
    if (year < 520) return year + 2000;
    return year < 1000 ? year + 1000 : year;
  }

  // A fraction is scaled by the characters it was written in: 25 is 250 milliseconds, 025 is 25.
  void fraction(const TemplateNode& node, int places, int scale, bool all, int& field) {
    I8 value = 0;
    const int taken = integer(node, places, all, field);
    value = field;
    for (int i = taken; i < scale; ++i) value *= 10;
    field = static_cast<int>(std::clamp<I8>(value, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
  }

  void set_calendar(DatePattern pattern) {
    using P = DatePattern;
    Fields::Calendar calendar;
    switch (pattern) {
      case P::ddd: case P::dd: case P::d: case P::mm: case P::month: case P::mon: case P::rm: case P::ww: case P::w:
      case P::y_yyy: case P::yyyy: case P::yyy: case P::yy: case P::y:
        calendar = Fields::Calendar::gregorian;
        break;
      case P::iddd: case P::id: case P::iw: case P::iyyy: case P::iyy: case P::iy: case P::i:
        calendar = Fields::Calendar::iso_week;
        break;
      default:
        return;
    }
    if (f_.calendar != Fields::Calendar::any && f_.calendar != calendar)
      throw SqlError("22007", "invalid combination of date conventions")
          .with_hint("Do not mix Gregorian and ISO week date conventions in a formatting template.");
    f_.calendar = calendar;
  }

  void pattern(const TemplateNode& node, bool all) {
    using P = DatePattern;
    set_calendar(node.pattern);
    switch (node.pattern) {
      case P::ad:
      case P::ad_dots: {
        static constexpr string_view kPlain[] = {"AD", "BC"}, kDots[] = {"A.D.", "B.C."};
        set(f_.before_christ, name(node, node.pattern == P::ad ? kPlain : kDots, 2, false), node);
        break;
      }
      case P::am:
      case P::am_dots: {
        static constexpr string_view kPlain[] = {"AM", "PM"}, kDots[] = {"A.M.", "P.M."};
        set(f_.pm, name(node, node.pattern == P::am ? kPlain : kDots, 2, false), node);
        f_.twelve_hours = true;
        break;
      }
      case P::cc: integer(node, all, f_.century); break;
      case P::day:
      case P::dy:
        set(f_.day_of_week, name(node, kDayNames, 7, node.pattern == P::dy), node);
        ++f_.day_of_week;
        break;
      case P::ddd: integer(node, all, f_.day_of_year); break;
      case P::iddd: integer(node, 3, all, f_.day_of_year); break;
      case P::dd: integer(node, all, f_.day); break;
      case P::d: integer(node, all, f_.day_of_week); break;
      case P::id:
        integer(node, 1, all, f_.day_of_week);
        if (++f_.day_of_week > 7) f_.day_of_week = 1;
        break;
      case P::ff:
        f_.precision = node.digits;
        fraction(node, node.digits, 6, all, f_.microseconds);
        break;
      case P::ms: fraction(node, 3, 3, all, f_.milliseconds); break;
      case P::us: fraction(node, 6, 6, all, f_.microseconds); break;
      case P::hh12:
        integer(node, 2, all, f_.hour);
        f_.twelve_hours = true;
        break;
      case P::hh24: integer(node, 2, all, f_.hour); break;
      case P::iw:
      case P::ww: integer(node, all, f_.week); break;
      case P::w: integer(node, all, f_.week_of_month); break;
      case P::j: integer(node, all, f_.julian); break;
      case P::mi: integer(node, all, f_.minute); break;
      case P::mm: integer(node, all, f_.month); break;
      case P::month:
      case P::mon:
        set(f_.month, name(node, kMonthNames, 12, node.pattern == P::mon) + 1, node);
        break;
      case P::rm: {
        // Longest first, so that III is not I.
        static constexpr string_view kRoman[] = {"XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"};
        set(f_.month, 12 - name(node, kRoman, 12, false), node);
        break;
      }
      case P::of:
      case P::tz:
        throw SqlError("0A000", fmt::format("formatting field \"{}\" is only supported in to_char", node.name));
      case P::q: {
        int ignored = 0;  // says nothing: the month does
        integer(node, all, ignored);
        break;
      }
      case P::ssss: integer(node, all, f_.second_of_day); break;
      case P::ss: integer(node, all, f_.second); break;
      case P::tzh:
        // Without a sign: east. A separator of the template may have taken the minus: more has been passed over
        // then than the template asked for.
        if (peek() == '+' || peek() == '-' || peek() == ' ')
          f_.zone_sign = text_[at_++] == '-' ? -1 : 1;
        else
          f_.zone_sign = extra_ > 0 && text_[at_ - 1] == '-' ? -1 : 1;
        integer(node, 2, all, f_.zone_hour);
        break;
      case P::tzm:
        if (f_.zone_sign == 0) f_.zone_sign = 1;
        integer(node, 2, all, f_.zone_minute);
        break;
      case P::y_yyy: year_with_comma(node); break;
      case P::iyyy:
      case P::yyyy:
        integer(node, all, f_.year);
        f_.year_digits = 4;
        break;
      case P::iyy:
      case P::iy:
      case P::i:
      case P::yyy:
      case P::yy:
      case P::y:
        if (integer(node, all, f_.year) < 4) f_.year = near_2020(f_.year);
        f_.year_digits = node.pattern == P::yyy || node.pattern == P::iyy ? 3
                         : node.pattern == P::yy || node.pattern == P::iy ? 2
                                                                          : 1;
        break;
    }
  }

  // Thousands, a comma and up to three digits.
  void year_with_comma(const TemplateNode& node) {
    std::size_t at = at_;
    const auto number = [&](std::size_t longest, I8& value) {
      const std::size_t from = at;
      const bool negative = at < text_.size() && text_[at] == '-';
      if (negative || (at < text_.size() && text_[at] == '+')) ++at;
      const std::size_t first = at;
      for (; at < text_.size() && at - from < longest && is_digit(text_[at]); ++at)
        value = std::min<I8>(value * 10 + (text_[at] - '0'), std::numeric_limits<std::int32_t>::max());
      if (negative) value = -value;
      return at > first;
    };
    I8 thousands = 0, rest = 0;
    const bool fits = number(text_.size(), thousands) && at < text_.size() && text_[at] == ',' && (++at, number(3, rest));
    if (!fits) throw SqlError("22007", "invalid input string for \"Y,YYY\"");
    const I8 year = thousands * 1000 + rest;
    if (year > std::numeric_limits<std::int32_t>::max() || year < std::numeric_limits<std::int32_t>::min()) out_of_range();
    set(f_.year, static_cast<int>(year), node);
    f_.year_digits = 4;
    at_ = at;
    if (node.ordinal != Ordinal::none) {
      skip_character();
      skip_character();
    }
  }

  // Parts of the date that were said somehow, and so are looked over.
  enum Said : unsigned { kYear = 1, kMonth = 2, kDay = 4, kDate = kYear | kMonth | kDay };

  Result finish() {
    int hour = 0, minute = 0, second = 0;
    if (f_.second_of_day != 0) {
      hour = f_.second_of_day / 3600;
      minute = f_.second_of_day % 3600 / 60;
      second = f_.second_of_day % 60;
    }
    if (f_.second != 0) second = f_.second;
    if (f_.minute != 0) minute = f_.minute;
    if (f_.hour != 0) hour = f_.hour;
    if (f_.twelve_hours) {
      if (hour < 1 || hour > 12)
        throw SqlError("22007", fmt::format("hour \"{}\" is invalid for the 12-hour clock", hour))
            .with_hint("Use the 24-hour clock, or give an hour between 1 and 12.");
      if (f_.pm != 0 && hour < 12) hour += 12;
      if (f_.pm == 0 && hour == 12) hour = 0;
    }
    Result result{0, 1, 1, 0, {}, f_.precision};
    const unsigned said = date(result);
    if ((said & kMonth) != 0 && (result.month < 1 || result.month > 12)) out_of_range();
    if ((said & kDay) != 0 && (result.day < 1 || result.day > 31)) out_of_range();
    if ((said & kDate) == kDate && result.day > days_in_month(result.year, result.month)) out_of_range();
    const I8 micros = f_.milliseconds * I8{1000} + f_.microseconds;
    if (hour < 0 || hour >= 24 || minute < 0 || minute >= 60 || second < 0 || second >= 60 || micros < 0 ||
        micros >= kMicrosPerSecond)
      out_of_range();
    result.micros = join_time(hour, minute, second, static_cast<int>(micros));
    if (f_.zone_sign != 0) {
      if (f_.zone_hour < 0 || f_.zone_hour > 15 || f_.zone_minute < 0 || f_.zone_minute >= 60)
        throw SqlError("22009", fmt::format("time zone displacement out of range: \"{}\"", text_));
      result.offset_east = I8{f_.zone_sign} * (f_.zone_hour * 3600 + f_.zone_minute * 60);
    }
    return result;
  }

  // Years are astronomical ones: 0 is 1 BC, and the year of a date of which none was said.
  bool year(Result& r) const {
    const int century = f_.before_christ != 0 ? -f_.century : f_.century;
    if (f_.year != 0 && f_.century != 0 && f_.year_digits <= 2) {
      // The last digits of a year of that century, which ends with its 100th year.
      const int within = f_.year % 100;
      if (within == 0)
        r.year = century * 100 + (century >= 0 ? 0 : 1);
      else
        r.year = century >= 0 ? (century - 1) * 100 + within : (century + 1) * 100 - within + 1;
      return true;
    }
    if (f_.year != 0) {
      r.year = f_.before_christ != 0 ? -f_.year : f_.year;
      if (r.year < 0) ++r.year;
      return true;
    }
    if (f_.century != 0) r.year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    return f_.century != 0;
  }

  void set_date(Result& r, I8 days) const {
    if (days < std::numeric_limits<std::int32_t>::min() / 2 || days > std::numeric_limits<std::int32_t>::max()) out_of_range();
    const CivilDate date = civil_from_days(static_cast<std::int32_t>(days));
    r.year = date.year;
    r.month = date.month;
    r.day = date.day;
  }
  std::int32_t week_start(const Result& r, int week) const {
    constexpr int kFarYear = 5'880'000;
    if (std::abs(r.year) > kFarYear || std::abs(week) > 1'000'000) out_of_range();
    return iso_week_start(r.year, 1) + (week - 1) * 7;
  }

  // Returns what was Said.
  unsigned date(Result& r) {
    const bool is_iso = f_.calendar == Fields::Calendar::iso_week;
    unsigned said = year(r) ? unsigned{kYear} : 0;
    int day_of_year = f_.day_of_year, day = f_.day;
    if (f_.julian != 0) {
      set_date(r, I8{f_.julian} - kPostgresEpochJulian);
      said |= kDate;
    }
    if (f_.week != 0 && is_iso) {
      // Without a day of the week: its Monday.
      const int dow = f_.day_of_week;
      set_date(r, week_start(r, f_.week) + (dow == 0 ? 0 : dow > 1 ? I8{dow} - 2 : 6));
      said |= kDate;
    } else if (f_.week != 0) {
      day_of_year = (std::clamp(f_.week, -1'000'000, 1'000'000) - 1) * 7 + 1;
    }
    if (f_.week_of_month != 0) day = (std::clamp(f_.week_of_month, -1'000'000, 1'000'000) - 1) * 7 + 1;
    if (day != 0) {
      r.day = day;
      said |= kDay;
    }
    if (f_.month != 0) {
      r.month = f_.month;
      said |= kMonth;
    }
    if (day_of_year == 0 || (r.month > 1 && r.day > 1)) return said;
    if (r.year == 0 && f_.before_christ == 0)
      throw SqlError("22007", "cannot calculate day of year without year information");
    if (is_iso) {
      set_date(r, I8{week_start(r, 1)} - 1 + day_of_year);
      return said | kDate;
    }
    // Whichever of month and day is still the first is told by the day of the year.
    int month = 1, before = 0;
    for (; month <= 12; before += days_in_month(r.year, month++))
      if (day_of_year <= before + days_in_month(r.year, month)) break;
    if (r.month <= 1) r.month = month;
    if (r.day <= 1) r.day = day_of_year - before;
    return said | kMonth | kDay;
  }

  string_view text_;
  std::shared_ptr<const DateTemplate> template_;
  bool is_standard_, is_exact_;
  std::size_t at_ = 0;
  int extra_ = 0;  // characters passed over beyond what the template asked for; literals may use them up
  Fields f_;
};

I8 to_timestamp(EvalContext& ctx, string_view text, string_view format) {
  const auto result = Reader(text, format).read();
  if (!result.is_julian()) throw_timestamp_out_of_range();
  const I8 days = days_from_civil(result.year, result.month, result.day);
  I8 local;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &local) || __builtin_add_overflow(local, result.micros, &local) ||
      !is_valid_timestamp(local))
    throw_timestamp_out_of_range();
  I8 moment = result.offset_east ? local - *result.offset_east * kMicrosPerSecond : timestamp_to_timestamptz(ctx, local);
  if (result.precision != 0) moment = round_micros(moment, result.precision);
  if (!is_valid_timestamp(moment)) throw_timestamp_out_of_range();
  return moment;
}
std::int32_t to_date(string_view text, string_view format) {
  const auto result = Reader(text, format).read();
  const auto days = result.is_julian() ? days_from_civil(result.year, result.month, result.day) : kEndDate;
  if (!is_valid_date(days)) throw SqlError("22008", fmt::format("date out of range: \"{}\"", text));
  return days;
}

constexpr ScalarFunction kDatetimeFromCharFunctions[] = {
    {"to_timestamp", strict<&to_timestamp>},
    {"to_date", strict<&to_date>},
};

}  // namespace

ParsedDateTime parse_by_template(string_view text, string_view format, TemplateRules rules) {
  const auto result = Reader(text, format, rules).read();
  std::int32_t days = result.is_julian() ? days_from_civil(result.year, result.month, result.day) : kEndDate;
  if (!is_valid_date(days)) throw SqlError("22008", fmt::format("date out of range: \"{}\"", text));
  I8 micros = result.micros;
  if (result.precision != 0) micros = round_micros(micros, result.precision);
  if (micros >= kMicrosPerDay) {
    micros -= kMicrosPerDay;
    ++days;
  }
  return {days, micros, result.offset_east};
}

std::span<const ScalarFunction> datetime_from_char_functions() { return kDatetimeFromCharFunctions; }

}  // namespace functions
