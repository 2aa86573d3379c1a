#include "pagestore/membership.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

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

// Tails are 1, 3 and 5; one of them, or one that is full, is replaced by another of its zone, which may be the other kind.
std::vector<std::array<Membership, 3>> replacements_with_tails() {
  std::vector<std::array<Membership, 3>> all;
  const NodeSet six{0, 1, 2, 3, 4, 5};
  for (const auto& [leaver, is_full] : {std::pair<NodeIndex, bool>(5, false), {5, true}, {4, true}}) {
    NodeSet full{0, 2, 4};
    if (is_full) full.add(6);
    NodeSet after = six;
    after.remove(leaver);
    after.add(6);
    all.push_back({Membership(six, six, full), Membership(six, after, full), Membership(after, after, full)});
  }
  return all;
}

TEST(Membership, WithTailsTheFullOnesAreAWriteQuorum) {
  const Membership six = replacements_with_tails()[0][0];
  EXPECT_TRUE(six.is_write_quorum({0, 2, 4}));
  EXPECT_FALSE(six.is_write_quorum({1, 3, 5}));
  EXPECT_TRUE(six.is_write_quorum({1, 3, 4, 5}));
  EXPECT_FALSE(six.is_write_quorum({0, 1, 2}));
  EXPECT_TRUE(six.is_read_quorum({0, 1, 2})) << "a zone and one more are lost";
  EXPECT_FALSE(six.is_read_quorum({1, 3, 5}));
  EXPECT_FALSE(six.blocks_writes({1, 3, 5}));
  EXPECT_FALSE(six.blocks_each({1, 3, 5}));
  EXPECT_TRUE(six.blocks_writes({0, 1, 3}));
  EXPECT_FALSE(Membership().is_write_quorum({0, 2, 4})) << "all are full";
  EXPECT_FALSE(Membership(NodeSet::first(6), NodeSet::first(6), {0, 2}).is_write_quorum({0, 2}));
}

TEST(Membership, WithTailsEveryStepMeetsTheStepBesideIt) {
  for (const auto& steps : replacements_with_tails()) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      for (std::size_t j = i == 0 ? 0 : i - 1; j <= i + 1 && j < steps.size(); ++j) {
        for_all_pairs([&](NodeSet a, NodeSet b) {
          if (!steps[i].is_write_quorum(a)) return;
          if (!steps[j].is_read_quorum(b) && !steps[j].is_write_quorum(b)) return;
          EXPECT_FALSE((a & b).empty());
          if (!steps[j].is_sure_read_quorum(b)) return;
          for (const NodeIndex forgetful : a & b) EXPECT_FALSE(((a & b) - NodeSet{forgetful}).empty());
        });
      }
    }
  }
}

// What one node forgot of a write quorum's promises three others of its six know, if one of them is full
// (node/rejoin.cpp).
TEST(Membership, ThreeOthersKnowWhatOneHasPromised) {
  const Membership six = replacements_with_tails()[0][0];
  for (const NodeIndex lost : six.all()) {
    for_all_pairs([&](NodeSet written, NodeSet others) {
      if (!six.is_write_quorum(written) || others.contains(lost) || !six.is_read_quorum(others)) return;
      EXPECT_FALSE(((written - NodeSet{lost}) & others).empty());
    });
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
