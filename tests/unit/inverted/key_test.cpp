// Keys of values: bounded, none the beginning of another, each once.
#include <gtest/gtest.h>

#include "inverted/extract.h"
#include "inverted/stored_hash.h"
#include "types/array.h"
#include "types/json.h"
#include "types/oid.h"
#include "types/text_search.h"

namespace inverted {
namespace {

using types::Datum;

KeySet keys_of_json(Source source, std::string_view text) {
  types::Arena arena;
  KeySet keys;
  extract(source, nullptr, 0, Datum::of(types::to_jsonb(arena, text)), arena, keys);
  keys.sort();
  return keys;
}

KeySet keys_of_texts(const std::vector<std::string>& elements, std::uint8_t column = 0) {
  types::Arena arena;
  types::ArrayBuilder builder(types::oid::text);
  for (const std::string& element : elements) builder.add(Datum::of(std::string_view(element)));
  KeySet keys;
  extract(Source::array, &types::type_support(types::oid::text), column, builder.finish(arena), arena, keys);
  keys.sort();
  return keys;
}

TEST(Keys, AreBoundedAndTellLongValuesApart) {
  const std::string a(5000, 'a');
  const KeySet keys = keys_of_texts({a, a + "b", "a", std::string(250, 'a'), std::string(251, 'a'), std::string(252, 'a')});
  ASSERT_EQ(keys.size(), 6u);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_LE(keys[i].size(), kMaxKeySize);
    for (std::size_t j = 0; j < keys.size(); ++j)
      EXPECT_TRUE(i == j || !keys[i].starts_with(keys[j])) << i << " begins with " << j;
  }
}

TEST(Keys, OfColumnsLieApart) {
  EXPECT_EQ(keys_of_texts({"a"}, 0)[0].substr(1), keys_of_texts({"a"}, 1)[0].substr(1));
  EXPECT_LT(keys_of_texts({"z"}, 0)[0], keys_of_texts({"a"}, 1)[0]);
}

TEST(Keys, OfAnArrayAreItsElementsAndWhetherItIsEmpty) {
  EXPECT_EQ(keys_of_texts({"a", "b", "a"}).size(), 2u);
  EXPECT_EQ(keys_of_texts({}).size(), 1u);
  types::Arena arena;
  types::ArrayBuilder builder(types::oid::int4);
  builder.add(Datum::null());
  builder.add(Datum::of(std::int32_t{1}));
  builder.add(Datum::null());
  KeySet keys;
  extract(Source::array, &types::type_support(types::oid::int4), 0, builder.finish(arena), arena, keys);
  keys.sort();
  EXPECT_EQ(keys.size(), 2u) << "null, and 1";
}

TEST(Keys, OfNullAreNone) {
  types::Arena arena;
  KeySet keys;
  for (const Source source : {Source::array, Source::jsonb, Source::jsonb_path, Source::tsvector})
    extract(source, nullptr, 0, Datum::null(), arena, keys);
  EXPECT_TRUE(keys.empty());
}

TEST(Keys, OfEqualNumbersAreEqual) {
  for (const Source source : {Source::jsonb, Source::jsonb_path}) {
    EXPECT_EQ(keys_of_json(source, "[1, 2.50]"), keys_of_json(source, "[1.00, 25e-1]"));
    EXPECT_NE(keys_of_json(source, "1"), keys_of_json(source, "\"1\""));
    EXPECT_NE(keys_of_json(source, "null"), keys_of_json(source, "\"null\""));
  }
}

TEST(Keys, OfJsonHoldTheWayOrNot) {
  EXPECT_EQ(keys_of_json(Source::jsonb, R"({"a": {"b": 1}})").size(), 3u);
  EXPECT_EQ(keys_of_json(Source::jsonb_path, R"({"a": {"b": 1}})").size(), 1u);
  EXPECT_EQ(keys_of_json(Source::jsonb, R"({"a": {"b": 1}})"), keys_of_json(Source::jsonb, R"({"b": {"a": 1}})"));
  EXPECT_NE(keys_of_json(Source::jsonb_path, R"({"a": {"b": 1}})"), keys_of_json(Source::jsonb_path, R"({"b": {"a": 1}})"));
  EXPECT_EQ(keys_of_json(Source::jsonb_path, R"({"a": [1]})"), keys_of_json(Source::jsonb_path, R"({"a": 1})"));
  EXPECT_TRUE(keys_of_json(Source::jsonb_path, R"({"a": [], "b": {}})").empty());
}

TEST(Keys, OfATextAreItsLexemes) {
  types::Arena arena;
  KeySet keys;
  const auto vector = types::make_tsvector(arena, types::parse_tsvector(arena, "b:2A a:1,3 long:4"));
  extract(Source::tsvector, nullptr, 0, Datum::of(vector), arena, keys);
  EXPECT_EQ(keys.size(), 3u);
}

// A tree that was written before would not be read.
TEST(Keys, StayWhatTheyWere) {
  EXPECT_NE(stored_hash("a"), stored_hash("b"));
  EXPECT_NE(stored_hash("a", 1), stored_hash("a", 2));
  EXPECT_EQ(stored_hash(""), 0xefd01f60ba992926ULL);
  EXPECT_EQ(stored_hash("a"), 0x82a2a958a9bece5bULL);
}

}  // namespace
}  // namespace inverted
