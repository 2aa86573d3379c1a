// The newest records of the log, still in memory: pages just written are read from here.
#pragma once

#include <algorithm>
#include <deque>

#include "log_format.h"
#include "pagestore/messages.h"

namespace pagestore {

class RecentLog {
 public:
  explicit RecentLog(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // Positions rise from call to call.
  void add(LogPosition at, SharedBytes bytes) {
    bytes_ += bytes->size();
    pieces_.push_back({at, std::move(bytes)});
    while (bytes_ > bytes_max_) {
      bytes_ -= pieces_.front().bytes->size();
      pieces_.pop_front();
    }
  }

  struct Found {
    SharedBytes owner;
    std::span<const std::byte> bytes;
  };
  Found find(LogPosition at, std::uint32_t length) const {
    auto next = std::upper_bound(
        pieces_.begin(), pieces_.end(), at,
        [](LogPosition position, const Piece& piece) { return position < piece.at; });
    if (next == pieces_.begin()) return {};
    const Piece& piece = *--next;
    if (piece.at.extent != at.extent) return {};
    const std::uint64_t from = at.offset - piece.at.offset;
    if (from + length > piece.bytes->size()) return {};
    return {piece.bytes, std::span<const std::byte>(*piece.bytes).subspan(from, length)};
  }

 private:
  struct Piece {
    LogPosition at;
    SharedBytes bytes;
  };
  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  std::deque<Piece> pieces_;
};

}  // namespace pagestore
