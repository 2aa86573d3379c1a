// Kernels over batches: dense, selected, constant and null inputs.
#include <gtest/gtest.h>

#include "functions/function.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using namespace types;

class Kernel : public testing::Test {
 protected:
  Kernel() { ctx_.arena = &arena_; }

  Vector column(std::uint32_t rows, std::int32_t start) {
    Vector v = Vector::allocate(arena_, PhysicalType::int32, kBatchRows);
    for (std::uint32_t i = 0; i < rows; ++i) v.set<std::int32_t>(i, start + static_cast<int>(i));
    return v;
  }

  Vector run(std::string_view name, const Vector& a, const Vector& b, Selection rows,
             PhysicalType type = PhysicalType::int32) {
    Vector out = Vector::allocate(arena_, type, kBatchRows);
    const std::array<const Vector*, 2> arguments{&a, &b};
    find_scalar(name)(ctx_, {}, arguments, rows, out);
    return out;
  }

  Arena arena_;
  EvalContext ctx_;
};

TEST_F(Kernel, AddsWholeBatches) {
  Vector a = column(kBatchRows, 0), b = column(kBatchRows, 5);
  Vector sum = run("int4pl", a, b, {nullptr, kBatchRows});
  EXPECT_FALSE(sum.may_have_nulls());
  for (std::uint32_t i = 0; i < kBatchRows; ++i)
    ASSERT_EQ(sum.get<std::int32_t>(i), static_cast<int>(2 * i + 5));
}

TEST_F(Kernel, TouchesSelectedRowsOnly) {
  Vector a = column(10, 0), b = Vector::constant(arena_, PhysicalType::int32, Datum::of(3));
  Vector out = Vector::allocate(arena_, PhysicalType::boolean, kBatchRows);
  for (std::uint32_t i = 0; i < 10; ++i) out.set<bool>(i, true);
  const std::array<const Vector*, 2> arguments{&a, &b};
  std::uint16_t rows[] = {2, 7};
  find_scalar("int4gt")(ctx_, {}, arguments, {rows, 2}, out);
  for (std::uint32_t i = 0; i < 10; ++i) EXPECT_EQ(out.get<bool>(i), i != 2) << i;
}

TEST_F(Kernel, NullMakesNull) {
  Vector a = column(4, 1), b = column(4, 1);
  a.set_null(1);
  b.set_null(3);
  for (auto name : {"int4pl", "int4eq", "int4div"}) {
    auto type = std::string_view(name) == "int4eq" ? PhysicalType::boolean : PhysicalType::int32;
    Vector out = run(name, a, b, {nullptr, 4}, type);
    EXPECT_FALSE(out.is_null(0)) << name;
    EXPECT_TRUE(out.is_null(1)) << name;
    EXPECT_FALSE(out.is_null(2)) << name;
    EXPECT_TRUE(out.is_null(3)) << name;
  }
}

TEST_F(Kernel, OverflowUnderANullIsNoError) {
  Vector a = column(2, 1), b = column(2, 1);
  a.set<std::int32_t>(1, std::numeric_limits<std::int32_t>::max());
  a.set_null(1);
  EXPECT_EQ(run("int4pl", a, b, {nullptr, 2}).get<std::int32_t>(0), 2);
}

TEST_F(Kernel, OverflowOfAnyRowIsReported) {
  Vector a = column(100, 1), b = column(100, 1);
  a.set<std::int32_t>(77, std::numeric_limits<std::int32_t>::max());
  EXPECT_THROW(run("int4pl", a, b, {nullptr, 100}), SqlError);
  EXPECT_NO_THROW(run("int4pl", a, b, {nullptr, 77}));
  a.set<std::int32_t>(77, std::numeric_limits<std::int32_t>::min());
  EXPECT_THROW(run("int4mi", a, b, {nullptr, 100}), SqlError);
}

}  // namespace
}  // namespace functions
