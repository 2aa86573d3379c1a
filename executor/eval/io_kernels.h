// Calls of types' text input and output functions (int4in, textout, ...), which have no kernels of their own: the
// type's support makes and writes its values.
#pragma once

#include <string_view>

#include "functions/function.h"

namespace eval {

// By pg_proc.prosrc; null: it is no input or output function of a type alone. Strict.
functions::ScalarKernel io_kernel(std::string_view source);

}  // namespace eval
