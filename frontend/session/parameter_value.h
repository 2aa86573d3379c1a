// Values that the client sends: Bind's parameters, FunctionCall's arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "types/arena.h"
#include "types/datum.h"

namespace session {

struct SessionState;

// Whether values of this type are text in binary format, too. (Arrays and rows of them go as UTF-8.)
bool sends_text(types::Oid type);

// Its bytes in text (0) or binary (1) format to a value in `arena`. Throws 22023 for another format, and what
// the type's input says.
types::Datum read_parameter(SessionState& session, types::Arena& arena, types::Oid type, std::int16_t format,
                            std::span<const std::byte> bytes);

}  // namespace session
