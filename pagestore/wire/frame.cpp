#include "pagestore/frame.h"

#include <bit>
#include <cstring>

#include "pagestore/wire_errc.h"
#include "wal/check.h"
#include "wal/crc32c.h"

namespace pagestore {
namespace {

static_assert(std::endian::native == std::endian::little);
constexpr std::size_t kLengthAt = 0, kCrcAt = 4, kKindAt = 8, kIdAt = 12;

template <typename T>
void store(std::span<std::byte> header, std::size_t at, T value) {
  std::memcpy(header.data() + at, &value, sizeof value);
}

template <typename T>
T load(std::span<const std::byte> header, std::size_t at) {
  T value;
  std::memcpy(&value, header.data() + at, sizeof value);
  return value;
}

}  // namespace

void seal_frame(std::uint32_t kind, std::uint64_t id, WireBytes& frame) {
  const std::size_t body = frame.size() - kFrameHeaderBytes;
  CHECK(body <= kFrameBodyMax);
  const std::span header(frame.head.data(), kFrameHeaderBytes);
  store(header, kLengthAt, static_cast<std::uint32_t>(body));
  store(header, kKindAt, kind);
  store(header, kIdAt, id);
  std::uint32_t crc = 0;
  frame.each(kKindAt, [&](std::span<const std::byte> bytes) { crc = wal::crc32c(bytes, crc); });
  crc = wal::crc32c(header.first(kCrcAt), crc);
  store(header, kCrcAt, crc);
}

wal::Result<std::optional<FrameHeader>> read_frame_header(std::span<const std::byte> bytes,
                                                          std::size_t body_max) {
  if (bytes.size() < kFrameHeaderBytes) return std::optional<FrameHeader>();
  FrameHeader header{.body_bytes = load<std::uint32_t>(bytes, kLengthAt),
                     .crc = load<std::uint32_t>(bytes, kCrcAt),
                     .kind = load<std::uint32_t>(bytes, kKindAt),
                     .id = load<std::uint64_t>(bytes, kIdAt)};
  if (header.body_bytes > body_max) return WireErrc::too_long;
  return std::optional(header);
}

bool is_intact(const FrameHeader& header, std::span<const std::byte> body) {
  std::byte bytes[kFrameHeaderBytes];
  store<std::uint32_t>(bytes, kLengthAt, header.body_bytes);
  store(bytes, kKindAt, header.kind);
  store(bytes, kIdAt, header.id);
  const std::span all(bytes);
  std::uint32_t crc = wal::crc32c(all.subspan(kKindAt));
  crc = wal::crc32c(body, crc);
  return wal::crc32c(all.first(kCrcAt), crc) == header.crc;
}

}  // namespace pagestore
