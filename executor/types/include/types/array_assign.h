// UPDATE SET a[i] = v, a[l:u] = v: an array value with a part replaced.
#pragma once

#include <optional>
#include <span>

#include "types/array.h"

namespace types {

// As PostgreSQL's array_set_element(): a null array counts as empty; an array of one dimension grows, with nulls
// in between; more dimensions do not. SqlError 2202E, 54000.
Datum set_array_element(Arena& arena, Oid element, PhysicalType physical, const Datum& array,
                        std::span<const std::int32_t> subscripts, const Datum& value);

// As array_set_slice(): null bounds are those of the array. A null `source` changes nothing; of a longer one the
// rest is left out. SqlError 2202E, 54000.
Datum set_array_slice(Arena& arena, Oid element, PhysicalType physical, const Datum& array,
                      std::span<const std::optional<std::int32_t>> lower,
                      std::span<const std::optional<std::int32_t>> upper, const Datum& source);

}  // namespace types
