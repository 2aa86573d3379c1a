// Joining pages that have little in them.
#include <vector>

#include "btree/tree.h"
#include "descent.h"
#include "node_change.h"
#include "wal/check.h"

namespace btree {
namespace {

// Left free in a joined page, so that the next insert does not split it again.
constexpr std::size_t kRoomLeft = kNodeCapacity / 8;

class Merger {
 public:
  Merger(Space& space, wal::PageNo root) : space_(space), volume_(space.volume()), root_(root) {}

  // Joins upwards from `level` while pages are left with little.
  void run(Bytes key) {
    for (unsigned level = 0;; ++level) {
      bool parent_is_low = false;
      for (Retry retry;;) {
        const Outcome outcome = attempt(key, level, parent_is_low, retry);
        if (outcome == Outcome::done) break;
        if (outcome == Outcome::prepare) {
          release_ = space_.prepare_free(std::span(&freed_, 1));
          prepared_ = freed_;
          continue;
        }
        recover(volume_, retry);
      }
      if (!parent_is_low) return;
    }
  }

 private:
  enum class Outcome {
    done,
    retry,
    prepare,  // freed_ is the page that would go: its map page is wanted first
  };

  Outcome attempt(Bytes key, unsigned level, bool& parent_is_low, Retry& retry) {
    Step parent_step, step;
    if (!descend(volume_, root_, key, level, parent_step, step, retry)) return Outcome::retry;
    if (!parent_step.guard) return step.guard.validate() ? Outcome::done : Outcome::retry;
    step.guard.release();
    const wal::PageNo parent_no = parent_step.page_no;
    buffer::ExclusiveGuard parent = parent_step.guard.upgrade();
    if (!parent) return Outcome::retry;
    const NodeView parent_view(parent.page());
    if (parent_view.count() == 1) {
      if (parent_no == root_) return collapse(parent, retry);
      // An only child has no neighbour here; its parent may have one.
      parent.release_unchanged();
      parent_is_low = true;
      return Outcome::done;
    }
    const unsigned slot = parent_view.find_child(key);
    const unsigned left_slot = slot + 1 < parent_view.count() ? slot : slot - 1;
    const wal::PageNo left_no = parent_view.child(left_slot);
    const wal::PageNo right_no = parent_view.child(left_slot + 1);
    buffer::ExclusiveGuard left = volume_.try_exclusive(left_no);
    if (!left) {
      retry.missing = left_no;
      return Outcome::retry;
    }
    buffer::ExclusiveGuard right = volume_.try_exclusive(right_no);
    if (!right) {
      retry.missing = right_no;
      return Outcome::retry;
    }
    if (!build_joined(NodeView(left.page()), NodeView(right.page()))) {
      parent.release_unchanged();
      left.release_unchanged();
      right.release_unchanged();
      return Outcome::done;
    }
    if (prepared_ != right_no) {
      freed_ = right_no;
      return Outcome::prepare;
    }
    wal::MiniTransaction mtr(volume_.volume());
    builder_.install(mtr, left.page(), left_no);
    erase_entry(mtr, parent.page(), left_slot + 1);
    release_.free(mtr, right_no);
    mtr.commit();
    release_.settle();
    prepared_ = wal::kNoPage;
    const NodeView shrunk(parent.page());
    if (shrunk.count() == 1 && parent_no == root_) return Outcome::retry;  // now collapse it
    parent_is_low = shrunk.count() == 1 || shrunk.free_bytes() > kNodeCapacity - kNodeCapacity / 4;
    return Outcome::done;
  }

  // False when they do not fit into one page.
  bool build_joined(const NodeView& left, const NodeView& right) {
    builder_.start(left.level(), left.low_fence(), right.has_high_fence(),
                   right.has_high_fence() ? right.high_fence() : Bytes());
    builder_.set_highest_xid(std::max(left.header().highest_xid, right.header().highest_xid));
    for (const NodeView* part : {&left, &right}) {
      for (unsigned i = 0; i < part->count(); ++i) {
        SplitKey key = part->key(i);
        // An inner page's first key stands for its low fence.
        if (i == 0 && part->level() != 0) key = {{}, part->low_fence()};
        if (!builder_.add(key, part->value(i))) return false;
      }
    }
    // A page that holds nothing any more is never met by another erase: join it at any rate.
    const unsigned nothing = left.level() == 0 ? 0 : 1;
    return left.count() <= nothing || right.count() <= nothing ||
           builder_.view().contiguous_free() >= kRoomLeft;
  }

  // The root has one child left: the child's content moves up and the tree is a level lower.
  Outcome collapse(buffer::ExclusiveGuard& root, Retry& retry) {
    const wal::PageNo child_no = NodeView(root.page()).child(0);
    buffer::ExclusiveGuard child = volume_.try_exclusive(child_no);
    if (!child) {
      retry.missing = child_no;
      return Outcome::retry;
    }
    if (prepared_ != child_no) {
      freed_ = child_no;
      return Outcome::prepare;
    }
    const NodeView view(child.page());
    wal::MiniTransaction mtr(volume_.volume());
    builder_.start(view.level(), {}, false, {});
    builder_.set_highest_xid(view.header().highest_xid);
    for (unsigned i = 0; i < view.count(); ++i) CHECK(builder_.add(view.key(i), view.value(i)));
    builder_.install(mtr, root.page(), root_);
    release_.free(mtr, child_no);
    mtr.commit();
    release_.settle();
    prepared_ = wal::kNoPage;
    return Outcome::done;
  }

  Space& space_;
  buffer::PagedVolume& volume_;
  const wal::PageNo root_;
  NodeBuilder builder_;
  Release release_;
  wal::PageNo freed_ = wal::kNoPage;     // what the last attempt wanted to free
  wal::PageNo prepared_ = wal::kNoPage;  // what release_ is good for
};

}  // namespace

void Tree::merge(Bytes key) const {
  Merger merger(*space_, root_);
  merger.run(key);
}

}  // namespace btree
