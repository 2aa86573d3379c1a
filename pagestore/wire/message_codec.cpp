#include "pagestore/message_codec.h"

#include <optional>
#include <type_traits>
#include <variant>

#include "message_fields.h"
#include "pagestore/frame.h"
#include "pagestore/wire_errc.h"
#include "wire_reader.h"
#include "wire_writer.h"

namespace pagestore {
namespace {

// The table of kinds. Numbers are never reused.
template <typename Message>
inline constexpr std::uint32_t kKind = 0;

template <> inline constexpr std::uint32_t kKind<AppendLog> = 32;
template <> inline constexpr std::uint32_t kKind<ReadPage> = 33;
template <> inline constexpr std::uint32_t kKind<Seal> = 34;
template <> inline constexpr std::uint32_t kKind<Truncate> = 35;
template <> inline constexpr std::uint32_t kKind<FetchLog> = 36;
template <> inline constexpr std::uint32_t kKind<CreateTimeline> = 37;
template <> inline constexpr std::uint32_t kKind<DropTimeline> = 38;
template <> inline constexpr std::uint32_t kKind<GrantHorizon> = 39;
template <> inline constexpr std::uint32_t kKind<RepairPage> = 40;
template <> inline constexpr std::uint32_t kKind<GetStatus> = 41;
template <> inline constexpr std::uint32_t kKind<GetChanges> = 42;
template <> inline constexpr std::uint32_t kKind<FetchTruncations> = 43;
template <> inline constexpr std::uint32_t kKind<ReadSegment> = 44;
template <> inline constexpr std::uint32_t kKind<FindChanges> = 45;
template <> inline constexpr std::uint32_t kKind<GetPageSums> = 46;

template <> inline constexpr std::uint32_t kKind<AppendAck> = 128;
template <> inline constexpr std::uint32_t kKind<PageContents> = 129;
template <> inline constexpr std::uint32_t kKind<SealAck> = 130;
template <> inline constexpr std::uint32_t kKind<LogParts> = 131;
template <> inline constexpr std::uint32_t kKind<Done> = 132;
template <> inline constexpr std::uint32_t kKind<NodeStatus> = 133;
template <> inline constexpr std::uint32_t kKind<Refusal> = 134;
template <> inline constexpr std::uint32_t kKind<Changes> = 135;
template <> inline constexpr std::uint32_t kKind<Truncations> = 136;
template <> inline constexpr std::uint32_t kKind<SegmentPages> = 137;
template <> inline constexpr std::uint32_t kKind<ChangedPages> = 138;
template <> inline constexpr std::uint32_t kKind<PageSums> = 139;

template <typename Variant>
wal::Result<WireBytes> encode_any(const Variant& message, std::uint64_t id, BlobPacker* packer) {
  return std::visit(
      [&]<typename Message>(const Message& alternative) -> wal::Result<WireBytes> {
        static_assert(kKind<Message> != 0, "a kind for the message is missing above");
        WireWriter writer(kFrameHeaderBytes, packer);
        writer(alternative);
        WireBytes frame = writer.take();
        if (frame.size() - kFrameHeaderBytes > kFrameBodyMax) return WireErrc::too_long;
        seal_frame(kKind<Message>, id, frame);
        return frame;
      },
      message);
}

template <typename Message, typename Variant>
bool decode_as(std::uint32_t kind, std::span<const std::byte> body,
               std::optional<wal::Result<Variant>>& decoded) {
  if (kind != kKind<Message>) return false;
  Message message{};
  WireReader reader(body);
  reader(message);
  decoded = reader.complete() ? wal::Result<Variant>(std::move(message))
                              : wal::Result<Variant>(WireErrc::malformed);
  return true;
}

template <typename... Messages>
wal::Result<std::variant<Messages...>> decode_any(std::uint32_t kind,
                                                  std::span<const std::byte> body,
                                                  std::type_identity<std::variant<Messages...>>) {
  std::optional<wal::Result<std::variant<Messages...>>> decoded;
  (void)(decode_as<Messages>(kind, body, decoded) || ...);
  if (!decoded) return WireErrc::unknown_kind;
  return *std::move(decoded);
}

}  // namespace

wal::Result<WireBytes> encode(const Request& request, std::uint64_t id, BlobPacker* packer) {
  return encode_any(request, id, packer);
}

wal::Result<WireBytes> encode(const Response& response, std::uint64_t id, BlobPacker* packer) {
  return encode_any(response, id, packer);
}

wal::Result<Request> decode_request(std::uint32_t kind, std::span<const std::byte> body) {
  return decode_any(kind, body, std::type_identity<Request>());
}

wal::Result<Response> decode_response(std::uint32_t kind, std::span<const std::byte> body) {
  return decode_any(kind, body, std::type_identity<Response>());
}

}  // namespace pagestore
