// Requests and answers of messages.h as frames.
//
// A kind of message is one field list and one line in the table of kinds, both in
// message_codec.cpp; one that lacks either does not compile.
#pragma once

#include <cstdint>
#include <span>

#include "pagestore/blob_packer.h"
#include "pagestore/messages.h"
#include "pagestore/wire_bytes.h"
#include "wal/result.h"

namespace pagestore {

// Kinds below this are the handshake's (handshake.h).
inline constexpr std::uint32_t kFirstRequestKind = 32;
inline constexpr std::uint32_t kFirstResponseKind = 128;

// Whole frames. Large blobs are shared with the message, not copied; with a packer, long ones are
// compressed when that is worth it. Error: too_long (kFrameBodyMax).
wal::Result<WireBytes> encode(const Request& request, std::uint64_t id, BlobPacker* packer = nullptr);
wal::Result<WireBytes> encode(const Response& response, std::uint64_t id,
                              BlobPacker* packer = nullptr);

// Errors: unknown_kind, malformed. The bytes may be anything.
wal::Result<Request> decode_request(std::uint32_t kind, std::span<const std::byte> body);
wal::Result<Response> decode_response(std::uint32_t kind, std::span<const std::byte> body);

}  // namespace pagestore
