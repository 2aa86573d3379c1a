// Set functions whose rows the session provides: of schema sextant, of views like pg_locks.
#pragma once

#include "functions/set_function.h"

namespace functions {

// Null when it is none of them.
SetFunctionStart find_status_function(std::string_view internal_name);

}  // namespace functions
