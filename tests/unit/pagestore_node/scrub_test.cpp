// Reading in the background what nobody reads.
#include "test_node.h"

#include "log_format.h"
#include "pagestore/testing/false_image.h"

namespace pagestore {
namespace {

NodeOptions scrubbing() {
  NodeOptions options = small_node();
  options.peers = 5;  // there are some, and they are silent
  options.run = 1;
  options.gossip_ticks = 1;
  options.scrub_pause_ticks = 1;
  options.index_cache_bytes = 1;  // what a checkpoint has stored leaves memory
  return options;
}

// Pieces of the page index that are on disk alone are brought in one after the other, once each.
TEST(Scrub, GoesThroughAnIndexThatIsNotInMemory) {
  TestNode node(scrubbing());
  TestVolume volume(kMain, Lsn(1000), 20);
  node.expect<Done>(volume.create());
  for (std::uint32_t i = 0; i < 60; ++i) {
    append(node, volume.write({i * 131 % 2000}, true));
    volume.vdl = volume.last();
  }
  node.core().start_checkpoint();
  node.run();
  node.core().start_checkpoint();
  node.run();
  for (int tick = 0; tick < 100; ++tick) {
    node.core().tick();
    node.run();
  }
  const RepairStatus repair = node.expect<NodeStatus>(GetStatus{}).repair;
  EXPECT_GE(repair.scrub_rounds, 2u);
  EXPECT_EQ(repair.scrub_damage, 0u);
}

// Three full copies, of which this one asks the others.
struct ScrubComparison : ::testing::Test {
  static NodeOptions folding(std::size_t peers) {
    NodeOptions options = scrubbing();
    options.peers = peers;
    options.behind_ticks = 0;
    options.chain_records_max = 4;  // images come soon
    return options;
  }

  TestNode node{folding(2)};
  TestNode others[2] = {TestNode(folding(0)), TestNode(folding(0))};
  TestVolume volume{kMain, Lsn(1000), 20};  // several groups in one shard
  bool reachable[2] = {true, true};
  std::mt19937_64 random{7};

  void SetUp() override {
    node.peers = [this](std::size_t number, Request request) -> Response {
      if (!reachable[number]) return Refusal{RefusalReason::stopped, {}, {}};
      return others[number].ask(std::move(request));
    };
    each([&](TestNode& copy) { copy.expect<Done>(volume.create()); });
    write(160);
    each([&](TestNode& copy) { copy.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {}}); });
    horizon = volume.last();
    write(160);
    each([](TestNode& copy) {
      copy.core().start_checkpoint();
      copy.run();
    });
  }
  Lsn horizon;

  template <typename Visit>
  void each(Visit visit) {
    visit(node);
    for (TestNode& other : others) visit(other);
  }
  void write(int count) {
    for (int i = 0; i < count; ++i) {
      const LogPart part = volume.write({static_cast<std::uint32_t>(i * 7 % 60)});
      each([&](TestNode& copy) { append(copy, part); });
      volume.vdl = volume.last();
    }
  }
  void falsify(TestNode& copy) {
    ASSERT_GT(testing::falsify_images(copy.disk(), random), 10u);
    copy.open();
  }
  // Whole rounds: the one under way, and two more.
  RepairStatus scrub() {
    const auto status = [this] { return node.expect<NodeStatus>(GetStatus{}).repair; };
    const auto begun = status().scrub_rounds;
    RepairStatus repair;
    for (int tick = 0; tick < 300 && repair.scrub_rounds < begun + 3; ++tick) {
      node.core().tick();
      node.run();
      repair = status();
    }
    EXPECT_GE(repair.scrub_rounds, begun + 2);
    return repair;
  }
  std::size_t wrong_pages() {
    std::size_t wrong = 0;
    for (const auto& [page_no, versions] : volume.history()) {
      const auto contents = node.expect<PageContents>(volume.read(raw(page_no), volume.last()));
      const Page* const expected = volume.version(page_no, volume.last());
      wrong += std::memcmp(contents.page->bytes.data(), expected->bytes.data(), wal::kPageSize) == 0 ? 0 : 1;
    }
    return wrong;
  }
  bool told(const char* what) const {
    return std::ranges::any_of(node.log(), [&](const std::string& line) { return line.find(what) != std::string::npos; });
  }
};

TEST_F(ScrubComparison, CopiesThatAreTheSameAreLeftAlone) {
  const RepairStatus repair = scrub();
  EXPECT_EQ(repair.scrub_damage, 0u);
  EXPECT_EQ(repair.pages_repaired, 0u);
  EXPECT_TRUE(node.log().empty()) << node.log().front();
}

TEST_F(ScrubComparison, WhatTwoOthersHaveTakesThePlaceOfAFalsePage) {
  falsify(node);
  ASSERT_GT(wrong_pages(), 0u);
  node.open();
  const RepairStatus repair = scrub();
  EXPECT_GT(repair.scrub_damage, 0u);
  EXPECT_GT(repair.pages_repaired, 0u);
  expect_all_pages(node, volume, horizon);
  node.open();
  expect_all_pages(node, volume, horizon);
}

// Nothing was written to most groups since; the horizon is above their last parts.
TEST_F(ScrubComparison, GroupsThatEndBelowTheHorizonAreCompared) {
  for (std::uint32_t i = 0; i < 20; ++i) {
    const LogPart part = volume.write({i});
    each([&](TestNode& copy) { append(copy, part); });
    volume.vdl = volume.last();
  }
  horizon = volume.last();
  each([&](TestNode& copy) { copy.expect<Done>(GrantHorizon{kMain, volume.epoch, horizon, {}}); });
  falsify(node);
  ASSERT_GT(wrong_pages(), 0u);
  node.open();
  EXPECT_GT(scrub().scrub_damage, 0u);
  EXPECT_EQ(wrong_pages(), 0u);
}

// The grant went to the others alone, and no log came since that would tell of the VDL: they have forgotten what the pages
// were as far as this copy knows them to be durable.
TEST_F(ScrubComparison, WhatOthersWereGrantedIsLearnedFromThem) {
  for (std::uint32_t i = 0; i < 60; ++i) {
    const LogPart part = volume.write({i});
    each([&](TestNode& copy) { append(copy, part); });
  }
  volume.vdl = volume.last();
  horizon = volume.last();
  for (TestNode& other : others) other.expect<Done>(GrantHorizon{kMain, volume.epoch, horizon, {}});
  falsify(node);
  ASSERT_GT(wrong_pages(), 0u);
  node.open();
  EXPECT_GT(scrub().scrub_damage, 0u);
  EXPECT_EQ(wrong_pages(), 0u);
}

TEST_F(ScrubComparison, AFalseCopyElsewhereHasNoVoiceAlone) {
  falsify(others[0]);
  const RepairStatus repair = scrub();
  EXPECT_EQ(repair.scrub_damage, 0u);
  EXPECT_EQ(repair.pages_repaired, 0u);
  expect_all_pages(node, volume, horizon);
}

TEST_F(ScrubComparison, OfTwoCopiesNeitherIsTakenForTheRightOne) {
  reachable[1] = false;
  falsify(others[0]);
  EXPECT_EQ(scrub().pages_repaired, 0u);
  EXPECT_TRUE(told("no third one tells which is right"));
  expect_all_pages(node, volume, horizon);
}

// The others may have forgotten what this copy still keeps, and lack what it has: no reason to differ.
TEST_F(ScrubComparison, CopiesThatAreNotAsFarAreNotCompared) {
  for (TestNode& other : others) {
    other.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {}});
  }
  for (int i = 0; i < 30; ++i) {
    append(node, volume.write({static_cast<std::uint32_t>(i)}));
    volume.vdl = volume.last();
  }
  EXPECT_EQ(scrub().scrub_damage, 0u);
  EXPECT_FALSE(told("differs"));
  expect_all_pages(node, volume, horizon);
}

// What was promised since the checkpoint stands in the log alone, and in memory: it is written again.
TEST(Scrub, ReadsTheLogThatTheNextOpeningWould) {
  TestNode node(scrubbing());
  TestVolume volume(kMain, Lsn(1000), 20);
  node.expect<Done>(volume.create());
  append(node, volume.write({1}, true));
  node.core().start_checkpoint();
  node.run();
  node.expect<SealAck>(Seal{kMain, Epoch{9}});
  bool spoiled = false;
  for (const auto& file : node.disk().extent_files()) {
    auto& bytes = node.disk().content(file.file);
    for (std::size_t at = 0; at + sizeof(EntryHeader) <= bytes.size();) {
      EntryHeader header;
      std::memcpy(&header, bytes.data() + at, sizeof header);
      if ((header.position & 0xffff'ffff) != at || header.length == 0) break;
      if (header.kind == static_cast<std::uint8_t>(EntryKind::seal)) {
        node.disk().flip_bit(file.file, at + sizeof header + 9);
        spoiled = true;
      }
      at += entry_size(header.length);
    }
  }
  ASSERT_TRUE(spoiled);
  for (int tick = 0; tick < 60; ++tick) {
    node.core().tick();
    node.run();
  }
  EXPECT_EQ(node.expect<NodeStatus>(GetStatus{}).repair.scrub_damage, 1u);
  node.open();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  EXPECT_EQ(node.expect_refusal(AppendLog{volume.write({2})}), RefusalReason::stale_epoch);
}

}  // namespace
}  // namespace pagestore
