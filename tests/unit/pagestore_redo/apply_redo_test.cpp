#include "pagestore/apply_redo.h"

#include <gtest/gtest.h>

#include <cstring>

#include "wal/record_codec.h"

namespace pagestore {
namespace {

using wal::Lsn;
using wal::Page;
using wal::PageNo;
using wal::RecordView;

constexpr PageNo kPage{7};

// A record around `payload`, built by hand so that malformed payloads can be made, too.
struct Built {
  std::vector<std::byte> payload;
  RecordView view;
};

Built build(Lsn lsn, Lsn prev, std::vector<std::byte> payload, PageNo page_no = kPage) {
  Built built{std::move(payload), {}};
  built.view.lsn = lsn;
  built.view.prev_page_lsn = prev;
  built.view.page_no = page_no;
  built.view.payload = built.payload;
  return built;
}

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

// Payload bytes only: the codec writes into a whole record, whose header is dropped here.
template <typename Append>
std::vector<std::byte> payload_of(Append append) {
  std::vector<std::byte> record;
  wal::begin_record(record, wal::RecordKind::page_change, kPage);
  append(record);
  return {record.begin() + sizeof(wal::RecordHeader), record.end()};
}

Page written_page() {
  Page page{};
  for (std::size_t i = sizeof(wal::PageHeader); i < wal::kPageSize; ++i) {
    page.bytes[i] = static_cast<std::byte>(i * 7);
  }
  page.header().lsn = 1000;
  page.header().page_no = wal::raw(kPage);
  return page;
}

void expect_refused(const RecordView& record, Page page, RedoErrc errc) {
  const Page before = page;
  const auto result = apply_redo(record, page);
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error(), make_error_code(errc)) << result.error().message();
  EXPECT_EQ(0, std::memcmp(before.bytes.data(), page.bytes.data(), wal::kPageSize));
}

TEST(ApplyRedo, WritesBytesAndStampsTheHeader) {
  Page page{};
  const auto built = build(Lsn(50), wal::kNoLsn, payload_of([](auto& out) {
    wal::append_write(out, 100, bytes({1, 2, 3}));
  }));
  ASSERT_TRUE(apply_redo(built.view, page));
  EXPECT_EQ(page.lsn(), Lsn(50));
  EXPECT_EQ(page.header().page_no, wal::raw(kPage));
  EXPECT_EQ(page.bytes[99], std::byte{0});
  EXPECT_EQ(page.bytes[100], std::byte{1});
  EXPECT_EQ(page.bytes[102], std::byte{3});
  EXPECT_EQ(page.bytes[103], std::byte{0});
}

TEST(ApplyRedo, CarriesOutOperationsInOrder) {
  Page page = written_page();
  const auto built = build(Lsn(1050), Lsn(1000), payload_of([](auto& out) {
    wal::append_write(out, 200, bytes({9, 8, 7, 6}));
    wal::append_move(out, 202, 200, 4);  // overlapping: memmove
    wal::append_fill(out, 200, 1, std::byte{0xee});
  }));
  ASSERT_TRUE(apply_redo(built.view, page));
  const auto expected = bytes({0xee, 8, 9, 8, 7, 6});
  EXPECT_EQ(0, std::memcmp(page.bytes.data() + 200, expected.data(), expected.size()));
}

TEST(ApplyRedo, ImageReplacesTheWholePage) {
  Page image{};
  image.bytes[8192 - 5000] = std::byte{0x5a};
  Page page = written_page();
  const auto built = build(Lsn(1060), Lsn(1000),
                           payload_of([&](auto& out) { wal::append_image(out, image); }));
  EXPECT_TRUE(starts_with_image(built.view));
  ASSERT_TRUE(apply_redo(built.view, page));
  image.header().lsn = 1060;
  image.header().page_no = wal::raw(kPage);
  EXPECT_EQ(0, std::memcmp(page.bytes.data(), image.bytes.data(), wal::kPageSize));
}

TEST(ApplyRedo, PackedImageReplacesTheWholePage) {
  Page image{};
  for (std::size_t i = 8; i < 6000; ++i) image.bytes[i] = static_cast<std::byte>(i % 11);
  Page page = written_page();
  page.bytes[8000] = std::byte{7};
  auto built = build(Lsn(1060), Lsn(1000),
                     payload_of([&](auto& out) { wal::append_image(out, image); }));
  EXPECT_LT(built.view.payload.size(), 500u);
  EXPECT_TRUE(starts_with_image(built.view));
  ASSERT_TRUE(apply_redo(built.view, page));
  image.header().lsn = 1060;
  image.header().page_no = wal::raw(kPage);
  EXPECT_EQ(0, std::memcmp(page.bytes.data(), image.bytes.data(), wal::kPageSize));
}

TEST(ApplyRedo, OfSeveralPackedImagesTheLastAndWhatFollowsItShow) {
  Page first{}, last{};
  for (std::size_t i = 8; i < 6000; ++i) first.bytes[i] = static_cast<std::byte>(i % 11);
  for (std::size_t i = 8; i < 3000; ++i) last.bytes[i] = static_cast<std::byte>(i % 13);
  Page page = written_page();
  const auto built = build(Lsn(1060), Lsn(1000), payload_of([&](auto& out) {
    wal::append_image(out, first);
    wal::append_fill(out, 5000, 100, std::byte{1});
    wal::append_image(out, last);
    wal::append_fill(out, 2900, 200, std::byte{2});
  }));
  ASSERT_TRUE(apply_redo(built.view, page));
  std::memset(last.bytes.data() + 2900, 2, 200);
  last.header().lsn = 1060;
  last.header().page_no = wal::raw(kPage);
  EXPECT_EQ(0, std::memcmp(page.bytes.data(), last.bytes.data(), wal::kPageSize));
}

TEST(ApplyRedo, ADamagedPackedImageLeavesThePageAsItWas) {
  Page image{};
  for (std::size_t i = 8; i < 6000; ++i) image.bytes[i] = static_cast<std::byte>(i % 11);
  auto payload = payload_of([&](auto& out) { wal::append_image(out, image); });
  constexpr std::size_t kFrame = 5;  // behind kind, length and size
  payload[kFrame] ^= std::byte{0xff};
  Page page = written_page();
  const auto built = build(Lsn(1060), Lsn(1000), payload);
  expect_refused(built.view, page, RedoErrc::malformed_payload);
}

TEST(ApplyRedo, ImageStartsAChainWhateverThePageHeld) {
  Page image{};
  image.bytes[4000] = std::byte{1};
  auto built = build(Lsn(5000), Lsn(4000),
                     payload_of([&](auto& out) { wal::append_image(out, image); }));
  Page page = written_page();
  expect_refused(built.view, page, RedoErrc::wrong_predecessor);
  ASSERT_TRUE(apply_redo_image(built.view, page));
  EXPECT_EQ(page.lsn(), Lsn(5000));
  EXPECT_EQ(page.bytes[4000], std::byte{1});
  EXPECT_EQ(page.bytes[4001], std::byte{0});

  const auto change = build(Lsn(6000), Lsn(5000), payload_of([](auto& out) {
    wal::append_fill(out, 100, 1, std::byte{1});
  }));
  EXPECT_FALSE(starts_with_image(change.view));
  EXPECT_EQ(apply_redo_image(change.view, page).error(), RedoErrc::malformed_payload);
}

TEST(ApplyRedo, TouchesTheVeryEdges) {
  Page page = written_page();
  const auto built = build(Lsn(1050), Lsn(1000), payload_of([](auto& out) {
    wal::append_fill(out, wal::kPageLsnSize, wal::kPageSize - wal::kPageLsnSize, std::byte{3});
    wal::append_write(out, wal::kPageSize - 1, bytes({4}));
  }));
  ASSERT_TRUE(apply_redo(built.view, page));
  EXPECT_EQ(page.bytes[wal::kPageSize - 1], std::byte{4});
  EXPECT_EQ(page.bytes[wal::kPageSize - 2], std::byte{3});
  EXPECT_EQ(page.lsn(), Lsn(1050)) << "operations never reach the LSN itself";
}

TEST(ApplyRedo, RefusesWhatDoesNotFollow) {
  const auto payload = payload_of([](auto& out) {
    wal::append_fill(out, 100, 10, std::byte{1});
  });
  expect_refused(build(Lsn(2000), Lsn(999), payload).view, written_page(),
                 RedoErrc::wrong_predecessor);
  expect_refused(build(Lsn(2000), Lsn(1000), payload, PageNo{8}).view, written_page(),
                 RedoErrc::wrong_page);
  auto control = build(Lsn(2000), Lsn(1000), payload);
  control.view.kind = wal::RecordKind::commit;
  expect_refused(control.view, written_page(), RedoErrc::not_a_page_change);
}

TEST(ApplyRedo, ChecksEveryOperationBeforeTheFirstIsCarriedOut) {
  const auto good = payload_of([](auto& out) { wal::append_fill(out, 100, 10, std::byte{1}); });
  const std::vector<std::vector<std::byte>> bad = {
      bytes({9}),                                  // unknown operation
      bytes({0}),                                  //
      bytes({1, 100, 0}),                          // cut inside the header
      bytes({1, 100, 0, 4, 0, 1, 2, 3}),           // cut inside the bytes
      bytes({1, 7, 0, 1, 0, 1}),                   // writes the LSN
      bytes({1, 0xff, 0x1f, 2, 0, 1, 1}),          // one byte past the end
      bytes({2, 100, 0, 7, 0, 1, 0}),              // moves from the LSN
      bytes({2, 7, 0, 100, 0, 1, 0}),              // moves onto the LSN
      bytes({2, 0xff, 0x1f, 100, 0, 2, 0}),        // past the end
      bytes({3, 0, 0x20, 1, 0, 0}),                // offset == kPageSize
      bytes({3, 0xff, 0xff, 0xff, 0xff, 0}),       // sum overflows 16 bits
      bytes({4, 0xf9, 0x1f}),                      // image longer than a page
  };
  for (const auto& tail : bad) {
    auto payload = good;
    payload.insert(payload.end(), tail.begin(), tail.end());
    expect_refused(build(Lsn(2000), Lsn(1000), payload).view, written_page(),
                   RedoErrc::malformed_payload);
  }
}

TEST(ApplyRedo, AnEmptyChangeOnlyMovesTheLsn) {
  Page page = written_page();
  Page expected = page;
  expected.header().lsn = 2000;
  ASSERT_TRUE(apply_redo(build(Lsn(2000), Lsn(1000), {}).view, page));
  EXPECT_EQ(0, std::memcmp(page.bytes.data(), expected.bytes.data(), wal::kPageSize));
}

}  // namespace
}  // namespace pagestore
