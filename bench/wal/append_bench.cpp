// Expected: a mini-transaction of TPC-B's account update (a leaf, an undo page, a commit record:
// three records, some 400 bytes) about 200 ns, no allocation.
#include <benchmark/benchmark.h>

#include <memory>

#include "chunk_builder.h"
#include "wal/check.h"
#include "wal/mini_transaction.h"
#include "wal/volume.h"

namespace {

// Gives LSNs and lays records out as a writer does, and throws the chunks away.
class NullVolume final : public wal::Volume {
 public:
  wal::TimelineId timeline() const override { return wal::TimelineId{1}; }
  wal::Lsn branch_lsn() const override { return {}; }
  wal::Lsn vdl() const override { return {}; }
  wal::Lsn last_lsn() const override { return last_; }
  wal::Result<void> wait_durable(wal::Lsn) override { return {}; }
  wal::Result<void> wait_for_room() override { return {}; }
  wal::Result<void> read_page(wal::PageNo, wal::Lsn, wal::Page&) override { return {}; }
  wal::Lsn append_control(wal::RecordKind, std::span<const std::byte>) override { return {}; }
  void grant_horizon(wal::Lsn, std::span<const wal::Lsn>) override {}

 private:
  wal::Lsn append(wal::MiniTransaction& mtr) override {
    last_ = builder_.append(mtr.pending());
    if (++appended_ % 64 == 0) benchmark::DoNotOptimize(builder_.take());
    return last_;
  }
  wal::ChunkBuilder builder_{wal::Lsn(1), wal::Lsn(1), wal::Lsn(1), 1 << 20, {}};
  wal::Lsn last_;
  int appended_ = 0;
};

void tpcb_update(benchmark::State& state) {
  NullVolume volume;
  wal::MiniTransaction mtr(volume);
  const auto leaf = std::make_unique<wal::Page>(), undo = std::make_unique<wal::Page>();
  leaf->header().page_no = 1;
  undo->header().page_no = 2;
  const std::array<std::byte, 100> row{};
  const std::array<std::byte, 60> before{};
  const std::array<std::byte, 16> commit{};
  std::size_t at = 0;
  wal::Lsn last;
  for (auto _ : state) {
    at = (at + 104) % 7000;
    mtr.write(*undo, 64 + at, before);
    mtr.put(*undo, 32, at);
    mtr.write(*leaf, 64 + at, row);
    mtr.control(wal::RecordKind::commit, commit);
    const wal::Lsn lsn = mtr.commit();
    CHECK(lsn > last);
    last = lsn;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tpcb_update);

void one_small_write(benchmark::State& state) {
  NullVolume volume;
  wal::MiniTransaction mtr(volume);
  const auto page = std::make_unique<wal::Page>();
  std::uint64_t value = 0;
  for (auto _ : state) {
    mtr.put(*page, 64, ++value);
    mtr.commit();
  }
}
BENCHMARK(one_small_write);

}  // namespace
