// cube as a type: its text and binary forms, its order.
#pragma once

#include <string_view>

#include "types/type_io.h"

namespace extensions {

const types::TypeSupport& cube_support();

int compare_cubes(std::string_view a, std::string_view b) noexcept;

}  // namespace extensions
