#include "wal/record_codec.h"

#include <gtest/gtest.h>

#include <string_view>

#include "wal/crc32c.h"

namespace wal {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::vector<std::byte> page_record(Lsn lsn, Lsn prev, std::string_view text) {
  std::vector<std::byte> record;
  begin_record(record, RecordKind::page_change, PageNo{7});
  append_write(record, 100, bytes_of(text));
  seal_record(record, lsn, prev, true);
  return record;
}

// Gives a hand-made record a valid CRC, so that what is tested is the check behind it.
std::vector<std::byte> resealed(std::vector<std::byte> record) {
  const std::uint32_t crc = crc32c(std::span<const std::byte>(record).subspan(4));
  std::memcpy(record.data(), &crc, 4);
  return record;
}

template <typename T>
std::vector<std::byte> with(std::vector<std::byte> record, std::size_t offset, T value) {
  std::memcpy(record.data() + offset, &value, sizeof value);
  return resealed(std::move(record));
}

boost::system::error_code first_error(std::span<const std::byte> bytes) {
  RecordReader reader(bytes);
  auto first = reader.next();
  if (first) return {};
  EXPECT_EQ(reader.next().error(), first.error()) << "an error must stick";
  EXPECT_EQ(reader.rest().size(), bytes.size());
  return first.error();
}

TEST(Crc32c, MatchesThePublishedCheckValue) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Crc32c, ContinuesFromAnEarlierPart) {
  const auto whole = bytes_of("the quick brown fox jumps over the lazy dog");
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    EXPECT_EQ(crc32c(whole.subspan(cut), crc32c(whole.first(cut))), crc32c(whole));
  }
}

TEST(RecordReader, ReturnsWhatWasWrittenRecordByRecord) {
  std::vector<std::byte> log;
  const auto first = page_record(Lsn(1000), Lsn(500), "hello");
  std::vector<std::byte> second;
  begin_record(second, RecordKind::commit, kNoPage);
  second.resize(second.size() + 16);
  seal_record(second, Lsn(1048), kNoLsn, false);
  log.insert(log.end(), first.begin(), first.end());
  log.insert(log.end(), second.begin(), second.end());

  RecordReader reader(log);
  auto record = reader.next();
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->lsn, Lsn(1000));
  EXPECT_EQ((*record)->prev_page_lsn, Lsn(500));
  EXPECT_EQ((*record)->page_no, PageNo{7});
  EXPECT_TRUE((*record)->is_consistency_point);
  EXPECT_EQ((*record)->encoded.size(), first.size());

  record = reader.next();
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->kind, RecordKind::commit);
  EXPECT_EQ((*record)->page_no, kNoPage);
  EXPECT_FALSE((*record)->is_consistency_point);
  EXPECT_EQ((*record)->payload.size(), 16u);

  record = reader.next();
  ASSERT_TRUE(record.has_value());
  EXPECT_FALSE(*record);
}

TEST(RecordReader, RefusesEveryTruncation) {
  const auto whole = page_record(Lsn(1000), Lsn(500), "hello");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_EQ(first_error(std::span(whole).first(size)), RecordErrc::truncated) << size;
  }
}

TEST(RecordReader, NoticesEveryFlippedBit) {
  const auto whole = page_record(Lsn(1000), Lsn(500), "hello");
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_TRUE(first_error(damaged).failed()) << bit;
  }
}

TEST(RecordReader, RefusesHeadersNoWriterMakes) {
  const auto good = page_record(Lsn(1000), Lsn(500), "hello");
  EXPECT_EQ(first_error(with(good, offsetof(RecordHeader, kind), std::uint8_t{0})),
            RecordErrc::bad_header);
  EXPECT_EQ(first_error(with(good, offsetof(RecordHeader, kind), std::uint8_t{6})),
            RecordErrc::bad_header);
  EXPECT_EQ(first_error(with(good, offsetof(RecordHeader, flags), std::uint8_t{2})),
            RecordErrc::bad_header);
  EXPECT_EQ(first_error(with(good, offsetof(RecordHeader, reserved), std::uint16_t{1})),
            RecordErrc::bad_header);
  EXPECT_EQ(first_error(with(good, offsetof(RecordHeader, prev_page_lsn), std::uint64_t{1000})),
            RecordErrc::bad_header);
  EXPECT_EQ(first_error(with(good, offsetof(RecordHeader, page_no), raw(kNoPage))),
            RecordErrc::bad_header);
  EXPECT_EQ(first_error(with(good, offsetof(RecordHeader, length), std::uint32_t{31})),
            RecordErrc::bad_length);
  EXPECT_EQ(first_error(with(good, offsetof(RecordHeader, length), std::uint32_t{1u << 30})),
            RecordErrc::bad_length);
}

TEST(RecordReader, RefusesLsnsThatDoNotRise) {
  auto log = page_record(Lsn(1000), Lsn(500), "hello");
  const auto again = page_record(Lsn(1000), Lsn(500), "hello");
  log.insert(log.end(), again.begin(), again.end());
  RecordReader reader(log);
  ASSERT_TRUE(reader.next().has_value());
  EXPECT_EQ(reader.next().error(), RecordErrc::bad_header);
}

TEST(RecordReader, RefusesOperationsThatLeaveThePageOrThePayload) {
  const auto good = page_record(Lsn(1000), Lsn(500), "hello");
  constexpr std::size_t kOperation = sizeof(RecordHeader);
  for (const std::uint16_t offset : {std::uint16_t{0}, std::uint16_t{7}, std::uint16_t{8188}}) {
    EXPECT_EQ(first_error(with(good, kOperation + 1, offset)), RecordErrc::malformed_operation);
  }
  EXPECT_EQ(first_error(with(good, kOperation + 3, std::uint16_t{6})),
            RecordErrc::malformed_operation);
  EXPECT_EQ(first_error(with(good, kOperation, std::uint8_t{9})), RecordErrc::malformed_operation);
  // A shorter write leaves bytes behind that are no operation.
  EXPECT_EQ(first_error(with(good, kOperation + 3, std::uint16_t{4})),
            RecordErrc::malformed_operation);
}

TEST(OperationReader, ReturnsEveryOperationInOrder) {
  Page page{};
  page.bytes[8] = std::byte{1};
  page.bytes[300] = std::byte{2};
  std::vector<std::byte> record;
  begin_record(record, RecordKind::page_change, PageNo{7});
  append_image(record, page);
  append_write(record, 8187, bytes_of("world"));
  append_move(record, 8, 20, 100);
  append_fill(record, 4000, 192, std::byte{0xee});

  OperationReader reader(std::span<const std::byte>(record).subspan(sizeof(RecordHeader)));
  auto image = reader.next();
  ASSERT_TRUE(image && *image);
  EXPECT_EQ((*image)->kind, RedoOp::image);
  EXPECT_EQ((*image)->length, 301 - kPageLsnSize) << "trailing zeros are left out";
  auto write = reader.next();
  ASSERT_TRUE(write && *write);
  EXPECT_EQ((*write)->offset, 8187);
  EXPECT_EQ((*write)->bytes.size(), 5u);
  auto move = reader.next();
  ASSERT_TRUE(move && *move);
  EXPECT_EQ((*move)->offset, 8);
  EXPECT_EQ((*move)->source, 20);
  EXPECT_EQ((*move)->length, 100);
  auto fill = reader.next();
  ASSERT_TRUE(fill && *fill);
  EXPECT_EQ((*fill)->length, 192);
  EXPECT_EQ((*fill)->value, std::byte{0xee});
  auto end = reader.next();
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(*end);
}

TEST(OperationReader, AnImageOfRowsThatResembleEachOtherIsPacked) {
  Page page{};
  for (std::size_t i = 8; i < kPageSize; ++i) page.bytes[i] = static_cast<std::byte>(i % 97);
  std::vector<std::byte> payload;
  append_image(payload, page);
  EXPECT_LT(payload.size(), 500u);
  OperationReader reader(payload);
  auto image = reader.next();
  ASSERT_TRUE(image && *image);
  ASSERT_EQ((*image)->kind, RedoOp::packed);
  EXPECT_TRUE(sets_whole_page((*image)->kind));
  EXPECT_EQ((*image)->offset, kPageLsnSize);
  EXPECT_EQ((*image)->length, kPageSize - kPageLsnSize);
  Page back{};
  ASSERT_TRUE(unpack_image(**image, std::span(back.bytes).subspan(kPageLsnSize)));
  EXPECT_EQ(back.bytes, page.bytes);
  ASSERT_FALSE(*reader.next());

  // A frame that was damaged, or says another length than the operation.
  RedoOperation damaged = **image;
  damaged.bytes = damaged.bytes.first(damaged.bytes.size() - 1);
  EXPECT_FALSE(unpack_image(damaged, std::span(back.bytes).subspan(kPageLsnSize)));
  RedoOperation shorter = **image;
  shorter.length = 1000;
  EXPECT_FALSE(unpack_image(shorter, std::span(back.bytes).subspan(kPageLsnSize)));

  // An operation that ends inside its frame.
  OperationReader cut(std::span<const std::byte>(payload).first(payload.size() - 1));
  EXPECT_EQ(cut.next().error(), RecordErrc::malformed_operation);
}

TEST(OperationReader, AnImageThatDoesNotShrinkStaysAsItIs) {
  Page page{};
  std::uint64_t random = 88172645463325252u;
  for (std::size_t i = 8; i < kPageSize; ++i) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    page.bytes[i] = static_cast<std::byte>(random);
  }
  page.bytes[kPageSize - 1] = std::byte{1};
  std::vector<std::byte> payload;
  append_image(payload, page);
  EXPECT_EQ(payload.size(), 3 + kPageSize - kPageLsnSize);
  EXPECT_EQ(payload[0], static_cast<std::byte>(RedoOp::image));
}

TEST(OperationReader, AnImageOfAnEmptyPageHasNoBytes) {
  std::vector<std::byte> payload;
  append_image(payload, Page{});
  EXPECT_EQ(payload.size(), 3u);
  OperationReader reader(payload);
  auto image = reader.next();
  ASSERT_TRUE(image && *image);
  EXPECT_EQ((*image)->length, 0);
}

}  // namespace
}  // namespace wal
