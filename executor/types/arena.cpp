#include "types/arena.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace types {

Arena::Arena(std::size_t first_block_bytes) : first_block_bytes_(first_block_bytes) {}

Arena::~Arena() = default;

Arena::Arena(Arena&& other) noexcept
    : next_(std::exchange(other.next_, 0)),
      end_(std::exchange(other.end_, 0)),
      first_block_bytes_(other.first_block_bytes_),
      footprint_(std::exchange(other.footprint_, 0)),
      blocks_(std::move(other.blocks_)) {
  other.blocks_.clear();
}

Arena& Arena::operator=(Arena&& other) noexcept {
  if (this != &other) {
    next_ = std::exchange(other.next_, 0);
    end_ = std::exchange(other.end_, 0);
    first_block_bytes_ = other.first_block_bytes_;
    footprint_ = std::exchange(other.footprint_, 0);
    blocks_ = std::move(other.blocks_);
    other.blocks_.clear();
  }
  return *this;
}

void* Arena::allocate_slow(std::size_t bytes, std::size_t alignment) {
  // Doubling keeps the number of blocks logarithmic; a single large value does not inflate the
  // blocks that follow it beyond 1 MiB.
  constexpr std::size_t kLargestStep = 1U << 20;
  std::size_t size = blocks_.empty() ? first_block_bytes_
                                     : std::min(blocks_.back().size * 2, kLargestStep);
  size = std::max(size, bytes + alignment);
  blocks_.push_back({std::unique_ptr<std::byte[]>(new std::byte[size]), size});
  footprint_ += size;
  next_ = reinterpret_cast<std::uintptr_t>(blocks_.back().bytes.get());
  end_ = next_ + size;
  std::uintptr_t start = (next_ + alignment - 1) & ~(alignment - 1);
  next_ = start + bytes;
  return reinterpret_cast<void*>(start);
}

std::string_view Arena::copy(std::string_view bytes) {
  if (bytes.empty()) return {"", 0};
  auto* target = static_cast<char*>(allocate(bytes.size(), 1));
  std::memcpy(target, bytes.data(), bytes.size());
  return {target, bytes.size()};
}

void Arena::reset() {
  if (blocks_.empty()) return;
  // The last block is the largest of the doubling sequence.
  if (blocks_.size() > 1) {
    std::swap(blocks_.front(), blocks_.back());
    blocks_.resize(1);
  }
  footprint_ = blocks_.front().size;
  next_ = reinterpret_cast<std::uintptr_t>(blocks_.front().bytes.get());
  end_ = next_ + blocks_.front().size;
}

}  // namespace types
