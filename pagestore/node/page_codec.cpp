#include "page_codec.h"

#include <zstd.h>

#include "wal/check.h"

namespace pagestore {
namespace {

// Level 1: images are written often and read seldom.
constexpr int kLevel = 1;

}  // namespace

struct PageCodec::Contexts {
  ZSTD_CCtx* compress = nullptr;
  ZSTD_DCtx* decompress = nullptr;
  ~Contexts() {
    ZSTD_freeCCtx(compress);
    ZSTD_freeDCtx(decompress);
  }
};

PageCodec::PageCodec() : contexts_(std::make_unique<Contexts>()) {}
PageCodec::~PageCodec() = default;

std::vector<std::byte> PageCodec::compress(const wal::Page& page) {
  if (contexts_->compress == nullptr) contexts_->compress = ZSTD_createCCtx();
  std::vector<std::byte> out(ZSTD_compressBound(wal::kPageSize));
  const std::size_t size = ZSTD_compressCCtx(contexts_->compress, out.data(), out.size(),
                                             page.bytes.data(), wal::kPageSize, kLevel);
  CHECK(!ZSTD_isError(size));
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

bool PageCodec::decompress(std::span<const std::byte> bytes, wal::Page& page) {
  if (contexts_->decompress == nullptr) contexts_->decompress = ZSTD_createDCtx();
  const std::size_t size = ZSTD_decompressDCtx(contexts_->decompress, page.bytes.data(),
                                               wal::kPageSize, bytes.data(), bytes.size());
  return !ZSTD_isError(size) && size == wal::kPageSize;
}

}  // namespace pagestore
