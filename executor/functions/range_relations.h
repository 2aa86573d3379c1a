// How two ranges of one type lie to each other, and what they make together.
#pragma once

#include <vector>

#include "types/range.h"

namespace functions {

using types::Range;
using types::UserType;

// a @> b, a && b, a << b, a >> b, a &< b, a &> b, a -|- b. False where an empty one decides nothing.
bool range_contains(const UserType& t, const Range& a, const Range& b);
bool range_contains_element(const UserType& t, const Range& a, const types::Datum& element);
bool range_overlaps(const UserType& t, const Range& a, const Range& b);
bool range_before(const UserType& t, const Range& a, const Range& b);
bool range_after(const UserType& t, const Range& a, const Range& b);
bool range_overleft(const UserType& t, const Range& a, const Range& b);
bool range_overright(const UserType& t, const Range& a, const Range& b);
bool range_adjacent(const UserType& t, const Range& a, const Range& b);

Range range_intersection(const UserType& t, const Range& a, const Range& b);
// The smallest range that contains both.
Range range_hull(const UserType& t, const Range& a, const Range& b);
// What is left of `a`: none, one or two pieces.
std::vector<Range> range_difference(const UserType& t, const Range& a, const Range& b);

}  // namespace functions
