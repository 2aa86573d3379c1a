// A crash at every consistency point of a busy history: what was committed by then is there, and
// nothing else; what was in flight is rolled back; everything agrees.
#include <map>
#include <random>

#include "world.h"

namespace table::testing {
namespace {

// Contents after each commit, by the commit record's Lsn.
using History = std::map<wal::Lsn, std::vector<Row>>;

const std::vector<Row>& contents_at(const History& history, wal::Lsn lsn) {
  return std::prev(history.upper_bound(lsn))->second;
}

std::vector<wal::Lsn> consistency_points(const wal::testing::MemoryVolume& volume, wal::Lsn from) {
  std::vector<wal::Lsn> points;
  for (const auto& record : volume.records()) {
    if (record->view.is_consistency_point && record->view.lsn >= from) {
      points.push_back(record->view.lsn);
    }
  }
  return points;
}

void check_after_crash(const wal::testing::MemoryVolume& volume, const TableSchema& schema,
                       wal::Lsn at, const std::vector<Row>& expected) {
  const auto reopened = volume.reopen(at);
  Engine engine(*reopened);
  const Table table(*engine.manager, schema);
  {
    // Before the rollback is through, what was in flight is unseen already.
    TransactionPtr reader = engine.begin();
    const View view = reader->take_view();
    ASSERT_EQ(rows_of(table, view), expected) << "at " << at.value();
    engine.manager->wait_for_recovery();
    ASSERT_EQ(rows_of(table, view), expected) << "in an old view, at " << at.value();
  }
  TransactionPtr reader = engine.begin();
  ASSERT_EQ(rows_of(table, reader->take_view()), expected);
  ASSERT_EQ(check_table(reader->take_view(), table), "") << "at " << at.value();
  reader.reset();
  engine.manager->purge_now();
  // And life goes on.
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(put(table, writer->take_view(), 100'000, 1, "after").ok());
  (void)writer->commit();
  engine.manager->purge_now();
  reader = engine.begin();
  std::vector<Row> now = expected;
  now.push_back({100'000, 1, "after"});
  ASSERT_EQ(rows_of(table, reader->take_view()), now);
  ASSERT_EQ(check_table(reader->take_view(), table), "");
}

TEST(Crash, AtEveryConsistencyPointOfSmallTransactions) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema schema = create(engine, accounts(false, true, true));
  const Table table(*engine.manager, schema);
  History history;
  history[volume.last_lsn()] = {};
  const wal::Lsn start = volume.last_lsn();
  std::mt19937 random(7);
  for (int i = 0; i < 30; ++i) {
    TransactionPtr writer = engine.begin();
    for (int change = 0; change < 4; ++change) {
      const View view = writer->take_view();
      const int id = static_cast<int>(random() % 12);
      const std::string note =
          "n" + std::to_string(i * 4 + change) + std::string(random() % 8 == 0 ? 3000 : 3, 'y');
      switch (random() % 5) {
        case 0: (void)erase(table, view, id); break;
        case 1: (void)set_value(table, view, id, static_cast<int>(random() % 5)); break;
        case 2:
          if (note.size() < 100) (void)set_note(table, view, id, note);
          break;
        case 3: {
          Scratch scratch;
          const ColumnValue move[] = {{0, number(id + 1)}};
          (void)table.update(view, key_of(table, id), move, scratch);
          break;
        }
        default:
          (void)put(table, view, id, static_cast<int>(random() % 5), note.substr(0, 100));
      }
      writer->next_command();
      if (random() % 6 == 0) {
        const transaction::Savepoint savepoint = writer->savepoint();
        (void)put(table, writer->take_view(), 500, 1, "gone");
        (void)erase(table, writer->take_view(), id);
        writer->rollback_to(savepoint);
        writer->next_command();
      }
    }
    if (random() % 4 == 0) {
      writer->abort();
    } else {
      std::vector<Row> now = rows_of(table, writer->take_view());
      history[writer->commit()] = std::move(now);
    }
    if (i % 7 == 0) engine.manager->purge_now();
  }
  const std::vector<wal::Lsn> points = consistency_points(volume, start);
  ASSERT_GT(points.size(), 200u);
  for (std::size_t i = 0; i < points.size(); i += 3) {
    check_after_crash(volume, schema, points[i], contents_at(history, points[i]));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Crash, InTheMiddleOfLargeBatchesAndLargeValues) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema schema = create(engine, accounts(false, true));
  const Table table(*engine.manager, schema);
  History history;
  history[volume.last_lsn()] = {};
  const wal::Lsn start = volume.last_lsn();
  types::Arena arena;
  std::vector<types::Vector> columns{
      types::Vector::allocate(arena, types::PhysicalType::int32, 1024),
      types::Vector::allocate(arena, types::PhysicalType::int32, 1024),
      types::Vector::allocate(arena, types::PhysicalType::varlen, 1024)};
  const std::string large(20'000, 'z');
  for (int batch = 0; batch < 3; ++batch) {
    for (std::uint32_t i = 0; i < 700; ++i) {
      columns[0].set<std::int32_t>(i, static_cast<int>(i) * 3 + batch);
      columns[1].set<std::int32_t>(i, static_cast<int>(i) % 50);
      columns[2].set<std::string_view>(i, i % 300 == 7 ? std::string_view(large) : "short note");
    }
    Scratch scratch;
    TransactionPtr writer = engine.begin();
    ASSERT_TRUE(table.insert_batch(writer->take_view(), columns, {nullptr, 700}, scratch).ok());
    writer->next_command();
    std::vector<Row> now = rows_of(table, writer->take_view());
    history[writer->commit()] = std::move(now);
    writer = engine.begin();
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(erase(table, writer->take_view(), i).ok() || batch < 3);
    writer->abort();
  }
  const std::vector<wal::Lsn> points = consistency_points(volume, start);
  for (std::size_t i = 0; i < points.size(); i += points.size() / 60) {
    check_after_crash(volume, schema, points[i], contents_at(history, points[i]));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Crash, InTheMiddleOfRowsChangedTogether) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema schema = create(engine, accounts(false, true));
  const Table table(*engine.manager, schema);
  History history;
  history[volume.last_lsn()] = {};
  const wal::Lsn start = volume.last_lsn();
  std::mt19937 random(11);
  TransactionPtr writer = engine.begin();
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(put(table, writer->take_view(), i, i % 40, "a note").ok());
  writer->next_command();
  std::vector<Row> first = rows_of(table, writer->take_view());
  history[writer->commit()] = std::move(first);
  for (int round = 0; round < 12; ++round) {
    writer = engine.begin();
    for (int change = 0; change < 3; ++change) {
      std::vector<int> ids;
      for (int i = 0; i < 150; ++i) ids.push_back(static_cast<int>(random() % 650));
      if (random() % 2 == 0) std::ranges::sort(ids);
      const View view = writer->take_view();
      if (random() % 2 == 0) {
        (void)erase_batch(table, view, ids);
        for (int i = 0; i < 40; ++i) (void)put(table, view, static_cast<int>(random() % 650), i, "anew");
      } else {
        (void)set_notes(table, view, ids, std::string(random() % 60, 'x'));
      }
      writer->next_command();
      if (random() % 3 == 0) {
        const transaction::Savepoint savepoint = writer->savepoint();
        (void)erase_batch(table, writer->take_view(), ids);
        writer->next_command();
        (void)set_notes(table, writer->take_view(), {1, 2, 3, 4, 5, 600, 601}, "gone");
        writer->rollback_to(savepoint);
        writer->next_command();
      }
    }
    if (random() % 4 == 0) {
      writer->abort();
    } else {
      std::vector<Row> now = rows_of(table, writer->take_view());
      history[writer->commit()] = std::move(now);
    }
    if (round % 5 == 4) engine.manager->purge_now();
  }
  const std::vector<wal::Lsn> points = consistency_points(volume, start);
  for (std::size_t i = 0; i < points.size(); i += points.size() / 80) {
    check_after_crash(volume, schema, points[i], contents_at(history, points[i]));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Crash, TablesMadeAndDroppedFollowTheirTransactions) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema first = create(engine, accounts());
  {
    const Table table(*engine.manager, first);
    TransactionPtr writer = engine.begin();
    for (int i = 0; i < 400; ++i) ASSERT_TRUE(put(table, writer->take_view(), i, i, "note").ok());
    (void)writer->commit();
  }
  engine.manager->purge_now();
  const std::uint64_t before = engine.space.used_pages();
  const wal::Lsn start = volume.last_lsn();
  TransactionPtr writer = engine.begin();
  TableSchema second = accounts();
  create_storage(*writer, second);
  {
    const Table table(*engine.manager, second);
    for (int i = 0; i < 400; ++i) ASSERT_TRUE(put(table, writer->take_view(), i, i, "note").ok());
  }
  drop_storage(*writer, first);
  writer->abort();
  engine.manager->purge_now();
  EXPECT_EQ(engine.space.used_pages(), before);
  const std::vector<wal::Lsn> points = consistency_points(volume, start);
  for (std::size_t i = 0; i < points.size(); i += 25) {
    const auto reopened = volume.reopen(points[i]);
    Engine again(*reopened);
    again.manager->wait_for_recovery();
    again.manager->purge_now();
    const Table table(*again.manager, first);
    TransactionPtr reader = again.begin();
    ASSERT_EQ(rows_of(table, reader->take_view()).size(), 400u);
    ASSERT_LE(again.space.used_pages(), before + 4) << "at " << points[i].value();
  }

  TransactionPtr old_reader = engine.begin();
  const View old_view = old_reader->take_view();
  writer = engine.begin();
  drop_storage(*writer, first);
  (void)writer->commit();
  engine.manager->purge_now();
  const Table table(*engine.manager, first);
  EXPECT_EQ(rows_of(table, old_view).size(), 400u) << "an older view still needs the tree";
}

TEST(Crash, RowsOfATransactionInFlightStayLockedUntilItIsRolledBack) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema schema = create(engine, accounts());
  const Table table(*engine.manager, schema);
  TransactionPtr setup = engine.begin();
  ASSERT_TRUE(put(table, setup->take_view(), 1, 10).ok());
  (void)setup->commit();
  TransactionPtr lost = engine.begin();
  ASSERT_TRUE(set_value(table, lost->take_view(), 1, 11).ok());
  const auto reopened = volume.reopen();
  Engine again(*reopened);
  const Table same(*again.manager, schema);
  TransactionPtr writer = again.begin();
  const View view = writer->take_view();
  Scratch scratch;
  const LockStatus status = same.lock_row(view, key_of(same, 1), RowLockMode::no_key_update,
                                          LockWait::block, scratch);
  EXPECT_EQ(status, LockStatus::locked_same);
  EXPECT_TRUE(set_value(same, view, 1, 12).ok());
  (void)writer->commit();
  TransactionPtr reader = again.begin();
  EXPECT_EQ(value_of(same, reader->take_view(), 1), 12);
}

}  // namespace
}  // namespace table::testing
