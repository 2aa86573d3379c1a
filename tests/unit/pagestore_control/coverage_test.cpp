#include "pagestore/coverage.h"

#include <gtest/gtest.h>

#include "pagestore/node_replacement.h"

namespace pagestore {
namespace {

constexpr TimelineId kA{1}, kB{2};

TimelineDigest digest(TimelineId id, std::uint64_t scl, std::uint64_t truncated = 0) {
  TimelineDigest made{};
  made.timeline = id;
  made.pages_per_group = 8;
  made.truncated = Epoch{truncated};
  if (scl != 0) made.segments.push_back({GroupNo{0}, Lsn(scl), {}});
  return made;
}
TimelineDigest dropped(TimelineId id) {
  TimelineDigest made{};
  made.timeline = id;
  made.dropped = true;
  return made;
}
NodeDigests node(std::initializer_list<TimelineDigest> digests) {
  NodeDigests made;
  for (const TimelineDigest& each : digests) made[each.timeline] = each;
  return made;
}

// Of the nodes from 0 on.
HoldersDigests holders_of(std::vector<NodeDigests> nodes) {
  HoldersDigests holders;
  for (NodeDigests& each : nodes) holders.emplace(holders.size(), std::move(each));
  return holders;
}
const Membership kSix;

TEST(Coverage, IsCompleteWhenTheNewcomerHasTheMostThatAnyHad) {
  Coverage coverage;
  const HoldersDigests holders = holders_of({node({digest(kA, 100)}), node({digest(kA, 300)}), node({}), node({})});
  coverage.update(kSix, holders, node({digest(kA, 300)}));
  EXPECT_FALSE(coverage.is_complete()) << "what it said is not later than what is wanted";
  coverage.update(kSix, holders, node({digest(kA, 200)}));
  EXPECT_FALSE(coverage.is_complete());
  EXPECT_EQ(coverage.log_bytes_left(), 100u);
  // Meanwhile the others went on; that is not wanted.
  coverage.update(kSix, holders_of(std::vector<NodeDigests>(4, node({digest(kA, 900)}))), node({digest(kA, 300)}));
  EXPECT_TRUE(coverage.is_complete());
}

TEST(Coverage, WaitsForFourThatAgreeOnWhatWasAnnulled) {
  Coverage coverage;
  const auto full = node({digest(kA, 500, 1)});
  coverage.update(kSix, holders_of({node({digest(kA, 500)}), node({digest(kA, 500)}), node({digest(kA, 300, 1)}), node({})}), full);
  coverage.update(kSix, holders_of({node({digest(kA, 500)}), node({digest(kA, 500)}), node({digest(kA, 300, 1)}), node({})}), full);
  EXPECT_FALSE(coverage.is_complete());
  const HoldersDigests agreed = holders_of({node({digest(kA, 300, 1)}), node({digest(kA, 400, 1)}),
                                        node({digest(kA, 300, 1)}), node({})});
  coverage.update(kSix, agreed, node({digest(kA, 300, 1)}));
  coverage.update(kSix, agreed, node({digest(kA, 300, 1)}));
  EXPECT_FALSE(coverage.is_complete()) << "400 is not annulled";
  coverage.update(kSix, agreed, node({digest(kA, 400)}));
  EXPECT_FALSE(coverage.is_complete()) << "with another list its end may be annulled";
  coverage.update(kSix, agreed, node({digest(kA, 400, 1)}));
  EXPECT_TRUE(coverage.is_complete());
}

TEST(Coverage, LooksAnewAtATimelineThatWasTakenOver) {
  Coverage coverage;
  const HoldersDigests before = holders_of(std::vector<NodeDigests>(4, node({digest(kA, 500, 1)})));
  const HoldersDigests after = holders_of(std::vector<NodeDigests>(4, node({digest(kA, 400, 2)})));
  coverage.update(kSix, before, node({}));
  coverage.update(kSix, after, node({digest(kA, 400, 2)}));
  EXPECT_FALSE(coverage.is_complete());
  coverage.update(kSix, after, node({digest(kA, 400, 2)}));
  EXPECT_TRUE(coverage.is_complete());
}

TEST(Coverage, ADropIsWantedLikeWhatIsThere) {
  Coverage coverage;
  const HoldersDigests holders = holders_of({node({dropped(kA), digest(kB, 0)}), node({digest(kA, 50)}), node({}),
                                         node({})});
  coverage.update(kSix, holders, node({}));
  coverage.update(kSix, holders, node({digest(kA, 50), digest(kB, 0)}));
  EXPECT_FALSE(coverage.is_complete());
  coverage.update(kSix, holders, node({dropped(kA), digest(kB, 0)}));
  EXPECT_TRUE(coverage.is_complete());
}

TEST(Coverage, ACopyThatLostLogHasNoVoteAndIsNotWhole) {
  TimelineDigest damaged{};
  damaged.timeline = kA;
  Coverage coverage;
  const auto whole = node({digest(kA, 10)});
  coverage.update(kSix, holders_of({whole, whole, whole, node({damaged})}), whole);
  coverage.update(kSix, holders_of({whole, whole, whole, node({damaged})}), whole);
  EXPECT_FALSE(coverage.is_complete()) << "three are not enough";
  coverage.update(kSix, holders_of({whole, whole, whole, whole}), whole);
  coverage.update(kSix, holders_of({whole, whole, whole, whole}), node({damaged}));
  EXPECT_FALSE(coverage.is_complete());
  coverage.update(kSix, holders_of({whole, whole, whole, whole}), whole);
  EXPECT_TRUE(coverage.is_complete());
}

// Three that are full may have acknowledged alone, and any one that answers may have lost its files.
TEST(Coverage, WithTailsAsksTwoThatAreFull) {
  const Membership tailed(NodeSet::first(6), NodeSet::first(6), NodeSet{0, 1, 2});
  const auto whole = node({digest(kA, 10)});
  Coverage coverage;
  const HoldersDigests one_full{{2, whole}, {3, whole}, {4, whole}, {5, whole}};
  for (int i = 0; i < 3; ++i) coverage.update(tailed, one_full, whole);
  EXPECT_FALSE(coverage.is_complete());
  const HoldersDigests two_full{{1, whole}, {2, whole}, {3, whole}, {4, whole}};
  for (int i = 0; i < 2; ++i) coverage.update(tailed, two_full, whole);
  EXPECT_TRUE(coverage.is_complete());
}

// --- the steps -----------------------------------------------------------------------------------

struct ReplacementTest : ::testing::Test {
  ClusterRecord record;
  std::map<NodeIndex, NodeDigests> has;
  std::map<NodeIndex, std::uint64_t> epoch;  // of every timeline it has
  std::size_t seals = 0;                     // the newcomer was told
  std::optional<NodeReplacement> replacement;

  NodeIndex index(const std::string& name) const {
    const auto at = std::ranges::find(record.members, name, &ClusterMember::name);
    return static_cast<NodeIndex>(at - record.members.begin());
  }
  void begin() {
    record.id = {{1, 1}};
    for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
      record.members.push_back({name, std::string(1, name[0]), name});
    }
    record = std::get<ClusterRecord>(add_spare(record, "c3", "c", "c3"));
    record = std::get<ClusterRecord>(replace_member(record, "c2", "c3"));
    resume();
  }
  void resume() {
    replacement.emplace(record, [this](const std::string& name) { return index(name); });
  }
  // One round; returns what is to be adopted then.
  std::optional<ClusterRecord> round() {
    replacement->tick();
    for (;;) {
      auto output = replacement->take_output();
      if (output.adopt) return output.adopt;
      if (output.asks.empty()) return std::nullopt;
      for (const auto& ask : output.asks) {
        if (!has.contains(ask.node)) {
          replacement->answered(ask.id, Refusal{RefusalReason::stopped, {}, {}});
          continue;
        }
        if (const auto* seal = std::get_if<Seal>(&ask.request)) {
          EXPECT_EQ(ask.node, 6u);
          ++seals;
          epoch[ask.node] = static_cast<std::uint64_t>(seal->epoch);
          replacement->answered(ask.id, SealAck{});
        } else if (std::holds_alternative<GetStatus>(ask.request)) {
          NodeStatus status;
          for (const auto& [id, each] : has[ask.node]) {
            TimelineStatus& row = status.timelines.emplace_back();
            row.timeline = id;
            row.epoch = Epoch{epoch[ask.node]};
          }
          replacement->answered(ask.id, status);
        } else {
          Changes changes;
          for (const auto& [id, each] : has[ask.node]) changes.timelines.push_back(each);
          replacement->answered(ask.id, changes);
        }
      }
    }
  }
};

TEST_F(ReplacementTest, GoesOnWhenTheNewNodeHasWhatCountedAtEachStep) {
  begin();
  for (NodeIndex each = 0; each < 6; ++each) has[each] = node({digest(kA, 100)});
  has[6] = node({});
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(round());
  has[6] = node({digest(kA, 100)});
  auto next = round();
  ASSERT_TRUE(next);
  EXPECT_TRUE(replacement_of(*next)->is_joining);
  // By the old set more was acknowledged until both counted.
  for (NodeIndex each = 0; each < 6; ++each) has[each] = node({digest(kA, 200)});
  record = *next;
  replacement->adopted(record);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(round());
  has[6] = node({digest(kA, 200)});
  next = round();
  ASSERT_TRUE(next);
  EXPECT_FALSE(replacement_of(*next));
  replacement->adopted(*next);
  EXPECT_EQ(replacement->phase(), NodeReplacement::Phase::done);
}

// Each step is one from the record as it is then, not from the one that the replacement began with.
TEST_F(ReplacementTest, KeepsWhatElseHasChanged) {
  begin();
  for (NodeIndex each = 0; each < 6; ++each) has[each] = node({digest(kA, 100)});
  has[6] = node({digest(kA, 100)});
  const auto has_spare = [](const ClusterRecord& of, const char* name) {
    return std::ranges::count(of.members, name, &ClusterMember::name) == 1;
  };
  record = std::get<ClusterRecord>(add_spare(record, "a3", "a", "a3"));
  replacement->follow(record);
  EXPECT_FALSE(round());
  auto next = round();
  ASSERT_TRUE(next);
  EXPECT_TRUE(has_spare(*next, "a3"));
  EXPECT_EQ(next->membership, record.membership + 1);
  record = *next;
  replacement->adopted(record);
  record = std::get<ClusterRecord>(add_spare(record, "b3", "b", "b3"));
  replacement->follow(record);
  EXPECT_FALSE(round());
  next = round();
  ASSERT_TRUE(next);
  EXPECT_TRUE(has_spare(*next, "a3") && has_spare(*next, "b3"));
  EXPECT_FALSE(replacement_of(*next));
}

// A writer has sealed four of the old six and was not heard of since. One of these loses its promises: whichever three
// of the others it asks, one must know of that seal. So the newcomer takes it over before it has the place.
TEST_F(ReplacementTest, WhoTakesAPlaceKnowsTheSealsOfFour) {
  for (const bool one_has_lost_its_own : {false, true}) {
    record = {};
    seals = 0;
    begin();
    record = join(record);
    resume();
    for (NodeIndex each = 0; each < 7; ++each) {
      has[each] = node({digest(kA, 100)});
      epoch[each] = 7;
    }
    for (const NodeIndex sealed : {0u, 1u, 2u, 5u}) epoch[sealed] = 9;
    if (one_has_lost_its_own) {
      // c2, whose place it is, is gone, and nobody else answers but two who know nothing of it, and one that does.
      has.erase(0);
      has.erase(5);
      epoch[1] = 0;
    }
    EXPECT_FALSE(round());
    EXPECT_FALSE(round()) << "it is told";
    EXPECT_EQ(seals, 1u);
    EXPECT_EQ(epoch[6], 9u);
    const auto next = round();
    ASSERT_TRUE(next);
    EXPECT_FALSE(replacement_of(*next));
    EXPECT_EQ(seals, 1u);
  }
}

// A takeover that one node alone has heard of is no promise: the newcomer would only refuse the writer that serves.
TEST_F(ReplacementTest, WhoTakesAPlaceNeedNotKnowWhatOneAloneHasHeard) {
  begin();
  record = join(record);
  resume();
  for (NodeIndex each = 0; each < 7; ++each) {
    has[each] = node({digest(kA, 100)});
    epoch[each] = 7;
  }
  epoch[3] = 9;
  EXPECT_FALSE(round());
  EXPECT_TRUE(round());
  EXPECT_EQ(seals, 0u);
}

TEST_F(ReplacementTest, WithoutTheNodeThatIsReplaced) {
  begin();
  for (NodeIndex each = 0; each < 5; ++each) has[each] = node({digest(kA, 100)});
  has[6] = node({digest(kA, 100)});
  EXPECT_FALSE(round());
  EXPECT_TRUE(round());
}

TEST_F(ReplacementTest, NotWithFewerThanFourThatAnswer) {
  begin();
  has[0] = has[1] = has[5] = has[6] = node({digest(kA, 100)});
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(round());
  EXPECT_NE(replacement->trouble(), "");
}

TEST_F(ReplacementTest, AnotherOneGoesOnWhereTheRecordSaysItWas) {
  begin();
  record = join(record);
  resume();
  for (NodeIndex each = 0; each < 7; ++each) has[each] = node({digest(kA, 100)});
  EXPECT_FALSE(round()) << "what the newcomer said before counts for nothing";
  const auto next = round();
  ASSERT_TRUE(next);
  EXPECT_FALSE(replacement_of(*next));
}

}  // namespace
}  // namespace pagestore
