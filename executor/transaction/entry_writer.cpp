#include "transaction/entry_writer.h"

#include <algorithm>

#include "manager_state.h"
#include "running.h"
#include "types/sql_error.h"
#include "undo_format.h"
#include "wal/check.h"

namespace transaction {

namespace {

constexpr std::size_t kReference = sizeof(btree::OverflowRef);

// The references of `of` that `other` does not have.
void references_only_in(Bytes of, Bytes other, std::vector<std::byte>& out) {
  for (std::size_t at = 0; at < of.size(); at += kReference) {
    const Bytes reference = of.subspan(at, kReference);
    bool kept = false;
    for (std::size_t i = 0; i < other.size() && !kept; i += kReference) {
      // A chain belongs to its first page; the rest of the reference follows from it.
      kept = std::memcmp(reference.data(), other.data() + i, 4) == 0;
    }
    if (!kept) out.insert(out.end(), reference.begin(), reference.end());
  }
}

}  // namespace

Bytes overflow_references(Bytes payload) {
  CHECK(!payload.empty());
  const std::size_t size = static_cast<std::size_t>(payload.back()) * kReference;
  CHECK(size < payload.size());
  return payload.subspan(payload.size() - 1 - size, size);
}

class EntryWriter::Undo {
 public:
  explicit Undo(Transaction& transaction)
      : transaction(running(transaction)), mtr(this->transaction.state().volume) {}

  Running& transaction;
  wal::MiniTransaction mtr;
  std::vector<std::byte> value;
  std::vector<std::byte> before;
  std::vector<std::byte> free_on_purge;
  std::vector<std::byte> free_on_undo;

  // Leaves `record`'s room; false after having made it, with the leaf released.
  bool undo_room(btree::ExclusiveLeaf& leaf, std::size_t size) {
    if (transaction.has_undo_room(size)) return true;
    leaf.release_unchanged();
    transaction.reserve_undo(size);
    return false;
  }

  void compose(const VersionHeader& header, Bytes payload) {
    value.resize(kVersionHeaderSize + payload.size());
    put_version(value.data(), header);
    if (!payload.empty()) {
      std::memcpy(value.data() + kVersionHeaderSize, payload.data(), payload.size());
    }
  }

  // What undoes a change of the found entry. Views of the leaf and of buffers here, good until either changes.
  void describe(UndoRecord& record, const btree::Tree& tree, const btree::ExclusiveLeaf& leaf, Command command,
                std::uint8_t flags, std::optional<Bytes> payload) {
    const VersionHeader old = parse_version(leaf.value());
    const Bytes old_payload = payload_of(leaf.value());
    record.header.kind = UndoKind::modify;
    record.header.command = static_cast<std::uint32_t>(command);
    record.header.root = wal::raw(tree.root());
    record.header.before_flags = old.flags;
    record.header.after_flags = flags;
    record.header.before_xid = wal::raw(old.xid);
    record.header.before_undo = wal::raw(old.undo);
    record.key = leaf.sought_key();

    before.clear();
    if (!payload) {
      record.header.form = BeforeForm::same;
    } else {
      record.header.form = BeforeForm::whole;
      if (payload->size() == old_payload.size()) {
        append_ranges(old_payload, *payload, before);
        if (before.size() < old_payload.size()) record.header.form = BeforeForm::ranges;
      }
      record.before = record.header.form == BeforeForm::whole ? old_payload : Bytes(before);
    }
    if (((old.flags | flags) & kOverflow) == 0) return;
    const Bytes old_references = (old.flags & kOverflow) != 0 ? overflow_references(old_payload)
                                                              : Bytes{};
    // What is deleted is freed as a whole when nobody needs it any more.
    const bool has_new = (flags & kOverflow) != 0 && (flags & kDeleted) == 0;
    const Bytes new_references = has_new ? overflow_references(payload.value_or(old_payload)) : Bytes{};
    free_on_purge.clear();
    free_on_undo.clear();
    // A row made anew over its own delete mark: the old references go with the deletion's record.
    if ((old.flags & kDeleted) == 0) {
      references_only_in(old_references, new_references, free_on_purge);
    }
    references_only_in(new_references, (old.flags & kDeleted) == 0 ? old_references : Bytes{},
                       free_on_undo);
    record.free_on_purge = free_on_purge;
    record.free_on_undo = free_on_undo;
  }

  static bool leaf_room(const btree::ExclusiveLeaf& leaf, std::optional<Bytes> payload) {
    if (!payload) return true;
    const std::size_t size = kVersionHeaderSize + payload->size();
    return size == leaf.value().size() || leaf.has_room_to_replace(size);
  }

  // Makes the change that describe() told of last, its record written.
  void change(btree::ExclusiveLeaf& leaf, UndoPointer pointer, const UndoRecord& record, std::optional<Bytes> payload) {
    const VersionHeader header{transaction.xid(), pointer, record.header.after_flags};
    if (payload && record.header.form == BeforeForm::whole) {
      compose(header, *payload);
      leaf.replace(mtr, value);
      return;
    }
    std::byte bytes[kVersionHeaderSize];
    put_version(bytes, header);
    leaf.overwrite(mtr, 0, bytes);
    for (Bytes rest(before); !rest.empty();) {
      std::uint16_t place[2];
      std::memcpy(place, rest.data(), sizeof(place));
      leaf.overwrite(mtr, kVersionHeaderSize + place[0], payload->subspan(place[0], place[1]));
      rest = rest.subspan(sizeof(place) + place[1]);
    }
  }

  void commit(btree::ExclusiveLeaf& leaf) {
    mtr.commit();
    transaction.settle();
    leaf.release();
  }
};

namespace {
// SERIALIZABLE: who has read the entry, or found it missing, conflicts.
void check_conflicts(Running& transaction, const btree::Tree& tree, btree::ExclusiveLeaf& leaf,
                     Bytes key, Xid replaced = kNoXid) {
  SerializableReads* const reads = transaction.serializable();
  if (reads == nullptr) return;
  try {
    wal::Lsn committed;
    const XidTable& xids = *transaction.state().xids;
    if (replaced >= xids.stable() && replaced != transaction.xid())
      committed = xids.lookup(replaced).commit_lsn;
    reads->write(tree.root(), key, committed);
  } catch (...) {
    leaf.release_unchanged();
    throw;
  }
}
}  // namespace

EntryWriter::EntryWriter(Transaction& transaction) : undo_(std::make_unique<Undo>(transaction)) {}
EntryWriter::~EntryWriter() = default;

void EntryWriter::prepare() {
  Running& transaction = undo_->transaction;
  if (const auto room = transaction.state().volume.wait_for_room(); room.has_error()) {
    throw types::SqlError("58030", "could not write to the log: " + room.error().message());
  }
  constexpr std::size_t kUsualRecord = 256;
  if (!transaction.has_undo_room(kUsualRecord)) transaction.reserve_undo(kUsualRecord);
}

bool EntryWriter::insert(const btree::Tree& tree, btree::ExclusiveLeaf& leaf, Command command,
                         std::uint8_t flags, Bytes payload) {
  CHECK(!leaf.found());
  check_conflicts(undo_->transaction, tree, leaf, leaf.sought_key());
  UndoRecord record;
  record.header.kind = UndoKind::insert;
  record.header.command = static_cast<std::uint32_t>(command);
  record.header.root = wal::raw(tree.root());
  record.header.after_flags = flags;
  record.key = leaf.sought_key();
  if ((flags & kOverflow) != 0) record.free_on_undo = overflow_references(payload);
  if (!undo_->undo_room(leaf, record.encoded_size())) return false;
  const std::size_t size = kVersionHeaderSize + payload.size();
  if (!leaf.has_room_to_insert(size)) {
    leaf.release_unchanged();
    tree.make_room(record.key, size);
    return false;
  }
  const UndoPointer pointer = undo_->transaction.append_undo(undo_->mtr, record);
  undo_->compose({undo_->transaction.xid(), pointer, flags}, payload);
  leaf.insert(undo_->mtr, undo_->value);
  undo_->commit(leaf);
  return true;
}

bool EntryWriter::modify(const btree::Tree& tree, btree::ExclusiveLeaf& leaf, Command command,
                         std::uint8_t flags, std::optional<Bytes> payload) {
  CHECK(leaf.found());
  check_conflicts(undo_->transaction, tree, leaf, leaf.sought_key(), parse_version(leaf.value()).xid);
  UndoRecord record;
  undo_->describe(record, tree, leaf, command, flags, payload);
  if (!undo_->undo_room(leaf, record.encoded_size())) return false;
  if (!undo_->leaf_room(leaf, payload)) {
    leaf.release_unchanged();
    tree.make_room(record.key, kVersionHeaderSize + payload->size());
    return false;
  }
  undo_->change(leaf, undo_->transaction.append_undo(undo_->mtr, record), record, payload);
  undo_->commit(leaf);
  return true;
}

std::size_t EntryWriter::modify_run(const btree::Tree& tree, btree::ExclusiveLeaf& leaf, Command command,
                                    std::span<const Change> changes) {
  CHECK(!changes.empty());
  if (undo_->transaction.serializable() != nullptr)
    for (const Change& change : changes) {
      leaf.stand_at(change.slot, change.key);
      check_conflicts(undo_->transaction, tree, leaf, change.key, parse_version(leaf.value()).xid);
    }
  std::size_t done = 0;
  for (const Change& change : changes) {
    leaf.stand_at(change.slot, change.key);
    UndoRecord record;
    undo_->describe(record, tree, leaf, command, change.flags, change.payload);
    if (done != 0) {
      if (!undo_->transaction.has_undo_room(record.encoded_size()) || !undo_->leaf_room(leaf, change.payload)) break;
    } else {
      if (!undo_->undo_room(leaf, record.encoded_size())) return 0;
      if (!undo_->leaf_room(leaf, change.payload)) {
        leaf.release_unchanged();
        tree.make_room(change.key, kVersionHeaderSize + change.payload->size());
        return 0;
      }
    }
    undo_->change(leaf, undo_->transaction.add_undo(undo_->mtr, record), record, change.payload);
    ++done;
  }
  undo_->transaction.note_undo(undo_->mtr);
  undo_->commit(leaf);
  return done;
}

std::size_t EntryWriter::insert_run(const btree::Tree& tree, btree::ExclusiveLeaf& leaf,
                                    Command command, std::span<const NewEntry> entries) {
  CHECK(!entries.empty());
  std::size_t longest = 0;
  for (const NewEntry& entry : entries) longest = std::max(longest, entry.key.size());
  if (undo_->transaction.serializable() != nullptr)
    for (const NewEntry& entry : entries) check_conflicts(undo_->transaction, tree, leaf, entry.key);
  UndoRecord record;
  record.header.kind = UndoKind::insert_run;
  record.header.command = static_cast<std::uint32_t>(command);
  record.header.root = wal::raw(tree.root());
  record.key = entries.front().key;
  if (!undo_->undo_room(leaf, record.encoded_size() + longest)) return 0;
  const UndoPointer pointer = undo_->transaction.next_undo();

  std::size_t done = 0;
  for (const NewEntry& entry : entries) {
    if (done != 0 && !leaf.move_to(entry.key)) break;
    // References to overflow values need a record of their own.
    if (leaf.found() || (entry.flags & kOverflow) != 0) break;
    const std::size_t size = kVersionHeaderSize + entry.payload.size();
    if (!leaf.has_room_to_insert(size)) {
      if (done != 0) break;
      leaf.release_unchanged();
      tree.make_room(entry.key, size);
      return 0;
    }
    undo_->compose({undo_->transaction.xid(), pointer, entry.flags}, entry.payload);
    leaf.insert(undo_->mtr, undo_->value);
    record.last_key = entry.key;
    ++done;
  }
  if (done == 0) {
    leaf.release_unchanged();
    return 0;
  }
  CHECK(undo_->transaction.append_undo(undo_->mtr, record) == pointer);
  undo_->commit(leaf);
  return done;
}

}  // namespace transaction
