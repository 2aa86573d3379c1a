#include "btree/tree.h"

#include "btree/errc.h"
#include "descent.h"
#include "node_change.h"
#include "wal/check.h"

namespace btree {
namespace {

// One attempt to latch the leaf for `key`. The leaf's latch is taken while the parent is only
// guessed to be right; if the parent did not change until we had it, the guess was true.
template <typename Guard, typename Latch>
Guard latch_leaf(buffer::PagedVolume& volume, wal::PageNo root, Bytes key, Latch latch,
                 Retry& retry) {
  Step parent, node;
  if (!descend(volume, root, key, 1, parent, node, retry)) return Guard();
  parent.guard.release();
  if (node.level == 0) {  // the root is the only leaf
    node.guard.release();
    Guard guard = latch(root);
    if (!guard) {
      retry.missing = root;
      return Guard();
    }
    return NodeView(guard.page()).is_leaf() ? std::move(guard) : Guard();
  }
  const NodeView view = node.view();
  const wal::PageNo child = view.child(view.find_child(key));
  if (!node.guard.validate()) return Guard();
  Guard guard = latch(child);
  if (!guard) {
    retry.missing = child;
    return Guard();
  }
  if (!node.guard.validate()) return Guard();
  const NodeView leaf(guard.page());
  // Whatever is written goes where it belongs, or nowhere.
  if (!leaf.is_node() || !leaf.is_leaf() || !leaf.covers(key)) {
    guard.release();
    throw_corrupt(volume, child);
  }
  return guard;
}

buffer::ExclusiveGuard try_leaf_exclusive(buffer::PagedVolume& volume, wal::PageNo root, Bytes key,
                                          Retry& retry) {
  return latch_leaf<buffer::ExclusiveGuard>(
      volume, root, key, [&](wal::PageNo page_no) { return volume.try_exclusive(page_no); }, retry);
}

}  // namespace

wal::PageNo Tree::create(Space& space) {
  Reservation reservation = space.reserve(1);
  wal::MiniTransaction mtr(space.volume().volume());
  const buffer::ExclusiveGuard guard = create(mtr, reservation);
  mtr.commit();
  reservation.settle();
  return guard.page_no();
}

buffer::ExclusiveGuard Tree::create(wal::MiniTransaction& mtr, Reservation& reservation) {
  buffer::ExclusiveGuard guard = reservation.take(mtr);
  NodeBuilder builder;
  builder.start(0, {}, false, {});
  builder.set_no_references();
  builder.install(mtr, guard.page(), guard.page_no());
  return guard;
}

bool Tree::may_have_references() const {
  const buffer::SharedGuard root = space_->volume().shared(root_);
  return (NodeView(root.page()).header().tree & kNoReferences) == 0;
}

void Tree::note_references() const {
  if (may_have_references()) return;
  buffer::PagedVolume& volume = space_->volume();
  const buffer::ExclusiveGuard root = volume.exclusive(root_);
  wal::MiniTransaction mtr(volume.volume());
  mtr.put(root.page(), offsetof(NodeHeader, tree), std::uint16_t{0});
  mtr.commit();
}

ExclusiveLeaf Tree::seek_exclusive(Bytes key) const {
  buffer::PagedVolume& volume = space_->volume();
  for (Retry retry;;) {
    if (auto guard = try_leaf_exclusive(volume, root_, key, retry)) {
      return ExclusiveLeaf(std::move(guard), key);
    }
    recover(volume, retry);
  }
}

ExclusiveLeaf Tree::try_seek_exclusive(Bytes key) const {
  buffer::PagedVolume& volume = space_->volume();
  for (Retry retry;;) {
    if (auto guard = try_leaf_exclusive(volume, root_, key, retry)) {
      return ExclusiveLeaf(std::move(guard), key);
    }
    if (retry.missing != wal::kNoPage) return ExclusiveLeaf();
  }
}

SharedLeaf Tree::seek_shared(Bytes key) const {
  buffer::PagedVolume& volume = space_->volume();
  for (Retry retry;;) {
    if (auto guard = latch_leaf<buffer::SharedGuard>(
            volume, root_, key, [&](wal::PageNo page_no) { return volume.try_shared(page_no); },
            retry)) {
      return SharedLeaf(std::move(guard), key);
    }
    recover(volume, retry);
  }
}

bool Tree::lookup(Bytes key, FunctionRef<void(Bytes value)> visitor) const {
  buffer::PagedVolume& volume = space_->volume();
  for (Retry retry;;) {
    Step parent, node;
    if (descend(volume, root_, key, 0, parent, node, retry)) {
      parent.guard.release();
      const NodeView leaf = node.view();
      const NodeView::Place place = leaf.find(key);
      if (place.found) visitor(leaf.value(place.slot));
      if (node.guard.validate()) return place.found;
    }
    parent.guard.release();
    node.guard.release();
    recover(volume, retry);
  }
}

}  // namespace btree
