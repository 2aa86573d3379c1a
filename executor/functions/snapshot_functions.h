// What is in a pg_snapshot, as function_table.h has the other tables.
#pragma once

#include <span>

#include "functions/function.h"
#include "functions/set_function.h"

namespace functions {

std::span<const ScalarFunction> snapshot_functions();

// pg_snapshot_xip.
std::unique_ptr<SetFunctionRun> snapshot_running(types::EvalContext&, const FunctionCall&,
                                                 std::span<const types::Datum> arguments);

}  // namespace functions
