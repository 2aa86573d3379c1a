// Reading the pages on the ways to several keys before they are looked for: one wait for each level
// of all trees together, instead of one for each page.
#pragma once

#include <span>

#include "btree/bytes.h"
#include "wal/ids.h"

namespace buffer {
class PagedVolume;
}

namespace btree {

// A leaf that will be looked for. Bytes as in KeyRange::lower.
struct LeafPlace {
  wal::PageNo root = wal::kNoPage;
  Bytes key;
};

// A hint: whoever looks for a page afterwards reads it if it is not there. Parks; no latch may be held.
void read_ahead(buffer::PagedVolume& volume, std::span<const LeafPlace> places);
// The roots alone.
void read_ahead(buffer::PagedVolume& volume, std::span<const wal::PageNo> roots);

}  // namespace btree
