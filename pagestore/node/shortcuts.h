// Which levels of an ancestry a read may pass by.
#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/unordered/unordered_flat_map.hpp>

#include "pagestore/messages.h"

namespace pagestore {

// Past `from`, a page's next older versions are on timeline `to` or further up, at or below `limit`: the levels between
// have none of the page that their descendants may see.
//
// That stays so until a level gets a version from before a branch of its own, which writers never make: only what
// comes late does (log of a node that was behind, a copied page, a repair). Then all is forgotten.
class Shortcuts {
 public:
  struct Shortcut {
    TimelineId to{};
    Lsn limit;
  };

  const Shortcut* find(TimelineId from, PageNo page) const {
    const auto found = known_.find({from, page});
    return found == known_.end() || found->second.age != age_ ? nullptr : &found->second.shortcut;
  }
  void put(TimelineId from, PageNo page, Shortcut shortcut) {
    if (known_.size() >= kMost) known_.clear();
    known_[{from, page}] = {shortcut, age_};
  }
  void forget_all() {
    if (++age_ == 0) known_.clear();
  }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 15;

  struct Key {
    TimelineId from{};
    PageNo page{};
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>((wal::raw(key.from) * 0x9e3779b97f4a7c15ULL) ^
                                      (std::uint64_t{wal::raw(key.page)} * 0xc2b2ae3d27d4eb4fULL));
    }
  };
  struct Known {
    Shortcut shortcut;
    std::uint32_t age = 0;
  };

  boost::unordered_flat_map<Key, Known, Hash> known_;
  std::uint32_t age_ = 0;
};

}  // namespace pagestore
