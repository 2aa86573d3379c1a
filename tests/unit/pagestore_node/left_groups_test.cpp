// What a node has of groups that are held elsewhere goes, when nothing can bring them back.
#include "test_node.h"

namespace pagestore {
namespace {

constexpr HeldSets kBoth{2, 0b11}, kFirst{2, 0b01};

NodeOptions with_a_peer() {
  NodeOptions options = small_node();
  options.peers = 1;
  options.run = 1;
  options.gossip_ticks = 1;
  options.behind_ticks = 0;
  options.collect_bytes = 32 << 10;
  options.extent_bytes = options.first_extent_bytes = 32 << 10;
  options.held = kBoth;
  return options;
}

struct LeftGroupsTest : ::testing::Test {
  TestNode node{with_a_peer()};
  TestNode peer;
  TestVolume volume{kMain, Lsn(1000), 64};
  TestVolume child;

  void SetUp() override {
    node.peers = [this](std::size_t, Request request) { return peer.ask(std::move(request)); };
    for (TestNode* each : {&node, &peer}) each->expect<Done>(volume.create());
    write(volume, 80);
    child = volume.branch(TimelineId{2}, volume.last());
    for (TestNode* each : {&node, &peer}) each->expect<Done>(child.create());
    write(child, 10);
  }
  // Pages of both groups.
  void write(TestVolume& to, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const LogPart part = to.write({i % 20 + (i % 2 == 0 ? 0 : 64)}, i % 9 == 0, 200);
      for (TestNode* each : {&node, &peer}) append(*each, part);
      to.vdl = to.last();
    }
  }
  // The second one, and the peer goes on with both until it has no log of what was there before.
  void leave_a_group() {
    node.set_held(kFirst);
    node.core().release(kFirst);
    node.run();
    write(volume, 40);
    peer.expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {child.create().branch_lsn}});
    peer.core().start_checkpoint();
    peer.run();
    node.core().release(kFirst);
    node.run();
  }
  void wait() {
    for (int i = 0; i < 200; ++i) {
      node.core().tick();
      node.run();
    }
  }
  std::size_t segments() {
    std::size_t count = 0;
    for (const auto& digest : node.expect<Changes>(GetChanges{}).timelines) count += digest.segments.size();
    return count;
  }
  void expect_pages_of(std::uint32_t first, TestVolume& of) {
    for (std::uint32_t page = first; page < first + 20; ++page) expect_page(node, of, page, of.last());
  }
  std::uint64_t size() { return node.expect<NodeStatus>(GetStatus{}).disk_bytes; }
};

TEST_F(LeftGroupsTest, AreKeptAsLongAsTheChangeMayComeToNothing) {
  node.set_held(kFirst);
  wait();
  EXPECT_EQ(segments(), 4u);
  // It says nothing of their pages, not even that there are none.
  EXPECT_EQ(node.expect_refusal(volume.read(65, volume.last())), RefusalReason::not_yet);
  EXPECT_EQ(node.expect_refusal(child.read(65, child.last())), RefusalReason::not_yet);
  EXPECT_EQ(node.expect_refusal(ReadSegment{volume.group(PageNo{64}), {}, {}, PageNo{64}, PageNo{127}, 1 << 20}),
            RefusalReason::not_yet);
  EXPECT_FALSE(node.expect<LogParts>(FetchLog{volume.group(PageNo{64}), Lsn(1000), 1 << 20}).parts.empty());
  // Taken back: all is as it was.
  node.set_held(kBoth);
  expect_pages_of(64, volume);
  node.core().release(kBoth);
  node.run();
  EXPECT_EQ(segments(), 4u);
  expect_pages_of(64, child);
}

TEST_F(LeftGroupsTest, GoWhenItHoldsAndStayGone) {
  node.core().start_checkpoint();
  node.run();
  const std::size_t files = node.disk().extent_files().size();
  node.set_held(kFirst);
  node.core().release(kFirst);
  node.run();
  for (int opened = 0; opened < 4; ++opened) {
    EXPECT_EQ(segments(), 2u);
    expect_pages_of(0, volume);
    expect_pages_of(0, child);
    EXPECT_EQ(node.expect_refusal(child.read(65, child.last())), RefusalReason::not_yet);
    if (opened == 2) {
      node.core().start_checkpoint();
      node.run();
    }
    node.crash();
  }
  // What is logged from now on takes their place.
  for (TestNode* each : {&node, &peer}) each->expect<Done>(GrantHorizon{kMain, volume.epoch, volume.last(), {}});
  for (int i = 0; i < 400; ++i) {
    append(node, child.write({static_cast<std::uint32_t>(i) % 20}, true));
    child.vdl = child.last();
    if (i % 20 == 0) {
      node.expect<Done>(GrantHorizon{child.timeline(), child.epoch, child.last(), {}});
      node.core().start_checkpoint();
      node.run();
    }
  }
  EXPECT_LT(node.disk().extent_files().size(), files + 40);
  expect_pages_of(0, child);
}

TEST_F(LeftGroupsTest, ComeBackAsOnANewNode) {
  node.set_held(kFirst);
  node.core().release(kFirst);
  node.run();
  write(volume, 4);  // what was on its way
  node.set_held(kBoth);
  wait();
  EXPECT_EQ(segments(), 4u);
  expect_pages_of(64, volume);
  expect_pages_of(64, child);
  node.crash();
  expect_all_pages(node, volume);
  expect_all_pages(node, child, child.last());
}

// The log is gone at the peer, too: pages are copied, and those of the former time do no harm.
TEST_F(LeftGroupsTest, ComeBackPageByPage) {
  leave_a_group();
  EXPECT_EQ(segments(), 2u);
  node.set_held(kBoth);
  wait();
  expect_pages_of(64, volume);
  expect_pages_of(64, child);
  node.crash();
  expect_pages_of(64, volume);
  expect_pages_of(0, volume);
}

// Nothing that runs knows of segments that go.
TEST_F(LeftGroupsTest, GoWhenWhatRunsHasEnded) {
  node.core().start_checkpoint();
  node.drain();
  ASSERT_TRUE(node.core().checkpointing());
  node.set_held(kFirst);
  node.core().release(kFirst);
  node.run();
  node.core().start_checkpoint();
  node.run();
  EXPECT_EQ(segments(), 2u);
  node.open();
  EXPECT_EQ(segments(), 2u);
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  expect_pages_of(0, child);
}

// Given back while the entries that they left are being written: what is still here counts for nobody, and they come
// anew as if they had been gone.
TEST_F(LeftGroupsTest, CountForNothingWhileTheyGo) {
  node.set_held(kFirst);
  node.core().release(kFirst);
  node.drain();
  node.set_held(kBoth);
  const auto changes = node.send(GetChanges{});
  std::size_t count = 0;
  const Response answer = node.take(changes);
  for (const auto& digest : std::get<Changes>(answer).timelines) count += digest.segments.size();
  EXPECT_EQ(count, 2u);
  // The peer tells of them before they are gone, and never again by itself.
  node.core().tick();
  node.drain();
  wait();
  EXPECT_EQ(segments(), 4u);
  expect_pages_of(64, volume);
  expect_pages_of(64, child);
  node.crash();
  expect_pages_of(64, volume);
}

// An image that is being made when they go, wherever it is on its way, does not bring a piece of them back.
TEST_F(LeftGroupsTest, AreNotBroughtBackByAnImageOnItsWay) {
  for (int steps = 0; steps < 12; ++steps) {
    NodeOptions options = with_a_peer();
    options.chain_records_max = 4;
    TestNode each(options);
    TestVolume own(kMain, Lsn(1000), 64);
    each.expect<Done>(own.create());
    for (int i = 0; i < 4; ++i) append(each, own.write({65}, false, 200));
    own.vdl = own.last();
    append(each, own.write({1}, false, 200));
    each.core().start_checkpoint();
    each.run();
    each.open();  // what was logged is on the disk alone
    const auto token = each.send(AppendLog{own.write({65}, false, 200)});
    while (!each.answered(token)) ASSERT_TRUE(each.step());
    each.send(GrantHorizon{kMain, own.epoch, own.vdl, {}});
    for (int i = 0; i < steps; ++i) {
      each.core().work();
      each.drain();
      each.step();
    }
    each.set_held(kFirst);
    each.core().release(kFirst);
    each.run();
    std::size_t forgotten = each.log().size();
    EXPECT_EQ(forgotten, 1u);
    // Nothing is left to be forgotten.
    each.core().release(kFirst);
    each.run();
    EXPECT_EQ(each.log().size(), forgotten) << "after " << steps << " steps: " << each.log().back();
    each.crash();
    each.core().release(kFirst);
    each.run();
    EXPECT_TRUE(each.log().empty()) << "after " << steps << " steps: " << each.log().front();
  }
}

// Nor do the pages of a copy from a peer, however far it has come: the first ones may be on their way into the log when
// there is nothing of the group yet.
TEST_F(LeftGroupsTest, AreNotBroughtBackByACopyThatHasJustBegun) {
  leave_a_group();
  for (int steps = 0; steps < 30; ++steps) {
    node.set_held(kBoth);
    for (int i = 0; i < steps; ++i) {
      if (i % 3 == 0) node.core().tick();
      node.step();
    }
    node.set_held(kFirst);
    node.core().release(kFirst);
    node.run();
    const std::size_t forgotten = node.log().size();
    node.core().release(kFirst);
    node.run();
    EXPECT_EQ(node.log().size(), forgotten) << "after " << steps << " steps: " << node.log().back();
  }
  node.crash();
  node.core().release(kFirst);
  node.run();
  EXPECT_TRUE(node.log().empty()) << node.log().front();
  expect_pages_of(0, volume);
}

// What a spread that is under way brings to the node is not thrown away before.
TEST_F(LeftGroupsTest, StayWhenTheyAreToCome) {
  node.set_held(kFirst);
  node.core().release(kBoth);
  node.run();
  EXPECT_EQ(segments(), 4u);
}

}  // namespace
}  // namespace pagestore
