#include "rel_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

namespace planner {
namespace {

RelSet make(const std::set<int>& members) {
  RelSet set;
  for (const int member : members) set.add(member);
  return set;
}

std::set<int> members_of(const RelSet& set) {
  std::set<int> members;
  int last = -1;
  set.for_each([&](int member) {
    EXPECT_LT(last, member);
    last = member;
    members.insert(member);
  });
  return members;
}

TEST(RelSet, HasNoLargestMember) {
  RelSet set = RelSet::of(100'000);
  EXPECT_TRUE(set.contains(100'000));
  EXPECT_EQ(set.first(), 100'000);
  EXPECT_EQ(set.size(), 1u);
  set.add(3);
  set.add(2'000'000);
  EXPECT_EQ(members_of(set), (std::set<int>{3, 100'000, 2'000'000}));
  EXPECT_FALSE(set.contains(-1));
  EXPECT_FALSE(set.contains(3'000'000));
}

TEST(RelSet, IsEqualHoweverItWasMade) {
  EXPECT_EQ(RelSet::of(500) - RelSet::of(500), RelSet());
  EXPECT_EQ((RelSet::of(500) | RelSet::of(1)) - RelSet::of(1), RelSet::of(500));
  EXPECT_EQ((RelSet::of(500) | RelSet::of(1)) - RelSet::of(500), RelSet::of(1));
  EXPECT_EQ((RelSet::of(500) | RelSet::of(1)) & RelSet::of(500), RelSet::of(500));
  EXPECT_EQ(RelSet::of(500) & RelSet::of(1), RelSet());
}

// Against sets of the standard library, of members that lie near each other, far away and beyond each other.
TEST(RelSet, IsASet) {
  std::mt19937 random(20261201);
  const auto pick = [&] {
    const int near = std::uniform_int_distribution(0, 63)(random);
    switch (std::uniform_int_distribution(0, 3)(random)) {
      case 0: return near;
      case 1: return 64 + near;
      case 2: return 1000 + near;
      default: return near * 40;
    }
  };
  const auto pick_set = [&] {
    std::set<int> members;
    for (int i = std::uniform_int_distribution(0, 6)(random); i > 0; --i) members.insert(pick());
    return members;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::set<int> a = pick_set(), b = pick_set();
    const RelSet x = make(a), y = make(b);
    ASSERT_EQ(members_of(x), a);
    std::set<int> both, common, without;
    std::ranges::set_union(a, b, std::inserter(both, both.end()));
    std::ranges::set_intersection(a, b, std::inserter(common, common.end()));
    std::ranges::set_difference(a, b, std::inserter(without, without.end()));
    ASSERT_EQ(x | y, make(both));
    ASSERT_EQ(x & y, make(common));
    ASSERT_EQ(x - y, make(without));
    ASSERT_EQ(members_of(x | y), both);
    ASSERT_EQ(members_of(x & y), common);
    ASSERT_EQ(members_of(x - y), without);
    ASSERT_EQ(x.overlaps(y), !common.empty());
    ASSERT_EQ(x.subset_of(y), without.empty());
    ASSERT_EQ(x == y, a == b);
    ASSERT_EQ(x.empty(), a.empty());
    ASSERT_EQ(x.size(), a.size());
    ASSERT_EQ(x.first(), a.empty() ? -1 : *a.begin());
    const int probe = pick();
    ASSERT_EQ(x.contains(probe), a.contains(probe));
  }
}

}  // namespace
}  // namespace planner
