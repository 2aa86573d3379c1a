// Arrays that become the slices of one with a dimension more: array_agg(anyarray), ARRAY(SELECT array).
#pragma once

#include <span>

#include "types/array.h"

namespace types {

// What may be stacked: neither null nor empty, and of the shape of the first. SqlError 22004, 2202E.
void check_stackable(const Datum& value, const Datum* first);

// Requires check_stackable() of each. No arrays make the empty array of `element`.
Datum stack_arrays(Arena& arena, Oid element, std::span<const Datum> arrays);

}  // namespace types
