// Paths and plain values as keys: no row that satisfies a condition may be missed.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "inverted/extract.h"
#include "inverted/placement.h"
#include "inverted/search.h"
#include "types/oid.h"
#include "types/type_io.h"

namespace inverted {
namespace {

using types::Datum;

constexpr int kAbove = 10, kBelow = 11, kMatches = 12;

bool in_ranges(KeyRanges& ranges, std::string_view key) {
  std::string lower, upper;
  for (std::string from; ranges.next(from, lower, upper); from = upper)
    if (key >= lower && key < upper) return true;
  return false;
}

bool finds(const Search& search, std::string_view key) {
  switch (search.kind) {
    case Search::Kind::everything: return true;
    case Search::Kind::ranges: return in_ranges(*search.ranges, key);
    default: return false;
  }
}

// Of up to four labels, some of them long enough to be cut.
std::string random_path(std::mt19937& random) {
  const std::vector<std::string> labels = {"a", "ab", "b", "A", "0", "_", std::string(90, 'x'), std::string(255, 'y')};
  std::string path;
  for (std::size_t i = random() % 5; i > 0; --i) {
    if (!path.empty()) path += '.';
    path += labels[random() % labels.size()];
  }
  return path;
}

bool is_above(const std::string& above, const std::string& path) {
  return path.starts_with(above) && (above.empty() || path.size() == above.size() || path[above.size()] == '.');
}

TEST(SearchOfPaths, FindsWhatLiesAboveAndBelow) {
  std::mt19937 random(7);
  const PlacedColumn column{Source::path, &types::type_support(types::oid::text)};
  for (int i = 0; i < 20000; ++i) {
    const std::string path = random_path(random), asked = random_path(random);
    const Datum value = Datum::of(std::string_view(path)), query = Datum::of(std::string_view(asked));
    KeySet keys;
    place({&column, 1}, {&value, 1}, keys);
    ASSERT_EQ(keys.size(), 1U);
    const auto found = [&](int strategy) {
      const PlacedCondition condition{0, strategy, query};
      return finds(placed_search({&column, 1}, {&condition, 1}), keys[0]);
    };
    const bool is_cut = path.size() >= kMaxOrderedSize || asked.size() >= kMaxOrderedSize;
    if (is_cut) {
      EXPECT_TRUE(found(kBelow) || !is_above(asked, path)) << path << " " << asked;
      EXPECT_TRUE(found(kAbove) || !is_above(path, asked)) << path << " " << asked;
    } else {
      EXPECT_EQ(found(kBelow), is_above(asked, path)) << path << " " << asked;
      EXPECT_EQ(found(kAbove), is_above(path, asked)) << path << " " << asked;
    }
  }
}

TEST(SearchOfPaths, BeginsWithTheFixedLabelsOfAPattern) {
  const PlacedColumn column{Source::path, &types::type_support(types::oid::text)};
  const auto found = [&](std::string_view path, std::string_view pattern) {
    const Datum value = Datum::of(path);
    KeySet keys;
    place({&column, 1}, {&value, 1}, keys);
    const PlacedCondition condition{0, kMatches, Datum::of(pattern)};
    return finds(placed_search({&column, 1}, {&condition, 1}), keys[0]);
  };
  EXPECT_TRUE(found("a.b.c", "a.b.*"));
  EXPECT_FALSE(found("a.bc", "a.b.*"));
  EXPECT_FALSE(found("b", "a.b.*"));
  EXPECT_TRUE(found("b", "*.a"));
  EXPECT_TRUE(found("b", "a|b"));
  EXPECT_TRUE(found("A.x", "a@.x"));
}

TEST(SearchOfValues, FollowsTheOrder) {
  const types::TypeSupport& integer = types::type_support(types::oid::int4);
  types::Arena arena;
  for (std::int32_t value = -3; value <= 3; ++value)
    for (std::int32_t asked = -3; asked <= 3; ++asked) {
      KeySet keys;
      extract(Source::value, &integer, 2, Datum::of(value), arena, keys);
      ASSERT_EQ(keys.size(), 1U);
      const auto found = [&](int strategy) {
        return finds(search_for(Source::value, &integer, 2, strategy, Datum::of(asked)), keys[0]);
      };
      EXPECT_TRUE(found(1) || value >= asked);
      EXPECT_EQ(found(2), value <= asked);
      EXPECT_EQ(found(3), value == asked);
      EXPECT_EQ(found(4), value >= asked);
      EXPECT_TRUE(found(5) || value <= asked);
    }
}

}  // namespace
}  // namespace inverted
