// to_char of timestamps and intervals.
#include <fmt/format.h>

#include <chrono>

#include "datetime_template.h"
#include "function_table.h"
#include "kernel.h"
#include "types/ascii.h"
#include "types/datetime.h"
#include "types/sql_error.h"
#include "types/timezone.h"

namespace functions {
namespace {

using namespace types;
using std::string_view;
using I8 = std::int64_t;

struct Moment {
  I8 year = 0;  // astronomical; of an interval: as it is
  int month = 0, day = 0;
  I8 hour = 0;
  int minute = 0, second = 0, micros = 0;
  std::int32_t days = 0;  // since 2000-01-01
  int doy = 0;
  bool interval = false;
  bool has_zone = false;
  std::int32_t offset_east = 0;
  string_view abbreviation;
};

std::string cased(string_view text, LetterCase letters) {
  std::string result(text);
  for (std::size_t i = 0; i < result.size(); ++i) {
    char& c = result[i];
    bool upper = letters == LetterCase::upper || (letters == LetterCase::capital && i == 0);
    c = upper ? types::upper_ascii(c) : types::lower_ascii(c);
  }
  return result;
}

std::string ordinal_suffix(string_view number, bool upper) {
  char last = number.back();
  bool teen = number.size() > 1 && number[number.size() - 2] == '1';
  string_view suffix = teen ? "th" : last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th";
  return cased(suffix, upper ? LetterCase::upper : LetterCase::lower);
}

constexpr string_view kRoman[] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"};

class Writer {
 public:
  Writer(const Moment& m, std::string& out) : m_(m), out_(out) {}

  void write(const TemplateNode& node) {
    using P = DatePattern;
    switch (node.pattern) {
      case P::ad:
      case P::ad_dots: {
        reject_interval();
        bool bc = m_.year <= 0;
        out_ += cased(node.pattern == P::ad ? (bc ? "BC" : "AD") : (bc ? "B.C." : "A.D."), node.letters);
        break;
      }
      case P::am:
      case P::am_dots: {
        bool pm = m_.hour % 24 >= 12;
        out_ += cased(node.pattern == P::am ? (pm ? "PM" : "AM") : (pm ? "P.M." : "A.M."), node.letters);
        break;
      }
      case P::cc: {
        I8 year = m_.year, century;
        if (m_.interval)
          century = year / 100;
        else
          century = year > 0 ? (year - 1) / 100 + 1 : year / 100 - 1;
        if (century <= 99 && century >= -99)
          number(node, century, 2);
        else
          number(node, century, 1);
        break;
      }
      case P::day:
        reject_interval();
        name(node, kDayNames[day_of_week(m_.days)], 9);
        break;
      case P::dy:
        reject_interval();
        out_ += cased(kDayNames[day_of_week(m_.days)].substr(0, 3), node.letters);
        break;
      case P::ddd:
        signed_number(node, m_.doy, 3);
        break;
      case P::iddd:
        number(node, m_.days - iso_week_start(iso_year(m_.days), 1) + 1, 3);
        break;
      case P::dd:
        signed_number(node, m_.day, 2);
        break;
      case P::d:
        reject_interval();
        number(node, day_of_week(m_.days) + 1, 1);
        break;
      case P::id:
        reject_interval();
        number(node, day_of_week(m_.days) == 0 ? 7 : day_of_week(m_.days), 1);
        break;
      case P::ff: {
        int value = m_.micros;
        for (int i = node.digits; i < 6; ++i) value /= 10;
        padded(value, node.digits);
        ordinal(node, out_.size() - node.digits);
        break;
      }
      case P::hh12:
        number(node, m_.hour % 12 == 0 ? 12 : m_.hour % 12, 2);
        break;
      case P::hh24:
        number(node, m_.hour, 2);
        break;
      case P::iw:
        number(node, iso_week(m_.days), 2);
        break;
      case P::iyyy:
        iso_year_number(node, iso_year_shown(), 4);
        break;
      case P::iyy:
        iso_year_number(node, iso_year_shown() % 1000, 3);
        break;
      case P::iy:
        iso_year_number(node, iso_year_shown() % 100, 2);
        break;
      case P::i:
        iso_year_number(node, iso_year_shown() % 10, 1);
        break;
      case P::j:
        number(node, I8{m_.days} + kPostgresEpochJulian, 1);
        break;
      case P::mi:
        number(node, m_.minute, 2);
        break;
      case P::mm:
        number(node, m_.month, 2);
        break;
      case P::month:
        reject_interval();
        if (m_.month != 0) name(node, kMonthNames[m_.month - 1], 9);
        break;
      case P::mon:
        reject_interval();
        if (m_.month != 0) out_ += cased(kMonthNames[m_.month - 1].substr(0, 3), node.letters);
        break;
      case P::ms:
        // Not affected by FM.
        padded(m_.micros / 1000, 3);
        ordinal(node, out_.size() - 3);
        break;
      case P::us:
        padded(m_.micros, 6);
        ordinal(node, out_.size() - 6);
        break;
      case P::of: {
        reject_interval();
        std::int32_t magnitude = m_.offset_east < 0 ? -m_.offset_east : m_.offset_east;
        out_ += m_.offset_east < 0 ? '-' : '+';
        out_ += fmt::format("{:0{}}", magnitude / 3600, node.fill ? 2 : 1);
        if (magnitude % 3600 != 0) out_ += fmt::format(":{:02}", magnitude / 60 % 60);
        break;
      }
      case P::tzh: {
        reject_interval();
        std::int32_t magnitude = m_.offset_east < 0 ? -m_.offset_east : m_.offset_east;
        out_ += fmt::format("{}{:02}", m_.offset_east < 0 ? '-' : '+', magnitude / 3600);
        break;
      }
      case P::tzm: {
        reject_interval();
        std::int32_t magnitude = m_.offset_east < 0 ? -m_.offset_east : m_.offset_east;
        out_ += fmt::format("{:02}", magnitude / 60 % 60);
        break;
      }
      case P::tz:
        reject_interval();
        if (m_.has_zone) out_ += cased(m_.abbreviation, node.letters);
        break;
      case P::q:
        if (m_.month != 0) number(node, (m_.month - 1) / 3 + 1, 1);
        break;
      case P::rm: {
        // Of an interval of whole years PostgreSQL writes XII, of a negative one I.
        if (m_.month == 0 && m_.year == 0) break;
        int month = m_.month == 0 ? (m_.year >= 0 ? 12 : 1) : m_.month < 0 ? 13 + m_.month : m_.month;
        std::string text = cased(kRoman[month - 1], node.letters);
        if (node.fill) text.resize(4, ' ');
        out_ += text;
        break;
      }
      case P::ssss:
        number(node, m_.hour * 3600 + m_.minute * 60 + m_.second, 1);
        break;
      case P::ss:
        number(node, m_.second, 2);
        break;
      case P::ww:
        number(node, (m_.doy - 1) / 7 + 1, 2);
        break;
      case P::w:
        number(node, (m_.day - 1) / 7 + 1, 1);
        break;
      case P::y_yyy: {
        I8 year = year_shown();
        std::size_t at = out_.size();
        out_ += fmt::format("{},{:03}", year / 1000, year % 1000);
        ordinal(node, at);
        break;
      }
      case P::yyyy:
        number(node, year_shown(), 4);
        break;
      case P::yyy:
        number(node, year_shown() % 1000, 3);
        break;
      case P::yy:
        number(node, year_shown() % 100, 2);
        break;
      case P::y:
        number(node, year_shown() % 10, 1);
        break;
    }
  }

 private:
  void reject_interval() const {
    if (m_.interval)
      throw SqlError("22007", "invalid format specification for an interval value")
          .with_hint("Intervals are not tied to specific calendar dates.");
  }
  static I8 shown(I8 year) { return year > 0 ? year : 1 - year; }
  I8 year_shown() const { return m_.interval ? m_.year : shown(m_.year); }
  I8 iso_year_shown() const { return m_.interval ? iso_year(m_.days) : shown(iso_year(m_.days)); }

  void ordinal(const TemplateNode& node, std::size_t from) {
    if (node.ordinal != TemplateNode::Ordinal::none)
      out_ += ordinal_suffix(string_view(out_).substr(from), node.ordinal == TemplateNode::Ordinal::upper);
  }
  // Zero-filled to `width` digits (the sign not counted) unless FM.
  void number(const TemplateNode& node, I8 value, int width) {
    std::size_t at = out_.size();
    if (!node.fill) width = 1;
    padded(value, value < 0 ? width + 1 : width);
    ordinal(node, at);
  }
  // The sign has a place of its own where the calendar's year has one.
  void iso_year_number(const TemplateNode& node, I8 value, int width) {
    const std::size_t at = out_.size();
    padded(value, node.fill ? width + (year_shown() < 0 ? 1 : 0) : 1);
    ordinal(node, at);
  }
  // The same with the sign counted.
  void signed_number(const TemplateNode& node, I8 value, int width) {
    const std::size_t at = out_.size();
    padded(value, node.fill ? width : 1);
    ordinal(node, at);
  }
  // Zero-filled to `width` characters, the sign among them.
  void padded(I8 value, int width) {
    const fmt::format_int text(value);
    string_view digits(text.data(), text.size());
    const std::size_t missing = static_cast<std::size_t>(width) > digits.size() ? static_cast<std::size_t>(width) - digits.size() : 0;
    if (value < 0) {
      out_ += '-';
      digits.remove_prefix(1);
    }
    out_.append(missing, '0');
    out_ += digits;
  }
  void name(const TemplateNode& node, string_view text, std::size_t width) {
    std::string value = cased(text, node.letters);
    if (node.fill && !node.localized) value.resize(std::max(width, value.size()), ' ');
    out_ += value;
  }

  const Moment& m_;
  std::string& out_;
};

std::string write(const Moment& m, string_view format) {
  std::string out;
  Writer writer(m, out);
  out.reserve(format.size() * 2);
  const auto parsed = DateTemplate::get(format);
  for (const auto& node : parsed->nodes) {
    if (node.kind == TemplateNode::Kind::pattern)
      writer.write(node);
    else
      out += node.text;
  }
  return out;
}

Moment from_local(I8 local) {
  auto [days, micros] = split_timestamp(local);
  CivilDate d = civil_from_days(days);
  TimeOfDay t = split_time(micros);
  Moment m;
  m.year = d.year;
  m.month = d.month;
  m.day = d.day;
  m.hour = t.hour;
  m.minute = t.minute;
  m.second = t.second;
  m.micros = t.microsecond;
  m.days = days;
  m.doy = days - days_from_civil(d.year, 1, 1) + 1;
  return m;
}

std::optional<std::string> timestamp(I8 t, string_view format) {
  if (!is_timestamp_finite(t) || format.empty()) return std::nullopt;
  return write(from_local(t), format);
}

std::optional<std::string> timestamptz(EvalContext& ctx, I8 t, string_view format) {
  if (!is_timestamp_finite(t) || format.empty()) return std::nullopt;
  Moment m = from_local(timestamptz_to_timestamp(ctx, t));
  I8 seconds = t / kMicrosPerSecond - (t % kMicrosPerSecond < 0 ? 1 : 0) +
               kUnixEpochToPostgresMicros / kMicrosPerSecond;
  ZoneOffset offset = session_zone(ctx).at(seconds);
  m.has_zone = true;
  m.offset_east = offset.seconds_east;
  m.abbreviation = offset.abbreviation;
  return write(m, format);
}

// Julian day of a year, month and day that need not be a date: an interval's parts taken for one.
std::int32_t julian_of_parts(I8 year, int month, I8 day) {
  const bool early = month <= 2;
  month += early ? 13 : 1;
  year += early ? 4799 : 4800;
  const I8 century = year / 100;
  return static_cast<std::int32_t>(year * 365 - 32167 + year / 4 - century + century / 4 + 7834 * month / 256 + day);
}

std::optional<std::string> interval(Interval v, string_view format) {
  if (format.empty()) return std::nullopt;
  Moment m;
  m.interval = true;
  m.year = v.months / 12;
  m.month = v.months % 12;
  m.day = v.days;
  m.hour = v.microseconds / kMicrosPerHour;
  m.minute = static_cast<int>(v.microseconds / kMicrosPerMinute % 60);
  m.second = static_cast<int>(v.microseconds / kMicrosPerSecond % 60);
  m.micros = static_cast<int>(v.microseconds % kMicrosPerSecond);
  // Years and months of 360 and 30 days stand for the day of the year.
  m.doy = static_cast<int>(m.year * 360 + m.month * 30 + m.day);
  m.days = julian_of_parts(m.year, m.month, m.day) - kPostgresEpochJulian;
  return write(m, format);
}

// The clock's time in the session's zone: "Sun Nov 29 12:24:31.204512 2026 UTC".
std::string time_of_day(EvalContext& ctx) {
  using namespace std::chrono;
  const I8 now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count() - kUnixEpochToPostgresMicros;
  return timestamptz(ctx, now, "Dy Mon DD HH24:MI:SS.US YYYY TZ").value_or("");
}

constexpr ScalarFunction kDatetimeToCharFunctions[] = {
    {"timeofday", strict<&time_of_day>},
    {"timestamp_to_char", strict<&timestamp>},
    {"timestamptz_to_char", strict<&timestamptz>},
    {"interval_to_char", strict<&interval>},
};

}  // namespace

std::span<const ScalarFunction> datetime_to_char_functions() { return kDatetimeToCharFunctions; }

}  // namespace functions
