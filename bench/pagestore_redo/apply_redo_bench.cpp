// Expected: a row update (two small writes) in some tens of nanoseconds, an image in well under a
// microsecond: it is one copy of 8 KiB.
#include <benchmark/benchmark.h>

#include "pagestore/apply_redo.h"
#include "wal/record_codec.h"

namespace {

wal::RecordView view_of(const std::vector<std::byte>& record) {
  wal::RecordReader reader(record);
  return **reader.next();
}

// Applies the record again and again: the page is set back to its predecessor's LSN each time.
void run(benchmark::State& state, std::vector<std::byte> record) {
  wal::seal_record(record, wal::Lsn(100'000), wal::Lsn(50'000), true);
  const wal::RecordView view = view_of(record);
  wal::Page page{};
  page.header().page_no = 1;
  for (auto _ : state) {
    page.header().lsn = 50'000;
    auto result = pagestore::apply_redo(view, page);
    if (!result) state.SkipWithError("refused");
    benchmark::DoNotOptimize(page);
  }
  if (page.lsn() != wal::Lsn(100'000)) state.SkipWithError("not applied");
}

void row_update(benchmark::State& state) {
  std::vector<std::byte> record;
  const std::vector<std::byte> row(60);
  wal::begin_record(record, wal::RecordKind::page_change, wal::PageNo{1});
  wal::append_write(record, 24, std::span(row).first(6));
  wal::append_write(record, 4000, row);
  run(state, std::move(record));
}
BENCHMARK(row_update);

void leaf_insert(benchmark::State& state) {
  std::vector<std::byte> record;
  const std::vector<std::byte> row(100);
  wal::begin_record(record, wal::RecordKind::page_change, wal::PageNo{1});
  wal::append_move(record, 204, 202, 150);  // open a slot
  wal::append_write(record, 202, std::span(row).first(2));
  wal::append_write(record, 24, std::span(row).first(6));
  wal::append_write(record, 5000, row);
  run(state, std::move(record));
}
BENCHMARK(leaf_insert);

void image(benchmark::State& state) {
  wal::Page page{};
  page.bytes.fill(std::byte{0x77});
  std::vector<std::byte> record;
  wal::begin_record(record, wal::RecordKind::page_change, wal::PageNo{1});
  wal::append_image(record, page);
  run(state, std::move(record));
}
BENCHMARK(image);

}  // namespace
