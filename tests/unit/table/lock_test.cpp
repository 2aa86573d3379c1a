// Locks: who waits for whom, in which order, for how long.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <thread>

#include "types/sql_error.h"
#include "wal/parker.h"
#include "world.h"

namespace table::testing {
namespace {

using transaction::AdvisoryMode;
using transaction::TableLockMode;
using namespace std::chrono_literals;

// Tells when its thread has gone to sleep, that is, has looked for a deadlock before when its
// deadlock_timeout is 0.
class CountingParker final : public wal::Parker {
 public:
  void park() override {
    std::unique_lock lock(mutex_);
    ++parked_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return signalled_; });
    signalled_ = false;
  }
  void unpark() override {
    std::lock_guard lock(mutex_);
    signalled_ = true;
    changed_.notify_all();
  }
  void wait_for_parks(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return parked_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int parked_ = 0;
  bool signalled_ = false;
};

// A transaction on a thread of its own that waits for one row and then commits.
class RowWaiter {
 public:
  RowWaiter(const Table& table, TransactionPtr own, int id, RowLockMode mode)
      : thread_([this, &table, id, mode, own = std::move(own)]() mutable {
          const wal::ScopedParker scope(parker_);
          own->wait_control().deadlock_timeout = std::chrono::milliseconds(0);
          Scratch scratch;
          try {
            (void)table.lock_row(own->take_view(), key_of(table, id), mode, LockWait::block, scratch);
            (void)own->commit();
          } catch (const types::SqlError& error) {
            sqlstate_ = error.sqlstate();
            own->abort();
          }
        }) {}
  void wait_for_parks(int count) { parker_.wait_for_parks(count); }
  // "" when it got the row.
  std::string end() {
    thread_.join();
    return sqlstate_;
  }

 private:
  CountingParker parker_;
  std::string sqlstate_;
  std::thread thread_;
};

class Locks : public ::testing::Test {
 protected:
  // Until `count` requests wait in the lock table.
  void wait_for_waiters(std::size_t count) {
    while (true) {
      std::size_t waiting = 0;
      for (const transaction::LockInfo& lock : engine.manager->locks().list()) {
        waiting += !lock.granted;
      }
      if (waiting == count) return;
      std::this_thread::yield();
    }
  }
  std::string sqlstate_of(auto action) {
    try {
      action();
    } catch (const types::SqlError& error) {
      return error.sqlstate();
    }
    return "";
  }

  wal::testing::MemoryVolume volume;
  Engine engine{volume};
  transaction::LockManager& locks = engine.manager->locks();
};

TEST_F(Locks, TableModesConflictAsInPostgres) {
  for (int held = 1; held <= 8; ++held) {
    for (int wanted = 1; wanted <= 8; ++wanted) {
      TransactionPtr one = engine.begin();
      TransactionPtr two = engine.begin();
      const auto held_mode = static_cast<TableLockMode>(held);
      const auto wanted_mode = static_cast<TableLockMode>(wanted);
      ASSERT_TRUE(locks.lock_table(*one, 7, held_mode));
      EXPECT_EQ(locks.lock_table(*two, 7, wanted_mode, LockWait::nowait),
                !transaction::conflicts(held_mode, wanted_mode))
          << held << ' ' << wanted;
      EXPECT_TRUE(locks.lock_table(*two, 8, wanted_mode, LockWait::nowait)) << "another table";
      EXPECT_TRUE(locks.lock_table(*one, 7, wanted_mode, LockWait::nowait) ||
                  transaction::conflicts(held_mode, wanted_mode) ||
                  transaction::conflicts(wanted_mode, wanted_mode))
          << "one's own locks do not conflict";
      (void)one->commit();
      two->abort();
      TransactionPtr three = engine.begin();
      EXPECT_TRUE(locks.lock_table(*three, 7, TableLockMode::access_exclusive, LockWait::nowait));
    }
  }
}

TEST_F(Locks, RowModesConflictAsInPostgres) {
  const Table table(*engine.manager, create(engine, accounts()));
  TransactionPtr setup = engine.begin();
  ASSERT_TRUE(put(table, setup->take_view(), 1, 1).ok());
  (void)setup->commit();
  Scratch scratch;
  for (int held = 0; held < 4; ++held) {
    for (int wanted = 0; wanted < 4; ++wanted) {
      TransactionPtr one = engine.begin();
      TransactionPtr two = engine.begin();
      const auto held_mode = static_cast<RowLockMode>(held);
      const auto wanted_mode = static_cast<RowLockMode>(wanted);
      ASSERT_EQ(table.lock_row(one->take_view(), key_of(table, 1), held_mode, LockWait::block, scratch),
                LockStatus::locked_same);
      const bool conflict = transaction::conflicts(held_mode, wanted_mode);
      EXPECT_EQ(table.lock_row(two->take_view(), key_of(table, 1), wanted_mode, LockWait::nowait, scratch),
                conflict ? LockStatus::not_available : LockStatus::locked_same);
      EXPECT_EQ(table.lock_row(two->take_view(), key_of(table, 1), wanted_mode, LockWait::skip_locked, scratch),
                conflict ? LockStatus::skipped : LockStatus::locked_same);
    }
  }
  // A change in flight holds the row as PostgreSQL's does.
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(set_value(table, writer->take_view(), 1, 2).ok());
  TransactionPtr other = engine.begin();
  EXPECT_EQ(table.lock_row(other->take_view(), key_of(table, 1), RowLockMode::key_share, LockWait::nowait, scratch),
            LockStatus::locked_same);
  EXPECT_EQ(table.lock_row(other->take_view(), key_of(table, 1), RowLockMode::share, LockWait::nowait, scratch),
            LockStatus::not_available);
  EXPECT_EQ(erase(table, writer->take_view(), 1).status, DmlStatus::self_modified);
  writer->next_command();
  EXPECT_EQ(erase(table, writer->take_view(), 1).status, DmlStatus::version_conflict)
      << "the other holds FOR KEY SHARE";
  (void)other->commit();
  EXPECT_TRUE(erase(table, writer->take_view(), 1).ok());
}

TEST_F(Locks, AHotRowIsHandedOverInOrder) {
  const Table table(*engine.manager, create(engine, accounts()));
  TransactionPtr setup = engine.begin();
  ASSERT_TRUE(put(table, setup->take_view(), 1, 0).ok());
  (void)setup->commit();
  TransactionPtr first = engine.begin();
  ASSERT_TRUE(set_value(table, first->take_view(), 1, 1).ok());
  std::vector<int> order;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&, i] {
      transaction::WaitControl waits;
      Scratch scratch;
      TransactionPtr own = engine.manager->begin({}, waits);
      const View view = own->take_view();
      EXPECT_EQ(table.lock_row(view, key_of(table, 1), RowLockMode::no_key_update, LockWait::block,
                               scratch),
                LockStatus::locked_newer);
      {
        std::lock_guard lock(mutex);
        order.push_back(i);
      }
      EXPECT_TRUE(set_value(table, view, 1, i, true).ok());
      (void)own->commit();
    });
    wait_for_waiters(static_cast<std::size_t>(i) + 1);
  }
  (void)first->commit();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(Locks, DeadlocksAreFoundOverTablesRowsAndAdvisoryLocks) {
  const Table table(*engine.manager, create(engine, accounts()));
  TransactionPtr setup = engine.begin();
  ASSERT_TRUE(put(table, setup->take_view(), 1, 0).ok());
  (void)setup->commit();
  engine.waits.deadlock_timeout = 10s;
  TransactionPtr one = engine.begin(Isolation::read_committed, 11);
  ASSERT_TRUE(set_value(table, one->take_view(), 1, 1).ok());
  std::string found;
  std::string detail;
  std::atomic<int> phase{0};
  std::thread second([&] {
    transaction::WaitControl waits;
    waits.deadlock_timeout = 10s;
    TransactionPtr own = engine.manager->begin({.pid = 12}, waits);
    EXPECT_TRUE(locks.lock_table(*own, 5, TableLockMode::access_exclusive));
    while (phase < 1) std::this_thread::yield();
    phase = 2;
    EXPECT_TRUE(locks.lock_advisory(*own, transaction::advisory_tag(77), AdvisoryMode::exclusive, false));
    own->abort();
  });
  std::thread third([&] {
    transaction::WaitControl waits;
    waits.deadlock_timeout = 1ms;
    Scratch scratch;
    TransactionPtr own = engine.manager->begin({.pid = 13}, waits);
    EXPECT_TRUE(locks.lock_advisory(*own, transaction::advisory_tag(77), AdvisoryMode::shared, false));
    phase = 1;
    wait_for_waiters(2);
    try {
      (void)table.lock_row(own->take_view(), key_of(table, 1), RowLockMode::update, LockWait::block, scratch);
    } catch (const types::SqlError& error) {
      found = error.sqlstate();
      detail = error.detail();
    }
    own->abort();
  });
  while (phase < 2) std::this_thread::yield();
  EXPECT_TRUE(locks.lock_table(*one, 5, TableLockMode::row_exclusive));
  third.join();
  second.join();
  EXPECT_EQ(found, "40P01");
  EXPECT_NE(detail.find("Process 13 waits for ShareLock on transaction"), std::string::npos) << detail;
  EXPECT_NE(detail.find("Process 11 waits for RowExclusiveLock on relation 5"), std::string::npos) << detail;
  EXPECT_NE(detail.find("Process 12 waits for ExclusiveLock on advisory lock"), std::string::npos) << detail;
}

// A change takes a row without queueing behind those who wait for an older FOR KEY SHARE; that they
// wait for it as well is known when somebody makes its lock explicit.
class LateEdges : public Locks {
 protected:
  void SetUp() override {
    TransactionPtr setup = engine.begin();
    for (int id : {0, 1}) ASSERT_TRUE(put(table, setup->take_view(), id, 1).ok());
    (void)setup->commit();
    Scratch scratch;
    ASSERT_EQ(table.lock_row(sharer->take_view(), key_of(table, 0), RowLockMode::key_share, LockWait::block, scratch),
              LockStatus::locked_same);
  }
  TransactionPtr begin(transaction::WaitControl& own) { return engine.manager->begin({}, own); }

  const Table table{*engine.manager, create(engine, accounts())};
  TransactionPtr sharer = engine.begin();
  transaction::WaitControl waits[3];
};

TEST_F(LateEdges, ADeadlockByALockMadeExplicitIsFoundByWhoWaitsAlready) {
  Scratch scratch;
  TransactionPtr first = begin(waits[0]);
  ASSERT_EQ(table.lock_row(first->take_view(), key_of(table, 1), RowLockMode::update, LockWait::block, scratch),
            LockStatus::locked_same);
  RowWaiter waits_for_sharer(table, std::move(first), 0, RowLockMode::update);
  waits_for_sharer.wait_for_parks(1);
  TransactionPtr writer = begin(waits[1]);
  ASSERT_TRUE(set_value(table, writer->take_view(), 0, 2).ok());
  RowWaiter waits_for_first(table, std::move(writer), 1, RowLockMode::update);
  waits_for_first.wait_for_parks(1);
  RowWaiter shows_it(table, begin(waits[2]), 0, RowLockMode::no_key_update);
  EXPECT_EQ(waits_for_sharer.end(), "40P01");
  EXPECT_EQ(waits_for_first.end(), "");
  EXPECT_EQ(shows_it.end(), "");
}

TEST_F(LateEdges, WhoHoldsARowAndQueuesForMoreOfItPassesThoseWhoWaitForIt) {
  RowWaiter waits_for_sharer(table, begin(waits[0]), 0, RowLockMode::update);
  waits_for_sharer.wait_for_parks(1);
  TransactionPtr writer = begin(waits[1]);
  ASSERT_TRUE(set_value(table, writer->take_view(), 0, 2).ok());
  RowWaiter wants_more(table, std::move(writer), 0, RowLockMode::update);
  wants_more.wait_for_parks(1);
  RowWaiter shows_it(table, begin(waits[2]), 0, RowLockMode::no_key_update);
  shows_it.wait_for_parks(1);
  (void)sharer->commit();
  EXPECT_EQ(wants_more.end(), "");
  EXPECT_EQ(waits_for_sharer.end(), "");
  EXPECT_EQ(shows_it.end(), "");
}

TEST_F(LateEdges, ARowChangedBeforeASavepointIsKeptWhenGoingBackToIt) {
  (void)sharer->commit();
  TransactionPtr writer = begin(waits[0]);
  writer->wait_control().deadlock_timeout = 1ms;
  ASSERT_TRUE(set_value(table, writer->take_view(), 0, 2).ok());
  const transaction::Savepoint savepoint = writer->savepoint();
  RowWaiter waiter(table, begin(waits[1]), 0, RowLockMode::update);
  waiter.wait_for_parks(1);
  writer->rollback_to(savepoint);
  waiter.wait_for_parks(2);
  writer->next_command();
  EXPECT_EQ(sqlstate_of([&] {
              Scratch scratch;
              (void)table.lock_row(writer->take_view(), key_of(table, 0), RowLockMode::update,
                                   LockWait::block, scratch);
            }),
            "");
  writer->next_command();
  EXPECT_TRUE(set_value(table, writer->take_view(), 0, 3, true).ok());
  (void)writer->commit();
  EXPECT_EQ(waiter.end(), "");
}

TEST_F(Locks, WaitsEndByTimeoutAndByCancel) {
  TransactionPtr holder = engine.begin(Isolation::read_committed, 21);
  ASSERT_TRUE(locks.lock_table(*holder, 7, TableLockMode::access_exclusive));
  transaction::WaitControl waits;
  waits.lock_timeout = 5ms;
  {
    TransactionPtr own = engine.manager->begin({.pid = 22}, waits);
    EXPECT_EQ(sqlstate_of([&] { (void)locks.lock_table(*own, 7, TableLockMode::access_share); }), "55P03");
  }
  waits.lock_timeout = 0ms;
  std::string found;
  std::thread waiter([&] {
    TransactionPtr own = engine.manager->begin({.pid = 22}, waits);
    found = sqlstate_of([&] { (void)locks.lock_table(*own, 7, TableLockMode::access_share); });
  });
  wait_for_waiters(1);
  EXPECT_EQ(locks.blockers_of(22), std::vector<std::int32_t>{21});
  waits.interrupt(transaction::Interrupt::cancel);
  waiter.join();
  EXPECT_EQ(found, "57014");
  holder->abort();
  EXPECT_TRUE(locks.list().empty());
}

TEST_F(Locks, SavepointsGiveBackWhatWasLockedAfterThem) {
  TransactionPtr one = engine.begin();
  ASSERT_TRUE(locks.lock_table(*one, 7, TableLockMode::row_share));
  const transaction::Savepoint savepoint = one->savepoint();
  ASSERT_TRUE(locks.lock_table(*one, 7, TableLockMode::exclusive));
  ASSERT_TRUE(locks.lock_table(*one, 9, TableLockMode::access_exclusive));
  TransactionPtr two = engine.begin();
  EXPECT_FALSE(locks.lock_table(*two, 7, TableLockMode::row_exclusive, LockWait::nowait));
  one->rollback_to(savepoint);
  EXPECT_TRUE(locks.lock_table(*two, 7, TableLockMode::row_exclusive, LockWait::nowait));
  EXPECT_TRUE(locks.lock_table(*two, 9, TableLockMode::row_exclusive, LockWait::nowait));
  EXPECT_FALSE(locks.lock_table(*two, 7, TableLockMode::exclusive, LockWait::nowait))
      << "what was taken before the savepoint is still held";
}

TEST_F(Locks, SessionAdvisoryLocksAreCountedAndOutliveTransactions) {
  const transaction::LockTag tag = transaction::advisory_tag(1, 2);
  TransactionPtr one = engine.begin(Isolation::read_committed, 31);
  EXPECT_TRUE(locks.lock_advisory(*one, tag, AdvisoryMode::exclusive, true));
  EXPECT_TRUE(locks.lock_advisory(*one, tag, AdvisoryMode::exclusive, true));
  EXPECT_TRUE(locks.lock_advisory(*one, tag, AdvisoryMode::shared, false)) << "the session's own";
  (void)one->commit();
  TransactionPtr two = engine.begin(Isolation::read_committed, 32);
  EXPECT_FALSE(locks.lock_advisory(*two, tag, AdvisoryMode::shared, false, LockWait::nowait));
  EXPECT_TRUE(locks.unlock_advisory(31, tag, AdvisoryMode::exclusive));
  EXPECT_FALSE(locks.lock_advisory(*two, tag, AdvisoryMode::shared, false, LockWait::nowait));
  EXPECT_TRUE(locks.unlock_advisory(31, tag, AdvisoryMode::exclusive));
  EXPECT_FALSE(locks.unlock_advisory(31, tag, AdvisoryMode::exclusive));
  EXPECT_TRUE(locks.lock_advisory(*two, tag, AdvisoryMode::shared, false, LockWait::nowait));
  locks.unlock_all_advisory(31);
}

// Purges at the very moment when its thread is given a lock, in the thread that gives it.
class PurgesWhenWoken final : public wal::Parker {
 public:
  PurgesWhenWoken(Engine& engine, wal::Parker& thread) : engine_(engine), thread_(thread) {}
  void park() override { thread_.park(); }
  void unpark() override {
    engine_.manager->purge_now();
    pages = engine_.space.used_pages();
    thread_.unpark();
  }

  std::uint64_t pages = 0;

 private:
  Engine& engine_;
  wal::Parker& thread_;
};

// Whoever waits for a table's lock may drop it next: the purge must know by then what it finds in the
// undo of whoever had the lock, or it would look for that in a tree that is gone.
TEST_F(Locks, ThePurgeKnowsOfACommitBeforeItsLocksGo) {
  const Table table(*engine.manager, create(engine, accounts()));
  TransactionPtr holder = engine.begin();
  ASSERT_TRUE(put(table, holder->take_view(), 1, 1, std::string(50'000, 'x') + "1").ok());
  (void)holder->commit();
  engine.manager->purge_now();

  holder = engine.begin();
  ASSERT_TRUE(locks.lock_table(*holder, 7, TableLockMode::row_exclusive));
  ASSERT_TRUE(erase(table, holder->take_view(), 1).ok());
  const std::uint64_t before = engine.space.used_pages();
  std::uint64_t when_woken = before;
  std::thread waiter([&] {
    PurgesWhenWoken parker(engine, wal::Parker::current());
    const wal::ScopedParker scoped(parker);
    TransactionPtr two = engine.begin();
    EXPECT_TRUE(locks.lock_table(*two, 7, TableLockMode::access_exclusive));
    when_woken = parker.pages;
    two->abort();
  });
  wait_for_waiters(1);
  (void)holder->commit();
  waiter.join();
  EXPECT_LT(when_woken, before) << "the deleted row's overflow pages were given back";
}

}  // namespace
}  // namespace table::testing
