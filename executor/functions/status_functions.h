// Schema sextant's set functions, whose rows the session provides.
#pragma once

#include "functions/set_function.h"

namespace functions {

std::unique_ptr<SetFunctionRun> sextant_nodes(types::EvalContext&, const FunctionCall&,
                                              std::span<const types::Datum>);
std::unique_ptr<SetFunctionRun> sextant_volumes(types::EvalContext&, const FunctionCall&,
                                                std::span<const types::Datum>);
std::unique_ptr<SetFunctionRun> sextant_segments(types::EvalContext&, const FunctionCall&,
                                                 std::span<const types::Datum>);
std::unique_ptr<SetFunctionRun> sextant_timelines(types::EvalContext&, const FunctionCall&,
                                                  std::span<const types::Datum>);
std::unique_ptr<SetFunctionRun> sextant_snapshots(types::EvalContext&, const FunctionCall&,
                                                  std::span<const types::Datum>);

}  // namespace functions
