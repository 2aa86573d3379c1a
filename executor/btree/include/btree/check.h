// Structure checks: of one page, and of a whole tree.
#pragma once

#include <string>

#include "btree/tree.h"
#include "wal/page.h"

namespace btree {

// True when every offset, length and count of a leaf or inner page stays within the page, entries
// do not overlap, and keys are in order within the fences.
bool check_page(const wal::Page& page);

// Makes the pool check every tree page it reads. Space does it for its volume's pool.
void register_page_checks(buffer::BufferPool& pool);

struct TreeCheck {
  std::string error;  // empty = sound
  std::uint64_t entries = 0;
  std::uint64_t leaf_pages = 0;
  std::uint64_t inner_pages = 0;
  unsigned height = 0;
};

// Reads the whole tree: order, fences against the parent's keys, equal depth, pages marked used and
// reached once. Nobody may change the tree meanwhile. Parks.
TreeCheck check_tree(const Tree& tree);

}  // namespace btree
