// What conditions ask for. No row that satisfies a condition may be missed.
#include "inverted/search.h"

#include <algorithm>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "inverted/extract.h"
#include "types/array.h"
#include "types/json.h"
#include "types/jsonpath.h"
#include "types/oid.h"
#include "types/text_search.h"

namespace inverted {
namespace {

using types::Datum;
using Kind = Search::Kind;

// Whether a row with these keys is among what the search finds.
bool finds(const Search& search, const KeySet& keys) {
  const auto any = [&](auto test) {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (test(keys[i])) return true;
    return false;
  };
  switch (search.kind) {
    case Kind::everything: return true;
    case Kind::nothing: return false;
    case Kind::key: return any([&](std::string_view key) { return key == search.key; });
    case Kind::prefix: return any([&](std::string_view key) { return key.starts_with(search.key); });
    case Kind::ranges: ADD_FAILURE() << "arrays have no ranges of keys"; return false;
    case Kind::all_of:
      return std::all_of(search.parts.begin(), search.parts.end(), [&](const Search& s) { return finds(s, keys); });
    case Kind::any_of:
      return std::any_of(search.parts.begin(), search.parts.end(), [&](const Search& s) { return finds(s, keys); });
  }
  return false;
}

Datum ints(types::Arena& arena, const std::vector<int>& values, bool with_null = false) {
  types::ArrayBuilder builder(types::oid::int4);
  for (const int value : values) builder.add(Datum::of(std::int32_t{value}));
  if (with_null) builder.add(Datum::null());
  return builder.finish(arena);
}

Search of_ints(int strategy, const std::vector<int>& values, bool with_null = false) {
  types::Arena arena;
  return search_for(Source::array, &types::type_support(types::oid::int4), 0, strategy, ints(arena, values, with_null));
}

TEST(SearchOfArrays, IsSimplified) {
  EXPECT_EQ(of_ints(kArrayContains, {}).kind, Kind::everything);
  EXPECT_EQ(of_ints(kArrayContains, {1}).kind, Kind::key);
  EXPECT_EQ(of_ints(kArrayContains, {1, 1}).kind, Kind::key);
  EXPECT_EQ(of_ints(kArrayContains, {1, 2}).kind, Kind::all_of);
  EXPECT_EQ(of_ints(kArrayContains, {1}, true).kind, Kind::nothing) << "no element equals null";
  EXPECT_EQ(of_ints(kArrayOverlaps, {}).kind, Kind::nothing);
  EXPECT_EQ(of_ints(kArrayOverlaps, {}, true).kind, Kind::nothing);
  EXPECT_EQ(of_ints(kArrayOverlaps, {1, 2}).kind, Kind::any_of);
  EXPECT_EQ(of_ints(kArrayContained, {}).kind, Kind::key) << "the empty array alone";
  EXPECT_EQ(of_ints(kArrayContained, {1}).kind, Kind::any_of);
  EXPECT_EQ(of_ints(kArrayEqual, {}).kind, Kind::key);
  EXPECT_EQ(of_ints(kArrayEqual, {1}, true).kind, Kind::all_of) << "nulls are equal there";
}

TEST(SearchOfArrays, MissesNothing) {
  std::mt19937 random(3);
  types::Arena arena;
  const auto some = [&] {
    std::vector<int> values(random() % 5);
    for (int& value : values) value = static_cast<int>(random() % 6);
    return values;
  };
  for (int i = 0; i < 20000; ++i) {
    arena.reset();
    const std::vector<int> row = some(), query = some();
    KeySet keys;
    extract(Source::array, &types::type_support(types::oid::int4), 0, ints(arena, row), arena, keys);
    keys.sort();
    const auto has = [](const std::vector<int>& values, int value) {
      return std::find(values.begin(), values.end(), value) != values.end();
    };
    const bool contains = std::all_of(query.begin(), query.end(), [&](int v) { return has(row, v); });
    const bool contained = std::all_of(row.begin(), row.end(), [&](int v) { return has(query, v); });
    const bool overlaps = std::any_of(query.begin(), query.end(), [&](int v) { return has(row, v); });
    EXPECT_EQ(finds(of_ints(kArrayContains, query), keys), contains);
    EXPECT_EQ(finds(of_ints(kArrayOverlaps, query), keys), overlaps);
    EXPECT_TRUE(!contained || finds(of_ints(kArrayContained, query), keys));
    EXPECT_TRUE(row != query || finds(of_ints(kArrayEqual, query), keys));
  }
}

Search of_text(std::string_view query) {
  types::Arena arena;
  const auto tree = types::parse_tsquery(arena, query);
  return search_for(Source::tsvector, nullptr, 0, kTextMatch, Datum::of(types::make_tsquery(arena, tree.get())));
}

TEST(SearchOfTexts, IsSimplified) {
  EXPECT_EQ(of_text("a").kind, Kind::key);
  EXPECT_EQ(of_text("!a").kind, Kind::everything);
  EXPECT_EQ(of_text("a & !b").kind, Kind::key);
  EXPECT_EQ(of_text("a | !b").kind, Kind::everything);
  EXPECT_EQ(of_text("a <-> b").kind, Kind::all_of);
  EXPECT_EQ(of_text("a:A").kind, Kind::key) << "weights are looked at in the row";
  EXPECT_EQ(of_text("a:*").kind, Kind::any_of) << "short lexemes and long ones";
  types::Arena arena;
  EXPECT_EQ(search_for(Source::tsvector, nullptr, 0, kTextMatch, Datum::of(types::make_tsquery(arena, nullptr))).kind,
            Kind::nothing);
}

TEST(SearchOfTexts, MissesNothing) {
  std::mt19937 random(5);
  types::Arena arena;
  const auto word = [&] {
    std::string text(1 + random() % 2, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    // Some that are cut.
    if (random() % 4 == 0) text += std::string(245 + random() % 10, 'x');
    return text;
  };
  const std::function<std::string(int)> query = [&](int depth) -> std::string {
    switch (depth == 0 ? 0 : random() % 5) {
      case 1: return "!(" + query(depth - 1) + ")";
      case 2: return "(" + query(depth - 1) + " & " + query(depth - 1) + ")";
      case 3: return "(" + query(depth - 1) + " | " + query(depth - 1) + ")";
      case 4: return "(" + query(depth - 1) + " <-> " + query(depth - 1) + ")";
      default: {
        static constexpr const char* kSuffixes[] = {"", ":*", ":A", ":*B"};
        return word() + kSuffixes[random() % 4];
      }
    }
  };
  int matched = 0, excluded = 0;
  for (int i = 0; i < 20000; ++i) {
    arena.reset();
    std::string text;
    for (auto w = random() % 6; w > 0; --w)
      text += word() + ":" + std::to_string(1 + random() % 5) + (random() % 2 == 0 ? "A " : " ");
    const std::string asked = query(3);
    types::TsVector vector = types::parse_tsvector(arena, text);
    const std::string_view stored = types::make_tsvector(arena, vector);
    KeySet keys;
    extract(Source::tsvector, nullptr, 0, Datum::of(stored), arena, keys);
    const bool found = finds(of_text(asked), keys);
    const bool matches = types::ts_match(types::read_tsvector(stored), types::parse_tsquery(arena, asked).get());
    ASSERT_TRUE(!matches || found) << text << " @@ " << asked;
    matched += matches;
    excluded += !found;
  }
  EXPECT_GT(matched, 1000);
  EXPECT_GT(excluded, 1000) << "and something is left out";
}

Search of_json(Source source, int strategy, std::string_view query) {
  types::Arena arena;
  return search_for(source, nullptr, 0, strategy,
                    Datum::of(strategy == kJsonbContains ? types::to_jsonb(arena, query) : query));
}

TEST(SearchOfJson, FollowsPathsAsFarAsKeysTell) {
  for (const Source source : {Source::jsonb, Source::jsonb_path}) {
    EXPECT_EQ(of_json(source, kJsonbContains, "{}").kind, Kind::everything);
    for (const char* everything :
         {"$", "$.a == 1", "$ ? (@.a < 1)", "$.* ? (!(@ == 1))", "$ ? ((@.a == 1) is unknown)", "1", "$ ? (@.a starts with \"b\")"})
      EXPECT_EQ(of_json(source, kJsonbPathExists, everything).kind, Kind::everything) << everything;
    for (const char* everything : {"$.a", "$.a > 1", "!($.a == 1)", "$.a == 1 || $.b > 1", "$.a.size() + 1 == 1"})
      EXPECT_EQ(of_json(source, kJsonbPathMatch, everything).kind, Kind::everything) << everything;
  }
  EXPECT_EQ(of_json(Source::jsonb, kJsonbPathExists, "$.a.b").kind, Kind::all_of);
  EXPECT_EQ(of_json(Source::jsonb_path, kJsonbPathExists, "$.a.b").kind, Kind::everything);
  EXPECT_EQ(of_json(Source::jsonb, kJsonbPathExists, "$.a ? (@ == 1)").kind, Kind::all_of);
  EXPECT_EQ(of_json(Source::jsonb_path, kJsonbPathExists, "$.a ? (@ == 1)").kind, Kind::key);
  EXPECT_EQ(of_json(Source::jsonb_path, kJsonbPathExists, "$.* ? (@ == 1)").kind, Kind::everything);
  EXPECT_EQ(of_json(Source::jsonb, kJsonbPathExists, "$.* ? (@ == 1)").kind, Kind::key);
  EXPECT_EQ(of_json(Source::jsonb_path, kJsonbPathMatch, "$.a == 1 || \"x\" == $.b[*].c").kind, Kind::any_of);
  EXPECT_EQ(of_json(Source::jsonb_path, kJsonbPathMatch, "exists($.a ? (@ == 1 && @.b == null))").kind, Kind::all_of);
}

TEST(SearchOfJson, FindsWhatTheRowHas) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"a": 1})", R"($.a ? (@ == 1.0))"},
      {R"([{"a": [1, 2]}])", R"($.a ? (@ == 2))"},
      {R"({"a": ["x"]})", R"($.a ? (@ == "x"))"},
      {R"({"a": "x"})", R"($.a ? (@ == "x"))"},
      {R"("x")", R"($ ? (@ == "x"))"},
      {R"({"a": {"b": null}})", R"($.a.b ? (@ == null))"},
      {R"({"a": {"b": true}})", R"($.a ? (exists(@.b ? (@ == true))))"},
      {R"({"a": [[{"b": "deep"}]]})", R"($.a[*][0].b ? (@ == "deep"))"},
  };
  for (const auto& [document, path] : cases)
    for (const Source source : {Source::jsonb, Source::jsonb_path}) {
      types::Arena arena;
      KeySet keys;
      extract(source, nullptr, 0, Datum::of(types::to_jsonb(arena, document)), arena, keys);
      EXPECT_TRUE(finds(of_json(source, kJsonbPathExists, path), keys)) << document << " @? " << path;
      KeySet others;
      extract(source, nullptr, 0, Datum::of(types::to_jsonb(arena, R"({"c": 7})")), arena, others);
      EXPECT_FALSE(finds(of_json(source, kJsonbPathExists, path), others)) << path;
    }
}

}  // namespace
}  // namespace inverted
