#include "pagestore/remote_node.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <vector>

#include "pagestore/node_server.h"

namespace pagestore {
namespace {

// A node that keeps what it was asked, and answers when the test says so.
class HeldNode final : public NodeChannel {
 public:
  const std::string& name() const override { return name_; }
  const std::string& zone() const override { return zone_; }
  void send(Request request, Completion done) override {
    std::unique_lock lock(mutex_);
    if (!hold_) {
      lock.unlock();
      return done(answer(request));
    }
    held_.push_back({std::move(request), std::move(done)});
    arrived_.notify_all();
  }
  void hold() {
    const std::scoped_lock lock(mutex_);
    hold_ = true;
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return held_.size() >= count; });
  }
  void answer_all() {
    std::vector<Held> held;
    {
      const std::scoped_lock lock(mutex_);
      held.swap(held_);
      hold_ = false;
    }
    for (Held& each : held) each.done(answer(each.request));
  }

 private:
  struct Held {
    Request request;
    Completion done;
  };
  Response answer(const Request& request) const {
    if (const auto* drop = std::get_if<DropTimeline>(&request)) {
      return AppendAck{{drop->timeline, GroupNo{}}, Epoch{}, Lsn(raw(drop->timeline))};
    }
    return NodeStatus{.name = name_, .zone = zone_, .state = "ok", .timelines = {}};
  }

  const std::string name_ = "a1", zone_ = "a";
  std::mutex mutex_;
  std::condition_variable arrived_;
  bool hold_ = false;
  std::vector<Held> held_;
};

struct Host final : NodeHost {
  HeldNode held;
  ClusterRecord record;
  unsigned emptied = 0;
  SegmentKind segments = SegmentKind::full;
  NodeChannel& node() override { return held; }
  SegmentKind kind() const override { return segments; }
  const ClusterRecord& cluster() const override { return record; }
  wal::Result<void> adopt(const ClusterRecord& adopted, bool empty_first, std::string*) override {
    record = adopted;
    emptied += empty_first;
    return {};
  }
};

ClusterRecord cluster(std::uint64_t generation, std::uint64_t id = 1) {
  return {.id = {{id, id}}, .generation = generation, .founded = true,
          .writer = "writer " + std::to_string(generation), .membership = 1, .members = {}};
}

// A RemoteNode whose changes of state can be waited for.
struct Caller {
  Caller(Network& network, std::uint16_t port)
      : node(network, {.host = "127.0.0.1", .port = std::to_string(port), .caller = "test", .packer = {}},
             [this] {
               const std::scoped_lock lock(mutex);
               changed.notify_all();
             }) {}
  void wait_for(RemoteNode::Phase phase) {
    wait_until([&](const RemoteNode::State& state) { return state.phase == phase; });
  }
  template <typename Holds>
  void wait_until(Holds holds) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return holds(node.state()); });
  }
  Response ask(Request request) {
    std::promise<Response> answer;
    node.send(std::move(request), [&](Response response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  }

  std::mutex mutex;
  std::condition_variable changed;
  RemoteNode node;
};

RefusalReason reason(const Response& response) { return std::get<Refusal>(response).reason; }

class RemoteNodeTest : public testing::Test {
 protected:
  void serve() {
    server = std::make_unique<NodeServer>(network, host, NodeServerOptions{"127.0.0.1", port});
    ASSERT_TRUE(server->start());
    port = server->port();
  }
  Network network;
  Host host;
  std::uint16_t port = 0;
  std::unique_ptr<NodeServer> server;
};

TEST_F(RemoteNodeTest, ServesOnceItsClusterIsAdopted) {
  serve();
  Caller caller(network, port);
  caller.wait_for(RemoteNode::Phase::welcomed);
  EXPECT_EQ(caller.node.state().welcome->zone, "a");
  EXPECT_EQ(reason(caller.ask(GetStatus{})), RefusalReason::stopped);
  caller.node.adopt(cluster(1), {99, 0});
  caller.wait_for(RemoteNode::Phase::serving);
  EXPECT_EQ(host.record, cluster(1));
  EXPECT_EQ(std::get<NodeStatus>(caller.ask(GetStatus{})).name, "a1");
}

TEST_F(RemoteNodeTest, RequestsArePipelinedAndEachGetsItsOwnAnswer) {
  serve();
  Caller caller(network, port);
  caller.node.adopt(cluster(1), {99, 0});
  caller.wait_for(RemoteNode::Phase::serving);
  host.held.hold();
  std::vector<std::promise<Response>> answers(1000);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    caller.node.send(DropTimeline{TimelineId{i}},
                     [&, i](Response response) { answers[i].set_value(std::move(response)); });
  }
  host.held.wait_for(answers.size());
  host.held.answer_all();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(std::get<AppendAck>(answers[i].get_future().get()).scl, Lsn(i));
  }
}

TEST_F(RemoteNodeTest, WhatIsPendingWhenTheConnectionDiesIsAnsweredAndItComesBack) {
  serve();
  Caller caller(network, port);
  caller.node.adopt(cluster(1), {99, 0});
  caller.wait_for(RemoteNode::Phase::serving);
  host.held.hold();
  std::promise<Response> answer;
  caller.node.send(GetStatus{}, [&](Response response) { answer.set_value(std::move(response)); });
  host.held.wait_for(1);
  server.reset();
  EXPECT_EQ(reason(answer.get_future().get()), RefusalReason::stopped);
  host.held.answer_all();  // to nobody
  serve();
  caller.wait_for(RemoteNode::Phase::serving);
  EXPECT_TRUE(std::holds_alternative<NodeStatus>(caller.ask(GetStatus{})));
}

TEST_F(RemoteNodeTest, ANewerWriterFencesTheOlderOneOff) {
  serve();
  Caller old_writer(network, port), new_writer(network, port);
  old_writer.node.adopt(cluster(1), {99, 0});
  old_writer.wait_for(RemoteNode::Phase::serving);
  new_writer.node.adopt(cluster(2), {99, 0});
  new_writer.wait_for(RemoteNode::Phase::serving);
  old_writer.wait_for(RemoteNode::Phase::fenced);
  const auto refusal = std::get<Refusal>(old_writer.ask(Seal{TimelineId{1}, Epoch{77}}));
  EXPECT_EQ(refusal.reason, RefusalReason::stale_epoch);
  EXPECT_EQ(refusal.epoch, Epoch{77});
  EXPECT_NE(refusal.detail.find("writer 2"), std::string::npos);
  EXPECT_TRUE(std::holds_alternative<NodeStatus>(new_writer.ask(GetStatus{})));
}

TEST_F(RemoteNodeTest, ANodeOfAnotherClusterRefuses) {
  host.record = cluster(1, 2);
  serve();
  Caller caller(network, port);
  caller.node.adopt(cluster(9), {99, 0});
  caller.wait_for(RemoteNode::Phase::refused);
  EXPECT_NE(caller.node.state().trouble.find("belongs to cluster"), std::string::npos);
  EXPECT_EQ(host.record, cluster(1, 2));
}

TEST_F(RemoteNodeTest, AnotherNodeAtTheAddressIsNotTakenForTheOneExpected) {
  serve();
  Caller caller(network, port);
  caller.node.expect({.name = "b1", .zone = "b", .address = {}});
  caller.node.adopt(cluster(1), {99, 0});
  caller.wait_for(RemoteNode::Phase::refused);
  EXPECT_NE(caller.node.state().trouble.find("expected node b1"), std::string::npos);
}

TEST_F(RemoteNodeTest, AnotherNodeThanExpectedIsLeftEvenIfItIsServing) {
  serve();
  Caller caller(network, port);
  caller.node.adopt(cluster(1), {99, 0});
  caller.wait_for(RemoteNode::Phase::serving);
  caller.node.expect({.name = "b1", .zone = "b", .address = {}});
  caller.wait_for(RemoteNode::Phase::refused);
  EXPECT_NE(caller.node.state().trouble.find("expected node b1"), std::string::npos);
}

TEST_F(RemoteNodeTest, ANodeThatWasMadeAnewOfAnotherKindIsAsGoodAsAway) {
  host.segments = SegmentKind::tail;
  serve();
  Caller caller(network, port);
  caller.node.expect({.name = "a1", .zone = "a", .address = {}});
  caller.node.adopt(cluster(1), {99, 0});
  caller.wait_until([](const RemoteNode::State& state) {
    return state.phase == RemoteNode::Phase::down &&
           state.trouble == "node a1 keeps log alone, the cluster knows it as one that keeps log and pages";
  });
}

TEST_F(RemoteNodeTest, AnInterruptedFoundingIsForgotten) {
  host.record = cluster(1, 2);
  host.record.founded = false;
  serve();
  Caller caller(network, port);
  caller.node.adopt(cluster(2), {99, 0});
  caller.wait_for(RemoteNode::Phase::serving);
  EXPECT_EQ(host.emptied, 1u);
}

TEST_F(RemoteNodeTest, ANodeOfTheSameClusterMayAskAndChangesNothing) {
  host.record = cluster(3);
  serve();
  Caller peer(network, port);
  peer.node.join(cluster(3).id);
  peer.wait_for(RemoteNode::Phase::serving);
  EXPECT_TRUE(std::holds_alternative<NodeStatus>(peer.ask(GetStatus{})));
  EXPECT_EQ(reason(peer.ask(DropTimeline{TimelineId{1}})), RefusalReason::stopped);
  EXPECT_EQ(host.record, cluster(3));
}

TEST_F(RemoteNodeTest, APeerOfAnotherClusterIsRefused) {
  host.record = cluster(3);
  serve();
  Caller peer(network, port);
  peer.node.join({{7, 7}});
  peer.wait_for(RemoteNode::Phase::refused);
  EXPECT_NE(peer.node.state().trouble.find("belongs to cluster"), std::string::npos);
}

// Two authorities, a certificate of each.
class Certificates {
 public:
  Certificates() {
    std::string made = (std::filesystem::temp_directory_path() / "sextant-tls-XXXXXX").string();
    EXPECT_NE(::mkdtemp(made.data()), nullptr);
    directory_ = made;
    for (const char* authority : {"ours", "theirs"}) {
      const std::string name = authority;
      openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + name + " -keyout " + name +
              ".ca.key -out " + name + ".ca.pem");
      openssl("req -newkey rsa:2048 -nodes -subj /CN=host -keyout " + name + ".key -out " + name + ".csr");
      std::ofstream(directory_ / (name + ".ext")) << "subjectAltName=IP:127.0.0.1\n";
      openssl("x509 -req -days 2 -CAcreateserial -extfile " + name + ".ext -in " + name + ".csr -CA " + name + ".ca.pem -CAkey " +
              name + ".ca.key -out " + name + ".pem");
    }
  }
  ~Certificates() { std::filesystem::remove_all(directory_); }
  // A certificate of `name`, for a host that trusts ours.
  TlsFiles files(const std::string& name) const {
    const auto path = [&](const std::string& file) { return (directory_ / file).string(); };
    return {path(name + ".pem"), path(name + ".key"), path("ours.ca.pem")};
  }

 private:
  void openssl(const std::string& arguments) const {
    const std::string command = "cd " + directory_.string() + " && openssl " + arguments + " 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }
  std::filesystem::path directory_;
};

TEST(RemoteNodeTls, OnlyWhoeverHasACertificateOfOurAuthorityIsServed) {
  const Certificates certificates;
  Network network(certificates.files("ours"));
  Host host;
  NodeServer server(network, host, {});
  ASSERT_TRUE(server.start());
  Network plain, stranger(certificates.files("theirs"));
  const auto turned_away = [&](Network& outside) {
    Caller caller(outside, server.port());
    caller.node.adopt(cluster(9), {99, 0});
    std::unique_lock lock(caller.mutex);
    caller.changed.wait(lock, [&] { return caller.node.state().tried; });
    EXPECT_FALSE(caller.node.state().welcome);
  };
  turned_away(plain);
  turned_away(stranger);
  Caller caller(network, server.port());
  caller.node.adopt(cluster(1), {99, 0});
  caller.wait_for(RemoteNode::Phase::serving);
  EXPECT_TRUE(std::holds_alternative<NodeStatus>(caller.ask(GetStatus{})));
  EXPECT_EQ(host.record, cluster(1));
}

TEST(RemoteNodeTls, AFileThatCannotBeUsedIsNamed) {
  try {
    const Network network({"/nowhere.pem", "/nowhere.key", "/nowhere.ca"});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere.pem"), std::string::npos);
  }
}

// Bytes that are no protocol of ours: the connection ends, the server goes on.
TEST_F(RemoteNodeTest, AStrangerIsSentAway) {
  serve();
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), std::string(100, '\0'),
                                  std::string(40, '\xff')}) {
    const int stranger = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(stranger, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::send(stranger, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    char answer[256];
    while (::recv(stranger, answer, sizeof answer, 0) > 0) {
    }
    ::close(stranger);
  }
  Caller caller(network, port);
  caller.node.adopt(cluster(1), {99, 0});
  caller.wait_for(RemoteNode::Phase::serving);
}

TEST_F(RemoteNodeTest, APeerThatListensAndSaysNothingIsGivenUp) {
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(silent, 8), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  Caller caller(network, ntohs(address.sin_port));
  {
    std::unique_lock lock(caller.mutex);
    caller.changed.wait(lock, [&] { return caller.node.state().trouble == "it does not answer"; });
  }
  EXPECT_EQ(reason(caller.ask(GetStatus{})), RefusalReason::stopped);
  ::close(silent);
}

}  // namespace
}  // namespace pagestore
