// Changing versioned entries: tree page and undo page in one mini-transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "btree/bytes.h"
#include "btree/leaf.h"
#include "btree/tree.h"
#include "transaction/ids.h"
#include "transaction/version.h"
#include "wal/mini_transaction.h"

namespace transaction {

class Transaction;

// Writes on behalf of one transaction. Each change is one mini-transaction over the leaf given
// and the transaction's undo page. A change that finds no room, in the leaf or for its undo
// record, makes room instead, having released the leaf, and returns false: seek and look again.
// Not thread-safe.
class EntryWriter {
 public:
  explicit EntryWriter(Transaction& transaction);
  ~EntryWriter();
  EntryWriter(const EntryWriter&) = delete;
  EntryWriter& operator=(const EntryWriter&) = delete;

  // Before the first seek of a change: back-pressure, an xid, room for a usual undo record. Parks;
  // no latch may be held.
  void prepare();

  // A new entry at the leaf's place (not found()). `flags`: kOverflow. Afterwards the leaf is
  // released.
  [[nodiscard]] bool insert(const btree::Tree& tree, btree::ExclusiveLeaf& leaf, Command command,
                            std::uint8_t flags, Bytes payload);

  // The entry found() gets other flags and, unless nullopt, another payload. References to
  // overflow values that only one of the two payloads has are freed when the undo record is
  // purged, or undone.
  [[nodiscard]] bool modify(const btree::Tree& tree, btree::ExclusiveLeaf& leaf, Command command,
                            std::uint8_t flags, std::optional<Bytes> payload);

  // Entries in ascending key order, none of which exists, as many as the leaf takes: one undo
  // record for all. Begins at entries[0], at whose key the leaf stands. Stops before an entry that
  // exists, or lies beyond the leaf or `limit`. Returns how many were inserted; 0: room was
  // made, or entries[0] exists (the leaf is released in any case).
  struct NewEntry {
    Bytes key;
    Bytes payload;
    std::uint8_t flags = 0;
  };
  std::size_t insert_run(const btree::Tree& tree, btree::ExclusiveLeaf& leaf, Command command,
                         std::span<const NewEntry> entries);

  // Changes of entries in one leaf, as modify() makes each, in one mini-transaction: as many as find room. `slot`: where
  // move_to() found the key, ascending. Returns how many were made; 0: room was made for the first. The leaf is released
  // in any case.
  struct Change {
    unsigned slot = 0;
    Bytes key;
    std::uint8_t flags = 0;
    std::optional<Bytes> payload;
  };
  std::size_t modify_run(const btree::Tree& tree, btree::ExclusiveLeaf& leaf, Command command,
                         std::span<const Change> changes);

 private:
  class Undo;
  std::unique_ptr<Undo> undo_;
};

// The overflow references at the end of a payload with kOverflow.
Bytes overflow_references(Bytes payload);

}  // namespace transaction
