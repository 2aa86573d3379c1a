// Functions that users wrote: kernels that hand the call to the session.
#pragma once

#include "functions/function.h"
#include "functions/set_function.h"

namespace functions {

void call_user_function(types::EvalContext&, const FunctionCall&,
                        std::span<const types::Vector* const> arguments, types::Selection rows,
                        types::Vector& out);
std::unique_ptr<SetFunctionRun> start_user_function(types::EvalContext&, const FunctionCall&,
                                                    std::span<const types::Datum> arguments);

}  // namespace functions
