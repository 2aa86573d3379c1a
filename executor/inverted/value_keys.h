// Values as keys of their own, in the order of their type.
#pragma once

#include <cstdint>

#include "inverted/key_set.h"
#include "inverted/search.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace inverted {

// `type`: what encodes it; 0A000 when that has no key encoding.
void append_value_key(const types::TypeSupport* type, std::uint8_t column, const types::Datum& value, KeySet& keys);

// Strategies of btree_gin's classes, which are those of btree.
Search value_search(const types::TypeSupport* type, std::uint8_t column, int strategy, const types::Datum& query);

}  // namespace inverted
