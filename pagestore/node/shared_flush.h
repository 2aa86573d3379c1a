// Which writes a flush of a disk makes durable, for nodes that share one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "wal/check.h"

namespace pagestore {

// A disk's flush covers every write that the disk had taken before, whichever file it went to, and
// costs the same for one as for many. A chunk of log is written by all nodes of a process at about
// the same time: writes form a batch until the first of them has been taken, and the batch is
// flushed when the last of them has, once.
//
// One flush at a time. Not thread-safe.
template <typename Write>
class SharedFlush {
 public:
  // A write is handed to the disk: the batch it belongs to.
  std::uint64_t submitted() {
    if (batches_.empty() || batches_.back().closed) {
      batches_.emplace_back();
      ++last_batch_;
    }
    ++batches_.back().in_flight;
    return last_batch_;
  }

  // The disk has taken it; it is handed back by flushed().
  void written(std::uint64_t batch, Write write) {
    Batch& its = close_one(batch);
    its.written.push_back(std::move(write));
  }
  void failed(std::uint64_t batch) { close_one(batch); }

  // True: the disk is to be flushed now, and flushed() called when that is done.
  bool start() {
    if (running_) return false;
    while (!batches_.empty() && batches_.front().closed && batches_.front().in_flight == 0) {
      for (Write& write : batches_.front().written) flushing_.push_back(std::move(write));
      batches_.pop_front();
    }
    running_ = !flushing_.empty();
    return running_;
  }
  const std::vector<Write>& flushing() const { return flushing_; }

  // What the flush made durable, if it did not fail.
  std::vector<Write> flushed() {
    CHECK(running_);
    running_ = false;
    return std::exchange(flushing_, {});
  }

 private:
  struct Batch {
    std::vector<Write> written;
    std::size_t in_flight = 0;
    bool closed = false;  // takes no more
  };

  Batch& close_one(std::uint64_t batch) {
    const std::uint64_t behind = last_batch_ - batch;
    CHECK(behind < batches_.size());
    Batch& its = batches_[batches_.size() - 1 - behind];
    CHECK(its.in_flight > 0);
    --its.in_flight;
    its.closed = true;
    return its;
  }

  std::deque<Batch> batches_;  // oldest first; the last one is number last_batch_
  std::uint64_t last_batch_ = 0;
  std::vector<Write> flushing_;
  bool running_ = false;
};

}  // namespace pagestore
