// Bytes of undo pages and undo records, and of the directory that names the undo logs.
//
// An undo log is a chain of pages that one transaction after another appends to, one at a time: a
// transaction that writes borrows a log until it ends. The directory (chain of undo_header pages,
// the first named by VolumeSlot::undo_head) holds each log's first and last page; it changes
// only when a log grows or shrinks by a page. Everything needed after a crash is in the last
// page's header: who is writing, whether they ended, their newest record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "btree/bytes.h"
#include "btree/overflow.h"
#include "transaction/ids.h"
#include "wal/page.h"

namespace transaction {

using btree::Bytes;

enum class LogState : std::uint8_t {
  idle = 0, active = 1, committed = 2, aborted = 3,
  prepared = 4,  // the newest records are UndoKind::prepared
};

struct UndoPageHeader {
  wal::PageHeader page;
  std::uint32_t next_page;    // 0: none
  std::uint32_t log;          // its number in the directory
  std::uint16_t purged;       // records before this offset are purged
  std::uint8_t ended_ms[6];   // when the last one did: ms since the Unix epoch, 48 bits
  std::uint8_t state;         // LogState of `xid`
  std::uint8_t padding2[5];
  std::uint16_t used;         // end of the last record
  std::uint64_t last_record;  // UndoPointer of the newest record of `xid` that may need undoing
  std::uint64_t xid;          // who writes, or wrote last
};
static_assert(sizeof(UndoPageHeader) == 56);
static_assert(offsetof(UndoPageHeader, state) == offsetof(UndoPageHeader, ended_ms) + 6);
static_assert(std::has_unique_object_representations_v<UndoPageHeader>);

struct DirectoryEntry {
  std::uint32_t first_page;
  std::uint32_t last_page;
};
struct DirectoryPage {
  wal::PageHeader page;
  std::uint32_t next_page;
  std::uint32_t count;  // entries in use
  DirectoryEntry entries[(wal::kPageSize - 24) / sizeof(DirectoryEntry)];
};
inline constexpr std::uint32_t kLogsPerDirectoryPage = (wal::kPageSize - 24) / sizeof(DirectoryEntry);
static_assert(sizeof(DirectoryPage) == wal::kPageSize);

enum class UndoKind : std::uint8_t {
  nothing = 0,
  insert = 1,       // the entry `key` was made
  insert_run = 2,   // entries in [key, last_key] that carry this record's pointer were made
  modify = 3,       // flags, and perhaps the payload, were something else before
  create_tree = 4,  // `root`
  drop_tree = 5,    // `root`; before_flags 1: entries may have overflow references
  prepared = 6,     // `before`: a part of what prepared.cpp writes down, in order
};

// How `before` is to be read (UndoKind::modify).
enum class BeforeForm : std::uint8_t {
  same = 0,    // the payload was not changed
  ranges = 1,  // (u16 offset, u16 size, bytes)*: over a payload of the same size
  whole = 2,
};

struct UndoRecordHeader {
  std::uint16_t size;  // of the record, this header included
  UndoKind kind;
  BeforeForm form;
  std::uint8_t before_flags;
  std::uint8_t after_flags;
  std::uint8_t free_on_purge;  // overflow references that only older versions have
  std::uint8_t free_on_undo;   // that only the new version has
  std::uint16_t key_size;
  std::uint16_t last_key_size;
  std::uint32_t command;
  std::uint32_t root;
  std::uint32_t undone;  // 1: its transaction went back behind it, the purge passes over it
  std::uint64_t xid;
  std::uint64_t previous;    // UndoPointer: the transaction's record before
  std::uint64_t before_xid;  // of the version before
  std::uint64_t before_undo;
  // key | last_key | references free_on_purge, free_on_undo | before
};
static_assert(sizeof(UndoRecordHeader) == 56);
static_assert(std::has_unique_object_representations_v<UndoRecordHeader>);

inline constexpr std::size_t kMaxUndoRecord = wal::kPageSize - sizeof(UndoPageHeader);

// The short form of an insert or a modify that has no references: what it leaves out is as in another record of the
// page, which has the full form and is of the same transaction, command and tree.
struct ShortUndoHeader {
  std::uint16_t size;      // of the record, this header included; kShortUndo is set, which no full record's has
  std::uint8_t what;       // UndoKind, form << 3, and the two bits below
  std::uint8_t flags;      // before | after << 4
  std::uint16_t key_size;
  std::uint16_t base;      // where the other record begins in the page
  std::uint16_t previous;  // where the transaction's record before begins: in the page, too
  // unless kSameXid: u64 before_xid | unless kSameUndo: u64 before_undo | key | before
};
static_assert(sizeof(ShortUndoHeader) == 10);
static_assert(std::has_unique_object_representations_v<ShortUndoHeader>);
inline constexpr std::uint16_t kShortUndo = 0x8000;
inline constexpr std::uint8_t kSameXid = 0x40;   // before_xid as the base's
inline constexpr std::uint8_t kSameUndo = 0x80;  // before_undo likewise

// A record as given to UndoLog::append() or read from a page; views borrow. `header.size` is that of the form it has.
struct UndoRecord {
  UndoRecordHeader header{};
  Bytes key;
  Bytes last_key;
  Bytes free_on_purge;  // OverflowRefs, unaligned
  Bytes free_on_undo;
  Bytes before;

  std::size_t encoded_size() const {
    return sizeof(UndoRecordHeader) + key.size() + last_key.size() + free_on_purge.size() +
           free_on_undo.size() + before.size();
  }
  // The record's bytes were copied from `from` to `to`: the views are of the copy from now on.
  void move_views(const std::byte* from, const std::byte* to) {
    for (Bytes* part : {&key, &last_key, &free_on_purge, &free_on_undo, &before})
      if (!part->empty()) *part = Bytes(to + (part->data() - from), part->size());
  }
  // Fills size and counts; `to` has encoded_size() bytes.
  void encode(std::byte* to);

  // Whether the short form can say it; `flags` and sizes are what they may be there.
  bool has_short_form() const {
    return (header.kind == UndoKind::insert || header.kind == UndoKind::modify) && last_key.empty() &&
           free_on_purge.empty() && free_on_undo.empty() && header.before_flags < 16 && header.after_flags < 16;
  }
  // The short form, never longer than the full one. Requires has_short_form(). Returns how many bytes it has.
  std::size_t encode_short(std::byte* to, std::uint16_t base_offset, std::uint16_t previous_offset,
                           std::uint64_t base_xid, std::uint64_t base_undo);
};

// Of either form. CHECKs that the record lies within the page.
UndoRecord parse_undo_record(const wal::Page& page, std::uint16_t offset);
// A full record.
UndoRecord parse_undo_record(Bytes record);

// Replaces `payload` by what it was before `record` (a modify).
void apply_before(const UndoRecord& record, std::vector<std::byte>& payload);

// Appends to `out` what turns `after` into `before` again; both equally long.
void append_ranges(Bytes before, Bytes after, std::vector<std::byte>& out);

}  // namespace transaction
