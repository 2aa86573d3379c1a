// The bytes of data/pg15.txt, part of the binary.
#pragma once

#include <string_view>

namespace catalog {

std::string_view embedded_catalog();

}  // namespace catalog
