// Writing and reading redo records (layout: wal/record.h).
//
// Bytes from network or disk are never trusted: the readers check every length before they use it
// and answer with RecordErrc. What they hand out is safe to apply without further checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "wal/lsn.h"
#include "wal/page.h"
#include "wal/record.h"
#include "wal/record_errc.h"
#include "wal/result.h"

namespace wal {

// No record is longer. A page change never needs more than an image; catalogue invalidations do.
inline constexpr std::size_t kMaxRecordLength = std::size_t{16} << 20;

// --- writing -----------------------------------------------------------------------------------

// A record is made in three steps: begin_record() clears `out` and writes a header whose lsn, prev
// and crc are open; the payload is appended; seal_record() closes the header.
void begin_record(std::vector<std::byte>& out, RecordKind kind, PageNo page_no);

// Append one operation each. Offsets and lengths are bytes within the page and must lie in
// [kPageLsnSize, kPageSize) (CHECKed).
void append_write(std::vector<std::byte>& out, std::size_t offset,
                  std::span<const std::byte> bytes);
void append_move(std::vector<std::byte>& out, std::size_t destination, std::size_t source,
                 std::size_t length);
void append_fill(std::vector<std::byte>& out, std::size_t offset, std::size_t length,
                 std::byte value);
// The whole page behind its LSN, as image or packed, whichever is shorter by enough to be worth it;
// trailing zeros are left out.
void append_image(std::vector<std::byte>& out, const Page& page);

// Sets length, lsn, prev_page_lsn and flags, then the CRC over all of it.
void seal_record(std::span<std::byte> encoded, Lsn lsn, Lsn prev_page_lsn,
                 bool is_consistency_point);

// --- reading -----------------------------------------------------------------------------------

// Walks records laid back to back.
//
//   RecordReader reader(bytes);
//   for (;;) {
//     auto record = reader.next();
//     if (!record) return record.error();   // damaged: nothing behind it can be trusted
//     if (!*record) break;                  // the end, exactly at a record's border
//     ...
//   }
//
// Each record is validated before it is returned: length, CRC, kind, flags, reserved bytes, LSN
// above the one before it and its prev_page_lsn below its own, and, for a page change, every
// operation. After an error every further call returns the same error.
class RecordReader {
 public:
  explicit RecordReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  Result<std::optional<RecordView>> next();

  // Bytes not yet read: starts at the damaged record after an error.
  std::span<const std::byte> rest() const { return rest_; }

 private:
  std::span<const std::byte> rest_;
  Lsn last_lsn_;
};

// One operation, bounds already checked against the page.
struct RedoOperation {
  RedoOp kind = RedoOp::write;
  std::uint16_t offset = 0;          // where it writes; for image and packed kPageLsnSize
  std::uint16_t source = 0;          // move only
  std::uint16_t length = 0;
  std::byte value{};                 // fill only
  std::span<const std::byte> bytes;  // write and image; packed: the frame
};

// The bytes of a packed image, `operation.length` of them, into `into`. False when the frame is
// no such thing: whoever verified the record has not looked into it.
[[nodiscard]] bool unpack_image(const RedoOperation& operation, std::span<std::byte> into);

// Walks the operations of a page-change payload. Contract as RecordReader.
class OperationReader {
 public:
  explicit OperationReader(std::span<const std::byte> payload) : rest_(payload) {}

  Result<std::optional<RedoOperation>> next();

 private:
  std::span<const std::byte> rest_;
};

}  // namespace wal
