// Which of the latest transactions were rolled back. Versions of theirs are gone, and so nothing else needs to know.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <set>

#include "transaction/ids.h"

namespace transaction {

// Thread-safe.
class RolledBack {
 public:
  // Nothing is known of ids below.
  void begin(Xid first) { known_from_ = first; }

  void add(Xid xid) {
    const std::lock_guard lock(mutex_);
    xids_.insert(xid);
    if (xids_.size() <= kMost) return;
    known_from_ = std::max(known_from_, Xid{wal::raw(*xids_.begin()) + 1});
    xids_.erase(xids_.begin());
  }

  enum class Answer : std::uint8_t { no, yes, forgotten };
  Answer find(Xid xid) const {
    const std::lock_guard lock(mutex_);
    if (xid < known_from_) return Answer::forgotten;
    return xids_.contains(xid) ? Answer::yes : Answer::no;
  }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 14;

  mutable std::mutex mutex_;
  std::set<Xid> xids_;
  Xid known_from_{0};
};

}  // namespace transaction
