// Making room: one page is split per mini-transaction, after its parent has room for the new key.
#include <algorithm>
#include <array>
#include <vector>

#include "btree/errc.h"
#include "btree/limits.h"
#include "btree/tree.h"
#include "descent.h"
#include "node_change.h"
#include "wal/check.h"

namespace btree {
namespace {

using KeyBuffer = std::vector<std::byte>;

// The shortest key that is above `left` and not above `right`; left < right.
KeyBuffer separator(Bytes left, Bytes right) {
  const std::size_t limit = std::min(left.size(), right.size());
  std::size_t common = 0;
  while (common < limit && left[common] == right[common]) ++common;
  CHECK(common < right.size());
  return KeyBuffer(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(common + 1));
}

KeyBuffer whole_key(const NodeView& view, unsigned slot) {
  KeyBuffer key;
  view.key(slot).assign_to(key);
  return key;
}

// Where a page is cut: entries from `slot` on go right, and keys at or above `key`.
struct Cut {
  unsigned slot;
  KeyBuffer key;
};

// Between the halves, counted in bytes, with the entry to come among them.
unsigned middle(const NodeView& view, unsigned first, unsigned last) {
  std::size_t total = 0;
  for (unsigned i = 0; i < view.count(); ++i) total += view.entry_size(i) + sizeof(Slot);
  std::size_t left = 0;
  for (unsigned i = 0; i < last; ++i) {
    left += view.entry_size(i) + sizeof(Slot);
    if (i + 1 >= first && 2 * left >= total) return i + 1;
  }
  return last;
}

// Whether both halves hold what they get: the cut's key becomes a fence of both, and with large
// keys that may be more than what goes to the other half. Counts the prefix of the page as it is,
// which those of the halves are not shorter than.
bool both_fit(const NodeView& view, unsigned slot, const KeyBuffer& key) {
  std::size_t left = 0;
  std::size_t right = 0;
  for (unsigned i = 0; i < view.count(); ++i) {
    (i < slot ? left : right) += view.entry_size(i) + sizeof(Slot);
  }
  const std::size_t high = view.has_high_fence() ? view.high_fence().size() : 0;
  return left + view.low_fence().size() + key.size() <= kNodeCapacity &&
         right + key.size() + high <= kNodeCapacity;
}

// The cut nearest to `slot` whose halves fit; limits.h leaves at least one.
template <typename KeyAt>
Cut nearest_cut(const NodeView& view, unsigned slot, KeyAt key_at) {
  for (unsigned distance = 0; distance <= view.count(); ++distance) {
    if (slot >= distance + 1) {
      Cut cut{slot - distance, key_at(slot - distance)};
      if (both_fit(view, cut.slot, cut.key)) return cut;
    }
    if (slot + distance < view.count()) {
      Cut cut{slot + distance, key_at(slot + distance)};
      if (both_fit(view, cut.slot, cut.key)) return cut;
    }
  }
  CHECK(false);
  __builtin_unreachable();
}

Cut cut_leaf(const NodeView& view, Bytes incoming) {
  const unsigned count = view.count();
  CHECK(count != 0);
  const NodeView::Place place = view.find(incoming);
  // Keys that come in ascending order fill the left page and go on in an empty one.
  const auto key_between = [&](unsigned slot) {
    return separator(whole_key(view, slot - 1), whole_key(view, slot));
  };
  if (!place.found && place.slot == count) {
    Cut cut{count, separator(whole_key(view, count - 1), incoming)};
    if (count == 1 || both_fit(view, cut.slot, cut.key)) return cut;
    return nearest_cut(view, count - 1, key_between);
  }
  if (count == 1) {
    CHECK(!place.found);  // one entry always has room to grow to the limit
    return {0, separator(incoming, whole_key(view, 0))};
  }
  return nearest_cut(view, middle(view, 1, count - 1), key_between);
}

Cut cut_inner(const NodeView& view, Bytes incoming) {
  const unsigned count = view.count();
  CHECK(count >= 2);
  // The last child splits when keys ascend: leave the left page nearly full.
  const unsigned slot =
      view.find_child(incoming) == count - 1 ? count - 1 : middle(view, 1, count - 1);
  return nearest_cut(view, slot, [&](unsigned at) { return whole_key(view, at); });
}

// Builds the entries [first, last) of `view` with fences of their own.
void build_part(NodeBuilder& builder, const NodeView& view, unsigned first, unsigned last,
                Bytes low, bool has_high, Bytes high) {
  builder.start(view.level(), low, has_high, high);
  builder.set_highest_xid(view.header().highest_xid);
  for (unsigned i = first; i < last; ++i) CHECK(builder.add(view.key(i), view.value(i)));
}

class Splitter {
 public:
  Splitter(Space& space, wal::PageNo root) : space_(space), volume_(space.volume()), root_(root) {}

  // Until `has_room(page at level)`.
  void make_room(Bytes key, unsigned level, FunctionRef<bool(const NodeView&)> has_room) {
    for (Retry retry;;) {
      if (reservation_.remaining() < 2) reservation_ = space_.reserve(2);
      if (attempt(key, level, has_room, retry)) return;
      if (!parent_key_.empty()) {
        const KeyBuffer parent_key = std::exchange(parent_key_, {});
        make_room(key, level + 1, [&](const NodeView& parent) {
          return parent.free_bytes() >=
                 parent.without_prefix(parent_key).size() + kChildSize + kEntryOverhead;
        });
        continue;
      }
      recover(volume_, retry);
    }
  }

 private:
  // True when there is room. False: retry, or parent_key_ wants room in the parent first.
  bool attempt(Bytes key, unsigned level, FunctionRef<bool(const NodeView&)> has_room,
               Retry& retry) {
    Step parent_step, step;
    if (!descend(volume_, root_, key, level, parent_step, step, retry)) return false;
    // The level went away when the tree shrank: nothing to do here, below things changed.
    if (step.level != level) return step.guard.validate();
    const wal::PageNo page_no = step.page_no;
    buffer::ExclusiveGuard parent;
    if (page_no != root_) {
      // The parent first, and nothing of ours may be in its way.
      parent = parent_step.guard.upgrade();
      if (!parent) return false;
    }
    // Not an upgrade: writers of a busy leaf would make us start again and again.
    step.guard.release();
    buffer::ExclusiveGuard node = volume_.try_exclusive(page_no);
    if (!node) {
      retry.missing = page_no;
      return false;
    }
    const NodeView view(node.page());
    if (!view.is_node() || view.level() != level || !view.covers(key)) {
      // The root grew a level meanwhile. A page below an unchanged parent is what it was.
      CHECK(page_no == root_);
      return false;
    }
    if (has_room(view)) {
      node.release_unchanged();
      parent.release_unchanged();
      return true;
    }
    const Cut cut = level == 0 ? cut_leaf(view, key) : cut_inner(view, key);
    if (page_no == root_) {
      split_root(node, cut);
      return false;
    }
    const NodeView parent_view(parent.page());
    if (parent_view.free_bytes() <
        parent_view.without_prefix(cut.key).size() + kChildSize + kEntryOverhead) {
      parent_key_ = cut.key;
      node.release_unchanged();
      parent.release_unchanged();
      return false;
    }
    split(parent, node, cut);
    return false;
  }

  void split(const buffer::ExclusiveGuard& parent, const buffer::ExclusiveGuard& node,
             const Cut& cut) {
    wal::MiniTransaction mtr(volume_.volume());
    const buffer::ExclusiveGuard right = reservation_.take(mtr);
    const NodeView view(node.page());
    build_part(builder_, view, cut.slot, view.count(), cut.key, view.has_high_fence(),
               view.has_high_fence() ? view.high_fence() : Bytes());
    builder_.install(mtr, right.page(), right.page_no());
    truncate_node(mtr, node.page(), cut.slot, cut.key);

    const NodeView parent_view(parent.page());
    const NodeView::Place place = parent_view.find(cut.key);
    CHECK(!place.found && place.slot != 0);
    const std::uint32_t number = wal::raw(right.page_no());
    insert_entry(mtr, parent.page(), place.slot, parent_view.without_prefix(cut.key),
                 std::as_bytes(std::span<const std::uint32_t, 1>(&number, 1)));
    mtr.commit();
    reservation_.settle();
  }

  // The root keeps its number: both halves move to new pages.
  void split_root(const buffer::ExclusiveGuard& root, const Cut& cut) {
    wal::MiniTransaction mtr(volume_.volume());
    const buffer::ExclusiveGuard left = reservation_.take(mtr);
    const buffer::ExclusiveGuard right = reservation_.take(mtr);
    const NodeView view(root.page());
    build_part(builder_, view, 0, cut.slot, {}, true, cut.key);
    builder_.install(mtr, left.page(), left.page_no());
    build_part(builder_, view, cut.slot, view.count(), cut.key, false, {});
    builder_.install(mtr, right.page(), right.page_no());
    const unsigned level = view.level() + 1;
    builder_.start(level, {}, false, {});
    CHECK(builder_.add_child({}, left.page_no()));
    CHECK(builder_.add_child({{}, cut.key}, right.page_no()));
    builder_.install(mtr, root.page(), root_);
    mtr.commit();
    reservation_.settle();
  }

  Space& space_;
  buffer::PagedVolume& volume_;
  const wal::PageNo root_;
  Reservation reservation_;
  NodeBuilder builder_;
  KeyBuffer parent_key_;  // what an attempt wants to put into the parent first
};

}  // namespace

void Tree::make_room(Bytes key, std::size_t value_size) const {
  if (key.size() > kMaxKeySize) throw EntryTooLarge(key.size(), kMaxKeySize);
  if (value_size > max_inline_value(key.size())) {
    throw EntryTooLarge(value_size, max_inline_value(key.size()));
  }
  Splitter splitter(*space_, root_);
  splitter.make_room(key, 0, [&](const NodeView& leaf) {
    const NodeView::Place place = leaf.find(key);
    if (place.found) return leaf.free_bytes() + leaf.value_size(place.slot) >= value_size;
    return leaf.free_bytes() >= leaf.without_prefix(key).size() + value_size + kEntryOverhead;
  });
}

}  // namespace btree
