// What every object of an archive looks like on the outside: compressed, checked, and encrypted
// when there is a key. Layout: docs/formats.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace archive {

// For AES-256-GCM.
struct Key {
  std::array<unsigned char, 32> bytes;
};

// 32 bytes, or 64 hexadecimal digits. ArchiveError (usage).
Key read_key_file(const std::string& path);

enum class ObjectKind : std::uint32_t { manifest = 1, pages = 2, log = 3 };

// Bounds that nothing exceeds: what is longer is damaged.
inline constexpr std::size_t kBodyBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t kObjectBytesMax = kBodyBytesMax + (std::size_t{1} << 20);

struct SealedHeader {
  char magic[8];             // "SXTARC01"
  std::uint32_t kind;        // ObjectKind
  std::uint32_t flags;       // 1: encrypted
  std::uint64_t body_bytes;  // of the body when it is unpacked
  std::uint64_t payload_bytes;
  unsigned char nonce[12];   // encrypted: random; else zeros
  unsigned char tag[16];
  std::uint32_t crc;         // CRC32C of the header before it, then of the payload
};
static_assert(sizeof(SealedHeader) == 64);
static_assert(std::has_unique_object_representations_v<SealedHeader>);

// `name` is the object's: an object under another one's name does not open.
std::vector<std::byte> seal(ObjectKind kind, std::string_view name, std::span<const std::byte> body,
                            const Key* key);
// The body. ArchiveError: damaged; key.
std::vector<std::byte> open(ObjectKind kind, std::string_view name, std::span<const std::byte> object,
                            const Key* key);

}  // namespace archive
