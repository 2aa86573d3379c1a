#include "log_shipper.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wal {
namespace {

using pagestore::AppendAck;
using pagestore::AppendLog;
using pagestore::FetchLog;
using pagestore::LogParts;
using pagestore::Refusal;
using pagestore::RefusalReason;
using pagestore::Seal;
using pagestore::SealAck;
using pagestore::Truncate;
using Phase = LogShipper::Phase;
using Kind = LogShipper::CallKind;
using Send = LogShipper::Send;

constexpr TimelineId kTimeline{7};
constexpr GroupNo kGroup{0};

// Plays six copies by hand: requests are looked at, answered or left lying, one by one.
struct LogShipperTest : ::testing::Test {
  LogShipper shipper{kTimeline, 42, {.window_bytes = 1000, .retained_bytes = 2000}};
  std::vector<Send> open;  // requests nobody has answered
  Lsn chain_end, position;
  std::map<CopyIndex, Lsn> tail;

  void collect() {
    shipper.check_invariants();
    auto sends = shipper.take_sends();
    std::ranges::move(sends, std::back_inserter(open));
  }
  // Takes the oldest open request of this kind to this copy.
  std::optional<Send> take(CopyIndex copy, Kind kind) {
    const auto found = std::ranges::find_if(open, [&](const Send& send) {
      return send.call.copy == copy && send.call.kind == kind;
    });
    if (found == open.end()) return std::nullopt;
    Send send = std::move(*found);
    open.erase(found);
    return send;
  }
  void answer(const Send& send, pagestore::Response response) {
    shipper.answered(send.call, std::move(response));
    collect();
  }
  SealAck new_timeline() const {
    SealAck ack;
    ack.timeline = kTimeline;
    ack.epoch = shipper.epoch();
    ack.known = true;
    ack.pages_per_group = 8;
    return ack;
  }
  void seal(std::initializer_list<CopyIndex> copies, SealAck ack) {
    for (const CopyIndex copy : copies) {
      const auto request = take(copy, Kind::seal);
      ASSERT_TRUE(request);
      ack.epoch = shipper.epoch();
      answer(*request, ack);
    }
  }
  void open_new_timeline() {
    shipper.start();
    collect();
    seal({0, 1, 2, 3, 4, 5}, new_timeline());
    ASSERT_EQ(shipper.phase(), Phase::serving);
    chain_end = shipper.plan().vdl;
    position = shipper.plan().next_lsn;
  }
  Lsn ship(std::size_t bytes = 100) {
    Chunk chunk;
    chunk.begin = chain_end;
    chunk.end = position = position.advanced_by(bytes);
    chunk.parts.push_back(
        {kGroup, chain_end, std::make_shared<const std::vector<std::byte>>(bytes)});
    chain_end = chunk.end;
    shipper.ship(std::move(chunk));
    collect();
    return chain_end;
  }
  // The copy has synced the next part it was sent.
  bool sync(CopyIndex copy) {
    const auto request = take(copy, Kind::append);
    if (!request) return false;
    const auto& part = std::get<AppendLog>(request->request).part;
    answer(*request, AppendAck{part.group, part.epoch, part.end});
    return true;
  }
  void refuse(CopyIndex copy, Kind kind, RefusalReason reason, Epoch epoch = {}) {
    const auto request = take(copy, kind);
    ASSERT_TRUE(request);
    answer(*request, Refusal{reason, epoch, {}});
  }
};

// Groups by turns on {0..5} and {0, 2, 4, 6, 7, 8}.
struct SpreadLogShipperTest : LogShipperTest {
  SpreadLogShipperTest() {
    shipper.set_placement(pagestore::Placement({Membership(), Membership(NodeSet{0, 2, 4, 6, 7, 8})}));
  }
};

TEST_F(SpreadLogShipperTest, TakesATimelineOverOnEverySetOfNodes) {
  shipper.start();
  collect();
  EXPECT_EQ(open.size(), 9u);
  seal({0, 1, 2, 3, 4, 5}, new_timeline());
  EXPECT_EQ(shipper.phase(), Phase::sealing) << "an older writer may be writing to a group of the second set";
  seal({7}, new_timeline());
  EXPECT_EQ(shipper.phase(), Phase::serving);
}

TEST_F(SpreadLogShipperTest, AGroupGoesToItsOwnNodes) {
  shipper.start();
  collect();
  seal({0, 1, 2, 3, 4, 5, 6, 7, 8}, new_timeline());
  chain_end = shipper.plan().vdl;
  position = shipper.plan().next_lsn;
  Chunk chunk;
  chunk.begin = chain_end;
  chunk.end = position.advanced_by(100);
  for (const GroupNo group : {GroupNo{0}, GroupNo{3}}) {
    chunk.parts.push_back({group, chain_end, std::make_shared<const std::vector<std::byte>>(100)});
  }
  const Lsn end = chunk.end;
  shipper.ship(std::move(chunk));
  collect();
  std::map<std::uint32_t, NodeSet> sent;
  for (const Send& each : open) {
    if (each.call.kind == Kind::append) sent[raw(each.call.group)].add(each.call.copy);
  }
  EXPECT_EQ(sent[0], (NodeSet{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(sent[3], (NodeSet{0, 2, 4, 6, 7, 8}));
  for (const CopyIndex copy : {0, 1, 2, 3, 4, 5}) ASSERT_TRUE(sync(copy));
  EXPECT_LT(shipper.vdl(), end) << "of the other group nobody has said anything";
  for (const CopyIndex copy : {0, 2, 4, 7}) ASSERT_TRUE(sync(copy));
  EXPECT_EQ(shipper.vdl(), end);
  EXPECT_TRUE(shipper.can_read(1, GroupNo{0}, end));
  EXPECT_TRUE(shipper.can_read(7, GroupNo{3}, end));
  EXPECT_FALSE(shipper.can_read(7, GroupNo{0}, kNoLsn)) << "it holds other groups";
  EXPECT_FALSE(shipper.can_read(1, GroupNo{1}, kNoLsn));
  EXPECT_TRUE(shipper.can_read(8, GroupNo{1}, kNoLsn));
}

TEST_F(SpreadLogShipperTest, ANodeThatTakesAPlaceInAnotherSetIsAskedWhatItHas) {
  shipper.start();
  collect();
  seal({0, 1, 2, 3, 4, 5, 6, 7, 8}, new_timeline());
  const NodeSet second{0, 2, 4, 6, 7, 8};
  shipper.set_placement(pagestore::Placement({Membership(), Membership(second, NodeSet{0, 2, 4, 6, 7, 5})}));
  collect();
  EXPECT_NE(shipper.link_state(5), "streaming");
  EXPECT_EQ(shipper.link_state(8), "streaming");
  seal({5}, new_timeline());
  EXPECT_EQ(shipper.link_state(5), "streaming");
  shipper.set_placement(pagestore::Placement({Membership(), Membership(NodeSet{0, 2, 4, 6, 7, 5})}));
  collect();
  EXPECT_EQ(shipper.link_state(5), "streaming");
  EXPECT_NE(shipper.link_state(8), "streaming") << "no member any more";
}

TEST_F(LogShipperTest, OpensANewTimelineInOneRoundTrip) {
  shipper.start();
  collect();
  EXPECT_EQ(open.size(), kCopies);
  seal({0, 1, 2}, new_timeline());
  EXPECT_EQ(shipper.phase(), Phase::sealing) << "three block every write quorum but are none";
  seal({3}, new_timeline());
  EXPECT_EQ(shipper.phase(), Phase::serving);
  EXPECT_TRUE(shipper.plan().fresh);
}

TEST_F(LogShipperTest, HoldsAHorizonBackToWhatTheSlowestCopyHas) {
  open_new_timeline();
  const Lsn first = ship();
  for (CopyIndex copy = 0; copy < kCopies; ++copy) ASSERT_TRUE(sync(copy));
  const Lsn second = ship();
  for (CopyIndex copy = 0; copy < 5; ++copy) ASSERT_TRUE(sync(copy));
  refuse(5, Kind::append, RefusalReason::stopped);
  ASSERT_EQ(shipper.vdl(), second);
  const std::vector<Lsn> pins{Lsn(1), Lsn(2)};
  shipper.grant_horizon(second, pins);
  collect();
  EXPECT_FALSE(take(5, Kind::horizon)) << "it is away";
  const auto held = take(0, Kind::horizon);
  ASSERT_TRUE(held);
  EXPECT_EQ(std::get<pagestore::GrantHorizon>(held->request).horizon, first);
  EXPECT_EQ(std::get<pagestore::GrantHorizon>(held->request).pins, pins);
  shipper.grant_horizon(second, pins);
  collect();
  EXPECT_FALSE(take(0, Kind::horizon)) << "no news";
  shipper.grant_horizon(second, {});
  collect();
  const auto changed = take(0, Kind::horizon);
  ASSERT_TRUE(changed) << "a pin is gone";
  EXPECT_EQ(std::get<pagestore::GrantHorizon>(changed->request).horizon, first);
}

struct TailedShipperTest : LogShipperTest {
  static constexpr CopyIndex kFull[] = {0, 2, 4}, kTails[] = {1, 3, 5};

  TailedShipperTest() {
    const NodeSet six = NodeSet::first(kCopies);
    shipper.set_placement(Membership(six, six, {0, 2, 4}));
  }
  void open_with_tails() {
    shipper.start();
    collect();
    SealAck tail = new_timeline();
    tail.kind = pagestore::SegmentKind::tail;
    seal({1, 3, 5}, tail);
    seal({0, 2, 4}, new_timeline());
    ASSERT_EQ(shipper.phase(), Phase::serving);
    chain_end = shipper.plan().vdl;
    position = shipper.plan().next_lsn;
  }
};

TEST_F(TailedShipperTest, ReadsPagesFromFullCopiesAlone) {
  open_with_tails();
  const Lsn end = ship();
  for (CopyIndex copy = 0; copy < kCopies; ++copy) ASSERT_TRUE(sync(copy));
  for (const CopyIndex copy : kFull) EXPECT_TRUE(shipper.can_read(copy, kGroup, end));
  for (const CopyIndex copy : kTails) EXPECT_FALSE(shipper.can_read(copy, kGroup, end));
  EXPECT_FALSE(shipper.can_read(1, GroupNo{3}, kNoLsn)) << "not what was never written either";
}

TEST_F(TailedShipperTest, AnyFourOfSixMakeLogDurable) {
  open_with_tails();
  const Lsn end = ship();
  for (const CopyIndex copy : kTails) ASSERT_TRUE(sync(copy));
  EXPECT_LT(shipper.vdl(), end);
  ASSERT_TRUE(sync(0));
  EXPECT_EQ(shipper.vdl(), end);
}

TEST_F(TailedShipperTest, AllThatAreFullMakeLogDurable) {
  open_with_tails();
  const Lsn first = ship();
  for (const CopyIndex copy : {0, 2, 1, 3}) ASSERT_TRUE(sync(copy));
  EXPECT_EQ(shipper.vdl(), first) << "four, two of them tails";
  const Lsn second = ship();
  for (const CopyIndex copy : {0, 2}) ASSERT_TRUE(sync(copy));
  EXPECT_EQ(shipper.vdl(), first);
  ASSERT_TRUE(sync(4));  // the first chunk
  EXPECT_EQ(shipper.vdl(), first);
  ASSERT_TRUE(sync(4));
  EXPECT_EQ(shipper.vdl(), second);
}

TEST_F(TailedShipperTest, GoesOnWithoutTailsAndNotWithThemAlone) {
  open_with_tails();
  ship();
  for (const CopyIndex copy : kTails) refuse(copy, Kind::append, RefusalReason::stopped);
  for (const CopyIndex copy : kFull) ASSERT_TRUE(sync(copy));
  shipper.tick(10'000);
  collect();
  EXPECT_EQ(shipper.phase(), Phase::serving);
  ship();
  refuse(0, Kind::append, RefusalReason::stopped);
  shipper.tick(499);
  EXPECT_EQ(shipper.phase(), Phase::serving);
  shipper.tick(1);
  EXPECT_EQ(shipper.error(), VolumeErrc::quorum_lost);
}

// Any one of these may have lost what it had, without knowing it: others are waited for, but not for ever.
TEST_F(TailedShipperTest, ATakeoverWouldRatherAskOneMore) {
  for (const std::vector<CopyIndex>& heard : {std::vector<CopyIndex>{0, 2, 4}, {0, 1, 3, 5}}) {
    LogShipper taking(kTimeline, 42, {.sure_ticks = 50}, shipper.placement());
    taking.start();
    const auto sends = taking.take_sends();
    SealAck used = new_timeline();
    used.previous_epoch = Epoch{1};
    used.epoch = taking.epoch();
    for (const CopyIndex copy : heard) taking.answered(sends[copy].call, used);
    EXPECT_EQ(taking.phase(), Phase::sealing);
    taking.tick(49);
    EXPECT_EQ(taking.phase(), Phase::sealing);
    taking.tick(1);
    EXPECT_EQ(taking.phase(), Phase::replicating);
    LogShipper soon(kTimeline, 42, {.sure_ticks = 50}, shipper.placement());
    soon.start();
    const auto others = soon.take_sends();
    for (const CopyIndex copy : {0, 2, 1, 3}) soon.answered(others[copy].call, used);
    EXPECT_EQ(soon.phase(), Phase::replicating);
  }
  LogShipper tails(kTimeline, 42, {.sure_ticks = 50}, shipper.placement());
  tails.start();
  const auto sends = tails.take_sends();
  SealAck used = new_timeline();
  used.epoch = tails.epoch();
  for (const CopyIndex copy : kTails) tails.answered(sends[copy].call, used);
  tails.tick(100);
  EXPECT_EQ(tails.phase(), Phase::sealing) << "a quorum of nothing";
}

TEST_F(TailedShipperTest, ATimelineThatNoTailKnowsMayExist) {
  shipper.start();
  collect();
  SealAck unknown;
  unknown.timeline = kTimeline;
  seal({1, 3, 5}, unknown);
  EXPECT_EQ(shipper.phase(), Phase::sealing);
  seal({0}, unknown);
  EXPECT_EQ(shipper.error(), VolumeErrc::unknown_timeline);
}

TEST_F(TailedShipperTest, AFullCopyThatIsAwayTooLongIsGivenUpWhileTwoOthersHaveItsPages) {
  open_with_tails();
  const Lsn first = ship();
  for (CopyIndex copy = 0; copy < kCopies; ++copy) ASSERT_TRUE(sync(copy));
  const Lsn second = ship();
  for (CopyIndex copy = 0; copy < 4; ++copy) ASSERT_TRUE(sync(copy));
  ASSERT_EQ(shipper.vdl(), second);
  refuse(4, Kind::append, RefusalReason::stopped);
  refuse(5, Kind::append, RefusalReason::stopped);
  shipper.grant_horizon(second, {});
  collect();
  const auto held = take(0, Kind::horizon);
  ASSERT_TRUE(held);
  EXPECT_EQ(std::get<pagestore::GrantHorizon>(held->request).horizon, first);
  ASSERT_EQ(shipper.kept_log().size(), 2u);
  EXPECT_EQ(shipper.kept_log()[0].node, 4u);
  EXPECT_EQ(shipper.kept_log()[0].bytes, distance(first, second));
  EXPECT_FALSE(shipper.kept_log()[0].is_nearly_overdue);
  // Half of ShipperOptions::away_ticks, then beyond it.
  shipper.tick(100'000);
  EXPECT_TRUE(shipper.kept_log()[0].is_nearly_overdue);
  shipper.tick(100'000);
  collect();
  shipper.grant_horizon(second, {});
  collect();
  const auto granted = take(0, Kind::horizon);
  ASSERT_TRUE(granted);
  EXPECT_EQ(std::get<pagestore::GrantHorizon>(granted->request).horizon, second);
  ASSERT_EQ(shipper.kept_log().size(), 2u);
  EXPECT_TRUE(shipper.kept_log()[0].is_given_up);
}

TEST_F(TailedShipperTest, TwoFullCopiesAwayHoldTheHorizonBackHoweverLong) {
  open_with_tails();
  const Lsn first = ship();
  for (CopyIndex copy = 0; copy < kCopies; ++copy) ASSERT_TRUE(sync(copy));
  const Lsn second = ship();
  for (const CopyIndex copy : {0, 1, 3, 5}) ASSERT_TRUE(sync(copy));
  ASSERT_EQ(shipper.vdl(), second);
  refuse(2, Kind::append, RefusalReason::stopped);
  refuse(4, Kind::append, RefusalReason::stopped);
  shipper.tick(200'000);
  collect();
  shipper.grant_horizon(second, {});
  collect();
  const auto held = take(0, Kind::horizon);
  ASSERT_TRUE(held);
  EXPECT_EQ(std::get<pagestore::GrantHorizon>(held->request).horizon, first);
  ASSERT_EQ(shipper.kept_log().size(), 2u);
  EXPECT_TRUE(shipper.kept_log()[0].is_overdue);
  EXPECT_FALSE(shipper.kept_log()[0].is_given_up);
}

TEST_F(LogShipperTest, GoesAboveAnEpochThatIsThereAlready) {
  shipper.start();
  collect();
  const Epoch first = shipper.epoch();
  refuse(0, Kind::seal, RefusalReason::stale_epoch, Epoch{raw(first) + (std::uint64_t{9} << 32)});
  EXPECT_GT(raw(shipper.epoch()) >> 32, (raw(first) >> 32) + 9);
  open.erase(std::remove_if(open.begin(), open.end(),
                            [&](const Send& send) { return send.call.epoch == first; }),
             open.end());
  seal({0, 1, 2, 3}, new_timeline());
  EXPECT_EQ(shipper.phase(), Phase::serving);
}

TEST_F(LogShipperTest, ServesOnlyWhenTheTruncationIsOnFourCopies) {
  shipper.start();
  collect();
  SealAck used = new_timeline();
  used.previous_epoch = Epoch{1};
  seal({0, 1, 2, 3}, used);
  EXPECT_EQ(shipper.phase(), Phase::replicating);
  for (CopyIndex copy = 0; copy < 4; ++copy) {
    EXPECT_NE(shipper.phase(), Phase::serving);
    const auto truncate = take(copy, Kind::truncate);
    ASSERT_TRUE(truncate);
    used.truncations = std::get<Truncate>(truncate->request).truncations;
    EXPECT_EQ(used.truncations, shipper.plan().truncations);
    answer(*truncate, pagestore::Done{});
    seal({copy}, used);
  }
  EXPECT_EQ(shipper.phase(), Phase::serving);
}

TEST_F(LogShipperTest, ReplicatesWhatStandsOnOneCopyBeforeItServes) {
  shipper.start();
  collect();
  SealAck without = new_timeline();
  without.previous_epoch = Epoch{1};
  SealAck with = without;
  pagestore::LogPart part;
  part.group = {kTimeline, kGroup};
  part.end = Lsn(200);
  with.segments.push_back({part.group, Lsn(200), {part}, kNoLsn});
  seal({0}, with);
  seal({1, 2, 3}, without);
  EXPECT_EQ(shipper.plan().vdl, Lsn(200));
  with.truncations = without.truncations = shipper.plan().truncations;
  seal({0}, with);
  seal({1, 2, 3}, without);
  EXPECT_EQ(shipper.phase(), Phase::replicating) << "all four know the truncation, one the part";

  part.records = std::make_shared<const std::vector<std::byte>>(200);
  for (CopyIndex target = 1; target < 4; ++target) {
    EXPECT_NE(shipper.phase(), Phase::serving);
    const auto fetch = take(0, Kind::fetch);
    ASSERT_TRUE(fetch);
    answer(*fetch, LogParts{{part}});
    const CopyIndex copy = fetch->call.target;
    const auto append = take(copy, Kind::append);
    ASSERT_TRUE(append);
    const auto& sent = std::get<AppendLog>(append->request).part;
    EXPECT_EQ(sent.epoch, shipper.epoch()) << "the new writer vouches for it";
    EXPECT_EQ(sent.vdl, kNoLsn) << "nothing was announced yet";
    answer(*append, AppendAck{sent.group, sent.epoch, sent.end});
  }
  EXPECT_EQ(shipper.phase(), Phase::serving);
}

TEST_F(LogShipperTest, FourAcknowledgementsMakeAChunkDurable) {
  open_new_timeline();
  const Lsn end = ship();
  for (const CopyIndex copy : {5, 3, 1}) EXPECT_TRUE(sync(copy));
  EXPECT_LT(shipper.vdl(), end);
  EXPECT_TRUE(sync(0));
  EXPECT_EQ(shipper.vdl(), end);
}

TEST_F(LogShipperTest, ASlowCopyHoldsNobodyUpAndCatchesUpFromMemory) {
  open_new_timeline();
  for (int i = 0; i < 30; ++i) {
    const Lsn end = ship();
    for (CopyIndex copy = 0; copy < 5; ++copy) EXPECT_TRUE(sync(copy));
    ASSERT_EQ(shipper.vdl(), end);
  }
  const auto unanswered = std::ranges::count_if(
      open, [](const Send& send) { return send.call.copy == 5; });
  EXPECT_LE(unanswered, 10) << "no more than its window was sent";
  int caught_up = 0;
  while (sync(5)) ++caught_up;
  EXPECT_GT(caught_up, 10);
}

TEST_F(LogShipperTest, ACopyThatWasAwayTooLongIsRepairedFromAPeer) {
  open_new_timeline();
  ship();
  refuse(5, Kind::append, RefusalReason::stopped);
  EXPECT_EQ(shipper.link_state(5).substr(0, 4), "down");
  for (CopyIndex copy = 0; copy < 5; ++copy) EXPECT_TRUE(sync(copy));
  for (int i = 0; i < 50; ++i) {
    ship();
    for (CopyIndex copy = 0; copy < 5; ++copy) EXPECT_TRUE(sync(copy));
  }
  shipper.tick(1);
  collect();
  seal({5}, new_timeline());
  const auto fetch = std::ranges::find_if(
      open, [](const Send& send) { return send.call.kind == Kind::fetch; });
  ASSERT_NE(fetch, open.end()) << "what it misses is no longer in memory";
  EXPECT_EQ(std::get<FetchLog>(fetch->request).from, kNoLsn);
  EXPECT_EQ(fetch->call.target, 5u);
}

TEST_F(LogShipperTest, GoesOnWithoutOneZoneAndStopsAtThreeCopiesLost) {
  open_new_timeline();
  ship();
  refuse(0, Kind::append, RefusalReason::stopped);
  refuse(1, Kind::append, RefusalReason::stopped);
  for (CopyIndex copy = 2; copy < 6; ++copy) EXPECT_TRUE(sync(copy));
  EXPECT_EQ(shipper.vdl(), chain_end);
  const Lsn durable = ship();
  refuse(2, Kind::append, RefusalReason::stopped);
  for (CopyIndex copy = 3; copy < 6; ++copy) EXPECT_TRUE(sync(copy));
  EXPECT_LT(shipper.vdl(), durable);
  for (int i = 0; i < 600 && shipper.phase() == Phase::serving; ++i) {
    shipper.tick(1);
    collect();
  }
  EXPECT_EQ(shipper.error(), VolumeErrc::quorum_lost);
}

TEST_F(LogShipperTest, ThreeFailedDisksEndItAtOnce) {
  open_new_timeline();
  ship();
  refuse(0, Kind::append, RefusalReason::disk_failed);
  refuse(1, Kind::append, RefusalReason::disk_failed);
  EXPECT_EQ(shipper.phase(), Phase::serving);
  refuse(2, Kind::append, RefusalReason::disk_failed);
  EXPECT_EQ(shipper.error(), VolumeErrc::quorum_lost);
}

TEST_F(LogShipperTest, IsFencedWhenNoWriteQuorumIsItsOwnAnyMore) {
  open_new_timeline();
  ship();
  const Epoch newer{raw(shipper.epoch()) + (std::uint64_t{1} << 32)};
  refuse(0, Kind::append, RefusalReason::stale_epoch, newer);
  refuse(1, Kind::append, RefusalReason::stale_epoch, newer);
  EXPECT_EQ(shipper.phase(), Phase::serving) << "the other may have died on the way";
  refuse(2, Kind::append, RefusalReason::stale_epoch, newer);
  EXPECT_EQ(shipper.error(), VolumeErrc::fenced);
}

TEST_F(LogShipperTest, SendsNothingBeyondTheReachThatATakeoverAnnuls) {
  open_new_timeline();
  EXPECT_TRUE(shipper.may_ship(position.advanced_by(kLsnReach)));
  EXPECT_FALSE(shipper.may_ship(position.advanced_by(kLsnReach + 1)));
}

TEST_F(LogShipperTest, ATimelineThatThreeCopiesDoNotKnowDoesNotExist) {
  shipper.start();
  collect();
  SealAck unknown;
  unknown.timeline = kTimeline;
  seal({0, 1}, unknown);
  EXPECT_EQ(shipper.phase(), Phase::sealing);
  seal({2}, unknown);
  EXPECT_EQ(shipper.error(), VolumeErrc::unknown_timeline);
}

TEST_F(LogShipperTest, CreatesTheTimelineWhereItIsMissing) {
  shipper.start();
  collect();
  SealAck unknown;
  unknown.timeline = kTimeline;
  seal({0}, unknown);
  seal({1, 2, 3, 4}, new_timeline());
  const auto create = take(0, Kind::create);
  ASSERT_TRUE(create);
  EXPECT_EQ(std::get<pagestore::CreateTimeline>(create->request).pages_per_group, 8u);
  answer(*create, pagestore::Done{});
  seal({0}, new_timeline());
  EXPECT_EQ(shipper.link_state(0), "streaming");
}

// It served, lost its files, and its disk fails before it could be filled again.
TEST_F(LogShipperTest, ACopyThatCameBackEmptyIsNotReadBecauseItServedOnce) {
  open_new_timeline();
  shipper.opened_anew(5, 0);
  shipper.tick(100);
  collect();
  SealAck empty;
  empty.timeline = kTimeline;
  empty.run = 2;
  seal({5}, empty);
  refuse(5, Kind::create, RefusalReason::disk_failed);
  shipper.opened_anew(4, 0);  // another one comes back whole: what copies have is looked at anew
  shipper.tick(100);
  collect();
  SealAck whole = new_timeline();
  whole.run = 3;
  seal({4}, whole);
  EXPECT_TRUE(shipper.can_read(4, kGroup, kNoLsn));
  EXPECT_FALSE(shipper.can_read(5, kGroup, kNoLsn));
}

TEST_F(LogShipperTest, ReadsOnlyFromCopiesThatHaveEverything) {
  open_new_timeline();
  ship();
  for (CopyIndex copy = 0; copy < 4; ++copy) EXPECT_TRUE(sync(copy));
  const Lsn required = shipper.required_scl(kGroup);
  EXPECT_EQ(required, chain_end);
  EXPECT_TRUE(shipper.can_read(0, kGroup, required));
  EXPECT_FALSE(shipper.can_read(5, kGroup, required));
  EXPECT_EQ(shipper.required_scl(GroupNo{3}), kNoLsn) << "a group never written";
}

}  // namespace
}  // namespace wal
