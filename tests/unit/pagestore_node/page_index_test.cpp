// Which versions of a shard are stored in chunks, against looking at every one.
#include "page_index.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace pagestore {
namespace {

Version version_of(std::uint64_t lsn, VersionKind kind = VersionKind::record) {
  Version version;
  version.lsn = lsn;
  version.at = {1, 4096};
  version.kind = kind;
  return version;
}

Shard::Unstored counted_one_by_one(const Shard& shard, std::uint64_t lsn) {
  Shard::Unstored count;
  for (std::uint32_t page = 0; page < kShardPages; ++page)
    for (const Version& version : shard.versions(PageNo{page}))
      if (!version.stored()) ++(version.lsn <= lsn ? count.up_to : count.newer);
  return count;
}

TEST(PageIndex, FindsEveryVersionThatNoChunkHolds) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    Shard shard;
    std::uint64_t now = 10;
    std::uint16_t chunk = 0;
    for (int step = 0; step < 2000; ++step) {
      const PageNo page{static_cast<std::uint32_t>(random() % 8)};
      switch (random() % 16) {
        case 0: shard.put(page, version_of(now - random() % 9, VersionKind::page_image)); break;
        case 1: shard.put(page, version_of(now - random() % 9)); break;
        case 2: shard.remove(page, Lsn(now - random() % 9)); break;
        case 3:  // as the collector moves a version
          for (Version& version : shard.change_versions(page))
            if (random() % 8 == 0) version.chunk = Version::kUnstored;
          break;
        case 4: {
          Version stored = version_of(now - random() % 9);
          stored.chunk = 0;
          shard.put(page, stored);
          break;
        }
        case 5: {  // a checkpoint
          const std::uint64_t limit = now - random() % 5;
          const bool merges = random() % 4 == 0;
          const auto expected = counted_one_by_one(shard, limit);
          const auto unstored = shard.count_unstored(limit);
          ASSERT_EQ(unstored.up_to, expected.up_to) << "seed " << seed;
          ASSERT_EQ(unstored.newer, expected.newer) << "seed " << seed;
          std::uint64_t fresh = 0, last_page = 0;
          shard.move_to_chunk(
              ++chunk, merges,
              [&](const Version& version) { return version.stored() ? version.chunk + 1 >= chunk : version.lsn <= limit; },
              [&](std::uint32_t at, const Version& version) {
                EXPECT_GE(at, last_page);
                last_page = at;
                EXPECT_EQ(version.chunk, chunk);
                if (version.lsn <= limit) ++fresh;
              });
          ASSERT_GE(fresh, expected.up_to);
          ASSERT_EQ(counted_one_by_one(shard, limit).up_to, 0u);
          break;
        }
        default: shard.put(page, version_of(++now)); break;
      }
      const auto expected = counted_one_by_one(shard, now);
      ASSERT_EQ(shard.count_unstored(now).up_to, expected.up_to) << "seed " << seed;
    }
  }
}

TEST(PageIndex, TellsWhenWhatIsNotInMemoryMayBeNewer) {
  Shard shard;
  shard.put(PageNo{1}, version_of(20));
  shard.put(PageNo{2}, version_of(30, VersionKind::page_image));
  EXPECT_FALSE(shard.may_hide_newer(PageNo{1}, 10));
  shard.unload();
  EXPECT_TRUE(shard.may_hide_newer(PageNo{1}, 29));
  EXPECT_FALSE(shard.may_hide_newer(PageNo{1}, 30));
  EXPECT_FALSE(shard.may_hide_newer(PageNo{3}, 10));  // nothing is stored of it
  shard.put(PageNo{1}, version_of(25));
  shard.unload();  // what is stored by now, of one that was not in memory
  EXPECT_TRUE(shard.may_hide_newer(PageNo{1}, 29));
  Shard opened;
  opened.begin_unloaded(std::uint64_t{1} << 2, 40);
  EXPECT_TRUE(opened.may_hide_newer(PageNo{2}, 39));
  EXPECT_FALSE(opened.may_hide_newer(PageNo{1}, 39));
  EXPECT_FALSE(opened.may_hide_newer(PageNo{2}, 40));
  opened.complete(shard);
  EXPECT_FALSE(opened.may_hide_newer(PageNo{2}, 39));
}

}  // namespace
}  // namespace pagestore
