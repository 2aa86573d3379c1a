#include "storage_thread.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "log_format.h"
#include "node_runner.h"
#include "wal/check.h"

namespace pagestore {
namespace {

constexpr unsigned kRingEntries = 256;
constexpr std::chrono::milliseconds kTick = StorageThread::kTick;
// Where there are no direct writes, a write up to this long is copied into the page cache right here, which takes a few
// microseconds; handing it to a kernel worker would take longer. Longer ones would hold up others.
constexpr std::uint64_t kCachedWriteMax = std::uint64_t{128} << 10;
// A write that takes longer than its flush flushes for itself: six that wait for each other would leave
// the disk idle between them, and short ones would wait for it.
constexpr std::uint64_t kSharedFlushMax = std::uint64_t{128} << 10;
constexpr std::uint64_t kBlockBufferMin = std::uint64_t{64} << 10;

}  // namespace

StorageThread::StorageThread(std::string name, int niceness)
    : impl_(std::make_unique<Impl>(std::move(name), niceness)) {}
StorageThread::~StorageThread() = default;

StorageThread::Impl::Impl(std::string thread_name, int niceness) : name_(std::move(thread_name)) {
  const int made = io_uring_queue_init(kRingEntries, &ring_, 0);
  if (made < 0) {
    spdlog::critical("io_uring is not available: {}", std::strerror(-made));
    CHECK(made == 0);
  }
  event_ = ::eventfd(0, EFD_CLOEXEC);
  CHECK(event_ >= 0);
  wake_.kind = Operation::Kind::wake;
  helper_ = std::thread([this] { help(); });
  thread_ = std::thread([this, niceness] { run(niceness); });
}

StorageThread::Impl::~Impl() {
  post([this] { stopping_ = true; });
  thread_.join();
  {
    const std::lock_guard lock(helper_mutex_);
    helper_stopping_ = true;
  }
  helper_wake_.notify_one();
  helper_.join();
  CHECK(nodes.empty());
  ::close(event_);
  io_uring_queue_exit(&ring_);
}

void StorageThread::Impl::send(Message message) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(message));
  }
  if (asleep_.load(std::memory_order_seq_cst) && asleep_.exchange(false)) {
    const std::uint64_t one = 1;
    CHECK(::write(event_, &one, sizeof one) == sizeof one);
  }
}

void StorageThread::Impl::run_blocking(std::function<void()> job) {
  {
    const std::lock_guard lock(helper_mutex_);
    helper_jobs_.push_back(std::move(job));
  }
  helper_wake_.notify_one();
}

void StorageThread::Impl::help() {
  pthread_setname_np(pthread_self(), (name_ + "-files").substr(0, 15).c_str());
  std::unique_lock lock(helper_mutex_);
  for (;;) {
    helper_wake_.wait(lock, [this] { return helper_stopping_ || !helper_jobs_.empty(); });
    if (helper_jobs_.empty()) return;
    auto job = std::move(helper_jobs_.front());
    helper_jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

void StorageThread::Impl::run(int niceness) {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  // 0 is the calling thread. Refused: it runs as the others do.
  // Below what the server was started with, whatever that is.
  if (niceness != 0) static_cast<void>(::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + niceness));
  arm_wake();
  while (!stopping_) {
    bool busy = take_inbox();
    busy |= reap();
    unsigned tick_due = 0;
    const bool idle = !busy;
    for (NodeRunner* node : nodes) {
      busy |= node->work(idle);
      const unsigned due = node->core().ticks_until_due();
      if (due != 0) tick_due = tick_due == 0 ? due : std::min(tick_due, due);
    }
    if (tick_due != 0) arm_tick(tick_due);
    if (busy) {
      io_uring_submit(&ring_);
      continue;
    }
    asleep_.store(true, std::memory_order_seq_cst);
    bool mail;
    {
      const std::lock_guard lock(mutex_);
      mail = !inbox_.empty();
    }
    if (mail) {
      asleep_.store(false);
      io_uring_submit(&ring_);
      continue;
    }
    io_uring_submit_and_wait(&ring_, 1);
    asleep_.store(false);
  }
}

bool StorageThread::Impl::take_inbox() {
  {
    const std::lock_guard lock(mutex_);
    taken_.swap(inbox_);
  }
  if (taken_.empty()) return false;
  for (Message& message : taken_) {
    if (message.task) {
      message.task();
    } else {
      message.node->request(std::move(message.request), std::move(message.done));
    }
  }
  taken_.clear();
  for (NodeRunner* node : nodes) node->flush();
  return true;
}

bool StorageThread::Impl::reap() {
  bool any = false;
  io_uring_cqe* cqe = nullptr;
  while (io_uring_peek_cqe(&ring_, &cqe) == 0 && cqe != nullptr) {
    auto* const operation = static_cast<Operation*>(io_uring_cqe_get_data(cqe));
    const int result = cqe->res;
    io_uring_cqe_seen(&ring_, cqe);
    if (operation == nullptr) continue;
    complete(*operation, result);
    any = true;
  }
  if (any) start_flushes();
  return any;
}

void StorageThread::Impl::complete(Operation& operation, int result) {
  switch (operation.kind) {
    case Operation::Kind::wake:
      arm_wake();
      return;
    case Operation::Kind::tick:
      on_tick(operation);
      return;
    case Operation::Kind::write: {
      // Two completions, the write's first: it must have been whole.
      const bool is_write = operation.completions == 2;
      operation.ok = operation.ok &&
                     (is_write ? result == static_cast<int>(operation.length) : result == 0);
      if (--operation.completions > 0) return;
      break;
    }
    case Operation::Kind::write_direct:
      operation.ok = result == static_cast<int>(operation.length);
      free_blocks_.push_back(std::move(operation.blocks));
      if (operation.flush == nullptr) break;
      if (operation.ok) {
        operation.flush->writes.written(operation.batch, std::unique_ptr<Operation>(&operation));
        return;
      }
      operation.flush->writes.failed(operation.batch);
      break;
    case Operation::Kind::flush:
      for (auto& write : operation.flush->writes.flushed()) {
        write->ok = result == 0;
        finish(std::move(write));
      }
      return;
    case Operation::Kind::sync_only:
      operation.ok = result == 0;
      break;
    case Operation::Kind::read:
      if (result == -EINTR || result == -EAGAIN) return submit_rest(&operation);
      if (result > 0) {
        operation.read += static_cast<std::uint64_t>(result);
        // Less than asked for is no end of file yet.
        if (operation.read < operation.length) return submit_rest(&operation);
      }
      operation.ok = operation.read == operation.length;
      break;
  }
  finish(std::unique_ptr<Operation>(&operation));
}

void StorageThread::Impl::finish(std::unique_ptr<Operation> operation) {
  NodeRunner& node = *operation->node;
  if (operation->kind == Operation::Kind::read) {
    if (!operation->ok) operation->buffer.clear();
    node.core().read_done(operation->id, operation->buffer);
  } else {
    node.core().write_done(operation->id, operation->ok);
  }
  node.operation_done();
  node.flush();
}

io_uring_sqe* StorageThread::Impl::sqe() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  while (entry == nullptr) {  // full: the kernel takes what is there
    io_uring_submit(&ring_);
    entry = io_uring_get_sqe(&ring_);
  }
  return entry;
}

void StorageThread::Impl::arm_wake() {
  io_uring_sqe* entry = sqe();
  io_uring_prep_read(entry, event_, &event_count_, sizeof event_count_, 0);
  io_uring_sqe_set_data(entry, &wake_);
}

// Sees to a timer within so many ticks; one that is under way and earlier will do.
void StorageThread::Impl::arm_tick(unsigned ticks) {
  const Clock::time_point due = Clock::now() + ticks * kTick;
  if (!timers_.empty() && timers_.begin()->first <= due) return;
  auto operation = std::make_unique<Operation>();
  operation->kind = Operation::Kind::tick;
  operation->ticks = ticks;
  const auto delay = std::chrono::nanoseconds(ticks * kTick);
  operation->delay = {delay.count() / 1'000'000'000, delay.count() % 1'000'000'000};
  io_uring_sqe* entry = sqe();
  io_uring_prep_timeout(entry, &operation->delay, 0, 0);
  io_uring_sqe_set_data(entry, operation.get());
  timers_.emplace(due, std::move(operation));
}

void StorageThread::Impl::on_tick(const Operation& timer) {
  const unsigned ticks = timer.ticks;
  timers_.erase(std::ranges::find(timers_, &timer, [](const auto& each) { return each.second.get(); }));
  const Clock::time_point now = Clock::now();
  const auto passed = static_cast<unsigned>((now - last_tick_) / kTick);
  last_tick_ = now;
  const unsigned elapsed = std::clamp(passed, 1u, ticks);
  for (NodeRunner* each : nodes) {
    if (each->core().ticks_until_due() != 0) each->core().tick(elapsed);
    each->flush();
  }
}

BlockBuffer StorageThread::Impl::take_blocks(std::uint64_t length) {
  BlockBuffer buffer;
  if (!free_blocks_.empty()) {
    buffer = std::move(free_blocks_.back());
    free_blocks_.pop_back();
  }
  if (buffer.capacity < length) {
    buffer.capacity = std::bit_ceil(std::max(length, kBlockBufferMin));
    buffer.bytes.reset(static_cast<std::byte*>(std::aligned_alloc(kBlockBytesMax, buffer.capacity)));
    CHECK(buffer.bytes != nullptr);
  }
  return buffer;
}

void StorageThread::Impl::submit_direct(const DiskFile& file, const DiskWrite& write,
                                        std::unique_ptr<Operation> operation) {
  operation->kind = Operation::Kind::write_direct;
  operation->blocks = take_blocks(operation->length);
  std::byte* to = operation->blocks.bytes.get();
  for (const auto& slice : write.slices) {
    if (slice.empty()) continue;
    std::memcpy(to, slice.data(), slice.size());
    to += slice.size();
  }
  io_uring_sqe* entry = sqe();
  io_uring_prep_write(entry, file.direct, operation->blocks.bytes.get(),
                      static_cast<unsigned>(operation->length), write.offset);
  if (file.disk && nodes.size() > 1 && operation->length <= kSharedFlushMax) {
    operation->fd = file.direct;
    operation->flush = &flushes_[*file.disk];
    operation->batch = operation->flush->writes.submitted();
  } else {
    entry->rw_flags = RWF_DSYNC;
  }
  io_uring_sqe_set_data(entry, operation.release());
}

void StorageThread::Impl::start_flushes() {
  for (auto& [disk, flush] : flushes_) {
    if (!flush.writes.start()) continue;
    flush.operation.kind = Operation::Kind::flush;
    flush.operation.flush = &flush;
    io_uring_sqe* entry = sqe();
    io_uring_prep_fsync(entry, flush.writes.flushing().back()->fd, IORING_FSYNC_DATASYNC);
    io_uring_sqe_set_data(entry, &flush.operation);
  }
}

void StorageThread::Impl::submit_write(NodeRunner* node, const DiskFile& file, const DiskWrite& write) {
  const int fd = file.descriptor;
  auto operation = std::make_unique<Operation>();
  operation->node = node;
  operation->id = write.id;
  for (const auto& slice : write.slices) operation->length += slice.size();
  node->operation_started();
  if (file.direct >= 0) return submit_direct(file, write, std::move(operation));
  operation->slices.reserve(write.slices.size());
  for (const auto& slice : write.slices) {
    operation->slices.push_back({const_cast<std::byte*>(slice.data()), slice.size()});
  }
  bool in_cache = false;
  if (operation->length <= kCachedWriteMax) {
    const ssize_t written =
        ::pwritev(fd, operation->slices.data(), static_cast<int>(operation->slices.size()),
                  static_cast<off_t>(write.offset));
    in_cache = written == static_cast<ssize_t>(operation->length);
  }
  if (!in_cache) {
    if (io_uring_sq_space_left(&ring_) < 2) io_uring_submit(&ring_);  // a chain is one submission
    operation->kind = Operation::Kind::write;
    operation->completions = 2;
    io_uring_sqe* entry = sqe();
    io_uring_prep_writev(entry, fd, operation->slices.data(),
                         static_cast<unsigned>(operation->slices.size()), write.offset);
    entry->flags |= IOSQE_IO_LINK;
    io_uring_sqe_set_data(entry, operation.get());
  } else {
    operation->kind = Operation::Kind::sync_only;
  }
  io_uring_sqe* entry = sqe();
  io_uring_prep_fsync(entry, fd, IORING_FSYNC_DATASYNC);
  io_uring_sqe_set_data(entry, operation.release());
}

void StorageThread::Impl::submit_read(NodeRunner* node, int fd, const DiskRead& read) {
  auto operation = std::make_unique<Operation>();
  operation->node = node;
  operation->id = read.id;
  operation->kind = Operation::Kind::read;
  operation->length = read.length;
  operation->buffer.resize(read.length);
  operation->fd = fd;
  operation->offset = read.offset;
  node->operation_started();
  submit_rest(operation.release());
}

// Reads what of the operation has not come yet.
void StorageThread::Impl::submit_rest(Operation* operation) {
  io_uring_sqe* entry = sqe();
  io_uring_prep_read(entry, operation->fd, operation->buffer.data() + operation->read,
                     static_cast<unsigned>(operation->length - operation->read),
                     operation->offset + operation->read);
  io_uring_sqe_set_data(entry, operation);
}

}  // namespace pagestore
