// What concurrent transactions see and do to each other, as PostgreSQL has it.
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "transaction/durable_view.h"
#include "types/sql_error.h"
#include "world.h"

namespace table::testing {
namespace {

class IsolationLevels : public ::testing::Test {
 protected:
  void fill(const Table& table, int rows, int value = 100) {
    TransactionPtr setup = engine.begin();
    for (int i = 0; i < rows; ++i) {
      ASSERT_TRUE(put(table, setup->take_view(), i, value, "n" + std::to_string(i)).ok());
    }
    (void)setup->commit();
  }

  wal::testing::MemoryVolume volume;
  Engine engine{volume};
};

TEST_F(IsolationLevels, ReadCommittedSeesEachStatementsPresent) {
  const Table table(*engine.manager, create(engine, accounts()));
  fill(table, 1);
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(value_of(table, reader->take_view(), 0), 100);
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(set_value(table, writer->take_view(), 0, 7).ok());
  EXPECT_EQ(value_of(table, reader->take_view(), 0), 100);
  (void)writer->commit();
  EXPECT_EQ(value_of(table, reader->take_view(), 0), 7);
}

TEST_F(IsolationLevels, RepeatableReadKeepsItsFirstView) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  fill(table, 3);
  TransactionPtr reader = engine.begin(Isolation::repeatable_read);
  const std::vector<Row> before = rows_of(table, reader->take_view());
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(set_value(table, writer->take_view(), 0, 7).ok());
  ASSERT_TRUE(erase(table, writer->take_view(), 1).ok());
  ASSERT_TRUE(put(table, writer->take_view(), 5, 5).ok());
  (void)writer->commit();
  engine.manager->purge_now();
  EXPECT_EQ(rows_of(table, reader->take_view()), before);
  EXPECT_EQ(rows_of(table, reader->take_view(), 0), before) << "by the index, too";
  EXPECT_EQ(set_value(table, reader->take_view(), 0, 8).status, DmlStatus::version_conflict);
  Scratch scratch;
  EXPECT_EQ(table.lock_row(reader->take_view(), key_of(table, 0), RowLockMode::update,
                           LockWait::block, scratch),
            LockStatus::locked_newer)
      << "the caller raises 40001";
  EXPECT_EQ(table.lock_row(reader->take_view(), key_of(table, 1), RowLockMode::update,
                           LockWait::block, scratch),
            LockStatus::deleted);
}

TEST_F(IsolationLevels, AStatementDoesNotMeetItsOwnChanges) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  fill(table, 10);
  TransactionPtr writer = engine.begin();
  const View view = writer->take_view();
  // INSERT INTO t SELECT id + 100 FROM t, one row at a time while the scan goes on.
  Scan scan(table, view, {.index = kClusteredIndex, .range = {}, .direction = Direction::forward,
                          .columns = {0}});
  types::Arena arena;
  types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 1)};
  int inserted = 0;
  while (scan.next(out, 1, arena) != 0) {
    ASSERT_TRUE(put(table, view, out[0].get<std::int32_t>(0) + 100, 1).ok());
    ASSERT_LT(++inserted, 100);
  }
  EXPECT_EQ(inserted, 10);
  // UPDATE t SET value = value + 50 by the index on value: each row once.
  writer->next_command();
  const View second = writer->take_view();
  int updated = 0;
  for (const Row& row : rows_of(table, second, 0)) {
    ASSERT_TRUE(set_value(table, second, row.id, row.value + 50).ok());
    ++updated;
  }
  EXPECT_EQ(updated, 20);
  EXPECT_EQ(set_value(table, second, 3, 0).status, DmlStatus::self_modified);
  EXPECT_EQ(erase(table, second, 3).status, DmlStatus::self_modified);
  EXPECT_EQ(rows_of(table, second).front().value, 100);
  // A cursor opened before goes on seeing what it saw.
  EXPECT_EQ(rows_of(table, view).size(), 10u);
  writer->next_command();
  EXPECT_EQ(rows_of(table, writer->take_view()).front().value, 150);
  EXPECT_EQ(check_table(writer->take_view(), table), "");
}

TEST_F(IsolationLevels, WriteSkewIsAllowedBelowSerializable) {
  const Table table(*engine.manager, create(engine, accounts()));
  fill(table, 2);
  TransactionPtr one = engine.begin(Isolation::repeatable_read);
  TransactionPtr two = engine.begin(Isolation::repeatable_read);
  EXPECT_EQ(sum_of(table, one->take_view()), 200);
  EXPECT_EQ(sum_of(table, two->take_view()), 200);
  EXPECT_TRUE(set_value(table, one->take_view(), 0, -100).ok());
  EXPECT_TRUE(set_value(table, two->take_view(), 1, -100).ok());
  (void)one->commit();
  (void)two->commit();
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(sum_of(table, reader->take_view()), -200);
}

TEST_F(IsolationLevels, AReaderOfACommitThatIsNotDurableWaitsForIt) {
  const Table table(*engine.manager, create(engine, accounts()));
  fill(table, 2);
  volume.hold_vdl();
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(set_value(table, writer->take_view(), 0, 7).ok());
  const wal::Lsn lsn = writer->commit();
  EXPECT_GT(lsn, volume.vdl());
  TransactionPtr other = engine.begin();
  EXPECT_EQ(value_of(table, other->take_view(), 1), 100);
  EXPECT_LE(other->lsn_to_wait_for(), volume.vdl()) << "has seen nothing that could be lost";
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(value_of(table, reader->take_view(), 0), 7) << "early lock release";
  EXPECT_EQ(reader->lsn_to_wait_for(), lsn);
  EXPECT_EQ(reader->commit(), lsn);
  volume.release_vdl();
}

// A commit may wait for a quorum for long: whoever only reads does not wait with it.
TEST_F(IsolationLevels, ReadersSeeWhatIsDurable) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  fill(table, 4);
  const auto all_as_before = [&](const View& view) {
    return value_of(table, view, 0) == 100 && value_of(table, view, 1) == 100 && !value_of(table, view, 9) &&
           rows_of(table, view, 0).size() == 4;
  };
  volume.hold_vdl();
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(set_value(table, writer->take_view(), 0, 7).ok());
  ASSERT_TRUE(erase(table, writer->take_view(), 1).ok());
  ASSERT_TRUE(put(table, writer->take_view(), 9, 9).ok());
  const wal::Lsn lsn = writer->commit();

  TransactionPtr reader = engine.begin();
  TransactionPtr keeper = engine.begin(Isolation::repeatable_read);
  const View open = transaction::durable_view(*reader, wal::kNoLsn);
  EXPECT_TRUE(all_as_before(open));
  EXPECT_TRUE(all_as_before(transaction::durable_view(*keeper, wal::kNoLsn)));
  EXPECT_LE(reader->lsn_to_wait_for(), volume.vdl()) << "what it tells is durable";
  EXPECT_LE(keeper->lsn_to_wait_for(), volume.vdl());
  {
    TransactionPtr catalog = engine.begin();
    EXPECT_EQ(value_of(table, transaction::durable_view(*catalog, lsn), 0), 7) << "its plan was made of that commit";
    EXPECT_EQ(catalog->lsn_to_wait_for(), lsn);
    TransactionPtr serializable = engine.begin(Isolation::serializable);
    EXPECT_EQ(value_of(table, transaction::durable_view(*serializable, wal::kNoLsn), 0), 7);
  }
  {  // What was seen once stays seen.
    TransactionPtr other = engine.begin();
    EXPECT_EQ(value_of(table, other->take_view(), 0), 7);
    EXPECT_EQ(value_of(table, transaction::durable_view(*other, wal::kNoLsn), 0), 7);
  }
  {  // Its own changes a session sees, and nothing else that waits.
    TransactionPtr both = engine.begin();
    ASSERT_TRUE(set_value(table, both->take_view(), 3, 1).ok());
    both->next_command();
    const View own = transaction::durable_view(*both, wal::kNoLsn);
    EXPECT_EQ(value_of(table, own, 3), 1);
    EXPECT_TRUE(all_as_before(own));
    EXPECT_LE(both->lsn_to_wait_for(), volume.vdl());
  }
  // One that held a lock has let go of it: nobody who has it now may miss what it did.
  wal::Lsn gave_back;
  {
    TransactionPtr holder = engine.begin();
    Scratch scratch;
    ASSERT_EQ(table.lock_row(holder->take_view(), key_of(table, 2), RowLockMode::update, LockWait::block, scratch),
              LockStatus::locked_same);
    ASSERT_TRUE(set_value(table, holder->take_view(), 3, 5).ok());
    gave_back = holder->commit();
    TransactionPtr locker = engine.begin();
    ASSERT_EQ(table.lock_row(locker->take_view(), key_of(table, 2), RowLockMode::update, LockWait::block, scratch),
              LockStatus::locked_same);
    EXPECT_EQ(value_of(table, transaction::durable_view(*locker, wal::kNoLsn), 3), 5);
    EXPECT_EQ(locker->commit(), gave_back);
    TransactionPtr adviser = engine.begin();
    ASSERT_TRUE(engine.manager->locks().lock_advisory(*adviser, transaction::advisory_tag(1), transaction::AdvisoryMode::exclusive,
                                                      false, LockWait::block));
    EXPECT_EQ(adviser->lsn_to_wait_for(), gave_back);
    TransactionPtr bystander = engine.begin();
    EXPECT_TRUE(all_as_before(transaction::durable_view(*bystander, wal::kNoLsn)));
    // A new row is nobody's that a lock could have been on.
    TransactionPtr inserter = engine.begin();
    ASSERT_TRUE(put(table, inserter->take_view(), 11, 11).ok());
    inserter->next_command();
    const View own = transaction::durable_view(*inserter, wal::kNoLsn);
    EXPECT_EQ(value_of(table, own, 11), 11);
    EXPECT_EQ(value_of(table, own, 3), 100);
    EXPECT_LE(inserter->lsn_to_wait_for(), volume.vdl());
    // Of a row that is changed, its lock may have been.
    TransactionPtr changer = engine.begin();
    ASSERT_TRUE(set_value(table, changer->take_view(), 2, 3).ok());
    changer->next_command();
    EXPECT_EQ(value_of(table, transaction::durable_view(*changer, wal::kNoLsn), 3), 5);
  }
  {  // Nor what was done under a lock that kept readers away.
    TransactionPtr holder = engine.begin();
    ASSERT_TRUE(engine.manager->locks().lock_table(*holder, 1, transaction::TableLockMode::access_exclusive, LockWait::block));
    ASSERT_TRUE(set_value(table, holder->take_view(), 3, 6).ok());
    (void)holder->commit();
    TransactionPtr bystander = engine.begin();
    EXPECT_EQ(value_of(table, transaction::durable_view(*bystander, wal::kNoLsn), 3), 100);
    TransactionPtr next = engine.begin();
    ASSERT_TRUE(engine.manager->locks().lock_table(*next, 1, transaction::TableLockMode::access_share, LockWait::block));
    EXPECT_EQ(value_of(table, transaction::durable_view(*next, wal::kNoLsn), 3), 6);
  }
  // Once it is durable everybody sees it; what an open view needs is there as long as it is.
  volume.release_vdl();
  engine.manager->purge_now();
  EXPECT_TRUE(all_as_before(open));
  EXPECT_TRUE(all_as_before(keeper->take_view()));
  EXPECT_EQ(value_of(table, transaction::durable_view(*reader, wal::kNoLsn), 0), 7);
}

// The reader has an older version in its view, and tells nothing of the one that waits.
TEST_F(IsolationLevels, AReaderThatPassesOverANewerCommitDoesNotWaitForIt) {
  const Table table(*engine.manager, create(engine, accounts()));
  fill(table, 2);
  volume.hold_vdl();
  TransactionPtr reader = engine.begin(Isolation::repeatable_read);
  EXPECT_EQ(value_of(table, reader->take_view(), 1), 100);
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(set_value(table, writer->take_view(), 0, 7).ok());
  const wal::Lsn lsn = writer->commit();
  EXPECT_EQ(value_of(table, reader->take_view(), 0), 100);
  EXPECT_LE(reader->lsn_to_wait_for(), volume.vdl());
  EXPECT_EQ(set_value(table, reader->take_view(), 0, 8).status, DmlStatus::version_conflict);
  EXPECT_EQ(reader->lsn_to_wait_for(), lsn) << "who is refused for it has seen it";
  volume.release_vdl();
}

TEST_F(IsolationLevels, UniqueKeysAreDecidedByWhoCommits) {
  const Table table(*engine.manager, create(engine, accounts(false, false, true)));
  fill(table, 2);
  TransactionPtr reader = engine.begin();
  {
    const Outcome by_key = put(table, reader->take_view(), 0, 1, "other");
    EXPECT_EQ(by_key.status, DmlStatus::unique_violation);
    EXPECT_EQ(by_key.index, kClusteredIndex);
    const Outcome by_note = put(table, reader->take_view(), 9, 1, "n1");
    EXPECT_EQ(by_note.status, DmlStatus::unique_violation);
    EXPECT_EQ(by_note.index, 0);
    EXPECT_EQ(by_note.row_key, key_of(table, 1));
  }
  EXPECT_EQ(check_table(reader->take_view(), table), "") << "nothing of the refused row is left";

  for (const bool commits : {false, true}) {
    for (const bool by_note : {false, true}) {
      TransactionPtr first = engine.begin();
      ASSERT_TRUE(put(table, first->take_view(), 50, 1, "new").ok());
      std::atomic<int> status{-1};
      std::thread second([&] {
        transaction::WaitControl waits;
        TransactionPtr own = engine.manager->begin({}, waits);
        const Outcome outcome =
            put(table, own->take_view(), by_note ? 51 : 50, 2, by_note ? "new" : "different");
        status = static_cast<int>(outcome.status);
        own->abort();
      });
      while (engine.manager->locks().list().size() < 3 && status == -1) std::this_thread::yield();
      EXPECT_EQ(status, -1) << "waits for the first to decide";
      if (commits) {
        (void)first->commit();
      } else {
        first->abort();
      }
      second.join();
      EXPECT_EQ(status, static_cast<int>(commits ? DmlStatus::unique_violation : DmlStatus::ok));
      if (commits) {
        TransactionPtr cleanup = engine.begin();
        ASSERT_TRUE(erase(table, cleanup->take_view(), 50).ok());
        (void)cleanup->commit();
      }
    }
  }
  EXPECT_EQ(check_table(reader->take_view(), table), "");
}

TEST_F(IsolationLevels, ADeletedKeyMayBeUsedAgainWhileOldViewsSeeTheOldRow) {
  const Table table(*engine.manager, create(engine, accounts(false, true, true)));
  fill(table, 2);
  TransactionPtr old_reader = engine.begin(Isolation::repeatable_read);
  EXPECT_EQ(value_of(table, old_reader->take_view(), 1), 100);
  for (int round = 0; round < 3; ++round) {
    TransactionPtr writer = engine.begin();
    ASSERT_TRUE(erase(table, writer->take_view(), 1).ok());
    if (round == 1) writer->next_command();
    ASSERT_TRUE(put(table, writer->take_view(), 1, round, "n1").ok());
    (void)writer->commit();
    engine.manager->purge_now();
  }
  EXPECT_EQ(rows_of(table, old_reader->take_view(), 1),
            (std::vector<Row>{{0, 100, "n0"}, {1, 100, "n1"}}));
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(value_of(table, reader->take_view(), 1), 2);
  EXPECT_EQ(check_table(reader->take_view(), table), "");
  EXPECT_EQ(check_table(old_reader->take_view(), table), "");
}

TEST_F(IsolationLevels, AChangedKeyIsFollowed) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  fill(table, 2);
  TransactionPtr reader = engine.begin();
  const View old_view = reader->take_view();
  TransactionPtr writer = engine.begin();
  Scratch scratch;
  const ColumnValue change[] = {{0, number(70)}, {1, number(1)}};
  const Outcome moved = table.update(writer->take_view(), key_of(table, 0), change, scratch);
  ASSERT_TRUE(moved.ok());
  EXPECT_EQ(moved.row_key, key_of(table, 70));
  (void)writer->commit();
  EXPECT_EQ(rows_of(table, old_view).front().id, 0);
  EXPECT_EQ(set_value(table, old_view, 0, 9).status, DmlStatus::version_conflict);
  std::string now;
  types::Arena arena;
  types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 1)};
  const std::int32_t columns[] = {1};
  EXPECT_EQ(table.lock_row(old_view, key_of(table, 0), RowLockMode::update, LockWait::block,
                           scratch, columns, out, &arena, &now),
            LockStatus::locked_newer);
  EXPECT_EQ(now, key_of(table, 70));
  EXPECT_EQ(out[0].get<std::int32_t>(0), 1);
  EXPECT_TRUE(set_value(table, old_view, 70, 9, true).ok());
  reader->next_command();
  EXPECT_EQ(check_table(reader->take_view(), table), "");
}

// READ COMMITTED's UPDATE: change the row seen, or wait, look again, and change what is there.
int add_to(const Table& table, transaction::Transaction& own, int id, int amount, Scratch& scratch) {
  const View view = own.take_view();
  const std::optional<int> seen = value_of(table, view, id);
  if (!seen) return 0;
  Outcome outcome = set_value(table, view, id, *seen + amount);
  while (outcome.status == DmlStatus::version_conflict) {
    types::Arena arena;
    types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 1)};
    const std::int32_t columns[] = {1};
    const LockStatus locked =
        table.lock_row(view, key_of(table, id), RowLockMode::no_key_update, LockWait::block,
                       scratch, columns, out, &arena);
    if (locked == LockStatus::deleted) return 0;
    EXPECT_TRUE(locked == LockStatus::locked_same || locked == LockStatus::locked_newer);
    outcome = set_value(table, view, id, out[0].get<std::int32_t>(0) + amount, true);
  }
  EXPECT_TRUE(outcome.ok()) << static_cast<int>(outcome.status);
  own.next_command();
  return 1;
}

TEST_F(IsolationLevels, TransfersBetweenAccountsLoseNothingWithRandomAborts) {
  Engine busy(volume, true);
  const Table table(*busy.manager, create(busy, accounts(false, true)));
  constexpr int kAccounts = 8;
  {
    TransactionPtr setup = busy.begin();
    for (int i = 0; i < kAccounts; ++i) {
      ASSERT_TRUE(put(table, setup->take_view(), i, 1000).ok());
    }
    (void)setup->commit();
  }
  std::atomic<int> committed{0};
  std::atomic<int> deadlocks{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t) + 1);
      transaction::WaitControl waits;
      waits.deadlock_timeout = std::chrono::milliseconds(1);
      Scratch scratch;
      for (int i = 0; i < 150; ++i) {
        TransactionPtr own = busy.manager->begin({}, waits);
        try {
          const int from = static_cast<int>(random() % kAccounts);
          const int to = static_cast<int>(random() % kAccounts);
          const int amount = static_cast<int>(random() % 100);
          add_to(table, *own, from, -amount, scratch);
          const transaction::Savepoint savepoint = own->savepoint();
          if (random() % 4 == 0) {
            add_to(table, *own, to, 12345, scratch);
            own->rollback_to(savepoint);
          }
          add_to(table, *own, to, amount, scratch);
          if (random() % 5 == 0) {
            own->abort();
          } else {
            (void)own->commit();
            ++committed;
          }
        } catch (const types::SqlError& error) {
          EXPECT_EQ(error.sqlstate(), "40P01") << error.message();
          ++deadlocks;
          own->abort();
        }
      }
    });
  }
  std::thread auditor([&] {
    transaction::WaitControl waits;
    while (!stop) {
      TransactionPtr own = busy.manager->begin({.isolation = Isolation::repeatable_read}, waits);
      const View view = own->take_view();
      ASSERT_EQ(sum_of(table, view), kAccounts * 1000);
      int by_index = 0;
      for (const Row& row : rows_of(table, view, 0)) by_index += row.value;
      ASSERT_EQ(by_index, kAccounts * 1000);
    }
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  auditor.join();
  EXPECT_GT(committed, 0);
  TransactionPtr reader = busy.begin();
  EXPECT_EQ(sum_of(table, reader->take_view()), kAccounts * 1000);
  EXPECT_EQ(check_table(reader->take_view(), table), "");
}

}  // namespace
}  // namespace table::testing
