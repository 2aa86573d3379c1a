#include "types/array.h"

#include <gtest/gtest.h>

#include "types/sql_error.h"

namespace types {
namespace {

class Array : public testing::Test {
 protected:
  Array() {
    ctx_.arena = &arena_;
    ctx_.format = &settings_;
  }
  Datum read(Oid type, std::string_view text) { return type_support(type).input(ctx_, text, -1); }
  std::string write(Oid type, const Datum& value) {
    std::string out;
    type_support(type).output(ctx_, value, out);
    return out;
  }
  std::string again(Oid type, std::string_view text) { return write(type, read(type, text)); }
  std::string error(Oid type, std::string_view text) {
    try {
      read(type, text);
    } catch (const SqlError& e) {
      return e.detail().empty() ? e.message() : e.detail();
    }
    return "no error";
  }

  Arena arena_;
  FormatSettings settings_;
  EvalContext ctx_;
};

TEST_F(Array, ReadsAndWritesText) {
  EXPECT_EQ(again(oid::int4_array, " { 1 , NULL,3 } "), "{1,NULL,3}");
  EXPECT_EQ(again(oid::int4_array, "{}"), "{}");
  EXPECT_EQ(again(oid::int4_array, "{{1,2},{3,4}}"), "{{1,2},{3,4}}");
  EXPECT_EQ(again(oid::int4_array, "[0:1]={5,6}"), "[0:1]={5,6}");
  EXPECT_EQ(again(oid::int4_array, "[2]={5,6}"), "{5,6}");
  EXPECT_EQ(again(oid::text_array, R"({a b, "x,y" ,"NULL","","q\"\\",\ a\ })"),
            R"({"a b","x,y","NULL","","q\"\\"," a "})");
  EXPECT_EQ(again(oid::bool_array, "{t,f,NULL}"), "{t,f,NULL}");
  EXPECT_EQ(again(oid::int2vector, "1 2  3"), "1 2 3");
  EXPECT_EQ(again(oid::oidvector, ""), "");
}

// Recorded from PostgreSQL 15.
TEST_F(Array, ComplainsAsPostgres) {
  EXPECT_EQ(error(oid::int4_array, "{1,2"), "Unexpected end of input.");
  EXPECT_EQ(error(oid::int4_array, "{1,2}x"), "Junk after closing right brace.");
  EXPECT_EQ(error(oid::int4_array, "{1,,2}"), "Unexpected \",\" character.");
  EXPECT_EQ(error(oid::int4_array, "{{1},{2,3}}"),
            "Multidimensional arrays must have sub-arrays with matching dimensions.");
  EXPECT_EQ(error(oid::int4_array, "1,2"),
            "Array value must start with \"{\" or dimension information.");
  EXPECT_EQ(error(oid::int4_array, "[1:2]={1,2,3}"),
            "Specified array dimensions do not match array contents.");
  EXPECT_EQ(error(oid::int4_array, "[2:1]={1,2,3}"), "upper bound cannot be less than lower bound");
  EXPECT_EQ(error(oid::text_array, "{\"a\"b}"), "Unexpected array element.");
  EXPECT_EQ(error(oid::text_array, "{a {b}}"), "Unexpected \"{\" character.");
  EXPECT_EQ(error(oid::text_array, "{{a},b}"), "Unexpected array element.");
  EXPECT_EQ(error(oid::int4_array, "{1,2,}"), "Unexpected \"}\" character.");
  EXPECT_EQ(error(oid::int4_array, "{{1}{2}}"), "Unexpected \"{\" character.");
  EXPECT_EQ(error(oid::int4_array, "{{},{}}"), "Unexpected \"}\" character.");
  EXPECT_EQ(error(oid::text_array, "{{{{{{{1}}}}}}}"),
            "number of array dimensions (7) exceeds the maximum allowed (6)");
}

TEST_F(Array, ViewFindsElements) {
  ArrayView plain(read(oid::int4_array, "{{1,2,3},{4,5,6}}"));
  EXPECT_EQ(plain.size(), 6U);
  EXPECT_EQ(plain.element(4).int32, 5);
  std::int32_t at[] = {2, 1};
  EXPECT_EQ(plain.position(at, 2), 3);
  std::int32_t outside[] = {3, 1};
  EXPECT_EQ(plain.position(outside, 2), -1);
  ArrayView holes(read(oid::text_array, "{a,NULL,ccc}"));
  EXPECT_TRUE(holes.element(1).is_null);
  EXPECT_EQ(holes.element(2).as<std::string_view>(), "ccc");
}

TEST_F(Array, BinaryComesBack) {
  for (auto [type, text] : {std::pair{oid::int4_array, "[0:2]={1,NULL,3}"},
                            {oid::text_array, "{{a,b},{\"\",NULL}}"},
                            {oid::int8_array, "{}"}}) {
    std::string wire;
    type_support(type).send(ctx_, read(type, text), wire);
    Datum value = type_support(type).receive(ctx_, std::as_bytes(std::span(wire)), -1);
    EXPECT_EQ(write(type, value), text);
    EXPECT_THROW(type_support(type).receive(ctx_, std::as_bytes(std::span(wire)).first(wire.size() - 1), -1),
                 SqlError);
  }
}

}  // namespace
}  // namespace types
