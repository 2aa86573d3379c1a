// What a page holds: PageHeader::kind. Storage and redo never look at it.
#pragma once

#include <cstdint>

namespace buffer {

enum class PageKind : std::uint8_t {
  free = 0,           // never written, or formatted by nobody yet
  volume_header = 1,  // page 0 (btree/volume_header.h)
  space_map = 2,      // which pages are allocated (btree/space.h)
  tree_leaf = 3,      // btree/node.h
  tree_inner = 4,
  overflow = 5,     // one link of a large value (btree/overflow.h)
  undo_header = 6,  // the transaction unit's
  undo = 7,
};

}  // namespace buffer
