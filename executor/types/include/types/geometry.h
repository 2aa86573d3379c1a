// Geometric values. point is Fixed16; the others are varlen: their doubles one after the other in
// native byte order.
//   lseg: two points | box: the upper right and the lower left corner | line: A, B, C of
//   Ax + By + C = 0 | circle: centre, radius | path: 1 closed or 0 open, points | polygon: points
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "types/arena.h"
#include "types/datum.h"

namespace types {

// PostgreSQL's tolerance when it compares coordinates.
inline constexpr double kGeometryEpsilon = 1e-6;
inline bool fp_zero(double a) { return std::fabs(a) <= kGeometryEpsilon; }
inline bool fp_eq(double a, double b) { return a == b || std::fabs(a - b) <= kGeometryEpsilon; }
// Not the opposite of fp_eq where NaN is concerned.
inline bool fp_ne(double a, double b) { return a != b && std::fabs(a - b) > kGeometryEpsilon; }
inline bool fp_lt(double a, double b) { return a + kGeometryEpsilon < b; }
inline bool fp_le(double a, double b) { return a <= b + kGeometryEpsilon; }
inline bool fp_gt(double a, double b) { return a > b + kGeometryEpsilon; }
inline bool fp_ge(double a, double b) { return a + kGeometryEpsilon >= b; }

struct Lseg { Point p[2]; };
struct Box { Point high, low; };
struct Line { double a, b, c; };
struct Circle { Point center; double radius; };
struct Path { bool closed; std::vector<Point> points; };
using Polygon = std::vector<Point>;

template <typename T>
T read_geometry(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}
template <typename T>
std::string_view make_geometry(Arena& arena, const T& value) {
  return arena.copy({reinterpret_cast<const char*>(&value), sizeof value});
}
Path read_path(std::string_view bytes);
Polygon read_polygon(std::string_view bytes);
std::string_view make_path(Arena& arena, const Path& path);
std::string_view make_polygon(Arena& arena, const Polygon& polygon);
// With its corners in order.
Box make_box(Point a, Point b);
Box bounding_box(const Polygon& polygon);
// The line through a point with a slope (infinite: vertical).
Line make_line(Point through, double slope);
double slope_of(Point a, Point b);

}  // namespace types
