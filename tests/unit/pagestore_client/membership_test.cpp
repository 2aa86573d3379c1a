#include "pagestore/membership.h"

#include <gtest/gtest.h>

namespace pagestore {
namespace {

constexpr std::size_t kNodes = 8;  // six, the one that comes, and one that is never a member

NodeSet subset(unsigned bits) {
  NodeSet set;
  for (NodeIndex node = 0; node < kNodes; ++node) {
    if (bits >> node & 1) set.add(node);
  }
  return set;
}

const Membership kBefore(NodeSet{0, 1, 2, 3, 4, 5});
const Membership kBetween(NodeSet{0, 1, 2, 3, 4, 5}, NodeSet{0, 1, 2, 3, 4, 6});
const Membership kAfter(NodeSet{0, 1, 2, 3, 4, 6});

// Every set of nodes that a writer may have written to, against every set that may be asked.
template <typename Check>
void for_all_pairs(Check check) {
  for (unsigned a = 0; a < 1u << kNodes; ++a) {
    for (unsigned b = 0; b < 1u << kNodes; ++b) check(subset(a), subset(b));
  }
}

TEST(Membership, WhatOneStepWritesTheStepBesideItFinds) {
  for (const auto& [written_by, read_by] :
       {std::pair(kBefore, kBefore), std::pair(kBefore, kBetween), std::pair(kBetween, kBefore),
        std::pair(kBetween, kBetween), std::pair(kBetween, kAfter), std::pair(kAfter, kBetween),
        std::pair(kAfter, kAfter)}) {
    for_all_pairs([&](NodeSet written, NodeSet asked) {
      if (written_by.is_write_quorum(written) && read_by.is_read_quorum(asked)) {
        EXPECT_FALSE((written & asked).empty());
      }
    });
  }
}

TEST(Membership, AStepMayBeTakenOnlyWhenTheNewNodeHasWhatTheOldOneHad) {
  bool meets_always = true;
  for_all_pairs([&](NodeSet written, NodeSet asked) {
    // One that writes by the first step and one that asks by the last: they may miss each other
    // but for the copying in between.
    if (kBefore.is_write_quorum(written) && kAfter.is_read_quorum(asked)) {
      meets_always = meets_always && !(written & asked).empty();
      if (asked.contains(6)) return;
      EXPECT_FALSE((written & asked).empty()) << "without the new node they meet";
    }
  });
  EXPECT_FALSE(meets_always);
}

TEST(Membership, TwoWritersNeverHaveAWriteQuorumEach) {
  for (const auto& [one, other] : {std::pair(kBefore, kBefore), std::pair(kBefore, kBetween),
                                   std::pair(kBetween, kAfter), std::pair(kAfter, kAfter)}) {
    for_all_pairs([&](NodeSet a, NodeSet b) {
      EXPECT_FALSE(one.is_write_quorum(a) && other.is_write_quorum(b) && (a & b).empty());
    });
  }
}

TEST(Membership, StaysWritableAfterLosingOneZoneAtEveryStep) {
  for (const NodeSet zone : {NodeSet{0, 1}, NodeSet{2, 3}, NodeSet{4, 5, 6}}) {
    for (const Membership& step : {kBefore, kBetween, kAfter}) {
      EXPECT_FALSE(step.blocks_writes(zone));
      EXPECT_TRUE(step.is_write_quorum(step.all() - zone));
    }
  }
}

TEST(Membership, NodesThatAreNoMembersCountForNothing) {
  EXPECT_FALSE(kBefore.is_write_quorum({0, 1, 2, 6, 7}));
  EXPECT_FALSE(kBetween.is_write_quorum({0, 1, 2, 5, 7}));
  EXPECT_TRUE(kBetween.is_write_quorum({0, 1, 2, 5, 6}));
  EXPECT_FALSE(kBefore.blocks_writes({0, 1, 6, 7}));
  EXPECT_TRUE(kBetween.blocks_writes({0, 1, 6}));
  EXPECT_FALSE(kBetween.blocks_each({0, 1, 6})) << "the old six can still write";
}

}  // namespace
}  // namespace pagestore
