// Compresses what is sent to six nodes once.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "pagestore/messages.h"

namespace pagestore {

// Thread-safe. Remembers the last few results by whose bytes they are of.
class BlobPacker {
 public:
  // Shorter ones cost more in time than they save.
  static constexpr std::size_t kMinBytes = 16 * 1024;

  // One zstd frame, or null when it would not be shorter by at least an eighth.
  SharedBytes pack(const SharedBytes& bytes);

 private:
  struct Entry {
    std::weak_ptr<const std::vector<std::byte>> of;
    SharedBytes packed;
  };
  std::mutex mutex_;  // guards the rest; held while compressing, for the others want the same
  std::array<Entry, 8> entries_;
  std::size_t next_ = 0;
};

// The bytes a zstd frame stands for; null when it is not one of exactly `size` bytes.
SharedBytes unpack_blob(std::span<const std::byte> packed, std::size_t size);

}  // namespace pagestore
