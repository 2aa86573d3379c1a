// Ranges and multiranges over any subtype.
//
// A range (native byte order, nothing aligned):
//   u32 range type OID | u8 flags | u8 PhysicalType of the bounds | lower | upper
// Bounds that are infinite or of an empty range are left out; fixed-width ones raw, varlen as u32
// size, bytes. A multirange: u32 type OID | u32 count | count times (u32 size, range bytes), in
// order, neither empty nor touching each other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "types/user_type.h"

namespace types {

struct Range {
  bool empty = false;
  bool lower_inclusive = false, upper_inclusive = false;
  bool lower_infinite = false, upper_infinite = false;
  Datum lower, upper;  // undefined where infinite or empty; varlen bytes are borrowed

  static Range empty_range() {
    Range r;
    r.empty = true;
    return r;
  }
};

// One end of a range, for comparing ends of either side with one another.
struct RangeBound {
  Datum value;
  bool infinite, inclusive, is_lower;
};
inline RangeBound lower_bound(const Range& r) { return {r.lower, r.lower_infinite, r.lower_inclusive, true}; }
inline RangeBound upper_bound(const Range& r) { return {r.upper, r.upper_infinite, r.upper_inclusive, false}; }

Oid range_type_of(std::string_view bytes);  // of a multirange, too
Range read_range(std::string_view bytes);
std::vector<Range> read_multirange(std::string_view bytes);

// Canonical form, as bytes. 22000: lower above upper bound.
std::string_view make_range(Arena& arena, const UserType& range, Range value);
Range canonical_range(Arena& arena, const UserType& range, Range value);
// Any ranges: sorted, merged, empty ones left out. `multirange`'s element is the range type.
std::string_view make_multirange(Arena& arena, const UserType& multirange, std::vector<Range> ranges);

int compare_bounds(const UserType& range, const RangeBound& a, const RangeBound& b);
int compare_bound_values(const UserType& range, const RangeBound& a, const RangeBound& b);
int compare_ranges(const UserType& range, const Range& a, const Range& b);
// Nothing fits between `upper` and `lower`.
bool bounds_adjacent(const UserType& range, RangeBound upper, RangeBound lower);

void append_range(EvalContext& ctx, const UserType& range, const Range& value, std::string& out);
// "[", "(]", ...: SqlError 42601.
struct BoundFlags {
  bool lower, upper;
};
BoundFlags parse_bound_flags(std::string_view text);

}  // namespace types
