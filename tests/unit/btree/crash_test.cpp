#include <gtest/gtest.h>

#include <random>

#include "fixture.h"

namespace btree::testing {
namespace {

using wal::testing::MemoryVolume;

// Every consistency point is a possible end of the log. The tree must be sound at each, hold what
// was committed by then, and no page may be marked used that nothing reaches.
TEST(TreeCrash, LeavesASoundTreeAtEveryConsistencyPoint) {
  MemoryVolume memory;
  std::map<std::uint64_t, std::map<std::string, std::string>> states;  // by last LSN
  wal::PageNo root;
  {
    Life life(memory);
    root = Tree::create(*life.space);
    const Tree tree(*life.space, root);
    std::mt19937_64 random(3);
    std::map<std::string, std::string> model;
    states[memory.last_lsn().value()] = model;
    for (int i = 0; i < 350; ++i) {
      const std::string key = std::to_string(random() % 150);
      if (random() % 3 == 0 || i > 250) {
        wal::MiniTransaction mtr(memory);
        ExclusiveLeaf leaf = tree.seek_exclusive(bytes_of(key));
        const bool found = leaf.found();
        if (found) {
          leaf.erase(mtr);
          mtr.commit();
          model.erase(key);
          states[memory.last_lsn().value()] = model;
        }
        leaf.release();
        tree.merge(bytes_of(key));
      } else {
        const std::string value(random() % 1500, 'v');
        put(tree, key, value);
        model[key] = value;
        states[memory.last_lsn().value()] = model;
      }
    }
  }
  std::size_t points = 0;
  for (const auto& record : memory.records()) {
    if (!record->view.is_consistency_point) continue;
    const wal::Lsn at = record->view.lsn;
    if (at.value() < states.begin()->first) continue;
    ++points;
    const std::unique_ptr<MemoryVolume> reopened = memory.reopen(at);
    Life life(*reopened, 256);
    const Tree tree(*life.space, root);
    const TreeCheck check = check_tree(tree);
    ASSERT_EQ(check.error, "") << at.value();
    // Header, map and tree: nothing leaked.
    ASSERT_EQ(life.space->used_pages(), 2 + check.leaf_pages + check.inner_pages) << at.value();
    const auto state = std::prev(states.upper_bound(at.value()));
    ASSERT_EQ(contents(tree), state->second) << at.value();
    if (points % 16 == 0) {
      for (int i = 0; i < 40; ++i) put(tree, "after" + std::to_string(i), std::string(900, 'w'));
      ASSERT_EQ(check_tree(tree).error, "");
    }
  }
  EXPECT_GT(points, 250u);
}

}  // namespace
}  // namespace btree::testing
