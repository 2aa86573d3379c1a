// Point reads, point updates, TPC-B-like transactions, scans and batches on one table in memory.
//
// Expected on one 3 GHz core with a warm pool: lookup 0.4 us, update with commit 2 us, scan 10
// million rows/s, batch insert 2 million rows/s. The volume forgets the log, so this is what the
// executor's side costs.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>

#include "btree/space.h"
#include "btree/volume_header.h"
#include "null_volume.h"
#include "table/scan.h"
#include "table/storage.h"
#include "table/table.h"
#include "types/oid.h"
#include "wal/check.h"

namespace table {
namespace {

using types::Datum;

constexpr int kRows = 200'000;

ColumnStorage column(types::Oid type, types::PhysicalType physical) {
  ColumnStorage storage;
  storage.type = type;
  storage.physical = physical;
  return storage;
}

struct World {
  World() : pool(512 << 20), pages(pool, volume) {
    btree::format_volume(pages);
    space = std::make_unique<btree::Space>(pages);
    transaction::TransactionManager::format(*space);
    manager = std::make_unique<transaction::TransactionManager>(*space);
    TableSchema schema;
    schema.columns = {column(types::oid::int4, types::PhysicalType::int32),
                      column(types::oid::int4, types::PhysicalType::int32),
                      column(types::oid::int4, types::PhysicalType::int32),
                      column(types::oid::bpchar, types::PhysicalType::varlen)};
    schema.clustered.keys = {{.column = 0}};
    auto transaction = manager->begin({}, waits);
    create_storage(*transaction, schema);
    (void)transaction->commit();
    accounts = std::make_unique<Table>(*manager, schema);
    fill(*accounts);
  }

  void fill(const Table& table) {
    types::Arena arena;
    std::vector<types::Vector> columns{
        types::Vector::allocate(arena, types::PhysicalType::int32, 1024),
        types::Vector::allocate(arena, types::PhysicalType::int32, 1024),
        types::Vector::allocate(arena, types::PhysicalType::int32, 1024),
        types::Vector::allocate(arena, types::PhysicalType::varlen, 1024)};
    const std::string filler(84, ' ');
    Scratch scratch;
    auto transaction = manager->begin({}, waits);
    const View view = transaction->take_view();
    for (int i = 0; i < kRows; i += 1000) {
      for (std::uint32_t n = 0; n < 1000; ++n) {
        columns[0].set<std::int32_t>(n, i + static_cast<int>(n));
        columns[1].set<std::int32_t>(n, 1);
        columns[2].set<std::int32_t>(n, 0);
        columns[3].set<std::string_view>(n, filler);
      }
      CHECK(table.insert_batch(view, columns, {nullptr, 1000}, scratch).ok());
    }
    (void)transaction->commit();
  }

  NullVolume volume;
  buffer::BufferPool pool;
  buffer::PagedVolume pages;
  std::unique_ptr<btree::Space> space;
  transaction::WaitControl waits;
  std::unique_ptr<transaction::TransactionManager> manager;
  std::unique_ptr<Table> accounts;
};

World& world() {
  static World instance;
  return instance;
}

void point_lookup(benchmark::State& state) {
  World& w = world();
  std::mt19937 random(1);
  Scratch scratch;
  types::Arena arena;
  types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 1)};
  const std::int32_t columns[] = {2};
  transaction::WaitControl waits;
  for (auto _ : state) {
    auto transaction = w.manager->begin({}, waits);
    const View view = transaction->take_view();
    const Datum key = Datum::of(static_cast<std::int32_t>(random() % kRows));
    CHECK(w.accounts->lookup(view, kClusteredIndex, std::span(&key, 1), columns, out, 0, arena,
                             scratch));
  }
}
BENCHMARK(point_lookup)->Threads(1)->Threads(2);

void point_update_and_commit(benchmark::State& state) {
  World& w = world();
  std::mt19937 random(static_cast<unsigned>(state.thread_index()) + 7);
  Scratch scratch;
  transaction::WaitControl waits;
  std::string key;
  for (auto _ : state) {
    auto transaction = w.manager->begin({}, waits);
    const View view = transaction->take_view();
    const Datum id = Datum::of(static_cast<std::int32_t>(random() % kRows));
    key.clear();
    append_key(w.accounts->schema(), w.accounts->schema().clustered, std::span(&id, 1), key);
    const ColumnValue change[] = {{2, Datum::of(static_cast<std::int32_t>(random() % 1000))}};
    Outcome outcome = w.accounts->update(view, key, change, scratch);
    while (outcome.status == DmlStatus::version_conflict) {
      (void)w.accounts->lock_row(view, key, RowLockMode::no_key_update, LockWait::block, scratch);
      outcome = w.accounts->update(view, key, change, scratch, true);
    }
    CHECK(outcome.ok());
    (void)transaction->commit();
  }
  state.counters["log_bytes"] = static_cast<double>(w.volume.last_lsn().value());
}
BENCHMARK(point_update_and_commit)->Threads(1)->Threads(2);

void scan_one_column(benchmark::State& state) {
  World& w = world();
  transaction::WaitControl waits;
  auto transaction = w.manager->begin({}, waits);
  const View view = transaction->take_view();
  types::Arena arena;
  types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 1024)};
  types::Arena values;
  for (auto _ : state) {
    Scan scan(*w.accounts, view, {.index = kClusteredIndex, .range = {},
                                  .direction = Direction::forward, .columns = {2}});
    std::uint32_t total = 0;
    while (const std::uint32_t n = scan.next(out, 1024, values)) {
      total += n;
      values.reset();
    }
    CHECK(total == kRows);
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(scan_one_column)->Unit(benchmark::kMillisecond);

void batch_insert_by_row_id(benchmark::State& state) {
  World& w = world();
  TableSchema schema = w.accounts->schema();
  schema.clustered.keys.clear();
  for (auto _ : state) {
    transaction::WaitControl waits;
    auto transaction = w.manager->begin({}, waits);
    create_storage(*transaction, schema);
    const Table table(*w.manager, schema);
    w.fill(table);
    drop_storage(*transaction, schema);
    (void)transaction->commit();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(batch_insert_by_row_id)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace table
