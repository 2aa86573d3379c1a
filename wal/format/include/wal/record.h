// The redo record: the one language in which pages change (docs/formats.md).
//
// A record changes one page by a list of operations, or is a control record that changes none.
// All integers little endian. Layout:
//
//   RecordHeader (32 bytes) | payload (length - 32 bytes)
//
// Page-change payload: operations back to back, applied in order:
//   write  u8 kind=1, u16 offset, u16 length, length bytes
//   move   u8 kind=2, u16 destination, u16 source, u16 length        (memmove)
//   fill   u8 kind=3, u16 offset, u16 length, u8 byte
//   image  u8 kind=4, u16 length, length bytes   (bytes [8, 8+length) set, the rest zeroed)
//   packed u8 kind=5, u16 length, u16 size, size bytes: an image whose bytes are one zstd frame
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "wal/ids.h"
#include "wal/lsn.h"

namespace wal {

enum class RecordKind : std::uint8_t {
  page_change = 1,
  // Control records; page_no is kNoPage, prev_page_lsn 0.
  commit = 2,        // payload: u64 xid, i64 commit time (microseconds since the Unix epoch)
  abort = 3,         // payload: u64 xid, i64 time
  invalidation = 4,  // payload: catalogue cache keys, the executor's
  horizon = 5,       // payload: u64 Lsn; nothing below it will be read again (but by pins)
};

enum RecordFlags : std::uint8_t {
  // Consistency point (CPL): the last record of a mini-transaction.
  kConsistencyPoint = 1,
};

enum class RedoOp : std::uint8_t { write = 1, move = 2, fill = 3, image = 4, packed = 5 };

// Whether what an operation leaves behind depends on nothing that the page held before.
constexpr bool sets_whole_page(RedoOp op) { return op == RedoOp::image || op == RedoOp::packed; }

struct RecordHeader {
  std::uint32_t crc;            // CRC32C of everything behind this field, payload included
  std::uint32_t length;         // header and payload, bytes
  std::uint64_t lsn;            // position just past this record
  std::uint64_t prev_page_lsn;  // Lsn of the page's previous record on this ancestry; 0 = none
  std::uint32_t page_no;
  std::uint8_t kind;            // RecordKind
  std::uint8_t flags;           // RecordFlags
  std::uint16_t reserved;       // 0
};
static_assert(sizeof(RecordHeader) == 32);
static_assert(std::has_unique_object_representations_v<RecordHeader>);

// A decoded record: views into the caller's bytes, valid as long as they are.
struct RecordView {
  Lsn lsn;
  Lsn prev_page_lsn;
  PageNo page_no = kNoPage;
  RecordKind kind = RecordKind::page_change;
  bool is_consistency_point = false;
  std::span<const std::byte> payload;
  std::span<const std::byte> encoded;  // header and payload
};

}  // namespace wal
