// to_char of numbers, to_number.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "function_table.h"
#include "kernel.h"
#include "number_template.h"
#include "types/numeric.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {

using std::string_view;
using types::SqlError;

NumberTemplate NumberTemplate::parse(string_view text) {
  using P = NumberPattern;
  NumberTemplate t;
  struct Keyword {
    string_view name;
    P pattern;
  };
  static constexpr Keyword kKeywords[] = {
      {"EEEE", P::exponent}, {"eeee", P::exponent},   {"MI", P::minus},      {"mi", P::minus},
      {"PL", P::plus},       {"pl", P::plus},         {"SG", P::plus_minus}, {"sg", P::plus_minus},
      {"TH", P::ordinal_upper}, {"th", P::ordinal_lower}, {"RN", P::roman_upper}, {"rn", P::roman_lower},
      {"9", P::nine},        {"0", P::zero},          {".", P::point},       {"D", P::point},
      {"d", P::point},       {",", P::group},         {"G", P::group},       {"g", P::group},
      {"L", P::currency},    {"l", P::currency},
      {"V", P::shift},       {"v", P::shift},         {"FM", P::unfilled},   {"fm", P::unfilled},
      {"PR", P::bracket},    {"pr", P::bracket},      {"B", P::blank},       {"b", P::blank},
      {"C", P::nothing},     {"c", P::nothing},       {"SP", P::nothing},    {"sp", P::nothing},
      {"S", P::sign},        {"s", P::sign},
  };
  auto fail = [](string_view message, string_view detail = {}) {
    SqlError error("42601", std::string(message));
    if (detail.empty()) throw error;
    throw std::move(error).with_detail(std::string(detail));
  };
  bool after_point = false, after_shift = false, digits = false, blank = false;
  std::size_t i = 0;
  while (i < text.size()) {
    auto rest = text.substr(i);
    if (text[i] == '"') {
      ++i;
      while (i < text.size() && text[i] != '"') {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        auto width = types::utf8_width(static_cast<unsigned char>(text[i]));
        t.nodes.push_back({P::literal, std::string(text.substr(i, width))});
        i += width;
      }
      if (i < text.size()) ++i;
      continue;
    }
    if (rest.starts_with("\\\"")) {  // a backslash protects a quote outside of quoted text, too
      t.nodes.push_back({P::literal, "\""});
      i += 2;
      continue;
    }
    const Keyword* found = nullptr;
    for (const auto& keyword : kKeywords)
      if (rest.starts_with(keyword.name)) {
        found = &keyword;
        break;
      }
    if (found == nullptr) {
      auto width = types::utf8_width(static_cast<unsigned char>(text[i]));
      t.nodes.push_back({P::literal, std::string(text.substr(i, width))});
      i += width;
      continue;
    }
    if (t.exponent && found->pattern != P::exponent) fail("\"EEEE\" must be the last pattern used");
    switch (found->pattern) {
      case P::nine:
      case P::zero:
        if (t.bracket) fail(fmt::format("\"{}\" must be ahead of \"PR\"", found->name));
        digits = true;
        // A 0 behind V is one more place, a 9 shifts the number as well.
        if (after_shift && found->pattern == P::nine) {
          ++t.shift;
        } else if (after_point) {
          ++t.after;
        } else {
          if (found->pattern == P::zero && !t.zero) {
            t.zero = true;
            t.zero_start = t.before;
          }
          ++t.before;
        }
        if (found->pattern == P::zero) t.zero_end = t.before + t.after;
        break;
      case P::point:
        if (t.has_point) fail("multiple decimal points");
        if (after_shift) fail("cannot use \"V\" and decimal point together");
        t.has_point = after_point = true;
        break;
      case P::sign:
        if (t.sign != Sign::none) fail("cannot use \"S\" twice");
        if (t.explicit_sign || t.plus || t.bracket) fail("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
        t.sign = digits ? Sign::trailing : Sign::leading;
        t.sign_before_point = !after_point;
        break;
      case P::minus:
      case P::plus:
      case P::plus_minus:
        if (t.sign != Sign::none)
          fail(fmt::format("cannot use \"S\" and \"{}\" together", found->pattern == P::minus ? "MI" : found->pattern == P::plus ? "PL" : "SG"));
        // PL stands beside the usual sign, the others in its place.
        if (found->pattern == P::plus)
          t.plus = true;
        else
          t.explicit_sign = true;
        break;
      case P::bracket:
        if (t.sign != Sign::none || t.explicit_sign || t.plus)
          fail("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
        t.bracket = true;
        break;
      case P::blank:
        if (!digits) blank = true;
        break;
      case P::unfilled:
        t.fill = false;
        break;
      case P::shift:
        if (t.has_point) fail("cannot use \"V\" and decimal point together");
        after_shift = t.multiplied = true;
        break;
      case P::roman_upper:
      case P::roman_lower:
        t.roman = true;
        break;
      case P::exponent:
        if (t.exponent) fail("cannot use \"EEEE\" twice");
        if (blank || !t.fill || t.sign != Sign::none || t.bracket || t.explicit_sign || t.plus || t.roman || after_shift)
          fail("\"EEEE\" is incompatible with other formats",
               "\"EEEE\" may only be used together with digit and decimal point patterns.");
        t.exponent = true;
        break;
      default:
        break;
    }
    t.nodes.push_back({found->pattern, {}});
    i += found->name.size();
  }
  return t;
}

namespace {

using types::NumericView;

std::string roman(std::int64_t value, bool upper, bool fill) {
  std::string text;
  if (value < 1 || value > 3999) {
    text.assign(15, '#');
    return text;
  }
  static constexpr std::pair<int, const char*> kParts[] = {
      {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
      {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"}};
  for (auto [number, letters] : kParts)
    for (; value >= number; value -= number) text += letters;
  if (!upper)
    for (char& c : text) c = static_cast<char>(c | 0x20);
  if (fill && text.size() < 15) text.insert(0, 15 - text.size(), ' ');
  return text;
}

string_view ordinal(const std::string& digits, bool upper) {
  char last = digits.back();
  bool teen = digits.size() > 1 && digits[digits.size() - 2] == '1';
  int kind = teen ? 0 : last == '1' ? 1 : last == '2' ? 2 : last == '3' ? 3 : 0;
  static constexpr string_view kUpper[] = {"TH", "ST", "ND", "RD"}, kLower[] = {"th", "st", "nd", "rd"};
  return upper ? kUpper[kind] : kLower[kind];
}

// d.ddde+xx
std::string scientific(Arena& arena, NumericView v, int places) {
  bool negative = types::numeric_sign(v) < 0;
  NumericView magnitude = types::numeric_abs(arena, v);
  std::string text;
  types::append_numeric(text, magnitude);
  auto point = text.find('.');
  std::string digits = text;
  int exponent = static_cast<int>(point == text.npos ? text.size() : point) - 1;
  if (point != text.npos) digits.erase(point, 1);
  auto first = digits.find_first_not_of('0');
  if (first == digits.npos) {
    digits = "0";
    exponent = 0;
  } else {
    digits.erase(0, first);
    exponent -= static_cast<int>(first);
  }
  std::string lead;
  auto wanted = static_cast<std::size_t>(places) + 1;
  if (digits.size() > wanted) {
    bool up = digits[wanted] >= '5';
    digits.resize(wanted);
    if (up) {
      std::size_t i = wanted;
      while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
      // A carry out of the first digit stays there, as PostgreSQL has it: 10.0e+00.
      if (i > 0)
        ++digits[i - 1];
      else
        lead = "1";
    }
  }
  digits.resize(wanted, '0');
  std::string out = negative ? "-" : " ";
  out += lead;
  out += digits[0];
  if (places > 0) out += "." + digits.substr(1);
  out += fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
  return out;
}

// What has no exponent: NaN and Infinity.
std::string no_exponent(const NumberTemplate& t) {
  std::string out(static_cast<std::size_t>(t.before + t.after + 6), '#');
  out[0] = ' ';
  out[static_cast<std::size_t>(t.before) + 1] = '.';
  return out;
}

class Formatter {
 public:
  enum class Origin : std::uint8_t { numeric, floating };
  // `below_zero`: what was a negative number before it was rounded to 0.
  Formatter(EvalContext& ctx, const NumberTemplate& t, Origin origin = Origin::numeric, bool below_zero = false)
      : arena_(*ctx.arena), t_(t), is_float_(origin == Origin::floating), below_zero_(below_zero) {}

  std::string format(NumericView v) {
    bool special = types::numeric_is_nan(v) || types::numeric_is_infinite(v);
    if (t_.roman) return roman_text(special, v);
    if (t_.exponent) {
      if (special) return no_exponent(t_);
      std::string out;
      for (const auto& node : t_.nodes)
        if (node.pattern == NumberPattern::exponent) out += scientific(arena_, v, t_.after);
      return out;
    }
    if (!special) {
      if (t_.shift > 0)
        v = types::numeric_mul(arena_, v, types::parse_numeric(arena_, "1e" + std::to_string(t_.shift)));
      NumericView rounded = types::numeric_round(arena_, v, t_.after);
      negative_ = below_zero_ || types::numeric_sign(rounded) < 0;
      std::string text;
      types::append_numeric(text, types::numeric_abs(arena_, rounded));
      auto point = text.find('.');
      whole_ = text.substr(0, point);
      fraction_ = point == text.npos ? "" : text.substr(point + 1);
    } else {
      // Its letters take the places of digits.
      is_word_ = true;
      negative_ = types::numeric_sign(v) < 0;
      types::append_numeric(whole_, types::numeric_abs(arena_, v));
    }
    places_ = t_.before + t_.shift;
    if (static_cast<int>(whole_.size()) > places_) {
      is_word_ = false;
      overflow_ = true;
      whole_.assign(static_cast<std::size_t>(places_), '#');
      fraction_.assign(static_cast<std::size_t>(t_.after), '#');
    }
    return write();
  }

 private:
  std::string roman_text(bool special, NumericView v) {
    std::string out;
    for (const auto& node : t_.nodes) {
      if (node.pattern != NumberPattern::roman_upper && node.pattern != NumberPattern::roman_lower) continue;
      std::int64_t value = 0;
      if (!is_float_)
        value = types::numeric_to_int32(v);
      else if (!special && types::compare_numeric(v, types::make_numeric(arena_, 4000, 0)) < 0 && types::numeric_sign(v) > 0)
        value = types::numeric_to_int64(types::numeric_round(arena_, v, 0));
      out += roman(value, node.pattern == NumberPattern::roman_upper, t_.fill);
    }
    return out;
  }

  // The sign belongs before the first thing that is not blank.
  void sign_now() {
    if (sign_done_) return;
    sign_done_ = true;
    if (t_.explicit_sign || t_.sign == NumberTemplate::Sign::trailing) return;
    if (t_.bracket) {
      if (negative_)
        out_ += '<';
      else if (t_.fill)
        out_ += ' ';
    } else if (t_.sign == NumberTemplate::Sign::leading) {
      out_ += negative_ ? '-' : '+';
    } else if (negative_) {
      out_ += '-';
    } else if (t_.fill) {
      out_ += ' ';
    }
  }

  void whole_place() {
    int blanks = places_ - static_cast<int>(whole_.size());
    int place = place_++;
    if (place >= blanks) {
      // "0" before a point is blank unless a 0 place asks for it, or nothing else would be left.
      bool lone_zero = whole_ == "0" && t_.after > 0 && !t_.zero && !overflow_;
      if (lone_zero) {
        if (t_.fill) {
          out_ += ' ';
          return;
        }
        if (shown_fraction() > 0) return;
      }
      sign_now();
      out_ += whole_[static_cast<std::size_t>(place - blanks)];
      started_ = true;
    } else if (t_.zero && place >= t_.zero_start) {
      sign_now();
      out_ += '0';
      started_ = true;
    } else if (t_.fill) {
      out_ += ' ';
    }
  }

  // Places behind the point that FM leaves: trailing zeros go, up to the last 0 place.
  int shown_fraction() const {
    auto last = fraction_.find_last_not_of('0');
    int relevant = last == fraction_.npos ? 0 : static_cast<int>(last) + 1;
    return std::max(relevant, t_.zero_end - t_.before);
  }

  void fraction_place() {
    if (is_word_) return;
    int place = fraction_at_++;
    if (!t_.fill && !overflow_) {
      if (place >= shown_fraction()) return;
    }
    sign_now();
    if (place < static_cast<int>(fraction_.size())) out_ += fraction_[static_cast<std::size_t>(place)];
    started_ = true;
  }

  std::string write() {
    using P = NumberPattern;
    bool after_point = false;
    for (const auto& node : t_.nodes) {
      switch (node.pattern) {
        case P::nine:
        case P::zero:
          if (after_point)
            fraction_place();
          else
            whole_place();
          break;
        case P::point:
          after_point = true;
          // A number without a point ends the text here, whatever the template has behind it.
          if (is_word_ || (!overflow_ && t_.after == 0)) return std::move(out_);
          sign_now();
          out_ += '.';
          started_ = true;
          break;
        case P::group:
          if (started_)
            out_ += ',';
          else if (t_.fill)
            out_ += ' ';
          break;
        case P::sign:
          if (t_.sign == NumberTemplate::Sign::trailing) out_ += negative_ ? '-' : '+';
          break;
        case P::minus:
          if (negative_)
            out_ += '-';
          else if (t_.fill)
            out_ += ' ';
          break;
        case P::plus:
          if (!negative_)
            out_ += '+';
          else if (t_.fill)
            out_ += ' ';
          break;
        case P::plus_minus:
          out_ += negative_ ? '-' : '+';
          break;
        case P::currency:
          out_ += ' ';  // the C locale's currency sign
          break;
        case P::ordinal_upper:
        case P::ordinal_lower:
          if (negative_ || t_.has_point) break;
          if (whole_.empty()) throw SqlError("22P02", "\".\" is not a number");  // a template without places
          if (overflow_) break;
          if (is_word_) throw SqlError("22P02", fmt::format("\"{}\" is not a number", whole_));
          out_ += ordinal(whole_, node.pattern == P::ordinal_upper);
          break;
        case P::literal:
          out_ += node.text;
          break;
        default:
          break;
      }
    }
    if (t_.bracket) {
      if (negative_)
        out_ += '>';
      else if (t_.fill)
        out_ += ' ';
    }
    return std::move(out_);
  }

  Arena& arena_;
  const NumberTemplate& t_;
  const bool is_float_, below_zero_;
  std::string out_, whole_, fraction_;
  int places_ = 0, place_ = 0, fraction_at_ = 0;
  bool is_word_ = false;  // NaN or Infinity
  bool negative_ = false, overflow_ = false, sign_done_ = false, started_ = false;
};

std::string to_char(EvalContext& ctx, NumericView v, string_view format) {
  NumberTemplate t = NumberTemplate::parse(format);
  return Formatter(ctx, t).format(v);
}
std::string float_with_exponent(const NumberTemplate& t, double v) {
  if (!std::isfinite(v)) return no_exponent(t);
  return fmt::format("{: .{}e}", v, t.after);
}
std::string int4_to_char(EvalContext& ctx, std::int32_t v, string_view format) {
  NumberTemplate t = NumberTemplate::parse(format);
  if (t.exponent) return float_with_exponent(t, v);
  return Formatter(ctx, t).format(types::make_numeric(*ctx.arena, v, 0));
}
std::string int8_to_char(EvalContext& ctx, std::int64_t v, string_view format) {
  return to_char(ctx, types::make_numeric(*ctx.arena, v, 0), format);
}
// A float is rounded as printf() does, from all of its digits and to even, and shows no more of them than its type
// keeps; what numeric makes of it has been rounded once already.
template <typename Float>
std::string float_to_char(EvalContext& ctx, Float v, NumericView as_numeric, string_view format) {
  constexpr int digits = std::numeric_limits<Float>::digits10;
  NumberTemplate t = NumberTemplate::parse(format);
  if (t.exponent) return float_with_exponent(t, static_cast<double>(v));
  if (t.roman) return Formatter(ctx, t, Formatter::Origin::floating).format(as_numeric);
  const double shifted = v * static_cast<Float>(std::pow(10, t.shift));  // beyond all numbers perhaps
  const bool finite = std::isfinite(shifted);
  std::string word;
  if (!finite) types::append_numeric(word, types::numeric_from_float8(*ctx.arena, std::fabs(shifted)));
  const int before = static_cast<int>(finite ? fmt::formatted_size("{:.0f}", std::fabs(shifted)) : word.size());
  const int after = std::clamp(digits - before, 0, t.after);
  // Places without a digit go.
  for (auto node = t.nodes.end(); node != t.nodes.begin() && t.after > after;) {
    --node;
    if (node->pattern != NumberPattern::nine && node->pattern != NumberPattern::zero) continue;
    node = t.nodes.erase(node);
    --t.after;
  }
  const NumericView shown = finite ? types::parse_numeric(*ctx.arena, fmt::format("{:.{}f}e-{}", shifted, after, t.shift))
                                   : types::numeric_from_float8(*ctx.arena, shifted);
  return Formatter(ctx, t, Formatter::Origin::floating, std::signbit(v) && !std::isnan(v)).format(shown);
}
std::string float8_to_char(EvalContext& ctx, double v, string_view format) {
  return float_to_char(ctx, v, types::numeric_from_float8(*ctx.arena, v), format);
}
std::string float4_to_char(EvalContext& ctx, float v, string_view format) {
  return float_to_char(ctx, v, types::numeric_from_float4(*ctx.arena, v), format);
}

// What a text says by a template, character by character as PostgreSQL takes them: the template has one step for each
// of the text, and a step may leave its character to the next.
class NumberReader {
 public:
  NumberReader(string_view text, const NumberTemplate& t) : text_(text), t_(t) {}

  // The number's digits with sign and point; empty when there are none.
  std::string read() {
    for (const auto& node : t_.nodes) {
      if (is_over()) break;
      if (step(node.pattern)) ++at_;
    }
    if (!digits_.empty() && digits_.back() == '.') digits_.pop_back();
    return sign_ == ' ' ? digits_ : sign_ + digits_;
  }
  int places_after_point() const { return after_; }

 private:
  bool is_over() const { return at_ >= text_.size(); }
  char peek() const { return is_over() ? '\0' : text_[at_]; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  bool any_digits() const { return before_ + after_ > 0; }
  void skip_character() {
    at_ = std::min(text_.size(), at_ + types::utf8_width(static_cast<unsigned char>(peek())));
  }
  // What is no part of a number.
  void skip_others(int count) {
    for (; count > 0 && !is_over() && string_view("0123456789.,+-").find(peek()) == string_view::npos; --count)
      skip_character();
  }
  bool take_sign(string_view allowed) {
    if (is_over() || allowed.find(peek()) == string_view::npos) return false;
    sign_ = peek();
    return true;
  }

  // Whether the character it stands at has been used.
  bool step(NumberPattern pattern) {
    using P = NumberPattern;
    switch (pattern) {
      case P::nine:
      case P::zero:
      case P::point:
        digit(pattern != P::point);
        return true;
      case P::group:
        return t_.fill && peek() == ',';
      case P::minus:
      case P::plus:
      case P::plus_minus:
        if (take_sign(pattern == P::minus ? "-" : pattern == P::plus ? "+" : "-+")) return true;
        skip_others(1);
        return false;
      case P::currency:
        skip_others(1);
        return false;
      case P::ordinal_upper:
      case P::ordinal_lower:
        if (!t_.has_point) skip_others(2);
        return false;
      case P::literal:  // one character, whichever
        skip_character();
        return false;
      default:
        return false;
    }
  }

  void digit(bool is_place) {
    if (peek() == ' ') ++at_;
    if (is_over()) return;
    const bool has_sign = t_.sign != NumberTemplate::Sign::none;
    if (sign_ == ' ' && is_place && !any_digits()) {
      if ((!has_sign || t_.sign_before_point) && take_sign("-+")) {
        ++at_;
      } else if (!has_sign && t_.bracket && peek() == '<') {
        sign_ = '-';
        ++at_;
      }
    }
    if (is_over()) return;
    bool read = false;
    if (is_digit(peek())) {
      if (has_read_point_ && after_ == t_.after) return;
      digits_ += peek();
      ++(has_read_point_ ? after_ : before_);
      read = true;
    } else if (t_.has_point && !has_read_point_ && peek() == '.') {
      digits_ += '.';
      has_read_point_ = read = true;
    }
    if (sign_ != ' ' || !any_digits()) return;
    // A sign that belongs behind stands right behind the last digit, whatever the template has there.
    if (has_sign && read && at_ + 1 < text_.size() && !is_digit(text_[at_ + 1])) {
      ++at_;
      if (!take_sign("-+")) --at_;
    } else if (!read && !has_sign && (t_.plus || t_.explicit_sign)) {
      take_sign("-+");
    }
  }

  string_view text_;
  const NumberTemplate& t_;
  std::size_t at_ = 0;
  std::string digits_;
  char sign_ = ' ';
  int before_ = 0, after_ = 0;  // digits
  bool has_read_point_ = false;
};

std::optional<NumericView> to_number(EvalContext& ctx, string_view text, string_view format) {
  if (format.empty()) return std::nullopt;
  NumberTemplate t = NumberTemplate::parse(format);
  if (t.exponent) throw SqlError("0A000", "\"EEEE\" not supported for input");
  if (t.roman) throw SqlError("0A000", "\"RN\" not supported for input");
  NumberReader reader(text, t);
  const std::string number = reader.read();
  if (number.empty()) throw SqlError("22P02", "invalid input syntax for type numeric: \" \"");
  const int scale = reader.places_after_point(), precision = t.before + t.shift + scale;
  NumericView value = types::numeric_apply_typmod(*ctx.arena, types::parse_numeric(*ctx.arena, number),
                                                  ((precision << 16) | scale) + 4);
  if (t.multiplied)
    value = types::numeric_mul(*ctx.arena, value,
                               types::numeric_power(*ctx.arena, types::make_numeric(*ctx.arena, 10, 0),
                                                    types::make_numeric(*ctx.arena, -t.shift, 0)));
  return value;
}

constexpr ScalarFunction kNumberToCharFunctions[] = {
    {"numeric_to_char", strict<&to_char>},
    {"int4_to_char", strict<&int4_to_char>},
    {"int8_to_char", strict<&int8_to_char>},
    {"float8_to_char", strict<&float8_to_char>},
    {"float4_to_char", strict<&float4_to_char>},
    {"numeric_to_number", strict<&to_number>},
};

}  // namespace

std::span<const ScalarFunction> number_to_char_functions() { return kNumberToCharFunctions; }

}  // namespace functions
