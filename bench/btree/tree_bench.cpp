// Lookups, inserts, scans and bulk loads on one tree in memory, without storage: the volume takes
// log records and forgets them. Expected on one core of 2020s server hardware: a warm lookup of 1M
// 8-byte keys about two cache misses beyond 150 ns of work, an ascending insert below 1 us, a scan
// above 20M entries/s, a bulk load above 300 MB/s.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "btree/bulk_load.h"
#include "btree/cursor.h"
#include "btree/tree.h"
#include "btree/volume_header.h"
#include "wal/mini_transaction.h"
#include "wal/record_codec.h"

namespace {

using btree::Bytes;

// Gives LSNs and seals records as the real one does, then drops them.
class NullVolume final : public wal::Volume {
 public:
  wal::TimelineId timeline() const override { return wal::TimelineId{2}; }
  wal::Lsn branch_lsn() const override { return wal::kNoLsn; }
  wal::Lsn vdl() const override { return last_lsn(); }
  wal::Lsn last_lsn() const override { return last_.load(std::memory_order_acquire); }
  wal::Result<void> wait_durable(wal::Lsn) override { return {}; }
  wal::Result<void> wait_for_room() override { return {}; }
  wal::Result<void> read_page(wal::PageNo, wal::Lsn, wal::Page& into) override {
    std::memset(into.bytes.data(), 0, wal::kPageSize);
    return {};
  }
  wal::Lsn append_control(wal::RecordKind, Bytes) override { return last_lsn(); }
  void grant_horizon(wal::Lsn, std::span<const wal::Lsn>) override {}

  std::uint64_t logged() const { return last_lsn().value(); }

 private:
  wal::Lsn append(wal::MiniTransaction& mtr) override {
    const std::scoped_lock lock(mutex_);
    wal::Lsn lsn = last_lsn();
    for (auto& record : mtr.pending()) {
      lsn = lsn.advanced_by(record.encoded.size());
      wal::seal_record(record.encoded, lsn, record.page ? record.page->lsn() : wal::kNoLsn, false);
      if (record.page != nullptr) record.page->header().lsn = lsn.value();
    }
    last_.store(lsn, std::memory_order_release);
    return lsn;
  }

  std::mutex mutex_;
  std::atomic<wal::Lsn> last_;
};

struct Database {
  NullVolume volume;
  buffer::BufferPool pool{std::size_t{1} << 30, std::size_t{1} << 30};
  buffer::PagedVolume paged{pool, volume};
  std::unique_ptr<btree::Space> space;

  Database() {
    btree::format_volume(paged);
    space = std::make_unique<btree::Space>(paged);
  }
  btree::Tree tree() { return {*space, btree::Tree::create(*space)}; }
};

std::uint64_t encode(std::uint64_t n) { return __builtin_bswap64(n); }
Bytes bytes_of(const std::uint64_t& n) {
  return std::as_bytes(std::span<const std::uint64_t, 1>(&n, 1));
}

constexpr std::uint64_t kEntries = 1'000'000;
constexpr std::size_t kValueSize = 100;
const std::vector<std::byte> kValue(kValueSize, std::byte{'v'});

Database& loaded() {
  static Database database;
  return database;
}
const btree::Tree& loaded_tree() {
  static const btree::Tree tree = [] {
    const btree::Tree made = loaded().tree();
    btree::BulkLoad load(made);
    for (std::uint64_t n = 0; n < kEntries; ++n) {
      const std::uint64_t key = encode(n);
      load.add(bytes_of(key), kValue);
    }
    load.finish();
    return made;
  }();
  return tree;
}

void lookup(benchmark::State& state) {
  const btree::Tree& tree = loaded_tree();
  std::mt19937_64 random(static_cast<std::uint64_t>(state.thread_index()));
  const auto hot = static_cast<std::uint64_t>(state.range(0));  // keys asked for
  std::uint64_t sum = 0;
  for (auto _ : state) {
    const std::uint64_t key = encode(random() % hot);
    if (!tree.lookup(bytes_of(key), [&](Bytes value) { sum += value.size(); })) {
      state.SkipWithError("missing key");
      break;
    }
  }
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(lookup)->Arg(10'000)->Arg(kEntries)->Threads(1)->Threads(2);

void overwrite(benchmark::State& state) {
  const btree::Tree& tree = loaded_tree();
  wal::MiniTransaction mtr(loaded().volume);
  std::mt19937_64 random(static_cast<std::uint64_t>(state.thread_index()));
  for (auto _ : state) {
    const std::uint64_t key = encode(random() % kEntries);
    btree::ExclusiveLeaf leaf = tree.seek_exclusive(bytes_of(key));
    leaf.overwrite(mtr, 8, Bytes(kValue).first(4));
    mtr.commit();
  }
}
BENCHMARK(overwrite)->Threads(1)->Threads(2);

void insert(benchmark::State& state, bool ascending) {
  Database database;
  const btree::Tree tree = database.tree();
  wal::MiniTransaction mtr(database.volume);
  std::mt19937_64 random(1);
  std::uint64_t next = 0;
  for (auto _ : state) {
    const std::uint64_t key = encode(ascending ? next : random());
    ++next;
    for (;;) {
      btree::ExclusiveLeaf leaf = tree.seek_exclusive(bytes_of(key));
      if (leaf.found()) break;
      if (!leaf.has_room_to_insert(kValueSize)) {
        leaf.release_unchanged();
        tree.make_room(bytes_of(key), kValueSize);
        continue;
      }
      leaf.insert(mtr, kValue);
      mtr.commit();
      break;
    }
  }
  state.counters["log_bytes/op"] =
      static_cast<double>(database.volume.logged()) / static_cast<double>(next);
}
BENCHMARK_CAPTURE(insert, ascending, true)->Iterations(1'000'000);
BENCHMARK_CAPTURE(insert, random, false)->Iterations(1'000'000);

void scan(benchmark::State& state, btree::Direction direction) {
  const btree::Tree& tree = loaded_tree();
  for (auto _ : state) {
    std::uint64_t entries = 0;
    btree::Cursor cursor(tree, {}, direction);
    while (cursor.next_leaf()) {
      for (unsigned i = 0; i < cursor.count(); ++i) {
        entries += cursor.value(i).size() == kValueSize ? 1 : 0;
      }
    }
    if (entries != kEntries) state.SkipWithError("wrong count");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kEntries));
}
BENCHMARK_CAPTURE(scan, forward, btree::Direction::forward)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scan, backward, btree::Direction::backward)->Unit(benchmark::kMillisecond);

void bulk_load(benchmark::State& state) {
  for (auto _ : state) {
    Database database;
    const btree::Tree tree = database.tree();
    btree::BulkLoad load(tree);
    for (std::uint64_t n = 0; n < kEntries; ++n) {
      const std::uint64_t key = encode(n);
      load.add(bytes_of(key), kValue);
    }
    load.finish();
  }
  state.SetBytesProcessed(
      static_cast<std::int64_t>(state.iterations() * kEntries * (kValueSize + 8)));
}
BENCHMARK(bulk_load)->Unit(benchmark::kMillisecond);

}  // namespace
