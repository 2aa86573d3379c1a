// Bump allocation for values that all die together: a batch, a statement, a plan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace types {

// Pointers stay valid until reset() or destruction. Destructors are not run: only trivially
// destructible things live here. Not thread-safe. reset() keeps one block, so an arena that is
// reset between batches does not allocate.
class Arena {
 public:
  explicit Arena(std::size_t first_block_bytes = 4096);
  ~Arena();
  Arena(Arena&&) noexcept;
  Arena& operator=(Arena&&) noexcept;

  void* allocate(std::size_t bytes, std::size_t alignment = 8) {
    std::uintptr_t start = (next_ + alignment - 1) & ~(alignment - 1);
    if (start + bytes > end_) [[unlikely]]
      return allocate_slow(bytes, alignment);
    next_ = start + bytes;
    return reinterpret_cast<void*>(start);
  }

  template <typename T>
    requires std::is_trivially_destructible_v<T>
  T* allocate_array(std::size_t count) {
    return static_cast<T*>(allocate(sizeof(T) * count, alignof(T)));
  }

  // Copies the bytes in; the view points into the arena.
  std::string_view copy(std::string_view bytes);

  void reset();

  // Bytes held from the heap: what work_mem counts.
  std::size_t footprint() const { return footprint_; }

 private:
  void* allocate_slow(std::size_t bytes, std::size_t alignment);

  std::uintptr_t next_ = 0;
  std::uintptr_t end_ = 0;
  std::size_t first_block_bytes_;
  std::size_t footprint_ = 0;
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  std::vector<Block> blocks_;
};

}  // namespace types
