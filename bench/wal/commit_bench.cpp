// Commits over six nodes, every copy written and synced (under $TMPDIR or /tmp). Each thread logs
// a TPC-B-sized mini-transaction and waits until it is durable. Expected: with one thread, one
// sync of the disk per commit; with many, they share syncs. The argument is chunks_in_flight.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>

#include <stdlib.h>

#include "pagestore/local_node.h"
#include "pagestore/storage_tier.h"
#include "wal/check.h"
#include "wal/mini_transaction.h"
#include "wal/storage_calls.h"
#include "wal/writer_volume.h"

namespace {

struct Store {
  explicit Store(unsigned chunks_in_flight) {
    const char* base = ::getenv("TMPDIR");
    std::string name = std::string(base != nullptr ? base : "/tmp") + "/wal_bench.XXXXXX";
    CHECK(::mkdtemp(name.data()) != nullptr);
    directory = name;
    std::vector<pagestore::NodeChannel*> channels;
    for (const char* node_name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
      pagestore::LocalNodeOptions options;
      options.directory = directory / node_name;
      options.node.name = node_name;
      options.node.zone = std::string(1, node_name[0]);
      auto node = pagestore::LocalNode::open(options, thread);
      CHECK(node.has_value());
      nodes.push_back(std::move(*node));
      channels.push_back(nodes.back().get());
    }
    tier = std::make_unique<pagestore::StorageTier>(channels);
    CHECK(wal::create_timeline(*tier, wal::TimelineId{1}, wal::kNoTimeline, wal::kNoLsn,
                               wal::kDefaultPagesPerGroup)
              .has_value());
    wal::WriterOptions options;
    options.chunks_in_flight = chunks_in_flight;
    auto opened = wal::WriterVolume::open(*tier, wal::TimelineId{1}, options);
    CHECK(opened.has_value());
    volume = std::move(*opened);
  }
  ~Store() {
    volume.reset();
    tier.reset();
    nodes.clear();
    std::filesystem::remove_all(directory);
  }

  std::filesystem::path directory;
  pagestore::StorageThread thread;
  std::vector<std::unique_ptr<pagestore::LocalNode>> nodes;
  std::unique_ptr<pagestore::StorageTier> tier;
  std::unique_ptr<wal::WriterVolume> volume;
};

std::unique_ptr<Store> store;

void commit(benchmark::State& state) {
  if (state.thread_index() == 0) store = std::make_unique<Store>(state.range(0));
  const auto page = std::make_unique<wal::Page>();
  page->header().page_no = static_cast<std::uint32_t>(1 + state.thread_index());
  std::optional<wal::MiniTransaction> mtr;
  const std::array<std::byte, 200> bytes{};
  for (auto _ : state) {
    if (!mtr) mtr.emplace(*store->volume);
    mtr->write(*page, 64, bytes);
    mtr->control(wal::RecordKind::commit, std::span(bytes).first(16));
    CHECK(store->volume->wait_durable(mtr->commit()).has_value());
  }
  mtr.reset();
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) store.reset();
}
BENCHMARK(commit)
    ->Arg(1)->Arg(2)->Arg(4)->Arg(8)
    ->Threads(1)->Threads(8)->Threads(32)
    ->UseRealTime()->Unit(benchmark::kMicrosecond);

void clone_and_open(benchmark::State& state) {
  Store parent(2);
  std::uint64_t next = 2;
  for (auto _ : state) {
    const wal::TimelineId child{next++};
    CHECK(wal::create_timeline(*parent.tier, child, wal::TimelineId{1}, parent.volume->vdl(),
                               wal::kDefaultPagesPerGroup)
              .has_value());
    auto opened = wal::WriterVolume::open(*parent.tier, child);
    CHECK(opened.has_value());
  }
}
BENCHMARK(clone_and_open)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
