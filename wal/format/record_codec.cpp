#include "wal/record_codec.h"

#include <cstring>
#include <memory>

#include <zstd.h>

#include "wal/check.h"
#include "wal/crc32c.h"

namespace wal {
namespace {

constexpr std::size_t kMoveSize = 7;
constexpr std::size_t kFillSize = 6;
constexpr std::size_t kWriteHeaderSize = 5;
constexpr std::size_t kImageHeaderSize = 3;
constexpr std::size_t kPackedHeaderSize = 5;

// Images shorter than this are logged as they are.
constexpr std::size_t kPackFrom = 1024;
// Negative levels of zstd skip entropy coding of literals: half the time of level 1 for a page,
// and rows that resemble each other still shrink tenfold.
constexpr int kPackLevel = -1;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
// Working memory of each thread that packs or unpacks; nothing is remembered in between.
ZSTD_CCtx* packer() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* unpacker() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

bool inside_page(std::size_t offset, std::size_t length) {
  return offset >= kPageLsnSize && offset <= kPageSize && length <= kPageSize - offset;
}

std::byte* grow(std::vector<std::byte>& out, std::size_t bytes) {
  const std::size_t old = out.size();
  out.resize(old + bytes);
  return out.data() + old;
}

void put_u16(std::byte* at, std::size_t value) {
  const auto narrow = static_cast<std::uint16_t>(value);
  std::memcpy(at, &narrow, sizeof narrow);
}

std::uint16_t get_u16(const std::byte* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::uint32_t checksum(std::span<const std::byte> encoded) {
  return crc32c(encoded.subspan(sizeof(RecordHeader::crc)));
}

bool known(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(RecordKind::page_change) &&
         kind <= static_cast<std::uint8_t>(RecordKind::horizon);
}

bool header_is_sound(const RecordHeader& header, Lsn after) {
  if (!known(header.kind) || (header.flags & ~kConsistencyPoint) != 0 || header.reserved != 0) {
    return false;
  }
  if (header.lsn < header.length || header.lsn <= after.value() ||
      header.prev_page_lsn >= header.lsn) {
    return false;
  }
  const bool has_page = header.page_no != raw(kNoPage);
  const bool is_page_change = header.kind == static_cast<std::uint8_t>(RecordKind::page_change);
  return has_page == is_page_change && (is_page_change || header.prev_page_lsn == 0);
}

}  // namespace

const boost::system::error_category& record_category() {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "redo record"; }
    std::string message(int code) const override {
      switch (static_cast<RecordErrc>(code)) {
        case RecordErrc::truncated: return "redo ends inside a record";
        case RecordErrc::bad_length: return "impossible record length";
        case RecordErrc::bad_checksum: return "record checksum does not match";
        case RecordErrc::bad_header: return "malformed record header";
        case RecordErrc::malformed_operation: return "malformed redo operation";
      }
      return "unknown redo record error";
    }
  };
  static const Category category;
  return category;
}

void begin_record(std::vector<std::byte>& out, RecordKind kind, PageNo page_no) {
  RecordHeader header{};
  header.kind = static_cast<std::uint8_t>(kind);
  header.page_no = raw(page_no);
  out.resize(sizeof header);
  std::memcpy(out.data(), &header, sizeof header);
}

void append_write(std::vector<std::byte>& out, std::size_t offset,
                  std::span<const std::byte> bytes) {
  CHECK(inside_page(offset, bytes.size()));
  if (bytes.empty()) return;
  std::byte* at = grow(out, kWriteHeaderSize + bytes.size());
  at[0] = static_cast<std::byte>(RedoOp::write);
  put_u16(at + 1, offset);
  put_u16(at + 3, bytes.size());
  std::memcpy(at + kWriteHeaderSize, bytes.data(), bytes.size());
}

void append_move(std::vector<std::byte>& out, std::size_t destination, std::size_t source,
                 std::size_t length) {
  CHECK(inside_page(destination, length));
  CHECK(inside_page(source, length));
  std::byte* at = grow(out, kMoveSize);
  at[0] = static_cast<std::byte>(RedoOp::move);
  put_u16(at + 1, destination);
  put_u16(at + 3, source);
  put_u16(at + 5, length);
}

void append_fill(std::vector<std::byte>& out, std::size_t offset, std::size_t length,
                 std::byte value) {
  CHECK(inside_page(offset, length));
  std::byte* at = grow(out, kFillSize);
  at[0] = static_cast<std::byte>(RedoOp::fill);
  put_u16(at + 1, offset);
  put_u16(at + 3, length);
  at[5] = value;
}

void append_image(std::vector<std::byte>& out, const Page& page) {
  std::size_t end = kPageSize;
  while (end > kPageLsnSize && page.bytes[end - 1] == std::byte{}) --end;
  const std::size_t length = end - kPageLsnSize;
  if (length >= kPackFrom) {
    // Room for a frame that saves a quarter; zstd gives up where that is not enough.
    const std::size_t old = out.size();
    std::byte* at = grow(out, kPackedHeaderSize + length * 3 / 4);
    const std::size_t size =
        ZSTD_compressCCtx(packer(), at + kPackedHeaderSize, length * 3 / 4,
                          page.bytes.data() + kPageLsnSize, length, kPackLevel);
    if (!ZSTD_isError(size)) {
      at[0] = static_cast<std::byte>(RedoOp::packed);
      put_u16(at + 1, length);
      put_u16(at + 3, size);
      out.resize(old + kPackedHeaderSize + size);
      return;
    }
    out.resize(old);
  }
  std::byte* at = grow(out, kImageHeaderSize + length);
  at[0] = static_cast<std::byte>(RedoOp::image);
  put_u16(at + 1, length);
  std::memcpy(at + kImageHeaderSize, page.bytes.data() + kPageLsnSize, length);
}

void seal_record(std::span<std::byte> encoded, Lsn lsn, Lsn prev_page_lsn,
                 bool is_consistency_point) {
  CHECK(encoded.size() >= sizeof(RecordHeader) && encoded.size() <= kMaxRecordLength);
  CHECK(prev_page_lsn < lsn);
  RecordHeader header;
  std::memcpy(&header, encoded.data(), sizeof header);
  header.length = static_cast<std::uint32_t>(encoded.size());
  header.lsn = lsn.value();
  header.prev_page_lsn = prev_page_lsn.value();
  header.flags = static_cast<std::uint8_t>(is_consistency_point ? kConsistencyPoint : 0);
  std::memcpy(encoded.data(), &header, sizeof header);
  const std::uint32_t crc = checksum(encoded);
  std::memcpy(encoded.data(), &crc, sizeof crc);
}

Result<std::optional<RecordView>> RecordReader::next() {
  if (rest_.empty()) return std::optional<RecordView>();
  if (rest_.size() < sizeof(RecordHeader)) return RecordErrc::truncated;
  RecordHeader header;
  std::memcpy(&header, rest_.data(), sizeof header);
  if (header.length < sizeof header || header.length > kMaxRecordLength) {
    return RecordErrc::bad_length;
  }
  if (header.length > rest_.size()) return RecordErrc::truncated;
  const auto encoded = rest_.first(header.length);
  if (checksum(encoded) != header.crc) return RecordErrc::bad_checksum;
  if (!header_is_sound(header, last_lsn_)) return RecordErrc::bad_header;

  RecordView view;
  view.lsn = Lsn(header.lsn);
  view.prev_page_lsn = Lsn(header.prev_page_lsn);
  view.page_no = PageNo{header.page_no};
  view.kind = static_cast<RecordKind>(header.kind);
  view.is_consistency_point = (header.flags & kConsistencyPoint) != 0;
  view.payload = encoded.subspan(sizeof header);
  view.encoded = encoded;
  if (view.kind == RecordKind::page_change) {
    OperationReader operations(view.payload);
    for (;;) {
      auto operation = operations.next();
      if (!operation) return operation.error();
      if (!*operation) break;
    }
  }
  last_lsn_ = view.lsn;
  rest_ = rest_.subspan(header.length);
  return std::optional<RecordView>(view);
}

Result<std::optional<RedoOperation>> OperationReader::next() {
  if (rest_.empty()) return std::optional<RedoOperation>();
  const std::byte* at = rest_.data();
  RedoOperation operation;
  operation.kind = static_cast<RedoOp>(at[0]);
  std::size_t size = 0;
  switch (operation.kind) {
    case RedoOp::write:
      if (rest_.size() < kWriteHeaderSize) return RecordErrc::malformed_operation;
      operation.offset = get_u16(at + 1);
      operation.length = get_u16(at + 3);
      size = kWriteHeaderSize + operation.length;
      if (rest_.size() < size) return RecordErrc::malformed_operation;
      operation.bytes = rest_.subspan(kWriteHeaderSize, operation.length);
      break;
    case RedoOp::move:
      size = kMoveSize;
      if (rest_.size() < size) return RecordErrc::malformed_operation;
      operation.offset = get_u16(at + 1);
      operation.source = get_u16(at + 3);
      operation.length = get_u16(at + 5);
      if (!inside_page(operation.source, operation.length)) return RecordErrc::malformed_operation;
      break;
    case RedoOp::fill:
      size = kFillSize;
      if (rest_.size() < size) return RecordErrc::malformed_operation;
      operation.offset = get_u16(at + 1);
      operation.length = get_u16(at + 3);
      operation.value = at[5];
      break;
    case RedoOp::image:
      if (rest_.size() < kImageHeaderSize) return RecordErrc::malformed_operation;
      operation.offset = kPageLsnSize;
      operation.length = get_u16(at + 1);
      size = kImageHeaderSize + operation.length;
      if (rest_.size() < size) return RecordErrc::malformed_operation;
      operation.bytes = rest_.subspan(kImageHeaderSize, operation.length);
      break;
    case RedoOp::packed: {
      if (rest_.size() < kPackedHeaderSize) return RecordErrc::malformed_operation;
      operation.offset = kPageLsnSize;
      operation.length = get_u16(at + 1);
      const std::size_t packed = get_u16(at + 3);
      size = kPackedHeaderSize + packed;
      if (rest_.size() < size) return RecordErrc::malformed_operation;
      operation.bytes = rest_.subspan(kPackedHeaderSize, packed);
      break;
    }
    default:
      return RecordErrc::malformed_operation;
  }
  if (!inside_page(operation.offset, operation.length)) return RecordErrc::malformed_operation;
  rest_ = rest_.subspan(size);
  return std::optional<RedoOperation>(operation);
}

bool unpack_image(const RedoOperation& operation, std::span<std::byte> into) {
  CHECK(operation.kind == RedoOp::packed && into.size() >= operation.length);
  const std::size_t size =
      ZSTD_decompressDCtx(unpacker(), into.data(), operation.length, operation.bytes.data(),
                          operation.bytes.size());
  return !ZSTD_isError(size) && size == operation.length;
}

}  // namespace wal
