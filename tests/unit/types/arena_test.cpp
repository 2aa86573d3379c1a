#include "types/arena.h"

#include <cstring>

#include <gtest/gtest.h>

namespace types {
namespace {

TEST(Arena, KeepsValuesApartAndAligned) {
  Arena arena(64);
  char* a = static_cast<char*>(arena.allocate(10, 1));
  auto* b = arena.allocate_array<std::uint64_t>(100);
  std::memset(a, 1, 10);
  std::memset(b, 2, 800);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b) % 8, 0U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a[i], 1);
}

TEST(Arena, CopyOutlivesItsSource) {
  Arena arena;
  std::string_view copy;
  {
    std::string text = "a text longer than the small string buffer of the standard library";
    copy = arena.copy(text);
    text.assign(text.size(), 'x');
  }
  EXPECT_EQ(copy.substr(0, 6), "a text");
}

TEST(Arena, ResetReusesTheLargestBlock) {
  Arena arena(64);
  for (int i = 0; i < 100; ++i) arena.allocate(100);
  arena.reset();
  std::size_t kept = arena.footprint();
  for (int round = 0; round < 10; ++round) {
    arena.reset();
    arena.allocate(1000);
    EXPECT_EQ(arena.footprint(), kept);
  }
}

}  // namespace
}  // namespace types
