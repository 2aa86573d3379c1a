// Inverted indexes: many entries of a row, kept with it through changes, rollback, crash and purge.
#include <algorithm>
#include <map>
#include <random>

#include "inverted/search.h"
#include "table/posting.h"
#include "types/array.h"
#include "world.h"

namespace table::testing {
namespace {

// (id int primary key, value int, note int[] as bytes), inverted by note.
TableSchema tagged(bool by_row_id = false) {
  TableSchema schema = accounts(by_row_id);
  IndexSchema& index = schema.indexes.emplace_back();
  index.keys = {{.column = 2, .support = types::find_type(types::oid::int4), .source = inverted::Source::array}};
  return schema;
}

std::string array_of(const std::vector<int>& values) {
  types::Arena arena;
  types::ArrayBuilder builder(types::oid::int4);
  for (const int value : values) builder.add(number(value));
  return std::string(builder.finish(arena).as<std::string_view>());
}

std::string key_for(int value) {
  const std::string array = array_of({value});
  return inverted::search_for(inverted::Source::array, types::find_type(types::oid::int4), 0,
                              inverted::kArrayContains, text(array))
      .key;
}

// Row keys that have the value.
std::vector<std::string> postings(const Table& table, const View& view, int value) {
  std::vector<std::string> found;
  PostingScan scan(table, view, 0, key_for(value));
  for (std::string next; scan.seek(next); next = std::string(scan.row_key()) + '\0')
    found.emplace_back(scan.row_key());
  return found;
}

std::vector<std::string> keys_of(const Table& table, const std::vector<int>& ids) {
  std::vector<std::string> keys;
  for (const int id : ids) keys.push_back(key_of(table, id));
  return keys;
}

TEST(Inverted, EntriesFollowTheirRows) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema schema = create(engine, tagged());
  const Table table(*engine.manager, schema);
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(put(table, writer->take_view(), 1, 0, array_of({1, 2, 2})).ok());
  ASSERT_TRUE(put(table, writer->take_view(), 2, 0, array_of({2, 3})).ok());
  ASSERT_TRUE(put(table, writer->take_view(), 3, 0, array_of({})).ok());
  writer->next_command();
  EXPECT_EQ(postings(table, writer->take_view(), 2), keys_of(table, {1, 2}));
  EXPECT_EQ(postings(table, writer->take_view(), 3), keys_of(table, {2}));
  EXPECT_EQ(check_table(writer->take_view(), table), "");
  (void)writer->commit();

  TransactionPtr before = engine.begin(Isolation::repeatable_read);
  const View old_view = before->take_view();
  writer = engine.begin();
  ASSERT_TRUE(set_note(table, writer->take_view(), 1, array_of({2, 4})).ok());
  writer->next_command();
  ASSERT_TRUE(erase(table, writer->take_view(), 2).ok());
  writer->next_command();
  EXPECT_EQ(postings(table, writer->take_view(), 1), keys_of(table, {}));
  EXPECT_EQ(postings(table, writer->take_view(), 2), keys_of(table, {1}));
  EXPECT_EQ(postings(table, writer->take_view(), 4), keys_of(table, {1}));
  EXPECT_EQ(postings(table, old_view, 1), keys_of(table, {1}));
  EXPECT_EQ(postings(table, old_view, 2), keys_of(table, {1, 2}));
  const transaction::Savepoint savepoint = writer->savepoint();
  ASSERT_TRUE(set_note(table, writer->take_view(), 1, array_of({1})).ok());
  writer->next_command();
  EXPECT_EQ(postings(table, writer->take_view(), 1), keys_of(table, {1}));
  writer->rollback_to(savepoint);
  EXPECT_EQ(postings(table, writer->take_view(), 1), keys_of(table, {}));
  EXPECT_EQ(check_table(writer->take_view(), table), "");
  (void)writer->commit();
  before.reset();
  engine.manager->purge_now();
  TransactionPtr reader = engine.begin();
  EXPECT_EQ(check_table(reader->take_view(), table), "");
  EXPECT_EQ(postings(table, reader->take_view(), 2), keys_of(table, {1}));
  inverted::KeySet all;
  ASSERT_TRUE(collect_postings(table, reader->take_view(), 0, std::string_view("\0", 1), 1 << 20, all));
  EXPECT_EQ(all.size(), 2u) << "rows 1 and 3, each once";
  EXPECT_FALSE(collect_postings(table, reader->take_view(), 0, std::string_view("\0", 1), 1, all));
}

// Over many leaves, seeking as an intersection does.
TEST(Inverted, SeeksOverLeavesAndGaps) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  TableSchema schema = create(engine, tagged());
  schema.indexes.front().ready = false;
  TransactionPtr writer = engine.begin();
  {
    const Table table(*engine.manager, schema);
    for (int i = 0; i < 5000; ++i)
      ASSERT_TRUE(put(table, writer->take_view(), i, 0, array_of({i % 2, 100 + i % 7, 1000 + i})).ok());
  }
  writer->next_command();
  schema.indexes.front().ready = true;
  const Table table(*engine.manager, schema);
  const View view = writer->take_view();
  ASSERT_FALSE(build_index(view, table, 0, {.memory_bytes = 65536, .spill_directory = ::testing::TempDir()}));
  ASSERT_EQ(check_table(view, table), "");
  ASSERT_EQ(postings(table, view, 0).size(), 2500u);
  ASSERT_EQ(postings(table, view, 1234 + 1000), keys_of(table, {1234}));
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    PostingScan scan(table, view, 0, key_for(0));
    int at = -1;
    while (true) {
      at += 1 + static_cast<int>(random() % (round % 2 == 0 ? 10 : 1500));
      const bool found = scan.seek(key_of(table, at));
      ASSERT_EQ(found, at <= 4998);
      if (!found) break;
      at += at % 2;
      ASSERT_EQ(scan.row_key(), key_of(table, at));
    }
  }
  const double estimate = estimate_postings(table, 0, key_for(0));
  EXPECT_GT(estimate, 1500);
  EXPECT_LT(estimate, 3500);
}

TEST(Inverted, BatchesAndRowIds) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema schema = create(engine, tagged(true));
  const Table table(*engine.manager, schema);
  TransactionPtr writer = engine.begin();
  types::Arena arena;
  types::Vector columns[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 300),
                             types::Vector::allocate(arena, types::PhysicalType::int32, 300),
                             types::Vector::allocate(arena, types::PhysicalType::varlen, 300)};
  for (std::uint32_t i = 0; i < 300; ++i) {
    columns[0].set(i, static_cast<std::int32_t>(i));
    columns[1].set(i, std::int32_t{0});
    columns[2].set(i, arena.copy(array_of({static_cast<int>(i % 3), static_cast<int>(i % 5), 7})));
  }
  Scratch scratch;
  ASSERT_TRUE(table.insert_batch(writer->take_view(), columns, {nullptr, 300}, scratch).ok());
  writer->next_command();
  const View view = writer->take_view();
  EXPECT_EQ(check_table(view, table), "");
  EXPECT_EQ(postings(table, view, 7).size(), 300u);
  EXPECT_EQ(postings(table, view, 4).size(), 60u);
  EXPECT_EQ(postings(table, view, 2).size(), 140u);
}

// A crash anywhere: entries are rolled back one by one.
TEST(Inverted, ACrashLeavesRowsAndEntriesThatAgree) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema schema = create(engine, tagged());
  const Table table(*engine.manager, schema);
  const wal::Lsn start = volume.last_lsn();
  std::mt19937 random(17);
  for (int i = 0; i < 12; ++i) {
    TransactionPtr writer = engine.begin();
    for (int change = 0; change < 4; ++change) {
      const View view = writer->take_view();
      const int id = static_cast<int>(random() % 6);
      std::vector<int> values(random() % 4);
      for (int& value : values) value = static_cast<int>(random() % 5);
      if (random() % 3 == 0)
        (void)erase(table, view, id);
      else if (!set_note(table, view, id, array_of(values)).ok())
        (void)put(table, view, id, i, array_of(values));
      writer->next_command();
    }
    if (i % 3 == 2)
      writer->abort();
    else
      (void)writer->commit();
    if (i % 4 == 3) engine.manager->purge_now();
  }
  int points = 0;
  for (const auto& record : volume.records()) {
    if (!record->view.is_consistency_point || record->view.lsn < start) continue;
    const auto reopened = volume.reopen(record->view.lsn);
    Engine again(*reopened);
    const Table found(*again.manager, schema);
    again.manager->wait_for_recovery();
    TransactionPtr reader = again.begin();
    ASSERT_EQ(check_table(reader->take_view(), found), "") << "at " << record->view.lsn.value();
    reader.reset();
    again.manager->purge_now();
    reader = again.begin();
    ASSERT_EQ(check_table(reader->take_view(), found), "") << "purged, at " << record->view.lsn.value();
    ++points;
  }
  EXPECT_GT(points, 50);
}

}  // namespace
}  // namespace table::testing
