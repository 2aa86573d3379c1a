#include "types/vector.h"

#include <gtest/gtest.h>

namespace types {
namespace {

TEST(Vector, ConstantAnswersForEveryRow) {
  Arena arena;
  Vector v = Vector::constant(arena, PhysicalType::varlen, Datum::of(std::string_view("x")));
  EXPECT_EQ(v.get<std::string_view>(1000), "x");
  Vector null = Vector::constant(arena, PhysicalType::int32, Datum::null());
  EXPECT_TRUE(null.is_null(1000));
}

TEST(Vector, DatumsComeBackAsTheyWentIn) {
  Arena arena;
  auto round_trip = [&](PhysicalType type, Datum value) {
    Vector v = Vector::allocate(arena, type, 4);
    v.set_null(3);
    v.set_datum(3, value);
    return v.datum(3);
  };
  EXPECT_EQ(round_trip(PhysicalType::boolean, Datum::of(true)).as<bool>(), true);
  EXPECT_EQ(round_trip(PhysicalType::int16, Datum::of<std::int16_t>(-3)).as<std::int16_t>(), -3);
  EXPECT_EQ(round_trip(PhysicalType::float64, Datum::of(1.5)).as<double>(), 1.5);
  Interval interval{1, 2, 3};
  EXPECT_EQ(round_trip(PhysicalType::fixed16, Datum::of(interval)).as<Interval>(), interval);
  EXPECT_TRUE(round_trip(PhysicalType::int64, Datum::null()).is_null);
}

TEST(Vector, ClearForgetsNulls) {
  Arena arena;
  Vector v = Vector::allocate(arena, PhysicalType::int32, 4);
  v.set_null(2);
  v.clear();
  EXPECT_FALSE(v.is_null(2));
  v.set_null(1);
  EXPECT_FALSE(v.is_null(2));
}

}  // namespace
}  // namespace types
