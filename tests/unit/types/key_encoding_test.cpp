// Keys order as values do, for every type that has keys.
#include "types/key_encoding.h"

#include <gtest/gtest.h>

#include "types/type_io.h"

namespace types {
namespace {

struct Ordered {
  Oid type;
  std::vector<std::string_view> ascending;  // neighbours differ
};

class KeyOrder : public testing::TestWithParam<Ordered> {};

TEST_P(KeyOrder, FollowsCompare) {
  Arena arena;
  FormatSettings settings;
  EvalContext ctx{.arena = &arena, .format = &settings};
  const TypeSupport& type = type_support(GetParam().type);
  std::vector<Datum> values;
  std::vector<std::string> keys;
  for (auto text : GetParam().ascending) {
    values.push_back(type.input(ctx, text, -1));
    type.encode_key(values.back(), keys.emplace_back());
  }
  auto sign = [](int x) { return x < 0 ? -1 : x > 0; };
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < keys.size(); ++j) {
      int expected = i < j ? -1 : i > j;
      EXPECT_EQ(sign(type.compare(values[i], values[j])), expected)
          << GetParam().ascending[i] << " against " << GetParam().ascending[j];
      EXPECT_EQ(sign(keys[i].compare(keys[j])), expected)
          << "keys of " << GetParam().ascending[i] << " and " << GetParam().ascending[j];
      EXPECT_TRUE(i == j || !keys[i].starts_with(keys[j])) << "a key is a prefix of another";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Types, KeyOrder,
    testing::Values(
        Ordered{oid::bool_, {"f", "t"}}, Ordered{oid::int2, {"-32768", "-1", "0", "1", "32767"}},
        Ordered{oid::int4, {"-2147483648", "-256", "-1", "0", "1", "255", "256", "2147483647"}},
        Ordered{oid::int8, {"-9223372036854775808", "-1", "0", "4294967296", "9223372036854775807"}},
        Ordered{oid::oid_, {"0", "1", "2147483648", "4294967295"}},
        Ordered{oid::char_, {"", "a", "é"}},
        Ordered{oid::float8,
                {"-Infinity", "-1e308", "-1", "-1e-308", "0", "5e-324", "1", "1e308", "Infinity", "NaN"}},
        Ordered{oid::float4, {"-Infinity", "-1.5", "0", "1e-30", "2", "Infinity", "NaN"}},
        Ordered{oid::text, {"", "A", "a", "aa", "ab", "b", "é"}},
        Ordered{oid::bpchar, {"", "a", "a b", "b"}},
        Ordered{oid::numeric,
                {"-Infinity", "-1e40", "-123456789012345678901", "-12.5", "-12.49", "-12", "-1", "-0.1", "-0.01",
                 "-1e-30", "0.00", "1e-30", "0.01", "0.1", "1.000", "1.01", "2", "10", "12", "12.5", "100",
                 "99999999999999999999", "1e40", "Infinity", "NaN"}},
        Ordered{oid::date, {"-infinity", "4714-11-24 BC", "1999-12-31", "2000-01-01", "5874897-12-31", "infinity"}},
        Ordered{oid::timestamp, {"-infinity", "0044-03-15 BC", "1999-12-31", "2000-01-01 00:00:01", "infinity"}},
        Ordered{oid::time, {"00:00", "00:00:00.000001", "24:00"}},
        Ordered{oid::timetz, {"12:00+05", "12:00+01", "12:00-01"}},
        Ordered{oid::interval, {"-1 year", "-1 day", "-1 second", "0", "1 hour", "1 day", "29 days", "1 month", "1 year"}},
        Ordered{oid::uuid, {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-0000000000ff",
                            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
        Ordered{oid::int4_array, {"{}", "{1}", "{1,1}", "{1,2}", "{{1,2}}", "[0:1]={1,3}", "{1,3}", "{2}", "{NULL}"}},
        Ordered{oid::text_array, {"{\"\"}", "{a}", "{a,b}", "{aa}", "{b}"}},
        Ordered{oid::oidvector, {"", "5", "7", "1 2"}},
        Ordered{oid::bytea, {"", "\\x00", "\\x0000", "\\x0001", "\\x01", "\\xff", "\\xff00"}}));

}  // namespace
}  // namespace types
