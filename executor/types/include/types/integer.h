// Integers as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "types/oid.h"

namespace types {

// As the input functions: white space around, a sign, digits. SqlError 22P02, 22003.
std::int16_t parse_int16(std::string_view text);
std::int32_t parse_int32(std::string_view text);
std::int64_t parse_int64(std::string_view text);
Oid parse_oid(std::string_view text);

void append_integer(std::string& out, std::int64_t value);

}  // namespace types
