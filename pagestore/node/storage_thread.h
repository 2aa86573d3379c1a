// The thread under the nodes of this process: one io_uring, an inbox, no polling.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <liburing.h>

#include "pagestore/local_node.h"
#include "shared_flush.h"

namespace pagestore {

class NodeRunner;
struct DiskFile;

// All but post() and send() run on the thread itself.
// Memory that starts at a block's boundary, as writes past the page cache want it.
struct BlockBuffer {
  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<std::byte, Free> bytes;
  std::uint64_t capacity = 0;
};

struct StorageThread::Impl {
  Impl(std::string thread_name, int niceness);
  ~Impl();

  struct Message {
    NodeRunner* node = nullptr;
    Request request;
    NodeChannel::Completion done;
    std::function<void()> task;  // instead of a request
  };

  // Any thread.
  void send(Message message);
  void post(std::function<void()> task) { send({nullptr, {}, {}, std::move(task)}); }
  // Runs `job` on the helper thread, where it may block.
  void run_blocking(std::function<void()> job);

  void add(NodeRunner* node) { nodes.push_back(node); }
  void remove(NodeRunner* node) { std::erase(nodes, node); }
  bool has(const NodeRunner* node) const { return std::ranges::find(nodes, node) != nodes.end(); }

  struct DiskFlush;
  // One operation handed to the kernel; but for timers and flushes it deletes itself when its last completion has
  // come.
  struct Operation {
    NodeRunner* node = nullptr;
    enum class Kind { wake, tick, write, write_direct, sync_only, flush, read } kind = Kind::wake;
    std::uint64_t id = 0;
    int completions = 1;
    bool ok = true;
    std::uint64_t length = 0;
    // Reads: from where, and how much has come.
    int fd = -1;
    std::uint64_t offset = 0;
    std::uint64_t read = 0;
    std::vector<iovec> slices;
    std::vector<std::byte> buffer;
    // Direct writes: where the bytes stand, and whose flush they wait for (or are durable at once).
    BlockBuffer blocks;
    DiskFlush* flush = nullptr;
    std::uint64_t batch = 0;
    // Ticks: after how many, and as the kernel wants it.
    unsigned ticks = 0;
    __kernel_timespec delay{};
  };
  struct DiskFlush {
    SharedFlush<std::unique_ptr<Operation>> writes;
    Operation operation;
  };
  io_uring_sqe* sqe();
  void submit_write(NodeRunner* node, const DiskFile& file, const DiskWrite& write);
  void submit_read(NodeRunner* node, int fd, const DiskRead& read);
  void submit_rest(Operation* operation);

 private:
  void run(int niceness);
  bool take_inbox();
  bool reap();
  void complete(Operation& operation, int result);
  void arm_wake();
  void arm_tick(unsigned ticks);
  void on_tick(const Operation& timer);
  void help();
  void submit_direct(const DiskFile& file, const DiskWrite& write, std::unique_ptr<Operation> operation);
  void start_flushes();
  void finish(std::unique_ptr<Operation> operation);
  BlockBuffer take_blocks(std::uint64_t length);

  std::string name_;
  io_uring ring_{};
  std::vector<BlockBuffer> free_blocks_;
  std::map<dev_t, DiskFlush> flushes_;
  int event_ = -1;
  std::uint64_t event_count_ = 0;
  Operation wake_;
  using Clock = std::chrono::steady_clock;
  // Timers under way, by when they are due: those that the end finds running go with the thread.
  std::multimap<Clock::time_point, std::unique_ptr<Operation>> timers_;
  Clock::time_point last_tick_ = Clock::now();

  std::vector<NodeRunner*> nodes;
  std::mutex mutex_;
  std::vector<Message> inbox_;    // guarded by mutex_
  std::vector<Message> taken_;
  std::atomic<bool> asleep_{false};
  bool stopping_ = false;

  std::mutex helper_mutex_;
  std::condition_variable helper_wake_;
  std::deque<std::function<void()>> helper_jobs_;  // guarded by helper_mutex_
  bool helper_stopping_ = false;                   // guarded by helper_mutex_
  std::thread helper_;
  std::thread thread_;
};

}  // namespace pagestore
