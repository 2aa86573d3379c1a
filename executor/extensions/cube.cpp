// cube: points and boxes of up to a hundred dimensions.
#include "extensions/cube.h"

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "cube_type.h"
#include "extension_table.h"
#include "functions/comparison.h"
#include "functions/kernel.h"
#include "types/array.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;
using Numbers = std::vector<double>;

// ---- making them

[[noreturn]] void too_many(const char* message) {
  throw SqlError("54000", message).with_detail(fmt::format("A cube cannot have more than {} dimensions.", kMostCubeDimensions));
}

template <typename T>
std::vector<T> list_of(const Datum& array) {
  const types::ArrayView view(array);
  if (view.has_nulls()) throw SqlError("2202E", "cannot work with arrays containing NULLs");
  std::vector<T> values;
  values.reserve(view.size());
  for (types::ArrayView::Cursor c(view); c.next();) values.push_back(c.value().as<T>());
  return values;
}

Datum of_array(EvalContext& ctx, Datum array) {
  const Numbers corner = list_of<double>(array);
  if (corner.size() > kMostCubeDimensions) too_many("array is too long");
  return make_cube(*ctx.arena, corner, corner);
}
Datum of_arrays(EvalContext& ctx, Datum upper, Datum lower) {
  const Numbers first = list_of<double>(upper), second = list_of<double>(lower);
  if (first.size() > kMostCubeDimensions) too_many("can't extend cube");
  if (first.size() != second.size()) throw SqlError("2202E", "UR and LL arrays must be of same length");
  return make_cube(*ctx.arena, first, second);
}
Datum of_number(EvalContext& ctx, double value) { return make_cube(*ctx.arena, {&value, 1}, {&value, 1}); }
Datum of_numbers(EvalContext& ctx, double first, double second) { return make_cube(*ctx.arena, {&first, 1}, {&second, 1}); }

Datum extended(EvalContext& ctx, string_view bytes, double first, double second) {
  const CubeView cube(bytes);
  if (cube.dimensions() >= kMostCubeDimensions) too_many("can't extend cube");
  Numbers a, b;
  for (int i = 0; i < cube.dimensions(); ++i) {
    a.push_back(cube.first(i));
    b.push_back(cube.second(i));
  }
  a.push_back(first);
  b.push_back(second);
  return make_cube(*ctx.arena, a, b);
}
Datum extended_by_point(EvalContext& ctx, string_view bytes, double value) { return extended(ctx, bytes, value, value); }

Datum subset(EvalContext& ctx, string_view bytes, Datum places) {
  const CubeView cube(bytes);
  Numbers a, b;
  const std::vector<std::int32_t> chosen = list_of<std::int32_t>(places);
  if (chosen.size() > kMostCubeDimensions) too_many("array is too long");
  for (const std::int32_t place : chosen) {
    if (place <= 0 || place > cube.dimensions()) throw SqlError("2202E", "Index out of bounds");
    a.push_back(cube.first(place - 1));
    b.push_back(cube.second(place - 1));
  }
  return make_cube(*ctx.arena, a, b);
}

int dimensions_of_both(const CubeView& a, const CubeView& b) { return std::max(a.dimensions(), b.dimensions()); }

Datum unite(EvalContext& ctx, string_view a, string_view b) {
  const CubeView x(a), y(b);
  Numbers low, high;
  for (int i = 0; i < dimensions_of_both(x, y); ++i) {
    low.push_back(std::min(x.low(i), y.low(i)));
    high.push_back(std::max(x.high(i), y.high(i)));
  }
  return make_cube(*ctx.arena, low, high);
}
// Where they have nothing in common, the corners lie the other way round.
Datum intersect(EvalContext& ctx, string_view a, string_view b) {
  const CubeView x(a), y(b);
  Numbers low, high;
  for (int i = 0; i < dimensions_of_both(x, y); ++i) {
    low.push_back(std::max(x.low(i), y.low(i)));
    high.push_back(std::min(x.high(i), y.high(i)));
  }
  return make_cube(*ctx.arena, low, high);
}

// To all sides, and into so many dimensions; what shrinks past its middle becomes that.
Datum enlarge(EvalContext& ctx, string_view bytes, double radius, std::int32_t dimensions) {
  const CubeView cube(bytes);
  Numbers low, high;
  for (int i = 0; i < cube.dimensions(); ++i) {
    double from = cube.low(i) - radius, to = cube.high(i) + radius;
    if (from > to) from = to = (from + to) / 2;
    low.push_back(from);
    high.push_back(to);
  }
  if (radius > 0)
    for (int i = cube.dimensions(); i < std::min(dimensions, kMostCubeDimensions); ++i) {
      low.push_back(-radius);
      high.push_back(radius);
    }
  return make_cube(*ctx.arena, low, high);
}

// ---- asking

// In the dimensions that the second one has.
bool contains(string_view a, string_view b) {
  const CubeView x(a), y(b);
  for (int i = 0; i < y.dimensions(); ++i)
    if (x.low(i) > y.low(i) || x.high(i) < y.high(i)) return false;
  return true;
}
bool contained(string_view a, string_view b) { return contains(b, a); }
bool overlap(string_view a, string_view b) {
  const CubeView x(a), y(b);
  for (int i = 0; i < dimensions_of_both(x, y); ++i)
    if (x.low(i) > y.high(i) || x.high(i) < y.low(i)) return false;
  return true;
}

double size(string_view bytes) {
  const CubeView cube(bytes);
  double result = cube.dimensions() > 0 ? 1 : 0;
  for (int i = 0; i < cube.dimensions(); ++i) result *= std::fabs(cube.first(i) - cube.second(i));
  return result;
}

// Of their sides in a dimension; 0 where they meet.
double gap(const CubeView& a, const CubeView& b, int i) {
  if (a.high(i) <= b.low(i)) return b.low(i) - a.high(i);
  if (b.high(i) <= a.low(i)) return a.low(i) - b.high(i);
  return 0;
}
double distance(string_view a, string_view b) {
  const CubeView x(a), y(b);
  double squares = 0;
  for (int i = 0; i < dimensions_of_both(x, y); ++i) squares += gap(x, y, i) * gap(x, y, i);
  return std::sqrt(squares);
}
double taxicab(string_view a, string_view b) {
  const CubeView x(a), y(b);
  double sum = 0;
  for (int i = 0; i < dimensions_of_both(x, y); ++i) sum += gap(x, y, i);
  return sum;
}
double chebyshev(string_view a, string_view b) {
  const CubeView x(a), y(b);
  double most = 0;
  for (int i = 0; i < dimensions_of_both(x, y); ++i) most = std::max(most, gap(x, y, i));
  return most;
}

std::int32_t dimensions(string_view bytes) { return CubeView(bytes).dimensions(); }
bool is_point(string_view bytes) { return CubeView(bytes).is_point(); }
double low_coordinate(string_view bytes, std::int32_t place) { return place > 0 ? CubeView(bytes).low(place - 1) : 0; }
double high_coordinate(string_view bytes, std::int32_t place) { return place > 0 ? CubeView(bytes).high(place - 1) : 0; }

// As they are stored: those of one corner, then those of the other.
double coordinate(string_view bytes, std::int32_t place) {
  const CubeView cube(bytes);
  if (place <= 0 || place > 2 * cube.dimensions()) throw SqlError("2202E", fmt::format("cube index {} is out of bounds", place));
  return place <= cube.dimensions() ? cube.first(place - 1) : cube.second(place - 1 - cube.dimensions());
}
// The lower and the upper one by turns; a negative place gives the opposite.
double coordinate_by_turns(string_view bytes, std::int32_t place) {
  if (place == 0) throw SqlError("2202E", "zero cube index is not defined");
  const CubeView cube(bytes);
  const auto number = std::abs(std::int64_t{place}) - 1;
  const int dimension = static_cast<int>(std::min<std::int64_t>(number / 2, kMostCubeDimensions));
  const double value = number % 2 == 0 ? cube.low(dimension) : cube.high(dimension);
  return place < 0 ? -value : value;
}

std::string send(EvalContext& ctx, string_view bytes) {
  std::string out;
  cube_support().send(ctx, Datum::of(bytes), out);
  return out;
}

using Cube = functions::CompareBy<string_view, &compare_cubes>;

constexpr functions::ScalarFunction kCubeFunctions[] = {
    SEXTANT_COMPARISONS("cube_", Cube),
    {"cube_cmp", strict<&Cube::cmp>},
    {"cube_a_f8_f8", strict<&of_arrays>},
    {"cube_a_f8", strict<&of_array>},
    {"cube_f8", strict<&of_number>},
    {"cube_f8_f8", strict<&of_numbers>},
    {"cube_c_f8", strict<&extended_by_point>},
    {"cube_c_f8_f8", strict<&extended>},
    {"cube_contains", strict<&contains>},
    {"cube_contained", strict<&contained>},
    {"cube_overlap", strict<&overlap>},
    {"cube_union", strict<&unite>},
    {"cube_inter", strict<&intersect>},
    {"cube_size", strict<&size>},
    {"cube_subset", strict<&subset>},
    {"cube_distance", strict<&distance>},
    {"distance_chebyshev", strict<&chebyshev>},
    {"distance_taxicab", strict<&taxicab>},
    {"cube_dim", strict<&dimensions>},
    {"cube_ll_coord", strict<&low_coordinate>},
    {"cube_ur_coord", strict<&high_coordinate>},
    {"cube_coord", strict<&coordinate>},
    {"cube_coord_llur", strict<&coordinate_by_turns>},
    {"cube_is_point", strict<&is_point>},
    {"cube_enlarge", strict<&enlarge>},
    {"cube_send", strict<&send>},
};

// ---- objects

constexpr Routine kCubeRoutines[] = {
    {"cube_in", "cstring", "cube", "cube_in", "iss"},
    {"cube", "_float8, _float8", "cube", "cube_a_f8_f8", "iss"},
    {"cube", "_float8", "cube", "cube_a_f8", "iss"},
    {"cube_out", "cube", "cstring", "cube_out", "iss"},
    {"cube_eq", "cube, cube", "bool", "cube_eq", "iss"},
    {"cube_ne", "cube, cube", "bool", "cube_ne", "iss"},
    {"cube_lt", "cube, cube", "bool", "cube_lt", "iss"},
    {"cube_gt", "cube, cube", "bool", "cube_gt", "iss"},
    {"cube_le", "cube, cube", "bool", "cube_le", "iss"},
    {"cube_ge", "cube, cube", "bool", "cube_ge", "iss"},
    {"cube_cmp", "cube, cube", "int4", "cube_cmp", "iss"},
    {"cube_contains", "cube, cube", "bool", "cube_contains", "iss"},
    {"cube_contained", "cube, cube", "bool", "cube_contained", "iss"},
    {"cube_overlap", "cube, cube", "bool", "cube_overlap", "iss"},
    {"cube_union", "cube, cube", "cube", "cube_union", "iss"},
    {"cube_inter", "cube, cube", "cube", "cube_inter", "iss"},
    {"cube_size", "cube", "float8", "cube_size", "iss"},
    {"cube_subset", "cube, _int4", "cube", "cube_subset", "iss"},
    {"cube_distance", "cube, cube", "float8", "cube_distance", "iss"},
    {"distance_chebyshev", "cube, cube", "float8", "distance_chebyshev", "iss"},
    {"distance_taxicab", "cube, cube", "float8", "distance_taxicab", "iss"},
    {"cube_dim", "cube", "int4", "cube_dim", "iss"},
    {"cube_ll_coord", "cube, int4", "float8", "cube_ll_coord", "iss"},
    {"cube_ur_coord", "cube, int4", "float8", "cube_ur_coord", "iss"},
    {"cube_coord", "cube, int4", "float8", "cube_coord", "iss"},
    {"cube_coord_llur", "cube, int4", "float8", "cube_coord_llur", "iss"},
    {"cube", "float8", "cube", "cube_f8", "iss"},
    {"cube", "float8, float8", "cube", "cube_f8_f8", "iss"},
    {"cube", "cube, float8", "cube", "cube_c_f8", "iss"},
    {"cube", "cube, float8, float8", "cube", "cube_c_f8_f8", "iss"},
    {"cube_is_point", "cube", "bool", "cube_is_point", "iss"},
    {"cube_enlarge", "cube, float8, int4", "cube", "cube_enlarge", "iss"},
    {"g_cube_consistent", "internal, cube, int2, oid, internal", "bool", "g_cube_consistent", "iss"},
    {"g_cube_penalty", "internal, internal, internal", "internal", "g_cube_penalty", "iss"},
    {"g_cube_picksplit", "internal, internal", "internal", "g_cube_picksplit", "iss"},
    {"g_cube_union", "internal, internal", "cube", "g_cube_union", "iss"},
    {"g_cube_same", "cube, cube, internal", "internal", "g_cube_same", "iss"},
    {"g_cube_distance", "internal, cube, int2, oid, internal", "float8", "g_cube_distance", "iss"},
    {"cube_recv", "internal", "cube", "cube_recv", "iss"},
    {"cube_send", "cube", "bytea", "cube_send", "iss"},
};

constexpr Operator kCubeOperators[] = {
    {.name = ">", .left = "cube", .right = "cube", .function = "cube_gt",
     .commutator = "<", .negator = "<=", .restrict = "scalargtsel", .join = "scalargtjoinsel"},
    {.name = ">=", .left = "cube", .right = "cube", .function = "cube_ge",
     .commutator = "<=", .negator = "<", .restrict = "scalargesel", .join = "scalargejoinsel"},
    {.name = "<", .left = "cube", .right = "cube", .function = "cube_lt",
     .commutator = ">", .negator = ">=", .restrict = "scalarltsel", .join = "scalarltjoinsel"},
    {.name = "<=", .left = "cube", .right = "cube", .function = "cube_le",
     .commutator = ">=", .negator = ">", .restrict = "scalarlesel", .join = "scalarlejoinsel"},
    {.name = "&&", .left = "cube", .right = "cube", .function = "cube_overlap",
     .commutator = "&&", .restrict = "areasel", .join = "areajoinsel"},
    {.name = "<>", .left = "cube", .right = "cube", .function = "cube_ne",
     .commutator = "<>", .negator = "=", .restrict = "neqsel", .join = "neqjoinsel"},
    {.name = "=", .left = "cube", .right = "cube", .function = "cube_eq",
     .commutator = "=", .negator = "<>", .restrict = "eqsel", .join = "eqjoinsel", .merges = true},
    {.name = "<@", .left = "cube", .right = "cube", .function = "cube_contained",
     .commutator = "@>", .restrict = "contsel", .join = "contjoinsel"},
    {.name = "@>", .left = "cube", .right = "cube", .function = "cube_contains",
     .commutator = "<@", .restrict = "contsel", .join = "contjoinsel"},
    {.name = "->", .left = "cube", .right = "int4", .function = "cube_coord"},
    {.name = "~>", .left = "cube", .right = "int4", .function = "cube_coord_llur"},
    {.name = "<#>", .left = "cube", .right = "cube", .function = "distance_taxicab", .commutator = "<#>"},
    {.name = "<->", .left = "cube", .right = "cube", .function = "cube_distance", .commutator = "<->"},
    {.name = "<=>", .left = "cube", .right = "cube", .function = "distance_chebyshev", .commutator = "<=>"},
};

constexpr ClassOperator kOrder[] = {{1, "<"}, {2, "<="}, {3, "="}, {4, ">="}, {5, ">"}};
constexpr ClassFunction kCompare[] = {{1, "cube_cmp", "cube, cube"}};
constexpr ClassOperator kPlaces[] = {
    {3, "&&"}, {6, "="}, {7, "@>"}, {8, "<@"}, {15, "~>", "cube", "int4", true},
    {16, "<#>", {}, {}, true}, {17, "<->", {}, {}, true}, {18, "<=>", {}, {}, true},
};
constexpr ClassFunction kGist[] = {
    {1, "g_cube_consistent", "internal, cube, int2, oid, internal"},
    {2, "g_cube_union", "internal, internal"},
    {5, "g_cube_penalty", "internal, internal, internal"},
    {6, "g_cube_picksplit", "internal, internal"},
    {7, "g_cube_same", "cube, cube, internal"},
    {8, "g_cube_distance", "internal, cube, int2, oid, internal"},
};
constexpr OperatorClass kCubeClasses[] = {
    {.method = "btree", .name = "cube_ops", .type = "cube", .operators = kOrder, .functions = kCompare},
    {.method = "gist", .name = "gist_cube_ops", .type = "cube", .operators = kPlaces, .functions = kGist},
};

}  // namespace

const Extension& cube() {
  static const Type types[] = {{.name = "cube", .input = "cube_in", .output = "cube_out", .receive = "cube_recv",
                                .send = "cube_send", .support = &cube_support(), .storage = 'p', .alignment = 'd'}};
  static const Extension extension{.name = "cube",
                                   .version = "1.5",
                                   .comment = "data type for multidimensional cubes",
                                   .trusted = true,
                                   .routines = kCubeRoutines,
                                   .operators = kCubeOperators,
                                   .types = types,
                                   .operator_classes = kCubeClasses,
                                   .functions = kCubeFunctions};
  return extension;
}

}  // namespace extensions
