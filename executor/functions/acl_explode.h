// aclexplode: the privileges of an access control list, one a row.
#pragma once

#include "functions/set_function.h"

namespace functions {

std::unique_ptr<SetFunctionRun> acl_explode(types::EvalContext&, const FunctionCall&,
                                            std::span<const types::Datum> arguments);

}  // namespace functions
