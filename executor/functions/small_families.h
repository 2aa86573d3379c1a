// Families of few functions, in files of their own.
#pragma once

#include <span>

#include "functions/function.h"

namespace functions {

std::span<const ScalarFunction> absent_facility_functions();
std::span<const ScalarFunction> ascii_functions();
std::span<const ScalarFunction> object_identity_functions();
std::span<const ScalarFunction> setting_flag_functions();

}  // namespace functions
