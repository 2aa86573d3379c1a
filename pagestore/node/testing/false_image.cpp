#include "pagestore/testing/false_image.h"

#include <array>
#include <cstring>
#include <span>

#include "log_entry.h"
#include "page_codec.h"
#include "wal/page.h"

namespace pagestore::testing {
namespace {

// The generator polynomial itself as bits of the stream, lowest bit of a byte first: whatever it is added
// to keeps its CRC32C.
constexpr std::uint32_t kPolynomial = 0x1EDC6F41;  // x^31 down to x^0; x^32 goes before
constexpr std::array<std::byte, 5> pattern() {
  std::array<std::byte, 5> bytes{};
  bytes[0] = std::byte{1};
  for (unsigned i = 0; i < 32; ++i) {
    if ((kPolynomial >> (31 - i)) & 1) bytes[(i + 1) / 8] |= std::byte{1} << ((i + 1) % 8);
  }
  return bytes;
}
constexpr std::array<std::byte, 5> kInvisible = pattern();

void add(std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < kInvisible.size(); ++i) bytes[i] ^= kInvisible[i];
}

// Whether the image shows another page under the same header now.
bool falsify(std::span<std::byte> body, PageCodec& codec, std::mt19937_64& random) {
  wal::Page before, after;
  if (body.size() < 2 * kInvisible.size() || !codec.decompress(body, before)) return false;
  for (int attempt = 0; attempt < 200; ++attempt) {
    const std::size_t at = random() % (body.size() - kInvisible.size());
    add(body.subspan(at));
    if (codec.decompress(body, after) && std::memcmp(&before, &after, sizeof before) != 0 &&
        std::memcmp(&before, &after, sizeof(wal::PageHeader)) == 0) {
      return true;
    }
    add(body.subspan(at));
  }
  return false;
}

}  // namespace

std::size_t falsify_images(MemoryDisk& disk, std::mt19937_64& random, std::size_t one_in) {
  PageCodec codec;
  std::size_t changed = 0;
  for (const auto& file : disk.extent_files()) {
    auto& bytes = disk.content(file.file);
    for (std::size_t at = 0; at + sizeof(EntryHeader) <= bytes.size();) {
      EntryHeader header;
      std::memcpy(&header, bytes.data() + at, sizeof header);
      const LogPosition position = LogPosition::unpacked(header.position);
      const auto entry = read_entry(std::span<const std::byte>(bytes).subspan(at), position);
      if (!entry || position.offset != at) break;
      if (entry->kind() == EntryKind::page_image && random() % one_in == 0) {
        const std::size_t fixed = sizeof(EntryHeader) + sizeof(ImageHeader);
        const auto body = std::span(bytes).subspan(at + fixed, header.length - sizeof(ImageHeader));
        changed += falsify(body, codec, random) ? 1 : 0;
      }
      at += entry_size(header.length);
    }
  }
  return changed;
}

}  // namespace pagestore::testing
