// A map of limited size that forgets what was not asked for the longest.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace session {

// By text. Not thread-safe; pointers are valid until their entry goes.
template <typename Value>
class RecentlyUsed {
 public:
  explicit RecentlyUsed(std::size_t capacity) : capacity_(capacity) {}

  // Null when there is none; else it is now the last used.
  Value* find(std::string_view key) {
    auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  // The key is not there yet.
  Value& insert(std::string_view key, Value value = {}) {
    if (places_.size() == capacity_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(std::string(key), std::move(value));
    places_.emplace(entries_.front().first, entries_.begin());
    return entries_.front().second;
  }

  void erase(std::string_view key) {
    auto found = places_.find(key);
    if (found == places_.end()) return;
    auto entry = found->second;
    places_.erase(found);
    entries_.erase(entry);
  }

  void clear() {
    places_.clear();
    entries_.clear();
  }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;
  std::size_t capacity_;
  Entries entries_;  // the last used first
  std::unordered_map<std::string_view, typename Entries::iterator> places_;  // keys in entries_
};

}  // namespace session
