// What the storage tier costs, without a writer above it.
//
// Expected: a 4 KiB part costs a node's core a few microseconds; a round of six nodes costs little
// more than one fdatasync (about 90 us on the machine of docs/), because the six overlap; a warm
// page of ten records is read in 10 to 20 us.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pagestore/local_node.h"
#include "wal/check.h"
#include "wal/record_codec.h"

namespace {

using namespace pagestore;

constexpr TimelineId kMain{1};

// Makes parts of about `bytes`, of records like a row update's, over `pages` pages.
class Writer {
 public:
  Writer(std::size_t bytes, std::uint32_t pages) : bytes_(bytes), last_page_lsn_(pages) {}

  LogPart next() {
    LogPart part;
    part.group = {kMain, GroupNo{0}};
    part.epoch = Epoch{1};
    part.prev_part_end = part.begin = last_;
    auto records = std::make_shared<std::vector<std::byte>>();
    records->reserve(bytes_ + 200);
    std::vector<std::byte> record;
    const std::vector<std::byte> row(60, std::byte{7});
    while (records->size() < bytes_) {
      const auto page = static_cast<std::uint32_t>(random_() % last_page_lsn_.size());
      wal::begin_record(record, wal::RecordKind::page_change, PageNo{page});
      wal::append_write(record, 24, std::span(row).first(6));
      wal::append_write(record, 1000 + random_() % 6000, row);
      last_ = last_.advanced_by(record.size());
      wal::seal_record(record, last_, last_page_lsn_[page], records->size() >= bytes_);
      last_page_lsn_[page] = last_;
      records->insert(records->end(), record.begin(), record.end());
    }
    part.end = last_;
    part.vdl = part.begin;
    part.records = std::move(records);
    return part;
  }
  Lsn last() const { return last_; }

 private:
  std::size_t bytes_;
  std::vector<Lsn> last_page_lsn_;
  Lsn last_;
  std::mt19937_64 random_{1};
};

std::string fresh_directory() {
  char name[] = "pagestore_bench.XXXXXX";
  CHECK(::mkdtemp(name) != nullptr);
  return name;
}

struct Nodes {
  explicit Nodes(int count, int thread_count, std::string in = fresh_directory())
      : directory(std::move(in)) {
    for (int i = 0; i < thread_count; ++i) threads.push_back(std::make_unique<StorageThread>());
    for (int i = 0; i < count; ++i) {
      LocalNodeOptions options;
      options.node.name = std::to_string(i);
      options.directory = directory + "/" + options.node.name;
      nodes.push_back(std::move(*LocalNode::open(options, *threads[i % thread_count])));
    }
    send_all(CreateTimeline{kMain, wal::kNoTimeline, Lsn(0), 1'000'000});
    wait();
  }
  ~Nodes() {
    nodes.clear();
    threads.clear();
    std::filesystem::remove_all(directory);
  }
  void send_all(const Request& request) {
    {
      const std::lock_guard lock(mutex);
      waiting += nodes.size();
    }
    for (auto& node : nodes) {
      node->send(request, [this](Response response) {
        CHECK(!std::holds_alternative<Refusal>(response));
        const std::lock_guard lock(mutex);
        if (--waiting == 0) answered.notify_one();
      });
    }
  }
  void wait() {
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return waiting == 0; });
  }

  std::string directory;
  std::vector<std::unique_ptr<StorageThread>> threads;
  std::vector<std::unique_ptr<LocalNode>> nodes;
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t waiting = 0;
};

// One part to all nodes, answered by all. Arguments: nodes, threads, bytes of a part.
void commit(benchmark::State& state) {
  Nodes nodes(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  Writer writer(static_cast<std::size_t>(state.range(2)), 1000);
  for (auto _ : state) {
    state.PauseTiming();
    const LogPart part = writer.next();
    state.ResumeTiming();
    nodes.send_all(AppendLog{part});
    nodes.wait();
  }
}
BENCHMARK(commit)
    ->Args({1, 1, 500})
    ->Args({6, 1, 500})
    ->Args({6, 2, 500})
    ->Args({6, 1, 4096})
    ->Args({6, 2, 4096})
    ->Args({6, 1, 65536})
    ->UseRealTime();

// The core alone: its CPU for a 4 KiB part, indexing included; the disk is a no-op.
class NoDisk : public DiskReader {
 public:
  std::vector<File> extent_files() override { return {}; }
  bool read(FileNo, std::uint64_t, std::span<std::byte>) override { return false; }
};

void core_append(benchmark::State& state) {
  NoDisk disk;
  NodeOptions options;
  auto core = NodeCore::open(options, disk);
  const auto drain = [&] {
    for (;;) {
      const auto out = core->take_output();
      if (out.empty()) return;
      for (const auto& write : out.writes) core->write_done(write.id, true);
      for (const auto& prepare : out.prepares) core->file_ready(prepare.file, true);
    }
  };
  core->request(0, CreateTimeline{kMain, wal::kNoTimeline, Lsn(0), 1'000'000});
  drain();
  Writer writer(static_cast<std::size_t>(state.range(0)), 1000);
  std::vector<LogPart> parts;
  for (auto _ : state) {
    if (parts.empty()) {
      state.PauseTiming();
      for (int i = 0; i < 1000; ++i) parts.push_back(writer.next());
      std::reverse(parts.begin(), parts.end());
      state.ResumeTiming();
    }
    core->request(1, AppendLog{std::move(parts.back())});
    parts.pop_back();
    drain();
    while (core->work()) {
    }
    drain();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(core_append)->Arg(500)->Arg(4096);

// Reads of pages with about ten records each, through the driver.
void read_page(benchmark::State& state) {
  Nodes nodes(1, 1);
  Writer writer(4096, 1000);
  for (int i = 0; i < 300; ++i) nodes.send_all(AppendLog{writer.next()});
  nodes.wait();
  std::mt19937_64 random(3);
  for (auto _ : state) {
    const PageNo page{static_cast<std::uint32_t>(random() % 1000)};
    nodes.send_all(ReadPage{{kMain, GroupNo{0}}, page, writer.last(), Lsn(0)});
    nodes.wait();
  }
}
BENCHMARK(read_page)->UseRealTime();

// Pages that the first of `range` levels wrote, read on the last; each level changed a page of the same shard. Expected:
// the same for any depth.
void read_through_levels(benchmark::State& state) {
  NoDisk disk;
  auto core = NodeCore::open(NodeOptions{}, disk);
  std::uint64_t pages = 0;
  const auto drain = [&] {
    for (;;) {
      const auto out = core->take_output();
      if (out.empty()) return;
      for (const auto& reply : out.replies) pages += std::holds_alternative<PageContents>(reply.response) ? 1 : 0;
      for (const auto& write : out.writes) core->write_done(write.id, true);
      for (const auto& prepare : out.prepares) core->file_ready(prepare.file, true);
    }
  };
  constexpr std::uint32_t kPages = 1000;
  core->request(0, CreateTimeline{kMain, wal::kNoTimeline, Lsn(0), 1'000'000});
  Writer first(4096, kPages);
  for (int i = 0; i < 100; ++i) core->request(0, AppendLog{first.next()});
  drain();
  TimelineId deepest = kMain;
  Lsn at = first.last();
  for (std::int64_t level = 1; level < state.range(0); ++level) {
    const TimelineId child{static_cast<std::uint64_t>(level) + 1};
    core->request(0, CreateTimeline{child, deepest, at, 1'000'000});
    drain();
    deepest = child;
    std::vector<std::byte> record;
    wal::begin_record(record, wal::RecordKind::page_change, PageNo{kPages + static_cast<std::uint32_t>(level) % 16});
    wal::append_write(record, 1000, std::vector<std::byte>(60, std::byte{7}));
    LogPart part;
    part.group = {child, GroupNo{0}};
    part.epoch = Epoch{1};
    part.prev_part_end = part.begin = at;
    at = part.end = at.advanced_by(record.size());
    wal::seal_record(record, at, wal::kNoLsn, true);
    part.records = std::make_shared<const std::vector<std::byte>>(std::move(record));
    core->request(0, AppendLog{part});
    drain();
  }
  while (core->work()) drain();
  std::mt19937_64 random(3);
  for (auto _ : state) {
    core->request(1, ReadPage{{deepest, GroupNo{0}}, PageNo{static_cast<std::uint32_t>(random() % kPages)}, at, Lsn(0)});
    drain();
  }
  CHECK(pages == static_cast<std::uint64_t>(state.iterations()));
}
BENCHMARK(read_through_levels)->Arg(1)->Arg(8)->Arg(64)->Arg(256)->Arg(1000);

// Opening a node whose process was killed after `range` MiB of log: what a restart waits for, six
// times. Expected: some tens of milliseconds whatever the amount, for the log since the last
// checkpoint.
void open_after_kill(benchmark::State& state) {
  const std::string directory = fresh_directory();
  const pid_t child = ::fork();
  if (child == 0) {
    auto* const nodes = new Nodes(1, 1, directory);
    Writer writer(16384, 20'000);
    for (std::int64_t i = 0; i < state.range(0) * 64; ++i) {
      nodes->send_all(AppendLog{writer.next()});
      if (i % 16 == 0) nodes->wait();
    }
    nodes->wait();
    ::_exit(0);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child && status == 0);
  auto& thread = *new StorageThread;  // its nodes are never closed
  for (auto _ : state) {
    LocalNodeOptions options;
    options.directory = directory + "/0";
    auto node = LocalNode::open(options, thread);
    CHECK(node.has_value());
    state.PauseTiming();
    // Not closed: that would write a checkpoint. The lock goes with the process.
    static_cast<void>(node->release());
    std::filesystem::rename(directory, directory + "x");
    std::filesystem::copy(directory + "x", directory, std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(directory + "x");
    state.ResumeTiming();
  }
  std::filesystem::remove_all(directory);
  std::fflush(stdout);
}
BENCHMARK(open_after_kill)->Arg(16)->Arg(200)->Iterations(3)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
