// Where PostgreSQL's binary form of a jsonb value would put its parts: .keyvalue() shows it as ids.
#pragma once

#include <cstdint>

#include "types/json.h"

namespace functions {

// Byte offset of the container `part` within `whole`; 0 when it is the whole or not inside.
std::int64_t jsonb_offset(types::Arena& arena, const types::JsonNode& whole, const types::JsonNode& part);

}  // namespace functions
