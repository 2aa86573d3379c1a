#include "test_node.h"

namespace pagestore {
namespace {

NodeOptions collecting_node() {
  NodeOptions options = small_node();
  options.extent_bytes = 128 << 10;
  options.checkpoint_bytes = 60'000;
  options.collect_bytes = 150'000;
  return options;
}

struct CollectorTest : ::testing::Test {
  TestNode node{collecting_node()};
  TestVolume volume;
  std::mt19937_64 random{9};
  void SetUp() override { node.expect<Done>(volume.create()); }

  void write(TestVolume& to, int count, std::uint32_t pages = 40) {
    for (int i = 0; i < count; ++i) {
      append(node, to.write({static_cast<std::uint32_t>(random() % pages)}, false, 1400));
      to.vdl = to.last();
    }
  }
  void grant(TestVolume& to) {
    node.expect<Done>(GrantHorizon{to.timeline(), to.epoch, to.last(), {}});
  }
  std::uint64_t disk_bytes() { return node.expect<NodeStatus>(GetStatus{}).disk_bytes; }
};

void expect_pages_at(TestNode& node, const TestVolume& volume, Lsn at) {
  for (const auto& [page_no, versions] : volume.history()) {
    expect_page(node, volume, raw(page_no), at);
  }
}

TEST_F(CollectorTest, ForgetsNothingWithoutAGrant) {
  write(volume, 1000);
  EXPECT_GT(disk_bytes(), 1000u * 1400);
  expect_all_pages(node, volume);
}

TEST_F(CollectorTest, KeepsWhatIsAboveTheHorizonInBoundedSpace) {
  Lsn horizon;
  std::uint64_t highest = 0;
  for (int i = 0; i < 60; ++i) {
    write(volume, 30);
    horizon = volume.last();
    grant(volume);
    highest = std::max(highest, disk_bytes());
  }
  // 1,800 records of 1,450 bytes are 2.6 MB.
  EXPECT_LT(highest, 1'600'000u);
  write(volume, 50);
  expect_all_pages(node, volume, horizon);
  expect_pages_at(node, volume, horizon);
  EXPECT_EQ(node.expect_refusal(volume.read(1, Lsn(horizon.value() - 1))),
            RefusalReason::below_horizon);
  node.crash();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  expect_all_pages(node, volume, horizon);
  expect_pages_at(node, volume, horizon);
}

TEST_F(CollectorTest, TellsWhatTheFilesHold) {
  const auto space = [&] { return node.expect<NodeStatus>(GetStatus{}).space; };
  const auto written = [](const LogSpace& of) { return of.needed + of.dead + of.leaving + of.fresh; };
  write(volume, 50);
  EXPECT_EQ(space().needed + space().dead + space().leaving, 0u) << "nobody has looked yet";
  EXPECT_GE(space().fresh, 50u * 1400);
  // Nothing may be forgotten: all that a collection has seen is needed, but for padding and tables.
  write(volume, 200);
  grant(volume);
  write(volume, 200);
  LogSpace now = space();
  EXPECT_GT(now.needed + now.dead, 0u);
  for (int i = 0; i < 30; ++i) {
    write(volume, 30);
    grant(volume);
    now = space();
    EXPECT_LE(written(now), disk_bytes());
    // Log of the last rounds and an image of each page.
    EXPECT_LE(now.needed, 900'000u);
  }
  node.expect<Done>(DropTimeline{kMain});
  TestVolume other(TimelineId{99});
  node.expect<Done>(other.create());
  for (int i = 0; i < 20; ++i) {
    write(other, 30);
    grant(other);
  }
  EXPECT_LE(space().dead, now.dead + 300'000) << "what was dropped is given back";
}

TEST_F(CollectorTest, EveryPinStaysReadable) {
  std::vector<TestVolume> children;
  for (int i = 0; i < 40; ++i) {
    write(volume, 30);
    if (i % 8 == 3) {
      children.push_back(
          volume.branch(TimelineId(10 + static_cast<std::uint64_t>(i)), volume.last()));
      node.expect<Done>(children.back().create());
      if (i % 16 == 3) write(children.back(), 10);
    }
    grant(volume);
  }
  const auto check = [&] {
    for (const TestVolume& child : children) {
      expect_pages_at(node, child, child.create().branch_lsn);
      expect_pages_at(node, child, child.last());
    }
    expect_pages_at(node, volume, volume.last());
  };
  check();
  node.crash();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  check();
  // The parent goes; its children do not notice.
  node.expect<Done>(DropTimeline{kMain});
  TestVolume other(TimelineId{99});
  node.expect<Done>(other.create());
  for (int i = 0; i < 20; ++i) {
    write(other, 50);
    grant(other);
  }
  for (const TestVolume& child : children) {
    expect_pages_at(node, child, child.last());
  }
  node.crash();
  for (const TestVolume& child : children) {
    expect_pages_at(node, child, child.create().branch_lsn);
  }
}

// Which pages differ from the past is known whatever was given up in between, also when the index is
// read back from the disk.
TEST_F(CollectorTest, ChangedPagesOutliveTheirVersions) {
  write(volume, 300);
  TestVolume before = volume.branch(TimelineId{10}, volume.last());
  node.expect<Done>(before.create());
  for (int i = 0; i < 40; ++i) {
    write(volume, 20, 12);
    grant(volume);
  }
  TestVolume after = volume.branch(TimelineId{11}, volume.last());
  node.expect<Done>(after.create());
  write(after, 3, 40);
  const auto changed = [&](const TestVolume& of, TimelineId base, Lsn since) {
    std::vector<PageNo> pages;
    FindChanges request{of.group(), of.last(), wal::kNoLsn, base, since, PageNo{0}, PageNo{999}};
    for (;;) {
      const auto found = node.expect<ChangedPages>(request);
      pages.insert(pages.end(), found.pages.begin(), found.pages.end());
      if (found.last) return pages;
      request.from = found.next;
    }
  };
  const auto expected = [](const TestVolume& of, Lsn since) {
    std::vector<PageNo> pages;
    for (const auto& [page_no, versions] : of.history()) {
      if (versions.rbegin()->first > since) pages.push_back(page_no);
    }
    return pages;
  };
  const auto check = [&] {
    const Lsn since = before.create().branch_lsn;
    EXPECT_EQ(changed(after, kMain, since), expected(after, since));
    EXPECT_TRUE(changed(before, kMain, since).empty());
    EXPECT_EQ(changed(after, after.timeline(), after.create().branch_lsn),
              expected(after, after.create().branch_lsn));
  };
  check();
  node.crash();
  check();
  EXPECT_EQ(node.expect_refusal(FindChanges{before.group(), before.last(), wal::kNoLsn,
                                            after.timeline(), wal::kNoLsn, PageNo{0}, PageNo{9}}),
            RefusalReason::malformed);
}

// A node that slept through a creation is told of the child by the grants, and takes it in later.
TEST_F(CollectorTest, AChildCanBeMadeWhereAGrantPinnedIt) {
  write(volume, 40);
  TestVolume late = volume.branch(TimelineId{11}, volume.last());
  const Lsn pin = volume.last();
  for (int i = 0; i < 40; ++i) {
    write(volume, 30);
    node.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {pin}});
    if (i == 20) node.crash();
  }
  TestVolume other = volume.branch(TimelineId{12}, Lsn(pin.value() + 1));
  EXPECT_EQ(node.expect_refusal(other.create()), RefusalReason::below_horizon);
  node.expect<Done>(late.create());
  expect_pages_at(node, late, pin);
  // An older grant that comes late takes no pin away.
  node.expect<Done>(GrantHorizon{kMain, volume.epoch, pin, {}});
  node.crash();
  expect_pages_at(node, late, pin);
}

TEST_F(CollectorTest, ADroppedTimelineGivesItsSpaceBack) {
  write(volume, 25);
  TestVolume big(TimelineId{5});
  node.expect<Done>(big.create());
  write(big, 1500);
  const auto before = disk_bytes();
  EXPECT_GT(before, 1500u * 1400);
  node.expect<Done>(DropTimeline{big.timeline()});
  // The old places count until two more checkpoints have been written: nobody needs to write for that.
  write(volume, 1);
  EXPECT_LT(disk_bytes(), before / 2);
  expect_all_pages(node, volume);
  node.crash();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  expect_all_pages(node, volume);
}

TEST_F(CollectorTest, LogAboveTheHorizonCanStillBeFetched) {
  // An idle volume without a grant, its log scattered among another one's garbage.
  TestVolume idle(TimelineId{7});
  node.expect<Done>(idle.create());
  std::vector<LogPart> parts;
  for (int i = 0; i < 60; ++i) {
    parts.push_back(idle.write({static_cast<std::uint32_t>(i % 5)}));
    append(node, parts.back());
    idle.vdl = idle.last();
    write(volume, 30);
    grant(volume);
  }
  for (int i = 0; i < 10; ++i) {
    write(volume, 30);
    grant(volume);
  }
  EXPECT_LT(disk_bytes(), 2'500'000u);
  for (int round = 0; round < 2; ++round) {
    std::size_t next = 0;
    Lsn from = parts[0].begin;
    while (next < parts.size()) {
      const auto answer = node.expect<LogParts>(FetchLog{idle.group(), from, 1 << 20});
      ASSERT_FALSE(answer.parts.empty());
      for (const LogPart& part : answer.parts) {
        ASSERT_EQ(part.end, parts[next].end);
        ASSERT_EQ(*part.records, *parts[next++].records);
      }
      from = answer.parts.back().end;
    }
    expect_all_pages(node, idle);
    node.crash();
    EXPECT_TRUE(node.log().empty()) << node.log().front();
  }
}

TEST_F(CollectorTest, LongChainsGetImages) {
  NodeOptions options = small_node();
  options.chain_records_max = 30;
  options.read_chain_records_max = 10;
  options.page_cache_bytes = 0;
  TestNode imaging(options);
  imaging.expect<Done>(volume.create());
  for (int i = 0; i < 400; ++i) {
    append(imaging, volume.write({1}));
    volume.vdl = volume.last();
  }
  // Reads at the newest version fetch an image and at most a chain's worth of records.
  imaging.open();
  imaging.disk().reset_counters();
  expect_page(imaging, volume, 1, volume.last());
  EXPECT_LE(imaging.disk().reads(), 33u);
  // That read found it long; the next one does not.
  imaging.run();
  imaging.disk().reset_counters();
  expect_page(imaging, volume, 1, volume.last());
  EXPECT_LE(imaging.disk().reads(), 11u);
  expect_all_pages(imaging, volume);
  imaging.crash();
  expect_all_pages(imaging, volume);
}

TEST_F(CollectorTest, StoppingEndsACollectionAtAnyPoint) {
  for (int i = 0; i < 40; ++i) {
    write(volume, 25);
    grant(volume);
  }
  for (int steps = 0; steps < 30; ++steps) {
    write(volume, 12);
    grant(volume);
    for (int i = 0; i < steps; ++i) {
      node.core().work();
      node.step();
    }
    node.core().prepare_stop();
    node.run();
    EXPECT_TRUE(node.core().ready_to_stop());
    node.open();
    ASSERT_TRUE(node.log().empty()) << node.log().front();
    expect_pages_at(node, volume, volume.last());
  }
}

class CollectorSoak : public ::testing::TestWithParam<std::uint64_t> {};

// Writers, clones, drops, grants and crashes at random; what may be read is read.
TEST_P(CollectorSoak, WhatMayBeReadIsThere) {
  std::mt19937_64 random(GetParam());
  NodeOptions options = small_node();
  options.extent_bytes = options.first_extent_bytes = 48 << 10;
  options.checkpoint_bytes = 20'000;
  options.collect_bytes = 50'000;
  options.index_cache_bytes = 30'000;
  options.page_cache_bytes = random() % 2 == 0 ? 0 : 1 << 20;
  options.chain_records_max = 40;
  options.read_chain_records_max = 10;
  TestNode node(options);
  std::vector<TestVolume> volumes;
  std::map<TimelineId, Lsn> horizons;
  std::uint64_t next_id = 1;
  const auto add = [&](TestVolume volume) {
    node.expect<Done>(volume.create());
    horizons[volume.timeline()] = volume.last();
    volumes.push_back(std::move(volume));
  };
  add(TestVolume(TimelineId{next_id++}));
  for (int i = 0; i < 1500; ++i) {
    TestVolume& volume = volumes[random() % volumes.size()];
    const auto dice = random() % 1000;
    if (dice < 800) {
      const auto page = static_cast<std::uint32_t>(random() % 200);
      append(node, volume.write({page, page + 1}, random() % 50 == 0, 200));
      if (random() % 4 != 0) volume.vdl = volume.last();
    } else if (dice < 860) {
      // A read point between the horizon and the end, at a chunk's end.
      const auto page = static_cast<std::uint32_t>(random() % 201);
      expect_page(node, volume, page, std::max(volume.vdl, horizons[volume.timeline()]));
      expect_page(node, volume, page, horizons[volume.timeline()]);
    } else if (dice < 940) {
      if (volume.vdl > horizons[volume.timeline()]) {
        node.expect<Done>(GrantHorizon{volume.timeline(), volume.epoch, volume.vdl, {}});
        horizons[volume.timeline()] = volume.vdl;
      }
    } else if (dice < 955 && volumes.size() < 8) {
      if (volume.vdl >= horizons[volume.timeline()]) {
        add(volume.branch(TimelineId{next_id++}, volume.vdl));
      }
    } else if (dice < 963 && volumes.size() > 2) {
      const std::size_t which = random() % volumes.size();
      node.expect<Done>(DropTimeline{volumes[which].timeline()});
      volumes.erase(volumes.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (dice < 985) {
      // Any part of what is under way may be lost, nothing that was acknowledged is.
      for (auto steps = random() % 10; steps > 0; --steps) node.step();
      node.core().work();
      node.crash(random());
      ASSERT_TRUE(node.log().empty()) << node.log().front();
    } else {
      node.core().start_checkpoint();
      for (auto steps = random() % 10; steps > 0; --steps) {
        node.core().work();
        node.step();
      }
    }
    if (HasFailure()) {
      FAIL() << "at step " << i;
    }
  }
  for (const TestVolume& volume : volumes) {
    expect_pages_at(node, volume, volume.last());
    expect_pages_at(node, volume, horizons[volume.timeline()]);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CollectorSoak, ::testing::Range<std::uint64_t>(1, 6));

// A node that has collected it must not say that there was nothing, and outvote one that has not.
TEST_F(CollectorTest, WhatWasPinnedOnADroppedTimelineIsNotKnownAnyMore) {
  append(node, volume.write({3}));
  const Lsn pin = volume.last();
  for (int i = 0; i < 5; ++i) append(node, volume.write({3}, i == 3));
  TestVolume child = volume.branch(TimelineId{2}, volume.last());
  node.expect<Done>(child.create());
  volume.vdl = volume.last();
  append(node, volume.write({4}));
  node.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.vdl, {pin}});
  const GetPageSums asked{volume.group(), {}, {{PageNo{3}, pin}, {PageNo{3}, child.last()}}};
  const PageSums before = node.expect<PageSums>(asked);
  ASSERT_TRUE(before.sums[0].known);
  node.expect<Done>(DropTimeline{kMain});
  for (int i = 0; i < 20; ++i) {
    write(child, 30);
    grant(child);
  }
  const PageSums after = node.expect<PageSums>(asked);
  EXPECT_FALSE(after.sums[0].known);
  EXPECT_EQ(after.sums[1], before.sums[1]);
}

}  // namespace
}  // namespace pagestore
