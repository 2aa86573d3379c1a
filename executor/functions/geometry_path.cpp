// path and polygon.
#include "function_table.h"
#include "kernel.h"
#include "plane.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::Box;
using types::Circle;
using types::Lseg;
using types::Path;
using types::Point;
using types::Polygon;

Path path(string_view v) { return types::read_path(v); }
Polygon polygon(string_view v) { return types::read_polygon(v); }

double path_length(string_view a) {
  const Path p = path(a);
  double length = 0;
  plane::for_each_side(p.points, p.closed, [&](const Lseg& side) {
    length = plane::plus(length, plane::distance(side.p[0], side.p[1]));
    return false;
  });
  return length;
}
bool path_is_closed(string_view a) { return path(a).closed; }
bool path_is_open(string_view a) { return !path(a).closed; }
std::int32_t path_points(string_view a) { return static_cast<std::int32_t>(path(a).points.size()); }
string_view with_closed(EvalContext& ctx, string_view a, bool closed) {
  Path p = path(a);
  p.closed = closed;
  return types::make_path(*ctx.arena, p);
}
string_view path_close(EvalContext& ctx, string_view a) { return with_closed(ctx, a, true); }
string_view path_open(EvalContext& ctx, string_view a) { return with_closed(ctx, a, false); }
// Paths are compared by how many points they have.
bool path_eq(string_view a, string_view b) { return path_points(a) == path_points(b); }
bool path_lt(string_view a, string_view b) { return path_points(a) < path_points(b); }
bool path_le(string_view a, string_view b) { return path_points(a) <= path_points(b); }
bool path_gt(string_view a, string_view b) { return path_points(a) > path_points(b); }
bool path_ge(string_view a, string_view b) { return path_points(a) >= path_points(b); }

std::optional<string_view> path_add(EvalContext& ctx, string_view a, string_view b) {
  Path p = path(a);
  const Path more = path(b);
  if (p.closed || more.closed) return std::nullopt;
  p.points.insert(p.points.end(), more.points.begin(), more.points.end());
  return types::make_path(*ctx.arena, p);
}
template <Point (*Op)(Point, Point)>
string_view path_moved(EvalContext& ctx, string_view a, Point by) {
  Path p = path(a);
  for (Point& point : p.points) point = Op(point, by);
  return types::make_path(*ctx.arena, p);
}

std::optional<double> path_area(string_view a) {
  const Path p = path(a);
  if (!p.closed) return std::nullopt;
  double area = 0;
  for (std::size_t i = 0; i < p.points.size(); ++i) {
    const Point at = p.points[i], next = p.points[(i + 1) % p.points.size()];
    area = plane::plus(area, plane::times(at.x, next.y));
    area = plane::minus(area, plane::times(at.y, next.x));
  }
  return std::fabs(area) / 2;
}

bool path_meets(string_view a, string_view b) {
  const Path p = path(a), q = path(b);
  if (!plane::overlap(types::bounding_box(p.points), types::bounding_box(q.points))) return false;
  bool met = false;
  plane::for_each_side(p.points, p.closed, [&](const Lseg& side) {
    plane::for_each_side(q.points, q.closed, [&](const Lseg& other) { return met = plane::meet(side, other).has_value(); });
    return met;
  });
  return met;
}

void keep_least(std::optional<double>& best, double other) {
  if (!best || other < *best) best = other;
}
std::optional<double> distance(const Path& p, const Path& q) {
  std::optional<double> best;
  plane::for_each_side(p.points, p.closed, [&](const Lseg& side) {
    plane::for_each_side(q.points, q.closed, [&](const Lseg& other) {
      keep_least(best, plane::nearest(side, other).distance);
      return false;
    });
    return false;
  });
  return best;
}
std::optional<double> path_distance(string_view a, string_view b) { return distance(path(a), path(b)); }
double point_to_path(Point point, string_view a) {
  const Path p = path(a);
  std::optional<double> best;
  plane::for_each_side(p.points, p.closed, [&](const Lseg& side) {
    keep_least(best, plane::nearest(side, point).distance);
    return false;
  });
  return best.value_or(0);
}
double path_to_point(string_view a, Point point) { return point_to_path(point, a); }
// A closed path has what it encloses.
bool point_on_path(Point point, string_view a) {
  const Path p = path(a);
  if (p.closed) return plane::inside(point, p.points);
  bool on = false;
  plane::for_each_side(p.points, false, [&](const Lseg& side) { return on = plane::contains(side, point); });
  return on;
}

string_view path_polygon(EvalContext& ctx, string_view a) {
  const Path p = path(a);
  if (!p.closed) throw types::SqlError("22023", "open path cannot be converted to polygon");
  return types::make_polygon(*ctx.arena, p.points);
}
string_view polygon_path(EvalContext& ctx, string_view a) { return types::make_path(*ctx.arena, {true, polygon(a)}); }

Box bounds(string_view a) { return types::bounding_box(polygon(a)); }
// Without tolerance, other than boxes.
struct ByBounds {
  static bool left(string_view a, string_view b) { return bounds(a).high.x < bounds(b).low.x; }
  static bool overleft(string_view a, string_view b) { return bounds(a).high.x <= bounds(b).high.x; }
  static bool right(string_view a, string_view b) { return bounds(a).low.x > bounds(b).high.x; }
  static bool overright(string_view a, string_view b) { return bounds(a).low.x >= bounds(b).low.x; }
  static bool below(string_view a, string_view b) { return bounds(a).high.y < bounds(b).low.y; }
  static bool overbelow(string_view a, string_view b) { return bounds(a).high.y <= bounds(b).high.y; }
  static bool above(string_view a, string_view b) { return bounds(a).low.y > bounds(b).high.y; }
  static bool overabove(string_view a, string_view b) { return bounds(a).low.y >= bounds(b).low.y; }
};

// The same points in the same order, begun anywhere and in either direction.
bool polygon_same(string_view a, string_view b) {
  const Polygon p = polygon(a), q = polygon(b);
  const std::size_t n = p.size();
  if (n != q.size()) return false;
  for (std::size_t start = 0; start < n; ++start) {
    bool forward = true, backward = true;
    for (std::size_t i = 0; i < n && (forward || backward); ++i) {
      forward = forward && plane::same(q[(start + i) % n], p[i]);
      backward = backward && plane::same(q[(start + n - i) % n], p[i]);
    }
    if (forward || backward) return true;
  }
  return false;
}
bool polygon_overlap(string_view a, string_view b) { return plane::overlap(polygon(a), polygon(b)); }
bool polygon_contains(string_view a, string_view b) { return plane::contains(polygon(a), polygon(b)); }
bool polygon_contained(string_view a, string_view b) { return polygon_contains(b, a); }
bool polygon_contains_point(string_view a, Point p) { return plane::inside(p, polygon(a)); }
bool point_in_polygon(Point p, string_view a) { return polygon_contains_point(a, p); }
std::optional<double> polygon_distance(string_view a, string_view b) {
  Path p{true, polygon(a)}, q{true, polygon(b)};
  if (plane::overlap(p.points, q.points)) return 0;
  return distance(p, q);
}
double polygon_to_point(string_view a, Point p) { return plane::distance(polygon(a), p); }
double point_to_polygon(Point p, string_view a) { return polygon_to_point(a, p); }
double circle_to_polygon(string_view a, string_view b) {
  const auto c = types::read_geometry<Circle>(a);
  return plane::at_least_0(plane::minus(plane::distance(polygon(b), c.center), c.radius));
}
double polygon_to_circle(string_view a, string_view b) { return circle_to_polygon(b, a); }

std::int32_t polygon_points(string_view a) { return static_cast<std::int32_t>(polygon(a).size()); }
Circle circle_of(const Polygon& p) {
  const auto n = static_cast<double>(p.size());
  Circle c{{0, 0}, 0};
  for (const Point q : p) c.center = plane::plus(c.center, q);
  c.center = {c.center.x / n, c.center.y / n};
  for (const Point q : p) c.radius = plane::plus(c.radius, plane::distance(q, c.center));
  c.radius /= n;
  return c;
}
Point polygon_center(string_view a) { return circle_of(polygon(a)).center; }
string_view polygon_circle(EvalContext& ctx, string_view a) {
  return types::make_geometry(*ctx.arena, circle_of(polygon(a)));
}
string_view polygon_box(EvalContext& ctx, string_view a) { return types::make_geometry(*ctx.arena, bounds(a)); }
string_view box_polygon(EvalContext& ctx, string_view a) {
  const auto b = types::read_geometry<Box>(a);
  return types::make_polygon(*ctx.arena, {b.low, {b.low.x, b.high.y}, b.high, {b.high.x, b.low.y}});
}
string_view circle_polygon(EvalContext& ctx, std::int32_t count, string_view a) {
  const auto c = types::read_geometry<Circle>(a);
  if (types::fp_zero(c.radius)) throw types::SqlError("0A000", "cannot convert circle with radius zero to polygon");
  if (count < 2) throw types::SqlError("22023", "must request at least 2 points");
  constexpr std::int32_t kMostPoints = 0x3fffffff / sizeof(Point);
  if (count > kMostPoints) throw types::SqlError("54000", "too many points requested");
  Polygon p;
  const double step = 2.0 * M_PI / count;
  for (std::int32_t i = 0; i < count; ++i)
    p.push_back({c.center.x - c.radius * std::cos(step * i), c.center.y + c.radius * std::sin(step * i)});
  return types::make_polygon(*ctx.arena, p);
}

constexpr ScalarFunction kGeometryPathFunctions[] = {
    {"path_length", strict<&path_length>},
    {"path_isclosed", strict<&path_is_closed>},
    {"path_isopen", strict<&path_is_open>},
    {"path_npoints", strict<&path_points>},
    {"path_close", strict<&path_close>},
    {"path_open", strict<&path_open>},
    {"path_n_eq", strict<&path_eq>},
    {"path_n_lt", strict<&path_lt>},
    {"path_n_le", strict<&path_le>},
    {"path_n_gt", strict<&path_gt>},
    {"path_n_ge", strict<&path_ge>},
    {"path_add", strict<&path_add>},
    {"path_add_pt", strict<&path_moved<&plane::plus>>},
    {"path_sub_pt", strict<&path_moved<&plane::minus>>},
    {"path_mul_pt", strict<&path_moved<&plane::times>>},
    {"path_div_pt", strict<&path_moved<&plane::over>>},
    {"path_area", strict<&path_area>},
    {"path_inter", strict<&path_meets>},
    {"path_distance", strict<&path_distance>},
    {"path_poly", strict<&path_polygon>},
    {"dist_ppath", strict<&point_to_path>},
    {"dist_pathp", strict<&path_to_point>},
    {"on_ppath", strict<&point_on_path>},
    {"poly_left", strict<&ByBounds::left>},
    {"poly_overleft", strict<&ByBounds::overleft>},
    {"poly_right", strict<&ByBounds::right>},
    {"poly_overright", strict<&ByBounds::overright>},
    {"poly_below", strict<&ByBounds::below>},
    {"poly_overbelow", strict<&ByBounds::overbelow>},
    {"poly_above", strict<&ByBounds::above>},
    {"poly_overabove", strict<&ByBounds::overabove>},
    {"poly_same", strict<&polygon_same>},
    {"poly_overlap", strict<&polygon_overlap>},
    {"poly_contain", strict<&polygon_contains>},
    {"poly_contained", strict<&polygon_contained>},
    {"poly_contain_pt", strict<&polygon_contains_point>},
    {"pt_contained_poly", strict<&point_in_polygon>},
    {"poly_distance", strict<&polygon_distance>},
    {"dist_polyp", strict<&polygon_to_point>},
    {"dist_ppoly", strict<&point_to_polygon>},
    {"dist_cpoly", strict<&circle_to_polygon>},
    {"dist_polyc", strict<&polygon_to_circle>},
    {"poly_path", strict<&polygon_path>},
    {"poly_npoints", strict<&polygon_points>},
    {"poly_center", strict<&polygon_center>},
    {"poly_box", strict<&polygon_box>},
    {"poly_circle", strict<&polygon_circle>},
    {"box_poly", strict<&box_polygon>},
    {"circle_poly", strict<&circle_polygon>},
};

}  // namespace

std::span<const ScalarFunction> geometry_path_functions() { return kGeometryPathFunctions; }

}  // namespace functions
