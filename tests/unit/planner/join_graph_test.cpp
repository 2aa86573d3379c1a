#include "join_graph.h"

#include <gtest/gtest.h>

namespace planner {
namespace {

JoinGraph chain(std::size_t units) {
  JoinGraph graph(units);
  for (std::size_t i = 0; i + 1 < units; ++i) graph.connect(std::uint64_t{3} << i);
  return graph;
}

TEST(JoinGraph, ConnectsWhatHasAConditionInCommon) {
  JoinGraph graph(5);
  graph.connect(0b00111);  // one condition on three
  graph.connect(0b11000);
  EXPECT_TRUE(graph.is_connected(0b00001, 0b00010));
  EXPECT_TRUE(graph.is_connected(0b00100, 0b00011));
  EXPECT_FALSE(graph.is_connected(0b00001, 0b11000));
  EXPECT_TRUE(graph.is_whole(0b00111));
  EXPECT_TRUE(graph.is_whole(0b11000));
  EXPECT_TRUE(graph.is_whole(0b11111));
  EXPECT_FALSE(graph.is_whole(0b00011));
  EXPECT_FALSE(graph.is_whole(0b01111));
}

TEST(JoinGraph, AUnitWithoutConditionsIsAWhole) {
  JoinGraph graph(3);
  graph.connect(0b011);
  EXPECT_TRUE(graph.is_whole(0b100));
  EXPECT_FALSE(graph.is_connected(0b011, 0b100));
}

// A chain of n has n - l + 1 connected sets of l units, each cut in l - 1 places, either part on the left: n (n^2 - 1) / 3.
// One unit goes off either end; of a pair, either unit.
TEST(JoinGraph, CountsThePairsOfAChain) {
  for (std::size_t n = 2; n <= 12; ++n) {
    const JoinGraph::Pairs pairs = chain(n).count_pairs(1000);
    EXPECT_EQ(pairs.bushy, n * (n * n - 1) / 3) << n;
    EXPECT_EQ(pairs.left_deep, n * (n - 1)) << n;
  }
  EXPECT_GT(chain(13).count_pairs(1000).bushy, 1000u);
  EXPECT_EQ(chain(16).count_pairs(1000).left_deep, 16u * 15);
  EXPECT_GT(chain(17).count_pairs(1000).left_deep, 1000u);
  EXPECT_GT(chain(64).count_pairs(1000).left_deep, 1000u);
}

// All 3^n - 2^(n+1) + 1 ways to cut some of the units in two.
TEST(JoinGraph, CountsThePairsOfAClique) {
  JoinGraph graph(6);
  graph.connect(0b111111);
  const JoinGraph::Pairs pairs = graph.count_pairs(1000);
  EXPECT_EQ(pairs.bushy, 602u);
  EXPECT_EQ(pairs.left_deep, 6u * 31);
}

TEST(JoinGraph, CountsNoFurtherThanAsked) {
  JoinGraph graph(12);
  graph.connect(0xfff);
  EXPECT_GT(graph.count_pairs(100).left_deep, 100u);
  EXPECT_GT(graph.count_pairs(100).bushy, 100u);
}

}  // namespace
}  // namespace planner
