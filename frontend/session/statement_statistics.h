// How often each statement ran and how long it took: what pg_stat_statements shows. One for all sessions.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace session {

// Thread-safe. Kept in memory alone: empty when the server starts.
class StatementStatistics {
 public:
  struct Key {
    std::uint32_t user = 0, database = 0;
    std::uint64_t query = 0;  // of the text without its constants
    bool operator==(const Key&) const = default;
  };
  // Times in milliseconds.
  struct Counts {
    std::int64_t calls = 0, rows = 0;
    double total = 0, least = 0, most = 0, mean = 0, squares = 0;  // squares: of the distances from the mean
  };

  // One statement's; a session keeps those that it runs.
  class Entry {
   public:
    Entry(const Key& key, std::string text) : key(key), text(std::move(text)) {}
    const Key key;
    const std::string text;

    void add(double milliseconds, std::int64_t rows);
    Counts counts() const;
    // Nobody finds it any more: a session looks it up anew.
    bool is_gone() const { return gone_.load(std::memory_order_relaxed); }

   private:
    friend class StatementStatistics;
    mutable std::mutex mutex_;
    Counts counts_;
    std::atomic<bool> gone_ = false;
    std::atomic<std::uint64_t> last_use_ = 0;
  };
  using EntryPtr = std::shared_ptr<Entry>;

  explicit StatementStatistics(std::size_t most = 5000) : most_(most) {}

  // Makes it where there is none; what was not used for the longest goes when there are too many.
  EntryPtr find(const Key& key, const std::function<std::string()>& text);
  // Nothing that is 0 restricts.
  void reset(std::uint32_t user, std::uint32_t database, std::uint64_t query);
  void for_each(const std::function<void(const Entry&)>& visit) const;

  std::int64_t deallocations() const { return deallocations_.load(std::memory_order_relaxed); }
  // timestamptz of the last whole reset.
  std::int64_t reset_time() const { return reset_time_.load(std::memory_order_relaxed); }

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>(key.query ^ (std::uint64_t{key.database} << 32 | key.user) * 0x9e3779b97f4a7c15ULL);
    }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Key, EntryPtr, Hash> entries;
  };

  static std::int64_t now();
  Shard& shard_of(const Key& key) { return shards_[Hash()(key) % shards_.size()]; }
  void make_room(Shard& shard);

  const std::size_t most_;
  std::array<Shard, 16> shards_;
  std::atomic<std::uint64_t> clock_ = 0;
  std::atomic<std::int64_t> deallocations_ = 0, reset_time_ = now();
};

}  // namespace session
