// Indexes on existing rows, tables clustered anew, sequences.
#include "table/sequence.h"
#include "types/sql_error.h"
#include "world.h"

namespace table::testing {
namespace {

class Build : public ::testing::Test {
 protected:
  wal::testing::MemoryVolume volume;
  Engine engine{volume};
};

TEST_F(Build, AnIndexOnExistingRowsAgreesWithThemAlsoWhenSortedOnDisk) {
  TableSchema schema = create(engine, accounts());
  TransactionPtr writer = engine.begin();
  {
    const Table table(*engine.manager, schema);
    for (int i = 0; i < 2000; ++i) {
      ASSERT_TRUE(put(table, writer->take_view(), i, i * 7919 % 2003, "n" + std::to_string(i)).ok());
    }
    writer->next_command();
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(erase(table, writer->take_view(), i * 3).ok());
  }
  writer->next_command();
  for (const bool spill : {false, true}) {
    schema.indexes.emplace_back().keys = {{.column = 1, .descending = spill}};
    schema.indexes.back().unique = true;
    create_index_storage(*writer, schema.indexes.back());
    const Table table(*engine.manager, schema);
    const View view = writer->take_view();
    BuildOptions options;
    if (spill) options = {.memory_bytes = 4096, .spill_directory = ::testing::TempDir()};
    EXPECT_FALSE(build_index(view, table, spill ? 1 : 0, options));
    EXPECT_EQ(check_table(view, table), "");
  }
  const Table table(*engine.manager, schema);
  EXPECT_EQ(rows_of(table, writer->take_view(), 0).size(), 1900u);
  const std::vector<Row> descending = rows_of(table, writer->take_view(), 1);
  ASSERT_EQ(descending.size(), 1900u);
  for (std::size_t i = 1; i < descending.size(); ++i) {
    ASSERT_GT(descending[i - 1].value, descending[i].value);
  }
  writer->next_command();
  ASSERT_TRUE(set_value(table, writer->take_view(), 1, 5000).ok());
  writer->next_command();
  EXPECT_EQ(check_table(writer->take_view(), table), "");
  EXPECT_EQ(set_value(table, writer->take_view(), 2, 5000).status, DmlStatus::unique_violation);
  EXPECT_EQ(check_table(writer->take_view(), table), "") << "the update was taken back as a whole";
}

TEST_F(Build, DuplicatesAreReportedWithTheirValues) {
  TableSchema schema = create(engine, accounts());
  TransactionPtr writer = engine.begin();
  schema.indexes.emplace_back().keys = {{.column = 2}, {.column = 1}};
  schema.indexes.back().unique = true;
  schema.indexes.back().ready = false;
  {
    const Table table(*engine.manager, schema);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(put(table, writer->take_view(), i, i % 9, "same").ok());
  }
  writer->next_command();
  schema.indexes.back().ready = true;
  create_index_storage(*writer, schema.indexes.back());
  const Table table(*engine.manager, schema);
  const auto duplicate = build_index(writer->take_view(), table, 0, {});
  ASSERT_TRUE(duplicate);
  EXPECT_EQ(duplicate->key[0].as<std::string_view>(), "same");
  EXPECT_EQ(duplicate->key[1].as<std::int32_t>(), 0);
}

TEST_F(Build, ATableIsClusteredAnewByAnotherKey) {
  TableSchema by_row_id = create(engine, accounts(true));
  TransactionPtr writer = engine.begin();
  const Table source(*engine.manager, by_row_id);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(put(source, writer->take_view(), 999 - i, i % 10,
                    i % 100 == 0 ? std::string(20'000, 'x') : "short")
                    .ok());
  }
  writer->next_command();
  TableSchema by_key = accounts(false, true);
  create_storage(*writer, by_key);
  drop_storage(*writer, by_row_id);
  const Table target(*engine.manager, by_key);
  EXPECT_FALSE(rebuild_table(writer->take_view(), source, target, nullptr,
                             {.memory_bytes = 10'000, .spill_directory = ::testing::TempDir()},
                             nullptr));
  (void)writer->commit();
  engine.manager->purge_now();
  TransactionPtr reader = engine.begin();
  const View view = reader->take_view();
  EXPECT_EQ(check_table(view, target), "");
  const std::vector<Row> rows = rows_of(target, view);
  ASSERT_EQ(rows.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(rows[static_cast<std::size_t>(i)].id, i);
}

TEST_F(Build, AnAbortedRebuildLeavesNoPageBehind) {
  TableSchema by_row_id = create(engine, accounts(true));
  const Table source(*engine.manager, by_row_id);
  TransactionPtr writer = engine.begin();
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(put(source, writer->take_view(), i % 299, i, std::string(i % 50 == 0 ? 9000 : 10, 'x')).ok());
  }
  (void)writer->commit();
  engine.manager->purge_now();
  const std::uint64_t before = engine.space.used_pages();
  writer = engine.begin();
  TableSchema by_key = accounts();
  create_storage(*writer, by_key);
  drop_storage(*writer, by_row_id);
  const Table target(*engine.manager, by_key);
  int violated = 7;
  const auto duplicate = rebuild_table(writer->take_view(), source, target, nullptr, {}, &violated);
  ASSERT_TRUE(duplicate);
  EXPECT_EQ(violated, kClusteredIndex);
  EXPECT_EQ(duplicate->key[0].as<std::int32_t>(), 0);
  writer->abort();
  engine.manager->purge_now();
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(rows_of(source, reader->take_view()).size(), 300u);
  EXPECT_EQ(engine.space.used_pages(), before);
}

// Leaves are read for the overflow pages that they refer to, and only for those.
TEST_F(Build, ADroppedTableIsNotReadUnlessValuesLieInOverflowPages) {
  for (const bool overflows : {false, true}) {
    const std::uint64_t before = engine.space.used_pages();
    const TableSchema schema = create(engine, accounts());
    TransactionPtr writer = engine.begin();
    {
      const Table table(*engine.manager, schema);
      for (int i = 0; i < 2000; ++i) {
        ASSERT_TRUE(put(table, writer->take_view(), i, i, std::string(300, 'x')).ok());
      }
      writer->next_command();
      if (overflows) {
        ASSERT_TRUE(set_note(table, writer->take_view(), 700, std::string(50'000, 'y')).ok());
      }
      (void)writer->commit();
    }
    engine.manager->purge_now();
    const auto again = volume.reopen();
    Engine cold(*again);
    TransactionPtr dropper = cold.begin();
    drop_storage(*dropper, schema);
    (void)dropper->commit();
    const std::uint64_t misses = cold.pool.statistics().misses;
    cold.manager->purge_now();
    const std::uint64_t read = cold.pool.statistics().misses - misses;
    if (overflows) {
      EXPECT_GT(read, 80u);
    } else {
      EXPECT_LT(read, 20u);
    }
    EXPECT_LE(cold.space.used_pages(), before + 4);
  }
}

TEST_F(Build, SequencesCountOnAcrossRollbackAndCrash) {
  TransactionPtr creator = engine.begin();
  const wal::PageNo page = create_sequence(*creator, 5);
  (void)creator->commit();
  const SequenceOptions options{.start = 5, .increment = 3, .minimum = 1, .maximum = 1000};
  std::int64_t granted = 0;
  EXPECT_EQ(::table::next_value(*engine.manager, page, options, 1, &granted, "s"), 5);
  EXPECT_EQ(::table::next_value(*engine.manager, page, options, 1, &granted, "s"), 8);
  EXPECT_EQ(::table::next_value(*engine.manager, page, options, 10, &granted, "s"), 11);
  EXPECT_EQ(granted, 10);
  const std::size_t records = volume.record_count();
  EXPECT_EQ(::table::next_value(*engine.manager, page, options, 1, &granted, "s"), 41);
  EXPECT_EQ(volume.record_count(), records) << "32 numbers are logged ahead";
  EXPECT_EQ(::table::read_sequence(*engine.manager, page).last_value, 41);

  const auto after_crash = volume.reopen();
  Engine again(*after_crash);
  const std::int64_t next = ::table::next_value(*again.manager, page, options, 1, &granted, "s");
  EXPECT_GT(next, 41);
  EXPECT_LE(next, 41 + 33 * 3);
  ::table::set_value(*again.manager, page, 998, true);
  EXPECT_THROW((void)::table::next_value(*again.manager, page, options, 1, &granted, "s"), types::SqlError);
  SequenceOptions cycling = options;
  cycling.cycle = true;
  EXPECT_EQ(::table::next_value(*again.manager, page, cycling, 5, &granted, "s"), 1);
}

}  // namespace
}  // namespace table::testing
