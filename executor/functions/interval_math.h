// Arithmetic of intervals and of timestamps with intervals; overflow throws 22008.
#pragma once

#include "types/datetime.h"

namespace functions {

types::Interval add_intervals(types::Interval a, types::Interval b);
types::Interval subtract_intervals(types::Interval a, types::Interval b);
types::Interval negate_interval(types::Interval v);
types::Interval multiply_interval(types::Interval v, double factor);
types::Interval divide_interval(types::Interval v, double divisor);

// Months first (the day clipped to the month's end), then days, then microseconds.
std::int64_t timestamp_plus_interval(std::int64_t timestamp, types::Interval v);
// The same on the wall clock of the session's zone for months and days.
std::int64_t timestamptz_plus_interval(types::EvalContext& ctx, std::int64_t timestamp,
                                       types::Interval v);

// Hours over 24 into days; days over 30 into months; both with equal signs.
types::Interval justify_hours(types::Interval v);
types::Interval justify_days(types::Interval v);
types::Interval justify_interval(types::Interval v);

}  // namespace functions
