// A sequence read as a relation: one row of last_value, log_cnt and is_called.
#pragma once

#include "functions/set_function.h"

namespace functions {

// The argument is the sequence's OID.
std::unique_ptr<SetFunctionRun> read_sequence_row(types::EvalContext&, const FunctionCall&,
                                                  std::span<const types::Datum> arguments);

}  // namespace functions
