// What keys the rows have that intarray's operators find.
#pragma once

#include <cstdint>

#include "inverted/search.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace inverted {

// Strategies of gin__int_ops and gist__int_ops. `element`: integer.
Search integer_search(const types::TypeSupport* element, std::uint8_t column, int strategy, const types::Datum& query);

}  // namespace inverted
