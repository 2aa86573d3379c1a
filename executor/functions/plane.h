// Plane geometry as PostgreSQL computes it, with its tolerance and its order of operations, so that
// the last digits agree (src/backend/utils/adt/geo_ops.c): intersections, closest points, distances,
// insides. Arithmetic out of range throws 22003, a division by zero 22012.
#pragma once

#include <optional>
#include <span>

#include "types/geometry.h"

namespace functions::plane {

using types::Box;
using types::Line;
using types::Lseg;
using types::Path;
using types::Point;
using types::Polygon;

double plus(double a, double b);
double minus(double a, double b);
double times(double a, double b);
double over(double a, double b);

// NaN stays NaN.
inline double at_least_0(double a) { return a < 0 ? 0 : a; }

// A point as a complex number: moved, or turned and scaled, by another.
Point plus(Point a, Point b);
Point minus(Point a, Point b);
Point times(Point a, Point b);
Point over(Point a, Point b);

bool same(Point a, Point b);
// sqrt(x * x + y * y).
double hypotenuse(double x, double y);
double distance(Point a, Point b);

double slope(const Lseg& s);
double slope(const Line& l);
// Of what is perpendicular to it.
double inverse_slope(const Lseg& s);
double inverse_slope(const Line& l);

// nullopt: they are parallel, or do not reach each other.
std::optional<Point> meet(const Line& a, const Line& b);
std::optional<Point> meet(const Lseg& s, const Line& l);
std::optional<Point> meet(const Lseg& a, const Lseg& b);
bool meet(const Box& b, const Lseg& s);
bool meet(const Box& b, const Line& l);
bool overlap(const Box& a, const Box& b);
bool overlap(const Polygon& a, const Polygon& b);

bool contains(const Lseg& s, Point p);
bool contains(const Line& l, Point p);
bool contains(const Box& b, Point p);
bool contains(const Polygon& outer, const Polygon& inner);
// The edge counts as inside.
bool inside(Point p, std::span<const Point> polygon);

// The point of the first that is nearest to the second, and how far that is; NaN when coordinates
// leave no answer.
struct Nearest {
  double distance;
  Point point;
};
Nearest nearest(const Line& l, Point p);
Nearest nearest(const Lseg& s, Point p);
Nearest nearest(const Lseg& s, const Line& l);
Nearest nearest(const Lseg& on, const Lseg& to);
Nearest nearest(const Box& b, Point p);
Nearest nearest(const Box& b, const Lseg& s);
double distance(const Polygon& polygon, Point p);

// The sides of a path or polygon in order, the one that closes it first: `f` is called with each and
// ends the walk by returning true.
template <typename F>
void for_each_side(std::span<const Point> points, bool closed, F f) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i == 0 && !closed) continue;
    if (f(Lseg{{points[i > 0 ? i - 1 : points.size() - 1], points[i]}})) return;
  }
}

}  // namespace functions::plane
