// UPDATE SET a[i] = v, a[l:u] = v: an array value with a part replaced.
#pragma once

#include <optional>
#include <span>
#include <string>

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

// The same of an array of one dimension without nulls whose bytes the caller owns, and of an element in it or right
// behind it: what lies in front of and behind the element is not touched. False: not such an array or element, and
// `array` is as it was. `value` may lie in `array`.
bool set_element_in_place(std::string& array, std::int32_t subscript, const Datum& value);
// As array || value of such an array.
bool append_in_place(std::string& array, const Datum& value);
// The same to a copy. `array` is not null.
std::optional<Datum> appended(Arena& arena, const Datum& array, const Datum& value);

}  // namespace types
