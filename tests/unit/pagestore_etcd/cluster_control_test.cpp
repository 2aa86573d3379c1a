// A cluster's record, wherever it is agreed on: by the nodes alone, and in etcd.
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <future>
#include <mutex>

#include "etcd_process.h"
#include "pagestore/cluster_change.h"
#include "pagestore/node_server.h"
#include "pagestore/remote_cluster.h"

namespace pagestore {
namespace {

class IdleNode final : public NodeChannel {
 public:
  IdleNode(std::string name, std::string zone) : name_(std::move(name)), zone_(std::move(zone)) {}
  const std::string& name() const override { return name_; }
  const std::string& zone() const override { return zone_; }
  void send(Request, Completion done) override {
    done(NodeStatus{.name = name_, .zone = zone_, .state = "ok", .timelines = {}});
  }

 private:
  const std::string name_, zone_;
};

struct Host final : NodeHost {
  Host(const std::string& name, const std::string& zone) : idle(name, zone) {}
  IdleNode idle;
  ClusterRecord record;
  NodeChannel& node() override { return idle; }
  SegmentKind kind() const override { return SegmentKind::full; }
  const ClusterRecord& cluster() const override { return record; }
  wal::Result<void> adopt(const ClusterRecord& adopted, bool, std::string*) override {
    record = adopted;
    return {};
  }
};

struct Node {
  explicit Node(const std::string& name) : host(name, name.substr(0, 1)) {}
  void serve(Network& network) {
    server.emplace(network, host, NodeServerOptions{"127.0.0.1", port});
    ASSERT_TRUE(server->start());
    port = server->port();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port); }
  Host host;
  std::uint16_t port = 0;
  std::optional<NodeServer> server;
};

enum class Kind : std::uint8_t { embedded, etcd };

class ClusterControlTest : public testing::TestWithParam<Kind> {
 protected:
  struct Writer {
    std::promise<std::string> fenced;  // goes last: the network's thread may still set it
    Network network;
    std::unique_ptr<ControlStore> control;
    std::unique_ptr<RemoteCluster> cluster;
    std::string detail;
    wal::Result<void> take_over(std::stop_token stop = {}) { return cluster->take_over(stop, &detail); }
  };

  void SetUp() override {
    if (GetParam() == Kind::etcd) etcd = std::make_unique<EtcdProcess>();
    for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
      nodes.push_back(std::make_unique<Node>(name));
      nodes.back()->serve(network);
    }
  }

  std::unique_ptr<Writer> make_writer(const std::string& name) {
    auto writer = std::make_unique<Writer>();
    RemoteClusterOptions options;
    for (std::size_t i = 0; i < 6; ++i) options.nodes.push_back({"127.0.0.1", std::to_string(nodes[i]->port)});
    options.writer = name;
    if (etcd) {
      writer->control = make_etcd_control(etcd->options("test"));
      options.control = writer->control.get();
    }
    writer->cluster = std::make_unique<RemoteCluster>(writer->network, options);
    return writer;
  }
  std::unique_ptr<Writer> found(const std::string& name) {
    auto writer = make_writer(name);
    EXPECT_TRUE(writer->take_over()) << writer->detail;
    EXPECT_TRUE(writer->cluster->is_new());
    EXPECT_TRUE(writer->cluster->mark_founded({}));
    writer->cluster->when_fenced([&promise = writer->fenced](std::string why) { promise.set_value(why); });
    return writer;
  }

  Network network;
  std::unique_ptr<EtcdProcess> etcd;
  std::vector<std::unique_ptr<Node>> nodes;
};

TEST_P(ClusterControlTest, ANewWriterShutsOutTheOneBefore) {
  const auto first = found("first");
  const auto second = make_writer("second");
  ASSERT_TRUE(second->take_over()) << second->detail;
  EXPECT_FALSE(second->cluster->is_new());
  EXPECT_EQ(second->cluster->record().id, first->cluster->record().id);
  EXPECT_GT(second->cluster->record().generation, first->cluster->record().generation);
  EXPECT_NE(first->fenced.get_future().get().find("second"), std::string::npos);
}

TEST_P(ClusterControlTest, MembersAreWhatTheLastChangeSays) {
  const auto first = found("first");
  nodes.push_back(std::make_unique<Node>("a3"));
  Node& spare = *nodes.back();
  spare.serve(network);
  std::string detail;
  const auto greeted = first->cluster->greet(spare.address(), {}, &detail);
  ASSERT_TRUE(greeted) << detail;
  const auto changed = add_spare(first->cluster->record(), greeted->name, greeted->zone, spare.address());
  ASSERT_TRUE(first->cluster->change(std::get<ClusterRecord>(changed), {}, &detail)) << detail;

  const auto second = make_writer("second");
  ASSERT_TRUE(second->take_over()) << second->detail;
  EXPECT_EQ(second->cluster->record().members.size(), 7u);
  EXPECT_EQ(second->cluster->record().membership, first->cluster->record().membership);
}

TEST_P(ClusterControlTest, AWriterThatWasShutOutChangesNothing) {
  const auto first = found("first");
  const auto second = make_writer("second");
  ASSERT_TRUE(second->take_over()) << second->detail;
  const auto changed = add_spare(first->cluster->record(), "x", "a", "127.0.0.1:1");
  std::string detail;
  EXPECT_EQ(first->cluster->change(std::get<ClusterRecord>(changed), {}, &detail).error(), ClusterErrc::fenced);
  const auto third = make_writer("third");
  ASSERT_TRUE(third->take_over()) << third->detail;
  EXPECT_EQ(third->cluster->record().members, second->cluster->record().members);
}

TEST_P(ClusterControlTest, AnInterruptedFoundingBeginsAnew) {
  ClusterId interrupted;
  {
    const auto first = make_writer("first");
    ASSERT_TRUE(first->take_over()) << first->detail;
    interrupted = first->cluster->record().id;
  }
  const auto second = make_writer("second");
  ASSERT_TRUE(second->take_over()) << second->detail;
  EXPECT_TRUE(second->cluster->is_new());
  EXPECT_NE(second->cluster->record().id, interrupted);
}

TEST_P(ClusterControlTest, ATakeoverWaitsForFourNodes) {
  (void)found("first");
  for (std::size_t i = 0; i < 3; ++i) nodes[i]->server.reset();
  std::stop_source stop;
  const auto second = make_writer("second");
  auto taken = std::async(std::launch::async, [&] { return second->take_over(stop.get_token()); });
  nodes[0]->serve(network);
  EXPECT_TRUE(taken.get()) << second->detail;

  nodes[0]->server.reset();
  const auto third = make_writer("third");
  taken = std::async(std::launch::async, [&] { return third->take_over(stop.get_token()); });
  stop.request_stop();
  EXPECT_EQ(taken.get().error(), ClusterErrc::stopped);
}

INSTANTIATE_TEST_SUITE_P(, ClusterControlTest, testing::Values(Kind::embedded, Kind::etcd),
                         [](const auto& info) { return info.param == Kind::etcd ? "Etcd" : "Embedded"; });

// --- what etcd alone can do ----------------------------------------------------------------------

class ClusterInEtcdTest : public ClusterControlTest {};
INSTANTIATE_TEST_SUITE_P(, ClusterInEtcdTest, testing::Values(Kind::etcd), [](const auto&) { return "Etcd"; });

TEST_P(ClusterInEtcdTest, NodesNeedNotBeNamedWhenEtcdKnowsThem) {
  const auto first = found("first");
  Writer second;
  second.control = make_etcd_control(etcd->options("test"));
  RemoteClusterOptions options;
  options.control = second.control.get();
  options.writer = "second";
  second.cluster = std::make_unique<RemoteCluster>(second.network, options);
  ASSERT_TRUE(second.take_over()) << second.detail;
  EXPECT_EQ(second.cluster->record().id, first->cluster->record().id);

  Writer lost;
  lost.control = make_etcd_control(etcd->options("elsewhere"));
  options.control = lost.control.get();
  lost.cluster = std::make_unique<RemoteCluster>(lost.network, options);
  EXPECT_EQ(lost.take_over().error(), ClusterErrc::unsuitable);
  EXPECT_NE(lost.detail.find("--pagestore"), std::string::npos) << lost.detail;
}

TEST_P(ClusterInEtcdTest, ATakeoverWaitsForEtcdWhileTheWriterGoesOn) {
  const auto first = found("first");
  etcd->kill();
  const auto second = make_writer("second");
  auto taken = std::async(std::launch::async, [&] { return second->take_over(); });
  std::promise<bool> answered;
  first->cluster->nodes()[0]->send(GetStatus{}, [&](Response response) {
    answered.set_value(std::holds_alternative<NodeStatus>(response));
  });
  EXPECT_TRUE(answered.get_future().get());
  etcd->start();
  EXPECT_TRUE(taken.get()) << second->detail;
}

// A cluster that agreed by its nodes alone takes its record along.
TEST_P(ClusterInEtcdTest, AClusterMovesIntoEtcd) {
  auto place = std::exchange(etcd, nullptr);
  ClusterId id;
  {
    const auto first = found("first");
    id = first->cluster->record().id;
  }
  etcd.swap(place);
  const auto second = make_writer("second");
  ASSERT_TRUE(second->take_over()) << second->detail;
  EXPECT_EQ(second->cluster->record().id, id);
  std::string detail;
  const auto stored = second->control->read({}, &detail);
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->id, id);
}

}  // namespace
}  // namespace pagestore
