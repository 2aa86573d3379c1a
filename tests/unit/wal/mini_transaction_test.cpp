#include "wal/mini_transaction.h"

#include <gtest/gtest.h>

#include <random>

#include "wal/record_codec.h"
#include "wal/testing/memory_volume.h"

namespace wal {
namespace {

using testing::MemoryVolume;

struct Fixture : ::testing::Test {
  MemoryVolume volume;
  MiniTransaction mtr{volume};

  // Formats a page as its owner would; its number is in place from here on.
  std::unique_ptr<Page> make_page(std::uint32_t number) {
    auto page = std::make_unique<Page>();
    page->header().page_no = number;
    mtr.image(*page);
    mtr.commit();
    return page;
  }
  std::vector<RedoOp> operations_of(const MemoryVolume::Record& record) {
    std::vector<RedoOp> kinds;
    OperationReader reader(record.view.payload);
    for (auto next = reader.next(); next && *next; next = reader.next()) {
      kinds.push_back((*next)->kind);
    }
    return kinds;
  }
};
using MiniTransactionTest = Fixture;

TEST_F(MiniTransactionTest, CommittingNothingLogsNothing) {
  EXPECT_EQ(mtr.commit(), volume.last_lsn());
  EXPECT_EQ(volume.record_count(), 0u);
}

TEST_F(MiniTransactionTest, MergesAllChangesOfOnePageIntoOneRecord) {
  const auto a = make_page(1), b = make_page(2);
  const Lsn a_before = a->lsn();
  mtr.put(*a, 100, std::uint32_t{1});
  mtr.put(*b, 200, std::uint32_t{2});
  mtr.fill(*a, 400, 16, std::byte{9});
  mtr.move(*a, 500, 100, 4);
  const Lsn end = mtr.commit();

  const auto records = volume.records();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[2]->view.page_no, PageNo{1});
  EXPECT_EQ(records[2]->view.prev_page_lsn, a_before);
  EXPECT_FALSE(records[2]->view.is_consistency_point);
  EXPECT_EQ(operations_of(*records[2]),
            (std::vector{RedoOp::write, RedoOp::fill, RedoOp::move}));
  EXPECT_EQ(records[3]->view.page_no, PageNo{2});
  EXPECT_TRUE(records[3]->view.is_consistency_point);
  EXPECT_EQ(records[3]->view.lsn, end);
  EXPECT_EQ(b->lsn(), end);
  EXPECT_EQ(a->lsn(), records[2]->view.lsn);
}

TEST_F(MiniTransactionTest, FoldsAdjacentAndOverlappingWritesIntoOne) {
  const auto page = make_page(1);
  mtr.put(*page, 100, std::uint32_t{1});
  mtr.put(*page, 104, std::uint32_t{2});    // adjacent
  mtr.put(*page, 102, std::uint16_t{3});    // inside
  mtr.put(*page, 106, std::uint64_t{4});    // over the end
  mtr.put(*page, 96, std::uint32_t{5});     // before: an operation of its own
  mtr.commit();
  EXPECT_EQ(operations_of(*volume.records().back()).size(), 2u);
}

TEST_F(MiniTransactionTest, ImageDropsWhatWasCollectedForThePage) {
  const auto page = make_page(1);
  mtr.put(*page, 100, std::uint32_t{1});
  mtr.image(*page);
  mtr.put(*page, 100, std::uint32_t{2});
  mtr.commit();
  EXPECT_EQ(operations_of(*volume.records().back()), (std::vector{RedoOp::image, RedoOp::write}));
}

TEST_F(MiniTransactionTest, NeverLogsMoreThanThePageItself) {
  const auto page = make_page(1);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t at = 100; at < 8000; at += 50) {
      mtr.put(*page, at, static_cast<std::uint64_t>(at * round));
    }
  }
  mtr.commit();
  EXPECT_LE(volume.records().back()->encoded.size(), 2 * kPageSize);
}

TEST_F(MiniTransactionTest, ControlRecordsRideBehindThePages) {
  const auto page = make_page(1);
  const std::uint64_t xid = 17;
  mtr.control(RecordKind::commit, std::as_bytes(std::span(&xid, 1)));
  mtr.put(*page, 100, std::uint32_t{1});
  const Lsn end = mtr.commit();
  const auto records = volume.records();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1]->view.kind, RecordKind::page_change);
  EXPECT_EQ(records[2]->view.kind, RecordKind::commit);
  EXPECT_TRUE(records[2]->view.is_consistency_point);
  EXPECT_EQ(records[2]->view.lsn, end);
}

TEST_F(MiniTransactionTest, WritesAPartOfThePageOverAnother) {
  const auto page = make_page(1);
  for (std::size_t i = 0; i < 64; ++i) mtr.put(*page, 100 + i, static_cast<std::uint8_t>(i));
  mtr.write(*page, 110, std::span<const std::byte>(page->bytes).subspan(100, 50));
  mtr.commit();  // the volume checks that page and log agree
  EXPECT_EQ(page->bytes[110], std::byte{0});
  EXPECT_EQ(page->bytes[159], std::byte{49});
}

TEST_F(MiniTransactionTest, RandomChangesKeepPageAndLogEqual) {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t below) { return std::size_t{random()} % below; };
  std::vector<std::unique_ptr<Page>> pages;
  for (std::uint32_t n = 0; n < 4; ++n) pages.push_back(make_page(n));
  for (int i = 0; i < 3000; ++i) {
    Page& page = *pages[pick(pages.size())];
    // Close together, so that folding happens often; behind the header.
    const std::size_t offset = 16 + pick(300), length = pick(40);
    switch (pick(8)) {
      case 0: mtr.move(page, 16 + pick(300), offset, length); break;
      case 1: mtr.fill(page, offset, length, static_cast<std::byte>(random())); break;
      case 2: if (pick(20) == 0) mtr.image(page); break;
      default: {
        std::array<std::byte, 40> bytes;
        for (auto& byte : bytes) byte = static_cast<std::byte>(random());
        mtr.write(page, offset, std::span(bytes).first(length));
      }
    }
    if (pick(5) == 0) mtr.commit();
  }
  mtr.commit();
  Page again;
  for (std::uint32_t n = 0; n < 4; ++n) {
    ASSERT_TRUE(volume.read_page(PageNo{n}, volume.last_lsn(), again).has_value());
    EXPECT_EQ(again.bytes, pages[n]->bytes);
  }
}

TEST_F(MiniTransactionTest, ChangesOutsideThePageStopTheProcess) {
  const auto page = make_page(1);
  EXPECT_DEATH(mtr.put(*page, 4, std::uint32_t{1}), "invariant");
  EXPECT_DEATH(mtr.put(*page, 8190, std::uint32_t{1}), "invariant");
  EXPECT_DEATH(mtr.move(*page, 16, 8190, 4), "invariant");
}

TEST_F(MiniTransactionTest, ForgettingToCommitStopsTheProcess) {
  const auto page = make_page(1);
  EXPECT_DEATH(
      {
        MiniTransaction forgotten(volume);
        forgotten.put(*page, 100, std::uint32_t{1});
      },
      "invariant");
}

}  // namespace
}  // namespace wal
