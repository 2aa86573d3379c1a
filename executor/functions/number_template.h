// The template patterns of to_char and to_number for numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace functions {

enum class NumberPattern : std::uint8_t {
  nine, zero, point, group, sign, minus, plus, plus_minus, currency, ordinal_upper, ordinal_lower,
  roman_upper, roman_lower, shift, exponent, literal,
  bracket, blank, unfilled, nothing,  // told by the template's flags; nothing is written in their places
};

struct NumberNode {
  NumberPattern pattern;
  std::string text;  // literal
};

struct NumberTemplate {
  std::vector<NumberNode> nodes;
  int before = 0, after = 0;  // digit places
  int shift = 0;              // digits after V
  bool fill = true;           // no FM
  bool zero = false;          // a 0 before the point
  int zero_start = 0;         // which place that 0 is
  int zero_end = 0;           // the last place that is a 0, both sides counted
  bool has_point = false, bracket = false, exponent = false, roman = false;
  bool explicit_sign = false, plus = false;  // MI or SG; PL
  bool multiplied = false;                   // V
  enum class Sign : std::uint8_t { none, leading, trailing } sign = Sign::none;
  bool sign_before_point = false;  // a number that is read may begin with its sign

  // SqlError 42601 for patterns that do not go together.
  static NumberTemplate parse(std::string_view text);
};

}  // namespace functions
