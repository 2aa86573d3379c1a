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

// A record as given to UndoLog::append() or read from a page; views borrow.
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
  // Fills size and counts; `to` has encoded_size() bytes.
  void encode(std::byte* to);
};

// CHECKs that the record lies within the page.
UndoRecord parse_undo_record(const wal::Page& page, std::uint16_t offset);
UndoRecord parse_undo_record(Bytes record);

// Replaces `payload` by what it was before `record` (a modify).
void apply_before(const UndoRecord& record, std::vector<std::byte>& payload);

// Appends to `out` what turns `after` into `before` again; both equally long.
void append_ranges(Bytes before, Bytes after, std::vector<std::byte>& out);

}  // namespace transaction
