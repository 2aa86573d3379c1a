#include "plane.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "types/sql_error.h"

namespace functions::plane {

using types::fp_eq;
using types::fp_ge;
using types::fp_gt;
using types::fp_le;
using types::fp_lt;
using types::fp_zero;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

[[noreturn]] void out_of_range(const char* how) {
  throw types::SqlError("22003", std::string("value out of range: ") + how);
}

double without_overflow(double result, double a, double b) {
  if (std::isinf(result) && !std::isinf(a) && !std::isinf(b)) out_of_range("overflow");
  return result;
}

// float8's order: NaN comes last.
bool less(double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; }

void keep_nearer(Nearest& best, const Nearest& other) {
  if (less(other.distance, best.distance)) best = other;
}

Line line_of(const Lseg& s) { return types::make_line(s.p[0], slope(s)); }

std::array<Lseg, 4> sides(const Box& b) {
  const Point upper_left{b.low.x, b.high.y}, lower_right{b.high.x, b.low.y};
  return {Lseg{{b.low, upper_left}}, Lseg{{b.high, upper_left}}, Lseg{{b.low, lower_right}},
          Lseg{{b.high, lower_right}}};
}

}  // namespace

double plus(double a, double b) { return without_overflow(a + b, a, b); }
double minus(double a, double b) { return without_overflow(a - b, a, b); }

double times(double a, double b) {
  const double result = without_overflow(a * b, a, b);
  if (result == 0 && a != 0 && b != 0) out_of_range("underflow");
  return result;
}

double over(double a, double b) {
  if (b == 0 && !std::isnan(a)) throw types::SqlError("22012", "division by zero");
  const double result = a / b;
  if (std::isinf(result) && !std::isinf(a)) out_of_range("overflow");
  if (result == 0 && a != 0 && !std::isinf(b)) out_of_range("underflow");
  return result;
}

Point plus(Point a, Point b) { return {plus(a.x, b.x), plus(a.y, b.y)}; }
Point minus(Point a, Point b) { return {minus(a.x, b.x), minus(a.y, b.y)}; }
Point times(Point a, Point b) {
  return {minus(times(a.x, b.x), times(a.y, b.y)), plus(times(a.x, b.y), times(a.y, b.x))};
}
Point over(Point a, Point b) {
  const double square = plus(times(b.x, b.x), times(b.y, b.y));
  return {over(plus(times(a.x, b.x), times(a.y, b.y)), square),
          over(minus(times(a.y, b.x), times(a.x, b.y)), square)};
}

bool same(Point a, Point b) {
  if (std::isnan(a.x) || std::isnan(a.y) || std::isnan(b.x) || std::isnan(b.y)) {
    const auto equal = [](double u, double v) { return u == v || (std::isnan(u) && std::isnan(v)); };
    return equal(a.x, b.x) && equal(a.y, b.y);
  }
  return fp_eq(a.x, b.x) && fp_eq(a.y, b.y);
}

double hypotenuse(double x, double y) {
  if (std::isinf(x) || std::isinf(y)) return kInfinity;
  if (std::isnan(x) || std::isnan(y)) return std::numeric_limits<double>::quiet_NaN();
  x = std::fabs(x);
  y = std::fabs(y);
  if (x < y) std::swap(x, y);
  if (y == 0) return x;
  const double ratio = y / x;
  const double result = x * std::sqrt(1.0 + ratio * ratio);
  if (std::isinf(result)) out_of_range("overflow");
  if (result == 0) out_of_range("underflow");
  return result;
}

double distance(Point a, Point b) { return hypotenuse(minus(a.x, b.x), minus(a.y, b.y)); }

double slope(const Lseg& s) { return types::slope_of(s.p[0], s.p[1]); }
double slope(const Line& l) {
  if (fp_zero(l.a)) return 0;
  if (fp_zero(l.b)) return kInfinity;
  return over(l.a, -l.b);
}
double inverse_slope(const Lseg& s) {
  if (fp_eq(s.p[0].x, s.p[1].x)) return 0;
  if (fp_eq(s.p[0].y, s.p[1].y)) return kInfinity;
  return over(minus(s.p[0].x, s.p[1].x), minus(s.p[1].y, s.p[0].y));
}
double inverse_slope(const Line& l) {
  if (fp_zero(l.a)) return kInfinity;
  if (fp_zero(l.b)) return 0;
  return over(l.b, l.a);
}

std::optional<Point> meet(const Line& a, const Line& b) {
  Point p;
  if (!fp_zero(a.b)) {
    if (fp_eq(b.a, times(a.a, over(b.b, a.b)))) return std::nullopt;
    p.x = over(minus(times(a.b, b.c), times(b.b, a.c)), minus(times(a.a, b.b), times(b.a, a.b)));
    p.y = over(-plus(times(a.a, p.x), a.c), a.b);
  } else if (!fp_zero(b.b)) {
    if (fp_eq(a.a, times(b.a, over(a.b, b.b)))) return std::nullopt;
    p.x = over(minus(times(b.b, a.c), times(a.b, b.c)), minus(times(b.a, a.b), times(a.a, b.b)));
    p.y = over(-plus(times(b.a, p.x), b.c), b.b);
  } else {
    return std::nullopt;
  }
  // No negative zeros.
  if (p.x == 0) p.x = 0;
  if (p.y == 0) p.y = 0;
  return p;
}

std::optional<Point> meet(const Lseg& s, const Line& l) {
  const std::optional<Point> p = meet(line_of(s), l);
  if (!p || !contains(s, *p)) return std::nullopt;
  // Exactly the end where it is one but for rounding.
  for (const Point end : s.p) {
    if (same(end, *p)) return end;
  }
  return p;
}

std::optional<Point> meet(const Lseg& a, const Lseg& b) {
  const std::optional<Point> p = meet(a, line_of(b));
  return p && contains(b, *p) ? p : std::nullopt;
}

bool meet(const Box& b, const Lseg& s) {
  if (!overlap(types::make_box(s.p[0], s.p[1]), b)) return false;
  if (contains(b, s.p[0]) || contains(b, s.p[1])) return true;
  for (const Lseg& side : sides(b)) {
    if (meet(side, s)) return true;
  }
  return false;
}

bool meet(const Box& b, const Line& l) {
  for (const Lseg& side : sides(b)) {
    if (meet(side, l)) return true;
  }
  return false;
}

bool overlap(const Box& a, const Box& b) {
  return fp_le(a.low.x, b.high.x) && fp_le(b.low.x, a.high.x) && fp_le(a.low.y, b.high.y) &&
         fp_le(b.low.y, a.high.y);
}

bool overlap(const Polygon& a, const Polygon& b) {
  if (!overlap(types::bounding_box(a), types::bounding_box(b))) return false;
  bool crossing = false;
  for_each_side(a, true, [&](const Lseg& of_a) {
    for_each_side(b, true, [&](const Lseg& of_b) { return crossing = meet(of_a, of_b).has_value(); });
    return crossing;
  });
  // No sides cross: they are apart, or one is within the other.
  return crossing || inside(a.front(), b) || inside(b.front(), a);
}

bool contains(const Lseg& s, Point p) {
  return fp_eq(plus(distance(p, s.p[0]), distance(p, s.p[1])), distance(s.p[0], s.p[1]));
}
bool contains(const Line& l, Point p) {
  return fp_zero(plus(plus(times(l.a, p.x), times(l.b, p.y)), l.c));
}
bool contains(const Box& b, Point p) {
  return b.high.x >= p.x && b.low.x <= p.x && b.high.y >= p.y && b.low.y <= p.y;
}

namespace {

bool side_inside(Point a, Point b, const Polygon& polygon, std::size_t first);

// `a` is on the side `s`, `b` is not: what of a-b lies beyond an end of `s` is still to be looked at.
// True when that is nothing; it may not be inside, which is seen later.
bool rest_inside(Point a, Point b, const Lseg& s, const Polygon& polygon, std::size_t first) {
  const Lseg whole{{a, b}};
  for (int end = 0; end < 2; ++end) {
    if (!same(a, s.p[end])) continue;
    return !contains(whole, s.p[1 - end]) || side_inside(b, s.p[1 - end], polygon, first);
  }
  for (const Point end : s.p) {
    if (contains(whole, end)) return side_inside(b, end, polygon, first);
  }
  return true;
}

// Whether a-b lies in the polygon, when the sides before `first` have been looked at: it is cut where
// it crosses a side, and its pieces are looked at.
bool side_inside(Point a, Point b, const Polygon& polygon, std::size_t first) {
  const Lseg whole{{a, b}};
  Lseg side;
  side.p[0] = first == 0 ? polygon.back() : polygon[first - 1];
  for (std::size_t i = first; i < polygon.size(); ++i) {
    side.p[1] = polygon[i];
    if (contains(side, a)) {
      if (contains(side, b)) return true;
      if (!rest_inside(a, b, side, polygon, i + 1)) return false;
    } else if (contains(side, b)) {
      if (!rest_inside(b, a, side, polygon, i + 1)) return false;
    } else if (const std::optional<Point> cut = meet(whole, side)) {
      return side_inside(a, *cut, polygon, i + 1) && side_inside(b, *cut, polygon, i + 1);
    }
    side.p[0] = side.p[1];
  }
  return inside({over(plus(a.x, b.x), 2.0), over(plus(a.y, b.y), 2.0)}, polygon);
}

}  // namespace

bool contains(const Polygon& outer, const Polygon& inner) {
  const Box around = types::bounding_box(outer), within = types::bounding_box(inner);
  if (!(fp_ge(around.high.x, within.high.x) && fp_le(around.low.x, within.low.x) &&
        fp_ge(around.high.y, within.high.y) && fp_le(around.low.y, within.low.y))) {
    return false;
  }
  bool all = true;
  for_each_side(inner, true, [&](const Lseg& side) {
    all = side_inside(side.p[0], side.p[1], outer, 0);
    return !all;
  });
  return all;
}

namespace {

// How a side from `before` to `at` crosses the positive x axis, in halves: 0 not at all, 2 or -2 up
// or down, 1 or -1 when it begins or ends there. nullopt: the origin lies on it.
std::optional<int> crossing(Point at, Point before) {
  if (fp_zero(at.y)) {
    if (fp_zero(at.x)) return std::nullopt;
    if (fp_gt(at.x, 0)) {
      if (fp_zero(before.y)) return fp_gt(before.x, 0) ? std::optional(0) : std::nullopt;
      return fp_lt(before.y, 0) ? 1 : -1;
    }
    if (fp_zero(before.y)) return fp_lt(before.x, 0) ? std::optional(0) : std::nullopt;
    return 0;
  }
  const int up = fp_gt(at.y, 0) ? 1 : -1;
  if (fp_zero(before.y)) return fp_lt(before.x, 0) ? 0 : up;
  if (up < 0 ? fp_lt(before.y, 0) : fp_gt(before.y, 0)) return 0;
  if (fp_ge(at.x, 0) && fp_gt(before.x, 0)) return 2 * up;
  if (fp_lt(at.x, 0) && fp_le(before.x, 0)) return 0;
  // It crosses both axes: on which side of the origin?
  const double side = minus(times(minus(at.x, before.x), at.y), times(minus(at.y, before.y), at.x));
  if (fp_zero(side)) return std::nullopt;
  if (up < 0 ? fp_lt(side, 0) : fp_gt(side, 0)) return 0;
  return 2 * up;
}

}  // namespace

bool inside(Point p, std::span<const Point> polygon) {
  if (polygon.empty()) return false;
  const Point first = minus(polygon[0], p);
  Point before = first;
  int total = 0;
  for (std::size_t i = 1; i <= polygon.size(); ++i) {
    const Point at = i < polygon.size() ? minus(polygon[i], p) : first;
    const std::optional<int> crossed = crossing(at, before);
    if (!crossed) return true;
    total += *crossed;
    before = at;
  }
  return total != 0;
}

Nearest nearest(const Line& l, Point p) {
  // Where the perpendicular through the point meets it.
  const std::optional<Point> foot = meet(types::make_line(p, inverse_slope(l)), l);
  if (!foot) return {std::numeric_limits<double>::quiet_NaN(), p};
  return {distance(*foot, p), *foot};
}

Nearest nearest(const Lseg& s, Point p) {
  const Point point = nearest(s, types::make_line(p, inverse_slope(s))).point;
  return {distance(point, p), point};
}

Nearest nearest(const Lseg& s, const Line& l) {
  if (const std::optional<Point> p = meet(s, l)) return {0, *p};
  const double first = nearest(l, s.p[0]).distance, second = nearest(l, s.p[1]).distance;
  return first < second ? Nearest{first, s.p[0]} : Nearest{second, s.p[1]};
}

Nearest nearest(const Lseg& on, const Lseg& to) {
  if (const std::optional<Point> p = meet(on, to)) return {0, *p};
  Nearest best = nearest(on, to.p[0]);
  keep_nearer(best, nearest(on, to.p[1]));
  for (const Point end : on.p) keep_nearer(best, {nearest(to, end).distance, end});
  return best;
}

Nearest nearest(const Box& b, Point p) {
  if (contains(b, p)) return {0, p};
  Nearest best{0, p};
  bool any = false;
  for (const Lseg& side : sides(b)) {
    const Nearest other = nearest(side, p);
    if (!std::exchange(any, true)) best = other;
    keep_nearer(best, other);
  }
  return best;
}

Nearest nearest(const Box& b, const Lseg& s) {
  if (meet(b, s)) {
    const Point center{over(plus(b.high.x, b.low.x), 2.0), over(plus(b.high.y, b.low.y), 2.0)};
    return {0, nearest(s, center).point};
  }
  Nearest best{};
  bool any = false;
  for (const Lseg& side : sides(b)) {
    const Nearest other = nearest(side, s);
    if (!std::exchange(any, true)) best = other;
    keep_nearer(best, other);
  }
  return best;
}

double distance(const Polygon& polygon, Point p) {
  if (inside(p, polygon)) return 0;
  double best = 0;
  bool any = false;
  for_each_side(polygon, true, [&](Lseg side) {
    // The closing side begins at the first point: the last digit depends on it.
    if (!any) std::swap(side.p[0], side.p[1]);
    const double other = nearest(side, p).distance;
    if (!std::exchange(any, true) || less(other, best)) best = other;
    return false;
  });
  return best;
}

}  // namespace functions::plane
