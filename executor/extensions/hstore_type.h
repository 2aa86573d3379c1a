// hstore as a type: its text and binary forms, its order.
#pragma once

#include <string_view>

#include "types/type_io.h"

namespace extensions {

const types::TypeSupport& hstore_support();

int compare_hstores(std::string_view a, std::string_view b) noexcept;

}  // namespace extensions
