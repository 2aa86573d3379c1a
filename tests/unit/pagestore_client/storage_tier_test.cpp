#include "pagestore/storage_tier.h"

#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace pagestore {
namespace {

// Keeps requests until the test answers them, or answers all alike; from whichever thread they come.
class FakeNode : public NodeChannel {
 public:
  explicit FakeNode(std::string name) : name_(std::move(name)), zone_(name_.substr(0, 1)) {}
  const std::string& name() const override { return name_; }
  const std::string& zone() const override { return zone_; }
  void send(Request, Completion done) override {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    if (!reply_) {
      answer = std::move(done);
      return;
    }
    const Response reply = *reply_;
    lock.unlock();
    done(reply);
  }
  Completion answer;

  void reply_with(Response response) {
    const std::scoped_lock lock(mutex_);
    reply_ = std::move(response);
  }
  void wait_asked(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }

 private:
  std::string name_, zone_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;
  std::optional<Response> reply_;
};

struct StorageTierTest : ::testing::Test {
  std::array<FakeNode, 6> nodes{FakeNode("a1"), FakeNode("a2"), FakeNode("b1"),
                                FakeNode("b2"), FakeNode("c1"), FakeNode("c2")};
  StorageTier tier{{&nodes[0], &nodes[1], &nodes[2], &nodes[3], &nodes[4], &nodes[5]}};
  std::optional<wal::Result<void>> result;
  int answers = 0;
  StorageTier::DoneCallback note() {
    return [this](wal::Result<void> outcome) {
      result = outcome;
      ++answers;
    };
  }
};

constexpr std::chrono::milliseconds kAtOnce{0};
const Refusal kRefused{RefusalReason::stopped, {}, {}};

TEST_F(StorageTierTest, CreationIsDoneWhenFourNodesHaveIt) {
  tier.create_timeline({TimelineId{5}, wal::kNoTimeline, {}, 8}, note());
  for (const int node : {0, 3, 5}) nodes[node].answer(Done{});
  EXPECT_FALSE(result);
  nodes[1].answer(kRefused);
  nodes[2].answer(kRefused);
  EXPECT_FALSE(result) << "one zone may be down";
  nodes[4].answer(Done{});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->has_value());
  EXPECT_EQ(answers, 1);
}

TEST_F(StorageTierTest, CreationFailsWhenFourCannotBeReachedAnyMore) {
  tier.create_timeline({TimelineId{5}, wal::kNoTimeline, {}, 8}, note());
  for (const int node : {0, 1}) nodes[node].answer(kRefused);
  EXPECT_FALSE(result);
  nodes[2].answer(kRefused);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->error(), TierErrc::refused);
  for (const int node : {3, 4, 5}) nodes[node].answer(Done{});
  EXPECT_EQ(answers, 1);
}

TEST_F(StorageTierTest, DroppingWhatANodeDoesNotKnowIsDone) {
  tier.drop_timeline(TimelineId{5}, note());
  for (const int node : {0, 1}) nodes[node].answer(Done{});
  for (const int node : {2, 3}) {
    nodes[node].answer(Refusal{RefusalReason::unknown_timeline, {}, {}});
  }
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->has_value());
}

TEST_F(StorageTierTest, StatusesNameTheNodesThatDoNotAnswer) {
  std::vector<NodeStatus> statuses;
  tier.statuses([&](std::vector<NodeStatus> nodes) { statuses = std::move(nodes); });
  for (FakeNode& node : nodes) {
    if (node.name() == "b1") {
      node.answer(Refusal{RefusalReason::disk_failed, {}, "disk full"});
    } else {
      node.answer(NodeStatus{node.name(), node.zone(), "ok", 1, 2, {}});
    }
  }
  ASSERT_EQ(statuses.size(), 6u);
  EXPECT_EQ(statuses[0].state, "ok");
  EXPECT_EQ(statuses[2].name, "b1");
  EXPECT_EQ(statuses[2].state, "disk full");
}

TEST_F(StorageTierTest, ATimelineDroppedOnAnyNodeIsGone) {
  std::optional<wal::Result<std::vector<StorageTier::KnownTimeline>>> listed;
  tier.list_timelines(kAtOnce, [&](auto timelines) { listed = std::move(timelines); });
  const auto row = [](std::uint64_t id, std::uint64_t scl, bool dropped = false) {
    TimelineStatus timeline;
    timeline.timeline = TimelineId{id};
    timeline.scl = Lsn(scl);
    timeline.dropped = dropped;
    return timeline;
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    NodeStatus status{nodes[i].name(), nodes[i].zone(), "ok", 0, 0, {}};
    status.timelines = {row(1, 100 + i), row(2, 5, i == 4)};
    if (i == 3) status.timelines.push_back(row(3, 7));
    nodes[i].answer(status);
  }
  ASSERT_TRUE(listed && listed->has_value());
  ASSERT_EQ((*listed)->size(), 2u);
  EXPECT_EQ((**listed)[0].scl, Lsn(105));
  EXPECT_EQ((**listed)[1].timeline, TimelineId{3}) << "one node's word is enough to list it";
  EXPECT_TRUE((**listed)[0].is_held);
  EXPECT_FALSE((**listed)[1].is_held) << "but not to keep it";
}

TEST_F(StorageTierTest, ADroppedTimelineIsListedWhileOthersDescendFromIt) {
  std::optional<wal::Result<std::vector<StorageTier::KnownTimeline>>> listed;
  tier.list_timelines(kAtOnce, [&](auto timelines) { listed = std::move(timelines); });
  const auto row = [](std::uint64_t id, std::uint64_t parent, bool dropped) {
    TimelineStatus timeline;
    timeline.timeline = TimelineId{id};
    timeline.parent = TimelineId{parent};
    timeline.branch_lsn = Lsn(parent * 10);
    timeline.dropped = dropped;
    return timeline;
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    NodeStatus status{nodes[i].name(), nodes[i].zone(), "ok", 0, 0, {}};
    // 1 <- 2 (dropped) <- 3; 4 (dropped) <- 5 (dropped). The first node remembers no more of 2.
    status.timelines = {row(1, 0, false), row(2, i == 0 ? 0 : 1, true), row(3, 2, false),
                        row(4, 1, true), row(5, 4, true)};
    nodes[i].answer(status);
  }
  ASSERT_TRUE(listed && listed->has_value());
  ASSERT_EQ((*listed)->size(), 3u);
  EXPECT_EQ((**listed)[1].timeline, TimelineId{2});
  EXPECT_TRUE((**listed)[1].dropped);
  EXPECT_EQ((**listed)[1].parent, TimelineId{1});
  EXPECT_EQ((**listed)[1].branch_lsn, Lsn(10));
  EXPECT_FALSE((**listed)[2].dropped);
}

TEST_F(StorageTierTest, ListingNeedsAReadQuorum) {
  std::optional<wal::Result<std::vector<StorageTier::KnownTimeline>>> listed;
  tier.list_timelines(kAtOnce, [&](auto timelines) { listed = std::move(timelines); });
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i < 2) {
      nodes[i].answer(NodeStatus{nodes[i].name(), nodes[i].zone(), "ok", 0, 0, {}});
    } else {
      nodes[i].answer(kRefused);
    }
  }
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->error(), TierErrc::no_quorum);
}

// A writer takes over when four nodes have adopted it: the disks of two of these may be full, and the others
// a moment away.
TEST_F(StorageTierTest, ListingWaitsForAReadQuorum) {
  const auto status = [&](std::size_t node, const std::string& state) {
    return NodeStatus{nodes[node].name(), nodes[node].zone(), state, 0, 0, {}};
  };
  for (const std::size_t node : {0, 1}) nodes[node].reply_with(status(node, "ok"));
  for (const std::size_t node : {2, 3}) nodes[node].reply_with(status(node, "no space left on device"));
  for (const std::size_t node : {4, 5}) nodes[node].reply_with(kRefused);
  std::promise<wal::Result<std::vector<StorageTier::KnownTimeline>>> listed;
  tier.list_timelines(std::chrono::hours(1), [&](auto timelines) { listed.set_value(std::move(timelines)); });
  nodes[5].wait_asked(3);
  nodes[4].reply_with(status(4, "ok"));
  EXPECT_TRUE(listed.get_future().get().has_value());
}

}  // namespace
}  // namespace pagestore
