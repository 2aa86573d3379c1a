// Casts among integers, floats, bool and character types.
#include <cmath>
#include <limits>

#include "errors.h"
#include "function_table.h"
#include "kernel.h"
#include "single_table.h"
#include "types/sql_error.h"
#include "types/text.h"
#include "types/utf8.h"

namespace functions {
namespace {

using std::string_view;
using I2 = std::int16_t;
using I4 = std::int32_t;
using I8 = std::int64_t;

template <typename To, typename From>
To widen(From value) noexcept {
  return static_cast<To>(value);
}

template <typename To, typename From>
To narrow(From value) {
  if (value < std::numeric_limits<To>::min() || value > std::numeric_limits<To>::max())
    throw_out_of_range<To>();
  return static_cast<To>(value);
}

// Rounds half to even.
template <typename To, typename From>
To to_integer(From value) {
  From rounded = std::rint(value);
  // -min is exact in floating point; max is not.
  constexpr From kLimit = -static_cast<From>(std::numeric_limits<To>::min());
  if (!(rounded >= -kLimit && rounded < kLimit)) throw_out_of_range<To>();
  return static_cast<To>(rounded);
}

float to_float(double value) {
  auto result = static_cast<float>(value);
  if (std::isinf(result) && !std::isinf(value)) throw_float_overflow();
  if (result == 0 && value != 0) throw_float_underflow();
  return result;
}

std::uint32_t bigint_to_oid(I8 value) {
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
    throw types::SqlError("22003", "OID out of range");
  return static_cast<std::uint32_t>(value);
}

bool int_to_bool(I4 value) noexcept { return value != 0; }
I4 bool_to_int(bool value) noexcept { return value; }
string_view bool_to_text(bool value) { return value ? "true" : "false"; }

types::LengthCoercion how(bool is_explicit) {
  return is_explicit ? types::LengthCoercion::explicit_cast : types::LengthCoercion::assignment;
}
string_view to_varchar(string_view text, I4 typmod, bool is_explicit) {
  return types::coerce_varchar(text, typmod, how(is_explicit));
}
string_view to_bpchar(EvalContext& ctx, string_view text, I4 typmod, bool is_explicit) {
  return types::coerce_bpchar(*ctx.arena, text, typmod, how(is_explicit));
}

string_view bpchar_to_text(string_view text) { return types::trim_padding(text); }
string_view to_name(string_view text) { return types::utf8_clip(text, types::kNameBytes); }
string_view bpchar_to_name(string_view text) {
  return types::trim_padding(types::utf8_clip(text, types::kNameBytes));
}
string_view same(string_view text) { return text; }

std::int8_t text_to_char(string_view text) { return types::char_of_text(text); }
std::string char_to_text(std::int8_t c) {
  std::string text;
  types::append_char_text(text, c);
  return text;
}
I4 char_to_int(std::int8_t c) noexcept { return c; }
std::int8_t int_to_char(I4 value) {
  if (value < -128 || value > 127) throw types::SqlError("22003", "\"char\" out of range");
  return static_cast<std::int8_t>(value);
}

constexpr ScalarFunction kCastsFunctions[] = {
    {"i2toi4", strict<&widen<I4, I2>>},
    {"int28", strict<&widen<I8, I2>>},
    {"int48", strict<&widen<I8, I4>>},
    {"i4toi2", strict<&narrow<I2, I4>>},
    {"int82", strict<&narrow<I2, I8>>},
    {"int84", strict<&narrow<I4, I8>>},
    {"i2tof", strict<&widen<float, I2>>},
    {"i4tof", strict<&widen<float, I4>>},
    {"i8tof", strict<&widen<float, I8>>},
    {"i2tod", strict<&widen<double, I2>>},
    {"i4tod", strict<&widen<double, I4>>},
    {"i8tod", strict<&widen<double, I8>>},
    {"ftod", strict<&widen<double, float>>},
    {"dtof", strict<&to_float>},
    {"ftoi2", strict<&to_integer<I2, float>>},
    {"ftoi4", strict<&to_integer<I4, float>>},
    {"ftoi8", strict<&to_integer<I8, float>>},
    {"dtoi2", strict<&to_integer<I2, double>>},
    {"dtoi4", strict<&to_integer<I4, double>>},
    {"dtoi8", strict<&to_integer<I8, double>>},
    {"i8tooid", strict<&bigint_to_oid>},
    {"oidtoi8", strict<&widen<I8, std::uint32_t>>},
    {"int4_bool", strict<&int_to_bool>},
    {"bool_int4", strict<&bool_to_int>},
    {"booltext", strict<&bool_to_text>},
    {"varchar", strict<&to_varchar>},
    {"bpchar", strict<&to_bpchar>},
    {"rtrim1", strict<&bpchar_to_text>},
    {"text_name", strict<&to_name>},
    {"bpchar_name", strict<&bpchar_to_name>},
    {"name_text", strict<&same>},
    {"name_bpchar", strict<&same>},
    {"text_char", strict<&text_to_char>},
    {"char_text", strict<&char_to_text>},
    {"char_bpchar", strict<&char_to_text>},
    {"chartoi4", strict<&char_to_int>},
    {"i4tochar", strict<&int_to_char>},
};

constexpr SingleFunction kSingles[] = {
    {"i2toi4", single<&widen<I4, I2>>},         {"int28", single<&widen<I8, I2>>},          {"int48", single<&widen<I8, I4>>},
    {"i4toi2", single<&narrow<I2, I4>>},        {"int82", single<&narrow<I2, I8>>},         {"int84", single<&narrow<I4, I8>>},
    {"i2tof", single<&widen<float, I2>>},       {"i4tof", single<&widen<float, I4>>},       {"i8tof", single<&widen<float, I8>>},
    {"i2tod", single<&widen<double, I2>>},      {"i4tod", single<&widen<double, I4>>},      {"i8tod", single<&widen<double, I8>>},
    {"ftod", single<&widen<double, float>>},    {"dtof", single<&to_float>},
    {"ftoi2", single<&to_integer<I2, float>>},  {"ftoi4", single<&to_integer<I4, float>>},  {"ftoi8", single<&to_integer<I8, float>>},
    {"dtoi2", single<&to_integer<I2, double>>}, {"dtoi4", single<&to_integer<I4, double>>}, {"dtoi8", single<&to_integer<I8, double>>},
    {"int4_bool", single<&int_to_bool>},        {"bool_int4", single<&bool_to_int>},
};

}  // namespace

std::span<const ScalarFunction> cast_functions() { return kCastsFunctions; }
std::span<const SingleFunction> cast_singles() { return kSingles; }

}  // namespace functions
