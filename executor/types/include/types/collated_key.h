// What the keys of strings under a collation hold.
#pragma once

#include <cstdint>

#include "types/type_io.h"

namespace types {

enum class CollatedKey : std::uint8_t {
  other,              // not of a string under a collation, or it cannot be told from its key (char(n)'s padding)
  text,               // the text and a zero
  sort_key_and_text,  // a sort key and a zero, then the text and a zero
};

// `support`: of a key column. Looks at all collations that the process has opened: for when an index is opened.
CollatedKey collated_key_form(const TypeSupport& support);

}  // namespace types
