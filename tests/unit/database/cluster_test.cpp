// The cluster over six real nodes in a temporary directory.
#include "database/cluster.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "buffer/buffer_pool.h"
#include "pagestore/local_node.h"
#include "pagestore/storage_tier.h"
#include "transaction/manager.h"
#include "transaction/timer_service.h"
#include "types/sql_error.h"

namespace {

using database::Cluster;

// As if clones' timelines had been lost on their way: says that they are made, and tells the node nothing.
struct LossyNode final : pagestore::NodeChannel {
  explicit LossyNode(pagestore::NodeChannel& node_in) : node(node_in) {}
  const std::string& name() const override { return node.name(); }
  const std::string& zone() const override { return node.zone(); }
  void send(pagestore::Request request, Completion done) override {
    const auto* create = std::get_if<pagestore::CreateTimeline>(&request);
    if (loses_clones && create != nullptr && create->log_follows) return done(pagestore::Done{});
    node.send(std::move(request), std::move(done));
  }

  pagestore::NodeChannel& node;
  std::atomic<bool> loses_clones{false};
};

// Everything `sextant start` composes below the sessions; destroyed and made again for a restart.
struct Server {
  Server(const std::filesystem::path& directory, std::chrono::seconds window, std::chrono::milliseconds idle_time) {
    for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
      pagestore::LocalNodeOptions options;
      options.directory = (directory / name).string();
      options.node.name = name;
      options.node.zone = std::string(1, name[0]);
      options.node.first_extent_bytes = 1 << 20;
      nodes.push_back(*pagestore::LocalNode::open(options, thread));
      lossy.push_back(std::make_unique<LossyNode>(*nodes.back()));
      channels.push_back(lossy.back().get());
    }
    tier = std::make_unique<pagestore::StorageTier>(channels);
    storage = database::make_tier_storage(*tier);
    cluster = std::make_unique<Cluster>(database::DatabaseEnvironment{*storage, pool, *timers, {}, window, window, std::nullopt, std::chrono::seconds(1), idle_time});
  }

  pagestore::StorageThread thread;
  std::vector<std::unique_ptr<pagestore::LocalNode>> nodes;
  std::vector<std::unique_ptr<LossyNode>> lossy;
  std::vector<pagestore::NodeChannel*> channels;
  std::unique_ptr<pagestore::StorageTier> tier;
  std::unique_ptr<database::Storage> storage;
  std::unique_ptr<transaction::TimerService> timers = transaction::make_thread_timer();
  buffer::BufferPool pool{std::size_t{64} << 20};
  std::unique_ptr<Cluster> cluster;
};

class ClusterTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 ("cluster_test_" + std::to_string(::getpid()));
    std::filesystem::remove_all(directory_);
    start();
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  void start(std::chrono::seconds window = {}, std::chrono::milliseconds idle_time = std::chrono::minutes(1)) {
    server_.reset();
    server_ = std::make_unique<Server>(directory_, window, idle_time);
  }
  Cluster& cluster() { return *server_->cluster; }

  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& row : cluster().list()) out.push_back(row.name);
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string sqlstate_of(auto action) {
    try {
      action();
    } catch (const types::SqlError& error) {
      return error.sqlstate();
    }
    return "00000";
  }
  auto connect(const std::string& name) { return cluster().connect(name, true, [] {}); }

  std::filesystem::path directory_;
  std::unique_ptr<Server> server_;
};

using Names = std::vector<std::string>;

TEST_F(ClusterTest, BeginsWithPostgresAndItsTemplates) {
  EXPECT_EQ(names(), (Names{"postgres", "template0", "template1"}));
  EXPECT_EQ(connect("postgres")->name(), "postgres");
  EXPECT_EQ(sqlstate_of([&] { connect("template0"); }), "55000");
  EXPECT_EQ(sqlstate_of([&] { connect("nowhere"); }), "3D000");
  auto role = cluster().find_role("postgres");
  ASSERT_TRUE(role.has_value());
  EXPECT_TRUE(role->superuser);
  EXPECT_FALSE(cluster().find_role("nobody").has_value());
}

TEST_F(ClusterTest, DatabasesOutliveTheServer) {
  cluster().create({.name = "app"});
  EXPECT_EQ(sqlstate_of([&] { cluster().create({.name = "app"}); }), "42P04");
  EXPECT_EQ(sqlstate_of([&] { cluster().create({.name = "x", .template_name = "none"}); }), "3D000");
  start();
  EXPECT_EQ(names(), (Names{"app", "postgres", "template0", "template1"}));
  connect("app");
  cluster().drop("app", false, false);
  EXPECT_EQ(sqlstate_of([&] { connect("app"); }), "3D000");
  start();
  EXPECT_EQ(names(), (Names{"postgres", "template0", "template1"}));
}

TEST_F(ClusterTest, ATemplateMayBeInUse) {
  cluster().create({.name = "app"});
  auto use = connect("app");
  cluster().create({.name = "copy", .template_name = "app"});
  EXPECT_EQ(connect("copy")->name(), "copy");
}

TEST_F(ClusterTest, DropEndsNobodysSessionUnlessForced) {
  cluster().create({.name = "app"});
  bool evicted = false;
  std::unique_ptr<database::DatabaseUse> use;
  use = cluster().connect("app", true, [&] { evicted = true; });
  EXPECT_EQ(sqlstate_of([&] { cluster().drop("app", false, false); }), "55006");
  EXPECT_FALSE(evicted);
  use.reset();
  cluster().drop("app", false, false);
  cluster().drop("app", true, false);
  EXPECT_EQ(sqlstate_of([&] { cluster().drop("app", false, false); }), "3D000");
}

TEST_F(ClusterTest, DropLetsASessionLeaveThatHasJustHungUp) {
  cluster().create({.name = "app"});
  auto use = connect("app");
  std::thread leaving([&] { use.reset(); });
  cluster().drop("app", false, false);
  leaving.join();
}

TEST_F(ClusterTest, ATimelineWithoutDatabaseIsDroppedAtStart) {
  // As if CREATE DATABASE had been interrupted between storage and catalogue.
  ASSERT_TRUE(server_->storage->create_timeline({wal::TimelineId{999}, wal::kNoTimeline, wal::kNoLsn}));
  start();
  auto timelines = server_->storage->timelines(std::chrono::seconds(10));
  ASSERT_TRUE(timelines);
  for (const auto& info : *timelines) EXPECT_NE(info.timeline, wal::TimelineId{999});
}

TEST_F(ClusterTest, ACloneWhoseTimelineWasLostIsMadeWholeAtStart) {
  start(std::chrono::hours(1));
  // On no node, on one, on too few, on a write quorum. (Nodes do not gossip here.)
  cluster().create({.name = "source"});
  for (std::size_t lost : {6, 5, 3, 2}) {
    for (std::size_t i = 0; i < 6; ++i) server_->lossy[i]->loses_clones = i < lost;
    cluster().create({.name = "clone" + std::to_string(lost), .template_name = "source"});
  }
  for (auto& node : server_->lossy) node->loses_clones = true;
  wal::Lsn moment;
  {
    auto use = connect("source");
    transaction::WaitControl control;
    auto transaction = use->database().transactions().begin({}, control);
    use->database().transactions().create_tree(*transaction);
    moment = transaction->commit();
    ASSERT_TRUE(use->database().volume().wait_durable(moment));
  }
  cluster().create({.name = "past", .template_name = "source", .at = {.time_us = {}, .lsn = moment}});
  start(std::chrono::hours(1));
  auto timelines = server_->storage->timelines(std::chrono::seconds(10));
  ASSERT_TRUE(timelines);
  for (const auto& info : *timelines) EXPECT_TRUE(info.is_held) << wal::raw(info.timeline);
  cluster().drop("source", false, true);
  for (const char* name : {"clone6", "clone5", "clone3", "clone2", "past"}) connect(name);
  start(std::chrono::hours(1));
  EXPECT_EQ(names(), (Names{"clone2", "clone3", "clone5", "clone6", "past", "postgres", "template0", "template1"}));
  for (const char* name : {"clone6", "clone5", "clone3", "clone2", "past"}) connect(name);
}

// Comes without a call, so the test waits for it; a minute says that it never will.
#define EXPECT_COMES(condition)                                                     \
  for (int i = 0; !(condition); ++i) {                                              \
    ASSERT_LT(i, 6000) << #condition;                                               \
    std::this_thread::sleep_for(std::chrono::milliseconds(10));                     \
  }

TEST_F(ClusterTest, ADatabaseDropsItselfWhenItsTimeHasCome) {
  cluster().create({.name = "stays"});
  cluster().create({.name = "brief", .expires_us = 1});
  EXPECT_COMES(names() == (std::vector<std::string>{"postgres", "stays", "template0", "template1"}));
}

TEST_F(ClusterTest, ADatabaseDropsItselfAfterItsLastSession) {
  cluster().create({.name = "t", .expires_us = database::kAfterLastSession});
  auto first = connect("t");
  auto second = connect("t");
  first.reset();
  // Cloning from it is no session.
  cluster().create({.name = "u", .template_name = "t"});
  EXPECT_EQ(names(), (std::vector<std::string>{"postgres", "t", "template0", "template1", "u"}));
  second.reset();
  EXPECT_COMES(names() == (std::vector<std::string>{"postgres", "template0", "template1", "u"}));
  // What was to go when the server stopped goes when it starts.
  cluster().create({.name = "t", .expires_us = database::kAfterLastSession});
  auto use = connect("t");
  use.reset();
  start();
  EXPECT_COMES(names() == (std::vector<std::string>{"postgres", "template0", "template1", "u"}));
}

TEST_F(ClusterTest, AClonesMemoryIsGivenBackWhenNobodyUsesIt) {
  start({}, std::chrono::milliseconds(20));
  cluster().create({.name = "t"});
  const auto open = [&](const std::string& name) {
    const auto volumes = cluster().volumes();
    return std::ranges::find(volumes, name, &Cluster::VolumeStatus::name)->open;
  };
  EXPECT_FALSE(open("t"));
  auto use = connect("t");
  EXPECT_TRUE(open("t"));
  use.reset();
  EXPECT_COMES(!open("t"));
  // One that is used is not closed, and one that was is opened again.
  use = connect("t");
  auto other = connect("t");
  other.reset();
  cluster().create({.name = "u"});
  connect("u");
  EXPECT_COMES(!open("u"));
  EXPECT_TRUE(open("t"));
}

TEST_F(ClusterTest, ADatabaseThatChangesIsSnapshottedAsLongAsTheyAreKept) {
  start(std::chrono::hours(1));
  cluster().create({.name = "app"});
  const auto automated = [&] {
    std::vector<std::string> names;
    for (const auto& each : cluster().snapshots())
      if (each.automated && each.database_name == "app") names.push_back(each.name);
    return names;
  };
  {
    auto use = connect("app");
    auto& transactions = use->database().transactions();
    transaction::WaitControl control;
    auto transaction = transactions.begin({}, control);
    transactions.create_tree(*transaction);
    ASSERT_TRUE(use->database().volume().wait_durable(transaction->commit()));
  }
  // A day is a second here: one has begun since that commit when the server, as it starts, looks at its databases.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  start(std::chrono::hours(1));
  EXPECT_COMES(!automated().empty());
  cluster().restore_snapshot(automated().front(), {.name = "restored"});
  start(std::chrono::seconds(0));
  EXPECT_COMES(automated().empty());
}

TEST_F(ClusterTest, PastsOfRewoundDatabasesGoWithTheWindow) {
  start(std::chrono::hours(1));
  cluster().create({.name = "app"});
  connect("app");
  const auto now = [] {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  };
  const auto pasts = [&] {
    return std::ranges::count_if(cluster().timelines(), [](const auto& each) { return each.role == "past"; });
  };
  for (int i = 0; i < 3; ++i) {
    auto use = connect("app");
    auto& transactions = use->database().transactions();
    transaction::WaitControl control;
    auto transaction = transactions.begin({}, control);
    transactions.create_tree(*transaction);
    ASSERT_TRUE(use->database().volume().wait_durable(transaction->commit()));
    transaction.reset();
    use.reset();
    cluster().backtrack("app", {.time_us = now(), .lsn = {}});
  }
  EXPECT_EQ(pasts(), 3);
  start(std::chrono::hours(1));
  EXPECT_EQ(pasts(), 3);
  start(std::chrono::seconds(0));
  EXPECT_COMES(pasts() == 0);
  // What it was made from is still known: of a template, and so no reset empties it.
  try {
    cluster().reset("app");
    ADD_FAILURE() << "it was emptied";
  } catch (const types::SqlError& error) {
    EXPECT_EQ(error.message(), "database \"app\" was made from a template: a reset would empty it");
  }
  connect("app");
}

}  // namespace
