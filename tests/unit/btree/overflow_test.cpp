#include "btree/overflow.h"

#include <gtest/gtest.h>

#include <random>

#include "btree/errc.h"
#include "fixture.h"

namespace btree::testing {
namespace {

using wal::testing::MemoryVolume;

std::string noise(std::size_t size) {
  std::mt19937_64 random(size);
  std::string result(size, '\0');
  for (char& c : result) c = static_cast<char>(random());
  return result;
}

TEST(Overflow, ReturnsWhatWasWrittenAndFreesItsPages) {
  MemoryVolume memory;
  Life life(memory);
  static_cast<void>(Tree::create(*life.space));
  const std::uint64_t used = life.space->used_pages();
  for (const std::string& value :
       {std::string("x"), noise(8168), noise(8169), noise(300000), std::string(5 << 20, 'a'),
        noise(100) + std::string(100000, 'b')}) {
    SCOPED_TRACE(value.size());
    const OverflowRef ref = write_overflow(*life.space, bytes_of(value));
    EXPECT_EQ(ref.size, value.size());
    std::vector<std::byte> read;
    read_overflow(*life.paged, ref, read);
    EXPECT_EQ(text_of(read), value);
    {
      Life next(memory);
      read_overflow(*next.paged, ref, read);
      EXPECT_EQ(text_of(read), value);
    }
    EXPECT_GT(life.space->used_pages(), used);
    free_overflow(*life.space, ref);
    EXPECT_EQ(life.space->used_pages(), used);
  }
}

TEST(Overflow, CompressesWhatIsWorthIt) {
  MemoryVolume memory;
  Life life(memory);
  EXPECT_LT(write_overflow(*life.space, bytes_of(std::string(100000, 'a'))).stored_size, 1000u);
  EXPECT_EQ(write_overflow(*life.space, bytes_of(noise(100000))).stored_size, 100000u);
}

TEST(Overflow, ReportsADamagedReference) {
  MemoryVolume memory;
  Life life(memory);
  const OverflowRef good = write_overflow(*life.space, bytes_of(noise(20000)));
  std::vector<std::byte> read;
  for (OverflowRef bad :
       {OverflowRef{0, 0, 20000, 20000}, OverflowRef{good.first_page, 0, 20000, 15000},
        OverflowRef{good.first_page, 0, 30000, 30000},
        OverflowRef{good.first_page, 0, 40000, 20000}}) {
    EXPECT_THROW(read_overflow(*life.paged, bad, read), buffer::PageError);
  }
}

}  // namespace
}  // namespace btree::testing
