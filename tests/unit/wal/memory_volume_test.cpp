#include "wal/testing/memory_volume.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "wal/mini_transaction.h"

namespace wal::testing {
namespace {

std::unique_ptr<Page> formatted(MemoryVolume& volume, std::uint32_t number) {
  auto page = std::make_unique<Page>();
  page->header().page_no = number;
  MiniTransaction mtr(volume);
  mtr.image(*page);
  mtr.commit();
  return page;
}

Lsn put(MemoryVolume& volume, Page& page, std::uint32_t value) {
  MiniTransaction mtr(volume);
  mtr.put(page, 100, value);
  return mtr.commit();
}

std::uint32_t value_in(MemoryVolume& volume, std::uint32_t number) {
  Page page;
  EXPECT_TRUE(volume.read_page(PageNo{number}, kNoLsn, page).has_value());
  std::uint32_t value;
  std::memcpy(&value, page.bytes.data() + 100, sizeof value);
  return value;
}

TEST(MemoryVolume, APageNeverWrittenReadsAsZeros) {
  MemoryVolume volume;
  Page page;
  page.bytes.fill(std::byte{0xff});
  ASSERT_TRUE(volume.read_page(PageNo{5}, kNoLsn, page).has_value());
  EXPECT_EQ(page.bytes, Page{}.bytes);
}

TEST(MemoryVolume, ReopenKeepsWholeMiniTransactionsAtOrBelowTheCrashPoint) {
  MemoryVolume volume;
  const auto a = formatted(volume, 1), b = formatted(volume, 2);
  const Lsn durable = put(volume, *a, 1);
  MiniTransaction mtr(volume);
  mtr.put(*a, 100, 2u);
  mtr.put(*b, 100, 2u);
  const Lsn lost = mtr.commit();

  const auto half = volume.reopen(Lsn(lost.value() - 1));  // half of the last one arrived
  EXPECT_EQ(half->vdl(), durable);
  EXPECT_EQ(value_in(*half, 1), 1u);
  EXPECT_EQ(value_in(*half, 2), 0u);
  Page page;
  ASSERT_TRUE(half->read_page(PageNo{1}, kNoLsn, page).has_value());
  EXPECT_GT(put(*half, page, 3), lost) << "an LSN is never given twice";
  EXPECT_EQ(value_in(*volume.reopen(), 2), 2u);
}

TEST(MemoryVolume, AHeldVdlKeepsReadersAtTheDurableVersion) {
  MemoryVolume volume;
  const auto page = formatted(volume, 1);
  put(volume, *page, 1);
  volume.hold_vdl();
  const Lsn second = put(volume, *page, 2);
  EXPECT_LT(volume.vdl(), second);
  EXPECT_EQ(value_in(volume, 1), 1u);

  std::atomic<bool> done = false;
  std::thread waiter([&] {
    EXPECT_TRUE(volume.wait_durable(second).has_value());
    EXPECT_GE(volume.vdl(), second);
    done = true;
  });
  EXPECT_FALSE(done);
  volume.release_vdl();
  waiter.join();
  EXPECT_EQ(value_in(volume, 1), 2u);
}

TEST(MemoryVolume, LosingTheQuorumFailsThoseWhoWait) {
  MemoryVolume volume;
  const auto page = formatted(volume, 1);
  volume.hold_vdl();
  const Lsn lost = put(volume, *page, 2);
  std::thread waiter([&] { EXPECT_FALSE(volume.wait_durable(lost).has_value()); });
  volume.break_quorum();
  waiter.join();
}

TEST(MemoryVolume, AChangeBehindTheLogsBackStopsTheProcess) {
  MemoryVolume volume;
  const auto page = formatted(volume, 1);
  page->bytes[4000] = std::byte{1};
  EXPECT_DEATH(put(volume, *page, 1), "invariant");
}

TEST(MemoryVolume, AChangeToAnOldCopyStopsTheProcess) {
  MemoryVolume volume;
  const auto page = formatted(volume, 1);
  Page old = *page;
  put(volume, *page, 1);
  EXPECT_DEATH(put(volume, old, 2), "invariant");
}

TEST(MemoryVolume, AChildSharesHistoryUpToItsBranch) {
  MemoryVolume parent;
  const auto page = formatted(parent, 1);
  const Lsn branch = put(parent, *page, 1);
  put(parent, *page, 2);
  const auto child = parent.clone(TimelineId{9}, branch);
  EXPECT_EQ(child->branch_lsn(), branch);
  EXPECT_EQ(value_in(*child, 1), 1u);
  EXPECT_EQ(value_in(parent, 1), 2u);
}

}  // namespace
}  // namespace wal::testing
