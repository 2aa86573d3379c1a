// Page images as the log stores them: zstd frames.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "wal/page.h"

namespace pagestore {

// Keeps the contexts: making one costs more than an image.
class PageCodec {
 public:
  PageCodec();
  ~PageCodec();
  PageCodec(const PageCodec&) = delete;
  PageCodec& operator=(const PageCodec&) = delete;

  std::vector<std::byte> compress(const wal::Page& page);
  // False when `bytes` is not exactly one page.
  [[nodiscard]] bool decompress(std::span<const std::byte> bytes, wal::Page& page);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace pagestore
