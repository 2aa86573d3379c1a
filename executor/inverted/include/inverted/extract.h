// The keys of a value.
#pragma once

#include <cstdint>
#include <string_view>

#include "inverted/key_set.h"
#include "inverted/source.h"
#include "types/arena.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace inverted {

// No key is longer; longer ones are cut, and a hash takes the place of the rest.
inline constexpr std::size_t kMaxKeySize = 256;

// Adds the keys of one column's value, unsorted and perhaps more than once; none of null. Keys
// begin with the column's number within the index, and no key is the beginning of another.
// `element`: an array's element type; SqlError 0A000 when that has no key encoding.
// What is stored in trees is made here: it must not change. `scratch` is left with what was needed.
void extract(Source source, const types::TypeSupport* element, std::uint8_t column,
             const types::Datum& value, types::Arena& scratch, KeySet& keys);

}  // namespace inverted
