// Rows past their memory: stores, cursors, the seen rows of a recursive UNION. Everything is compared with a vector.
#include "tuple_store.h"

#include <filesystem>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "operators/kept_rows.h"
#include "seen_rows.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace operators {
namespace {

using types::Datum;
using types::PhysicalType;

const std::vector<PhysicalType> kColumns{PhysicalType::int32, PhysicalType::varlen};

// Row i is (i, a text of its own), the text null now and then.
std::string text_of(std::uint64_t i) { return std::string(i % 37, 'x') + std::to_string(i * 31) + std::string(i % 997 == 5 ? 20000 : 0, 'y'); }
bool is_null(std::uint64_t i) { return i % 11 == 3; }

class TupleStoreTest : public ::testing::Test {
 protected:
  TupleStoreTest() {
    directory_ = std::filesystem::temp_directory_path() / ("sextant-rows-" + std::to_string(::getpid()));
    std::filesystem::create_directory(directory_);
    space_.configure(directory_.string(), UINT64_MAX, nullptr);
    columns_ = make_vectors(arena_, kColumns, types::kBatchRows);
  }
  ~TupleStoreTest() override {
    EXPECT_TRUE(std::filesystem::is_empty(directory_));
    std::filesystem::remove(directory_);
  }

  types::Batch batch(std::uint64_t first, std::uint32_t count) {
    texts_.clear();
    for (types::Vector& column : columns_) column.clear();
    for (std::uint32_t i = 0; i < count; ++i) texts_.push_back(text_of(first + i));
    for (std::uint32_t i = 0; i < count; ++i) {
      columns_[0].set(i, static_cast<std::int32_t>(first + i));
      if (is_null(first + i))
        columns_[1].set_null(i);
      else
        columns_[1].set<std::string_view>(i, texts_[i]);
    }
    return {columns_, {nullptr, count}};
  }
  void append(TupleStore& store, std::uint32_t count) { store.append(batch(store.rows(), count)); }
  void append_row(TupleStore& store) {
    const std::uint64_t i = store.rows();
    const std::string text = text_of(i);
    const Datum values[] = {Datum::of(static_cast<std::int32_t>(i)), is_null(i) ? Datum::null() : Datum::of(std::string_view(text))};
    store.append_row(values);
  }
  static void expect_row(const TupleStore& store, const std::byte* record, std::uint64_t i) {
    const RowLayout& layout = store.layout();
    ASSERT_EQ(layout.get<std::int32_t>(record, 0), static_cast<std::int32_t>(i));
    ASSERT_EQ(layout.is_null(record, 1), is_null(i));
    if (!is_null(i)) {
      ASSERT_EQ(layout.get<std::string_view>(record, 1), text_of(i));
    }
  }
  static void expect_rows(const types::Batch& batch, std::uint64_t first) {
    for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
      const std::uint32_t row = batch.rows[i];
      ASSERT_EQ(batch.columns[0].get<std::int32_t>(row), static_cast<std::int32_t>(first + i));
      ASSERT_EQ(batch.columns[1].is_null(row), is_null(first + i));
      if (!is_null(first + i)) {
        ASSERT_EQ(batch.columns[1].get<std::string_view>(row), text_of(first + i));
      }
    }
  }

  std::filesystem::path directory_;
  SpillSpace space_;
  types::Arena arena_;
  std::vector<types::Vector> columns_;
  std::vector<std::string> texts_;
};

TEST_F(TupleStoreTest, GivesRowsBackInAnyOrder) {
  for (const std::size_t memory : {std::size_t{0}, std::size_t{20000}, std::size_t{300000}, SIZE_MAX}) {
    std::mt19937 random(static_cast<unsigned>(memory));
    TupleStore store(kColumns);
    store.start(space_, memory);
    while (store.rows() < 20000) {
      if (random() % 2 == 0)
        append(store, static_cast<std::uint32_t>(1 + random() % types::kBatchRows));
      else
        for (auto n = random() % 700; n > 0; --n) append_row(store);
    }
    EXPECT_EQ(store.on_disk(), memory != SIZE_MAX);
    TupleReader reader(kColumns);
    std::uint64_t at = 0;
    types::Batch rows;
    while (reader.next(store, rows)) {
      expect_rows(rows, at);
      at += rows.rows.count;
    }
    EXPECT_EQ(at, store.rows());
    TupleCursor cursor(store, kColumns);
    for (std::uint64_t i = store.rows(); i-- > 0;) expect_row(store, cursor.record(i), i);
    for (int n = 0; n < 300; ++n) {
      const std::uint64_t i = random() % store.rows();
      expect_row(store, cursor.record(i), i);
      reader.seek(i);
      ASSERT_TRUE(reader.next(store, rows));
      expect_rows(rows, i);
      const auto records = cursor.records(i, 10);
      for (std::size_t r = 0; r < records.size(); ++r) expect_row(store, records[r], i + r);
    }
  }
}

TEST_F(TupleStoreTest, KeepsWhatIsLentWhileRowsAreAppended) {
  TupleStore store(kColumns);
  store.start(space_, 10000);
  TupleReader slow(kColumns), fast(kColumns);
  types::Batch lent{}, rows;
  std::uint64_t slow_at = 0, fast_at = 0;
  for (int round = 0; round < 400; ++round) {
    append(store, 1 + static_cast<std::uint32_t>(round) % 50);
    if (round % 7 == 0 && slow.next(store, lent)) {
      expect_rows(lent, slow_at);
      slow_at += lent.rows.count;
    }
    while (fast.next(store, rows)) {
      expect_rows(rows, fast_at);
      fast_at += rows.rows.count;
    }
    if (lent.rows.count > 0) expect_rows(lent, slow_at - lent.rows.count);
  }
  EXPECT_EQ(fast_at, store.rows());
}

TEST_F(TupleStoreTest, StaysWithinItsMemory) {
  constexpr std::size_t kMemory = 100000;
  TupleStore store(kColumns);
  store.start(space_, kMemory);
  std::size_t most = 0;
  for (int i = 0; i < 500; ++i) {
    append(store, types::kBatchRows);
    most = std::max(most, store.footprint());
  }
  EXPECT_LT(most, kMemory + (std::size_t{1} << 19));  // and a batch
  EXPECT_GT(space_.used_bytes(), std::uint64_t{10} << 20);
  store.clear();
  EXPECT_EQ(space_.used_bytes(), 0u);
}

TEST_F(TupleStoreTest, SaysThatTheDiskIsFullAndLeavesNothing) {
  space_.configure(directory_.string(), std::uint64_t{1} << 20, nullptr);
  {
    TupleStore store(kColumns);
    store.start(space_, 10000);
    try {
      for (;;) append(store, types::kBatchRows);
    } catch (const types::SqlError& error) {
      EXPECT_EQ(error.sqlstate(), "53400");
    }
    store.start(space_, 10000);
    append(store, 10);
    TupleCursor cursor(store, kColumns);
    expect_row(store, cursor.record(7), 7);
  }
  EXPECT_EQ(space_.used_bytes(), 0u);
  space_.configure((directory_ / "nowhere").string(), UINT64_MAX, nullptr);
  TupleStore store(kColumns);
  store.start(space_, 0);
  append(store, 10);
  EXPECT_THROW(append(store, 10), types::SqlError);
  EXPECT_EQ(space_.used_bytes(), 0u);
}

TEST_F(TupleStoreTest, KeptRowsAreReadByRowAndByColumn) {
  KeptRows kept(kColumns, space_, 5000);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const std::string text = text_of(i);
    const Datum values[] = {Datum::of(static_cast<std::int32_t>(i)), is_null(i) ? Datum::null() : Datum::of(std::string_view(text))};
    kept.append(values);
  }
  ASSERT_EQ(kept.rows(), 3000u);
  Datum row[2];
  kept.read(2999, row);
  EXPECT_EQ(row[0].int32, 2999);
  EXPECT_EQ(row[1].as<std::string_view>(), text_of(2999));
  for (std::uint64_t at = 0; at < 3000;) {
    for (types::Vector& column : columns_) column.clear();
    const std::uint32_t count = kept.read(at, columns_, types::kBatchRows);
    ASSERT_GT(count, 0u);
    expect_rows({columns_, {nullptr, count}}, at);
    at += count;
  }
  EXPECT_EQ(kept.read(3000, columns_, 1), 0u);
}

// Rounds of random rows: every different one comes out once, in the round in which it came first.
TEST_F(TupleStoreTest, SeenRowsAreNewOnce) {
  std::vector<planner::KeyColumn> keys(1);
  keys[0].physical = PhysicalType::int32;
  keys[0].compare = types::type_support(types::oid::int4).compare;
  keys[0].hash = types::type_support(types::oid::int4).hash;
  const std::vector<PhysicalType> columns{PhysicalType::int32};
  for (const std::size_t memory : {std::size_t{0}, std::size_t{200000}, SIZE_MAX}) {
    SeenRows seen(columns, keys);
    seen.start(space_, memory);
    std::mt19937 random(7);
    std::set<std::int32_t> known;
    std::vector<types::Vector> vectors = make_vectors(arena_, columns, types::kBatchRows);
    for (int round = 0; round < 4; ++round) {
      std::set<std::int32_t> expected, got;
      const auto take = [&](const types::Batch& batch) {
        for (std::uint32_t i = 0; i < batch.rows.count; ++i)
          ASSERT_TRUE(got.insert(batch.columns[0].get<std::int32_t>(batch.rows[i])).second);
      };
      for (int n = 0; n < 15; ++n) {
        vectors[0].clear();
        for (std::uint32_t i = 0; i < types::kBatchRows; ++i) {
          const auto value = static_cast<std::int32_t>(random() % 50000);
          vectors[0].set(i, value);
          if (known.insert(value).second) expected.insert(value);
        }
        types::Batch batch{vectors, {nullptr, types::kBatchRows}};
        batch.rows = seen.fresh(batch);
        take(batch);
      }
      types::Batch settled;
      while (seen.settle(settled)) take(settled);
      ASSERT_EQ(got, expected);
    }
  }
}

}  // namespace
}  // namespace operators
