// Expected: sealing and checking a record of TPC-B's size (about 200 bytes) some 30 ns each, the
// CRC instruction's 8 bytes per 3 cycles being most of it.
#include <benchmark/benchmark.h>

#include "wal/check.h"
#include "wal/crc32c.h"
#include "wal/record_codec.h"

namespace {

void crc(benchmark::State& state) {
  const std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)), std::byte{0x5a});
  for (auto _ : state) benchmark::DoNotOptimize(wal::crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(crc)->Arg(64)->Arg(200)->Arg(8192);

std::vector<std::byte> record(std::size_t write_bytes) {
  std::vector<std::byte> encoded;
  const std::vector<std::byte> bytes(write_bytes, std::byte{0x5a});
  wal::begin_record(encoded, wal::RecordKind::page_change, wal::PageNo{1});
  wal::append_write(encoded, 100, bytes);
  return encoded;
}

void seal(benchmark::State& state) {
  auto encoded = record(static_cast<std::size_t>(state.range(0)));
  std::uint64_t lsn = 10'000;
  for (auto _ : state) {
    lsn += encoded.size();
    wal::seal_record(encoded, wal::Lsn(lsn), wal::Lsn(5000), true);
    benchmark::DoNotOptimize(encoded.data());
  }
}
BENCHMARK(seal)->Arg(16)->Arg(160);

void read_records(benchmark::State& state) {
  std::vector<std::byte> log;
  auto encoded = record(static_cast<std::size_t>(state.range(0)));
  std::uint64_t lsn = 10'000;
  constexpr int kRecords = 100;
  for (int i = 0; i < kRecords; ++i) {
    lsn += encoded.size();
    wal::seal_record(encoded, wal::Lsn(lsn), wal::Lsn(5000), true);
    log.insert(log.end(), encoded.begin(), encoded.end());
  }
  for (auto _ : state) {
    wal::RecordReader reader(log);
    int count = 0;
    for (auto next = reader.next(); next && *next; next = reader.next()) ++count;
    CHECK(count == kRecords);
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(read_records)->Arg(16)->Arg(160);

}  // namespace
