// Rows kept by keys within a bound of memory: what was asked for longest ago goes first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "keys.h"
#include "planner/plan_node.h"
#include "row_layout.h"
#include "types/vector.h"

namespace operators {

// An entry is one allocation for its key and one for each batch of its rows. Not thread-safe.
class MemoCache {
 public:
  struct Rows {  // of one batch; `count` records follow, then their varlen bytes
    Rows* next;
    std::uint32_t count;
    std::size_t bytes;
  };
  struct Entry {
    Entry* chain;            // in its bucket
    Entry *newer, *older;    // in the order of use
    std::uint64_t hash;
    Rows *first, *last;
    std::size_t bytes;       // of the key, which follows
    bool complete;           // its rows are all that there are
  };

  MemoCache(std::span<const planner::KeyColumn> keys, std::span<const types::PhysicalType> columns);
  ~MemoCache() { clear(); }
  MemoCache(const MemoCache&) = delete;
  MemoCache& operator=(const MemoCache&) = delete;

  void set_limit(std::size_t bytes) { limit_ = bytes; }
  void clear();

  // The entry of the keys in row 0 of the vectors, now the newest. Null: there is none.
  Entry* find(std::span<const types::Vector* const> keys);
  // A new one, complete when it is said so; find() has just found none. Null: it does not fit, whatever goes.
  Entry* insert(std::span<const types::Vector* const> keys);
  // Keeps rows, too; false when they do not fit: the entry is gone then.
  bool append(Entry* entry, const types::Batch& batch);
  void drop_rows(Entry* entry);
  // Adds the records of a batch of rows to `out`.
  void records(const Rows& rows, std::vector<const std::byte*>& out) const;
  const RowLayout& layout() const { return layout_; }

  std::uint64_t evictions() const { return evictions_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t room_for(const types::Batch& batch) const;
  // Lets the oldest go until `bytes` more fit; `kept` stays. False: they do not.
  bool make_room(std::size_t bytes, const Entry* kept);
  void remove(Entry* entry);
  void unlink(Entry* entry);
  void link_newest(Entry* entry);
  void grow();
  static std::byte* key_of(Entry* entry) { return reinterpret_cast<std::byte*>(entry + 1); }

  std::vector<Key> keys_;
  RowLayout key_layout_, layout_;
  std::vector<Entry*> buckets_;
  Entry *newest_ = nullptr, *oldest_ = nullptr;
  std::uint64_t hash_ = 0;  // of the keys that find() was asked for last
  std::size_t count_ = 0, bytes_ = 0, limit_ = SIZE_MAX;
  std::uint64_t evictions_ = 0;
};

}  // namespace operators
