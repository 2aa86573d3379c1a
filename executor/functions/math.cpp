// Mathematical functions of double precision, with PostgreSQL's domain errors.
#include <cmath>
#include <random>

#include <fmt/format.h>

#include "errors.h"
#include "function_table.h"
#include "kernel.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using types::SqlError;

constexpr double kPi = 3.14159265358979323846;

[[noreturn]] void throw_input_range() { throw SqlError("22003", "input is out of range"); }

double checked(double result, bool infinite_ok, bool zero_ok) {
  if (std::isinf(result) && !infinite_ok) throw_float_overflow();
  if (result == 0 && !zero_ok) throw_float_underflow();
  return result;
}

double dsqrt(double x) {
  if (x < 0) throw SqlError("2201F", "cannot take square root of a negative number");
  return std::sqrt(x);
}
double dcbrt(double x) noexcept { return std::cbrt(x); }
double dceil(double x) noexcept { return std::ceil(x); }
double dfloor(double x) noexcept { return std::floor(x); }
double dround(double x) noexcept { return std::rint(x); }
double dtrunc(double x) noexcept { return std::trunc(x); }
double dsign(double x) noexcept { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }
double dexp(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) return x > 0 ? x : 0;
  return checked(std::exp(x), false, false);
}
void check_log(double x) {
  if (x == 0) throw SqlError("2201E", "cannot take logarithm of zero");
  if (x < 0) throw SqlError("2201E", "cannot take logarithm of a negative number");
}
double dlog1(double x) {
  check_log(x);
  return std::log(x);
}
double dlog10(double x) {
  check_log(x);
  return std::log10(x);
}
double dpow(double x, double y) {
  if (std::isnan(x)) return y == 0 ? 1 : x;
  if (std::isnan(y)) return x == 1 ? 1 : y;
  if (x == 0 && y < 0) throw SqlError("2201F", "zero raised to a negative power is undefined");
  if (x < 0 && std::floor(y) != y)
    throw SqlError("2201F", "a negative number raised to a non-integer power yields a complex result");
  double result = std::pow(x, y);
  if (std::isinf(x) || std::isinf(y)) return result;
  return checked(result, false, x == 0);
}

double dsin(double x) {
  if (std::isinf(x)) throw_input_range();
  return std::sin(x);
}
double dcos(double x) {
  if (std::isinf(x)) throw_input_range();
  return std::cos(x);
}
double dtan(double x) {
  if (std::isinf(x)) throw_input_range();
  return std::tan(x);
}
double dcot(double x) {
  if (std::isinf(x)) throw_input_range();
  return 1.0 / std::tan(x);
}
double dasin(double x) {
  if (x < -1 || x > 1) throw_input_range();
  return std::asin(x);
}
double dacos(double x) {
  if (x < -1 || x > 1) throw_input_range();
  return std::acos(x);
}
double datan(double x) noexcept { return std::atan(x); }
double datan2(double y, double x) noexcept { return std::atan2(y, x); }
double dsinh(double x) { return std::sinh(x); }
double dcosh(double x) { return std::cosh(x); }
double dtanh(double x) noexcept { return std::tanh(x); }
double dasinh(double x) noexcept { return std::asinh(x); }
double dacosh(double x) {
  if (x < 1) throw_input_range();
  return std::acosh(x);
}
double datanh(double x) {
  if (x < -1 || x > 1) throw_input_range();
  if (x == -1 || x == 1) return x * std::numeric_limits<double>::infinity();
  return std::atanh(x);
}
double degrees(double x) { return checked(x / (kPi / 180.0), std::isinf(x), true); }
double radians(double x) noexcept { return x * (kPi / 180.0); }
double dpi() { return kPi; }

// Degrees: exact at the angles where people expect it, and continuous there. Each half of a quadrant is scaled by its
// value at 30, 45 or 60 degrees, which the library computes at run time like every other.
double volatile_value(double x) {
  volatile double kept = x;
  return kept;
}
double sine(double degrees) { return std::sin(volatile_value(degrees) * (kPi / 180.0)); }
double one_minus_cosine(double degrees) { return 1.0 - std::cos(volatile_value(degrees) * (kPi / 180.0)); }
double sin_to_30(double x) {
  static const double at_30 = sine(30);
  return sine(x) / at_30 / 2.0;
}
double cos_to_60(double x) {
  static const double at_60 = one_minus_cosine(60);
  return 1.0 - one_minus_cosine(x) / at_60 / 2.0;
}
double sin_quadrant(double x) { return x <= 30 ? sin_to_30(x) : cos_to_60(90 - x); }  // 0..90
double cos_quadrant(double x) { return x <= 60 ? cos_to_60(x) : sin_to_30(90 - x); }
double asin_quadrant(double x) {  // 0..1
  static const double asin_half = std::asin(volatile_value(0.5)), acos_half = std::acos(volatile_value(0.5));
  return x <= 0.5 ? std::asin(x) / asin_half * 30.0 : 90.0 - std::acos(x) / acos_half * 60.0;
}
double acos_quadrant(double x) {
  static const double asin_half = std::asin(volatile_value(0.5)), acos_half = std::acos(volatile_value(0.5));
  return x <= 0.5 ? 90.0 - std::asin(x) / asin_half * 30.0 : std::acos(x) / acos_half * 60.0;
}
double atan_one() {
  static const double value = std::atan(volatile_value(1.0));
  return value;
}
double dsind(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) throw_input_range();
  int sign = 1;
  x = std::fmod(x, 360.0);
  if (x < 0) x = -x, sign = -sign;
  if (x > 180) x = 360 - x, sign = -sign;
  if (x > 90) x = 180 - x;
  return sign * sin_quadrant(x);
}
double dcosd(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) throw_input_range();
  int sign = 1;
  x = std::fabs(std::fmod(x, 360.0));
  if (x > 180) x = 360 - x;
  if (x > 90) x = 180 - x, sign = -sign;
  return sign * cos_quadrant(x);
}
double dtand(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) throw_input_range();
  int sign = 1;
  x = std::fmod(x, 360.0);
  if (x < 0) x = -x, sign = -sign;
  if (x > 180) x = 360 - x, sign = -sign;
  if (x > 90) x = 180 - x, sign = -sign;
  static const double at_45 = sin_quadrant(45) / cos_quadrant(45);
  const double result = sign * (sin_quadrant(x) / cos_quadrant(x) / at_45);
  return result == 0 ? 0.0 : result;
}
double dcotd(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) throw_input_range();
  int sign = 1;
  x = std::fmod(x, 360.0);
  if (x < 0) x = -x, sign = -sign;
  if (x > 180) x = 360 - x, sign = -sign;
  if (x > 90) x = 180 - x, sign = -sign;
  static const double at_45 = cos_quadrant(45) / sin_quadrant(45);
  const double result = sign * (cos_quadrant(x) / sin_quadrant(x) / at_45);
  return result == 0 ? 0.0 : result;
}
double dasind(double x) {
  if (x < -1 || x > 1) throw_input_range();
  return x >= 0 ? asin_quadrant(x) : -asin_quadrant(-x);
}
double dacosd(double x) {
  if (x < -1 || x > 1) throw_input_range();
  return x >= 0 ? acos_quadrant(x) : 90.0 + asin_quadrant(-x);
}
double datand(double x) { return std::atan(x) / atan_one() * 45.0; }
double datan2d(double y, double x) { return std::atan2(y, x) / atan_one() * 45.0; }

std::int32_t width_bucket(double v, double low, double high, std::int32_t count) {
  if (count <= 0) throw SqlError("2201G", "count must be greater than zero");
  if (std::isnan(v) || std::isnan(low) || std::isnan(high))
    throw SqlError("2201G", "operand, lower bound, and upper bound cannot be NaN");
  if (std::isinf(low) || std::isinf(high)) throw SqlError("2201G", "lower and upper bounds must be finite");
  if (low == high) throw SqlError("2201G", "lower bound cannot equal upper bound");
  bool ascending = low < high;
  if (ascending ? v < low : v > low) return 0;
  if (ascending ? v >= high : v <= high) {
    std::int32_t result;
    if (__builtin_add_overflow(count, 1, &result)) throw_integer_out_of_range();
    return result;
  }
  double span = high - low;
  auto bucket = std::isinf(span) ? static_cast<std::int32_t>(count * ((v / 2 - low / 2) / (high / 2 - low / 2)))
                                 : static_cast<std::int32_t>(count * ((v - low) / span));
  return std::min(bucket, count - 1) + 1;
}

// One generator a thread: setseed() governs it until the session moves on.
std::mt19937_64& generator() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return engine;
}
double drandom() {
  return static_cast<double>(generator()() >> 11) * 0x1.0p-53;
}
bool setseed(double seed) {
  if (seed < -1 || seed > 1 || std::isnan(seed))
    throw SqlError("22023", fmt::format("setseed parameter {:g} is out of allowed range [-1,1]", seed));
  generator().seed(static_cast<std::uint64_t>(static_cast<std::int64_t>(seed * 0x1.0p62)));
  return false;  // void
}

constexpr ScalarFunction kMathFunctions[] = {
    {"dsqrt", strict<&dsqrt>},     {"dcbrt", strict<&dcbrt>},     {"dceil", strict<&dceil>},
    {"dfloor", strict<&dfloor>},   {"dround", strict<&dround>},   {"dtrunc", strict<&dtrunc>},
    {"dsign", strict<&dsign>},     {"dexp", strict<&dexp>},       {"dlog1", strict<&dlog1>},
    {"dlog10", strict<&dlog10>},   {"dpow", strict<&dpow>},       {"dsin", strict<&dsin>},
    {"dcos", strict<&dcos>},       {"dtan", strict<&dtan>},       {"dcot", strict<&dcot>},
    {"dasin", strict<&dasin>},     {"dacos", strict<&dacos>},     {"datan", strict<&datan>},
    {"datan2", strict<&datan2>},   {"dsinh", strict<&dsinh>},     {"dcosh", strict<&dcosh>},
    {"dtanh", strict<&dtanh>},     {"dasinh", strict<&dasinh>},   {"dacosh", strict<&dacosh>},
    {"datanh", strict<&datanh>},   {"degrees", strict<&degrees>}, {"radians", strict<&radians>},
    {"dpi", strict<&dpi>},         {"dsind", strict<&dsind>},     {"dcosd", strict<&dcosd>},
    {"dtand", strict<&dtand>},     {"dcotd", strict<&dcotd>},     {"dasind", strict<&dasind>},
    {"dacosd", strict<&dacosd>},   {"datand", strict<&datand>},   {"datan2d", strict<&datan2d>},
    {"drandom", strict<&drandom>}, {"setseed", strict<&setseed>},
    {"width_bucket_float8", strict<&width_bucket>},
};

}  // namespace

std::span<const ScalarFunction> math_functions() { return kMathFunctions; }

}  // namespace functions
