// box and circle.
#include "function_table.h"
#include "kernel.h"
#include "plane.h"

namespace functions {
namespace {

using plane::distance;
using plane::overlap;
using std::string_view;
using types::Box;
using types::Circle;
using types::fp_eq;
using types::fp_ge;
using types::fp_gt;
using types::fp_le;
using types::fp_lt;
using types::Point;

Box box(string_view v) { return types::read_geometry<Box>(v); }
Circle circle(string_view v) { return types::read_geometry<Circle>(v); }
Point center_of(const Box& b) { return {(b.high.x + b.low.x) / 2, (b.high.y + b.low.y) / 2}; }
double area_of(const Box& b) { return (b.high.x - b.low.x) * (b.high.y - b.low.y); }
double area_of(const Circle& c) { return c.radius * c.radius * M_PI; }

// The same relations for whatever has four sides.
struct Sides { double left, right, bottom, top; };
Sides sides(const Box& b) { return {b.low.x, b.high.x, b.low.y, b.high.y}; }
Sides sides(const Circle& c) {
  return {c.center.x - c.radius, c.center.x + c.radius, c.center.y - c.radius, c.center.y + c.radius};
}
template <auto Read>
struct Relations {
  static Sides s(string_view v) { return sides(Read(v)); }
  static bool left(string_view a, string_view b) { return fp_lt(s(a).right, s(b).left); }
  static bool overleft(string_view a, string_view b) { return fp_le(s(a).right, s(b).right); }
  static bool right(string_view a, string_view b) { return fp_gt(s(a).left, s(b).right); }
  static bool overright(string_view a, string_view b) { return fp_ge(s(a).left, s(b).left); }
  static bool below(string_view a, string_view b) { return fp_lt(s(a).top, s(b).bottom); }
  static bool overbelow(string_view a, string_view b) { return fp_le(s(a).top, s(b).top); }
  static bool above(string_view a, string_view b) { return fp_gt(s(a).bottom, s(b).top); }
  static bool overabove(string_view a, string_view b) { return fp_ge(s(a).bottom, s(b).bottom); }
  static double area(string_view a) { return area_of(Read(a)); }
  static bool eq(string_view a, string_view b) { return fp_eq(area(a), area(b)); }
  static bool ne(string_view a, string_view b) { return types::fp_ne(area(a), area(b)); }
  static bool lt(string_view a, string_view b) { return fp_lt(area(a), area(b)); }
  static bool le(string_view a, string_view b) { return fp_le(area(a), area(b)); }
  static bool gt(string_view a, string_view b) { return fp_gt(area(a), area(b)); }
  static bool ge(string_view a, string_view b) { return fp_ge(area(a), area(b)); }
};
using BoxRelations = Relations<&box>;
using CircleRelations = Relations<&circle>;

bool box_same(string_view a, string_view b) {
  return plane::same(box(a).high, box(b).high) && plane::same(box(a).low, box(b).low);
}
bool box_overlap(string_view a, string_view b) { return overlap(box(a), box(b)); }
bool box_contains(string_view a, string_view b) {
  const Box x = box(a), y = box(b);
  return fp_ge(x.high.x, y.high.x) && fp_le(x.low.x, y.low.x) && fp_ge(x.high.y, y.high.y) &&
         fp_le(x.low.y, y.low.y);
}
bool box_contained(string_view a, string_view b) { return box_contains(b, a); }
bool box_below_eq(string_view a, string_view b) { return fp_le(box(a).high.y, box(b).low.y); }
bool box_above_eq(string_view a, string_view b) { return fp_ge(box(a).low.y, box(b).high.y); }
double box_width(string_view a) { return box(a).high.x - box(a).low.x; }
double box_height(string_view a) { return box(a).high.y - box(a).low.y; }
double box_distance(string_view a, string_view b) { return distance(center_of(box(a)), center_of(box(b))); }
Point box_center(string_view a) { return center_of(box(a)); }
bool box_contains_point(string_view a, Point p) { return plane::contains(box(a), p); }
bool point_in_box(Point p, string_view a) { return plane::contains(box(a), p); }
std::optional<string_view> box_intersect(EvalContext& ctx, string_view a, string_view b) {
  const Box x = box(a), y = box(b);
  if (!overlap(x, y)) return std::nullopt;
  return types::make_geometry(*ctx.arena, Box{{std::min(x.high.x, y.high.x), std::min(x.high.y, y.high.y)},
                                              {std::max(x.low.x, y.low.x), std::max(x.low.y, y.low.y)}});
}
string_view bound_box(EvalContext& ctx, string_view a, string_view b) {
  const Box x = box(a), y = box(b);
  return types::make_geometry(*ctx.arena, Box{{std::max(x.high.x, y.high.x), std::max(x.high.y, y.high.y)},
                                              {std::min(x.low.x, y.low.x), std::min(x.low.y, y.low.y)}});
}
string_view box_diagonal(EvalContext& ctx, string_view a) {
  return types::make_geometry(*ctx.arena, types::Lseg{{box(a).high, box(a).low}});
}
// Of 0 and -0 the second point's goes to the upper corner.
string_view points_box(EvalContext& ctx, Point a, Point b) {
  return types::make_geometry(*ctx.arena, types::make_box(b, a));
}
string_view point_box(EvalContext& ctx, Point a) { return points_box(ctx, a, a); }

template <Point (*Op)(Point, Point)>
string_view box_moved(EvalContext& ctx, string_view a, Point p) {
  return points_box(ctx, Op(box(a).high, p), Op(box(a).low, p));
}

bool circle_same(string_view a, string_view b) {
  const Circle x = circle(a), y = circle(b);
  return ((std::isnan(x.radius) && std::isnan(y.radius)) || fp_eq(x.radius, y.radius)) && plane::same(x.center, y.center);
}
bool circle_overlap(string_view a, string_view b) {
  const Circle x = circle(a), y = circle(b);
  return fp_le(distance(x.center, y.center), x.radius + y.radius);
}
bool circle_contain(string_view a, string_view b) {
  const Circle x = circle(a), y = circle(b);
  return fp_le(distance(x.center, y.center), x.radius - y.radius);
}
bool circle_contained(string_view a, string_view b) { return circle_contain(b, a); }
double circle_radius(string_view a) { return circle(a).radius; }
double circle_diameter(string_view a) { return circle(a).radius * 2; }
Point circle_center(string_view a) { return circle(a).center; }
double circle_distance(string_view a, string_view b) {
  const Circle x = circle(a), y = circle(b);
  return plane::at_least_0(plane::minus(distance(x.center, y.center), plane::plus(x.radius, y.radius)));
}
double point_to_circle(Point p, string_view a) {
  return plane::at_least_0(plane::minus(distance(p, circle(a).center), circle(a).radius));
}
double circle_to_point(string_view a, Point p) { return point_to_circle(p, a); }
bool circle_contains_point(string_view a, Point p) { return distance(circle(a).center, p) <= circle(a).radius; }
bool point_in_circle(Point p, string_view a) { return circle_contains_point(a, p); }
string_view make_circle(EvalContext& ctx, Point center, double radius) {
  return types::make_geometry(*ctx.arena, Circle{center, radius});
}
string_view circle_box(EvalContext& ctx, string_view a) {
  const double delta = circle(a).radius / std::sqrt(2.0);
  const Point c = circle(a).center;
  return types::make_geometry(*ctx.arena, Box{{c.x + delta, c.y + delta}, {c.x - delta, c.y - delta}});
}
string_view box_circle(EvalContext& ctx, string_view a) {
  const Point center = center_of(box(a));
  return types::make_geometry(*ctx.arena, Circle{center, distance(center, box(a).high)});
}
template <Point (*Op)(Point, Point)>
string_view circle_moved(EvalContext& ctx, string_view a, Point p) {
  return types::make_geometry(*ctx.arena, Circle{Op(circle(a).center, p), circle(a).radius});
}
string_view circle_times(EvalContext& ctx, string_view a, Point p) {
  return types::make_geometry(*ctx.arena, Circle{plane::times(circle(a).center, p), plane::times(circle(a).radius, plane::hypotenuse(p.x, p.y))});
}
string_view circle_over(EvalContext& ctx, string_view a, Point p) {
  return types::make_geometry(*ctx.arena, Circle{plane::over(circle(a).center, p), plane::over(circle(a).radius, plane::hypotenuse(p.x, p.y))});
}

#define SEXTANT_SIDES(prefix, C)                                                                    \
  {prefix "left", strict<&C::left>}, {prefix "overleft", strict<&C::overleft>},                     \
      {prefix "right", strict<&C::right>}, {prefix "overright", strict<&C::overright>},             \
      {prefix "below", strict<&C::below>}, {prefix "overbelow", strict<&C::overbelow>},             \
      {prefix "above", strict<&C::above>}, {prefix "overabove", strict<&C::overabove>},             \
      {prefix "area", strict<&C::area>}, {prefix "eq", strict<&C::eq>}, {prefix "lt", strict<&C::lt>}, \
      {prefix "le", strict<&C::le>}, {prefix "gt", strict<&C::gt>}, {prefix "ge", strict<&C::ge>}

constexpr ScalarFunction kGeometryBoxFunctions[] = {
    SEXTANT_SIDES("box_", BoxRelations),
    SEXTANT_SIDES("circle_", CircleRelations),
    {"circle_ne", strict<&CircleRelations::ne>},
    {"box_same", strict<&box_same>},
    {"box_overlap", strict<&box_overlap>},
    {"box_contain", strict<&box_contains>},
    {"box_contained", strict<&box_contained>},
    {"box_below_eq", strict<&box_below_eq>},
    {"box_above_eq", strict<&box_above_eq>},
    {"box_width", strict<&box_width>},
    {"box_height", strict<&box_height>},
    {"box_distance", strict<&box_distance>},
    {"box_center", strict<&box_center>},
    {"box_contain_pt", strict<&box_contains_point>},
    {"on_pb", strict<&point_in_box>},
    {"box_intersect", strict<&box_intersect>},
    {"boxes_bound_box", strict<&bound_box>},
    {"box_diagonal", strict<&box_diagonal>},
    {"points_box", strict<&points_box>},
    {"point_box", strict<&point_box>},
    {"box_add", strict<&box_moved<&plane::plus>>},
    {"box_sub", strict<&box_moved<&plane::minus>>},
    {"box_mul", strict<&box_moved<&plane::times>>},
    {"box_div", strict<&box_moved<&plane::over>>},
    {"point_add", strict<static_cast<Point (*)(Point, Point)>(&plane::plus)>},
    {"point_sub", strict<static_cast<Point (*)(Point, Point)>(&plane::minus)>},
    {"point_mul", strict<static_cast<Point (*)(Point, Point)>(&plane::times)>},
    {"point_div", strict<static_cast<Point (*)(Point, Point)>(&plane::over)>},
    {"circle_same", strict<&circle_same>},
    {"circle_overlap", strict<&circle_overlap>},
    {"circle_contain", strict<&circle_contain>},
    {"circle_contained", strict<&circle_contained>},
    {"circle_radius", strict<&circle_radius>},
    {"circle_diameter", strict<&circle_diameter>},
    {"circle_center", strict<&circle_center>},
    {"circle_distance", strict<&circle_distance>},
    {"dist_pc", strict<&point_to_circle>},
    {"dist_cpoint", strict<&circle_to_point>},
    {"circle_contain_pt", strict<&circle_contains_point>},
    {"pt_contained_circle", strict<&point_in_circle>},
    {"cr_circle", strict<&make_circle>},
    {"circle_box", strict<&circle_box>},
    {"box_circle", strict<&box_circle>},
    {"circle_add_pt", strict<&circle_moved<&plane::plus>>},
    {"circle_sub_pt", strict<&circle_moved<&plane::minus>>},
    {"circle_mul_pt", strict<&circle_times>},
    {"circle_div_pt", strict<&circle_over>},
};

}  // namespace

std::span<const ScalarFunction> geometry_box_functions() { return kGeometryBoxFunctions; }

}  // namespace functions
