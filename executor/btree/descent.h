// Going down a tree by optimistic lock coupling.
#pragma once

#include <vector>

#include "btree/bytes.h"
#include "btree/tree.h"
#include "buffer/page_guard.h"
#include "buffer/paged_volume.h"
#include "node.h"
#include "wal/ids.h"

namespace btree {

// Why an attempt ended without a result: another one is needed, after reading a page if there is
// one to read.
struct Retry {
  wal::PageNo missing = wal::kNoPage;
};

// Reads the missing page, or gives way. No latch may be held. Throws buffer::PageError.
void recover(buffer::PagedVolume& volume, const Retry& retry);

[[noreturn]] void throw_corrupt(buffer::PagedVolume& volume, wal::PageNo page_no);

// An inner page on the way down and where the way goes on.
struct Step {
  buffer::OptimisticGuard guard;
  wal::PageNo page_no = wal::kNoPage;  // of the guard's page
  unsigned level = 0;

  NodeView view() const { return NodeView(guard.page()); }
};

// Which way to take at an inner page.
enum class Way {
  to_key,     // to the keys at or above `key`
  below_key,  // to the last keys below `key`
  last,       // to the last keys of all
};

inline unsigned choose_child(const NodeView& view, Bytes key, Way way) {
  if (way == Way::to_key) return view.find_child(key);
  const unsigned slot = way == Way::last ? view.count() : view.find(key).slot;
  return slot == 0 ? 0 : slot - 1;
}

// The page at `level` (or the root, if that is lower) on the way to `key`, and its parent (an empty
// guard for the root). False: retry. The guards are to be validated by the caller.
bool descend(buffer::PagedVolume& volume, wal::PageNo root, Bytes key, unsigned level, Step& parent,
             Step& node, Retry& retry, Way way = Way::to_key);

// `look` goes down as far as pages are cached and notes those that it misses; they are read with one
// wait, and it looks again, until it misses none or the pool has no room for them.
template <typename Look>
void read_together(buffer::PagedVolume& volume, Look look) {
  std::vector<wal::PageNo> missing, before;
  // No tree is as high; a pool that loses what was just read must not keep us here.
  for (unsigned level = 0; level < 16; ++level) {
    missing.clear();
    look(missing);
    if (missing.empty() || missing == before) return;
    volume.load_together(missing);
    missing.swap(before);
  }
}

}  // namespace btree
