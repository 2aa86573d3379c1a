// The writer's volume over six nodes on disk: the whole storage tier in one process.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>

#include <stdlib.h>

#include "pagestore/local_node.h"
#include "pagestore/storage_tier.h"
#include "wal/commit_search.h"
#include "wal/mini_transaction.h"
#include "wal/storage_calls.h"
#include "wal/volume_errc.h"
#include "wal/writer_volume.h"

namespace pagestore {
namespace {

using wal::Page;

constexpr TimelineId kMain{1};
constexpr std::array kNames{"a1", "a2", "b1", "b2", "c1", "c2", "a3", "b3", "c3"};
constexpr std::size_t kSix = 6;

// All nine, each in two of three sets.
Placement spread_over_nine() {
  return Placement({Membership(NodeSet{0, 1, 2, 3, 4, 5}), Membership(NodeSet{0, 6, 2, 7, 4, 8}),
                    Membership(NodeSet{1, 6, 3, 7, 5, 8})});
}

// A node that can be taken away and brought back while the tier knows it.
class RestartableNode : public NodeChannel {
 public:
  RestartableNode(std::string name, std::string directory, StorageThread& thread,
                  SegmentKind kind = SegmentKind::full)
      : name_(std::move(name)), zone_(name_.substr(0, 1)), directory_(std::move(directory)),
        kind_(kind), thread_(thread) {
    start();
  }
  void start() {
    LocalNodeOptions options;
    options.directory = directory_;
    options.node.name = name_;
    options.node.zone = zone_;
    options.node.kind = kind_;
    options.node.extent_bytes = 1 << 20;
    options.node.first_extent_bytes = 256 << 10;
    options.node.checkpoint_bytes = 512 << 10;
    std::string detail;
    auto node = LocalNode::open(options, thread_, &detail);
    ASSERT_TRUE(node) << detail;
    const std::lock_guard lock(mutex_);
    node_ = std::move(*node);
  }
  void stop() {
    std::unique_ptr<LocalNode> node;
    const std::lock_guard lock(mutex_);
    node.swap(node_);
  }
  const std::string& name() const override { return name_; }
  const std::string& zone() const override { return zone_; }
  int appends() const { return appends_; }
  int reads() const { return reads_; }
  // A copy that is slow: it answers what is read when it is let go.
  void hold_reads() {
    const std::lock_guard lock(mutex_);
    holds_reads_ = true;
  }
  // A copy whose disk decays: no page of it can be read.
  void rot() { rotten_ = true; }
  // A copy that lags: what is appended reaches it later.
  void hold() {
    const std::lock_guard lock(mutex_);
    holds_ = true;
  }
  void let_go() {
    std::vector<std::pair<Request, Completion>> held;
    {
      const std::lock_guard lock(mutex_);
      holds_ = holds_reads_ = false;
      held.swap(held_);
    }
    for (auto& [request, done] : held) send(std::move(request), std::move(done));
  }
  void send(Request request, Completion done) override {
    std::unique_lock lock(mutex_);
    if (std::holds_alternative<AppendLog>(request)) {
      ++appends_;
      if (holds_) {
        held_.emplace_back(std::move(request), std::move(done));
        return;
      }
    }
    if (std::holds_alternative<ReadPage>(request)) {
      ++reads_;
      if (holds_reads_) {
        held_.emplace_back(std::move(request), std::move(done));
        return;
      }
      if (rotten_) {
        lock.unlock();
        done(Refusal{RefusalReason::corrupt, {}, {}});
        return;
      }
    }
    if (node_ != nullptr) return node_->send(std::move(request), std::move(done));
    lock.unlock();
    done(Refusal{RefusalReason::stopped, {}, {}});
  }

 private:
  std::string name_;
  std::string zone_;
  std::string directory_;
  SegmentKind kind_;
  StorageThread& thread_;
  std::mutex mutex_;
  std::atomic<int> appends_{0}, reads_{0};
  bool holds_ = false, holds_reads_ = false;
  std::atomic<bool> rotten_{false};
  std::vector<std::pair<Request, Completion>> held_;
  std::unique_ptr<LocalNode> node_;
};

struct Tier {
  explicit Tier(const std::string& directory, Placement placement = {}, bool has_tails = false) {
    std::vector<NodeChannel*> channels;
    NodeSet full;
    for (std::size_t i = 0; i < placement.all().size(); ++i) {
      nodes.push_back(std::make_unique<RestartableNode>(
          kNames[i], directory + "/" + kNames[i], threads[i % 2],
          has_tails && kNames[i][1] == '2' ? SegmentKind::tail : SegmentKind::full));
      channels.push_back(nodes.back().get());
      if (!has_tails || kNames[i][1] != '2') full.add(i);
    }
    std::vector<Membership> sets;
    for (const Membership& set : placement.sets()) sets.emplace_back(set.before(), set.after(), full);
    placement = Placement(std::move(sets));
    tier = std::make_unique<StorageTier>(channels, placement);
  }
  std::array<StorageThread, 2> threads;
  std::vector<std::unique_ptr<RestartableNode>> nodes;
  std::unique_ptr<StorageTier> tier;
};

class VolumeOnNodes : public ::testing::Test {
 protected:
  VolumeOnNodes() {
    char name[] = "/tmp/pagestore_volume_test.XXXXXX";
    CHECK(::mkdtemp(name) != nullptr);
    directory_ = name;
  }
  ~VolumeOnNodes() override { std::filesystem::remove_all(directory_); }

  static std::unique_ptr<wal::WriterVolume> open(Tier& tier, TimelineId timeline = kMain, wal::WriterOptions options = {}) {
    auto volume = wal::WriterVolume::open(*tier.tier, timeline, std::move(options));
    EXPECT_TRUE(volume) << volume.error().message();
    return volume ? std::move(*volume) : nullptr;
  }
  // Random changes to pages of the model, durable when it returns.
  void change(wal::WriterVolume& volume, std::map<std::uint32_t, Page>& pages, int count) {
    for (int i = 0; i < count; ++i) {
      wal::MiniTransaction mtr(volume);
      for (int j = 0; j < 3; ++j) {
        const std::uint32_t number = static_cast<std::uint32_t>(random_() % 40);
        Page& page = pages[number];
        const bool fresh = page.lsn() == wal::kNoLsn;
        page.header().page_no = number;
        if (fresh) {
          page.bytes[random_() % 8000 + 100] = std::byte{1};
          mtr.image(page);
        } else {
          mtr.put(page, 100 + random_() % 8000, random_());
        }
      }
      mtr.commit();
      ASSERT_TRUE(volume.wait_for_room());
    }
    const auto durable = volume.wait_durable(volume.last_lsn());
    ASSERT_TRUE(durable) << durable.error().message();
  }
  static void wait_until_all_stream(const wal::WriterVolume& volume, std::size_t copies) {
    for (int i = 0; i < 1000; ++i) {
      const auto states = volume.copy_states();
      if (std::ranges::count(states, "streaming") == static_cast<std::ptrdiff_t>(copies)) return;
      ASSERT_LT(i, 999) << ::testing::PrintToString(states);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  static void expect_pages(wal::WriterVolume& volume, const std::map<std::uint32_t, Page>& pages) {
    for (const auto& [number, page] : pages) {
      Page read;
      const auto result = volume.read_page(PageNo{number}, page.lsn(), read);
      ASSERT_TRUE(result) << result.error().message();
      EXPECT_EQ(0, std::memcmp(read.bytes.data(), page.bytes.data(), wal::kPageSize))
          << "page " << number;
    }
    std::vector<Page> together(pages.size());
    std::vector<wal::BatchReader::PageRead> reads;
    for (const auto& [number, page] : pages)
      reads.push_back({PageNo{number}, page.lsn(), &together[reads.size()], {}});
    volume.read_pages(reads);
    std::size_t i = 0;
    for (const auto& [number, page] : pages) {
      ASSERT_FALSE(reads[i].error) << reads[i].error.message();
      EXPECT_EQ(0, std::memcmp(together[i++].bytes.data(), page.bytes.data(), wal::kPageSize)) << "page " << number;
    }
  }

  std::string directory_;
  std::mt19937_64 random_{7};
};

TEST_F(VolumeOnNodes, KeepsEveryCommitOverRestarts) {
  std::map<std::uint32_t, Page> pages;
  for (int round = 0; round < 4; ++round) {
    Tier tier(directory_);
    if (round == 0) {
      ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 16));
    }
    const auto volume = open(tier);
    ASSERT_NE(volume, nullptr);
    expect_pages(*volume, pages);
    for (int burst = 0; burst < 20; ++burst) change(*volume, pages, 20);
    expect_pages(*volume, pages);
  }
}

TEST_F(VolumeOnNodes, WhatNobodyWaitsForRidesAlongOrGoesByItself) {
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 16));
  const auto volume = open(tier);
  Page page{};
  page.header().page_no = 1;
  const auto write = [&](std::uint64_t value) {
    wal::MiniTransaction mtr(*volume);
    mtr.put(page, 100, value);
    return mtr.commit();
  };
  write(0);
  ASSERT_TRUE(volume->wait_durable(volume->last_lsn()));
  const int before = tier.nodes[0]->appends();
  constexpr int kWrites = 500;
  for (int i = 1; i <= kWrites; ++i) write(static_cast<std::uint64_t>(i));
  ASSERT_TRUE(volume->wait_durable(volume->last_lsn()));
  EXPECT_LT(tier.nodes[0]->appends() - before, kWrites / 10) << "a sync per mini-transaction";

  const wal::Lsn last = write(kWrites + 1);
  while (volume->vdl() < last) std::this_thread::yield();
}

TEST_F(VolumeOnNodes, ANewWriterTakesOver) {
  std::map<std::uint32_t, Page> pages;
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 1000));
  std::unique_ptr<wal::WriterVolume> previous;
  for (int round = 0; round < 5; ++round) {
    auto volume = open(tier);
    ASSERT_NE(volume, nullptr);
    expect_pages(*volume, pages);
    change(*volume, pages, 30);
    previous = std::move(volume);  // still open while the next one takes over
  }
}

TEST_F(VolumeOnNodes, AZoneMayComeAndGo) {
  std::map<std::uint32_t, Page> pages;
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 1000));
  auto volume = open(tier);
  change(*volume, pages, 50);
  for (std::size_t zone = 0; zone < 3; ++zone) {
    tier.nodes[2 * zone]->stop();
    tier.nodes[2 * zone + 1]->stop();
    change(*volume, pages, 50);
    expect_pages(*volume, pages);
    if (zone == 1) {  // a new writer, too
      volume = open(tier);
      ASSERT_NE(volume, nullptr);
      change(*volume, pages, 50);
    }
    tier.nodes[2 * zone]->start();
    tier.nodes[2 * zone + 1]->start();
    wait_until_all_stream(*volume, kSix);  // the next zone may go only when this one has caught up
  }
  expect_pages(*volume, pages);
}

TEST_F(VolumeOnNodes, AllTailsMayBeAway) {
  std::map<std::uint32_t, Page> pages;
  Tier tier(directory_, {}, true);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 1000));
  auto volume = open(tier);
  change(*volume, pages, 50);
  for (const std::size_t tail : {1, 3, 5}) tier.nodes[tail]->stop();
  change(*volume, pages, 50);
  volume = open(tier);
  ASSERT_NE(volume, nullptr);
  expect_pages(*volume, pages);
  change(*volume, pages, 50);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, TimelineId{2}, kMain, volume->vdl(), 1000));
  const auto clone = open(tier, TimelineId{2});
  ASSERT_NE(clone, nullptr);
  expect_pages(*clone, pages);
  for (const std::size_t tail : {1, 3, 5}) tier.nodes[tail]->start();
  wait_until_all_stream(*volume, kSix);
  wait_until_all_stream(*clone, kSix);
  // What was acknowledged by the full ones alone the tails have now, with one that is full.
  tier.nodes[0]->stop();
  tier.nodes[2]->stop();
  volume = open(tier);
  ASSERT_NE(volume, nullptr);
  expect_pages(*volume, pages);
}

TEST_F(VolumeOnNodes, PagesAreReadInTheWritersZone) {
  std::map<std::uint32_t, Page> pages;
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 1000));
  auto volume = open(tier, kMain, {.zone = "b", .hedge_after = std::chrono::hours(1)});
  change(*volume, pages, 50);
  wait_until_all_stream(*volume, kSix);
  const auto reads = [&](char zone) {
    int count = 0;
    for (const auto& node : tier.nodes) count += node->zone()[0] == zone ? node->reads() : 0;
    return count;
  };
  const std::array before{reads('a'), reads('b'), reads('c')};
  expect_pages(*volume, pages);
  EXPECT_EQ(reads('a'), before[0]);
  EXPECT_EQ(reads('b'), before[1] + 2 * static_cast<int>(pages.size()));
  EXPECT_EQ(reads('c'), before[2]);
  // Those of another zone serve while there is none in it.
  tier.nodes[2]->stop();
  tier.nodes[3]->stop();
  expect_pages(*volume, pages);
  EXPECT_GT(reads('a') + reads('c'), before[0] + before[2]);
}

// A copy that takes a question and does not answer is no copy that is lost.
TEST_F(VolumeOnNodes, AReadThatIsSlowIsAskedOfAnotherCopyToo) {
  std::map<std::uint32_t, Page> pages;
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 1000));
  auto volume = open(tier, kMain, {.zone = "b"});
  change(*volume, pages, 50);
  wait_until_all_stream(*volume, kSix);
  tier.nodes[2]->hold_reads();
  tier.nodes[3]->hold_reads();
  const int before = tier.nodes[2]->reads() + tier.nodes[3]->reads();
  expect_pages(*volume, pages);
  const int asked = tier.nodes[2]->reads() + tier.nodes[3]->reads() - before;
  EXPECT_GE(asked, 1) << "the nearest is asked first";
  EXPECT_LT(asked, static_cast<int>(pages.size())) << "and not by every read while it is slow";
  // Its answers come when nobody waits for them any more.
  tier.nodes[2]->let_go();
  tier.nodes[3]->let_go();
  expect_pages(*volume, pages);
}

// The only copy that can be asked at a moment is not the only one there is.
TEST_F(VolumeOnNodes, ADamagedCopyIsNotTheLastWordWhileOthersAreAway) {
  std::map<std::uint32_t, Page> pages;
  Tier tier(directory_, {}, true);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 1000));
  auto volume = open(tier);
  change(*volume, pages, 50);
  wait_until_all_stream(*volume, kSix);
  RestartableNode &a1 = *tier.nodes[0], &b1 = *tier.nodes[2], &c1 = *tier.nodes[4];
  for (RestartableNode* node : {&b1, &c1}) node->stop();
  change(*volume, pages, 5);
  wait_until_all_stream(*volume, kSix - 2);
  a1.rot();
  const int asked = a1.reads();
  std::jthread back([&](const std::stop_token& is_over) {
    while (a1.reads() < asked + 3 && !is_over.stop_requested()) std::this_thread::yield();
    b1.start();
  });
  expect_pages(*volume, pages);
  back.request_stop();
  back.join();
  // But when they all say so it is.
  b1.rot();
  c1.rot();
  c1.start();
  wait_until_all_stream(*volume, kSix);
  Page read;
  const auto result = volume->read_page(PageNo{pages.begin()->first}, pages.begin()->second.lsn(), read);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), wal::VolumeErrc::corrupt);
}

TEST_F(VolumeOnNodes, GroupsOnSeveralSetsOfNodes) {
  std::map<std::uint32_t, Page> pages, child_pages;
  {
    Tier tier(directory_, spread_over_nine());
    ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 16));
    auto volume = open(tier);
    ASSERT_NE(volume, nullptr);
    change(*volume, pages, 100);
    // Every node gets some, those that a quorum does not wait for at last.
    for (const auto& node : tier.nodes)
      while (node->appends() == 0) std::this_thread::yield();
    child_pages = pages;
    ASSERT_TRUE(wal::create_timeline(*tier.tier, TimelineId{2}, kMain, volume->vdl(), 16));
    const auto child = open(tier, TimelineId{2});
    ASSERT_NE(child, nullptr);
    for (std::size_t zone = 0; zone < 3; ++zone) {
      const std::array lost{2 * zone, 2 * zone + 1, zone + kSix};
      for (const std::size_t node : lost) tier.nodes[node]->stop();
      change(*volume, pages, 50);
      change(*child, child_pages, 50);
      volume = open(tier);  // a new writer, too
      ASSERT_NE(volume, nullptr);
      change(*volume, pages, 50);
      expect_pages(*volume, pages);
      expect_pages(*child, child_pages);
      for (const std::size_t node : lost) tier.nodes[node]->start();
      wait_until_all_stream(*volume, kNames.size());
      wait_until_all_stream(*child, kNames.size());
    }
  }
  Tier tier(directory_, spread_over_nine());
  const auto volume = open(tier), child = open(tier, TimelineId{2});
  ASSERT_NE(volume, nullptr);
  ASSERT_NE(child, nullptr);
  expect_pages(*volume, pages);
  expect_pages(*child, child_pages);
}

TEST_F(VolumeOnNodes, LostNodesConcernTheGroupsOnThem) {
  std::map<std::uint32_t, Page> pages;
  Tier tier(directory_, spread_over_nine());
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 16));
  const auto volume = open(tier);
  ASSERT_NE(volume, nullptr);
  change(*volume, pages, 100);
  wait_until_all_stream(*volume, kNames.size());
  for (std::size_t node = kSix; node < kNames.size(); ++node) tier.nodes[node]->stop();
  const auto write = [&](std::uint32_t number) {
    wal::MiniTransaction mtr(*volume);
    mtr.put(pages.at(number), 100, random_());
    return mtr.commit();
  };
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(volume->wait_durable(write(3)));  // of the first group: all six are there
  const Lsn waits = write(20);  // of the second one three are gone
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_LT(volume->vdl(), waits);
  for (std::size_t node = kSix; node < kNames.size(); ++node) tier.nodes[node]->start();
  ASSERT_TRUE(volume->wait_durable(waits));
  expect_pages(*volume, pages);
}

TEST_F(VolumeOnNodes, ClonesShareTheirPast) {
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 1000));
  std::map<std::uint32_t, Page> pages;
  const auto volume = open(tier);
  change(*volume, pages, 50);
  auto child_pages = pages;
  ASSERT_TRUE(wal::create_timeline(*tier.tier, TimelineId{2}, kMain, volume->vdl(), 1000));
  const auto child = open(tier, TimelineId{2});
  ASSERT_NE(child, nullptr);
  for (int i = 0; i < 5; ++i) {
    change(*volume, pages, 20);
    change(*child, child_pages, 20);
  }
  auto grandchild_pages = child_pages;
  ASSERT_TRUE(
      wal::create_timeline(*tier.tier, TimelineId{3}, TimelineId{2}, child->vdl(), 1000));
  const auto grandchild = open(tier, TimelineId{3});
  change(*grandchild, grandchild_pages, 20);
  expect_pages(*volume, pages);
  expect_pages(*child, child_pages);
  expect_pages(*grandchild, grandchild_pages);
}

// A commit record with a time of the test's own.
Lsn commit_at(wal::WriterVolume& volume, std::int64_t time_us) {
  std::array<std::byte, 16> payload{};
  std::memcpy(payload.data() + 8, &time_us, sizeof time_us);
  return volume.append_control(wal::RecordKind::commit, payload);
}

TEST_F(VolumeOnNodes, FindsTheLastCommitAtEveryMoment) {
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 16));
  std::map<std::uint32_t, Page> pages;
  std::map<std::int64_t, Lsn> commits;
  auto volume = open(tier);
  for (int i = 0; i < 600; ++i) {
    // Takeovers leave gaps in the LSNs.
    if (i % 200 == 150) volume = open(tier);
    change(*volume, pages, 1 + static_cast<int>(random_() % 12));
    const std::int64_t time = 1000 + 10 * i;
    commits[time] = commit_at(*volume, time);
  }
  ASSERT_TRUE(volume->wait_durable(volume->last_lsn()));
  tier.nodes[0]->stop();  // one copy fewer
  const Lsn end = volume->vdl();
  const auto find = [&](Lsn through, std::int64_t time) {
    auto found = wal::find_commit(*tier.tier, kMain, Lsn(0), through, time);
    EXPECT_TRUE(found) << found.error().message();
    return found && *found ? (*found)->lsn : Lsn(0);
  };
  EXPECT_EQ(find(end, 999), Lsn(0));
  EXPECT_EQ(find(end, wal::kAnyTime), commits.rbegin()->second);
  for (int i = 0; i < 600; i += 37) {
    const std::int64_t time = 1000 + 10 * i;
    EXPECT_EQ(find(end, time), commits[time]) << i;
    EXPECT_EQ(find(end, time + 9), commits[time]) << i;
    // By LSN: the commit itself, or the last one before.
    EXPECT_EQ(find(commits[time], wal::kAnyTime), commits[time]) << i;
    EXPECT_EQ(find(Lsn(commits[time].value() - 1), wal::kAnyTime), i == 0 ? Lsn(0) : commits[time - 10]) << i;
  }
  auto oldest = wal::oldest_commit(*tier.tier, kMain, Lsn(0), end);
  ASSERT_TRUE(oldest && *oldest);
  EXPECT_EQ((*oldest)->lsn, commits[1000]);
  EXPECT_EQ((*oldest)->time_us, 1000);
}

TEST_F(VolumeOnNodes, ACopyThatLagsDoesNotHideTheLastCommit) {
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 16));
  const auto volume = open(tier);
  ASSERT_TRUE(volume->wait_durable(commit_at(*volume, 1000)));
  tier.nodes[0]->hold();
  tier.nodes[1]->hold();
  const Lsn last = commit_at(*volume, 2000);
  ASSERT_TRUE(volume->wait_durable(last));
  const auto found = wal::find_commit(*tier.tier, kMain, Lsn(0), volume->vdl(), wal::kAnyTime);
  tier.nodes[0]->let_go();
  tier.nodes[1]->let_go();
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->lsn, last);
}

TEST_F(VolumeOnNodes, ACommitOnTooFewCopiesIsNotFound) {
  Tier tier(directory_);
  ASSERT_TRUE(wal::create_timeline(*tier.tier, kMain, wal::kNoTimeline, Lsn(0), 16));
  const auto volume = open(tier);
  const Lsn commit = commit_at(*volume, 1);
  ASSERT_TRUE(volume->wait_durable(commit));
  for (std::size_t i = 0; i < 4; ++i) tier.nodes[i]->stop();
  const auto found = wal::find_commit(*tier.tier, kMain, Lsn(0), commit, wal::kAnyTime);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), wal::make_error_code(wal::VolumeErrc::quorum_lost));
}

}  // namespace
}  // namespace pagestore
