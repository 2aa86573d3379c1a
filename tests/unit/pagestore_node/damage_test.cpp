// What a broken disk does to a node: it says so, and loses nothing but what was broken.
#include "test_node.h"

#include "log_format.h"

namespace pagestore {
namespace {

struct DamageTest : ::testing::Test {
  TestNode node;
  TestVolume volume;
  std::vector<LogPart> parts;
  void SetUp() override { node.expect<Done>(volume.create()); }

  void write(int count) {
    for (int i = 0; i < count; ++i) {
      parts.push_back(volume.write({static_cast<std::uint32_t>(i % 30)}, i % 5 == 0));
      append(node, parts.back());
      volume.vdl = volume.last();
    }
  }
  Lsn scl() {
    const auto ack = node.expect<SealAck>(Seal{kMain, Epoch{1}});
    return ack.segments.empty() ? Lsn(1000) : ack.segments[0].scl;
  }
  FileNo newest_extent();
  // Where the records of a part stand on the disk.
  std::pair<FileNo, std::size_t> find_on_disk(const LogPart& part) {
    for (const auto& file : node.disk().extent_files()) {
      const auto& bytes = node.disk().content(file.file);
      const auto at = std::ranges::search(bytes, *part.records);
      if (!at.empty()) {
        return {file.file, static_cast<std::size_t>(at.begin() - bytes.begin())};
      }
    }
    ADD_FAILURE() << "not on disk";
    return {};
  }
};

// The highest file that holds log: none is ever reused in these tests.
FileNo DamageTest::newest_extent() {
  FileNo newest{};
  for (const auto& file : node.disk().extent_files()) {
    if (node.disk().content(file.file)[offsetof(EntryHeader, position) + 4] != std::byte{0}) {
      newest = file.file;
    }
  }
  return newest;
}

TEST_F(DamageTest, EveryTornTailIsCutAndWrittenOver) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    write(3);
    // Two batches: one under way, one gathered; the crash tears the first.
    const LogPart torn = volume.write({1, 2, 3}, true);
    const LogPart unsent = volume.write({4});
    node.send(AppendLog{torn});
    node.send(AppendLog{unsent});
    if (seed % 3 != 0) node.step();
    node.crash(seed);
    ASSERT_TRUE(node.log().empty()) << node.log().front();
    ASSERT_GE(scl(), parts.back().end);
    append(node, torn);
    append(node, unsent);
    volume.vdl = volume.last();
  }
  expect_all_pages(node, volume);
}

TEST_F(DamageTest, ABitFlipInThePastIsAGapNotTheEnd) {
  write(50);
  const auto [file, offset] = find_on_disk(parts[20]);
  node.disk().flip_bit(file, offset + 10);
  node.open();
  ASSERT_FALSE(node.log().empty());
  EXPECT_NE(node.log()[0].find("damaged"), std::string::npos) << node.log()[0];
  // The copy is honest about how far it goes, and the part sent again makes it whole.
  EXPECT_EQ(scl(), parts[19].end);
  EXPECT_EQ(append(node, parts[20]), parts.back().end);
  expect_all_pages(node, volume);
  node.crash();
  EXPECT_EQ(scl(), parts.back().end);
  expect_all_pages(node, volume);
}

TEST_F(DamageTest, AnUnreadableEntryHeaderIsDamageToo) {
  write(50);
  const auto [file, offset] = find_on_disk(parts[20]);
  node.disk().flip_bit(file, offset - sizeof(PartHeader) - sizeof(EntryHeader) + 20);
  node.open();
  ASSERT_FALSE(node.log().empty());
  // What stood there is unknown: it may have been a fence. This copy is out until it is rebuilt.
  EXPECT_EQ(node.expect_refusal(Seal{kMain, Epoch{2}}), RefusalReason::corrupt);
  EXPECT_EQ(node.expect_refusal(volume.read(1, volume.last())), RefusalReason::corrupt);
  EXPECT_EQ(node.expect_refusal(AppendLog{volume.write({1})}), RefusalReason::corrupt);
  // Other timelines can be made and used.
  TestVolume other(TimelineId{9});
  node.expect<Done>(other.create());
  append(node, other.write({1}));
  expect_all_pages(node, other);
}

TEST_F(DamageTest, ALostFenceIsNeverIgnored) {
  write(5);
  node.expect<SealAck>(Seal{kMain, Epoch{5}});
  const auto sealed = find_on_disk(parts[4]);
  write(0);
  TestVolume other(TimelineId{9});
  node.expect<Done>(other.create());
  append(node, other.write({1}));
  // The seal's entry begins the block behind the last part's.
  const std::size_t seal_at =
      (sealed.second + parts[4].records->size() + kBlockBytesMax - 1) / kBlockBytesMax * kBlockBytesMax;
  node.disk().flip_bit(sealed.first, seal_at + sizeof(EntryHeader) + 8);
  node.open();
  EXPECT_EQ(node.expect_refusal(AppendLog{volume.write({1})}), RefusalReason::corrupt);
}

TEST_F(DamageTest, ADamagedRecordIsRefusedWhenItIsRead) {
  write(50);
  node.core().start_checkpoint();
  node.run();
  write(1);
  const auto [file, offset] = find_on_disk(parts[20]);
  node.disk().flip_bit(file, offset + 40);
  node.open();
  EXPECT_TRUE(node.log().empty()) << "below the checkpoint, so not read";
  const PageNo page{20};
  EXPECT_EQ(node.expect_refusal(volume.read(20, parts[20].end)), RefusalReason::corrupt);
  expect_page(node, volume, 21, volume.last());
  expect_page(node, volume, 20, parts[19].end);
  ASSERT_NE(volume.version(page, parts[20].end), nullptr);
}

TEST_F(DamageTest, ADamagedPageIsRepairedFromAnotherCopy) {
  write(50);
  node.core().start_checkpoint();
  node.run();
  const auto [file, offset] = find_on_disk(parts[20]);
  node.disk().flip_bit(file, offset + 40);
  node.open();
  const Lsn at = parts[20].end;
  ASSERT_EQ(node.expect_refusal(volume.read(20, at)), RefusalReason::corrupt);
  const auto page_at = [&](std::uint32_t page_no) {
    return std::make_shared<const wal::Page>(*volume.version(PageNo{page_no}, at));
  };
  RepairPage repair{{kMain, GroupNo{0}}, volume.epoch, PageNo{20}, at, page_at(19)};
  EXPECT_EQ(node.expect_refusal(repair), RefusalReason::malformed) << "another page";
  auto other = std::make_shared<wal::Page>(*page_at(20));
  other->header().lsn -= 1;
  repair.page = other;
  EXPECT_EQ(node.expect_refusal(repair), RefusalReason::malformed) << "another version";
  repair.page = page_at(20);
  repair.epoch = Epoch{raw(volume.epoch) + 1};
  EXPECT_EQ(node.expect_refusal(repair), RefusalReason::stale_epoch);
  repair.epoch = volume.epoch;
  node.expect<Done>(repair);
  expect_page(node, volume, 20, at);
  expect_page(node, volume, 20, volume.last());
  node.crash();
  expect_page(node, volume, 20, at);
  expect_page(node, volume, 20, volume.last());
}

TEST_F(DamageTest, AMissingExtentIsSeen) {
  write(200);
  ASSERT_GT(node.disk().extent_files().size(), 3u);
  const auto files = node.disk().extent_files();
  node.disk().remove_file(files[1].file);
  node.open();
  ASSERT_FALSE(node.log().empty());
  EXPECT_NE(node.log()[0].find("missing"), std::string::npos);
  EXPECT_EQ(node.expect_refusal(volume.read(1, volume.last())), RefusalReason::corrupt);
}

TEST_F(DamageTest, AMissingExtentBelowTheCheckpointCostsOnlyItsPages) {
  write(200);
  node.core().start_checkpoint();
  node.run();
  const auto [file, offset] = find_on_disk(parts[100]);
  node.disk().remove_file(file);
  node.open();
  ASSERT_FALSE(node.log().empty());
  std::size_t served = 0;
  for (std::uint32_t page = 0; page < 30; ++page) {
    const auto response = node.ask(volume.read(page, volume.last()));
    if (const auto* contents = std::get_if<PageContents>(&response)) {
      ++served;
      EXPECT_EQ(contents->page->lsn(), volume.newest(PageNo{page}).lsn());
    } else {
      EXPECT_EQ(std::get<Refusal>(response).reason, RefusalReason::corrupt);
    }
  }
  EXPECT_GT(served, 0u);
}

TEST_F(DamageTest, AnExtentCutShortIsSeen) {
  write(200);
  node.disk().truncate_file(newest_extent(), 10'000);
  node.open();
  ASSERT_FALSE(node.log().empty());
  EXPECT_EQ(node.expect_refusal(AppendLog{volume.write({1})}), RefusalReason::corrupt);
}

TEST_F(DamageTest, TheHeaderOfTheNewestExtentMayBreak) {
  write(200);
  node.disk().flip_bit(newest_extent(), 17);
  node.open();
  ASSERT_FALSE(node.log().empty()) << "an extent full of log must not pass for an empty file";
}

TEST_F(DamageTest, AFailedWriteEndsAcknowledgements) {
  write(5);
  node.disk().fail_writes(true);
  EXPECT_EQ(node.expect_refusal(AppendLog{volume.write({1})}), RefusalReason::disk_failed);
  node.disk().fail_writes(false);
  // A later success would prove nothing about what was lost.
  EXPECT_EQ(node.expect_refusal(AppendLog{volume.write({1})}), RefusalReason::disk_failed);
  EXPECT_EQ(node.expect_refusal(Seal{kMain, Epoch{2}}), RefusalReason::disk_failed);
  EXPECT_TRUE(node.core().disk_failed());
  EXPECT_EQ(std::ranges::count_if(node.log(),
                                  [](const std::string& line) {
                                    return line.find("disk failed") != std::string::npos;
                                  }),
            1);
  EXPECT_NE(node.expect<NodeStatus>(GetStatus{}).state, "ok");
  expect_page(node, volume, 1, parts.back().end);
  node.open();
  EXPECT_GE(scl(), parts.back().end);
}

TEST_F(DamageTest, AFullDiskEndsAcknowledgementsAndKeepsWhatThereIs) {
  write(10);
  node.disk().set_capacity(300'000);
  std::optional<RefusalReason> reason;
  Lsn last = parts.back().end;
  for (int i = 0; i < 500 && !reason; ++i) {
    const auto response = node.ask(AppendLog{volume.write({1}, true)});
    if (const auto* refusal = std::get_if<Refusal>(&response)) {
      reason = refusal->reason;
    } else {
      last = std::get<AppendAck>(response).scl;
    }
  }
  EXPECT_EQ(reason, RefusalReason::disk_failed);
  expect_page(node, volume, 1, last);
  // With room again, a restart goes on where it stopped.
  node.disk().set_capacity(1 << 30);
  node.crash();
  EXPECT_EQ(scl(), last);
}

TEST_F(DamageTest, RandomFlipsNeverMakeAWrongPage) {
  write(120);
  node.core().start_checkpoint();
  node.run();
  write(40);
  std::mt19937_64 random(11);
  for (int round = 0; round < 60; ++round) {
    const auto files = node.disk().extent_files();
    const auto& file = files[random() % files.size()];
    const auto offset = random() % file.size;
    const auto bit = static_cast<unsigned>(random() % 8);
    node.disk().flip_bit(file.file, offset, bit);
    node.open();
    for (std::uint32_t page = 0; page < 30; ++page) {
      const auto response = node.ask(volume.read(page, volume.last()));
      const auto* contents = std::get_if<PageContents>(&response);
      if (contents == nullptr) continue;
      const auto state = scl();
      if (state < volume.last()) continue;  // says itself that it lags
      ASSERT_NE(contents->page, nullptr);
      const Page expected = volume.newest(PageNo{page});
      ASSERT_EQ(0, std::memcmp(contents->page->bytes.data(), expected.bytes.data(),
                               wal::kPageSize))
          << "bit " << bit << " of byte " << offset;
    }
    node.disk().flip_bit(file.file, offset, bit);
  }
}

}  // namespace
}  // namespace pagestore
