// ctid, as function_table.h has the other tables.
#pragma once

#include <span>

#include "functions/function.h"

namespace functions {

std::span<const ScalarFunction> row_place_functions();

}  // namespace functions
