// Any bytes as a message of any kind: refused, or a message that is the same again when it is sent on.
#include <cstring>
#include <vector>

#include "pagestore/frame.h"
#include "pagestore/handshake.h"
#include "pagestore/message_codec.h"
#include "wal/check.h"

namespace {

using namespace pagestore;

std::vector<std::byte> flat(const WireBytes& frame) {
  std::vector<std::byte> bytes;
  frame.each(0, [&](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  });
  return bytes;
}

std::vector<std::byte> sent(const Request& message) { return flat(encode(message, 1).value()); }
std::vector<std::byte> sent(const Response& message) { return flat(encode(message, 1).value()); }
std::vector<std::byte> sent(const Handshake& message) { return flat(encode(message)); }

template <typename Decode>
void check(std::uint32_t kind, std::span<const std::byte> body, Decode decode) {
  const auto message = decode(kind, body);
  if (!message) return;
  const auto frame = sent(*message);
  const auto header = read_frame_header(frame, kFrameBodyMax).value().value();
  const auto again_body = std::span(frame).subspan(kFrameHeaderBytes);
  CHECK(header.kind == kind);
  CHECK(is_intact(header, again_body));
  const auto again = decode(kind, again_body);
  CHECK(again.has_value());
  CHECK(sent(*again) == frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto input = std::as_bytes(std::span(data, size));
  (void)decode_record(input);
  if (const auto header = read_frame_header(input, size); header && *header) {
    const auto rest = input.subspan(kFrameHeaderBytes);
    if ((*header)->body_bytes <= rest.size()) {
      (void)is_intact(**header, rest.first((*header)->body_bytes));
    }
  }
  const std::uint32_t kind = data[0];
  const auto body = input.subspan(1);
  check(kind % 9, body, decode_handshake);
  check(kFirstRequestKind + kind % 16, body, decode_request);
  check(kFirstResponseKind + kind % 13, body, decode_response);
  return 0;
}
