// point, line, lseg, path and polygon.
#include "function_table.h"
#include "kernel.h"
#include "types/geometry.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::fp_eq;
using types::fp_gt;
using types::fp_lt;
using types::fp_zero;
using types::Line;
using types::Lseg;
using types::Point;

Line line(string_view v) { return types::read_geometry<Line>(v); }
Lseg lseg(string_view v) { return types::read_geometry<Lseg>(v); }

Point make_point(double x, double y) { return {x, y}; }
bool point_eq(Point a, Point b) { return fp_eq(a.x, b.x) && fp_eq(a.y, b.y); }
bool point_ne(Point a, Point b) { return !point_eq(a, b); }
bool point_left(Point a, Point b) { return fp_lt(a.x, b.x); }
bool point_right(Point a, Point b) { return fp_gt(a.x, b.x); }
bool point_above(Point a, Point b) { return fp_gt(a.y, b.y); }
bool point_below(Point a, Point b) { return fp_lt(a.y, b.y); }
bool point_vertical(Point a, Point b) { return fp_eq(a.x, b.x); }
bool point_horizontal(Point a, Point b) { return fp_eq(a.y, b.y); }
double point_distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }
double point_slope(Point a, Point b) { return types::slope_of(a, b); }

std::optional<Point> meet(const Line& a, const Line& b) {
  Point p;
  if (!fp_zero(a.b)) {
    if (fp_eq(b.a, a.a * (b.b / a.b))) return std::nullopt;
    p.x = (a.b * b.c - b.b * a.c) / (a.a * b.b - b.a * a.b);
    p.y = -(a.a * p.x + a.c) / a.b;
  } else if (!fp_zero(b.b)) {
    if (fp_eq(a.a, b.a * (a.b / b.b))) return std::nullopt;
    p.x = (b.b * a.c - a.b * b.c) / (b.a * a.b - a.a * b.b);
    p.y = -(b.a * p.x + b.c) / b.b;
  } else {
    return std::nullopt;
  }
  if (p.x == 0) p.x = 0;
  if (p.y == 0) p.y = 0;
  return p;
}
bool line_eq(string_view x, string_view y) {
  const Line a = line(x), b = line(y);
  if (std::isnan(a.a) || std::isnan(a.b) || std::isnan(a.c) || std::isnan(b.a) || std::isnan(b.b) || std::isnan(b.c)) {
    auto same = [](double u, double v) { return u == v || (std::isnan(u) && std::isnan(v)); };
    return same(a.a, b.a) && same(a.b, b.b) && same(a.c, b.c);
  }
  const double ratio = !fp_zero(b.a) ? a.a / b.a : !fp_zero(b.b) ? a.b / b.b : !fp_zero(b.c) ? a.c / b.c : 1;
  return fp_eq(a.a, ratio * b.a) && fp_eq(a.b, ratio * b.b) && fp_eq(a.c, ratio * b.c);
}
bool line_parallel(string_view a, string_view b) { return !meet(line(a), line(b)); }
bool line_intersect(string_view a, string_view b) { return meet(line(a), line(b)).has_value(); }
std::optional<Point> line_meeting_point(string_view a, string_view b) { return meet(line(a), line(b)); }
bool line_perpendicular(string_view x, string_view y) {
  const Line a = line(x), b = line(y);
  if (fp_zero(a.a)) return fp_zero(b.b);
  if (fp_zero(b.a)) return fp_zero(a.b);
  if (fp_zero(a.b)) return fp_zero(b.a);
  if (fp_zero(b.b)) return fp_zero(a.a);
  return fp_eq(a.a * b.a / (a.b * b.b), -1.0);
}
bool line_vertical(string_view a) { return fp_zero(line(a).b); }
bool line_horizontal(string_view a) { return fp_zero(line(a).a); }
double line_distance(string_view x, string_view y) {
  const Line a = line(x), b = line(y);
  if (meet(a, b)) return 0;
  const double ratio = !fp_zero(a.a) && !std::isnan(a.a) && !fp_zero(b.a) && !std::isnan(b.a)   ? a.a / b.a
                       : !fp_zero(a.b) && !std::isnan(a.b) && !fp_zero(b.b) && !std::isnan(b.b) ? a.b / b.b
                                                                                                : 1.0;
  return std::fabs(a.c - ratio * b.c) / std::hypot(a.a, a.b);
}
string_view line_through(EvalContext& ctx, Point a, Point b) {
  if (point_eq(a, b))
    throw types::SqlError("22023", "invalid line specification: must be two distinct points");
  return types::make_geometry(*ctx.arena, types::make_line(a, types::slope_of(a, b)));
}
double point_to_line(Point p, string_view x) {
  const Line a = line(x);
  return std::fabs(a.a * p.x + a.b * p.y + a.c) / std::hypot(a.a, a.b);
}
double line_to_point(string_view a, Point p) { return point_to_line(p, a); }
bool point_on_line(Point p, string_view a) { return fp_zero(line(a).a * p.x + line(a).b * p.y + line(a).c); }

string_view lseg_construct(EvalContext& ctx, Point a, Point b) {
  return types::make_geometry(*ctx.arena, Lseg{{a, b}});
}
double length_of(const Lseg& s) { return point_distance(s.p[0], s.p[1]); }
double lseg_length(string_view a) { return length_of(lseg(a)); }
Point lseg_center(string_view a) {
  const Lseg s = lseg(a);
  return {(s.p[0].x + s.p[1].x) / 2, (s.p[0].y + s.p[1].y) / 2};
}
bool lseg_eq(string_view a, string_view b) {
  return point_eq(lseg(a).p[0], lseg(b).p[0]) && point_eq(lseg(a).p[1], lseg(b).p[1]);
}
bool lseg_ne(string_view a, string_view b) { return !lseg_eq(a, b); }
bool lseg_lt(string_view a, string_view b) { return fp_lt(lseg_length(a), lseg_length(b)); }
bool lseg_le(string_view a, string_view b) { return types::fp_le(lseg_length(a), lseg_length(b)); }
bool lseg_gt(string_view a, string_view b) { return fp_gt(lseg_length(a), lseg_length(b)); }
bool lseg_ge(string_view a, string_view b) { return types::fp_ge(lseg_length(a), lseg_length(b)); }
double slope(const Lseg& s) { return types::slope_of(s.p[0], s.p[1]); }
bool lseg_parallel(string_view a, string_view b) { return fp_eq(slope(lseg(a)), slope(lseg(b))); }
bool lseg_vertical(string_view a) { return fp_eq(lseg(a).p[0].x, lseg(a).p[1].x); }
bool lseg_horizontal(string_view a) { return fp_eq(lseg(a).p[0].y, lseg(a).p[1].y); }

double length_of(const types::Path& p) {
  double length = 0;
  for (std::size_t i = 0; i < p.points.size(); ++i) {
    if (i == 0 && !p.closed) continue;
    length += point_distance(p.points[i], p.points[i > 0 ? i - 1 : p.points.size() - 1]);
  }
  return length;
}
double path_length(string_view a) { return length_of(types::read_path(a)); }
bool path_is_closed(string_view a) { return types::read_path(a).closed; }
bool path_is_open(string_view a) { return !types::read_path(a).closed; }
std::int32_t path_points(string_view a) { return static_cast<std::int32_t>(types::read_path(a).points.size()); }
string_view with_closed(EvalContext& ctx, string_view a, bool closed) {
  types::Path p = types::read_path(a);
  p.closed = closed;
  return types::make_path(*ctx.arena, p);
}
string_view path_close(EvalContext& ctx, string_view a) { return with_closed(ctx, a, true); }
string_view path_open(EvalContext& ctx, string_view a) { return with_closed(ctx, a, false); }
double shoelace(std::span<const Point> points) {
  double area = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point p = points[i], q = points[(i + 1) % points.size()];
    area += p.x * q.y;
    area -= p.y * q.x;
  }
  return std::fabs(area) / 2;
}
std::optional<double> path_area(string_view a) {
  const types::Path p = types::read_path(a);
  if (!p.closed) return std::nullopt;
  return shoelace(p.points);
}
string_view path_polygon(EvalContext& ctx, string_view a) {
  const types::Path p = types::read_path(a);
  if (!p.closed) throw types::SqlError("22023", "open path cannot be converted to polygon");
  return types::make_polygon(*ctx.arena, p.points);
}
string_view polygon_path(EvalContext& ctx, string_view a) {
  return types::make_path(*ctx.arena, {true, types::read_polygon(a)});
}
std::int32_t polygon_points(string_view a) { return static_cast<std::int32_t>(types::read_polygon(a).size()); }
Point polygon_center(string_view a) {
  const types::Polygon p = types::read_polygon(a);
  Point c{0, 0};
  for (Point q : p) c = {c.x + q.x, c.y + q.y};
  const auto n = static_cast<double>(p.size());
  return {c.x / n, c.y / n};
}
string_view polygon_box(EvalContext& ctx, string_view a) {
  return types::make_geometry(*ctx.arena, types::bounding_box(types::read_polygon(a)));
}
string_view box_polygon(EvalContext& ctx, string_view a) {
  const auto b = types::read_geometry<types::Box>(a);
  return types::make_polygon(*ctx.arena, {b.low, {b.low.x, b.high.y}, b.high, {b.high.x, b.low.y}});
}
string_view circle_polygon(EvalContext& ctx, std::int32_t count, string_view a) {
  const auto c = types::read_geometry<types::Circle>(a);
  if (fp_zero(c.radius)) throw types::SqlError("0A000", "cannot convert circle with radius zero to polygon");
  if (count < 2) throw types::SqlError("22023", "must request at least 2 points");
  types::Polygon p;
  const double step = 2.0 * M_PI / count;
  for (std::int32_t i = 0; i < count; ++i)
    p.push_back({c.center.x - c.radius * std::cos(step * i), c.center.y + c.radius * std::sin(step * i)});
  return types::make_polygon(*ctx.arena, p);
}
string_view polygon_circle(EvalContext& ctx, string_view a) {
  const types::Polygon p = types::read_polygon(a);
  types::Circle c{polygon_center(a), 0};
  for (Point q : p) c.radius += point_distance(q, c.center);
  c.radius /= static_cast<double>(p.size());
  return types::make_geometry(*ctx.arena, c);
}

constexpr ScalarFunction kFunctions[] = {
    {"construct_point", strict<&make_point>},
    {"point_eq", strict<&point_eq>},
    {"point_ne", strict<&point_ne>},
    {"point_left", strict<&point_left>},
    {"point_right", strict<&point_right>},
    {"point_above", strict<&point_above>},
    {"point_below", strict<&point_below>},
    {"point_vert", strict<&point_vertical>},
    {"point_horiz", strict<&point_horizontal>},
    {"point_distance", strict<&point_distance>},
    {"point_slope", strict<&point_slope>},
    {"line_eq", strict<&line_eq>},
    {"line_parallel", strict<&line_parallel>},
    {"line_perp", strict<&line_perpendicular>},
    {"line_intersect", strict<&line_intersect>},
    {"line_interpt", strict<&line_meeting_point>},
    {"line_vertical", strict<&line_vertical>},
    {"line_horizontal", strict<&line_horizontal>},
    {"line_distance", strict<&line_distance>},
    {"line_construct_pp", strict<&line_through>},
    {"dist_pl", strict<&point_to_line>},
    {"dist_lp", strict<&line_to_point>},
    {"on_pl", strict<&point_on_line>},
    {"lseg_construct", strict<&lseg_construct>},
    {"lseg_length", strict<&lseg_length>},
    {"lseg_center", strict<&lseg_center>},
    {"lseg_eq", strict<&lseg_eq>},
    {"lseg_ne", strict<&lseg_ne>},
    {"lseg_lt", strict<&lseg_lt>},
    {"lseg_le", strict<&lseg_le>},
    {"lseg_gt", strict<&lseg_gt>},
    {"lseg_ge", strict<&lseg_ge>},
    {"lseg_parallel", strict<&lseg_parallel>},
    {"lseg_vertical", strict<&lseg_vertical>},
    {"lseg_horizontal", strict<&lseg_horizontal>},
    {"path_length", strict<&path_length>},
    {"path_isclosed", strict<&path_is_closed>},
    {"path_isopen", strict<&path_is_open>},
    {"path_npoints", strict<&path_points>},
    {"path_close", strict<&path_close>},
    {"path_open", strict<&path_open>},
    {"path_area", strict<&path_area>},
    {"path_poly", strict<&path_polygon>},
    {"poly_path", strict<&polygon_path>},
    {"poly_npoints", strict<&polygon_points>},
    {"poly_center", strict<&polygon_center>},
    {"poly_box", strict<&polygon_box>},
    {"box_poly", strict<&box_polygon>},
    {"circle_poly", strict<&circle_polygon>},
    {"poly_circle", strict<&polygon_circle>},
};

}  // namespace

std::span<const ScalarFunction> geometry_line_functions() { return kFunctions; }

}  // namespace functions
