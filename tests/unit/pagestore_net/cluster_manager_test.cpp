#include "pagestore/cluster_manager.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "pagestore/node_server.h"

namespace pagestore {
namespace {

// A node that has nothing, as all others have.
class EmptyNode final : public NodeChannel {
 public:
  explicit EmptyNode(std::string name) : name_(std::move(name)), zone_(name_.substr(0, 1)) {}
  const std::string& name() const override { return name_; }
  const std::string& zone() const override { return zone_; }
  void send(Request request, Completion done) override {
    if (std::holds_alternative<GetChanges>(request)) return done(Changes{.run = 1, .timelines = {}});
    if (std::holds_alternative<GetStatus>(request)) return done(NodeStatus{});
    done(Done{});
  }

 private:
  const std::string name_, zone_;
};

struct EmptyHost final : NodeHost {
  explicit EmptyHost(const std::string& name) : empty(name) {}
  EmptyNode empty;
  ClusterRecord record;
  NodeChannel& node() override { return empty; }
  SegmentKind kind() const override { return SegmentKind::full; }
  const ClusterRecord& cluster() const override { return record; }
  wal::Result<void> adopt(const ClusterRecord& adopted, bool, std::string*) override {
    record = adopted;
    return {};
  }
};

// Refuses so many changes of the members that come after `from`.
class FailingStore final : public ControlStore {
 public:
  const std::string& name() const override { return name_; }
  wal::Result<std::optional<ClusterRecord>> read(std::stop_token, std::string*) override {
    const std::scoped_lock lock(mutex_);
    return record_;
  }
  wal::Result<void> swap(const ClusterRecord& next, const RecordVersion&, std::stop_token,
                         std::string* detail) override {
    const std::scoped_lock lock(mutex_);
    if (next.membership > from_ && failures_ > 0) {
      --failures_;
      *detail = "the store is out of order";
      return ClusterErrc::unsuitable;
    }
    record_ = next;
    return {};
  }
  void fail(std::uint64_t from, unsigned times) {
    const std::scoped_lock lock(mutex_);
    from_ = from;
    failures_ = times;
  }

 private:
  const std::string name_ = "a store";
  mutable std::mutex mutex_;
  std::optional<ClusterRecord> record_;
  std::uint64_t from_ = 0;
  unsigned failures_ = 0;
};

struct ClusterManagerTest : ::testing::Test {
  Network network;
  std::vector<std::unique_ptr<EmptyHost>> hosts;
  std::vector<std::unique_ptr<NodeServer>> servers;
  FailingStore store;
  std::unique_ptr<RemoteCluster> cluster;
  std::unique_ptr<StorageTier> tier;
  std::unique_ptr<ClusterManager> manager;

  std::string start_node(const std::string& name) {
    hosts.push_back(std::make_unique<EmptyHost>(name));
    servers.push_back(std::make_unique<NodeServer>(network, *hosts.back(), NodeServerOptions{}));
    EXPECT_TRUE(servers.back()->start());
    return "127.0.0.1:" + std::to_string(servers.back()->port());
  }

  void SetUp() override {
    RemoteClusterOptions options;
    options.control = &store;
    options.writer = "test";
    for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
      const std::string address = start_node(name);
      options.nodes.push_back({"127.0.0.1", address.substr(address.rfind(':') + 1)});
    }
    cluster = std::make_unique<RemoteCluster>(network, options);
    std::string detail;
    ASSERT_TRUE(cluster->take_over({}, &detail)) << detail;
    ASSERT_TRUE(cluster->mark_founded({}));
    tier = std::make_unique<StorageTier>(cluster->nodes(), cluster->placement());
    manager = std::make_unique<ClusterManager>(*cluster, *tier);
  }

  std::optional<ClusterControl::Refused> done(const std::function<void(ClusterControl::Done)>& change) {
    std::promise<std::optional<ClusterControl::Refused>> answer;
    change([&](auto refused) { answer.set_value(std::move(refused)); });
    return answer.get_future().get();
  }
  template <typename Condition>
  void wait_until(Condition condition) {
    while (!condition(manager->view())) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  static std::string role(const ClusterView& view, const std::string& name) {
    for (const ClusterNode& node : view.nodes) {
      if (node.name == name) return node.role;
    }
    return "gone";
  }
};

TEST_F(ClusterManagerTest, AStepThatFailsIsTriedAgainAndTold) {
  const std::string address = start_node("a3");
  ASSERT_FALSE(done([&](auto call) { manager->add_node(address, call); }));
  // The replacement begins; then the step to two sets fails, and again.
  store.fail(manager->view().membership_epoch + 1, 2);
  ASSERT_FALSE(done([&](auto call) { manager->drain_node("a1", "", call); }));
  wait_until([](const ClusterView& view) {
    return view.replacement && view.replacement->trouble == "the store is out of order";
  });
  wait_until([](const ClusterView& view) { return !view.replacement; });
  EXPECT_EQ(role(manager->view(), "a1"), "spare");
  EXPECT_EQ(role(manager->view(), "a3"), "member");
}

TEST_F(ClusterManagerTest, ASpreadIsPlannedMadeAndToldAsItGoes) {
  EXPECT_TRUE(manager->view().moves.empty());
  EXPECT_EQ(manager->view().nodes.front().shares, 1u);
  const auto even = done([&](auto call) { manager->spread_nodes(call); });
  ASSERT_TRUE(even);
  EXPECT_EQ(even->why, "the nodes of each zone have equal shares of the protection groups already");
  for (const char* name : {"a3", "b3", "c3"}) {
    const std::string address = start_node(name);
    ASSERT_FALSE(done([&](auto call) { manager->add_node(address, call); }));
  }
  ClusterView view = manager->view();
  EXPECT_FALSE(view.is_spreading);
  EXPECT_EQ(view.moves.size(), 6u);
  EXPECT_EQ(view.sets, 1u);
  EXPECT_EQ(view.sets_planned, 3u);
  // Its first step to two sets fails; it waits, says why, and can be ended there.
  store.fail(view.membership_epoch + 1, 1000);
  ASSERT_FALSE(done([&](auto call) { manager->spread_nodes(call); }));
  wait_until([](const ClusterView& now) {
    return now.is_spreading && now.replacement && now.replacement->trouble == "the store is out of order";
  });
  EXPECT_EQ(manager->view().sets, 3u);
  EXPECT_TRUE(done([&](auto call) { manager->drain_node("b1", "", call); })) << "one change at a time";
  store.fail(0, 0);
  // (The move under way may just become the next one.)
  while (done([&](auto call) { manager->keep_node(manager->view().moves.at(0).from, call); })) {
  }
  EXPECT_FALSE(manager->view().is_spreading);
  EXPECT_FALSE(manager->view().moves.empty());
  ASSERT_FALSE(done([&](auto call) { manager->spread_nodes(call); }));
  wait_until([](const ClusterView& now) { return now.moves.empty() && !now.replacement; });
  for (const ClusterNode& node : manager->view().nodes) {
    EXPECT_EQ(node.shares, 2u) << node.name;
    EXPECT_EQ(node.role, "member") << node.name;
  }
}

}  // namespace
}  // namespace pagestore
