#include "errors.h"

#include "types/sql_error.h"

namespace functions {

using types::SqlError;

void throw_division_by_zero() { throw SqlError("22012", "division by zero"); }
void throw_smallint_out_of_range() { throw SqlError("22003", "smallint out of range"); }
void throw_integer_out_of_range() { throw SqlError("22003", "integer out of range"); }
void throw_bigint_out_of_range() { throw SqlError("22003", "bigint out of range"); }
void throw_float_overflow() { throw SqlError("22003", "value out of range: overflow"); }
void throw_float_underflow() { throw SqlError("22003", "value out of range: underflow"); }
void throw_timestamp_out_of_range() { throw SqlError("22008", "timestamp out of range"); }
void throw_date_out_of_range() { throw SqlError("22008", "date out of range"); }
void throw_interval_out_of_range() { throw SqlError("22008", "interval out of range"); }

}  // namespace functions
