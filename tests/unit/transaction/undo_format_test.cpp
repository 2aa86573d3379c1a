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

}  // namespace
}  // namespace transaction
