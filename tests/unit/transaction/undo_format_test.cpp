#include "undo_format.h"

#include <random>

#include <gtest/gtest.h>

namespace transaction {
namespace {

std::vector<std::byte> bytes_of_text(std::string_view text) {
  const Bytes bytes = btree::bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

TEST(UndoFormat, RangesTurnTheNewPayloadIntoTheOldOne) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::byte> before(random() % 300);
    for (std::byte& byte : before) byte = static_cast<std::byte>(random() % 4);
    std::vector<std::byte> after = before;
    for (unsigned i = 0; i < random() % 20 && !after.empty(); ++i) {
      after[random() % after.size()] = static_cast<std::byte>(random() % 4);
    }
    UndoRecord record;
    std::vector<std::byte> ranges;
    append_ranges(before, after, ranges);
    if (before == after) {
      EXPECT_TRUE(ranges.empty());
    }
    record.header.form = BeforeForm::ranges;
    record.before = ranges;
    apply_before(record, after);
    ASSERT_EQ(after, before) << "round " << round;
  }
}

TEST(UndoFormat, OneChangedIntegerCostsItsOwnBytesAndFourMore) {
  const auto before = bytes_of_text("0123456789abcdefghij");
  const auto after = bytes_of_text("0123ABCD89abcdefghij");
  std::vector<std::byte> ranges;
  append_ranges(before, after, ranges);
  EXPECT_EQ(ranges.size(), 8u);
}

TEST(UndoFormat, RecordsReadBackAsWritten) {
  const auto key = bytes_of_text("key");
  const auto last = bytes_of_text("last key");
  const auto before = bytes_of_text("what it was");
  const std::vector<std::byte> references(2 * sizeof(btree::OverflowRef), std::byte{7});
  UndoRecord record;
  record.header.kind = UndoKind::modify;
  record.header.command = 17;
  record.header.xid = 99;
  record.key = key;
  record.last_key = last;
  record.free_on_purge = references;
  record.free_on_undo = Bytes(references).first(sizeof(btree::OverflowRef));
  record.before = before;
  std::vector<std::byte> encoded(record.encoded_size());
  record.encode(encoded.data());
  const UndoRecord read = parse_undo_record(Bytes(encoded));
  EXPECT_EQ(read.header.command, 17u);
  EXPECT_TRUE(std::ranges::equal(read.key, key));
  EXPECT_TRUE(std::ranges::equal(read.last_key, last));
  EXPECT_EQ(read.free_on_purge.size(), references.size());
  EXPECT_EQ(read.free_on_undo.size(), sizeof(btree::OverflowRef));
  EXPECT_TRUE(std::ranges::equal(read.before, before));
}

TEST(UndoFormat, ShortRecordsTellTheRestByAnother) {
  const auto key = bytes_of_text("key");
  const auto before = bytes_of_text("as it was");
  wal::Page page{};
  page.header().page_no = 77;
  UndoRecord base;
  base.header.kind = UndoKind::insert;
  base.header.command = 4;
  base.header.root = 9;
  base.header.xid = 1000;
  base.header.before_xid = 900;
  base.header.before_undo = 901;
  base.header.undone = 1;
  base.key = key;
  constexpr std::uint16_t kBase = 200;
  base.encode(page.bytes.data() + kBase);
  const auto at = static_cast<std::uint16_t>(kBase + base.encoded_size());

  for (const bool same_xid : {true, false})
    for (const bool same_undo : {true, false}) {
      UndoRecord record;
      record.header.kind = UndoKind::modify;
      record.header.form = BeforeForm::whole;
      record.header.before_flags = 4;
      record.header.after_flags = 9;
      record.header.before_xid = same_xid ? 900 : 899;
      record.header.before_undo = same_undo ? 901 : (std::uint64_t{1} << 63 | 5);
      record.key = key;
      record.before = before;
      ASSERT_TRUE(record.has_short_form());
      const std::size_t size = record.encode_short(page.bytes.data() + at, kBase, kBase, 900, 901);
      EXPECT_EQ(size, sizeof(ShortUndoHeader) + key.size() + before.size() + (same_xid ? 0 : 8) + (same_undo ? 0 : 8));
      UndoRecord read = parse_undo_record(page, at);
      std::vector<std::byte> copy(page.bytes.begin() + at, page.bytes.begin() + at + static_cast<std::ptrdiff_t>(size));
      read.move_views(page.bytes.data() + at, copy.data());
      page.bytes[at + sizeof(ShortUndoHeader)] ^= std::byte{0xff};
      EXPECT_EQ(read.header.size, size);
      EXPECT_EQ(read.header.kind, UndoKind::modify);
      EXPECT_EQ(read.header.form, BeforeForm::whole);
      EXPECT_EQ(read.header.before_flags, 4);
      EXPECT_EQ(read.header.after_flags, 9);
      EXPECT_EQ(read.header.xid, 1000u);
      EXPECT_EQ(read.header.root, 9u);
      EXPECT_EQ(read.header.command, 4u);
      EXPECT_EQ(read.header.undone, 0u) << "that is the other record's";
      EXPECT_EQ(read.header.before_xid, record.header.before_xid);
      EXPECT_EQ(read.header.before_undo, record.header.before_undo);
      EXPECT_EQ(read.header.previous, wal::raw(make_undo_pointer(wal::PageNo{77}, kBase)));
      EXPECT_TRUE(std::ranges::equal(read.key, key));
      EXPECT_TRUE(std::ranges::equal(read.before, before));
    }
}

TEST(UndoFormat, RecordsWithReferencesHaveTheFullForm) {
  const std::vector<std::byte> references(sizeof(btree::OverflowRef), std::byte{7});
  UndoRecord record;
  record.header.kind = UndoKind::modify;
  EXPECT_TRUE(record.has_short_form());
  record.free_on_purge = references;
  EXPECT_FALSE(record.has_short_form());
}

}  // namespace
}  // namespace transaction
