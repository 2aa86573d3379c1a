// The node core's way to its disk: commands out, completions back to whoever asked.
#pragma once

#include <functional>
#include <span>

#include <boost/unordered/unordered_flat_map.hpp>

#include "pagestore/node_core.h"

namespace pagestore {

class Io {
 public:
  using WriteDone = std::function<void(bool ok)>;
  // Empty: the read failed.
  using ReadDone = std::function<void(std::span<const std::byte> bytes)>;

  NodeCore::Output& out() { return out_; }

  void write(FileNo file, std::uint64_t offset, std::vector<std::span<const std::byte>> slices,
             WriteDone done) {
    const std::uint64_t id = ++last_id_;
    out_.writes.push_back({id, file, offset, std::move(slices)});
    writes_.emplace(id, std::move(done));
  }

  void read(FileNo file, std::uint64_t offset, std::uint32_t length, ReadDone done) {
    const std::uint64_t id = ++last_id_;
    out_.reads.push_back({id, file, offset, length});
    reads_.emplace(id, std::move(done));
  }

  void write_done(std::uint64_t id, bool ok) { take(writes_, id)(ok); }
  void read_done(std::uint64_t id, std::span<const std::byte> bytes) { take(reads_, id)(bytes); }

  bool idle() const { return writes_.empty() && reads_.empty(); }

 private:
  template <typename Done>
  using Waiting = boost::unordered_flat_map<std::uint64_t, Done>;

  template <typename Done>
  static Done take(Waiting<Done>& waiting, std::uint64_t id) {
    const auto found = waiting.find(id);
    CHECK(found != waiting.end());
    Done done = std::move(found->second);
    waiting.erase(found);
    return done;
  }

  NodeCore::Output out_;
  std::uint64_t last_id_ = 0;
  Waiting<WriteDone> writes_;
  Waiting<ReadDone> reads_;
};

}  // namespace pagestore
