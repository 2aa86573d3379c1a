// A node that keeps log alone: everything but pages.
#include "test_node.h"

namespace pagestore {
namespace {

NodeOptions tail_node() {
  NodeOptions options = small_node();
  options.kind = SegmentKind::tail;
  options.first_extent_bytes = options.extent_bytes = 16 << 10;
  options.checkpoint_bytes = 16 << 10;
  options.collect_bytes = 16 << 10;
  options.peers = 1;
  options.run = 1;
  options.gossip_ticks = 1;
  options.behind_ticks = 0;
  return options;
}

struct TailTest : ::testing::Test {
  TestNode tail{tail_node()};
  TestNode full;
  TestVolume volume{kMain, Lsn(1000), 20};

  void SetUp() override {
    tail.expect<Done>(volume.create());
    full.expect<Done>(volume.create());
  }
  LogPart write(int i) {
    LogPart part = volume.write({static_cast<std::uint32_t>(i % 20)}, i % 9 == 0);
    volume.vdl = volume.last();
    return part;
  }
  Lsn log_floor() {
    const auto changes = tail.expect<Changes>(GetChanges{});
    return changes.timelines.at(0).segments.at(0).log_floor;
  }
};

TEST_F(TailTest, AcknowledgesLogAndHandsItOut) {
  const LogPart first = write(0);
  append(tail, first);
  append(tail, write(1));
  const auto parts = tail.expect<LogParts>(FetchLog{first.group, first.begin, 1 << 20});
  ASSERT_EQ(parts.parts.size(), 2u);
  EXPECT_EQ(*parts.parts[0].records, *first.records);
  tail.crash();
  EXPECT_EQ(tail.expect<LogParts>(FetchLog{first.group, first.begin, 1 << 20}).parts.size(), 2u);
  const auto sealed = tail.expect<SealAck>(Seal{kMain, Epoch{raw(volume.epoch) + 1}});
  EXPECT_EQ(sealed.kind, SegmentKind::tail);
  EXPECT_EQ(sealed.segments.at(0).scl, volume.last());
}

TEST_F(TailTest, AnswersNoQuestionAboutPages) {
  const LogPart part = write(0);
  append(tail, part);
  EXPECT_EQ(tail.expect_refusal(ReadPage{part.group, PageNo{0}, part.end, part.end}), RefusalReason::not_yet);
  EXPECT_EQ(tail.expect_refusal(FindChanges{part.group, part.end, part.end, kMain, Lsn(1000), PageNo{0}, PageNo{19}}),
            RefusalReason::not_yet);
  EXPECT_EQ(tail.expect_refusal(ReadSegment{part.group, {}, {}, PageNo{0}, PageNo{19}, 1 << 20}),
            RefusalReason::not_yet);
  EXPECT_EQ(tail.expect_refusal(RepairPage{part.group, volume.epoch, PageNo{0}, part.end, nullptr}),
            RefusalReason::malformed);
}

TEST_F(TailTest, ForgetsLogBelowTheHorizonAlone) {
  Lsn horizon;
  for (int i = 0; i < 2000; ++i) {
    append(tail, write(i));
    if (i == 999) horizon = volume.last();
  }
  tail.core().start_checkpoint();
  tail.run();
  EXPECT_EQ(log_floor(), wal::kNoLsn) << "nothing was granted";
  tail.expect<Done>(GrantHorizon{kMain, volume.epoch, horizon, {}});
  for (int i = 0; i < 1000; ++i) append(tail, write(i));
  tail.run();
  EXPECT_GT(log_floor(), Lsn(1000));
  EXPECT_LE(log_floor(), horizon);
}

TEST_F(TailTest, KeepsLogThatWasNotGrantedWhenItsTimelineIsDropped) {
  for (int i = 0; i < 500; ++i) append(tail, write(i));
  TestVolume child = volume.branch(TimelineId{2}, volume.last());
  tail.expect<Done>(child.create());
  tail.expect<Done>(DropTimeline{kMain});
  for (int i = 0; i < 500; ++i) {
    append(tail, child.write({static_cast<std::uint32_t>(i % 20)}, false));
    child.vdl = child.last();
  }
  tail.expect<Done>(GrantHorizon{TimelineId{2}, child.epoch, child.last(), {}});
  tail.run();
  const auto parts = tail.expect<LogParts>(FetchLog{{kMain, GroupNo{0}}, Lsn(1000), 1 << 20});
  EXPECT_FALSE(parts.parts.empty()) << "a full segment may lack it";
}

TEST_F(TailTest, BeginsAnewWhereTheLogBeforeIsGone) {
  for (int i = 0; i < 300; ++i) append(full, write(i));
  const Lsn horizon = volume.last();
  full.expect<Done>(GrantHorizon{kMain, volume.epoch, horizon, {}});
  append(full, write(300));
  std::uint64_t pages = 0;
  tail.peers = [&](std::size_t, Request request) -> Response {
    const bool is_copy = std::holds_alternative<ReadSegment>(request);
    // That peer has forgotten the log below.
    if (const auto* fetch = std::get_if<FetchLog>(&request); fetch != nullptr && fetch->from < horizon) {
      return Refusal{RefusalReason::below_horizon, {}, {}};
    }
    Response response = full.ask(std::move(request));
    if (is_copy) pages += std::get<SegmentPages>(response).pages.size();
    return response;
  };
  for (int i = 0; i < 50; ++i) {
    tail.core().tick();
    tail.run();
  }
  const auto changes = tail.expect<Changes>(GetChanges{});
  EXPECT_EQ(changes.timelines.at(0).segments.at(0).scl, volume.last());
  EXPECT_EQ(log_floor(), horizon);
  EXPECT_EQ(pages, 0u);
}

}  // namespace
}  // namespace pagestore
