#include "functions/set_function.h"

#include <gtest/gtest.h>

#include "call.h"
#include "types/sql_error.h"

namespace functions::test {
namespace {

using namespace types;

class SetFunction : public testing::Test {
 protected:
  // Every row as text, in batches of `capacity`.
  std::vector<std::string> run(std::string_view name, std::vector<std::pair<Oid, std::optional<std::string>>> arguments,
                               Oid result, std::uint32_t capacity = 3, std::size_t columns = 1) {
    SetFunctionStart start = find_set_function(name);
    EXPECT_NE(start, nullptr) << name;
    std::vector<Datum> values;
    std::vector<TypeRef> refs;
    for (const auto& [type, text] : arguments) {
      values.push_back(text ? caller_.read(type, *text) : Datum::null());
      refs.push_back({.oid = type});
    }
    FunctionCall call{.result = {.oid = result}, .arguments = refs, .columns = {}};
    auto running = start(caller_.ctx, call, values);
    std::vector<std::string> rows;
    for (;;) {
      std::vector<Vector> out;
      for (std::size_t i = 0; i < columns; ++i)
        out.push_back(Vector::allocate(*caller_.ctx.arena, type_support(result).physical, capacity));
      std::uint32_t n = running->next(caller_.ctx, out, capacity);
      if (n == 0) return rows;
      for (std::uint32_t i = 0; i < n; ++i) {
        std::string row;
        for (std::size_t c = 0; c < columns; ++c)
          row += (c > 0 ? "|" : "") + (out[c].is_null(i) ? "NULL" : caller_.write(result, out[c].datum(i)));
        rows.push_back(row);
      }
    }
  }

  Caller caller_;
};

using Rows = std::vector<std::string>;

TEST_F(SetFunction, SeriesOfIntegers) {
  EXPECT_EQ(run("generate_series_int4", {{oid::int4, "1"}, {oid::int4, "4"}}, oid::int4), (Rows{"1", "2", "3", "4"}));
  EXPECT_EQ(run("generate_series_step_int8", {{oid::int8, "5"}, {oid::int8, "1"}, {oid::int8, "-2"}}, oid::int8),
            (Rows{"5", "3", "1"}));
  EXPECT_EQ(run("generate_series_int4", {{oid::int4, "2"}, {oid::int4, "1"}}, oid::int4), Rows{});
  EXPECT_EQ(run("generate_series_int4", {{oid::int4, std::nullopt}, {oid::int4, "1"}}, oid::int4), Rows{});
  // The end of the type's range ends the series.
  EXPECT_EQ(run("generate_series_step_int4", {{oid::int4, "2147483646"}, {oid::int4, "2147483647"}, {oid::int4, "3"}}, oid::int4),
            (Rows{"2147483646"}));
  EXPECT_THROW(run("generate_series_step_int4", {{oid::int4, "1"}, {oid::int4, "2"}, {oid::int4, "0"}}, oid::int4), SqlError);
}

TEST_F(SetFunction, SeriesOfNumericsAndTimes) {
  EXPECT_EQ(run("generate_series_step_numeric", {{oid::numeric, "1.1"}, {oid::numeric, "4.0"}, {oid::numeric, "1.3"}}, oid::numeric),
            (Rows{"1.1", "2.4", "3.7"}));
  EXPECT_EQ(run("generate_series_timestamp",
                {{oid::timestamp, "2000-01-31"}, {oid::timestamp, "2000-04-01"}, {oid::interval, "1 month"}}, oid::timestamp),
            (Rows{"2000-01-31 00:00:00", "2000-02-29 00:00:00", "2000-03-29 00:00:00"}));
}

TEST_F(SetFunction, Unnest) {
  EXPECT_EQ(run("array_unnest", {{oid::text_array, "{a,NULL,b,c}"}}, oid::text),
            (Rows{"a", "NULL", "b", "c"}));
  EXPECT_EQ(run("array_unnest", {{oid::int4_array, "{{1,2},{3,4}}"}}, oid::int4), (Rows{"1", "2", "3", "4"}));
  EXPECT_EQ(run("array_unnest", {{oid::int4_array, "{}"}}, oid::int4), Rows{});
  EXPECT_EQ(run("generate_subscripts", {{oid::int4_array, "[2:4]={1,2,3}"}, {oid::int4, "1"}, {oid::bool_, "t"}}, oid::int4),
            (Rows{"4", "3", "2"}));
}

TEST_F(SetFunction, RegularExpressions) {
  EXPECT_EQ(run("regexp_split_to_table_no_flags", {{oid::text, "a1b22c"}, {oid::text, "[0-9]+"}}, oid::text), (Rows{"a", "b", "c"}));
  EXPECT_EQ(run("regexp_matches", {{oid::text, "a1b2"}, {oid::text, "([a-z])([0-9])"}, {oid::text, "g"}}, oid::text_array),
            (Rows{"{a,1}", "{b,2}"}));
  EXPECT_EQ(run("text_to_table_null", {{oid::text, "a,b,c"}, {oid::text, ","}, {oid::text, "b"}}, oid::text), (Rows{"a", "NULL", "c"}));
}

TEST_F(SetFunction, Json) {
  EXPECT_EQ(run("jsonb_array_elements", {{oid::jsonb, R"([1,{"a":2},null])"}}, oid::jsonb), (Rows{"1", R"({"a": 2})", "null"}));
  EXPECT_EQ(run("json_each_text", {{oid::json, R"({"a":"x","b":null})"}}, oid::text, 3, 2), (Rows{"a|x", "b|NULL"}));
  EXPECT_EQ(run("jsonb_object_keys", {{oid::jsonb, R"({"bb":1,"c":2})"}}, oid::text), (Rows{"c", "bb"}));
  EXPECT_THROW(run("jsonb_array_elements", {{oid::jsonb, "{}"}}, oid::jsonb), SqlError);
}

TEST_F(SetFunction, UnknownOnesAreNull) { EXPECT_EQ(find_set_function("no_such_function"), nullptr); }

}  // namespace
}  // namespace functions::test
