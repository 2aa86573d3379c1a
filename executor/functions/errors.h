// The errors that many functions share, in PostgreSQL's words.
#pragma once

#include <cstdint>

namespace functions {

[[noreturn]] void throw_division_by_zero();
[[noreturn]] void throw_smallint_out_of_range();
[[noreturn]] void throw_integer_out_of_range();
[[noreturn]] void throw_bigint_out_of_range();
[[noreturn]] void throw_float_overflow();
[[noreturn]] void throw_float_underflow();
[[noreturn]] void throw_timestamp_out_of_range();
[[noreturn]] void throw_date_out_of_range();
[[noreturn]] void throw_interval_out_of_range();

template <typename T>
[[noreturn]] void throw_out_of_range() {
  if constexpr (sizeof(T) == 2)
    throw_smallint_out_of_range();
  else if constexpr (sizeof(T) == 4)
    throw_integer_out_of_range();
  else
    throw_bigint_out_of_range();
}

}  // namespace functions
