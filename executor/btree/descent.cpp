#include "descent.h"

#include <immintrin.h>

#include "btree/errc.h"

namespace btree {

void recover(buffer::PagedVolume& volume, const Retry& retry) {
  if (retry.missing == wal::kNoPage) {
    _mm_pause();
    return;
  }
  if (const auto loaded = volume.load(retry.missing); !loaded) {
    throw buffer::PageError(volume.timeline(), retry.missing, loaded.error());
  }
}

void throw_corrupt(buffer::PagedVolume& volume, wal::PageNo page_no) {
  throw buffer::PageError(volume.timeline(), page_no, Errc::corrupt_page);
}

bool descend(buffer::PagedVolume& volume, wal::PageNo root, Bytes key, unsigned level, Step& parent,
             Step& node, Retry& retry, Way way) {
  retry.missing = wal::kNoPage;
  parent.guard.release();
  node.guard = volume.try_optimistic(root);
  if (!node.guard) {
    retry.missing = root;
    return false;
  }
  node.page_no = root;
  for (;;) {
    const NodeView view = node.view();
    const bool is_node = view.is_node();
    node.level = view.level();
    if (!is_node) {
      if (!node.guard.validate()) return false;
      throw_corrupt(volume, node.page_no);
    }
    if (node.level <= level) return true;

    const wal::PageNo child = view.child(choose_child(view, key, way));
    if (!node.guard.validate()) return false;
    buffer::OptimisticGuard guard = volume.try_optimistic(child);
    if (!guard) {
      retry.missing = child;
      return false;
    }
    // The child's version was taken while it was still this page's child.
    if (!node.guard.validate()) return false;
    const unsigned expected = node.level - 1;
    parent = std::move(node);
    node.guard = std::move(guard);
    node.page_no = child;
    node.level = expected;
    if (const unsigned found = node.view().level(); found != expected) {
      if (!node.guard.validate()) return false;
      throw_corrupt(volume, child);
    }
  }
}

}  // namespace btree
