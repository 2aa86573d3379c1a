#include "range_relations.h"

namespace functions {
namespace {

using types::compare_bounds;
using types::lower_bound;
using types::RangeBound;
using types::upper_bound;

void set_lower(Range& r, const RangeBound& b) {
  r.lower = b.value;
  r.lower_infinite = b.infinite;
  r.lower_inclusive = b.inclusive;
}
void set_upper(Range& r, const RangeBound& b) {
  r.upper = b.value;
  r.upper_infinite = b.infinite;
  r.upper_inclusive = b.inclusive;
}

}  // namespace

bool range_contains(const UserType& t, const Range& a, const Range& b) {
  if (b.empty) return true;
  if (a.empty) return false;
  return compare_bounds(t, lower_bound(a), lower_bound(b)) <= 0 &&
         compare_bounds(t, upper_bound(a), upper_bound(b)) >= 0;
}

bool range_contains_element(const UserType& t, const Range& a, const types::Datum& element) {
  if (a.empty) return false;
  if (!a.lower_infinite) {
    const int order = t.element().compare(a.lower, element);
    if (order > 0 || (order == 0 && !a.lower_inclusive)) return false;
  }
  if (!a.upper_infinite) {
    const int order = t.element().compare(a.upper, element);
    if (order < 0 || (order == 0 && !a.upper_inclusive)) return false;
  }
  return true;
}

bool range_overlaps(const UserType& t, const Range& a, const Range& b) {
  if (a.empty || b.empty) return false;
  return compare_bounds(t, lower_bound(a), upper_bound(b)) <= 0 &&
         compare_bounds(t, lower_bound(b), upper_bound(a)) <= 0;
}

bool range_before(const UserType& t, const Range& a, const Range& b) {
  return !a.empty && !b.empty && compare_bounds(t, upper_bound(a), lower_bound(b)) < 0;
}
bool range_after(const UserType& t, const Range& a, const Range& b) { return range_before(t, b, a); }
bool range_overleft(const UserType& t, const Range& a, const Range& b) {
  return !a.empty && !b.empty && compare_bounds(t, upper_bound(a), upper_bound(b)) <= 0;
}
bool range_overright(const UserType& t, const Range& a, const Range& b) {
  return !a.empty && !b.empty && compare_bounds(t, lower_bound(a), lower_bound(b)) >= 0;
}
bool range_adjacent(const UserType& t, const Range& a, const Range& b) {
  if (a.empty || b.empty) return false;
  return types::bounds_adjacent(t, upper_bound(a), lower_bound(b)) ||
         types::bounds_adjacent(t, upper_bound(b), lower_bound(a));
}

Range range_intersection(const UserType& t, const Range& a, const Range& b) {
  if (!range_overlaps(t, a, b)) return Range::empty_range();
  Range r;
  set_lower(r, compare_bounds(t, lower_bound(a), lower_bound(b)) >= 0 ? lower_bound(a) : lower_bound(b));
  set_upper(r, compare_bounds(t, upper_bound(a), upper_bound(b)) <= 0 ? upper_bound(a) : upper_bound(b));
  return r;
}

Range range_hull(const UserType& t, const Range& a, const Range& b) {
  if (a.empty) return b;
  if (b.empty) return a;
  Range r;
  set_lower(r, compare_bounds(t, lower_bound(a), lower_bound(b)) <= 0 ? lower_bound(a) : lower_bound(b));
  set_upper(r, compare_bounds(t, upper_bound(a), upper_bound(b)) >= 0 ? upper_bound(a) : upper_bound(b));
  return r;
}

std::vector<Range> range_difference(const UserType& t, const Range& a, const Range& b) {
  if (a.empty) return {};
  if (b.empty || !range_overlaps(t, a, b)) return {a};
  std::vector<Range> left;
  if (compare_bounds(t, lower_bound(a), lower_bound(b)) < 0) {
    Range r = a;
    set_upper(r, {b.lower, b.lower_infinite, !b.lower_inclusive, false});
    left.push_back(r);
  }
  if (compare_bounds(t, upper_bound(a), upper_bound(b)) > 0) {
    Range r = a;
    set_lower(r, {b.upper, b.upper_infinite, !b.upper_inclusive, true});
    left.push_back(r);
  }
  return left;
}

}  // namespace functions
