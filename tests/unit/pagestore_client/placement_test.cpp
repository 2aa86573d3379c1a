#include "pagestore/placement.h"

#include <gtest/gtest.h>

#include <vector>

namespace pagestore {
namespace {

using wal::GroupNo;

constexpr NodeIndex kSpreadNodes = 8;
const NodeSet kEight = NodeSet::first(kSpreadNodes);

std::vector<NodeSet> all_subsets() {
  std::vector<NodeSet> subsets;
  for (unsigned bits = 0; bits < 1u << kSpreadNodes; ++bits) {
    NodeSet subset;
    for (NodeIndex node = 0; node < kSpreadNodes; ++node) {
      if ((bits >> node) & 1u) subset.add(node);
    }
    subsets.push_back(subset);
  }
  return subsets;
}

// Zone a: 0, 1, 6; b: 2, 3; c: 4, 5, 7. One set at rest, one in which 7 takes the place of 4.
const Membership kFirst(NodeSet{0, 1, 2, 3, 4, 5});
const Membership kSecond(NodeSet{0, 6, 2, 3, 4, 5}, NodeSet{0, 6, 2, 3, 7, 5});

TEST(Placement, GroupsLieOnTheSetsByTurns) {
  const Placement placement({kFirst, kSecond});
  EXPECT_EQ(placement.of(GroupNo{0}), kFirst);
  EXPECT_EQ(placement.of(GroupNo{1}), kSecond);
  EXPECT_EQ(placement.of(GroupNo{6}), kFirst);
  EXPECT_EQ(placement.all(), kEight);
  EXPECT_TRUE(placement.is_changing());
}

TEST(Placement, TwiceAsManySetsMoveNothing) {
  const Placement placement({kFirst, kSecond}), doubled({kFirst, kSecond, kFirst, kSecond});
  for (std::uint32_t group = 0; group < 9; ++group) {
    EXPECT_EQ(placement.of(GroupNo{group}), doubled.of(GroupNo{group}));
  }
}

TEST(Placement, OneSetIsAMembership) {
  const Placement placement(kSecond);
  for (const NodeSet nodes : all_subsets()) {
    EXPECT_EQ(placement.is_write_quorum(nodes), kSecond.is_write_quorum(nodes));
    EXPECT_EQ(placement.is_read_quorum(nodes), kSecond.is_read_quorum(nodes));
    EXPECT_EQ(placement.blocks_writes(nodes), kSecond.blocks_writes(nodes));
    EXPECT_EQ(placement.blocks_each(nodes), kSecond.blocks_each(nodes));
  }
}

// Whoever seals a timeline shuts every older writer out of every group, also of those that it does not know of.
TEST(Placement, WhatSealsATimelineMeetsEveryWriteOfEveryGroup) {
  const Placement placement({kFirst, kSecond});
  std::size_t quorums = 0;
  for (const NodeSet sealed : all_subsets()) {
    if (!placement.is_write_quorum(sealed)) continue;
    ++quorums;
    EXPECT_TRUE(placement.is_read_quorum(sealed));
    for (const NodeSet written : all_subsets()) {
      for (const Membership& set : placement.sets()) {
        if (!set.is_write_quorum(written)) continue;
        // Two at least: one of them may have lost its files.
        EXPECT_GE((sealed & written & set.before()).size(), 2u);
        EXPECT_FALSE(set.is_write_quorum(written - sealed));
      }
    }
  }
  EXPECT_GT(quorums, 10u);
}

TEST(Placement, TwoWritersNeverSealATimelineBesideEachOther) {
  const Placement before({kFirst, kSecond}), after({kFirst, Membership(kSecond.after())});
  for (const NodeSet a : all_subsets()) {
    for (const NodeSet b : all_subsets()) {
      EXPECT_FALSE(before.is_write_quorum(a) && after.is_write_quorum(b) && (a & b).empty());
    }
  }
}

TEST(Placement, AQuorumOfOneSetIsNoneOfAnother) {
  const Placement placement({kFirst, kSecond});
  const NodeSet nodes{0, 2, 1, 3};
  EXPECT_TRUE(placement.of(GroupNo{0}).is_write_quorum(nodes));
  EXPECT_FALSE(placement.of(GroupNo{1}).is_write_quorum(nodes));
  EXPECT_FALSE(placement.is_write_quorum(nodes));
}

TEST(Placement, LosingAZoneBlocksNoGroup) {
  const Placement placement({kFirst, kSecond});
  for (const NodeSet zone : {NodeSet{0, 1, 6}, NodeSet{2, 3}, NodeSet{4, 5, 7}}) {
    EXPECT_FALSE(placement.blocks_writes(zone));
    EXPECT_FALSE(placement.blocks_each(zone));
  }
  EXPECT_TRUE(placement.blocks_writes({6, 2, 3})) << "of the second set three are gone";
  EXPECT_FALSE(placement.of(GroupNo{0}).blocks_writes({6, 2, 3})) << "the groups of the first do not mind";
}

TEST(Placement, ANodeHoldsTheGroupsOfItsSets) {
  const HeldSets held{3, 0b101};
  EXPECT_TRUE(held.holds(GroupNo{0}));
  EXPECT_FALSE(held.holds(GroupNo{1}));
  EXPECT_TRUE(held.holds(GroupNo{5}));
  EXPECT_TRUE(HeldSets{}.holds(GroupNo{7})) << "with one set everything";
}

}  // namespace
}  // namespace pagestore
