#include "recovery_plan.h"

#include <gtest/gtest.h>

#include "quorum_tracker.h"
#include "wal/volume_errc.h"

namespace wal {
namespace {

using pagestore::LogPart;
using pagestore::SealAck;
using pagestore::SegmentState;
using pagestore::Truncation;

constexpr TimelineId kRecovered{7};
constexpr Epoch kNow{9};

struct PartSpec {
  std::uint64_t prev, begin, end;
  std::uint32_t parts = 1;
};

SegmentState segment(std::uint32_t group, std::uint64_t scl, std::uint64_t vdl_seen,
                     std::vector<PartSpec> parts = {}) {
  SegmentState state{.group = {kRecovered, GroupNo{group}}, .scl = Lsn(scl),
                     .parts_above_vdl = {}, .vdl_seen = Lsn(vdl_seen)};
  for (const PartSpec& part : parts) {
    LogPart log;
    log.group = state.group;
    log.prev_part_end = Lsn(part.prev);
    log.begin = Lsn(part.begin);
    log.end = Lsn(part.end);
    log.parts = part.parts;
    state.parts_above_vdl.push_back(log);
  }
  return state;
}

SealAck ack(std::vector<SegmentState> segments, std::vector<Truncation> truncations = {},
            std::uint64_t previous_epoch = 1) {
  SealAck answer;
  answer.timeline = kRecovered;
  answer.epoch = kNow;
  answer.known = true;
  answer.segments = std::move(segments);
  answer.truncations = std::move(truncations);
  answer.previous_epoch = Epoch{previous_epoch};
  answer.branch_lsn = Lsn(10);
  answer.pages_per_group = 8;
  return answer;
}

RecoveryPlan plan(std::vector<SealAck> acks) {
  auto result = plan_recovery(acks, kNow);
  EXPECT_TRUE(result.has_value());
  return *result;
}

TEST(RecoveryPlan, ATimelineThatNeverHadAWriterNeedsNoTruncation) {
  const auto fresh = ack({}, {}, 0);
  const auto result = plan({fresh, fresh, fresh, fresh});
  EXPECT_TRUE(result.fresh);
  EXPECT_EQ(result.vdl, Lsn(10));
  EXPECT_EQ(result.next_lsn, Lsn(10));
  EXPECT_TRUE(result.truncations.empty());
}

TEST(RecoveryPlan, OneCopyThatSawAWriterIsEnoughToTruncate) {
  const auto fresh = ack({}, {}, 0);
  const auto result = plan({fresh, fresh, fresh, ack({}, {}, 1)});
  EXPECT_FALSE(result.fresh);
  EXPECT_EQ(result.vdl, Lsn(10));
  EXPECT_EQ(result.truncations, (std::vector<Truncation>{{kNow, Lsn(10), result.next_lsn}}));
  EXPECT_EQ(result.next_lsn, Lsn(10 + kLsnReach));
}

TEST(RecoveryPlan, TakesAChunkThatStandsOnOneCopyOnly) {
  // It may have been acknowledged: the other three holders are the two that did not answer and
  // one more.
  const auto without = ack({segment(0, 100, 100)});
  const auto with = ack({segment(0, 200, 100, {{100, 100, 200}})});
  const auto result = plan({without, without, without, with});
  EXPECT_EQ(result.vdl, Lsn(200));
  EXPECT_EQ(result.tails.at(GroupNo{0}), Lsn(200));
}

TEST(RecoveryPlan, CallsOnlyWhatWasAnnouncedDurableBeforeItIsReplicated) {
  const auto without = ack({segment(0, 100, 100)});
  const auto with = ack({segment(0, 200, 100, {{100, 100, 200}})});
  const auto result = plan({without, without, without, with});
  EXPECT_EQ(result.vdl, Lsn(200));
  EXPECT_EQ(result.announced_vdl, Lsn(100));
}

TEST(RecoveryPlan, StopsAtTheFirstChunkOfWhichAPartIsMissing) {
  // (100, 200] touches both groups, nobody has group 1's part; (200, 300] is whole but behind it.
  const auto copy = ack({segment(0, 300, 100, {{100, 100, 200, 2}, {200, 200, 300}}),
                         segment(1, 90, 90)});
  const auto result = plan({copy, copy, copy, copy});
  EXPECT_EQ(result.vdl, Lsn(100));
  EXPECT_EQ(result.tails.at(GroupNo{0}), Lsn(100)) << "the part before the first annulled one";
  EXPECT_EQ(result.tails.at(GroupNo{1}), Lsn(90));
}

TEST(RecoveryPlan, PartsOfOneChunkMayComeFromDifferentCopies) {
  const auto left = ack({segment(0, 200, 100, {{100, 100, 200, 2}})});
  const auto right = ack({segment(1, 200, 100, {{10, 100, 200, 2}})});
  const auto neither = ack({segment(0, 100, 100)});
  const auto result = plan({left, right, neither, neither});
  EXPECT_EQ(result.vdl, Lsn(200));
  EXPECT_EQ(result.tails.at(GroupNo{1}), Lsn(200));
}

TEST(RecoveryPlan, APartBehindAGapDoesNotCount) {
  const auto gap = ack({segment(0, 100, 100, {{200, 200, 300}})});
  const auto short_of_it = ack({segment(0, 100, 100)});
  const auto result = plan({gap, short_of_it, short_of_it, short_of_it});
  EXPECT_EQ(result.vdl, Lsn(100));
  EXPECT_GT(result.next_lsn, Lsn(300)) << "no LSN is ever given twice";
}

TEST(RecoveryPlan, AVdlThatAnyPartCarriedIsDurable) {
  // Group 1 heard of VDL 500 from a later part; group 0's segment here lags.
  const auto copy = ack({segment(0, 100, 100), segment(1, 500, 500)});
  EXPECT_EQ(plan({copy, copy, copy, copy}).vdl, Lsn(500));
}

TEST(RecoveryPlan, IgnoresWhatAnEarlierTakeoverAnnulled) {
  // Epoch 2 decided on 100; the stale copy slept and still has epoch 1's (100, 200].
  const Truncation second{Epoch{2}, Lsn(100), Lsn(1000)};
  const auto stale = ack({segment(0, 200, 100, {{100, 100, 200}})});
  const auto current = ack({segment(0, 100, 100)}, {second});
  auto result = plan({stale, stale, stale, current});
  EXPECT_EQ(result.vdl, Lsn(100));
  EXPECT_EQ(result.tails.at(GroupNo{0}), Lsn(100));

  // The same with log that the second epoch wrote, whose chain leaves from 100 as well.
  const auto ahead = ack({segment(0, 1100, 100, {{100, 100, 1100}})}, {second});
  result = plan({stale, stale, current, ahead});
  EXPECT_EQ(result.vdl, Lsn(1100));
  EXPECT_EQ(result.truncations.size(), 2u);
  EXPECT_EQ(result.truncations.front(), second) << "who slept through it needs it still";
}

TEST(RecoveryPlan, ATruncationOfAnInterruptedTakeoverIsOverruledByALaterOne) {
  // Epoch 2 reached one copy only; epoch 3 did not see it, kept (100, 200] and went on from 200.
  const Truncation interrupted{Epoch{2}, Lsn(100), Lsn(1000)};
  const Truncation third{Epoch{3}, Lsn(200), Lsn(2000)};
  const auto left_behind = ack({segment(0, 100, 100)}, {interrupted});
  const auto current = ack({segment(0, 200, 100, {{100, 100, 200}})}, {third});
  const auto result = plan({left_behind, current, current, current});
  EXPECT_EQ(result.vdl, Lsn(200));
  EXPECT_EQ(std::ranges::count(result.truncations, interrupted), 0);
}

TEST(RecoveryPlan, RepeatedTakeoversWithoutWritingLeaveOneTruncation) {
  auto copy = ack({segment(0, 100, 100)});
  for (int round = 0; round < 5; ++round) {
    const auto result = plan({copy, copy, copy, copy});
    EXPECT_EQ(result.truncations.size(), 1u);
    copy.truncations = result.truncations;
  }
}

TEST(RecoveryPlan, NewLsnsBeginAboveEverythingAnEarlierWriterMaySend) {
  const Truncation before{Epoch{2}, Lsn(100), Lsn(5000)};
  const auto copy = ack({segment(0, 100, 100)}, {before});
  const auto result = plan({copy, copy, copy, copy});
  EXPECT_EQ(result.next_lsn, Lsn(5000 + kLsnReach));
}

TEST(RecoveryPlan, CopiesThatDisagreeOnWhatTheTimelineIsAreCorrupt) {
  auto other = ack({});
  other.branch_lsn = Lsn(11);
  const std::vector<SealAck> acks{ack({}), ack({}), ack({}), other};
  EXPECT_EQ(plan_recovery(acks, kNow).error(), VolumeErrc::corrupt);
}

}  // namespace
}  // namespace wal
