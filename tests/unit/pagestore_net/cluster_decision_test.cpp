#include "pagestore/cluster_decision.h"

#include <gtest/gtest.h>

namespace pagestore {
namespace {

const ClusterId kOurs{{1, 1}}, kOther{{2, 2}}, kNew{{9, 9}};

ClusterRecord record(ClusterId id, std::uint64_t count, bool founded) {
  return {.id = id, .generation = count << 32 | 5, .founded = founded, .writer = "w:1", .members = {}};
}

std::vector<SurveyedNode> six(const ClusterRecord& cluster) {
  std::vector<SurveyedNode> nodes;
  for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
    nodes.push_back({std::string("host-") + name,
                     Welcome{kProtocolVersion, name, std::string(1, name[0]), cluster}});
  }
  return nodes;
}

auto decide(const std::vector<SurveyedNode>& nodes) { return decide_cluster(nodes, "me:5432", 7, kNew); }

template <typename Outcome, typename Decided>
Outcome expect_outcome(const Decided& decided) {
  EXPECT_TRUE(std::holds_alternative<Outcome>(decided)) << decided.index();
  return std::holds_alternative<Outcome>(decided) ? std::get<Outcome>(decided) : Outcome{};
}

TEST(ClusterDecision, SixNewNodesBecomeANewCluster) {
  const auto made = expect_outcome<Decision>(decide(six({}))).record;
  EXPECT_EQ(made.id, kNew);
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
  EXPECT_EQ(made.id, kNew);
  EXPECT_EQ(made.generation >> 32, 4u);
  for (const auto& node : nodes) {
    const Adoption adoption = judge_adoption(node.welcome->cluster, made);
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

TEST(ClusterDecision, NodesThatAreAwayAreKnownByWhatTheClusterRemembers) {
  auto cluster = record(kOurs, 1, true);
  cluster.members = {{"a1", "a", "host-a1"}, {"c2", "c", "moved"}};
  auto nodes = six(cluster);
  nodes[0].welcome.reset();
  nodes[5].welcome.reset();
  const auto members = expect_outcome<Decision>(decide(nodes)).record.members;
  EXPECT_EQ(members[0], (ClusterMember{"a1", "a", "host-a1"}));
  EXPECT_EQ(members[5], (ClusterMember{"c2", "c", "host-c2"}));
}

TEST(ClusterDecision, NodesOfTwoClustersAreRefused) {
  auto nodes = six(record(kOurs, 1, true));
  nodes[3].welcome->cluster = record(kOther, 1, true);
  const auto why = expect_outcome<Unsuitable>(decide(nodes)).why;
  EXPECT_NE(why.find("b2"), std::string::npos);
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
  EXPECT_EQ(judge_adoption(own, own), Adoption::same);
  EXPECT_EQ(judge_adoption(own, record(kOurs, 6, true)), Adoption::store);
  EXPECT_EQ(judge_adoption(own, record(kOurs, 4, true)), Adoption::fenced);
  EXPECT_EQ(judge_adoption(own, record(kOurs, 6, false)), Adoption::fenced);
  EXPECT_EQ(judge_adoption(own, record(kOther, 9, true)), Adoption::other_cluster);
}

TEST(Adoption, OfTwoFoundingsAtOnceTheHigherGenerationWinsEverywhere) {
  const auto low = record(kOurs, 1, false), high = record(kOther, 2, false);
  EXPECT_EQ(judge_adoption(low, high), Adoption::empty_first);
  EXPECT_EQ(judge_adoption(high, low), Adoption::fenced);
}

}  // namespace
}  // namespace pagestore
