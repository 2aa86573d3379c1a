// jsonb_path_query() and its _tz form as set-returning functions.
#pragma once

#include "functions/set_function.h"

namespace functions {

std::unique_ptr<SetFunctionRun> jsonb_path_query(types::EvalContext&, const FunctionCall&,
                                                 std::span<const types::Datum> arguments);
std::unique_ptr<SetFunctionRun> jsonb_path_query_tz(types::EvalContext&, const FunctionCall&,
                                                    std::span<const types::Datum> arguments);

}  // namespace functions
