// ts_parse and ts_token_type.
#pragma once

#include "functions/set_function.h"

namespace functions {

std::unique_ptr<SetFunctionRun> ts_parse(types::EvalContext&, const FunctionCall&,
                                         std::span<const types::Datum> arguments);
std::unique_ptr<SetFunctionRun> ts_token_type(types::EvalContext&, const FunctionCall&,
                                              std::span<const types::Datum> arguments);
// ts_stat: what lexemes the vectors of a query have, and how often.
std::unique_ptr<SetFunctionRun> ts_stat(types::EvalContext&, const FunctionCall&,
                                        std::span<const types::Datum> arguments);

}  // namespace functions
