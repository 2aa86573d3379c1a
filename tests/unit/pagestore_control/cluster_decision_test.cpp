#include "pagestore/cluster_decision.h"

#include "pagestore/cluster_change.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pagestore {
namespace {

const ClusterId kOurs{{1, 1}}, kOther{{2, 2}}, kFresh{{9, 9}};

ClusterRecord record(ClusterId id, std::uint64_t count, bool founded) {
  return {.id = id, .generation = count << 32 | 5, .founded = founded, .writer = "w:1",
          .members = {{"a1", "a", "host-a1"}, {"a2", "a", "host-a2"}, {"b1", "b", "host-b1"},
                      {"b2", "b", "host-b2"}, {"c1", "c", "host-c1"}, {"c2", "c", "host-c2"}}};
}

std::vector<SurveyedNode> six(const ClusterRecord& cluster) {
  std::vector<SurveyedNode> nodes;
  for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
    nodes.push_back({std::string("host-") + name,
                     Welcome{kProtocolVersion, name, std::string(1, name[0]), cluster}});
  }
  return nodes;
}

auto decide(const std::vector<SurveyedNode>& nodes) { return decide_cluster(nodes, "me:5432", 7, kFresh); }

template <typename Outcome, typename Decided>
Outcome expect_outcome(const Decided& decided) {
  EXPECT_TRUE(std::holds_alternative<Outcome>(decided)) << decided.index();
  return std::holds_alternative<Outcome>(decided) ? std::get<Outcome>(decided) : Outcome{};
}

TEST(ClusterDecision, SixNewNodesBecomeANewCluster) {
  const auto made = expect_outcome<Decision>(decide(six({}))).record;
  EXPECT_EQ(made.id, kFresh);
  EXPECT_FALSE(made.founded);
  EXPECT_EQ(made.generation, 1ull << 32 | 7);
  EXPECT_EQ(made.members[3], (ClusterMember{"b2", "b", "host-b2"}));
}

TEST(ClusterDecision, ANewClusterWaitsForAllItsNodes) {
  auto nodes = six({});
  nodes[2].welcome.reset();
  EXPECT_NE(expect_outcome<Wait>(decide(nodes)).why.find("host-b1"), std::string::npos);
}

TEST(ClusterDecision, AnInterruptedFoundingBeginsAnewWhateverItLeft) {
  auto nodes = six({});
  nodes[1].welcome->cluster = record(kOurs, 1, false);
  nodes[4].welcome->cluster = record(kOther, 3, false);
  const auto made = expect_outcome<Decision>(decide(nodes)).record;
  EXPECT_EQ(made.id, kFresh);
  EXPECT_EQ(made.generation >> 32, 4u);
  for (const auto& node : nodes) {
    const Adoption adoption = judge_adoption(node.welcome->cluster, made, {});
    EXPECT_EQ(adoption, node.welcome->cluster.id.is_none() ? Adoption::store : Adoption::empty_first);
  }
}

TEST(ClusterDecision, ATakeoverNeedsFourThatKnowTheCluster) {
  auto nodes = six(record(kOurs, 8, true));
  nodes[0].welcome.reset();
  nodes[1].welcome->cluster = {};  // a new disk
  const auto taken = expect_outcome<Decision>(decide(nodes)).record;
  EXPECT_EQ(taken.id, kOurs);
  EXPECT_TRUE(taken.founded);
  EXPECT_EQ(taken.generation, 9ull << 32 | 7);
  nodes[2].welcome.reset();
  expect_outcome<Wait>(decide(nodes));
}

TEST(ClusterDecision, OneFoundedNodeIsEnoughToKnowThatTheFoundingWasComplete) {
  auto nodes = six(record(kOurs, 1, false));
  nodes[5].welcome->cluster.founded = true;
  const auto taken = expect_outcome<Decision>(decide(nodes)).record;
  EXPECT_EQ(taken.id, kOurs);
  EXPECT_TRUE(taken.founded);
}

TEST(ClusterDecision, ANodeThatMovedIsKnownByItsName) {
  auto cluster = record(kOurs, 1, true);
  cluster.members[5].address = "where it was";
  auto nodes = six(cluster);
  nodes[0].welcome.reset();
  const auto members = expect_outcome<Decision>(decide(nodes)).record.members;
  EXPECT_EQ(members[0], (ClusterMember{"a1", "a", "host-a1"}));
  EXPECT_EQ(members[5], (ClusterMember{"c2", "c", "host-c2"}));
  nodes[5].welcome->zone = "b";
  EXPECT_NE(expect_outcome<Unsuitable>(decide(nodes)).why.find("zone"), std::string::npos);
}

TEST(ClusterDecision, MembersThatWereNotNamedAreLookedForWhereTheRecordSays) {
  auto nodes = six(record(kOurs, 1, true));
  nodes.resize(4);
  EXPECT_EQ(unsurveyed(nodes), (std::vector<std::string>{"host-c1", "host-c2"}));
  expect_outcome<Decision>(decide(nodes));
}

TEST(ClusterDecision, TheNewestMembersCountWhoeverIsNamed) {
  const auto old = record(kOurs, 3, true);
  auto with_spare = std::get<ClusterRecord>(add_spare(old, "c3", "c", "host-c3"));
  auto replacing = std::get<ClusterRecord>(replace_member(with_spare, "c2", "c3"));
  const auto joining = join(replacing);
  auto nodes = six(old);
  nodes[2].welcome->cluster = joining;
  auto taken = expect_outcome<Decision>(decide(nodes));
  EXPECT_EQ(taken.record.members[6].role, MemberRole::joining);
  EXPECT_EQ(taken.record.membership, joining.membership);
  EXPECT_EQ(taken.seen, version_of(joining));
  nodes[0].welcome.reset();
  nodes[1].welcome.reset();
  expect_outcome<Wait>(decide(nodes));  // four of the old set, three of the new one
  nodes.push_back({"host-c3", Welcome{kProtocolVersion, "c3", "c", joining}});
  expect_outcome<Decision>(decide(nodes));
  nodes[5].welcome.reset();
  expect_outcome<Wait>(decide(nodes));  // four of the new set, three of the old one
}

TEST(ClusterDecision, MoreThanSixFoundersHoldGroupsBySets) {
  auto nodes = six({});
  for (const char* name : {"a3", "b3", "c3"}) {
    nodes.push_back({std::string("host-") + name, Welcome{kProtocolVersion, name, std::string(1, name[0]), {}}});
  }
  const auto founded = expect_outcome<Decision>(decide(nodes)).record;
  EXPECT_EQ(founded.members.size(), 9u);
  EXPECT_EQ(founded.sets.size(), 3u);
  nodes[8].welcome.reset();
  EXPECT_NE(expect_outcome<Wait>(decide(nodes)).why.find("all of its nodes"), std::string::npos);
  nodes.resize(7);
  EXPECT_EQ(expect_outcome<Decision>(decide(nodes)).record.sets.size(), 3u);
  nodes[6].welcome->zone = "d";
  EXPECT_NE(expect_outcome<Unsuitable>(decide(nodes)).why.find("two or more in each"), std::string::npos);
  nodes[6].welcome->zone = "a";
  nodes[5].welcome->zone = "b";
  EXPECT_NE(expect_outcome<Unsuitable>(decide(nodes)).why.find("zone c: c1"), std::string::npos);
}

TEST(ClusterDecision, ATakeoverNeedsFourOfEverySet) {
  auto nodes = six({});
  for (const char* name : {"a3", "b3", "c3"}) {
    nodes.push_back({std::string("host-") + name, Welcome{kProtocolVersion, name, std::string(1, name[0]), {}}});
  }
  auto cluster = expect_outcome<Decision>(decide(nodes)).record;
  cluster.founded = true;
  for (auto& node : nodes) node.welcome->cluster = cluster;
  // Whoever is away, it is a matter of each set.
  for (unsigned away = 0; away < 1u << 9; ++away) {
    auto there = nodes;
    for (unsigned i = 0; i < 9; ++i) {
      if ((away >> i) & 1u) there[i].welcome.reset();
    }
    bool enough = true;
    for (const GroupSet& set : cluster.sets) {
      const auto answering = std::ranges::count_if(set.nodes, [&](const std::string& name) {
        return std::ranges::any_of(there, [&](const SurveyedNode& node) {
          return node.welcome && node.welcome->name == name;
        });
      });
      enough = enough && answering >= 4;
    }
    if (away + 1 == 1u << 9) continue;  // nobody tells of the cluster
    const auto outcome = decide(there);
    EXPECT_EQ(std::holds_alternative<Decision>(outcome), enough) << away;
  }
}

TEST(ClusterDecision, ANewNodeIsRefusedOneThatWasRemovedIsNotLookedAt) {
  auto nodes = six(record(kOurs, 1, true));
  nodes.push_back({"host-x", Welcome{kProtocolVersion, "x", "z", {}}});
  EXPECT_NE(expect_outcome<Unsuitable>(decide(nodes)).why.find("x (host-x) is no node"), std::string::npos);
  nodes.back().welcome->cluster = record(kOurs, 1, true);
  EXPECT_EQ(expect_outcome<Decision>(decide(nodes)).record.members.size(), 6u);
}

TEST(ClusterDecision, NodesOfTwoClustersAreRefused) {
  auto nodes = six(record(kOurs, 1, true));
  nodes[3].welcome->cluster = record(kOther, 1, true);
  const auto why = expect_outcome<Unsuitable>(decide(nodes)).why;
  EXPECT_NE(why.find("b2"), std::string::npos);
}

TEST(ClusterDecision, EachZoneOfANewClusterNeedsANodeWithPages) {
  auto nodes = six({});
  for (const std::size_t tail : {1, 3, 4}) nodes[tail].welcome->kind = SegmentKind::tail;
  const auto made = expect_outcome<Decision>(decide(nodes)).record;
  for (std::size_t i = 0; i < nodes.size(); ++i) EXPECT_EQ(made.members[i].kind, nodes[i].welcome->kind);
  nodes[5].welcome->kind = SegmentKind::tail;
  EXPECT_NE(expect_outcome<Unsuitable>(decide(nodes)).why.find("no page-store node of zone c keeps pages"),
            std::string::npos);
}

TEST(ClusterDecision, ANodeOfAnotherKindThanItWasDoesNotCount) {
  auto nodes = six(record(kOurs, 1, true));
  nodes[0].welcome->kind = nodes[1].welcome->kind = SegmentKind::tail;
  const auto taken = expect_outcome<Decision>(decide(nodes)).record;
  EXPECT_EQ(taken.members[0].kind, SegmentKind::full) << "the record says what it is";
  nodes[2].welcome.reset();
  EXPECT_NE(expect_outcome<Wait>(decide(nodes))
                .why.find("a1 (host-a1), which the cluster knows as one that keeps log and pages"),
            std::string::npos);
}

TEST(ClusterDecision, PlacesThatAreNotTwoInEachOfThreeZonesAreRefused) {
  auto nodes = six({});
  nodes[5].welcome->zone = "b";
  EXPECT_NE(expect_outcome<Unsuitable>(decide(nodes)).why.find("zone b: b1, b2, c2"), std::string::npos);
  nodes = six({});
  nodes[5].welcome->name = "a1";
  EXPECT_NE(expect_outcome<Unsuitable>(decide(nodes)).why.find("both called"), std::string::npos);
}

TEST(Adoption, ANewerWriterIsAdoptedAnOlderOneFenced) {
  const auto own = record(kOurs, 5, true);
  const auto judge_adoption = [&](const ClusterRecord& has, const ClusterRecord& proposed) {
    return pagestore::judge_adoption(has, proposed, version_of(has));
  };
  EXPECT_EQ(judge_adoption(own, own), Adoption::same);
  EXPECT_EQ(judge_adoption(own, record(kOurs, 6, true)), Adoption::store);
  EXPECT_EQ(judge_adoption(own, record(kOurs, 4, true)), Adoption::fenced);
  EXPECT_EQ(judge_adoption(own, record(kOurs, 6, false)), Adoption::fenced);
  EXPECT_EQ(judge_adoption(own, record(kOther, 9, true)), Adoption::other_cluster);
}

TEST(Adoption, AWriterThatDidNotSeeAChangeOfMembersIsToLookAgain) {
  const auto old = record(kOurs, 5, true);
  const auto changed = std::get<ClusterRecord>(add_spare(old, "c3", "c", "host-c3"));
  auto newer = old;
  newer.generation += std::uint64_t{1} << 32;
  EXPECT_EQ(judge_adoption(changed, newer, version_of(old)), Adoption::outdated);
  EXPECT_EQ(judge_adoption(changed, newer, version_of(changed)), Adoption::store);
  // It has a write quorum by now: whatever this node knows of has come to nothing.
  EXPECT_EQ(judge_adoption(changed, newer, version_of(newer)), Adoption::store);
  EXPECT_EQ(judge_adoption(old, changed, version_of(changed)), Adoption::store);
  EXPECT_EQ(judge_adoption(changed, old, version_of(old)), Adoption::outdated) << "a late word";
}

TEST(Adoption, OfTwoFoundingsAtOnceTheHigherGenerationWinsEverywhere) {
  const auto low = record(kOurs, 1, false), high = record(kOther, 2, false);
  EXPECT_EQ(judge_adoption(low, high, {}), Adoption::empty_first);
  EXPECT_EQ(judge_adoption(high, low, {}), Adoption::fenced);
}

}  // namespace
}  // namespace pagestore
