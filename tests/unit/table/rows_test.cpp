// Rows one by one and in batches: what is written is read again, in every way of reading.
#include "world.h"

namespace table::testing {
namespace {

class Rows : public ::testing::Test {
 protected:
  wal::testing::MemoryVolume volume;
  Engine engine{volume};
};

TEST_F(Rows, ReadsWhatItsOwnAndOthersCommittedTransactionsInserted) {
  const Table table(*engine.manager, create(engine, accounts()));
  TransactionPtr writer = engine.begin();
  {
    const View view = writer->take_view();
    ASSERT_TRUE(put(table, view, 1, 10, "one").ok());
    ASSERT_TRUE(put(table, view, 2, 20, "two").ok());
    EXPECT_EQ(value_of(table, view, 1), std::nullopt) << "a statement does not see its own rows";
  }
  writer->next_command();
  {
    const View view = writer->take_view();
    EXPECT_EQ(value_of(table, view, 1), 10);
    EXPECT_EQ(rows_of(table, view), (std::vector<Row>{{1, 10, "one"}, {2, 20, "two"}}));
  }
  TransactionPtr reader = engine.begin();
  {
    const View view = reader->take_view();
    EXPECT_EQ(value_of(table, view, 1), std::nullopt);
    (void)writer->commit();
    EXPECT_EQ(value_of(table, view, 1), std::nullopt) << "the view is older than the commit";
    EXPECT_TRUE(rows_of(table, view).empty());
  }
  const View view = reader->take_view();
  EXPECT_EQ(value_of(table, view, 2), 20);
}

TEST_F(Rows, UpdatesInPlaceAndKeepsTheOldVersionForOlderViews) {
  const Table table(*engine.manager, create(engine, accounts()));
  TransactionPtr setup = engine.begin();
  ASSERT_TRUE(put(table, setup->take_view(), 1, 10, "one").ok());
  (void)setup->commit();

  TransactionPtr old_reader = engine.begin();
  const View old_view = old_reader->take_view();
  for (int i = 0; i < 5; ++i) {
    TransactionPtr writer = engine.begin();
    ASSERT_TRUE(set_value(table, writer->take_view(), 1, 100 + i).ok());
    ASSERT_TRUE((writer->next_command(), set_note(table, writer->take_view(), 1,
                                                  std::string(static_cast<std::size_t>(i) * 10, 'x')))
                    .ok());
    (void)writer->commit();
  }
  EXPECT_EQ(rows_of(table, old_view), (std::vector<Row>{{1, 10, "one"}}));
  EXPECT_EQ(rows_of(table, old_reader->take_view()),
            (std::vector<Row>{{1, 104, std::string(40, 'x')}}));
}

TEST_F(Rows, RollbackBringsEverythingBack) {
  const Table table(*engine.manager, create(engine, accounts(false, true, true)));
  TransactionPtr setup = engine.begin();
  ASSERT_TRUE(put(table, setup->take_view(), 1, 10, "one").ok());
  ASSERT_TRUE(put(table, setup->take_view(), 2, 20, "two").ok());
  (void)setup->commit();
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(put(table, writer->take_view(), 3, 30, "three").ok());
  ASSERT_TRUE(set_value(table, writer->take_view(), 1, 11).ok());
  ASSERT_TRUE(erase(table, writer->take_view(), 2).ok());
  writer->next_command();
  ASSERT_TRUE(put(table, writer->take_view(), 2, 22, "two again").ok());
  writer->abort();
  TransactionPtr reader = engine.begin();
  const View view = reader->take_view();
  EXPECT_EQ(rows_of(table, view), (std::vector<Row>{{1, 10, "one"}, {2, 20, "two"}}));
  EXPECT_EQ(check_table(view, table), "");
}

TEST_F(Rows, RollbackToASavepointUndoesWhatCameAfterOnly) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(put(table, writer->take_view(), 1, 10).ok());
  writer->next_command();
  const transaction::Savepoint outer = writer->savepoint();
  ASSERT_TRUE(set_value(table, writer->take_view(), 1, 11).ok());
  writer->next_command();
  const transaction::Savepoint inner = writer->savepoint();
  ASSERT_TRUE(put(table, writer->take_view(), 2, 20).ok());
  writer->rollback_to(inner);
  writer->next_command();
  EXPECT_EQ(rows_of(table, writer->take_view()), (std::vector<Row>{{1, 11, ""}}));
  writer->rollback_to(outer);
  ASSERT_TRUE(put(table, writer->take_view(), 3, 30).ok());
  (void)writer->commit();
  TransactionPtr reader = engine.begin();
  const View view = reader->take_view();
  EXPECT_EQ(rows_of(table, view), (std::vector<Row>{{1, 10, ""}, {3, 30, ""}}));
  EXPECT_EQ(check_table(view, table), "");
}

TEST_F(Rows, ManyRowsSpreadOverLeavesInBothDirectionsAndBatchSizes) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  TransactionPtr writer = engine.begin();
  const int kRows = 3000;
  for (int i = 0; i < kRows; ++i) {
    ASSERT_TRUE(put(table, writer->take_view(), i * 7919 % kRows, i % 10, "row").ok());
  }
  (void)writer->commit();
  TransactionPtr reader = engine.begin();
  const View view = reader->take_view();
  for (const std::uint32_t batch : {1u, 7u, 1024u}) {
    const std::vector<Row> rows = rows_of(table, view, kClusteredIndex, {}, Direction::forward, batch);
    ASSERT_EQ(rows.size(), kRows);
    for (int i = 0; i < kRows; ++i) ASSERT_EQ(rows[i].id, i);
  }
  std::vector<Row> backward =
      rows_of(table, view, kClusteredIndex, {}, Direction::backward);
  ASSERT_EQ(backward.size(), kRows);
  EXPECT_EQ(backward.front().id, kRows - 1);
  EXPECT_EQ(backward.back().id, 0);

  const Datum low = number(1000);
  const Bound lower{low, true};
  const Bound upper{number(1010), false};
  const KeyRange range = make_range(table.schema(), table.schema().clustered, {}, &lower, &upper);
  EXPECT_EQ(rows_of(table, view, kClusteredIndex, range).size(), 10u);
  const Datum three = number(3);
  const KeyRange equal =
      make_range(table.schema(), table.schema().indexes[0], std::span(&three, 1));
  const std::vector<Row> found = rows_of(table, view, 0, equal);
  EXPECT_EQ(found.size(), kRows / 10);
  for (const Row& row : found) EXPECT_EQ(row.value, 3);

  std::size_t split_total = 0;
  for (const KeyRange& part : split_range(table, kClusteredIndex, {}, 4)) {
    split_total += rows_of(table, view, kClusteredIndex, part).size();
  }
  EXPECT_EQ(split_total, kRows);
}

TEST_F(Rows, BatchesGoInByRowIdAndByKeyInAnyOrder) {
  for (const bool by_row_id : {true, false}) {
    const Table table(*engine.manager, create(engine, accounts(by_row_id, true)));
    types::Arena arena;
    std::vector<types::Vector> columns{
        types::Vector::allocate(arena, types::PhysicalType::int32, 1024),
        types::Vector::allocate(arena, types::PhysicalType::int32, 1024),
        types::Vector::allocate(arena, types::PhysicalType::varlen, 1024)};
    TransactionPtr writer = engine.begin();
    Scratch scratch;
    const View view = writer->take_view();
    for (int batch = 0; batch < 5; ++batch) {
      for (std::uint32_t i = 0; i < 1024; ++i) {
        const int id = static_cast<int>(i) * 5 + batch;
        columns[0].set<std::int32_t>(i, by_row_id ? id : 10000 - id);
        columns[1].set<std::int32_t>(i, id % 100);
        columns[2].set<std::string_view>(i, "some text");
      }
      ASSERT_TRUE(table.insert_batch(view, columns, {nullptr, 1024}, scratch).ok());
    }
    writer->next_command();
    EXPECT_EQ(rows_of(table, writer->take_view()).size(), 5 * 1024u);
    EXPECT_EQ(check_table(writer->take_view(), table), "");
    writer->abort();
    TransactionPtr reader = engine.begin();
    EXPECT_TRUE(rows_of(table, reader->take_view()).empty());
    EXPECT_EQ(check_table(reader->take_view(), table), "");
  }
}

std::vector<int> numbers(int from, int to) {
  std::vector<int> ids;
  for (int i = from; i < to; ++i) ids.push_back(i);
  return ids;
}

TEST_F(Rows, ChangedTogetherAreWhatOlderViewsHadUntilTheyEnd) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  TransactionPtr writer = engine.begin();
  for (const int i : numbers(0, 500)) ASSERT_TRUE(put(table, writer->take_view(), i, i % 7, "note").ok());
  (void)writer->commit();
  TransactionPtr old_reader = engine.begin();
  std::optional<View> old_view = old_reader->take_view();
  const std::vector<Row> before = rows_of(table, *old_view);

  writer = engine.begin();
  EXPECT_EQ(set_notes(table, writer->take_view(), numbers(0, 500), "another"), 500u);
  EXPECT_EQ(set_notes(table, writer->take_view(), {1, 2}, "twice"), 0u) << "by the same command";
  writer->next_command();
  EXPECT_EQ(set_notes(table, writer->take_view(), {3, 3, 4}, "by a later one"), 2u);
  writer->next_command();
  EXPECT_EQ(erase_batch(table, writer->take_view(), numbers(100, 400)), 300u);
  writer->next_command();
  EXPECT_EQ(erase_batch(table, writer->take_view(), numbers(90, 110)), 10u);
  writer->next_command();
  const View own = writer->take_view();
  EXPECT_EQ(rows_of(table, own).size(), 190u);
  EXPECT_EQ(rows_of(table, own)[3], (Row{3, 3, "by a later one"}));
  EXPECT_EQ(rows_of(table, *old_view), before);
  EXPECT_EQ(check_table(own, table), "");
  (void)writer->commit();
  EXPECT_EQ(rows_of(table, *old_view), before);
  EXPECT_EQ(check_table(*old_view, table), "");
  old_view.reset();
  old_reader.reset();
  engine.manager->purge_now();
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(rows_of(table, reader->take_view()).size(), 190u);
  EXPECT_EQ(check_table(reader->take_view(), table), "");
}

TEST_F(Rows, ChangedTogetherCostAFewBytesOfLogBesideTheirKeys) {
  const Table table(*engine.manager, create(engine, accounts()));
  TransactionPtr writer = engine.begin();
  for (const int i : numbers(0, 1000)) ASSERT_TRUE(put(table, writer->take_view(), i, i, "a note of some length").ok());
  (void)writer->commit();
  writer = engine.begin();
  const wal::Lsn begin = volume.last_lsn();
  EXPECT_EQ(erase_batch(table, writer->take_view(), numbers(0, 1000)), 1000u);
  EXPECT_LT(volume.last_lsn().value() - begin.value(), 1000u * 55);
  (void)writer->commit();
}

TEST_F(Rows, ABatchEndsAtTheFirstRowThatSomebodyElseHas) {
  const Table table(*engine.manager, create(engine, accounts()));
  TransactionPtr writer = engine.begin();
  for (const int i : numbers(0, 100)) ASSERT_TRUE(put(table, writer->take_view(), i, i, "note").ok());
  (void)writer->commit();
  TransactionPtr other = engine.begin();
  ASSERT_TRUE(set_value(table, other->take_view(), 50, 1).ok());
  writer = engine.begin();
  std::vector<std::uint8_t> done;
  EXPECT_EQ(erase_batch(table, writer->take_view(), numbers(0, 100), &done), 50u);
  EXPECT_EQ(done[49], 1);
  EXPECT_EQ(done[51], 0) << "who waits for row 50 must not hold those behind it";
  other->abort();
  writer->abort();
}

TEST_F(Rows, LargeValuesGoToOverflowPagesAndComeBack) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  const std::string large(100'000, 'L');
  std::string larger(300'000, 'M');
  for (std::size_t i = 0; i < larger.size(); ++i) larger[i] = static_cast<char>('a' + i % 23);
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(put(table, writer->take_view(), 1, 10, large).ok());
  (void)writer->commit();
  TransactionPtr old_reader = engine.begin();
  const View old_view = old_reader->take_view();
  writer = engine.begin();
  ASSERT_TRUE(set_value(table, writer->take_view(), 1, 11).ok());
  writer->next_command();
  EXPECT_EQ(rows_of(table, writer->take_view()), (std::vector<Row>{{1, 11, large}}));
  ASSERT_TRUE(set_note(table, writer->take_view(), 1, larger).ok());
  writer->next_command();
  EXPECT_EQ(rows_of(table, writer->take_view()), (std::vector<Row>{{1, 11, larger}}));
  writer->abort();
  EXPECT_EQ(rows_of(table, old_view), (std::vector<Row>{{1, 10, large}}));
  writer = engine.begin();
  ASSERT_TRUE(set_note(table, writer->take_view(), 1, "small").ok());
  (void)writer->commit();
  EXPECT_EQ(rows_of(table, old_view), (std::vector<Row>{{1, 10, large}}));
  EXPECT_EQ(rows_of(table, old_reader->take_view()), (std::vector<Row>{{1, 10, "small"}}));
}

TEST_F(Rows, PurgeGivesEveryPageBack) {
  const Table table(*engine.manager, create(engine, accounts(false, true)));
  engine.manager->purge_now();
  const std::uint64_t before = engine.space.used_pages();
  for (int round = 0; round < 3; ++round) {
    TransactionPtr writer = engine.begin();
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(put(table, writer->take_view(), i, i, std::to_string(i) + std::string(200, '.')).ok());
    }
    ASSERT_TRUE(put(table, writer->take_view(), 1000, 1, std::string(50'000, 'x') + "1").ok());
    (void)writer->commit();
    writer = engine.begin();
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(erase(table, writer->take_view(), i).ok());
    ASSERT_TRUE(erase(table, writer->take_view(), 1000).ok());
    (void)writer->commit();
    engine.manager->purge_now();
  }
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(check_table(reader->take_view(), table), "");
  EXPECT_EQ(engine.space.used_pages(), before);
}

// The records of who deleted from a table may lie, with those of a later transaction, in a page of undo that
// cannot be purged yet: until then the table's pages stay.
TEST_F(Rows, ADroppedTreeWaitsForTheUndoOfItsLastWriters) {
  const TableSchema dropped = create(engine, accounts());
  const TableSchema kept = create(engine, accounts());
  const Table table(*engine.manager, dropped);
  const Table other(*engine.manager, kept);
  TransactionPtr writer = engine.begin();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(table, writer->take_view(), i, i).ok());
  (void)writer->commit();
  engine.manager->purge_now();

  TransactionPtr dropper = engine.begin();
  writer = engine.begin();
  ASSERT_TRUE(erase(table, writer->take_view(), 1).ok());
  ASSERT_TRUE(put(other, dropper->take_view(), 1, 1).ok());  // so that its undo is elsewhere
  (void)writer->commit();
  writer = engine.begin();  // goes on where the last one stopped
  ASSERT_TRUE(put(other, writer->take_view(), 2, 2).ok());
  drop_storage(*dropper, dropped);
  (void)dropper->commit();
  volume.hold_vdl();
  (void)writer->commit();
  const std::uint64_t before = engine.space.used_pages();
  engine.manager->purge_now();
  EXPECT_EQ(engine.space.used_pages(), before);
  volume.release_vdl();
  engine.manager->purge_now();
  EXPECT_LT(engine.space.used_pages(), before);
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(check_table(reader->take_view(), other), "");
}

TEST_F(Rows, ColumnsAddedLaterShowTheirMissingValueInOldRows) {
  TableSchema schema = create(engine, accounts());
  TransactionPtr writer = engine.begin();
  {
    const Table table(*engine.manager, schema);
    ASSERT_TRUE(put(table, writer->take_view(), 1, 10, "old").ok());
  }
  writer->next_command();
  schema.columns.push_back(int_column());
  schema.columns.back().missing = number(42);
  schema.columns.push_back(text_column());
  schema.columns.back().missing_bytes = "default";
  schema.columns.back().missing = text(schema.columns.back().missing_bytes);
  schema.columns[2].dropped = true;
  const Table table(*engine.manager, schema);
  const Datum row[] = {number(2), number(20), Datum::null(), Datum::null(), text("given")};
  Scratch scratch;
  ASSERT_TRUE(table.insert(writer->take_view(), row, scratch).ok());
  const ColumnValue change[] = {{1, number(11)}};
  writer->next_command();
  for (const bool updated : {false, true}) {
    if (updated) {
      ASSERT_TRUE(table.update(writer->take_view(), key_of(table, 1), change, scratch).ok());
      const ColumnValue added[] = {{3, number(43)}};
      writer->next_command();
      ASSERT_TRUE(table.update(writer->take_view(), key_of(table, 1), added, scratch).ok());
      writer->next_command();
    }
    types::Arena arena;
    types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 4),
                           types::Vector::allocate(arena, types::PhysicalType::int32, 4),
                           types::Vector::allocate(arena, types::PhysicalType::varlen, 4)};
    const View view = writer->take_view();
    Scan scan(table, view, {.index = kClusteredIndex, .range = {}, .direction = Direction::forward,
                            .columns = {1, 3, 4}});
    ASSERT_EQ(scan.next(out, 4, arena), 2u);
    EXPECT_EQ(out[0].get<std::int32_t>(0), updated ? 11 : 10);
    EXPECT_EQ(out[1].get<std::int32_t>(0), updated ? 43 : 42);
    EXPECT_EQ(out[2].get<std::string_view>(0), "default");
    EXPECT_TRUE(out[1].is_null(1));
    EXPECT_EQ(out[2].get<std::string_view>(1), "given");
  }
}

}  // namespace
}  // namespace table::testing
