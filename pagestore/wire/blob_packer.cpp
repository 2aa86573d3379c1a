#include "pagestore/blob_packer.h"

#include <zstd.h>

namespace pagestore {
namespace {

constexpr int kLevel = 1;

SharedBytes compress(const std::vector<std::byte>& bytes) {
  std::vector<std::byte> packed(ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size) || size > bytes.size() - bytes.size() / 8) return nullptr;
  packed.resize(size);
  packed.shrink_to_fit();
  return std::make_shared<const std::vector<std::byte>>(std::move(packed));
}

}  // namespace

SharedBytes BlobPacker::pack(const SharedBytes& bytes) {
  if (!bytes || bytes->size() < kMinBytes) return nullptr;
  const std::scoped_lock lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.of.lock() == bytes) return entry.packed;
  }
  Entry& entry = entries_[next_++ % entries_.size()];
  entry = {bytes, compress(*bytes)};
  return entry.packed;
}

SharedBytes unpack_blob(std::span<const std::byte> packed, std::size_t size) {
  // What the frame says of itself first: memory is spent on what it can hold only.
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) return nullptr;
  std::vector<std::byte> bytes(size);
  const std::size_t got = ZSTD_decompress(bytes.data(), size, packed.data(), packed.size());
  if (ZSTD_isError(got) || got != size) return nullptr;
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

}  // namespace pagestore
