// The template patterns of to_char, to_timestamp and to_date for dates and times.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace functions {

enum class DatePattern : std::uint8_t {
  ad, ad_dots, am, am_dots, cc, day, dy, ddd, dd, d, ff, hh12, hh24, iddd, id, iw, iyyy, iyy, iy, i,
  j, mi, mm, month, mon, ms, of, q, rm, ssss, ss, tz, tzh, tzm, us, ww, w, y_yyy, yyyy, yyy, yy, y,
};

enum class LetterCase : std::uint8_t { upper, lower, capital };

struct TemplateNode {
  // exact: FX, from which on every character of the template stands for one.
  enum class Kind : std::uint8_t { pattern, exact, literal, separator, space } kind = Kind::literal;
  DatePattern pattern{};
  LetterCase letters = LetterCase::upper;
  std::uint8_t digits = 0;          // of FFn
  bool fill = true;                 // without FM
  bool localized = false;           // TM
  enum class Ordinal : std::uint8_t { none, upper, lower } ordinal = Ordinal::none;
  std::string_view name;            // as written, for messages; borrows the template's text
  std::string text;                 // literal
};

// How a template is read and met: as to_timestamp() does, or as SQL/JSON's .datetime() does, where every character has
// to be met and nothing may be left over.
enum class TemplateRules : std::uint8_t { lenient, standard };

struct DateTemplate {
  std::vector<TemplateNode> nodes;
  // `rules` standard: only the standard's separators and quoted text beside patterns; SqlError 22007.
  static DateTemplate parse(std::string_view text, TemplateRules rules = TemplateRules::lenient);
  // The same, out of this thread's templates of late: the few there are come again with every row.
  static std::shared_ptr<const DateTemplate> get(std::string_view text, TemplateRules rules = TemplateRules::lenient);
};

bool reads_digits(DatePattern pattern);

// What a text says by a template. SqlError 22007, 22008.
struct ParsedDateTime {
  std::int32_t days;
  std::int64_t micros;
  std::optional<std::int64_t> offset_east;  // seconds
};
ParsedDateTime parse_by_template(std::string_view text, std::string_view format, TemplateRules rules);

}  // namespace functions
