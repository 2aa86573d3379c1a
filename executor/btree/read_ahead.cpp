#include "btree/read_ahead.h"

#include <vector>

#include "buffer/paged_volume.h"
#include "descent.h"

namespace btree {

void read_ahead(buffer::PagedVolume& volume, std::span<const wal::PageNo> roots) {
  volume.load_together(roots);
}

void read_ahead(buffer::PagedVolume& volume, std::span<const LeafPlace> places) {
  read_together(volume, [&](std::vector<wal::PageNo>& missing) {
    for (const LeafPlace& place : places) {
      Retry retry;
      Step parent, leaf;
      if (!descend(volume, place.root, place.key, 0, parent, leaf, retry) && retry.missing != wal::kNoPage)
        missing.push_back(retry.missing);
    }
  });
}

}  // namespace btree
