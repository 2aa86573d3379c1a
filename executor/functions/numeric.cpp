// numeric: comparison, arithmetic, mathematics, conversions.
#include "types/numeric.h"

#include <cmath>

#include "comparison.h"
#include "errors.h"
#include "function_table.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using types::NumericView;

using CompareNumeric = CompareBy<NumericView, &types::compare_numeric>;

template <NumericView (*F)(Arena&, NumericView)>
NumericView unary(EvalContext& ctx, NumericView v) {
  return F(*ctx.arena, v);
}
template <NumericView (*F)(Arena&, NumericView, NumericView)>
NumericView binary(EvalContext& ctx, NumericView a, NumericView b) {
  return F(*ctx.arena, a, b);
}
template <NumericView (*F)(Arena&, NumericView, std::int32_t)>
NumericView with_int(EvalContext& ctx, NumericView v, std::int32_t n) {
  return F(*ctx.arena, v, n);
}

NumericView plus(NumericView v) { return v; }
NumericView increment(EvalContext& ctx, NumericView v) {
  return types::numeric_add(*ctx.arena, v, types::make_numeric(*ctx.arena, 1, 0));
}
NumericView sign(EvalContext& ctx, NumericView v) {
  if (types::numeric_is_nan(v)) return v;
  return types::make_numeric(*ctx.arena, types::numeric_sign(v), 0);
}

template <typename T>
NumericView from_integer(EvalContext& ctx, T value) {
  return types::numeric_from_int64(*ctx.arena, value);
}
NumericView from_float8(EvalContext& ctx, double value) {
  return types::numeric_from_float8(*ctx.arena, value);
}
NumericView from_float4(EvalContext& ctx, float value) {
  return types::numeric_from_float4(*ctx.arena, value);
}
std::int64_t to_int8(NumericView v) { return types::numeric_to_int64(v); }
std::int32_t to_int4(NumericView v) { return types::numeric_to_int32(v); }
std::int16_t to_int2(NumericView v) { return types::numeric_to_int16(v); }
double to_float8(NumericView v) { return types::numeric_to_float8(v); }
float to_float4(NumericView v) {
  double value = types::numeric_to_float8_no_overflow(v);
  auto result = static_cast<float>(value);
  bool special = types::numeric_is_nan(v) || types::numeric_is_infinite(v);
  if (!special && (std::isinf(result) || (result == 0 && types::numeric_sign(v) != 0))) {
    std::string text;
    types::append_numeric(text, v);
    throw types::SqlError("22003", "\"" + text + "\" is out of range for type real");
  }
  return result;
}

std::optional<std::int32_t> scale(NumericView v) {
  if (types::numeric_is_nan(v) || types::numeric_is_infinite(v)) return std::nullopt;
  return types::numeric_display_scale(v);
}
std::optional<std::int32_t> min_scale(NumericView v) {
  if (types::numeric_is_nan(v) || types::numeric_is_infinite(v)) return std::nullopt;
  return types::numeric_min_scale(v);
}
NumericView factorial(EvalContext& ctx, std::int64_t n) {
  return types::numeric_factorial(*ctx.arena, n);
}
std::int32_t width_bucket(NumericView v, NumericView low, NumericView high, std::int32_t count) {
  return types::numeric_width_bucket(v, low, high, count);
}

constexpr ScalarFunction kNumericFunctions[] = {
    {"numeric_eq", strict<&CompareNumeric::eq>},
    {"numeric_ne", strict<&CompareNumeric::ne>},
    {"numeric_lt", strict<&CompareNumeric::lt>},
    {"numeric_le", strict<&CompareNumeric::le>},
    {"numeric_gt", strict<&CompareNumeric::gt>},
    {"numeric_ge", strict<&CompareNumeric::ge>},
    {"numeric_cmp", strict<&CompareNumeric::cmp>},
    {"numeric_larger", strict<&CompareNumeric::larger>},
    {"numeric_smaller", strict<&CompareNumeric::smaller>},
    {"numeric_add", strict<&binary<types::numeric_add>>},
    {"numeric_sub", strict<&binary<types::numeric_sub>>},
    {"numeric_mul", strict<&binary<types::numeric_mul>>},
    {"numeric_div", strict<&binary<types::numeric_div>>},
    {"numeric_div_trunc", strict<&binary<types::numeric_div_trunc>>},
    {"numeric_mod", strict<&binary<types::numeric_mod>>},
    {"numeric_power", strict<&binary<types::numeric_power>>},
    {"numeric_log", strict<&binary<types::numeric_log>>},
    {"numeric_gcd", strict<&binary<types::numeric_gcd>>},
    {"numeric_lcm", strict<&binary<types::numeric_lcm>>},
    {"numeric_uminus", strict<&unary<types::numeric_negate>>},
    {"numeric_uplus", strict<&plus>},
    {"numeric_abs", strict<&unary<types::numeric_abs>>},
    {"numeric_sign", strict<&sign>},
    {"numeric_inc", strict<&increment>},
    {"numeric_ceil", strict<&unary<types::numeric_ceil>>},
    {"numeric_floor", strict<&unary<types::numeric_floor>>},
    {"numeric_sqrt", strict<&unary<types::numeric_sqrt>>},
    {"numeric_exp", strict<&unary<types::numeric_exp>>},
    {"numeric_ln", strict<&unary<types::numeric_ln>>},
    {"numeric_trim_scale", strict<&unary<types::numeric_trim_scale>>},
    {"numeric_round", strict<&with_int<types::numeric_round>>},
    {"numeric_trunc", strict<&with_int<types::numeric_trunc>>},
    {"numeric", strict<&with_int<types::numeric_apply_typmod>>},
    {"numeric_scale", strict<&scale>},
    {"numeric_min_scale", strict<&min_scale>},
    {"numeric_fac", strict<&factorial>},
    {"width_bucket_numeric", strict<&width_bucket>},
    {"int2_numeric", strict<&from_integer<std::int16_t>>},
    {"int4_numeric", strict<&from_integer<std::int32_t>>},
    {"int8_numeric", strict<&from_integer<std::int64_t>>},
    {"float4_numeric", strict<&from_float4>},
    {"float8_numeric", strict<&from_float8>},
    {"numeric_int2", strict<&to_int2>},
    {"numeric_int4", strict<&to_int4>},
    {"numeric_int8", strict<&to_int8>},
    {"numeric_float4", strict<&to_float4>},
    {"numeric_float8", strict<&to_float8>},
};

}  // namespace

std::span<const ScalarFunction> numeric_functions() { return kNumericFunctions; }

}  // namespace functions
