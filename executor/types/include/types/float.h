// real and double precision: text, order.
#pragma once

#include <cmath>
#include <string>
#include <string_view>

namespace types {

// SqlError 22P02, 22003. `type_name` appears in the message.
double parse_float8(std::string_view text, std::string_view type_name = "double precision");
float parse_float4(std::string_view text);

// Shortest text that reads back alike when extra_float_digits > 0, else 15 (6) + that many digits.
void append_float8(std::string& out, double value, int extra_float_digits = 1);
void append_float4(std::string& out, float value, int extra_float_digits = 1);

// NaN equals itself and is above everything.
template <typename F>
int compare_floats(F a, F b) {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a == b) return 0;
  return int{std::isnan(a)} - int{std::isnan(b)};
}

}  // namespace types
