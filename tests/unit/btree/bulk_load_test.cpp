#include "btree/bulk_load.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <random>

#include "fixture.h"

namespace btree::testing {
namespace {

using wal::testing::MemoryVolume;
using Model = std::map<std::string, std::string>;

void load(const Tree& tree, const Model& model, BulkLoadOptions options = {}) {
  BulkLoad load(tree, options);
  for (const auto& [key, value] : model) load.add(bytes_of(key), bytes_of(value));
  load.finish();
}

Model small_rows(std::size_t count) {
  Model model;
  for (std::size_t i = 0; i < count; ++i) {
    char key[16];
    std::snprintf(key, sizeof(key), "%010zu", i * 3);
    model[key] = std::string(20 + i % 40, 'v');
  }
  return model;
}

// Keys that differ near their end only make long separators and small fan-outs: several levels from
// few entries.
Model long_keys(std::size_t count) {
  std::mt19937_64 random(2);
  std::vector<std::string> stems;
  for (int i = 0; i < 12; ++i) {
    stems.emplace_back(1000 + random() % 900, static_cast<char>('a' + i));
    stems.back()[random() % 900] = '-';
  }
  Model model;
  while (model.size() < count) {
    model[stems[random() % stems.size()] + std::to_string(random() % 10000)] =
        std::string(random() % 1000, 'v');
  }
  return model;
}

TEST(BulkLoad, BuildsTheSameTreeAsInserts) {
  for (const Model& model : {Model{}, Model{{"k", "v"}}, small_rows(60), small_rows(700),
                             small_rows(40000), long_keys(800)}) {
    SCOPED_TRACE(model.size());
    MemoryVolume memory;
    Life life(memory);
    const Tree tree(*life.space, Tree::create(*life.space));
    load(tree, model, {.fill_percent = 100, .highest_xid = 42});
    const TreeCheck check = check_tree(tree);
    ASSERT_EQ(check.error, "");
    EXPECT_EQ(check.entries, model.size());
    EXPECT_EQ(contents(tree), model);
    EXPECT_EQ(life.space->used_pages(), 2 + check.leaf_pages + check.inner_pages);
    Cursor cursor(tree, {});
    while (cursor.next_leaf()) EXPECT_EQ(cursor.highest_xid(), 42u);
    put(tree, "more", "later");
    EXPECT_EQ(check_tree(tree).error, "");
  }
}

TEST(BulkLoad, FillsLeavesAsFarAsAsked) {
  MemoryVolume memory;
  Life life(memory);
  const Model model = small_rows(40000);
  const Tree half(*life.space, Tree::create(*life.space));
  load(half, model, {.fill_percent = 50});
  const Tree full(*life.space, Tree::create(*life.space));
  load(full, model, {.fill_percent = 100});
  const auto half_pages = static_cast<double>(check_tree(half).leaf_pages);
  const auto full_pages = static_cast<double>(check_tree(full).leaf_pages);
  EXPECT_NEAR(half_pages / full_pages, 2.0, 0.1);
}

TEST(BulkLoad, LeavesASoundTreeAtEveryConsistencyPointAndNoLeakAfterClearing) {
  for (const Model& model : {small_rows(8000), long_keys(120)}) {
    MemoryVolume memory;
    wal::PageNo root;
    wal::Lsn empty;
    {
      Life life(memory);
      root = Tree::create(*life.space);
      empty = memory.last_lsn();
      load(Tree(*life.space, root), model);
    }
    for (const auto& record : memory.records()) {
      if (!record->view.is_consistency_point || record->view.lsn < empty) continue;
      const auto reopened = memory.reopen(record->view.lsn);
      Life life(*reopened);
      const Tree tree(*life.space, root);
      ASSERT_EQ(check_tree(tree).error, "");
      // A first part of the entries.
      Model expected = model;
      const Model found = contents(tree);
      if (found.empty()) {
        expected.clear();
      } else {
        expected.erase(expected.upper_bound(found.rbegin()->first), expected.end());
      }
      ASSERT_EQ(found, expected);
      tree.clear();
      ASSERT_EQ(life.space->used_pages(), 3u);
    }
  }
}

TEST(TreeClear, CanBeRepeatedAfterACrashAtAnyPoint) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  load(tree, long_keys(300));
  EXPECT_GE(check_tree(tree).height, 4u);
  const wal::Lsn loaded = memory.last_lsn();
  tree.clear();
  EXPECT_EQ(check_tree(tree).entries, 0u);
  EXPECT_EQ(life.space->used_pages(), 3u);
  for (const auto& record : memory.records()) {
    if (!record->view.is_consistency_point || record->view.lsn < loaded) continue;
    const auto reopened = memory.reopen(record->view.lsn);
    Life next(*reopened);
    const Tree again(*next.space, tree.root());
    again.clear();
    ASSERT_EQ(check_tree(again).error, "");
    ASSERT_EQ(next.space->used_pages(), 3u);
  }
  tree.drop();
  EXPECT_EQ(life.space->used_pages(), 2u);
}

// Passes reads on, but from the tenth on keeps each until a second one is there.
class MeetingVolume final : public wal::Volume {
 public:
  explicit MeetingVolume(MemoryVolume& memory) : memory_(memory) {}
  wal::TimelineId timeline() const override { return memory_.timeline(); }
  wal::Lsn branch_lsn() const override { return memory_.branch_lsn(); }
  wal::Lsn vdl() const override { return memory_.vdl(); }
  wal::Lsn last_lsn() const override { return memory_.last_lsn(); }
  wal::Result<void> wait_durable(wal::Lsn lsn) override { return memory_.wait_durable(lsn); }
  wal::Result<void> wait_for_room() override { return {}; }
  wal::Result<void> read_page(wal::PageNo page_no, wal::Lsn at_least, wal::Page& into) override {
    {
      std::unique_lock lock(mutex_);
      ++reads_;
      ++waiting_;
      met_ = met_ || (reads_ > 10 && waiting_ > 1);
      changed_.notify_all();
      if (reads_ > 10) changed_.wait_for(lock, std::chrono::seconds(20), [&] { return met_; });
      --waiting_;
    }
    return memory_.read_page(page_no, at_least, into);
  }
  wal::Lsn append_control(wal::RecordKind kind, Bytes payload) override {
    return memory_.append_control(kind, payload);
  }
  void grant_horizon(wal::Lsn, std::span<const wal::Lsn>) override {}
  bool met() const { return met_; }

 private:
  wal::Lsn append(wal::MiniTransaction&) override { return {}; }

  MemoryVolume& memory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int reads_ = 0;
  int waiting_ = 0;
  bool met_ = false;
};

TEST(Cursor, ReadsAheadOfAColdScan) {
  MemoryVolume memory;
  const Model model = small_rows(20000);
  wal::PageNo root;
  {
    Life life(memory);
    root = Tree::create(*life.space);
    load(Tree(*life.space, root), model);
  }
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    MeetingVolume meeting(memory);
    buffer::BufferPool pool(std::size_t{1} << 23);
    buffer::PagedVolume paged(pool, meeting);
    Space space(paged);
    EXPECT_EQ(contents(Tree(space, root), {}, direction), model);
    EXPECT_TRUE(meeting.met());
  }
}

TEST(TreeStatistics, EstimatesWhatIsThere) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  EXPECT_EQ(tree.statistics().entries, 0);
  EXPECT_EQ(tree.estimate({}), 0);
  const Model model = small_rows(50000);
  load(tree, model);
  const TreeCheck check = check_tree(tree);
  const TreeStatistics statistics = tree.statistics();
  EXPECT_EQ(statistics.height, check.height);
  EXPECT_NEAR(statistics.leaf_pages, static_cast<double>(check.leaf_pages), 40);
  EXPECT_NEAR(statistics.entries, 50000, 5000);
  const auto estimate = [&](std::size_t from, std::size_t to) {
    char low[16], high[16];
    std::snprintf(low, sizeof(low), "%010zu", from * 3);
    std::snprintf(high, sizeof(high), "%010zu", to * 3);
    KeyRange range;
    range.lower = bytes_of(low);
    range.upper = bytes_of(high);
    return tree.estimate(range);
  };
  EXPECT_EQ(estimate(7, 8), 1);
  EXPECT_EQ(estimate(7, 17), 10);
  EXPECT_NEAR(estimate(100, 1100), 1000, 150);
  EXPECT_NEAR(estimate(10000, 40000), 30000, 3000);
  EXPECT_NEAR(tree.estimate({}), 50000, 5000);
}

TEST(TreeStatistics, CutsARangeIntoPartsOfAboutTheSameSize) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  EXPECT_TRUE(tree.cut_keys({}, 4).empty());
  const Model model = small_rows(50000);
  load(tree, model);
  const std::string low = "0000030000", high = "0000120000";
  for (const bool bounded : {false, true}) {
    KeyRange range;
    if (bounded) {
      range.lower = bytes_of(low);
      range.upper = bytes_of(high);
    }
    const double whole = bounded ? 30000 : 50000;
    const auto cuts = tree.cut_keys(range, 4);
    ASSERT_EQ(cuts.size(), 3u);
    std::map<std::string, std::string> all;
    for (std::size_t part = 0; part < 4; ++part) {
      KeyRange piece = range;
      if (part > 0) piece.lower = cuts[part - 1];
      if (part < 3) piece.upper = cuts[part];
      const auto entries = contents(tree, piece);
      EXPECT_NEAR(static_cast<double>(entries.size()), whole / 4, whole / 16);
      all.insert(entries.begin(), entries.end());
    }
    EXPECT_EQ(all, contents(tree, range));
  }
}

}  // namespace
}  // namespace btree::testing
