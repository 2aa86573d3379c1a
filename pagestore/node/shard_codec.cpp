#include "shard_codec.h"

#include "byte_codec.h"

namespace pagestore {
namespace {

// First byte of a version: its kind, and whether `prev` is the lsn of the version before it.
constexpr std::uint8_t kKindMask = 0x03;
constexpr std::uint8_t kFollows = 0x04;

std::int64_t minus(std::uint64_t a, std::uint64_t b) { return static_cast<std::int64_t>(a - b); }
std::uint64_t plus(std::uint64_t a, std::int64_t b) { return a + static_cast<std::uint64_t>(b); }

}  // namespace

std::vector<std::byte> encode_versions(const ChosenVersions& chosen) {
  ByteWriter out;
  constexpr std::size_t kUsualBytes = 8;  // of a version
  out.reserve(chosen.versions.size() * kUsualBytes);
  out.number(chosen.pages.size());
  // Each field as its difference to the version before, over page borders: what stands in a shard
  // was mostly written together.
  Version last;
  const Version* next = chosen.versions.data();
  for (const auto& [page, count] : chosen.pages) {
    out.u8(static_cast<std::uint8_t>(page));
    out.number(count);
    std::uint64_t before = 0;  // lsn of the page's version before
    for (const Version* const end = next + count; next != end; ++next) {
      const Version& version = *next;
      const bool follows = version.prev == before;
      out.u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(version.kind) |
                                       (follows ? kFollows : 0)));
      out.difference(minus(version.lsn, last.lsn));
      if (!follows) out.difference(minus(version.prev, version.lsn));
      out.difference(minus(version.at.packed(), last.at.packed()));
      out.number(version.length);
      before = version.lsn;
      last = version;
    }
  }
  return out.take();
}

bool decode_shard(std::span<const std::byte> body, std::uint16_t chunk, Shard& shard) {
  ByteReader in(body);
  Version last;
  for (std::uint64_t pages = in.count(); pages > 0 && in.ok(); --pages) {
    const std::uint32_t page = in.u8();
    if (page >= kShardPages) return false;
    std::uint64_t before = 0;
    for (std::uint64_t count = in.count(); count > 0 && in.ok(); --count) {
      const std::uint8_t first = in.u8();
      const std::uint8_t kind = first & kKindMask;
      if (kind == 0 || (first & ~(kKindMask | kFollows)) != 0) return false;
      Version version;
      version.kind = static_cast<VersionKind>(kind);
      version.lsn = plus(last.lsn, in.difference());
      version.prev = (first & kFollows) != 0 ? before : plus(version.lsn, in.difference());
      version.at = LogPosition::unpacked(plus(last.at.packed(), in.difference()));
      const std::uint64_t length = in.number();
      if (length > ~std::uint32_t{0} || !version.at) return false;
      version.length = static_cast<std::uint32_t>(length);
      version.chunk = chunk;
      if (!in.ok()) return false;
      shard.put(PageNo{page}, version);
      before = version.lsn;
      last = version;
    }
  }
  return in.complete();
}

}  // namespace pagestore
