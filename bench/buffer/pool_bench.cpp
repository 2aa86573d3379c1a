// Finding cached pages, and replacing them. Expected: an optimistic hit below 20 ns when frames and
// table are in the processor's cache; a miss with eviction below 2 us beside the read itself.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <random>

#include "buffer/buffer_pool.h"
#include "buffer/paged_volume.h"
#include "wal/mini_transaction.h"

namespace {

// Every page is zeros and at hand.
class ZeroVolume final : public wal::Volume {
 public:
  wal::TimelineId timeline() const override { return wal::TimelineId{2}; }
  wal::Lsn branch_lsn() const override { return wal::kNoLsn; }
  wal::Lsn vdl() const override { return wal::kNoLsn; }
  wal::Lsn last_lsn() const override { return wal::kNoLsn; }
  wal::Result<void> wait_durable(wal::Lsn) override { return {}; }
  wal::Result<void> wait_for_room() override { return {}; }
  wal::Result<void> read_page(wal::PageNo, wal::Lsn, wal::Page& into) override {
    std::memset(into.bytes.data(), 0, wal::kPageSize);
    return {};
  }
  wal::Lsn append_control(wal::RecordKind, std::span<const std::byte>) override { return {}; }
  void grant_horizon(wal::Lsn, std::span<const wal::Lsn>) override {}

 private:
  wal::Lsn append(wal::MiniTransaction&) override { return {}; }
};

constexpr std::size_t kFrames = 4096;

struct Shared {
  ZeroVolume volume;
  buffer::BufferPool pool{kFrames * wal::kPageSize, kFrames* wal::kPageSize};
  buffer::PagedVolume paged{pool, volume};
};

Shared& shared() {
  static Shared one;
  return one;
}

void hit(benchmark::State& state) {
  const auto pages = static_cast<std::uint32_t>(state.range(0));
  if (state.thread_index() == 0) {
    for (std::uint32_t page = 0; page < pages; ++page) {
      static_cast<void>(shared().paged.load(wal::PageNo{page}));
    }
  }
  std::minstd_rand random(static_cast<unsigned>(state.thread_index() + 1));
  std::uint64_t sum = 0;
  for (auto _ : state) {
    const auto guard =
        shared().paged.optimistic(wal::PageNo{static_cast<std::uint32_t>(random() % pages)});
    sum += guard.page().header().kind;
    if (!guard.validate()) state.SkipWithError("changed");
  }
  if (sum != 0) state.SkipWithError("wrong page");
}
BENCHMARK(hit)->Arg(64)->Arg(kFrames)->Threads(1)->Threads(2);

void exclusive_hit(benchmark::State& state) {
  std::minstd_rand random(static_cast<unsigned>(state.thread_index() + 1));
  for (auto _ : state) {
    const auto guard =
        shared().paged.exclusive(wal::PageNo{static_cast<std::uint32_t>(random() % 64)});
    benchmark::DoNotOptimize(guard.page().header().kind);
  }
}
BENCHMARK(exclusive_hit)->Threads(1)->Threads(2);

void miss(benchmark::State& state) {
  std::minstd_rand random(static_cast<unsigned>(state.thread_index() + 1));
  const std::uint64_t before = shared().pool.statistics().misses;
  for (auto _ : state) {
    static_cast<void>(shared().paged.load(
        wal::PageNo{10'000 + static_cast<std::uint32_t>(random() % 40'000'000)}));
  }
  if (shared().pool.statistics().misses == before) state.SkipWithError("no miss");
}
BENCHMARK(miss)->Threads(1)->Threads(2);

}  // namespace
