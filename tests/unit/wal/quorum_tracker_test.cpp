#include "quorum_tracker.h"

#include <gtest/gtest.h>

#include <random>

namespace wal {
namespace {

constexpr GroupNo kA{0}, kB{1};

void send(QuorumTracker& tracker, std::uint64_t end, std::vector<GroupNo> groups = {kA}) {
  tracker.chunk_sent(Lsn(end), groups);
  tracker.check_invariants();
}

void ack(QuorumTracker& tracker, std::initializer_list<CopyIndex> copies, std::uint64_t scl,
         GroupNo group = kA) {
  for (const CopyIndex copy : copies) {
    tracker.acknowledged(copy, group, Lsn(scl));
    tracker.check_invariants();
  }
}

// Groups by turns on {0..5} and {0, 2, 4, 6, 7, 8}.
TEST(QuorumTracker, AGroupCountsByItsOwnSetOfNodes) {
  const Membership second(NodeSet{0, 2, 4, 6, 7, 8});
  QuorumTracker tracker(Lsn(100), Placement({Membership(), second}));
  send(tracker, 200, {kA, kB});
  ack(tracker, {0, 1, 2, 3}, 200, kA);
  ack(tracker, {0, 1, 2, 3, 5}, 200, kB);  // three of these hold other groups alone
  EXPECT_EQ(tracker.pgcl(kA), Lsn(200));
  EXPECT_EQ(tracker.pgcl(kB), kNoLsn);
  ack(tracker, {6}, 200, kB);
  EXPECT_EQ(tracker.vdl(), Lsn(100));
  ack(tracker, {8}, 200, kB);
  EXPECT_EQ(tracker.vdl(), Lsn(200));
  // 8 is being replaced by 5, which has the group already; the first set is as it was.
  tracker.set_placement(Placement({Membership(), Membership(second.before(), NodeSet{0, 2, 4, 6, 7, 5})}));
  send(tracker, 300, {kB});
  ack(tracker, {0, 2, 6, 8}, 300, kB);
  EXPECT_EQ(tracker.vdl(), Lsn(200)) << "three of the set that is to be";
  ack(tracker, {5}, 300, kB);
  EXPECT_EQ(tracker.vdl(), Lsn(300));
}

TEST(QuorumTracker, FourOfSixMakeAChunkDurable) {
  QuorumTracker tracker(Lsn(100));
  send(tracker, 200);
  ack(tracker, {0, 1, 2}, 200);
  EXPECT_EQ(tracker.vdl(), Lsn(100));
  ack(tracker, {2}, 200);  // the same copy again is no fourth
  EXPECT_EQ(tracker.vdl(), Lsn(100));
  ack(tracker, {5}, 200);
  EXPECT_EQ(tracker.vdl(), Lsn(200));
  EXPECT_EQ(tracker.chunks_in_flight(), 0u);
}

TEST(QuorumTracker, StaysWritableAfterLosingOneZone) {
  QuorumTracker tracker(Lsn(100));
  for (std::uint64_t end = 200; end <= 1000; end += 100) {
    send(tracker, end);
    ack(tracker, {2, 3, 4, 5}, end);
    EXPECT_EQ(tracker.vdl(), Lsn(end));
  }
}

TEST(QuorumTracker, TheFourMayBeOthersForEachChunk) {
  QuorumTracker tracker(Lsn(100));
  send(tracker, 200);
  send(tracker, 300);
  ack(tracker, {0, 1}, 300);
  ack(tracker, {2, 3}, 200);
  EXPECT_EQ(tracker.vdl(), Lsn(200));
  ack(tracker, {4, 5}, 300);
  EXPECT_EQ(tracker.vdl(), Lsn(300));
}

TEST(QuorumTracker, WhileANodeIsReplacedAChunkNeedsFourOfBothSets) {
  QuorumTracker tracker(Lsn(100));
  send(tracker, 200);
  ack(tracker, {2, 3, 4, 5}, 200);
  EXPECT_EQ(tracker.vdl(), Lsn(200));
  tracker.set_placement(Membership{{0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 6}});
  tracker.check_invariants();
  EXPECT_EQ(tracker.vdl(), Lsn(200)) << "what was durable stays so";
  send(tracker, 300);
  ack(tracker, {2, 3, 4, 5}, 300);
  EXPECT_EQ(tracker.vdl(), Lsn(200)) << "four of the old six only";
  ack(tracker, {6}, 300);
  EXPECT_EQ(tracker.vdl(), Lsn(300));
  send(tracker, 400);
  ack(tracker, {2, 3, 4, 6}, 400);
  EXPECT_EQ(tracker.vdl(), Lsn(300)) << "four of the new six only";
  tracker.set_placement(Membership(NodeSet{0, 1, 2, 3, 4, 6}));
  tracker.check_invariants();
  EXPECT_EQ(tracker.vdl(), Lsn(400)) << "which is enough now";
}

// It may have lost, while it was no member, what it had then.
TEST(QuorumTracker, AMemberThatComesBackCountsWhenItHasSaidWhatItHas) {
  QuorumTracker tracker(Lsn(100));
  send(tracker, 200);
  ack(tracker, {0, 1, 5}, 200);
  const NodeSet with{0, 1, 2, 3, 4, 5}, without{0, 1, 2, 3, 4, 6};
  tracker.set_placement(Membership(with, without));
  tracker.set_placement(Membership(without, without));
  tracker.set_placement(Membership(without, with));
  tracker.set_placement(Membership(with, with));
  ack(tracker, {2}, 200);
  EXPECT_EQ(tracker.vdl(), Lsn(100));
  tracker.reported(5, kA, Lsn(200));
  EXPECT_EQ(tracker.vdl(), Lsn(200));
}

TEST(QuorumTracker, AChunkWaitsForEachGroupItTouches) {
  QuorumTracker tracker(Lsn(100));
  send(tracker, 200, {kA, kB});
  ack(tracker, {0, 1, 2, 3, 4, 5}, 200, kA);
  EXPECT_EQ(tracker.vdl(), Lsn(100));
  ack(tracker, {0, 1, 2, 3}, 200, kB);
  EXPECT_EQ(tracker.vdl(), Lsn(200));
}

TEST(QuorumTracker, NothingIsDurableBehindAnEarlierChunkThatIsNot) {
  QuorumTracker tracker(Lsn(100));
  send(tracker, 200, {kA});
  send(tracker, 300, {kB});
  ack(tracker, {0, 1, 2, 3, 4, 5}, 300, kB);
  EXPECT_EQ(tracker.vdl(), Lsn(100)) << "kA's chunk is missing";
  ack(tracker, {0, 1, 2, 3}, 200, kA);
  EXPECT_EQ(tracker.vdl(), Lsn(300));
}

TEST(QuorumTracker, ALateAnswerTakesNothingBack) {
  QuorumTracker tracker(Lsn(100));
  send(tracker, 200);
  send(tracker, 300);
  ack(tracker, {0, 1, 2, 3}, 300);
  ack(tracker, {0, 1, 2, 3}, 200);
  EXPECT_EQ(tracker.vdl(), Lsn(300));
  EXPECT_EQ(tracker.scl(0, kA), Lsn(300));
}

TEST(QuorumTracker, ACopyThatLostItsDiskCountsNoMore) {
  QuorumTracker tracker(Lsn(100));
  send(tracker, 200);
  ack(tracker, {0, 1, 2}, 200);
  tracker.reported(0, kA, Lsn(100));
  tracker.check_invariants();
  ack(tracker, {3}, 200);
  EXPECT_EQ(tracker.vdl(), Lsn(100));
  ack(tracker, {0}, 200);
  EXPECT_EQ(tracker.vdl(), Lsn(200));
  tracker.reported(0, kA, Lsn(100));
  tracker.check_invariants();
  EXPECT_EQ(tracker.vdl(), Lsn(200)) << "what was announced stays announced";
  EXPECT_EQ(tracker.pgcl(kA), Lsn(100));
}

// Against the definition itself, over every order random acknowledgements may come in.
TEST(QuorumTracker, AgreesWithTheDefinition) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t below) { return std::size_t{random()} % below; };
    QuorumTracker tracker(Lsn(0));
    struct Sent {
      Lsn end;
      std::vector<GroupNo> groups;
    };
    std::vector<Sent> chunks;
    std::map<GroupNo, std::array<Lsn, kCopies>> scl;
    Lsn previous_vdl;
    for (int step = 0; step < 120; ++step) {
      if (pick(3) == 0) {
        std::vector<GroupNo> groups;
        for (std::uint32_t g = 0; g < 3; ++g) {
          if (pick(2) == 0) groups.push_back(GroupNo{g});
        }
        if (groups.empty()) groups.push_back(GroupNo{0});
        const Lsn end(chunks.empty() ? 10 : chunks.back().end.value() + 1 + pick(20));
        chunks.push_back({end, groups});
        tracker.chunk_sent(end, groups);
      } else if (!chunks.empty()) {
        const auto& chunk = chunks[pick(chunks.size())];
        const GroupNo group = chunk.groups[pick(chunk.groups.size())];
        const CopyIndex copy = pick(kCopies);
        tracker.acknowledged(copy, group, chunk.end);
        scl[group][copy] = std::max(scl[group][copy], chunk.end);
      }
      tracker.check_invariants();
      Lsn expected;
      for (const Sent& chunk : chunks) {
        const bool durable = std::ranges::all_of(chunk.groups, [&](GroupNo group) {
          const auto& copies = scl[group];
          return std::ranges::count_if(copies, [&](Lsn lsn) { return lsn >= chunk.end; }) >= 4;
        });
        if (!durable) break;
        expected = chunk.end;
      }
      ASSERT_EQ(tracker.vdl(), expected) << "seed " << seed;
      ASSERT_GE(tracker.vdl(), previous_vdl);
      previous_vdl = tracker.vdl();
    }
  }
}

}  // namespace
}  // namespace wal
