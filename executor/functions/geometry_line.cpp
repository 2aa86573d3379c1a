// point, line and lseg.
#include "function_table.h"
#include "kernel.h"
#include "plane.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::Box;
using types::fp_eq;
using types::fp_gt;
using types::fp_lt;
using types::fp_zero;
using types::Line;
using types::Lseg;
using types::Point;

Box box(string_view v) { return types::read_geometry<Box>(v); }
Line line(string_view v) { return types::read_geometry<Line>(v); }
Lseg lseg(string_view v) { return types::read_geometry<Lseg>(v); }

Point make_point(double x, double y) { return {x, y}; }
bool point_eq(Point a, Point b) { return plane::same(a, b); }
bool point_ne(Point a, Point b) { return !point_eq(a, b); }
bool point_left(Point a, Point b) { return fp_lt(a.x, b.x); }
bool point_right(Point a, Point b) { return fp_gt(a.x, b.x); }
bool point_above(Point a, Point b) { return fp_gt(a.y, b.y); }
bool point_below(Point a, Point b) { return fp_lt(a.y, b.y); }
bool point_vertical(Point a, Point b) { return fp_eq(a.x, b.x); }
bool point_horizontal(Point a, Point b) { return fp_eq(a.y, b.y); }
double point_distance(Point a, Point b) { return plane::distance(a, b); }
double point_slope(Point a, Point b) { return types::slope_of(a, b); }

bool line_eq(string_view x, string_view y) {
  const Line a = line(x), b = line(y);
  if (std::isnan(a.a) || std::isnan(a.b) || std::isnan(a.c) || std::isnan(b.a) || std::isnan(b.b) || std::isnan(b.c)) {
    auto same = [](double u, double v) { return u == v || (std::isnan(u) && std::isnan(v)); };
    return same(a.a, b.a) && same(a.b, b.b) && same(a.c, b.c);
  }
  const double ratio = !fp_zero(b.a) ? a.a / b.a : !fp_zero(b.b) ? a.b / b.b : !fp_zero(b.c) ? a.c / b.c : 1;
  return fp_eq(a.a, ratio * b.a) && fp_eq(a.b, ratio * b.b) && fp_eq(a.c, ratio * b.c);
}
bool line_parallel(string_view a, string_view b) { return !plane::meet(line(a), line(b)); }
bool line_intersect(string_view a, string_view b) { return plane::meet(line(a), line(b)).has_value(); }
std::optional<Point> line_meeting_point(string_view a, string_view b) { return plane::meet(line(a), line(b)); }
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
  if (plane::meet(a, b)) return 0;
  const double ratio = !fp_zero(a.a) && !std::isnan(a.a) && !fp_zero(b.a) && !std::isnan(b.a)   ? a.a / b.a
                       : !fp_zero(a.b) && !std::isnan(a.b) && !fp_zero(b.b) && !std::isnan(b.b) ? a.b / b.b
                                                                                                : 1.0;
  return std::fabs(a.c - ratio * b.c) / plane::hypotenuse(a.a, a.b);
}
string_view line_through(EvalContext& ctx, Point a, Point b) {
  if (point_eq(a, b))
    throw types::SqlError("22023", "invalid line specification: must be two distinct points");
  return types::make_geometry(*ctx.arena, types::make_line(a, types::slope_of(a, b)));
}
double point_to_line(Point p, string_view a) { return plane::nearest(line(a), p).distance; }
double line_to_point(string_view a, Point p) { return point_to_line(p, a); }
bool point_on_line(Point p, string_view a) { return plane::contains(line(a), p); }

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
bool lseg_parallel(string_view a, string_view b) { return fp_eq(plane::slope(lseg(a)), plane::slope(lseg(b))); }
bool lseg_vertical(string_view a) { return fp_eq(lseg(a).p[0].x, lseg(a).p[1].x); }
bool lseg_horizontal(string_view a) { return fp_eq(lseg(a).p[0].y, lseg(a).p[1].y); }

bool lseg_perpendicular(string_view a, string_view b) {
  return fp_eq(plane::slope(lseg(a)), plane::inverse_slope(lseg(b)));
}
bool lseg_intersect(string_view a, string_view b) { return plane::meet(lseg(a), lseg(b)).has_value(); }
std::optional<Point> lseg_meeting_point(string_view a, string_view b) { return plane::meet(lseg(a), lseg(b)); }
bool lseg_meets_line(string_view a, string_view b) { return plane::meet(lseg(a), line(b)).has_value(); }
bool lseg_meets_box(string_view a, string_view b) { return plane::meet(box(b), lseg(a)); }
bool line_meets_box(string_view a, string_view b) { return plane::meet(box(b), line(a)); }
bool point_on_lseg(Point p, string_view a) { return plane::contains(lseg(a), p); }
bool lseg_on_line(string_view a, string_view b) {
  const Line l = line(b);
  return plane::contains(l, lseg(a).p[0]) && plane::contains(l, lseg(a).p[1]);
}
bool lseg_in_box(string_view a, string_view b) {
  const Box outer = box(b);
  return plane::contains(outer, lseg(a).p[0]) && plane::contains(outer, lseg(a).p[1]);
}

// The nearest point of the second argument; null when there is no single one.
std::optional<Point> unless_nan(const plane::Nearest& nearest) {
  return std::isnan(nearest.distance) ? std::nullopt : std::optional(nearest.point);
}
std::optional<Point> closest_on_line(Point p, string_view a) { return unless_nan(plane::nearest(line(a), p)); }
std::optional<Point> closest_on_lseg(Point p, string_view a) { return unless_nan(plane::nearest(lseg(a), p)); }
std::optional<Point> closest_on_box(Point p, string_view a) { return unless_nan(plane::nearest(box(a), p)); }
std::optional<Point> closest_on_box_to_lseg(string_view a, string_view b) {
  return unless_nan(plane::nearest(box(b), lseg(a)));
}
std::optional<Point> closest_on_lseg_to_line(string_view a, string_view b) {
  const Line l = line(a);
  const Lseg s = lseg(b);
  if (plane::slope(s) == plane::slope(l)) return std::nullopt;
  return unless_nan(plane::nearest(s, l));
}
std::optional<Point> closest_on_lseg_to_lseg(string_view a, string_view b) {
  const Lseg s = lseg(a), on = lseg(b);
  if (plane::slope(s) == plane::slope(on)) return std::nullopt;
  return unless_nan(plane::nearest(on, s));
}

double point_to_lseg(Point p, string_view a) { return plane::nearest(lseg(a), p).distance; }
double lseg_to_point(string_view a, Point p) { return point_to_lseg(p, a); }
double lseg_to_line(string_view a, string_view b) { return plane::nearest(lseg(a), line(b)).distance; }
double line_to_lseg(string_view a, string_view b) { return lseg_to_line(b, a); }
double lseg_distance(string_view a, string_view b) { return plane::nearest(lseg(a), lseg(b)).distance; }
double point_to_box(Point p, string_view a) { return plane::nearest(box(a), p).distance; }
double box_to_point(string_view a, Point p) { return point_to_box(p, a); }
double lseg_to_box(string_view a, string_view b) { return plane::nearest(box(b), lseg(a)).distance; }
double box_to_lseg(string_view a, string_view b) { return lseg_to_box(b, a); }

constexpr ScalarFunction kGeometryLineFunctions[] = {
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
    {"lseg_perp", strict<&lseg_perpendicular>},
    {"lseg_intersect", strict<&lseg_intersect>},
    {"lseg_interpt", strict<&lseg_meeting_point>},
    {"lseg_distance", strict<&lseg_distance>},
    {"inter_sl", strict<&lseg_meets_line>},
    {"inter_sb", strict<&lseg_meets_box>},
    {"inter_lb", strict<&line_meets_box>},
    {"on_ps", strict<&point_on_lseg>},
    {"on_sl", strict<&lseg_on_line>},
    {"on_sb", strict<&lseg_in_box>},
    {"close_pl", strict<&closest_on_line>},
    {"close_ps", strict<&closest_on_lseg>},
    {"close_pb", strict<&closest_on_box>},
    {"close_sb", strict<&closest_on_box_to_lseg>},
    {"close_ls", strict<&closest_on_lseg_to_line>},
    {"close_lseg", strict<&closest_on_lseg_to_lseg>},
    {"dist_ps", strict<&point_to_lseg>},
    {"dist_sp", strict<&lseg_to_point>},
    {"dist_sl", strict<&lseg_to_line>},
    {"dist_ls", strict<&line_to_lseg>},
    {"dist_pb", strict<&point_to_box>},
    {"dist_bp", strict<&box_to_point>},
    {"dist_sb", strict<&lseg_to_box>},
    {"dist_bs", strict<&box_to_lseg>},
};

}  // namespace

std::span<const ScalarFunction> geometry_line_functions() { return kGeometryLineFunctions; }

}  // namespace functions
