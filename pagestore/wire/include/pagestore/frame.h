// Frames: what makes a stream of bytes a sequence of messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "pagestore/wire_bytes.h"
#include "wal/result.h"

namespace pagestore {

// Every frame, little-endian:
//   0  u32  bytes of the body
//   4  u32  CRC-32C of bytes 8..19 and the body, continued over bytes 0..3
//   8  u32  kind: message_codec.h and handshake.h have the numbers
//   12 u64  request id: the sender's choice in a request, the same in its answer
//   20      body
inline constexpr std::size_t kFrameHeaderBytes = 20;

// A body is no longer. (The log's parts, a fetch's answer and a list of all timelines stay well
// below.)
inline constexpr std::size_t kFrameBodyMax = std::size_t{64} << 20;
// Before the peer is known.
inline constexpr std::size_t kHandshakeBodyMax = std::size_t{64} << 10;

struct FrameHeader {
  std::uint32_t body_bytes = 0;
  std::uint32_t crc = 0;
  std::uint32_t kind = 0;
  std::uint64_t id = 0;
};

// Fills in the first kFrameHeaderBytes of `frame`, whose rest is the body (at most kFrameBodyMax).
void seal_frame(std::uint32_t kind, std::uint64_t id, WireBytes& frame);

// The header at the front of `bytes`; nullopt: not there yet. Errors: too_long.
wal::Result<std::optional<FrameHeader>> read_frame_header(std::span<const std::byte> bytes,
                                                          std::size_t body_max);
// Whether the frame arrived as it was sent. `body` has header.body_bytes.
bool is_intact(const FrameHeader& header, std::span<const std::byte> body);

}  // namespace pagestore
