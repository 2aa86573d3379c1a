// Types' own input and output functions as SQL calls them: int4in('1'), record_out(row).
#pragma once

#include "functions/function.h"

namespace functions {

// Reads the text form of FunctionCall::result; the third argument is the typmod.
extern const ScalarKernel kTypeInput;
// Writes the first argument's text form.
extern const ScalarKernel kTypeOutput;

}  // namespace functions
