// in_range(value, base, offset, subtract, less): whether value <= (less) or >= base - (subtract) or +
// offset. What decides where a window's RANGE frame with an offset ends; the sum never overflows.
#include <cmath>

#include "function_table.h"
#include "interval_math.h"
#include "kernel.h"
#include "types/datetime.h"
#include "types/numeric.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::Interval;
using types::TimeTz;

void check_offset(bool valid) {
  if (!valid) throw types::SqlError("22013", "invalid preceding or following size in window function");
}

template <typename V, typename O>
bool integers(V value, V base, O offset, bool subtract, bool less) {
  check_offset(offset >= 0);
  const auto wide = types::Int128{offset};
  const types::Int128 end = base + (subtract ? -wide : wide);
  return less ? value <= end : value >= end;
}

template <typename V>
bool floats(V value, V base, double offset, bool subtract, bool less) {
  check_offset(!std::isnan(offset) && offset >= 0);
  // NaN sorts after all else, and no offset changes that.
  if (std::isnan(value)) return std::isnan(base) || !less;
  if (std::isnan(base)) return less;
  // Infinitely far from infinity, back towards the rest: everything is in between.
  if (std::isinf(offset) && std::isinf(base) && (subtract ? base > 0 : base < 0)) return true;
  const double end = subtract ? static_cast<double>(base) - offset : static_cast<double>(base) + offset;
  return less ? static_cast<double>(value) <= end : static_cast<double>(value) >= end;
}

bool numerics(EvalContext& ctx, string_view value, string_view base, string_view offset, bool subtract,
              bool less) {
  const auto sign_of_infinity = [](string_view v) {
    return types::numeric_is_infinite(v) ? types::numeric_sign(v) : 0;
  };
  check_offset(!types::numeric_is_nan(offset) && types::numeric_sign(offset) >= 0);
  if (types::numeric_is_nan(value)) return types::numeric_is_nan(base) || !less;
  if (types::numeric_is_nan(base)) return less;
  const int base_infinity = sign_of_infinity(base), value_infinity = sign_of_infinity(value);
  if (sign_of_infinity(offset) != 0) {
    if (base_infinity == (subtract ? 1 : -1)) return true;
    if (subtract) return !less || value_infinity < 0;
    return less || value_infinity > 0;
  }
  if (value_infinity != 0) return value_infinity == base_infinity || (value_infinity > 0) != less;
  if (base_infinity != 0) return (base_infinity > 0) == less;
  const types::NumericView end =
      subtract ? types::numeric_sub(*ctx.arena, base, offset) : types::numeric_add(*ctx.arena, base, offset);
  const int order = types::compare_numeric(value, end);
  return less ? order <= 0 : order >= 0;
}

void check_offset(const Interval& offset) { check_offset(types::interval_span(offset) >= 0); }
Interval signed_offset(const Interval& offset, bool subtract) {
  return subtract ? negate_interval(offset) : offset;
}

bool timestamps(std::int64_t value, std::int64_t base, Interval offset, bool subtract, bool less) {
  check_offset(offset);
  const std::int64_t end = timestamp_plus_interval(base, signed_offset(offset, subtract));
  return less ? value <= end : value >= end;
}
bool dates(std::int32_t value, std::int32_t base, Interval offset, bool subtract, bool less) {
  return timestamps(types::date_to_timestamp(value), types::date_to_timestamp(base), offset, subtract, less);
}
bool timestamptzs(EvalContext& ctx, std::int64_t value, std::int64_t base, Interval offset, bool subtract,
                  bool less) {
  check_offset(offset);
  const std::int64_t end = timestamptz_plus_interval(ctx, base, signed_offset(offset, subtract));
  return less ? value <= end : value >= end;
}
bool intervals(Interval value, Interval base, Interval offset, bool subtract, bool less) {
  check_offset(offset);
  const Interval end = subtract ? subtract_intervals(base, offset) : add_intervals(base, offset);
  const int order = types::compare_interval(value, end);
  return less ? order <= 0 : order >= 0;
}

// Of a time of day only hours and less are added, and it does not wrap around: 128 bits hold the sum.
types::Int128 end_of_time(std::int64_t base, const Interval& offset, bool subtract) {
  check_offset(offset.microseconds >= 0);
  const auto wide = types::Int128{offset.microseconds};
  return base + (subtract ? -wide : wide);
}
bool times(std::int64_t value, std::int64_t base, Interval offset, bool subtract, bool less) {
  const types::Int128 end = end_of_time(base, offset, subtract);
  return less ? value <= end : value >= end;
}
bool timetzs(TimeTz value, TimeTz base, Interval offset, bool subtract, bool less) {
  // As their order: by the moment in UTC, then by the zone.
  constexpr std::int64_t kSecond = 1'000'000;
  const types::Int128 end =
      end_of_time(base.microseconds, offset, subtract) + types::Int128{base.zone_west_seconds} * kSecond;
  const types::Int128 moment = value.microseconds + types::Int128{value.zone_west_seconds} * kSecond;
  if (moment != end) return less ? moment < end : moment > end;
  return less ? value.zone_west_seconds <= base.zone_west_seconds
              : value.zone_west_seconds >= base.zone_west_seconds;
}

constexpr ScalarFunction kInRangeFunctions[] = {
    {"in_range_int2_int2", strict<&integers<std::int16_t, std::int16_t>>},
    {"in_range_int2_int4", strict<&integers<std::int16_t, std::int32_t>>},
    {"in_range_int2_int8", strict<&integers<std::int16_t, std::int64_t>>},
    {"in_range_int4_int2", strict<&integers<std::int32_t, std::int16_t>>},
    {"in_range_int4_int4", strict<&integers<std::int32_t, std::int32_t>>},
    {"in_range_int4_int8", strict<&integers<std::int32_t, std::int64_t>>},
    {"in_range_int8_int8", strict<&integers<std::int64_t, std::int64_t>>},
    {"in_range_float4_float8", strict<&floats<float>>},
    {"in_range_float8_float8", strict<&floats<double>>},
    {"in_range_numeric_numeric", strict<&numerics>},
    {"in_range_date_interval", strict<&dates>},
    {"in_range_timestamp_interval", strict<&timestamps>},
    {"in_range_timestamptz_interval", strict<&timestamptzs>},
    {"in_range_interval_interval", strict<&intervals>},
    {"in_range_time_interval", strict<&times>},
    {"in_range_timetz_interval", strict<&timetzs>},
};

}  // namespace

std::span<const ScalarFunction> in_range_functions() { return kInRangeFunctions; }

}  // namespace functions
