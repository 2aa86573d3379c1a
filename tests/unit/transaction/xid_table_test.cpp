#include "xid_table.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace transaction {
namespace {

using State = XidFate::State;

TEST(XidTable, TellsWhatBecameOfEach) {
  XidTable table(Xid{100}, {});
  for (std::uint64_t n = 100; n < 104; ++n) table.prepare(Xid{n});
  table.committing(Xid{101});
  table.committed(Xid{101}, wal::Lsn(500));
  table.aborted(Xid{102}, wal::Lsn(600));
  EXPECT_EQ(table.lookup(Xid{99}).state, State::committed) << "ended before the start";
  EXPECT_EQ(table.lookup(Xid{100}).state, State::in_progress);
  EXPECT_EQ(table.lookup(Xid{101}).state, State::committed);
  EXPECT_EQ(table.lookup(Xid{101}).commit_lsn, wal::Lsn(500));
  EXPECT_EQ(table.lookup(Xid{102}).state, State::aborted);
}

TEST(XidTable, BecomesStableBehindTheHorizonOnly) {
  XidTable table(Xid{100}, {});
  for (std::uint64_t n = 100; n < 104; ++n) table.prepare(Xid{n});
  table.committed(Xid{100}, wal::Lsn(500));
  table.aborted(Xid{101}, wal::Lsn(600));
  table.committed(Xid{103}, wal::Lsn(550));
  table.advance(Xid{104}, wal::Lsn(499));
  EXPECT_EQ(table.stable(), Xid{100});
  table.advance(Xid{104}, wal::Lsn(599));
  EXPECT_EQ(table.stable(), Xid{101}) << "who copied a row before the abort still asks";
  table.advance(Xid{104}, wal::Lsn(700));
  EXPECT_EQ(table.stable(), Xid{102}) << "102 has not ended";
  table.committed(Xid{102}, wal::Lsn(701));
  table.advance(Xid{104}, wal::Lsn(701));
  EXPECT_EQ(table.stable(), Xid{104});
}

TEST(XidTable, KnowsWhoWasInFlightUntilTheirRollbackIsOld) {
  XidTable table(Xid{100}, {Xid{7}, Xid{42}});
  EXPECT_EQ(table.stable(), Xid{7});
  EXPECT_EQ(table.lookup(Xid{7}).state, State::in_progress);
  EXPECT_EQ(table.lookup(Xid{8}).state, State::committed);
  table.aborted(Xid{7}, wal::Lsn(900));
  EXPECT_EQ(table.lookup(Xid{7}).state, State::aborted);
  table.advance(Xid{100}, wal::Lsn(899));
  EXPECT_EQ(table.stable(), Xid{7});
  table.advance(Xid{100}, wal::Lsn(900));
  EXPECT_EQ(table.stable(), Xid{42});
  table.aborted(Xid{42}, wal::Lsn(901));
  table.advance(Xid{100}, wal::Lsn(901));
  EXPECT_EQ(table.stable(), Xid{100});
}

TEST(XidTable, ReadersNeverTakeARecycledWordForTheirs) {
  XidTable table(Xid{1}, {});
  std::atomic<std::uint64_t> next{1};
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      // Everything below `next` is committed at an Lsn of ten times its number.
      const std::uint64_t n = next.load();
      for (std::uint64_t xid = n > 9000 ? n - 9000 : 1; xid < n; xid += 97) {
        const XidFate fate = table.lookup(Xid{xid});
        ASSERT_EQ(fate.state, State::committed) << xid;
        ASSERT_TRUE(fate.commit_lsn == wal::kNoLsn || fate.commit_lsn == wal::Lsn(xid * 10));
      }
    }
  });
  for (std::uint64_t n = 1; n < 60'000; ++n) {
    table.prepare(Xid{n});
    table.committing(Xid{n});
    table.committed(Xid{n}, wal::Lsn(n * 10));
    next = n + 1;
    if (n % 1000 == 0) table.advance(Xid{n}, wal::Lsn((n - 500) * 10));
  }
  stop = true;
  reader.join();
}

}  // namespace
}  // namespace transaction
