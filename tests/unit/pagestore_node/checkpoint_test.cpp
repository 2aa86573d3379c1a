#include "snapshot.h"
#include "test_node.h"

namespace pagestore {
namespace {

struct CheckpointTest : ::testing::Test {
  TestNode node;
  TestVolume volume;
  void SetUp() override { node.expect<Done>(volume.create()); }

  void write(int count, std::uint32_t pages = 200) {
    for (int i = 0; i < count; ++i) {
      const auto page = static_cast<std::uint32_t>(random() % pages);
      append(node, volume.write({page, page + 1}, random() % 20 == 0));
      volume.vdl = volume.last();
    }
  }
  void checkpoint() {
    node.core().start_checkpoint();
    EXPECT_TRUE(node.core().checkpointing());
    node.run();
    EXPECT_FALSE(node.core().checkpointing());
  }
  std::mt19937_64 random{5};
};

TEST_F(CheckpointTest, AnOpeningReadsOnlyTheLogBehindIt) {
  write(600);
  node.crash();
  const auto without = node.disk().bytes_read_at_opening();
  write(1);
  checkpoint();
  write(3);
  node.crash();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  EXPECT_LT(node.disk().bytes_read_at_opening(), without / 2);
  expect_all_pages(node, volume);
  const auto ack = node.expect<SealAck>(Seal{kMain, Epoch{2}});
  EXPECT_EQ(ack.segments.at(0).scl, volume.last());
}

TEST_F(CheckpointTest, AnOpeningKnowsWhichPagesAreInAShard) {
  append(node, volume.write({1}));
  std::vector<TestVolume> levels{volume};
  for (std::uint64_t id = 2; id <= 100; ++id) {
    TestVolume& parent = levels.back();
    append(node, parent.write({2, static_cast<std::uint32_t>(3 + id % 7)}));
    parent.vdl = parent.last();
    append(node, parent.write({2}));
    TestVolume child = parent.branch(TimelineId{id}, parent.last());
    node.expect<Done>(child.create());
    levels.push_back(std::move(child));
  }
  checkpoint();
  node.crash();
  expect_page(node, levels.back(), 1, levels.back().last());
  EXPECT_LE(node.disk().reads(), 3u);  // the shard, and the page
  for (const TestVolume& level : levels) expect_all_pages(node, level, level.create().branch_lsn);
}

TEST(SnapshotTest, ReadsCheckpointsThatDoNotSayWhichPagesAreInAShard) {
  Snapshot snapshot;
  for (std::uint32_t number = 0; number < 3; ++number) snapshot.shards.push_back({{kMain, number}, {{{1, 64}, 80, 1}}});
  std::vector<std::byte> bytes = encode_snapshot(snapshot);
  bytes.resize(bytes.size() - snapshot.shards.size());
  const auto read = decode_snapshot(bytes);
  ASSERT_TRUE(read && read->shards.size() == 3);
  EXPECT_EQ(read->shards[1].pages, kAllPages);
  snapshot.shards[1].pages = 5;
  const auto with = decode_snapshot(encode_snapshot(snapshot));
  ASSERT_TRUE(with);
  EXPECT_EQ(with->shards[1].pages, 5u);
  EXPECT_EQ(with->shards[2].pages, kAllPages);
}

TEST_F(CheckpointTest, NothingIsWrittenWhenNothingIsNew) {
  write(10);
  checkpoint();
  node.core().start_checkpoint();
  EXPECT_FALSE(node.core().checkpointing());
  node.crash();
  node.core().start_checkpoint();
  EXPECT_FALSE(node.core().checkpointing());
}

TEST_F(CheckpointTest, KeepsEverythingThatIsNotAPage) {
  write(20);
  TestVolume child = volume.branch(TimelineId{2}, volume.last());
  node.expect<Done>(child.create());
  append(node, child.write({3}));
  TestVolume dropped(TimelineId{3});
  node.expect<Done>(dropped.create());
  node.expect<Done>(DropTimeline{dropped.timeline()});
  const Lsn durable = volume.last();
  const LogPart above = volume.write({1});
  append(node, above);
  volume.write({2});
  const LogPart beyond_gap = volume.write({3});
  append(node, beyond_gap);
  node.expect<SealAck>(Seal{child.timeline(), Epoch{7}});
  checkpoint();
  node.crash();
  auto ack = node.expect<SealAck>(Seal{kMain, Epoch{2}});
  EXPECT_EQ(ack.previous_epoch, Epoch{1});
  ASSERT_EQ(ack.segments.size(), 1u);
  EXPECT_EQ(ack.segments[0].scl, above.end);
  ASSERT_GE(ack.segments[0].parts_above_vdl.size(), 2u);
  EXPECT_EQ(ack.segments[0].parts_above_vdl.back().end, beyond_gap.end);
  EXPECT_GE(ack.segments[0].parts_above_vdl.front().end, durable);
  ack = node.expect<SealAck>(Seal{child.timeline(), Epoch{8}});
  EXPECT_EQ(ack.previous_epoch, Epoch{7});
  EXPECT_EQ(ack.ancestors.at(0).timeline, kMain);
  EXPECT_EQ(node.expect_refusal(dropped.create()), RefusalReason::unknown_timeline);
  expect_page(node, child, 3, child.last());
}

TEST_F(CheckpointTest, ATruncationTakesBackWhatWasIndexedBeforeIt) {
  write(30);
  const Lsn durable = volume.vdl;
  const LogPart gone = volume.write({1, 2, 3});
  append(node, gone);
  checkpoint();
  node.crash();
  node.expect<SealAck>(Seal{kMain, Epoch{2}});
  const Lsn to(volume.last().value() + 5000);
  node.expect<Done>(Truncate{kMain, Epoch{2}, durable, to, {{Epoch{2}, durable, to}}});
  volume.truncate(durable, to, durable);
  volume.epoch = Epoch{2};
  append(node, volume.write({1}));
  expect_all_pages(node, volume);
  checkpoint();
  node.crash();
  expect_all_pages(node, volume);
}

TEST_F(CheckpointTest, HandsOutLogFromBeforeIt) {
  std::vector<LogPart> parts;
  for (int i = 0; i < 900; ++i) {
    parts.push_back(volume.write({static_cast<std::uint32_t>(i % 10)}));
    volume.vdl = volume.last();
    append(node, parts.back());
    if (i % 200 == 150) checkpoint();
  }
  for (int round = 0; round < 2; ++round) {
    Lsn from = parts[5].begin;
    std::size_t next = 5;
    while (next < parts.size()) {
      const auto answer = node.expect<LogParts>(FetchLog{volume.group(), from, 100'000});
      ASSERT_FALSE(answer.parts.empty());
      for (const LogPart& part : answer.parts) {
        ASSERT_EQ(part.end, parts[next].end);
        ASSERT_EQ(*part.records, *parts[next].records);
        ++next;
      }
      from = answer.parts.back().end;
    }
    node.crash();
  }
}

TEST_F(CheckpointTest, FallsBackToTheOneBefore) {
  write(100);
  checkpoint();
  write(100);
  checkpoint();
  write(10);
  // The newer slot: two checkpoints were written, sequence 1 to slot 1 and 2 to slot 0.
  node.disk().flip_bit(kRootFile, 10);
  node.open();
  expect_all_pages(node, volume);
  // Now both.
  node.disk().flip_bit(kRootFile, kRootFileBytes / 2 + 10);
  node.open();
  EXPECT_FALSE(node.log().empty());
  expect_all_pages(node, volume);
  write(10);
  checkpoint();
  node.crash();
  EXPECT_TRUE(node.log().size() <= 1);
  expect_all_pages(node, volume);
}

TEST(CheckpointCache, ServesFromAnIndexMuchLargerThanItsMemory) {
  NodeOptions options = small_node();
  options.index_cache_bytes = 4096;
  options.block_bytes = 512;
  options.page_cache_bytes = 0;
  options.checkpoint_bytes = 40'000;
  TestNode node(options);
  TestVolume volume;
  node.expect<Done>(volume.create());
  std::mt19937_64 random(3);
  for (int i = 0; i < 1500; ++i) {
    append(node, volume.write({static_cast<std::uint32_t>(random() % 900)}, random() % 30 == 0));
    volume.vdl = volume.last();
    if (i % 100 == 0) {
      expect_page(node, volume, static_cast<std::uint32_t>(random() % 900), volume.last());
    }
  }
  expect_all_pages(node, volume);
  node.crash();
  EXPECT_LT(node.disk().bytes_read_at_opening(), 400'000u);
  expect_all_pages(node, volume);
}

// However much is read or written between two checkpoints that come by the amount of log.
struct IndexMemory : ::testing::Test {
  static constexpr std::uint32_t kPages = 80'000;  // 1,250 shards, each of which takes some 2 KB
  static NodeOptions little_memory() {
    NodeOptions options = small_node();
    options.index_cache_bytes = 1 << 20;
    options.page_cache_bytes = 0;
    return options;
  }
  void SetUp() override { node.checks_each_step = false; }
  void TearDown() override { node.core().check_invariants(); }
  void write_everywhere(std::uint32_t first) {
    for (std::uint32_t i = first; i < kPages; i += 40) {
      append(node, volume.write({i}));
      volume.vdl = volume.last();
      node.run();
      most = std::max(most, node.core().index_bytes());
    }
  }

  TestNode node{little_memory()};
  TestVolume volume;
  std::uint64_t most = 0;
};

TEST_F(IndexMemory, IsBoundedWhileANodeIsReadOnly) {
  node.expect<Done>(volume.create());
  write_everywhere(0);
  node.core().start_checkpoint();
  node.run();
  node.crash();
  most = 0;
  for (std::uint32_t i = 0; i < kPages; i += 40) {
    expect_page(node, volume, i, volume.last());
    most = std::max(most, node.core().index_bytes());
  }
  EXPECT_GT(most, 512u << 10);
  EXPECT_LT(most, (2u << 20) + (64 << 10));
}

TEST_F(IndexMemory, IsBoundedWhileANodeIsWrittenToOnly) {
  node.expect<Done>(volume.create());
  write_everywhere(0);
  node.core().start_checkpoint();
  node.run();
  node.crash();  // so that what comes is not brought together with what is stored
  most = 0;
  for (std::uint32_t round = 1; round < 4; ++round) write_everywhere(round);
  EXPECT_GT(most, 512u << 10);
  EXPECT_LT(most, (2u << 20) + (64 << 10));
  node.crash();
  for (std::uint32_t i = 3; i < kPages; i += 400) expect_page(node, volume, i, volume.last());
}

TEST_F(IndexMemory, LogWaitsWhileWhatIsNotStoredTakesAsMuchAsItMay) {
  node.expect<Done>(volume.create());
  for (std::uint32_t i = 0; i < kPages / 2; i += 40) {
    node.send(AppendLog{volume.write({i})});
    volume.vdl = volume.last();
    node.run_disk();
  }
  EXPECT_LT(node.core().index_bytes(), 64u << 10) << "it had no time";
  node.core().start_checkpoint();
  ASSERT_TRUE(node.core().checkpointing());
  EXPECT_GT(node.core().index_bytes(), 1u << 20);
  std::vector<NodeCore::Token> held;
  for (std::uint32_t i = 0; i < 3; ++i) held.push_back(node.send(AppendLog{volume.write({i})}));
  for (int i = 0; i < 100; ++i) node.step();
  ASSERT_TRUE(node.core().checkpointing());
  for (const auto token : held) EXPECT_FALSE(node.answered(token));
  const auto seal = node.send(Seal{kMain, volume.epoch});
  node.run_disk();
  EXPECT_TRUE(node.answered(seal)) << "nothing else waits";
  node.run();
  for (const auto token : held) {
    ASSERT_TRUE(node.answered(token));
    EXPECT_TRUE(std::holds_alternative<AppendAck>(node.take(token)));
  }
  volume.vdl = volume.last();
  expect_page(node, volume, 2, volume.last());
}

// Random work with crashes between any two disk steps: what was acknowledged is there, byte for
// byte, and what was not can be sent again.
class CrashSoak : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(CrashSoak, LosesNothingAcknowledged) {
  std::mt19937_64 random(GetParam());
  NodeOptions options = small_node();
  options.checkpoint_bytes = 30'000;
  options.index_cache_bytes = 20'000;
  options.chain_records_max = 20;
  options.read_chain_records_max = 5;
  TestNode node(options);
  TestVolume volume;
  node.expect<Done>(volume.create());
  std::vector<LogPart> unacknowledged;
  Lsn acknowledged = volume.last();
  std::map<NodeCore::Token, Lsn> waiting;

  const auto harvest = [&] {
    for (auto it = waiting.begin(); it != waiting.end();) {
      if (!node.answered(it->first)) {
        ++it;
        continue;
      }
      const auto response = node.take(it->first);
      ASSERT_TRUE(std::holds_alternative<AppendAck>(response));
      acknowledged = std::max(acknowledged, std::get<AppendAck>(response).scl);
      it = waiting.erase(it);
    }
    std::erase_if(unacknowledged, [&](const LogPart& part) { return part.end <= acknowledged; });
    volume.vdl = std::max(volume.vdl, acknowledged);
  };
  for (int i = 0; i < 1200; ++i) {
    const auto dice = random() % 100;
    if (dice < 50) {
      const auto page = static_cast<std::uint32_t>(random() % 150);
      unacknowledged.push_back(volume.write({page, 150, page + 200}, random() % 25 == 0));
      waiting[node.send(AppendLog{unacknowledged.back()})] = unacknowledged.back().end;
    } else if (dice < 80) {
      node.step();
    } else if (dice < 90) {
      node.core().work();
      node.drain();
    } else if (dice < 93) {
      node.core().start_checkpoint();
    } else if (dice < 97) {
      node.run();
      harvest();
      const auto page = static_cast<std::uint32_t>(random() % 351);
      expect_page(node, volume, page, acknowledged);
    } else {
      harvest();
      waiting.clear();
      node.crash(random());
      ASSERT_TRUE(node.log().empty()) << node.log().front();
      for (const LogPart& part : unacknowledged) {
        waiting[node.send(AppendLog{part})] = part.end;
      }
      if (random() % 2 == 0) {
        node.run();
        harvest();
        ASSERT_TRUE(unacknowledged.empty());
        for (int j = 0; j < 5; ++j) {
          expect_page(node, volume, static_cast<std::uint32_t>(random() % 351), acknowledged);
        }
      }
    }
    harvest();
    if (HasFatalFailure()) return;
  }
  node.run();
  harvest();
  ASSERT_TRUE(unacknowledged.empty());
  expect_all_pages(node, volume);
  node.crash(random());
  expect_all_pages(node, volume);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrashSoak, ::testing::Range<std::uint64_t>(1, 7));

TEST(Ancestry, APageThatEveryLevelChangedIsPutTogetherFromFewOfThem) {
  TestNode node;
  TestVolume deepest;
  node.expect<Done>(deepest.create());
  append(node, deepest.write({1}));
  for (std::uint64_t level = 2; level <= 100; ++level) {
    deepest = deepest.branch(TimelineId{level}, deepest.last());
    node.expect<Done>(deepest.create());
    append(node, deepest.write({1}));
    deepest.vdl = deepest.last();
    append(node, deepest.write({2}));  // tells of the VDL
  }
  node.core().start_checkpoint();
  node.run();
  node.crash();
  expect_page(node, deepest, 1, deepest.last());
  EXPECT_LE(node.disk().reads(), 60u);  // a shard and a record of each level, up to sixteen levels
}

TEST(Ancestry, LevelsThatDoNotHaveAPageAreNotLoadedForIt) {
  // Page 1 is written on every level, 2 and 3 on the first alone; all are in one shard.
  constexpr std::uint64_t kLevels = 40;
  NodeOptions options = small_node();
  options.index_cache_bytes = 0;  // what a checkpoint need not keep in memory goes
  TestNode node(options);
  const auto write = [&](TestVolume& volume, const std::vector<std::uint32_t>& pages) {
    append(node, volume.write(pages));
    volume.vdl = volume.last();
    append(node, volume.write({1}));
    volume.vdl = volume.last();
  };
  const auto checkpoint = [&] {
    node.core().start_checkpoint();
    node.run();
  };
  TestVolume deepest;
  node.expect<Done>(deepest.create());
  write(deepest, {1, 2, 3});
  for (std::uint64_t level = 2; level <= kLevels; ++level) {
    deepest = deepest.branch(TimelineId{level}, deepest.last());
    node.expect<Done>(deepest.create());
    write(deepest, {1});
  }
  checkpoint();
  node.crash();
  const auto reads_of = [&](std::uint32_t page) {
    const std::uint64_t before = node.disk().reads();
    expect_page(node, deepest, page, deepest.last());
    return node.disk().reads() - before;
  };
  EXPECT_LT(reads_of(2), 10u);  // a checkpoint says which pages are where
  write(deepest, {1});
  checkpoint();
  EXPECT_LT(reads_of(3), 10u);
  expect_page(node, deepest, 1, deepest.last());
  expect_page(node, deepest, 4, deepest.last());
  write(deepest, {4});
  checkpoint();
  checkpoint();
  expect_page(node, deepest, 4, deepest.last());
}

}  // namespace
}  // namespace pagestore
