// earthdistance: great circles on a round earth, by cubes of its surface or by points of longitude and latitude.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "extension_table.h"
#include "functions/kernel.h"
#include "types/datum.h"

namespace extensions {
namespace {

// In statute miles, between points of longitude and latitude in degrees.
double geo_distance(types::Point from, types::Point to) {
  constexpr double kRadius = 3958.747716, kTurn = 2 * std::numbers::pi;
  const auto radians = [](double degrees) { return degrees * kTurn / 360; };
  const double latitude = radians(from.y), other_latitude = radians(to.y);
  double longitudes = std::fabs(radians(from.x) - radians(to.x));
  if (longitudes > std::numbers::pi) longitudes = kTurn - longitudes;
  const double across = std::sin(std::fabs(latitude - other_latitude) / 2), along = std::sin(longitudes / 2);
  const double sine = std::sqrt(across * across + std::cos(latitude) * std::cos(other_latitude) * along * along);
  return 2 * kRadius * std::asin(std::min(sine, 1.0));
}

constexpr functions::ScalarFunction kEarthdistanceFunctions[] = {{"geo_distance", functions::strict<&geo_distance>}};

constexpr std::string_view kOnSurface[] = {
    "CONSTRAINT not_point CHECK ({cube}.cube_is_point(VALUE))",
    "CONSTRAINT not_3d CHECK ({cube}.cube_dim(VALUE) <= 3)",
    "CONSTRAINT on_surface CHECK (pg_catalog.abs({cube}.cube_distance(VALUE, '(0)'::{cube}.cube) / {}.earth() - '1'::float8) "
    "< '10e-7'::float8)",
};
constexpr Domain kDomains[] = {{"earth", "{cube}.cube", kOnSurface}};

constexpr Routine kEarthdistanceRoutines[] = {
    {"earth", "", "float8", "SELECT '6378168'::float8", "i-sq"},
    {"sec_to_gc", "float8", "float8",
     "SELECT CASE WHEN $1 < 0 THEN 0::float8 WHEN $1/(2*earth()) > 1 THEN pi()*earth() ELSE "
     "2*earth()*asin($1/(2*earth())) END", "issq"},
    {"gc_to_sec", "float8", "float8",
     "SELECT CASE WHEN $1 < 0 THEN 0::float8 WHEN $1/earth() > pi() THEN 2*earth() ELSE "
     "2*earth()*sin($1/(2*earth())) END", "issq"},
    {"ll_to_earth", "float8, float8", "earth",
     "SELECT cube(cube(cube(earth()*cos(radians($1))*cos(radians($2))),"
     "earth()*cos(radians($1))*sin(radians($2))),earth()*sin(radians($1)))::earth", "issq"},
    {"latitude", "earth", "float8",
     "SELECT CASE WHEN cube_ll_coord($1, 3)/earth() < -1 THEN -90::float8 WHEN cube_ll_coord($1, 3)/earth() > "
     "1 THEN 90::float8 ELSE degrees(asin(cube_ll_coord($1, 3)/earth())) END", "issq"},
    {"longitude", "earth", "float8", "SELECT degrees(atan2(cube_ll_coord($1, 2), cube_ll_coord($1, 1)))", "issq"},
    {"earth_distance", "earth, earth", "float8", "SELECT sec_to_gc(cube_distance($1, $2))", "issq"},
    {"earth_box", "earth, float8", "cube", "SELECT cube_enlarge($1, gc_to_sec($2), 3)", "issq"},
    {"geo_distance", "point, point", "float8", "geo_distance", "iss"},
};

constexpr Operator kEarthdistanceOperators[] = {
    {.name = "<@>", .left = "point", .right = "point", .function = "geo_distance", .commutator = "<@>"},
};

}  // namespace

const Extension& earthdistance() {
  static constexpr std::string_view kRequired[] = {"cube"};
  static const Extension extension{.name = "earthdistance",
                                   .version = "1.1",
                                   .comment = "calculate great-circle distances on the surface of the Earth",
                                   .trusted = true,
                                   .requirements = kRequired,
                                   .routines = kEarthdistanceRoutines,
                                   .operators = kEarthdistanceOperators,
                                   .domains = kDomains,
                                   .functions = kEarthdistanceFunctions};
  return extension;
}

}  // namespace extensions
