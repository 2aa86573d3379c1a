#include "test_node.h"

namespace pagestore {
namespace {

Truncate truncation(Epoch epoch, Lsn after, Lsn to, std::vector<Truncation> before = {}) {
  before.push_back({epoch, after, to});
  return {kMain, epoch, after, to, std::move(before)};
}

std::size_t open_timelines(TestNode& node) {
  std::size_t count = 0;
  for (const auto& row : node.expect<NodeStatus>(GetStatus{}).timelines) count += !row.dropped;
  return count;
}

struct NodeTest : ::testing::Test {
  TestNode node;
  TestVolume volume;
  void SetUp() override { node.expect<Done>(volume.create()); }
};

TEST_F(NodeTest, AcknowledgesOnlyWhatIsSynced) {
  const auto token = node.send(AppendLog{volume.write({1, 2})});
  EXPECT_FALSE(node.answered(token));
  ASSERT_EQ(node.disk().pending(), 1u);
  node.disk().complete_one(node.core());  // written, not synced
  node.drain();
  EXPECT_FALSE(node.answered(token));
  node.disk().complete_one(node.core());
  node.drain();
  ASSERT_TRUE(node.answered(token));
  EXPECT_EQ(std::get<AppendAck>(node.take(token)).scl, volume.last());
}

TEST_F(NodeTest, OneSyncServesEverythingGatheredMeanwhile) {
  TestVolume other(TimelineId{2});
  node.expect<Done>(other.create());
  const auto before = node.disk().syncs();
  std::vector<NodeCore::Token> tokens;
  tokens.push_back(node.send(AppendLog{volume.write({1})}));
  for (std::uint32_t i = 0; i < 10; ++i) {
    tokens.push_back(node.send(AppendLog{volume.write({i})}));
    tokens.push_back(node.send(AppendLog{other.write({i})}));
  }
  node.run();
  EXPECT_EQ(node.disk().syncs() - before, 2u);
  for (const auto token : tokens) EXPECT_TRUE(node.answered(token));
  expect_all_pages(node, volume);
  expect_all_pages(node, other);
}

TEST_F(NodeTest, ReadsEveryVersion) {
  for (std::uint32_t i = 0; i < 30; ++i) append(node, volume.write({i % 3, 7, 70 + i}));
  append(node, volume.write({7, 8}, true));
  for (std::uint32_t i = 0; i < 10; ++i) append(node, volume.write({7}));
  expect_all_pages(node, volume);
  expect_page(node, volume, 500, volume.last());
}

TEST_F(NodeTest, ReadsRecordsThatLieNearEachOtherAtOneGo) {
  for (std::uint32_t i = 0; i < 100; ++i) append(node, volume.write({7, 8 + i % 3}));
  node.open();  // nothing of the log is in memory
  const std::uint64_t before = node.disk().reads();
  expect_page(node, volume, 7, volume.last());
  EXPECT_LE(node.disk().reads() - before, 10u) << "a hundred records, in runs of 64 KiB";
  expect_all_pages(node, volume);
}

TEST_F(NodeTest, KeepsPartsOutOfOrderAndLinksThemLater) {
  const LogPart first = volume.write({1});
  const LogPart second = volume.write({1, 2});
  const LogPart third = volume.write({1, 3});
  EXPECT_EQ(append(node, third), first.prev_part_end);
  EXPECT_EQ(append(node, first), first.end);
  EXPECT_EQ(append(node, second), third.end);
  expect_all_pages(node, volume);
  node.crash();
  expect_all_pages(node, volume);
}

TEST_F(NodeTest, AcknowledgesAPartSentAgainWithoutWritingItAgain) {
  const LogPart part = volume.write({1});
  append(node, part);
  append(node, volume.write({1}));
  const auto syncs = node.disk().syncs();
  EXPECT_EQ(append(node, part), volume.last());
  EXPECT_EQ(node.disk().syncs(), syncs);
}

TEST_F(NodeTest, RefusesWhatIsMalformedOrUnknown) {
  LogPart part = volume.write({1});
  LogPart damaged = part;
  auto bytes = *part.records;
  bytes[40] ^= std::byte{1};
  damaged.records = std::make_shared<const std::vector<std::byte>>(bytes);
  EXPECT_EQ(node.expect_refusal(AppendLog{damaged}), RefusalReason::malformed);
  LogPart backwards = part;
  std::swap(backwards.begin, backwards.end);
  EXPECT_EQ(node.expect_refusal(AppendLog{backwards}), RefusalReason::malformed);
  LogPart elsewhere = part;
  elsewhere.group.timeline = TimelineId{77};
  EXPECT_EQ(node.expect_refusal(AppendLog{elsewhere}), RefusalReason::unknown_timeline);
  LogPart wrong_group = part;
  wrong_group.group.group = GroupNo{5};
  EXPECT_EQ(node.expect_refusal(AppendLog{wrong_group}), RefusalReason::malformed);
  EXPECT_EQ(append(node, part), part.end);
}

TEST_F(NodeTest, FencesOldEpochs) {
  append(node, volume.write({1}));
  const auto sealed = node.expect<SealAck>(Seal{kMain, Epoch{5}});
  EXPECT_TRUE(sealed.known);
  EXPECT_EQ(sealed.epoch, Epoch{5});
  EXPECT_EQ(node.expect_refusal(AppendLog{volume.write({1})}), RefusalReason::stale_epoch);
  EXPECT_EQ(node.expect_refusal(Seal{kMain, Epoch{4}}), RefusalReason::stale_epoch);
  node.crash();
  EXPECT_EQ(node.expect_refusal(Seal{kMain, Epoch{4}}), RefusalReason::stale_epoch);
  node.expect<SealAck>(Seal{kMain, Epoch{5}});
}

TEST_F(NodeTest, AFenceCountsForWhatIsSentBehindIt) {
  append(node, volume.write({1}));
  const auto seal = node.send(Seal{kMain, Epoch{2}});
  const auto late = node.send(AppendLog{volume.write({1})});
  node.run();
  EXPECT_EQ(std::get<Refusal>(node.take(late)).reason, RefusalReason::stale_epoch);
  EXPECT_EQ(std::get<SealAck>(node.take(seal)).segments.at(0).parts_above_vdl.size(), 1u);
}

TEST_F(NodeTest, ReportsThePartsAboveTheVdl) {
  append(node, volume.write({1}));
  const Lsn durable = volume.last();
  volume.vdl = durable;
  const LogPart second = volume.write({1});
  const LogPart missing = volume.write({2});
  const LogPart third = volume.write({3});
  append(node, second);
  append(node, third);
  const auto ack = node.expect<SealAck>(Seal{kMain, Epoch{2}});
  ASSERT_EQ(ack.segments.size(), 1u);
  const SegmentState& state = ack.segments[0];
  EXPECT_EQ(state.scl, second.end);
  EXPECT_EQ(state.vdl_seen, durable);
  ASSERT_EQ(state.parts_above_vdl.size(), 2u);
  EXPECT_EQ(state.parts_above_vdl[0].end, second.end);
  EXPECT_EQ(state.parts_above_vdl[1].end, third.end);
  EXPECT_EQ(state.parts_above_vdl[1].prev_part_end, missing.end);
  EXPECT_EQ(state.parts_above_vdl[0].records, nullptr);
}

TEST_F(NodeTest, NeverBringsBackWhatWasAnnulled) {
  append(node, volume.write({1, 2}));
  const LogPart kept = volume.write({1});
  append(node, kept);
  const LogPart gone = volume.write({1, 2, 3});
  const LogPart gap = volume.write({1});
  const LogPart gone_later = volume.write({3});
  append(node, gone);
  append(node, gone_later);
  node.expect<SealAck>(Seal{kMain, Epoch{2}});
  const Lsn to(volume.last().value() + 100'000);
  EXPECT_EQ(node.expect_refusal(truncation(Epoch{1}, kept.end, to)), RefusalReason::stale_epoch);
  EXPECT_EQ(node.expect_refusal(truncation(Epoch{3}, kept.end, to)), RefusalReason::not_yet);
  node.expect<Done>(truncation(Epoch{2}, kept.end, to));
  volume.truncate(kept.end, to, kept.end);
  volume.epoch = Epoch{2};
  expect_all_pages(node, volume);

  // By being sent again, in whatever epoch's name.
  EXPECT_EQ(node.expect_refusal(AppendLog{gone}), RefusalReason::stale_epoch);
  for (LogPart again : {gone, gap, gone_later}) {
    again.epoch = Epoch{2};
    EXPECT_EQ(node.expect_refusal(AppendLog{again}), RefusalReason::malformed);
  }
  // What survived may be sent again in the new epoch, and the log goes on behind it.
  LogPart survivor = kept;
  survivor.epoch = Epoch{2};
  EXPECT_EQ(append(node, survivor), kept.end);
  const LogPart next = volume.write({1, 3});
  EXPECT_EQ(append(node, next), next.end);
  expect_all_pages(node, volume);

  // By a restart.
  for (int i = 0; i < 2; ++i) {
    node.crash();
    expect_all_pages(node, volume);
    const auto ack = node.expect<SealAck>(Seal{kMain, Epoch(10 + i)});
    EXPECT_EQ(ack.truncated_after, kept.end);
    EXPECT_EQ(ack.truncated_to, to);
    EXPECT_EQ(ack.segments.at(0).scl, volume.last());
  }
}

TEST_F(NodeTest, ATruncationThatDoesNotHoldIsUndone) {
  append(node, volume.write({1}));
  const LogPart first = volume.write({1, 2});
  append(node, first);
  node.expect<SealAck>(Seal{kMain, Epoch{2}});
  const Lsn to(volume.last().value() + 1000);
  node.expect<Done>(truncation(Epoch{2}, first.begin, to));
  auto ack = node.expect<SealAck>(Seal{kMain, Epoch{3}});
  EXPECT_EQ(ack.previous_epoch, Epoch{2});
  EXPECT_EQ(ack.truncations, (std::vector<Truncation>{{Epoch{2}, first.begin, to}}));
  EXPECT_EQ(ack.segments.at(0).scl, first.begin);
  // The takeover of epoch 2 reached nobody else; the one of epoch 3 found the part elsewhere.
  node.expect<Done>(truncation(Epoch{3}, first.end, to));
  LogPart again = first;
  again.epoch = Epoch{3};
  EXPECT_EQ(append(node, again), first.end);
  volume.truncate(first.end, to, first.end);
  volume.epoch = Epoch{3};
  append(node, volume.write({1}));
  expect_all_pages(node, volume);
  node.crash();
  expect_all_pages(node, volume);
  ack = node.expect<SealAck>(Seal{kMain, Epoch{4}});
  EXPECT_EQ(ack.truncations, (std::vector<Truncation>{{Epoch{3}, first.end, to}}));
}

TEST_F(NodeTest, SaysInItsSealWhatItHasOfTheAncestors) {
  const LogPart first = volume.write({1});
  const LogPart second = volume.write({2});
  append(node, first);
  append(node, second);
  TestVolume child = volume.branch(TimelineId{2}, first.end);
  node.expect<Done>(child.create());
  const auto ack = node.expect<SealAck>(Seal{child.timeline(), Epoch{1}});
  EXPECT_EQ(ack.previous_epoch, Epoch{0});
  EXPECT_EQ(ack.parent, kMain);
  EXPECT_EQ(ack.branch_lsn, first.end);
  EXPECT_EQ(ack.pages_per_group, 1000u);
  EXPECT_TRUE(ack.segments.empty());
  ASSERT_EQ(ack.ancestors.size(), 1u);
  EXPECT_EQ(ack.ancestors[0].timeline, kMain);
  EXPECT_EQ(ack.ancestors[0].through, first.end);
  ASSERT_EQ(ack.ancestors[0].groups.size(), 1u);
  EXPECT_EQ(ack.ancestors[0].groups[0].scl, first.end);
}

TEST_F(NodeTest, TakesNothingOfANewEpochBeforeItsTruncation) {
  append(node, volume.write({1}));
  const LogPart uncounted = volume.write({1});
  append(node, uncounted);
  volume.epoch = Epoch{3};
  const LogPart later = volume.write({2});
  EXPECT_EQ(node.expect_refusal(AppendLog{later}), RefusalReason::not_yet);
  node.expect<SealAck>(Seal{kMain, Epoch{3}});
  EXPECT_EQ(node.expect_refusal(AppendLog{later}), RefusalReason::not_yet);
}

TEST_F(NodeTest, RefusesToAnnulDurableLog) {
  append(node, volume.write({1}));
  const Lsn early = volume.last();
  append(node, volume.write({1}));
  volume.vdl = volume.last();
  append(node, volume.write({1}));
  node.expect<SealAck>(Seal{kMain, Epoch{2}});
  EXPECT_EQ(node.expect_refusal(truncation(Epoch{2}, early, volume.last())),
            RefusalReason::malformed);
  EXPECT_EQ(node.expect_refusal(truncation(Epoch{2}, early, Lsn(volume.last().value() + 1000))),
            RefusalReason::malformed);
}

TEST_F(NodeTest, AReadWaitsForTheLogItNeeds) {
  const LogPart first = volume.write({1});
  const LogPart second = volume.write({1});
  append(node, first);
  const auto read = node.send(volume.read(1, second.end, second.end));
  node.run();
  EXPECT_FALSE(node.answered(read));
  EXPECT_NE(node.core().ticks_until_due(), 0u);
  append(node, second);
  EXPECT_EQ(std::get<PageContents>(node.take(read)).page->lsn(), second.end);
  EXPECT_EQ(node.core().ticks_until_due(), 0u);

  const auto late = node.send(volume.read(1, volume.last(), Lsn(volume.last().value() + 1)));
  node.core().tick();
  node.core().tick();
  node.drain();
  EXPECT_EQ(std::get<Refusal>(node.take(late)).reason, RefusalReason::not_yet);
}

TEST_F(NodeTest, HandsOutItsLog) {
  std::vector<LogPart> parts;
  for (std::uint32_t i = 0; i < 5; ++i) parts.push_back(volume.write({i}));
  for (const LogPart& part : parts) append(node, part);
  auto answer = node.expect<LogParts>(FetchLog{volume.group(), parts[2].begin, 1 << 20});
  ASSERT_EQ(answer.parts.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(answer.parts[i].end, parts[i + 2].end);
    EXPECT_EQ(*answer.parts[i].records, *parts[i + 2].records);
  }
  answer = node.expect<LogParts>(FetchLog{volume.group(), parts[0].begin, 1});
  EXPECT_EQ(answer.parts.size(), 1u);
  EXPECT_TRUE(node.expect<LogParts>(FetchLog{volume.group(), volume.last(), 0}).parts.empty());
}

TEST_F(NodeTest, KeepsGroupsApart) {
  TestVolume grouped(TimelineId{3}, Lsn(10), 16);
  node.expect<Done>(grouped.create());
  for (std::uint32_t i = 0; i < 40; ++i) append(node, grouped.write({i, i ^ 1u}));
  expect_all_pages(node, grouped);
  EXPECT_EQ(node.expect_refusal(ReadPage{{grouped.timeline(), GroupNo{0}}, PageNo{17},
                                         grouped.last(), Lsn(0)}),
            RefusalReason::malformed);
  node.crash();
  expect_all_pages(node, grouped);
}

TEST_F(NodeTest, ClonesReadThroughTheirAncestors) {
  for (std::uint32_t i = 0; i < 10; ++i) append(node, volume.write({1, 2, 3}));
  const Lsn first_branch = volume.last();
  TestVolume child = volume.branch(TimelineId{2}, first_branch);
  node.expect<Done>(child.create());
  for (std::uint32_t i = 0; i < 5; ++i) {
    append(node, volume.write({1, 4}));
    append(node, child.write({2, 4}));
  }
  TestVolume grandchild = child.branch(TimelineId{3}, child.last());
  node.expect<Done>(grandchild.create());
  TestVolume early = child.branch(TimelineId{4}, first_branch);
  node.expect<Done>(early.create());
  for (std::uint32_t i = 0; i < 5; ++i) {
    append(node, child.write({1, 2}));
    append(node, grandchild.write({3, 2, 5}));
    append(node, early.write({2}));
  }
  TestVolume last = grandchild.branch(TimelineId{5}, grandchild.last());
  node.expect<Done>(last.create());
  append(node, last.write({1, 2, 3, 4, 5, 6}));
  for (int round = 0; round < 2; ++round) {
    expect_all_pages(node, volume);
    for (const TestVolume* each : {&child, &grandchild, &early, &last}) {
      expect_all_pages(node, *each, each->create().branch_lsn);
    }
    node.crash();
  }
}

TEST_F(NodeTest, WhatIsReadThroughManyLevelsIsRightWhenTheirLogComesLate) {
  append(node, volume.write({1, 2}));
  std::vector<TestVolume> levels{volume};
  std::vector<LogPart> late;
  for (std::uint64_t id = 2; id <= 40; ++id) {
    TestVolume& parent = levels.back();
    const LogPart part = parent.write({id % 10 == 0 ? 2u : 3u});
    if (id >= 10) {
      late.push_back(part);  // others have it: it may be branched off
    } else {
      append(node, part);
    }
    TestVolume child = parent.branch(TimelineId{id}, parent.last());
    node.expect<Done>(child.create());
    levels.push_back(std::move(child));
  }
  TestVolume& tip = levels.back();
  const Lsn before = volume.version(PageNo{2}, volume.last())->lsn();
  for (int i = 0; i < 2; ++i) {
    expect_page(node, tip, 1, tip.last());
    EXPECT_EQ(node.expect<PageContents>(tip.read(2, tip.last())).page->lsn(), before);
  }
  for (const LogPart& part : late) {
    append(node, part);
    expect_page(node, tip, 1, tip.last());
    if (part.end != late.front().end) continue;
    EXPECT_EQ(node.expect<PageContents>(tip.read(2, tip.last())).page->lsn(), part.end);
  }
  const auto expect_level = [&](const TestVolume& level) { expect_all_pages(node, level, level.create().branch_lsn); };
  for (const TestVolume& level : levels) expect_level(level);
  append(node, tip.write({1, 2, 3}));
  expect_level(tip);
  for (const Lsn at : {tip.last(), tip.create().branch_lsn}) {
    const TestVolume clone = tip.branch(TimelineId{at.value()}, at);
    node.expect<Done>(clone.create());
    expect_level(clone);
  }
  node.crash();
  for (const TestVolume& level : levels) expect_level(level);
}

TEST_F(NodeTest, ADroppedParentLastsAsLongAsItsChildren) {
  append(node, volume.write({1}));
  TestVolume child = volume.branch(TimelineId{2}, volume.last());
  node.expect<Done>(child.create());
  node.expect<Done>(DropTimeline{kMain});
  EXPECT_EQ(node.expect_refusal(AppendLog{volume.write({1})}), RefusalReason::unknown_timeline);
  EXPECT_EQ(node.expect_refusal(volume.read(1, volume.last())), RefusalReason::unknown_timeline);
  append(node, child.write({2}));
  node.crash();
  expect_page(node, child, 1, child.last());
  EXPECT_EQ(node.expect<NodeStatus>(GetStatus{}).timelines.size(), 2u);
  EXPECT_EQ(open_timelines(node), 1u);
  node.expect<Done>(DropTimeline{child.timeline()});
  EXPECT_EQ(open_timelines(node), 0u);
  node.crash();
  EXPECT_EQ(open_timelines(node), 0u);
  EXPECT_EQ(node.expect_refusal(volume.create()), RefusalReason::unknown_timeline);
}

TEST_F(NodeTest, CreatingIsIdempotentAndChecksItsParent) {
  append(node, volume.write({1}));
  TestVolume child = volume.branch(TimelineId{2}, volume.last());
  node.expect<Done>(child.create());
  node.expect<Done>(child.create());
  CreateTimeline other = child.create();
  other.branch_lsn = Lsn(other.branch_lsn.value() - 1);
  EXPECT_EQ(node.expect_refusal(other), RefusalReason::malformed);
  EXPECT_EQ(node.expect_refusal(CreateTimeline{TimelineId{9}, TimelineId{8}, Lsn(5000), 1000}),
            RefusalReason::unknown_timeline);
  node.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {}});
  EXPECT_EQ(node.expect_refusal(CreateTimeline{TimelineId{9}, kMain, Lsn(1001), 1000}),
            RefusalReason::below_horizon);
  EXPECT_EQ(node.expect_refusal(volume.read(1, Lsn(volume.last().value() - 1))),
            RefusalReason::below_horizon);
}

TEST_F(NodeTest, ACreationSharesItsBlockWithTheLogThatFollows) {
  append(node, volume.write({1}));
  const auto log_bytes = [&] { return node.expect<NodeStatus>(GetStatus{}).log_bytes; };
  const TestVolume child = volume.branch(TimelineId{2}, volume.last());
  CreateTimeline create = child.create();
  create.log_follows = true;
  const std::uint64_t before = log_bytes();
  const auto made = node.send(create);
  node.run();
  EXPECT_FALSE(node.answered(made));
  append(node, volume.write({2}));
  EXPECT_TRUE(node.answered(made));
  EXPECT_EQ(log_bytes() - before, 4096u);
  node.crash();
  EXPECT_EQ(open_timelines(node), 2u);
  expect_page(node, child, 1, child.last());
}

TEST_F(NodeTest, ACreationWaitsATickAtMostForTheLogThatFollows) {
  append(node, volume.write({1}));
  CreateTimeline create = volume.branch(TimelineId{2}, volume.last()).create();
  create.log_follows = true;
  auto made = node.send(create);
  node.run();
  EXPECT_FALSE(node.answered(made));
  EXPECT_EQ(node.core().ticks_until_due(), 1u);
  node.core().tick();
  node.run();
  EXPECT_TRUE(std::holds_alternative<Done>(node.take(made)));
  // Nor does one that stops wait for it.
  create.timeline = TimelineId{3};
  made = node.send(create);
  node.core().prepare_stop();
  node.run();
  EXPECT_TRUE(std::holds_alternative<Done>(node.take(made)));
}

TEST_F(NodeTest, SpansManyExtents) {
  for (std::uint32_t i = 0; i < 400; ++i) append(node, volume.write({i % 50}, i % 4 == 0));
  EXPECT_GT(node.disk().extent_files().size(), 3u);
  expect_all_pages(node, volume);
  node.crash();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  expect_all_pages(node, volume);
  append(node, volume.write({1}));
  node.crash();
  expect_all_pages(node, volume);
}

TEST_F(NodeTest, TakesAnEntryLargerThanAnExtent) {
  std::vector<std::uint32_t> pages(60);
  for (std::uint32_t i = 0; i < 60; ++i) pages[i] = i;
  append(node, volume.write(pages, true));  // 480 KiB
  append(node, volume.write({3}));
  expect_all_pages(node, volume);
  node.crash();
  expect_all_pages(node, volume);
}

}  // namespace
}  // namespace pagestore
