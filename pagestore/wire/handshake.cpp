#include "pagestore/handshake.h"

#include <fmt/format.h>

#include "message_fields.h"
#include "pagestore/frame.h"
#include "pagestore/message_codec.h"
#include "pagestore/placement.h"
#include "pagestore/wire_errc.h"
#include "wire_reader.h"
#include "wire_writer.h"

namespace pagestore {

constexpr std::uint32_t kMagic = 0x54585332;  // never changes
constexpr std::uint32_t kTailBit = 4;
static_assert(static_cast<std::uint32_t>(MemberRole::leaving) < kTailBit);

void fields(auto& wire, Of<ClusterId> auto& m) { wire(m.words[0], m.words[1]); }
void fields(auto& wire, Of<ClusterMember> auto& m) {
  // In one byte, so that what was written before there were tails reads as it did.
  auto place = static_cast<std::uint32_t>(m.role) | (m.kind == SegmentKind::tail ? kTailBit : 0);
  wire(m.name, m.zone, m.address, place, m.replaces);
  const auto role = static_cast<MemberRole>(place & ~kTailBit);
  wire.check(place < 2 * kTailBit && role <= MemberRole::leaving);
  if constexpr (!std::is_const_v<std::remove_reference_t<decltype(m)>>) {
    m.role = role;
    m.kind = (place & kTailBit) != 0 ? SegmentKind::tail : SegmentKind::full;
  }
}
void fields(auto& wire, Of<GroupSet> auto& m) { wire(m.nodes, m.leaves, m.joins, m.counts_both); }
// Without its sets, which come last of all: a record of one set is stored as it was before there were more.
void fields(auto& wire, Of<ClusterRecord> auto& m) {
  wire(m.id, m.generation, m.founded, m.writer, m.membership, m.members);
}
void fields(auto& wire, Of<RecordVersion> auto& m) { wire(m.generation, m.membership); }
void fields(auto& wire, Of<Hello> auto& m) {
  std::uint32_t magic = kMagic;
  wire(magic, m.version_min, m.version_max, m.name);
  wire.check(magic == kMagic);
}
void fields(auto& wire, Of<Welcome> auto& m) {
  wire(m.version, m.name, m.zone, m.cluster, m.kind, m.cluster.sets);
  wire.check(m.cluster.sets.size() <= kSetsMax);
  check_kind(wire, m.kind);
}
void fields(auto& wire, Of<Adopt> auto& m) {
  wire(m.cluster, m.seen, m.cluster.sets, m.is_settled);
  wire.check(m.cluster.sets.size() <= kSetsMax);
}
void fields(auto&, Of<Adopted> auto&) {}
void fields(auto& wire, Of<Join> auto& m) { wire(m.cluster); }
void fields(auto& wire, Of<Rejected> auto& m) {
  wire(m.reason, m.detail);
  wire.check(m.reason <= RejectReason::outdated);
}
void fields(auto&, Of<Ping> auto&) {}
void fields(auto&, Of<Pong> auto&) {}

namespace {

template <typename Message>
inline constexpr std::uint32_t kHandshakeKind = 0;
template <> inline constexpr std::uint32_t kHandshakeKind<Hello> = 1;  // never changes
template <> inline constexpr std::uint32_t kHandshakeKind<Welcome> = 2;
template <> inline constexpr std::uint32_t kHandshakeKind<Adopt> = 3;
template <> inline constexpr std::uint32_t kHandshakeKind<Adopted> = 4;
template <> inline constexpr std::uint32_t kHandshakeKind<Rejected> = 5;
template <> inline constexpr std::uint32_t kHandshakeKind<Ping> = 6;
template <> inline constexpr std::uint32_t kHandshakeKind<Pong> = 7;
template <> inline constexpr std::uint32_t kHandshakeKind<Join> = 8;

template <typename Message>
wal::Result<Handshake> decode_as(std::span<const std::byte> body) {
  Message message{};
  WireReader reader(body);
  reader(message);
  // A later version may say more in its Hello.
  if (std::is_same_v<Message, Hello> ? !reader.ok() : !reader.complete()) {
    return std::is_same_v<Message, Hello> ? WireErrc::not_sextant : WireErrc::malformed;
  }
  return Handshake(std::move(message));
}

}  // namespace

const char* describe(SegmentKind kind) {
  return kind == SegmentKind::full ? "log and pages" : "log alone";
}

std::string show(const ClusterId& id) {
  return fmt::format("{:016x}{:016x}", id.words[0], id.words[1]);
}

WireBytes encode(const Handshake& message) {
  return std::visit(
      []<typename Message>(const Message& alternative) {
        WireWriter writer(kFrameHeaderBytes, nullptr);
        writer(alternative);
        WireBytes frame = writer.take();
        seal_frame(kHandshakeKind<Message>, 0, frame);
        return frame;
      },
      message);
}

bool is_handshake(std::uint32_t kind) { return kind < kFirstRequestKind; }

wal::Result<Handshake> decode_handshake(std::uint32_t kind, std::span<const std::byte> body) {
  switch (kind) {
    case kHandshakeKind<Hello>: return decode_as<Hello>(body);
    case kHandshakeKind<Welcome>: return decode_as<Welcome>(body);
    case kHandshakeKind<Adopt>: return decode_as<Adopt>(body);
    case kHandshakeKind<Adopted>: return decode_as<Adopted>(body);
    case kHandshakeKind<Rejected>: return decode_as<Rejected>(body);
    case kHandshakeKind<Ping>: return decode_as<Ping>(body);
    case kHandshakeKind<Pong>: return decode_as<Pong>(body);
    case kHandshakeKind<Join>: return decode_as<Join>(body);
    default: return WireErrc::unknown_kind;
  }
}

std::vector<std::byte> encode_record(const ClusterRecord& record) {
  WireWriter writer(0, nullptr);
  writer(record);
  if (!record.sets.empty()) writer(record.sets);
  return writer.take().head;
}

wal::Result<ClusterRecord> decode_record(std::span<const std::byte> bytes) {
  ClusterRecord record;
  WireReader reader(bytes);
  reader(record);
  if (reader.ok() && !reader.complete()) {
    reader(record.sets);
    reader.check(!record.sets.empty() && record.sets.size() <= kSetsMax);
  }
  if (!reader.complete()) return WireErrc::malformed;
  return record;
}

}  // namespace pagestore
