// Boxes in an ordered tree: by size, then along a space-filling curve.
//
// Coordinates become 64-bit numbers in the same order, so a box is one of whole numbers. Its *level* is the least
// l for which both sides are below 2^l (a point has 0), as in size separation (Koudas, Sevcik, SIGMOD 1997, "Size
// Separation Spatial Join"); within a level, boxes lie by their lower left corner in Z-order (Orenstein, Merrett,
// PODS 1984). Since sides are bounded there, boxes that touch what is asked for have their corner in a box
// around it, which is cut into at most kMostRanges ranges of the curve, a few cells too much (Orenstein, SIGMOD
// 1986, "Spatial Query Processing in an Object-Oriented Database System"). Where a value lies:
//
//   u8 form: 0 null | 1 has NaN, found by every search | 2 | u8 level | 16 bytes: x and y of the corner, bit by
//   bit, x first
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "inverted/search.h"
#include "inverted/source.h"
#include "types/datum.h"

namespace inverted {

inline constexpr std::size_t kMostRanges = 32;

// Appends where a value of one of the geometric sources lies.
void append_cell(Source source, const types::Datum& value, std::string& out);

// Strategies of the source's operator classes.
Search cell_search(Source source, std::string_view beginning, int strategy, const types::Datum& query);

}  // namespace inverted
