// A volume in memory with a pool, and what tests of trees do again and again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "btree/check.h"
#include "btree/cursor.h"
#include "btree/space.h"
#include "btree/tree.h"
#include "btree/volume_header.h"
#include "buffer/buffer_pool.h"
#include "buffer/paged_volume.h"
#include "wal/mini_transaction.h"
#include "wal/testing/memory_volume.h"

namespace btree::testing {

// One process's life with a volume: pool, pages, space. A second one on the same volume starts
// cold.
struct Life {
  explicit Life(wal::testing::MemoryVolume& memory, std::size_t pool_pages = 4096)
      : volume(memory), pool(pool_pages * wal::kPageSize, pool_pages * wal::kPageSize) {
    paged = std::make_unique<buffer::PagedVolume>(pool, memory);
    if (!is_formatted(*paged)) format_volume(*paged);
    space = std::make_unique<Space>(*paged);
  }

  wal::testing::MemoryVolume& volume;
  buffer::BufferPool pool;
  std::unique_ptr<buffer::PagedVolume> paged;
  std::unique_ptr<Space> space;
};

// Inserts or replaces.
inline void put(const Tree& tree, std::string_view key, std::string_view value) {
  wal::MiniTransaction mtr(tree.space().volume().volume());
  for (;;) {
    ExclusiveLeaf leaf = tree.seek_exclusive(bytes_of(key));
    const bool room = leaf.found() ? leaf.has_room_to_replace(value.size())
                                   : leaf.has_room_to_insert(value.size());
    if (!room) {
      leaf.release_unchanged();
      tree.make_room(bytes_of(key), value.size());
      continue;
    }
    if (leaf.found()) {
      leaf.replace(mtr, bytes_of(value));
    } else {
      leaf.insert(mtr, bytes_of(value));
    }
    mtr.commit();
    return;
  }
}

// True when the key was there.
inline bool remove(const Tree& tree, std::string_view key, bool merge = true) {
  wal::MiniTransaction mtr(tree.space().volume().volume());
  ExclusiveLeaf leaf = tree.seek_exclusive(bytes_of(key));
  if (!leaf.found()) return false;
  leaf.erase(mtr);
  mtr.commit();
  const bool underfull = leaf.underfull();
  leaf.release();
  if (underfull && merge) tree.merge(bytes_of(key));
  return true;
}

inline std::string text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string text_of(const SplitKey& key) {
  return text_of(key.prefix) + text_of(key.suffix);
}

inline std::optional<std::string> get(const Tree& tree, std::string_view key) {
  std::string value;
  if (!tree.lookup(bytes_of(key), [&](Bytes bytes) { value = text_of(bytes); })) return {};
  return value;
}

inline std::map<std::string, std::string> contents(const Tree& tree, const KeyRange& range = {},
                                                   Direction direction = Direction::forward) {
  std::map<std::string, std::string> result;
  Cursor cursor(tree, range, direction);
  std::optional<std::string> previous;
  while (cursor.next_leaf()) {
    for (unsigned i = 0; i < cursor.count(); ++i) {
      const std::string key = text_of(cursor.key(i));
      if (previous) {
        const bool in_order = direction == Direction::forward ? *previous < key : key < *previous;
        if (!in_order) throw std::logic_error("cursor out of order");
      }
      previous = key;
      result.emplace(key, text_of(cursor.value(i)));
    }
  }
  return result;
}

}  // namespace btree::testing
