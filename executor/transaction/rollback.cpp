// Undoing records: for ROLLBACK, for ROLLBACK TO, and for transactions found in flight at start.
//
// Undoing is idempotent without a note of progress: a record applies only to entries that still
// carry its pointer. Where it frees pages, which must not happen twice, progress is noted first.
#include "btree/cursor.h"
#include "btree/tree.h"
#include "manager_state.h"
#include "transaction/entry_writer.h"
#include "transaction/version.h"
#include "wal/check.h"

namespace transaction {
namespace {

bool carries(Bytes value, UndoPointer pointer, const UndoRecord& record) {
  const VersionHeader version = parse_version(value);
  return version.undo == pointer && wal::raw(version.xid) == record.header.xid;
}

void mark_undone(wal::MiniTransaction& mtr, buffer::ExclusiveGuard& page, UndoPointer pointer) {
  mtr.put(page.page(), offset_of(pointer) + offsetof(UndoRecordHeader, undone), std::uint32_t{1});
}

void undo_insert(ManagerState& state, const btree::Tree& tree, UndoPointer pointer,
                 const UndoRecord& record) {
  btree::ExclusiveLeaf leaf = tree.seek_exclusive(record.key);
  if (!leaf.found() || !carries(leaf.value(), pointer, record)) {
    leaf.release_unchanged();
    return;
  }
  wal::MiniTransaction mtr(state.volume);
  leaf.erase(mtr);
  mtr.commit();
  const bool underfull = leaf.underfull();
  leaf.release();
  state.count_undone(tree.root(), -1);
  if (underfull) tree.merge(record.key);
}

// Erases those of `keys` (ascending) that still carry the pointer, a leaf at a time.
void erase_all(ManagerState& state, const btree::Tree& tree, UndoPointer pointer,
               const UndoRecord& record, const std::vector<std::vector<std::byte>>& keys) {
  std::int64_t erased = 0;
  for (std::size_t i = 0; i < keys.size();) {
    const std::vector<std::byte>& first = keys[i];
    wal::MiniTransaction mtr(state.volume);
    btree::ExclusiveLeaf leaf = tree.seek_exclusive(first);
    do {
      if (leaf.found() && carries(leaf.value(), pointer, record)) {
        leaf.erase(mtr);
        ++erased;
      }
      ++i;
    } while (i < keys.size() && leaf.move_to(keys[i]));
    mtr.commit();
    const bool underfull = leaf.underfull();
    leaf.release();
    if (underfull) tree.merge(first);
  }
  state.count_undone(tree.root(), -erased);
}

void undo_insert_run(ManagerState& state, const btree::Tree& tree, UndoPointer pointer,
                     const UndoRecord& record) {
  // Other transactions may have put entries in between, and splits may have spread the run.
  btree::Cursor cursor(tree, {.lower = record.key,
                              .upper = record.last_key,
                              .lower_inclusive = true,
                              .upper_inclusive = true});
  std::vector<std::vector<std::byte>> keys;
  while (cursor.next_leaf()) {
    keys.clear();
    for (unsigned i = 0; i < cursor.count(); ++i) {
      if (carries(cursor.value(i), pointer, record)) {
        cursor.key(i).assign_to(keys.emplace_back());
      }
    }
    erase_all(state, tree, pointer, record, keys);
  }
}

void undo_modify(ManagerState& state, const btree::Tree& tree, UndoPointer pointer,
                 const UndoRecord& record) {
  std::vector<std::byte> value;
  std::vector<std::byte> payload;
  const VersionHeader before{Xid{record.header.before_xid}, UndoPointer{record.header.before_undo},
                             record.header.before_flags};
  const buffer::PinnedPage undo_page = record.header.free_on_purge != 0
                                           ? state.pages.pin(page_of(pointer))
                                           : buffer::PinnedPage{};
  while (true) {
    btree::ExclusiveLeaf leaf = tree.seek_exclusive(record.key);
    if (!leaf.found() || !carries(leaf.value(), pointer, record)) {
      leaf.release_unchanged();
      return;
    }
    const Bytes current = payload_of(leaf.value());
    payload.assign(current.begin(), current.end());
    apply_before(record, payload);
    value.resize(kVersionHeaderSize + payload.size());
    put_version(value.data(), before);
    std::copy(payload.begin(), payload.end(), value.begin() + kVersionHeaderSize);
    if (value.size() > leaf.value().size() && !leaf.has_room_to_replace(value.size())) {
      leaf.release_unchanged();
      tree.make_room(record.key, value.size());
      continue;
    }
    const bool was_deleted = parse_version(leaf.value()).deleted();
    wal::MiniTransaction mtr(state.volume);
    leaf.replace(mtr, value);
    buffer::ExclusiveGuard page;
    if (undo_page) {
      page = undo_page.exclusive();
      mark_undone(mtr, page, pointer);
    }
    mtr.commit();
    state.count_undone(tree.root(), int{was_deleted} - int{before.deleted()});
    return;
  }
}

}  // namespace

void ManagerState::set_last_record(UndoLog& log, UndoPointer record) {
  wal::MiniTransaction mtr(volume);
  const buffer::ExclusiveGuard page = log.pin.exclusive();
  mtr.put(page.page(), offsetof(UndoPageHeader, last_record), wal::raw(record));
  mtr.commit();
}

void ManagerState::free_references(Bytes references) {
  for (std::size_t at = 0; at < references.size(); at += sizeof(btree::OverflowRef)) {
    btree::OverflowRef reference;
    std::memcpy(&reference, references.data() + at, sizeof(reference));
    btree::free_overflow(space, reference);
  }
}

void ManagerState::free_overflow_of(const btree::Tree& tree,
                                    btree::FunctionRef<void()> before_first) {
  if (!tree.may_have_references()) return;
  bool is_first = true;
  btree::Cursor cursor(tree, {});
  while (cursor.next_leaf()) {
    for (unsigned i = 0; i < cursor.count(); ++i) {
      const Bytes value = cursor.value(i);
      if (value.size() <= kVersionHeaderSize) continue;
      // A deleted entry's are freed with its undo record.
      if ((parse_version(value).flags & (kOverflow | kDeleted)) != kOverflow) continue;
      if (std::exchange(is_first, false)) before_first();
      free_references(overflow_references(payload_of(value)));
    }
  }
}

// What is still in the tree was loaded in bulk; rows inserted one by one are undone already.
void ManagerState::undo_create_tree(const UndoRecord& record, UndoLog& log) {
  const btree::Tree tree(space, wal::PageNo{record.header.root});
  const UndoPointer previous{record.header.previous};
  // From the first value freed on, a crash leaks the rest: doing it again would free them twice.
  bool noted = false;
  free_overflow_of(tree, [&] {
    set_last_record(log, previous);
    noted = true;
  });
  tree.clear();
  const wal::PageNo root = tree.root();
  btree::Release release = space.prepare_free(std::span(&root, 1));
  wal::MiniTransaction mtr(volume);
  const buffer::ExclusiveGuard page = log.pin.exclusive();
  if (!noted) mtr.put(page.page(), offsetof(UndoPageHeader, last_record), wal::raw(previous));
  tree.free_root(mtr, release);
  mtr.commit();
  release.settle();
}

void ManagerState::undo_one(UndoPointer pointer, const UndoRecord& record, UndoLog& log) {
  if (record.header.kind == UndoKind::prepared) return;  // names no tree
  const btree::Tree tree(space, wal::PageNo{record.header.root});
  switch (record.header.kind) {
    case UndoKind::nothing:
    case UndoKind::prepared:
      return;
    case UndoKind::insert:
      undo_insert(*this, tree, pointer, record);
      break;
    case UndoKind::insert_run:
      undo_insert_run(*this, tree, pointer, record);
      break;
    case UndoKind::modify:
      undo_modify(*this, tree, pointer, record);
      break;
    case UndoKind::create_tree:
      undo_create_tree(record, log);
      return;
    case UndoKind::drop_tree: {
      const buffer::PinnedPage pin = pages.pin(page_of(pointer));
      wal::MiniTransaction mtr(volume);
      buffer::ExclusiveGuard page = pin.exclusive();
      mark_undone(mtr, page, pointer);
      mtr.commit();
      return;
    }
  }
  if (!record.free_on_undo.empty()) {
    set_last_record(log, UndoPointer{record.header.previous});
    free_references(record.free_on_undo);
  }
}

void ManagerState::undo(UndoPointer from, UndoPointer until, UndoLog& log) {
  std::vector<std::byte> buffer;
  for (UndoPointer pointer = from; pointer != until && pointer != kNoUndo;) {
    const UndoRecord record = undo_logs.read(pointer, buffer);
    undo_one(pointer, record, log);
    pointer = UndoPointer{record.header.previous};
  }
}

}  // namespace transaction
