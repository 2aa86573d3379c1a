// Position in a volume's redo log.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "wal/check.h"

namespace wal {

// A byte position in one volume's redo log, totally ordered. A record is named by the position
// just past its last byte, so "durable through L" means: every record whose Lsn is <= L.
// A clone's LSNs continue from its branch LSN, so LSNs rise along any ancestry.
class Lsn {
 public:
  constexpr Lsn() = default;
  constexpr explicit Lsn(std::uint64_t value) : value_(value) {}
  constexpr auto operator<=>(const Lsn&) const = default;

  constexpr std::uint64_t value() const { return value_; }

  // The position `bytes` further on.
  constexpr Lsn advanced_by(std::uint64_t bytes) const { return Lsn(value_ + bytes); }

  // Bytes in [begin, end). Requires begin <= end. Lsn + Lsn does not exist.
  friend constexpr std::uint64_t distance(Lsn begin, Lsn end) {
    CHECK(begin.value_ <= end.value_);
    return end.value_ - begin.value_;
  }

 private:
  std::uint64_t value_ = 0;
};

// Before the first record of any log: a page never written carries it.
inline constexpr Lsn kNoLsn{0};
// Above every record: "the newest there is".
inline constexpr Lsn kMaxLsn{~std::uint64_t{0}};

}  // namespace wal

template <>
struct std::hash<wal::Lsn> {
  std::size_t operator()(wal::Lsn lsn) const noexcept {
    return std::hash<std::uint64_t>{}(lsn.value());
  }
};
