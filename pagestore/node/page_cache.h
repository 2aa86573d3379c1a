// Page versions kept whole: where the next read of a page starts.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include <boost/unordered/unordered_flat_map.hpp>

#include "pagestore/messages.h"

namespace pagestore {

// Keyed by the timeline whose record made the version, so that every clone of a template finds
// the template's. Least recently used goes first.
class PageCache {
 public:
  struct Key {
    TimelineId timeline{};
    PageNo page_no{};
    Lsn lsn;
    bool operator==(const Key&) const = default;
  };
  using PagePtr = std::shared_ptr<const wal::Page>;

  explicit PageCache(std::uint64_t bytes) : pages_max_(bytes / wal::kPageSize) {}

  PagePtr find(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->second;
  }

  void put(const Key& key, PagePtr page) {
    if (pages_max_ == 0) return;
    if (const auto found = places_.find(key); found != places_.end()) {
      found->second->second = std::move(page);
      order_.splice(order_.begin(), order_, found->second);
      return;
    }
    if (places_.size() >= pages_max_) {
      places_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(key, std::move(page));
    places_.emplace(key, order_.begin());
  }

  void erase(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    order_.erase(found->second);
    places_.erase(found);
  }

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>(
          (wal::raw(key.timeline) * 0x9e3779b97f4a7c15ULL) ^
          (key.lsn.value() * 0xc2b2ae3d27d4eb4fULL) ^
          (std::uint64_t{wal::raw(key.page_no)} * 0x165667b19e3779f9ULL));
    }
  };
  using Order = std::list<std::pair<Key, PagePtr>>;

  std::size_t pages_max_;
  Order order_;
  boost::unordered_flat_map<Key, Order::iterator, Hash> places_;
};

}  // namespace pagestore
