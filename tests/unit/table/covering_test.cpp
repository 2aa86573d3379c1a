// INCLUDE's columns in the entries of indexes: their format, and that they change with their rows.
#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

#include "entry_payload.h"
#include "key_parts.h"
#include "table/entry_lookup.h"
#include "table/key.h"
#include "world.h"

namespace table::testing {
namespace {

// (id, value, note) with an index on value that includes the note, and one on the note that includes the value.
TableSchema covered(bool included = true) {
  TableSchema schema = accounts(false, true, true);
  if (included) {
    schema.indexes[0].included = {2};
    schema.indexes[1].included = {1, 2};
  }
  return schema;
}

std::string_view text_in(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<Row> sorted(std::vector<Row> rows) {
  std::ranges::sort(rows, {}, &Row::id);
  return rows;
}

// As an index-only scan has them; and how many rows it had to look at.
std::vector<Row> covered_rows(const Table& table, const View& view, int index, std::uint64_t* fetched = nullptr,
                              Direction direction = Direction::forward) {
  const std::int32_t columns[] = {0, 1, 2};
  EXPECT_TRUE(entries_hold(table, index, columns));
  std::vector<Row> rows;
  Scan scan(table, view, {.index = index, .range = {}, .direction = direction, .columns = {0, 1, 2}});
  types::Arena arena;
  types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 7),
                         types::Vector::allocate(arena, types::PhysicalType::int32, 7),
                         types::Vector::allocate(arena, types::PhysicalType::varlen, 7)};
  types::Arena texts;
  while (const std::uint32_t n = scan.next(out, 7, texts)) {
    for (std::uint32_t i = 0; i < n; ++i)
      rows.push_back({out[0].get<std::int32_t>(i), out[1].get<std::int32_t>(i), std::string(out[2].get<std::string_view>(i))});
    for (types::Vector& vector : out) vector.clear();
  }
  if (fetched != nullptr) *fetched = scan.take_fetched();
  return sorted(std::move(rows));
}

class Covering : public ::testing::Test {
 protected:
  wal::testing::MemoryVolume volume;
  Engine engine{volume};
};

TEST_F(Covering, APayloadIsTheRowKeysSizeAndARowOfTheIncludedColumns) {
  const TableSchema schema = covered();
  const EntryPayload payload(schema, schema.indexes[1]);
  ASSERT_TRUE(payload.has_values());
  EXPECT_EQ(payload.find(2), 1);
  EXPECT_EQ(payload.find(0), std::nullopt);
  EntryPayload::Buffers buffers;
  const Datum row[] = {number(1), number(-7), text("seven")};
  payload.compose(row, 20, 5, buffers);
  // u16 5 | u16 columns, bitmap, int4, u16 end, bytes
  EXPECT_EQ(text_in(buffers.bytes), std::string_view("\x05\x00\x02\x00\x00\xf9\xff\xff\xff\x05\x00seven", 16));
  EXPECT_EQ(row_key_of("keyrowid", buffers.bytes), "rowid");

  types::Arena arena;
  types::Vector numbers = types::Vector::allocate(arena, types::PhysicalType::int32, 1);
  types::Vector texts = types::Vector::allocate(arena, types::PhysicalType::varlen, 1);
  ASSERT_TRUE(payload.read(engine.pages, buffers.bytes, 0, numbers, 0, arena));
  ASSERT_TRUE(payload.read(engine.pages, buffers.bytes, 1, texts, 0, arena));
  EXPECT_EQ(numbers.get<std::int32_t>(0), -7);
  EXPECT_EQ(texts.get<std::string_view>(0), "seven");

  const Datum nulls[] = {number(1), Datum::null(), Datum::null()};
  payload.compose(nulls, 20, 5, buffers);
  ASSERT_TRUE(payload.read(engine.pages, buffers.bytes, 1, texts, 0, arena));
  EXPECT_TRUE(texts.datum(0).is_null);

  // What does not fit leaves the size alone, as entries had it before they held values.
  const std::string large(3000, 'x');
  const Datum wide[] = {number(1), number(2), text(large)};
  payload.compose(wide, 20, 5, buffers);
  EXPECT_EQ(text_in(buffers.bytes), std::string_view("\x05\x00", 2));
  EXPECT_FALSE(payload.read(engine.pages, buffers.bytes, 0, numbers, 0, arena));
  const EntryPayload none(schema, schema.clustered);
  none.compose(row, 20, 5, buffers);
  EXPECT_EQ(buffers.bytes.size(), kEntryPayload);
}

TEST_F(Covering, EntriesFollowTheirRows) {
  const TableSchema schema = create(engine, covered());
  const Table table(*engine.manager, schema);
  TransactionPtr writer = engine.begin();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(put(table, writer->take_view(), i, i % 9, "n" + std::to_string(i)).ok());
  (void)writer->commit();

  TransactionPtr reader = engine.begin(Isolation::repeatable_read);
  const View before = reader->take_view();
  const std::vector<Row> were = rows_of(table, before);
  writer = engine.begin();
  ASSERT_TRUE(set_note(table, writer->take_view(), 3, "other").ok());
  ASSERT_TRUE(set_value(table, writer->take_view(), 4, 100).ok());
  ASSERT_TRUE(erase(table, writer->take_view(), 6).ok());
  ASSERT_EQ(set_notes(table, writer->take_view(), {7, 8}, "both"), 0u) << "together only what no index holds";
  writer->next_command();
  const std::vector<Row> now = rows_of(table, writer->take_view());
  for (const int index : {0, 1}) {
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      EXPECT_EQ(covered_rows(table, writer->take_view(), index, nullptr, direction), now);
      EXPECT_EQ(covered_rows(table, before, index, nullptr, direction), were);
    }
  }
  EXPECT_EQ(check_table(writer->take_view(), table), "");
  writer->abort();
  std::uint64_t fetched = 1;
  EXPECT_EQ(covered_rows(table, before, 0, &fetched), were);
  EXPECT_EQ(fetched, 0u);
  EXPECT_EQ(check_table(before, table), "");
}

TEST_F(Covering, EntriesMadeBeforeTheyHeldValuesLeadToTheirRows) {
  const TableSchema bare = create(engine, covered(false));
  TransactionPtr writer = engine.begin();
  {
    const Table table(*engine.manager, bare);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(put(table, writer->take_view(), i, i % 9, "n" + std::to_string(i)).ok());
  }
  writer->next_command();
  TableSchema schema = bare;
  for (std::size_t i = 0; i < 2; ++i) schema.indexes[i].included = covered().indexes[i].included;
  const Table table(*engine.manager, schema);
  std::uint64_t fetched = 0;
  EXPECT_EQ(covered_rows(table, writer->take_view(), 0, &fetched), rows_of(table, writer->take_view()));
  EXPECT_EQ(fetched, 50u);
  EXPECT_EQ(check_table(writer->take_view(), table), "");
  ASSERT_TRUE(set_note(table, writer->take_view(), 3, "three").ok());
  ASSERT_TRUE(put(table, writer->take_view(), 60, 3, "new").ok());
  writer->next_command();
  EXPECT_EQ(covered_rows(table, writer->take_view(), 0, &fetched), rows_of(table, writer->take_view()));
  EXPECT_EQ(fetched, 49u) << "what was written since holds values";
  EXPECT_EQ(check_table(writer->take_view(), table), "");
}

TEST_F(Covering, LargeValuesAreReadFromTheirRows) {
  const TableSchema schema = create(engine, [] {
    TableSchema wide = accounts(false, true);
    wide.indexes[0].included = {2};
    return wide;
  }());
  const Table table(*engine.manager, schema);
  TransactionPtr writer = engine.begin();
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(put(table, writer->take_view(), i, i % 3, std::string(static_cast<std::size_t>(i) * 300, 'a')).ok());
  writer->next_command();
  for (int i = 0; i < 30; i += 4) {
    const auto size = static_cast<std::size_t>(30 - i) * 250;
    ASSERT_TRUE(set_note(table, writer->take_view(), i, std::string(size, 'b')).ok());
  }
  writer->next_command();
  std::uint64_t fetched = 0;
  EXPECT_EQ(covered_rows(table, writer->take_view(), 0, &fetched), rows_of(table, writer->take_view()));
  EXPECT_GT(fetched, 10u);
  EXPECT_LT(fetched, 29u);
  EXPECT_EQ(check_table(writer->take_view(), table), "");
}

TEST_F(Covering, AnIndexOnExistingRowsHoldsTheirValuesAlsoWhenSortedOnDisk) {
  TableSchema schema = create(engine, accounts());
  TransactionPtr writer = engine.begin();
  {
    const Table table(*engine.manager, schema);
    for (int i = 0; i < 1000; ++i)
      ASSERT_TRUE(put(table, writer->take_view(), i, i * 7919 % 1009, i % 50 == 0 ? std::string(4000, 'x') : "n" + std::to_string(i)).ok());
  }
  writer->next_command();
  for (const bool spill : {false, true}) {
    schema.indexes.emplace_back().keys = {{.column = 1, .descending = spill}};
    schema.indexes.back().unique = true;
    schema.indexes.back().included = {2};
    create_index_storage(*writer, schema.indexes.back());
    const Table table(*engine.manager, schema);
    const View view = writer->take_view();
    BuildOptions options;
    if (spill) options = {.memory_bytes = 4096, .spill_directory = ::testing::TempDir()};
    ASSERT_FALSE(build_index(view, table, spill ? 1 : 0, options));
    std::uint64_t fetched = 0;
    EXPECT_EQ(covered_rows(table, view, spill ? 1 : 0, &fetched), rows_of(table, view));
    EXPECT_EQ(fetched, 20u);
    EXPECT_EQ(check_table(view, table), "");
  }
}

TEST_F(Covering, ALookupReadsTheEntryAlone) {
  const TableSchema schema = create(engine, covered());
  const Table table(*engine.manager, schema);
  TransactionPtr writer = engine.begin();
  ASSERT_TRUE(put(table, writer->take_view(), 1, 10, "one").ok());
  ASSERT_TRUE(put(table, writer->take_view(), 2, 20, "two").ok());
  (void)writer->commit();
  writer = engine.begin();
  ASSERT_TRUE(set_value(table, writer->take_view(), 2, 21).ok());

  const std::int32_t columns[] = {0, 1, 2};
  EntryLookup lookup(table, 1, columns);
  Scratch scratch;
  types::Arena arena;
  types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 1),
                         types::Vector::allocate(arena, types::PhysicalType::int32, 1),
                         types::Vector::allocate(arena, types::PhysicalType::varlen, 1)};
  TransactionPtr reader = engine.begin();
  const View view = reader->take_view();
  const Datum two = text("two"), three = text("three");
  ASSERT_TRUE(lookup.find(view, std::span(&two, 1), out, 0, arena, scratch));
  EXPECT_EQ(out[0].get<std::int32_t>(0), 2);
  EXPECT_EQ(out[1].get<std::int32_t>(0), 20) << "the version that the view sees";
  EXPECT_EQ(out[2].get<std::string_view>(0), "two");
  EXPECT_FALSE(lookup.find(view, std::span(&three, 1), out, 0, arena, scratch));
  EXPECT_EQ(lookup.take_fetched(), 0u);
}

TEST_F(Covering, PartsOfKeysAreReadBackUnlessTheyCannotBeTold) {
  struct Case {
    types::Oid type;
    types::PhysicalType physical;
    std::vector<Datum> told, untold;
  };
  const std::string zeros("a\0\0b\0", 5), high("\xff\xff\0\xff", 4);
  const std::vector<Case> cases = {
      {types::oid::bytea, types::PhysicalType::varlen, {text(""), text(zeros), text(high), text("plain")}, {}},
      {types::oid::name, types::PhysicalType::varlen, {text("some_name")}, {}},
      {types::oid::char_, types::PhysicalType::int8, {Datum::of(std::int8_t{-100}), Datum::of(std::int8_t{65})}, {}},
      {types::oid::time, types::PhysicalType::int64, {Datum::of(std::int64_t{86399999999})}, {}},
      {types::oid::money, types::PhysicalType::int64, {Datum::of(std::int64_t{-1234})}, {}},
      {types::oid::macaddr, types::PhysicalType::int64, {Datum::of(std::uint64_t{0x080020b10203})}, {}},
      {types::oid::pg_lsn, types::PhysicalType::int64, {Datum::of(~std::uint64_t{0})}, {}},
      {types::oid::float8, types::PhysicalType::float64,
       {Datum::of(-1.5), Datum::of(1e300), Datum::of(-std::numeric_limits<double>::infinity()), Datum::of(5e-324)},
       {Datum::of(0.0), Datum::of(-0.0), Datum::of(std::numeric_limits<double>::quiet_NaN())}},
      {types::oid::float4, types::PhysicalType::float32, {Datum::of(0.1F), Datum::of(-3e38F)}, {Datum::of(-0.0F)}},
  };
  types::Arena arena;
  for (const Case& one : cases) {
    for (const bool descending : {false, true}) {
      TableSchema schema;
      ColumnStorage column;
      column.type = one.type;
      column.physical = one.physical;
      schema.columns = {column, int_column()};
      schema.clustered.keys = {{.column = 0, .descending = descending}, {.column = 1}};
      const KeyCodec codec(schema, schema.clustered);
      const std::vector<KeyPart> parts = key_parts(codec);
      ASSERT_NE(parts[0].form, KeyPart::Form::opaque) << one.type;
      const auto read = [&](const Datum& value, Datum& back) {
        std::string key;
        codec.append(0, value, key);
        codec.append(1, number(77), key);
        std::vector<std::size_t> begins;
        std::string scratch;
        find_parts(key, parts, 2, begins);
        types::Vector behind = types::Vector::allocate(arena, types::PhysicalType::int32, 1);
        EXPECT_TRUE(read_part(key, begins[1], parts[1], behind, 0, arena, scratch));
        EXPECT_EQ(behind.get<std::int32_t>(0), 77);
        types::Vector out = types::Vector::allocate(arena, one.physical, 1);
        const bool told = read_part(key, begins[0], parts[0], out, 0, arena, scratch);
        if (told) back = out.datum(0);
        return told;
      };
      for (const Datum& value : one.told) {
        Datum back;
        ASSERT_TRUE(read(value, back)) << one.type;
        if (one.physical == types::PhysicalType::varlen) {
          EXPECT_EQ(back.as<std::string_view>(), value.as<std::string_view>());
        } else {
          EXPECT_EQ(std::memcmp(&back.fixed16, &value.fixed16, stored_width(one.physical)), 0) << one.type;
        }
      }
      for (const Datum& value : one.untold) {
        Datum back;
        EXPECT_FALSE(read(value, back)) << one.type;
      }
      Datum back;
      EXPECT_TRUE(read(Datum::null(), back));
      EXPECT_TRUE(back.is_null);
    }
  }
}

TEST(CoveringCrash, EntriesAgreeWithRowsAtEveryConsistencyPoint) {
  wal::testing::MemoryVolume volume;
  Engine engine(volume);
  const TableSchema schema = create(engine, covered());
  const wal::Lsn start = volume.last_lsn();
  {
    const Table table(*engine.manager, schema);
    std::mt19937 random(11);
    for (int i = 0; i < 25; ++i) {
      TransactionPtr writer = engine.begin();
      for (int change = 0; change < 4; ++change) {
        const int id = static_cast<int>(random() % 10), value = static_cast<int>(random() % 4);
        const View view = writer->take_view();
        switch (random() % 5) {
          case 0: (void)erase(table, view, id); break;
          case 1: (void)set_value(table, view, id, value); break;
          case 2:
          case 3: (void)set_note(table, view, id, "n" + std::to_string(i * 4 + change) + std::string(random() % 60, 'y')); break;
          default: (void)put(table, view, id, value, "p" + std::to_string(i * 4 + change));
        }
        writer->next_command();
        if (random() % 5 == 0) {
          const transaction::Savepoint savepoint = writer->savepoint();
          (void)set_note(table, writer->take_view(), id, "gone");
          (void)set_value(table, writer->take_view(), (id + 1) % 10, 9);
          writer->rollback_to(savepoint);
          writer->next_command();
        }
      }
      if (random() % 3 == 0)
        writer->abort();
      else
        (void)writer->commit();
      if (i % 7 == 0) engine.manager->purge_now();
    }
  }
  std::size_t seen = 0;
  for (const auto& record : volume.records()) {
    if (!record->view.is_consistency_point || record->view.lsn < start || ++seen % 2 != 0) continue;
    const auto reopened = volume.reopen(record->view.lsn);
    Engine after(*reopened);
    const Table table(*after.manager, schema);
    const TransactionPtr reader = after.begin();
    const View view = reader->take_view();
    for (const bool recovered : {false, true}) {
      if (recovered) after.manager->wait_for_recovery();
      const std::vector<Row> rows = rows_of(table, view);
      ASSERT_EQ(covered_rows(table, view, 0), rows) << record->view.lsn.value();
      ASSERT_EQ(covered_rows(table, view, 1), rows) << record->view.lsn.value();
    }
    ASSERT_EQ(check_table(view, table), "") << record->view.lsn.value();
  }
  ASSERT_GT(seen, 100u);
}

}  // namespace
}  // namespace table::testing
