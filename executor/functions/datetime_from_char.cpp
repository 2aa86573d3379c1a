// to_timestamp(text, text) and to_date(text, text).
#include <cmath>

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

class Reader {
 public:
  Reader(string_view text, string_view format, TemplateRules rules = TemplateRules::lenient)
      : text_(text),
        template_(DateTemplate::get(format, rules)),
        is_standard_(rules == TemplateRules::standard),
        is_exact_(template_->exact || is_standard_) {}

  struct Result {
    std::int32_t days;
    I8 micros;
    std::optional<I8> offset_east;  // seconds
  };

  Result read() {
    const auto& nodes = template_->nodes;
    auto skip_spaces = [&] {
      while (is_space(peek())) ++at_, ++extra_;
    };
    if (!is_exact_) skip_spaces();
    std::size_t n = 0;
    for (; n < nodes.size() && at_ < text_.size(); ++n) {
      const TemplateNode& node = nodes[n];
      if (node.kind != TemplateNode::Kind::pattern && is_exact_) {
        if (is_standard_ && !text_.substr(at_).starts_with(node.text))
          throw SqlError("22007", fmt::format("unmatched format {} \"{}\"",
                                              node.kind == TemplateNode::Kind::literal ? "character" : "separator",
                                              node.text));
        at_ += utf8_width(static_cast<unsigned char>(text_[at_]));
      } else if (node.kind == TemplateNode::Kind::literal) {
        if (extra_ > 0)
          --extra_;
        else
          at_ += utf8_width(static_cast<unsigned char>(text_[at_]));
      } else if (node.kind != TemplateNode::Kind::pattern) {
        // A space or separator stands for one of them, or for nothing.
        if (is_space(peek()) || is_separator(peek()))
          ++at_;
        else
          --extra_;
      } else {
        if (!is_exact_) skip_spaces();
        bool next_digits = n + 1 < nodes.size() && nodes[n + 1].kind == TemplateNode::Kind::pattern &&
                           reads_digits(nodes[n + 1].pattern);
        pattern(node, next_digits);
        extra_ = 0;
        if (!is_exact_) skip_spaces();
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
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  [[noreturn]] void out_of_range() const {
    throw SqlError("22008", fmt::format("date/time field value out of range: \"{}\"", text_));
  }
  void set(std::optional<int>& field, int value, const TemplateNode& node) const {
    if (field && *field != value)
      throw SqlError("22007", fmt::format("conflicting values for \"{}\" field in formatting string", node.name))
          .with_detail("This value contradicts a previous setting for the same field type.");
    field = value;
  }

  // Up to `length` digits, or all there are when nothing numeric follows or FM was said. Returns
  // how many there were.
  int integer(const TemplateNode& node, int length, bool next_digits, int& value) {
    while (is_space(peek())) ++at_;
    std::size_t start = at_;
    bool all = !node.fill || !next_digits;
    std::size_t limit = all ? text_.size() : std::min(text_.size(), at_ + static_cast<std::size_t>(length));
    bool negative = false;
    if (at_ < limit && (peek() == '-' || peek() == '+')) negative = text_[at_++] == '-';
    std::size_t first = at_;
    I8 number = 0;
    while (at_ < limit && is_digit(peek())) {
      number = number * 10 + (peek() - '0');
      if (number > std::numeric_limits<std::int32_t>::max())
        throw SqlError("22008", fmt::format("value for \"{}\" in source string is out of range", node.name))
            .with_detail(fmt::format("Value must be in the range {} to {}.", std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
      ++at_;
    }
    if (at_ == first) {
      at_ = start;
      auto shown = text_.substr(at_, static_cast<std::size_t>(length));
      throw SqlError("22007", fmt::format("invalid value \"{}\" for \"{}\"", shown, node.name))
          .with_detail("Value must be an integer.");
    }
    if (!all && at_ - start < static_cast<std::size_t>(length) && text_.size() - start >= static_cast<std::size_t>(length))
      throw SqlError("22007", fmt::format("invalid value \"{}\" for \"{}\"", text_.substr(start, static_cast<std::size_t>(length)), node.name))
          .with_detail(fmt::format("Field requires {} characters, but only {} could be parsed.", length, at_ - start));
    value = static_cast<int>(negative ? -number : number);
    int digits = static_cast<int>(at_ - first);
    if (node.ordinal != TemplateNode::Ordinal::none) at_ = std::min(text_.size(), at_ + 2);
    return digits;
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
    auto end = text_.find_first_of(" \t\n", at_);
    throw SqlError("22007", fmt::format("invalid value \"{}\" for \"{}\"",
                                        text_.substr(at_, end == text_.npos ? end : end - at_), node.name))
        .with_detail("The given value did not match any of the allowed values for this field.");
  }

  // Near 2020, as PostgreSQL guesses.
  static int full_year(int year, int digits) {
    if (digits >= 4 || year < 0) return year;
    if (year < 70) return year + 2000;
    if (year < 100) return year + 1900;
    if (year < 520) return year + 2000;
    return year + 1000;
  }

  int fraction(const TemplateNode& node, int places, bool next_digits) {
    int value = 0;
    int digits = integer(node, places, next_digits, value);
    for (int i = digits; i < 6; ++i) value *= 10;
    for (int i = 6; i < digits; ++i) value /= 10;
    return value;
  }

  void pattern(const TemplateNode& node, bool next_digits) {
    using P = DatePattern;
    int value = 0;
    switch (node.pattern) {
      case P::ad:
      case P::ad_dots: {
        static constexpr string_view kPlain[] = {"AD", "BC"}, kDots[] = {"A.D.", "B.C."};
        before_christ_ = name(node, node.pattern == P::ad ? kPlain : kDots, 2, false) == 1;
        break;
      }
      case P::am:
      case P::am_dots: {
        static constexpr string_view kPlain[] = {"AM", "PM"}, kDots[] = {"A.M.", "P.M."};
        pm_ = name(node, node.pattern == P::am ? kPlain : kDots, 2, false) == 1;
        twelve_hours_ = true;
        break;
      }
      case P::cc:
        integer(node, 2, next_digits, value);
        set(century_, value, node);
        break;
      case P::day:
        name(node, kDayNames, 7, false);
        break;
      case P::dy:
        name(node, kDayNames, 7, true);
        break;
      case P::ddd:
        integer(node, 3, next_digits, value);
        set(doy_, value, node);
        break;
      case P::iddd:
        integer(node, 3, next_digits, value);
        set(iso_doy_, value, node);
        iso_ = true;
        break;
      case P::dd:
        integer(node, 2, next_digits, value);
        set(day_, value, node);
        break;
      case P::d:
        integer(node, 1, next_digits, value);
        break;
      case P::id:
        integer(node, 1, next_digits, value);
        set(iso_dow_, value, node);
        iso_ = true;
        break;
      case P::ff:
        set(micros_, fraction(node, node.digits, next_digits), node);
        break;
      case P::ms:
        set(micros_, fraction(node, 3, next_digits), node);
        break;
      case P::us:
        set(micros_, fraction(node, 6, next_digits), node);
        break;
      case P::hh12:
        integer(node, 2, next_digits, value);
        set(hour_, value, node);
        twelve_hours_ = true;
        break;
      case P::hh24:
        integer(node, 2, next_digits, value);
        set(hour_, value, node);
        break;
      case P::iw:
        integer(node, 2, next_digits, value);
        set(iso_week_, value, node);
        iso_ = true;
        break;
      case P::iyyy:
      case P::iyy:
      case P::iy:
      case P::i: {
        int length = node.pattern == P::iyyy ? 4 : node.pattern == P::iyy ? 3 : node.pattern == P::iy ? 2 : 1;
        int digits = integer(node, length, next_digits, value);
        set(iso_year_, full_year(value, node.pattern == P::iyyy ? 4 : digits), node);
        iso_ = true;
        break;
      }
      case P::j:
        integer(node, 7, next_digits, value);
        set(julian_, value, node);
        break;
      case P::mi:
        integer(node, 2, next_digits, value);
        set(minute_, value, node);
        break;
      case P::mm:
        integer(node, 2, next_digits, value);
        set(month_, value, node);
        break;
      case P::month:
        set(month_, name(node, kMonthNames, 12, false) + 1, node);
        break;
      case P::mon:
        set(month_, name(node, kMonthNames, 12, true) + 1, node);
        break;
      case P::rm: {
        // Longest first, so that III is not I.
        static constexpr string_view kRoman[] = {"XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"};
        set(month_, 12 - name(node, kRoman, 12, false), node);
        break;
      }
      case P::of:
      case P::tz:
        throw SqlError("0A000", fmt::format("formatting field \"{}\" is only supported in to_char", node.name));
      case P::q:
        integer(node, 1, next_digits, value);  // says nothing: the month does
        break;
      case P::ssss:
        integer(node, 5, next_digits, value);
        set(second_of_day_, value, node);
        break;
      case P::ss:
        integer(node, 2, next_digits, value);
        set(second_, value, node);
        break;
      case P::tzh: {
        // Without a sign: east. A separator of the template may have taken the minus: more has been passed over
        // then than the template asked for.
        if (peek() == '+' || peek() == '-' || peek() == ' ')
          zone_sign_ = text_[at_++] == '-' ? -1 : 1;
        else
          zone_sign_ = extra_ > 0 && text_[at_ - 1] == '-' ? -1 : 1;
        integer(node, 2, next_digits, value);
        set(zone_hour_, value, node);
        break;
      }
      case P::tzm:
        integer(node, 2, next_digits, value);
        set(zone_minute_, value, node);
        break;
      case P::ww:
        integer(node, 2, next_digits, value);
        set(week_, value, node);
        break;
      case P::w:
        integer(node, 1, next_digits, value);
        set(week_of_month_, value, node);
        break;
      case P::y_yyy: {
        int thousands = 0, rest = 0;
        TemplateNode greedy = node;
        greedy.fill = false;
        integer(greedy, 4, false, thousands);
        if (peek() != ',')
          throw SqlError("22007", fmt::format("invalid input string for \"Y,YYY\""));
        ++at_;
        integer(node, 3, next_digits, rest);
        set(year_, thousands * 1000 + rest, node);
        break;
      }
      case P::yyyy:
        integer(node, 4, next_digits, value);
        set(year_, value, node);
        year_digits_ = 4;
        break;
      case P::yyy:
      case P::yy:
      case P::y: {
        int length = node.pattern == P::yyy ? 3 : node.pattern == P::yy ? 2 : 1;
        year_digits_ = integer(node, length, next_digits, value);
        set(year_, full_year(value, year_digits_), node);
        break;
      }
    }
  }

  Result finish() {
    if (iso_ && (year_ || month_ || day_ || doy_ || week_ || week_of_month_))
      throw SqlError("22007", "invalid combination of date conventions")
          .with_hint("Do not mix Gregorian and ISO week date conventions in a formatting template.");
    Result result{};
    int hour = hour_.value_or(0), minute = minute_.value_or(0), second = second_.value_or(0);
    if (second_of_day_) {
      hour = *second_of_day_ / 3600;
      minute = *second_of_day_ / 60 % 60;
      second = *second_of_day_ % 60;
    }
    if (twelve_hours_ && hour_) {
      if (hour < 1 || hour > 12)
        throw SqlError("22007", fmt::format("hour \"{}\" is invalid for the 12-hour clock", hour))
            .with_hint("Use the 24-hour clock, or give an hour between 1 and 12.");
      if (pm_ && hour < 12) hour += 12;
      if (!pm_ && hour == 12) hour = 0;
    }
    if (hour < 0 || hour >= 24 || minute < 0 || minute >= 60 || second < 0 || second >= 60 ||
        (second_of_day_ && *second_of_day_ >= 86400))
      out_of_range();
    result.micros = join_time(hour, minute, second, micros_.value_or(0));
    result.days = date();
    if (zone_hour_ || zone_minute_) {
      int h = zone_hour_.value_or(0), m = zone_minute_.value_or(0);
      if (h < 0 || h > 15 || m < 0 || m >= 60) out_of_range();
      result.offset_east = zone_sign_ * (h * 3600 + m * 60);
    }
    return result;
  }

  std::int32_t date() {
    int year = 1, month = month_.value_or(1), day = day_.value_or(1);
    // Year 1 BC when nothing is said: what PostgreSQL calls 0.
    bool has_year = year_ || century_;
    if (!has_year) year = 0;
    if (year_) {
      year = *year_;
      if (century_ && year_digits_ <= 2) {
        year %= 100;
        year = year != 0 ? year + (*century_ - 1) * 100 : *century_ * 100;
      } else if (before_christ_ && year > 0) {
        year = 1 - year;
      } else if (year < 0) {
        // A negative year is BC.
        year = before_christ_ ? -year : year + 1;
      } else if (year == 0) {
        year = 0;
      }
    } else if (century_) {
      int century = before_christ_ ? -*century_ : *century_;
      year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    }
    if (julian_) return checked(I8{*julian_} - kPostgresEpochJulian);
    if (iso_) {
      int iso = iso_year_.value_or(0);
      if (iso_doy_) return iso_week_start(iso, 1) + *iso_doy_ - 1;
      if (iso_week_) {
        if (*iso_week_ < 1 || *iso_week_ > 53) out_of_range();
        return iso_week_start(iso, *iso_week_) + iso_dow_.value_or(1) - 1;
      }
      return days_from_civil(iso, 1, 1);
    }
    if (week_of_month_ && !day_) day = (*week_of_month_ - 1) * 7 + 1;
    if (week_ && !doy_) doy_ = (*week_ - 1) * 7 + 1;
    if (doy_ && (!month_ || !day_)) {
      if (!has_year && !year_)
        throw SqlError("22007", "cannot calculate day of year without year information");
      if (*doy_ < 1 || *doy_ > (is_leap_year(year) ? 366 : 365)) out_of_range();
      return days_from_civil(year, 1, 1) + *doy_ - 1;
    }
    if (month < 1 || month > 12 || day < 1 || day > 31) out_of_range();
    if (year < -4713 || year > 5874897) out_of_range();
    if (day > days_in_month(year, month)) out_of_range();
    return checked(days_from_civil(year, month, day));
  }
  std::int32_t checked(I8 days) const {
    if (!is_valid_date(static_cast<std::int32_t>(days))) out_of_range();
    return static_cast<std::int32_t>(days);
  }

  string_view text_;
  std::shared_ptr<const DateTemplate> template_;
  bool is_standard_, is_exact_;
  std::size_t at_ = 0;
  int extra_ = 0;  // characters passed over beyond what the template asked for; literals may use them up
  std::optional<int> year_, month_, day_, doy_, hour_, minute_, second_, micros_, century_, julian_;
  std::optional<int> iso_year_, iso_week_, iso_dow_, iso_doy_, week_, week_of_month_, second_of_day_;
  std::optional<int> zone_hour_, zone_minute_;
  int zone_sign_ = 1;
  int year_digits_ = 4;
  bool before_christ_ = false, pm_ = false, twelve_hours_ = false, iso_ = false;
};

I8 to_timestamp(EvalContext& ctx, string_view text, string_view format) {
  auto result = Reader(text, format).read();
  I8 local = result.days * kMicrosPerDay + result.micros;
  if (!is_valid_timestamp(local)) throw_timestamp_out_of_range();
  if (result.offset_east) return local - *result.offset_east * kMicrosPerSecond;
  return timestamp_to_timestamptz(ctx, local);
}
std::int32_t to_date(string_view text, string_view format) { return Reader(text, format).read().days; }

constexpr ScalarFunction kFunctions[] = {
    {"to_timestamp", strict<&to_timestamp>},
    {"to_date", strict<&to_date>},
};

}  // namespace

ParsedDateTime parse_by_template(string_view text, string_view format, TemplateRules rules) {
  const auto result = Reader(text, format, rules).read();
  return {result.days, result.micros, result.offset_east};
}

std::span<const ScalarFunction> datetime_from_char_functions() { return kFunctions; }

}  // namespace functions
