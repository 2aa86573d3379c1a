// What is damaged on a node's disk comes back from its peers.
#include "test_node.h"

#include <set>

#include "log_format.h"

namespace pagestore {
namespace {

NodeOptions with_peers(std::size_t peers) {
  NodeOptions options = small_node();
  options.peers = peers;
  options.run = 1;
  options.gossip_ticks = 1;
  options.behind_ticks = 0;
  return options;
}

struct RepairTest : ::testing::Test {
  TestNode node{with_peers(5)};
  std::size_t silent = 1;  // the first peers do not answer
  TestNode peer;
  TestVolume volume{kMain, Lsn(1000), 20};  // several groups in one shard
  std::vector<LogPart> parts;

  void SetUp() override {
    node.peers = [this](std::size_t number, Request request) -> Response {
      if (number < silent) return Refusal{RefusalReason::stopped, {}, {}};
      return peer.ask(std::move(request));
    };
    for (TestNode* each : {&node, &peer}) each->expect<Done>(volume.create());
  }

  void write(int count) {
    for (int i = 0; i < count; ++i) {
      parts.push_back(volume.write({static_cast<std::uint32_t>(i * 7 % 60)}, i % 9 == 0));
      for (TestNode* each : {&node, &peer}) append(*each, parts.back());
      volume.vdl = volume.last();
    }
  }
  void grant(Lsn horizon) {
    for (TestNode* each : {&node, &peer}) {
      each->expect<Done>(GrantHorizon{kMain, volume.epoch, horizon, {}});
    }
  }
  void checkpoint() {
    node.core().start_checkpoint();
    node.run();
  }
  // Spoils every entry of the kind; returns how many there were.
  std::size_t damage(EntryKind kind) { return damage(node, kind); }
  static std::size_t damage(TestNode& of, EntryKind kind) {
    std::size_t damaged = 0;
    for (const auto& file : of.disk().extent_files()) {
      auto& bytes = of.disk().content(file.file);
      for (std::size_t at = 0; at + sizeof(EntryHeader) <= bytes.size();) {
        EntryHeader header;
        std::memcpy(&header, bytes.data() + at, sizeof header);
        if ((header.position & 0xffff'ffff) != at || header.length == 0) break;
        if (header.kind == static_cast<std::uint8_t>(kind)) {
          of.disk().flip_bit(file.file, at + sizeof header + header.length - 3);
          ++damaged;
        }
        at += entry_size(header.length);
      }
    }
    return damaged;
  }
  // Long enough for every repair.
  void wait() { wait(node); }
  static void wait(TestNode& of, int ticks = 200) {
    for (int i = 0; i < ticks; ++i) {
      of.core().tick();
      of.run();
    }
  }
  // A member beside the others has some log, is sealed with them, and forgets that it was.
  void lose_a_fence(TestNode& member) {
    member.expect<Done>(volume.create());
    write(20);
    for (const LogPart& part : parts) append(member, part);
    for (TestNode* each : {&member, &peer}) each->expect<SealAck>(Seal{kMain, Epoch{5}});
    ASSERT_EQ(damage(member, EntryKind::seal), 1u);
    TestVolume other(TimelineId{9});
    for (TestNode* each : {&member, &peer}) each->expect<Done>(other.create());
    member.open();
  }
  void expect_whole(Lsn from) {
    wait();
    expect_all_pages(node, volume, from);
    node.open();
    expect_all_pages(node, volume, from);
    EXPECT_TRUE(node.log().empty()) << node.log().front();
  }
};

TEST_F(RepairTest, AnIndexThatIsLostComesFromAPeerAndTheNodesOwnLog) {
  write(80);
  const Lsn horizon = volume.last();
  grant(horizon);
  write(80);
  checkpoint();
  ASSERT_GT(damage(EntryKind::index_shard), 0u);
  node.open();
  write(10);
  EXPECT_EQ(node.expect_refusal(volume.read(7, volume.last())), RefusalReason::corrupt);
  expect_whole(horizon);
}

// The last grant went to the others alone, and no log came after it that would tell of the VDL.
TEST_F(RepairTest, APeerWasGrantedWhatThisNodeDoesNotKnowToBeDurable) {
  write(80);
  grant(volume.last());
  write(80);
  peer.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {}});
  checkpoint();
  ASSERT_GT(damage(EntryKind::index_shard), 0u);
  node.open();
  EXPECT_EQ(node.expect_refusal(volume.read(7, volume.last())), RefusalReason::corrupt);
  expect_whole(volume.last());
}

TEST_F(RepairTest, WithoutAHorizonEverythingIsInTheNodesOwnLog) {
  write(60);
  checkpoint();
  write(60);
  checkpoint();
  ASSERT_GT(damage(EntryKind::index_shard), 0u);
  node.open();
  EXPECT_EQ(node.expect_refusal(volume.read(7, volume.last())), RefusalReason::corrupt);
  expect_whole(Lsn(1000));
}

TEST_F(RepairTest, LogAndListsOfItThatAreLostComeFromAPeer) {
  write(60);
  grant(volume.last());
  const Lsn horizon = volume.last();
  write(60);
  checkpoint();
  ASSERT_GT(damage(EntryKind::part), 0u);
  ASSERT_GT(damage(EntryKind::part_list), 0u);
  node.open();
  EXPECT_EQ(node.expect_refusal(volume.read(7, volume.last())), RefusalReason::corrupt);
  EXPECT_EQ(node.expect_refusal(FetchLog{volume.group(), parts[62].begin, 1 << 20}),
            RefusalReason::corrupt);
  expect_whole(horizon);
}

TEST_F(RepairTest, PinnedVersionsComeBackToo) {
  write(40);
  const Lsn pin = volume.last();
  TestVolume child = volume.branch(TimelineId{2}, pin);
  for (TestNode* each : {&node, &peer}) each->expect<Done>(child.create());
  write(40);
  const Lsn horizon = volume.last();
  grant(horizon);
  write(20);
  checkpoint();
  ASSERT_GT(damage(EntryKind::index_shard), 0u);
  node.open();
  EXPECT_EQ(node.expect_refusal(volume.read(7, volume.last())), RefusalReason::corrupt);
  expect_whole(horizon);
  for (std::uint32_t page = 0; page < 60; ++page) expect_page(node, child, page, child.last());
}

TEST_F(RepairTest, WhoLostAFenceTakesPartAgainWhenThreePeersHaveToldAllTheyKnow) {
  write(60);
  for (TestNode* each : {&node, &peer}) each->expect<SealAck>(Seal{kMain, Epoch{5}});
  TestVolume other(TimelineId{9});
  for (TestNode* each : {&node, &peer}) each->expect<Done>(other.create());
  ASSERT_EQ(damage(EntryKind::seal), 1u);
  silent = 3;
  node.open();
  const auto late = volume.write({1});
  wait();
  EXPECT_EQ(node.expect_refusal(AppendLog{late}), RefusalReason::corrupt);
  EXPECT_EQ(node.expect_refusal(Seal{kMain, Epoch{6}}), RefusalReason::corrupt);
  EXPECT_EQ(node.expect_refusal(volume.read(1, parts.back().end)), RefusalReason::corrupt);

  silent = 2;
  wait();
  EXPECT_EQ(node.expect_refusal(AppendLog{late}), RefusalReason::stale_epoch);
  const auto ack = node.expect<SealAck>(Seal{kMain, Epoch{6}});
  EXPECT_EQ(ack.previous_epoch, Epoch{5});
  for (const auto& segment : ack.segments) EXPECT_EQ(segment.scl, peer.expect<SealAck>(Seal{kMain, Epoch{5}}).segments[raw(segment.group.group)].scl);
  node.open();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  for (std::uint32_t page = 0; page < 60; ++page) expect_page(node, volume, page, parts.back().end);
}

// A write quorum may have been the three full ones, of which this node is one: tails alone know nothing of it.
TEST_F(RepairTest, WhoLostAFenceAsksOneThatIsFull) {
  NodeOptions options = with_peers(5);
  options.mates = {{0, 1, 2, 3, 4}};
  TestNode member(options);
  std::set<std::size_t> tails{0, 1, 2};
  member.peers = [&](std::size_t number, Request request) -> Response {
    if (number > 2) return Refusal{RefusalReason::stopped, {}, {}};
    Response response = peer.ask(std::move(request));
    if (auto* const changes = std::get_if<Changes>(&response); changes != nullptr && tails.contains(number)) {
      for (TimelineDigest& digest : changes->timelines) digest.kind = SegmentKind::tail;
    }
    return response;
  };
  lose_a_fence(member);
  wait(member, 400);
  EXPECT_EQ(member.expect_refusal(Seal{kMain, Epoch{6}}), RefusalReason::corrupt);
  tails = {0, 1};
  member.open();
  wait(member, 400);
  EXPECT_EQ(member.expect<SealAck>(Seal{kMain, Epoch{6}}).previous_epoch, Epoch{5});
}

// Of eight peers the four of another set of nodes do not answer: none of this node's promises was made to them.
TEST_F(RepairTest, WhoLostAFenceWaitsForItsOwnSetsAlone) {
  NodeOptions options = with_peers(9);
  options.mates = {{0, 1, 2, 3, 4}, {0, 1, 2, 3, 5}};
  TestNode spread(options);
  std::set<std::size_t> answering{0, 1, 4, 6, 7, 8};
  spread.peers = [&](std::size_t number, Request request) -> Response {
    if (!answering.contains(number)) return Refusal{RefusalReason::stopped, {}, {}};
    return peer.ask(std::move(request));
  };
  lose_a_fence(spread);
  wait(spread, 400);
  EXPECT_EQ(spread.expect_refusal(Seal{kMain, Epoch{6}}), RefusalReason::corrupt) << "two of the second six alone";
  answering = {0, 1, 2};  // six of nine are away
  wait(spread, 400);
  EXPECT_EQ(spread.expect<SealAck>(Seal{kMain, Epoch{6}}).previous_epoch, Epoch{5});
}

// The last grant went to this node alone, and the peer does not know that all of it is durable.
TEST_F(RepairTest, APeerWasNotGrantedWhatThisNodeWas) {
  write(80);
  for (std::uint32_t i = 0; i < 60; ++i) {  // nobody announces them
    parts.push_back(volume.write({i}));
    for (TestNode* each : {&node, &peer}) append(*each, parts.back());
  }
  volume.vdl = volume.last();
  node.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {}});
  checkpoint();
  ASSERT_GT(damage(EntryKind::index_shard), 0u);
  node.open();
  EXPECT_EQ(node.expect_refusal(volume.read(7, volume.last())), RefusalReason::corrupt);
  expect_whole(volume.last());
}

// No one peer has all the groups that are damaged here.
TEST(Repair, GroupsOnSeveralSetsOfNodesComeFromDifferentPeers) {
  constexpr std::uint32_t kGroupPages = 64;  // a shard each
  TestNode node(with_peers(2));
  TestNode first, second;
  node.set_held({2, 3});
  first.set_held({2, 1});
  second.set_held({2, 2});
  node.peers = [&](std::size_t number, Request request) { return (number == 0 ? first : second).ask(std::move(request)); };
  TestVolume volume(kMain, Lsn(1000), kGroupPages);
  for (TestNode* each : {&node, &first, &second}) each->expect<Done>(volume.create());
  for (std::uint32_t i = 0; i < 100; ++i) {
    const std::uint32_t group = i % 4;
    const LogPart part = volume.write({group * kGroupPages + i % 20});
    append(node, part);
    append(group % 2 == 0 ? first : second, part);
    volume.vdl = volume.last();
  }
  for (TestNode* each : {&node, &first, &second}) {
    each->expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {}});
  }
  node.core().start_checkpoint();
  node.run();
  ASSERT_GT(RepairTest::damage(node, EntryKind::index_shard), 0u);
  node.open();
  for (std::uint32_t group = 0; group < 4; ++group) {
    EXPECT_EQ(node.expect_refusal(volume.read(group * kGroupPages + group, volume.last())), RefusalReason::corrupt);
  }
  for (int i = 0; i < 400; ++i) {
    node.core().tick();
    node.run();
  }
  expect_all_pages(node, volume, volume.last());
}

// The last part was never announced, and never will be.
TEST_F(RepairTest, WhatAChildNeedsOfADroppedTimelineComesBack) {
  write(40);
  TestVolume child = volume.branch(TimelineId{2}, volume.last());
  for (TestNode* each : {&node, &peer}) each->expect<Done>(child.create());
  write(20);
  for (TestNode* each : {&node, &peer}) each->expect<Done>(DropTimeline{kMain});
  checkpoint();
  ASSERT_GT(damage(EntryKind::index_shard), 0u);
  node.open();
  EXPECT_EQ(node.expect_refusal(child.read(7, child.last())), RefusalReason::corrupt);
  wait();
  for (std::uint32_t page = 0; page < 60; ++page) expect_page(node, child, page, child.last());
}

// What is copied page by page (an empty copy of a group would be taken for a whole one).
TEST_F(RepairTest, APeerCopiesWhatAChildNeedsOfADroppedGroupThatEndsBelowTheBranch) {
  const LogPart part = volume.write({3});
  append(peer, part);
  append(peer, volume.write({25}));
  ASSERT_LT(part.end, volume.last());
  peer.expect<Done>(volume.branch(TimelineId{2}, volume.last()).create());
  peer.expect<Done>(DropTimeline{kMain});
  const auto copied = peer.expect<SegmentPages>(ReadSegment{part.group, {}, {}, PageNo{0}, PageNo{19}, 1 << 20});
  ASSERT_EQ(copied.pages.size(), 1u);
  EXPECT_EQ(copied.pages[0]->bytes, volume.newest(PageNo{3}).bytes);
}

// The node has not heard that a child was dropped, and a peer's pages do not show any more what the child read.
TEST_F(RepairTest, PagesAreNotCopiedFromAPeerThatHasDroppedAChild) {
  NodeOptions options = small_node();
  options.extent_bytes = 128 << 10;
  options.checkpoint_bytes = 60'000;
  options.collect_bytes = 150'000;
  TestNode collecting(options);
  node.peers = [&](std::size_t, Request request) { return collecting.ask(std::move(request)); };
  collecting.expect<Done>(volume.create());
  append(collecting, volume.write({3}));
  TestVolume child = volume.branch(TimelineId{2}, volume.last());
  for (TestNode* each : {&node, &collecting}) each->expect<Done>(child.create());
  collecting.expect<Done>(DropTimeline{child.timeline()});
  for (int i = 0; i < 300; ++i) {
    append(collecting, volume.write({3}, false, 1400));
    volume.vdl = volume.last();
    if (i % 30 == 0) collecting.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.tail(), {}});
  }
  const auto answer = node.peers;
  node.peers = [&](std::size_t number, Request request) -> Response {
    const auto* const asked = std::get_if<GetChanges>(&request);
    const std::uint64_t since = asked == nullptr ? 0 : asked->since;
    Response response = answer(number, std::move(request));
    if (auto* const changes = std::get_if<Changes>(&response)) {
      if (std::erase_if(changes->timelines, [&](const auto& each) { return each.timeline == child.timeline(); }) > 0)
        changes->through = since;  // it is told later
    }
    return response;
  };
  wait();
  const auto read = node.send(child.read(3, child.last(), child.last()));
  wait();
  const Response response = node.take(read);
  ASSERT_TRUE(std::holds_alternative<Refusal>(response)) << "a page that the child has not";
  EXPECT_EQ(std::get<Refusal>(response).reason, RefusalReason::not_yet);
  node.peers = answer;
  wait();
  EXPECT_EQ(node.expect_refusal(child.read(3, child.last())), RefusalReason::unknown_timeline);
  EXPECT_EQ(node.expect<NodeStatus>(GetStatus{}).repair.pages_copied, 1u);
  expect_page(node, volume, 3, volume.last());
}

// A checkpoint that begins between the pages of a copy lists the log of before it, which is indexed anew at an opening. The
// image that was copied is newer, and stored.
TEST_F(RepairTest, OlderLogIsNotTakenForNewerThanWhatWasCopied) {
  NodeOptions options = with_peers(1);
  options.repair_bytes_per_tick = 4096;  // a page at a time
  TestNode copying(options);
  options = small_node();
  options.extent_bytes = 128 << 10;
  options.checkpoint_bytes = 60'000;
  options.collect_bytes = 150'000;
  TestNode collecting(options);
  const LogPart first = volume.write({3, 5}, true);
  for (TestNode* each : {&copying, &collecting}) {
    each->expect<Done>(volume.create());
    append(*each, first);
  }
  Lsn granted;
  for (int i = 0; i < 300; ++i) {
    append(collecting, volume.write({3, 5}, false, 700));
    volume.vdl = volume.last();
    if (i % 30 == 0) collecting.expect<Done>(GrantHorizon{kMain, volume.epoch, granted = volume.last(), {}});
  }
  int asked = 0;
  copying.peers = [&](std::size_t, Request request) {
    if (std::holds_alternative<ReadSegment>(request) && ++asked == 2) copying.core().start_checkpoint();
    return collecting.ask(std::move(request));
  };
  for (int i = 0; i < 200; ++i) {
    copying.core().tick();
    copying.run();
  }
  ASSERT_GE(asked, 2);
  copying.crash();
  for (const std::uint32_t page : {3, 5}) expect_page(copying, volume, page, granted);
}

// The log tells that the group was copied, and a page of it is lost in front of that.
TEST_F(RepairTest, AGroupIsCopiedAgainWhereAPageOfTheCopyIsLost) {
  TestNode copying(with_peers(1));
  NodeOptions options = small_node();
  options.extent_bytes = 128 << 10;
  options.checkpoint_bytes = 60'000;
  options.collect_bytes = 150'000;
  TestNode collecting(options);
  for (TestNode* each : {&copying, &collecting}) each->expect<Done>(volume.create());
  for (int i = 0; i < 300; ++i) {
    append(collecting, volume.write({3, 5}, i == 0, 700));
    volume.vdl = volume.last();
    if (i % 30 == 0) collecting.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {}});
  }
  copying.peers = [&](std::size_t, Request request) { return collecting.ask(std::move(request)); };
  const auto whole = [&] {
    for (int i = 0; i < 200; ++i) {
      copying.core().tick();
      copying.run();
    }
    for (const std::uint32_t page : {3, 5}) expect_page(copying, volume, page, volume.last());
  };
  whole();
  ASSERT_GT(damage(copying, EntryKind::page_image), 0u);
  copying.open();
  for (const std::uint32_t page : {3, 5}) {
    const auto early = copying.send(volume.read(page, volume.last(), volume.last()));
    copying.run();
    EXPECT_FALSE(copying.answered(early)) << "by what is left of page " << page;
  }
  whole();
}

// As after damage to the log that left the drop, and took the creations before it.
TEST_F(RepairTest, ANameThatWasDroppedIsATimelineAgainWhenAChildTurnsUp) {
  write(60);
  const TestVolume dropped = volume.branch(TimelineId{2}, volume.last());
  TestVolume child = dropped.branch(TimelineId{3}, volume.last());
  peer.expect<Done>(dropped.create());
  peer.expect<Done>(child.create());
  for (TestNode* each : {&node, &peer}) each->expect<Done>(DropTimeline{TimelineId{2}});
  for (int i = 0; i < 5; ++i) append(peer, child.write({static_cast<std::uint32_t>(i)}));
  wait();
  for (std::uint32_t page = 0; page < 60; ++page) expect_page(node, child, page, child.last());
  checkpoint();
  node.crash();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  for (std::uint32_t page = 0; page < 60; ++page) expect_page(node, child, page, child.last());
}

TEST_F(RepairTest, ANameThatIsATimelineAgainIsOneAfterACrashWithoutACheckpoint) {
  const TestVolume dropped = volume.branch(TimelineId{2}, volume.last());
  const TestVolume child = dropped.branch(TimelineId{3}, volume.last());
  peer.expect<Done>(dropped.create());
  peer.expect<Done>(child.create());
  for (TestNode* each : {&node, &peer}) each->expect<Done>(DropTimeline{TimelineId{2}});
  const auto is_there = [&] {
    const auto told = std::get<Changes>(node.take(node.send(GetChanges{})));
    return std::ranges::any_of(told.timelines, [](const TimelineDigest& each) {
      return each.timeline == TimelineId{3} && each.pages_per_group != 0;
    });
  };
  for (int i = 0; i < 200 && !is_there(); ++i) {
    node.core().tick();
    while (!is_there() && node.step()) {
    }
  }
  ASSERT_TRUE(is_there());
  node.crash();
  EXPECT_TRUE(is_there());
}

// An opening sees the drops first: what they leave nothing of is not there for who comes behind them.
TEST_F(RepairTest, ATimelineThatIsGoingIsNotKeptForAChildThatComesLater) {
  write(20);
  const TestVolume dropped = volume.branch(TimelineId{2}, volume.last());
  const TestVolume keeping = dropped.branch(TimelineId{3}, volume.last());
  const TestVolume late = dropped.branch(TimelineId{4}, volume.last());
  node.expect<Done>(dropped.create());
  node.expect<Done>(keeping.create());
  node.expect<Done>(DropTimeline{TimelineId{2}});
  node.send(DropTimeline{TimelineId{3}});
  EXPECT_EQ(node.expect_refusal(late.create()), RefusalReason::unknown_timeline);
  node.crash();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
}

}  // namespace
}  // namespace pagestore
