// A latched leaf and a place in it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "btree/bytes.h"
#include "buffer/page_guard.h"
#include "wal/mini_transaction.h"

namespace btree {

// What both kinds of leaf guard offer. The place is the sought key's entry (found()), or where it
// would be: slot() is then that of the next larger key and may equal count(). Spans point into the
// page and are good while the guard lives and nothing is changed through it. The sought key's bytes
// belong to the caller and must live as long as the guard.
class LeafBase {
 public:
  bool found() const { return found_; }
  unsigned slot() const { return slot_; }
  unsigned count() const;
  Bytes sought_key() const { return key_; }

  SplitKey key_at(unsigned slot) const;
  Bytes value_at(unsigned slot) const;
  Bytes value() const { return value_at(slot_); }  // requires found()

  // True when `key` belongs to this leaf; the place is then that key's. For runs of sorted keys.
  bool move_to(Bytes key);

  // Back to an entry that move_to() has found, when none has come or gone since.
  void stand_at(unsigned slot, Bytes key) {
    key_ = key;
    slot_ = slot;
    found_ = true;
  }

  // The leaf's slot for the owner of a secondary index: highest transaction id that changed it.
  std::uint64_t highest_xid() const;

  explicit operator bool() const { return page_ != nullptr; }
  wal::PageNo page_no() const;
  const wal::Page& page() const { return *page_; }

 protected:
  void place(const wal::Page* page, Bytes key);

  const wal::Page* page_ = nullptr;
  Bytes key_;
  unsigned slot_ = 0;
  bool found_ = false;
};

class SharedLeaf : public LeafBase {
 public:
  SharedLeaf() = default;
  SharedLeaf(buffer::SharedGuard guard, Bytes key) : guard_(std::move(guard)) {
    place(&guard_.page(), key);
  }
  void release() {
    page_ = nullptr;
    guard_.release();
  }

 private:
  buffer::SharedGuard guard_;
};

// Changes go into the caller's mini-transaction, which the caller commits before release(). Room is
// counted with garbage collected: a change compacts the page if it must.
class ExclusiveLeaf : public LeafBase {
 public:
  ExclusiveLeaf() = default;
  ExclusiveLeaf(buffer::ExclusiveGuard guard, Bytes key) : guard_(std::move(guard)) {
    place(&guard_.page(), key);
  }

  // Whether insert() / replace() of a value of this size fits. If not: release(), then
  // Tree::make_room(), then seek again.
  bool has_room_to_insert(std::size_t value_size) const;
  bool has_room_to_replace(std::size_t value_size) const;

  // At the sought key, which is not there yet; it is found() then.
  void insert(wal::MiniTransaction& mtr, Bytes value);
  // Bytes [offset, offset + size) of the found value: one small `write` in the log.
  void overwrite(wal::MiniTransaction& mtr, std::size_t offset, Bytes bytes);
  // The whole found value; only the bytes that differ are logged when the size stays.
  void replace(wal::MiniTransaction& mtr, Bytes value);
  // The found entry; afterwards the place is the next larger key's.
  void erase(wal::MiniTransaction& mtr);

  // Worth a Tree::merge(key) after release().
  bool underfull() const;

  // No effect when it is that high already.
  void raise_highest_xid(wal::MiniTransaction& mtr, std::uint64_t xid);

  wal::Page& page() const { return guard_.page(); }

  void release() {
    page_ = nullptr;
    guard_.release();
  }
  // When nothing was changed.
  void release_unchanged() {
    page_ = nullptr;
    guard_.release_unchanged();
  }

 private:
  buffer::ExclusiveGuard guard_;
};

}  // namespace btree
