// The node core's way to its disk: commands out, completions back to whoever asked.
#pragma once

#include <functional>
#include <map>
#include <span>

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
  static Done take(std::map<std::uint64_t, Done>& waiting, std::uint64_t id) {
    auto node = waiting.extract(id);
    CHECK(!node.empty());
    return std::move(node.mapped());
  }

  NodeCore::Output out_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, WriteDone> writes_;
  std::map<std::uint64_t, ReadDone> reads_;
};

}  // namespace pagestore
