#include "chunk_builder.h"

#include <gtest/gtest.h>

#include "wal/record_codec.h"

namespace wal {
namespace {

using PendingRecord = MiniTransaction::PendingRecord;

struct Pages {
  std::array<Page, 3> pages{};
  Pages() {
    for (std::uint32_t i = 0; i < pages.size(); ++i) pages[i].header().page_no = i * 8;
  }
  PendingRecord change(std::size_t page, std::size_t bytes = 16) {
    PendingRecord record;
    record.page = &pages[page];
    begin_record(record.encoded, RecordKind::page_change,
                 PageNo{pages[page].header().page_no});
    append_write(record.encoded, 100, std::vector<std::byte>(bytes));
    return record;
  }
};

std::vector<RecordView> records_of(const Chunk::Part& part) {
  std::vector<RecordView> records;
  RecordReader reader(*part.records);
  for (auto next = reader.next(); next && *next; next = reader.next()) records.push_back(**next);
  return records;
}

TEST(ChunkBuilder, ChunksAndPartsAreLinkedAcrossTheAnnulledRange) {
  ChunkBuilder builder(Lsn(500), Lsn(10'000), Lsn(100), 8, {{GroupNo{0}, Lsn(400)}});
  Pages pages;
  std::array first{pages.change(0), pages.change(1)};
  const Lsn end = builder.append(first);
  Chunk chunk = builder.take();
  EXPECT_EQ(chunk.begin, Lsn(500)) << "the last chunk that survived";
  EXPECT_EQ(chunk.end, end);
  ASSERT_EQ(chunk.parts.size(), 2u);
  EXPECT_EQ(chunk.parts[0].prev_part_end, Lsn(400));
  EXPECT_EQ(chunk.parts[1].prev_part_end, Lsn(100)) << "the first part of its group";
  EXPECT_GT(records_of(chunk.parts[0]).front().lsn, Lsn(10'000));

  std::array second{pages.change(0)};
  builder.append(second);
  chunk = builder.take();
  EXPECT_EQ(chunk.begin, end);
  EXPECT_EQ(chunk.parts[0].prev_part_end, end);
  EXPECT_TRUE(builder.empty());
}

TEST(ChunkBuilder, OnlyTheLastRecordOfAMiniTransactionIsAConsistencyPoint) {
  ChunkBuilder builder(Lsn(1), Lsn(1), Lsn(1), 100, {});
  Pages pages;
  std::array records{pages.change(0), pages.change(1), pages.change(2)};
  const Lsn end = builder.append(records);
  const Chunk chunk = builder.take();
  const auto read = records_of(chunk.parts[0]);
  ASSERT_EQ(read.size(), 3u);
  EXPECT_FALSE(read[0].is_consistency_point);
  EXPECT_FALSE(read[1].is_consistency_point);
  EXPECT_TRUE(read[2].is_consistency_point);
  EXPECT_EQ(read[2].lsn, end);
  EXPECT_EQ(pages.pages[2].lsn(), end);
}

TEST(ChunkBuilder, ARecordFollowsThePagesOwnLsn) {
  ChunkBuilder builder(Lsn(1), Lsn(1), Lsn(1), 100, {});
  Pages pages;
  std::array first{pages.change(1)};
  const Lsn before = builder.append(first);
  std::array second{pages.change(1)};
  builder.append(second);
  const Chunk chunk = builder.take();
  const auto read = records_of(chunk.parts[0]);
  EXPECT_EQ(read[0].prev_page_lsn, kNoLsn);
  EXPECT_EQ(read[1].prev_page_lsn, before);
}

TEST(ChunkBuilder, AFullChunkWaitsAndTheNextOneOpens) {
  ChunkBuilder builder(Lsn(1), Lsn(1), Lsn(1), 100, {});
  Pages pages;
  Lsn last;
  for (int i = 0; i < 500; ++i) {
    std::array big{pages.change(0, 8000)};
    last = builder.append(big);
  }
  Lsn previous(1);
  int chunks = 0;
  while (!builder.empty()) {
    EXPECT_EQ(builder.next_end(), builder.next_end());
    const Chunk chunk = builder.take();
    EXPECT_EQ(chunk.begin, previous);
    EXPECT_LE(chunk.parts[0].records->size(), (1u << 20) + 9000);
    previous = chunk.end;
    ++chunks;
  }
  EXPECT_EQ(previous, last);
  EXPECT_GT(chunks, 3);
}

}  // namespace
}  // namespace wal
