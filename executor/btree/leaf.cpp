#include "btree/leaf.h"

#include "btree/limits.h"
#include "node_change.h"
#include "wal/check.h"

namespace btree {

unsigned LeafBase::count() const { return NodeView(*page_).count(); }

SplitKey LeafBase::key_at(unsigned slot) const {
  CHECK(slot < count());
  return NodeView(*page_).key(slot);
}

Bytes LeafBase::value_at(unsigned slot) const {
  CHECK(slot < count());
  return NodeView(*page_).value(slot);
}

bool LeafBase::move_to(Bytes key) {
  if (!NodeView(*page_).covers(key)) return false;
  place(page_, key);
  return true;
}

std::uint64_t LeafBase::highest_xid() const { return NodeView(*page_).header().highest_xid; }

wal::PageNo LeafBase::page_no() const { return wal::PageNo{page_->header().page_no}; }

void LeafBase::place(const wal::Page* page, Bytes key) {
  page_ = page;
  key_ = key;
  const NodeView::Place place = NodeView(*page).find(key);
  slot_ = place.slot;
  found_ = place.found;
}

namespace {

// Entries that are too large for any page find no room, and make_room() says why.
bool is_allowed(Bytes key, std::size_t value_size) {
  return key.size() <= kMaxKeySize && value_size <= max_inline_value(key.size());
}

}  // namespace

bool ExclusiveLeaf::has_room_to_insert(std::size_t value_size) const {
  if (!is_allowed(key_, value_size)) return false;
  const NodeView view(*page_);
  return view.free_bytes() >= view.without_prefix(key_).size() + value_size + kEntryOverhead;
}

bool ExclusiveLeaf::has_room_to_replace(std::size_t value_size) const {
  CHECK(found_);
  if (!is_allowed(key_, value_size)) return false;
  const NodeView view(*page_);
  return view.free_bytes() + view.value_size(slot_) >= value_size;
}

void ExclusiveLeaf::insert(wal::MiniTransaction& mtr, Bytes value) {
  CHECK(!found_);
  insert_entry(mtr, guard_.page(), slot_, NodeView(*page_).without_prefix(key_), value);
  found_ = true;
}

void ExclusiveLeaf::overwrite(wal::MiniTransaction& mtr, std::size_t offset, Bytes bytes) {
  CHECK(found_);
  const NodeView view(*page_);
  CHECK(offset <= view.value_size(slot_) && bytes.size() <= view.value_size(slot_) - offset);
  mtr.write(guard_.page(), view.value_offset(slot_) + offset, bytes);
}

void ExclusiveLeaf::replace(wal::MiniTransaction& mtr, Bytes value) {
  CHECK(found_);
  replace_value(mtr, guard_.page(), slot_, value);
}

void ExclusiveLeaf::erase(wal::MiniTransaction& mtr) {
  CHECK(found_);
  erase_entry(mtr, guard_.page(), slot_);
  found_ = false;
}

bool ExclusiveLeaf::underfull() const {
  // A quarter: low enough that a leaf just joined or split is far from it.
  return NodeView(*page_).free_bytes() > kNodeCapacity - kNodeCapacity / 4;
}

void ExclusiveLeaf::raise_highest_xid(wal::MiniTransaction& mtr, std::uint64_t xid) {
  if (highest_xid() >= xid) return;
  mtr.put(guard_.page(), offsetof(NodeHeader, highest_xid), xid);
}

}  // namespace btree
