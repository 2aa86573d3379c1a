#include <gtest/gtest.h>

#include <random>

#include "btree/bulk_load.h"
#include "btree/errc.h"
#include "fixture.h"

namespace btree::testing {
namespace {

using wal::testing::MemoryVolume;

std::string number_key(std::uint64_t n) {
  std::string key(8, '\0');
  for (int i = 7; i >= 0; --i, n >>= 8) key[static_cast<std::size_t>(i)] = static_cast<char>(n);
  return key;
}

// Keys that share long prefixes, differ in length, and are prefixes of each other.
std::string random_key(std::mt19937_64& random) {
  static const std::string kStems[] = {"",
                                       "a",
                                       "customer/0000000000000000000000",
                                       std::string(300, 'x'),
                                       std::string(3, '\0'),
                                       std::string(2, '\xff')};
  std::string key = kStems[random() % std::size(kStems)];
  const std::size_t length = random() % 7;
  for (std::size_t i = 0; i < length; ++i)
    key.push_back(static_cast<char>("\0\1ab\xff"[random() % 5]));
  return key;
}

std::string random_value(std::mt19937_64& random) {
  static const std::size_t kSizes[] = {0, 4, 40, 120, 600, 2600};
  const std::size_t size = random() % (kSizes[random() % std::size(kSizes)] + 1);
  return std::string(size, static_cast<char>('a' + random() % 26));
}

TEST(Tree, FindsNothingInAnEmptyTree) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  EXPECT_EQ(get(tree, "a"), std::nullopt);
  EXPECT_TRUE(contents(tree).empty());
  EXPECT_TRUE(contents(tree, {}, Direction::backward).empty());
  EXPECT_EQ(check_tree(tree).error, "");
}

TEST(Tree, KeepsWhatIsInsertedInAscendingOrderInFullPages) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  constexpr std::uint64_t kCount = 20000;
  const std::string value(80, 'v');
  for (std::uint64_t n = 0; n < kCount; ++n) put(tree, number_key(n), value);
  const TreeCheck check = check_tree(tree);
  EXPECT_EQ(check.error, "");
  EXPECT_EQ(check.entries, kCount);
  // 98 bytes each: uneven splits leave the pages nearly full.
  EXPECT_LT(check.leaf_pages, kCount * 98 / 7900);
  for (std::uint64_t n = 0; n < kCount; n += 7) EXPECT_EQ(get(tree, number_key(n)), value);
  EXPECT_EQ(get(tree, number_key(kCount)), std::nullopt);
}

TEST(Tree, AgreesWithAMapThroughRandomOperationsAndReopening) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    MemoryVolume memory;
    auto life = std::make_unique<Life>(memory);
    const wal::PageNo root = Tree::create(*life->space);
    std::map<std::string, std::string> model;
    for (int round = 0; round < 4; ++round) {
      const Tree tree(*life->space, root);
      const bool shrinking = round == 2;
      for (int i = 0; i < 4000; ++i) {
        std::string key = random_key(random);
        if (shrinking && !model.empty() && random() % 3 != 0) {
          const auto at = model.lower_bound(key);
          key = at == model.end() ? model.begin()->first : at->first;
        }
        if (random() % 10 < (shrinking ? 8 : 3)) {
          EXPECT_EQ(remove(tree, key), model.erase(key) == 1);
        } else {
          const std::string value = random_value(random);
          put(tree, key, value);
          model[key] = value;
        }
        if (i % 10 == 0) {
          const std::string probe = random_key(random);
          const auto found = model.find(probe);
          EXPECT_EQ(get(tree, probe),
                    found == model.end() ? std::nullopt : std::optional(found->second));
        }
      }
      const TreeCheck check = check_tree(tree);
      ASSERT_EQ(check.error, "");
      ASSERT_EQ(check.entries, model.size());
      ASSERT_EQ(contents(tree), model);
      ASSERT_EQ(contents(tree, {}, Direction::backward), model);
      life.reset();
      life = std::make_unique<Life>(memory);
      ASSERT_EQ(contents(Tree(*life->space, root)), model);
    }
  }
}

TEST(Tree, GivesAllItsPagesButTheRootBackWhenItBecomesEmpty) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  const std::uint64_t used = life.space->used_pages();
  std::mt19937_64 random(5);
  std::map<std::string, std::string> model;
  for (int i = 0; i < 3000; ++i) {
    const std::string key = std::to_string(random());
    put(tree, key, std::string(300, 'v'));
    model[key];
  }
  EXPECT_GE(check_tree(tree).height, 2u);
  for (const auto& [key, value] : model) ASSERT_TRUE(remove(tree, key));
  EXPECT_EQ(check_tree(tree).error, "");
  EXPECT_EQ(check_tree(tree).height, 1u);
  EXPECT_EQ(life.space->used_pages(), used);
}

TEST(Tree, KeepsWhatItsRootSaysOfReferencesThroughGrowthAndShrinking) {
  wal::testing::MemoryVolume memory;
  Life life(memory);
  for (const bool noted : {false, true}) {
    const Tree tree(*life.space, Tree::create(*life.space));
    EXPECT_FALSE(tree.may_have_references());
    if (noted) tree.note_references();
    BulkLoad load(tree);
    for (int i = 0; i < 20'000; ++i) {
      load.add(bytes_of(std::to_string(100'000 + i)), bytes_of(std::string(100, 'v')));
    }
    load.finish();
    EXPECT_EQ(tree.may_have_references(), noted);
    for (int i = 0; i < 5'000; ++i) put(tree, std::to_string(200'000 + i), std::string(100, 'w'));
    EXPECT_EQ(tree.may_have_references(), noted);
    tree.clear();
    EXPECT_EQ(tree.may_have_references(), noted);
    for (int i = 0; i < 500; ++i) put(tree, std::to_string(i), std::string(200, 'x'));
    EXPECT_EQ(tree.may_have_references(), noted);
    tree.note_references();
    EXPECT_TRUE(tree.may_have_references());
    tree.drop();
  }
  // The page that was a root before says nothing of the tree that it becomes the root of.
  EXPECT_FALSE(Tree(*life.space, Tree::create(*life.space)).may_have_references());
}

TEST(Tree, ScansRangesInBothDirectionsWithEveryKindOfEnd) {
  std::mt19937_64 random(7);
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  std::map<std::string, std::string> model;
  for (int i = 0; i < 3000; ++i) {
    const std::string key = random_key(random);
    model[key] = std::string(random() % 200, 'v');
    put(tree, key, model[key]);
  }
  for (int i = 0; i < 500; ++i) {
    std::string low = random_key(random);
    std::string high = random_key(random);
    if (high < low) std::swap(low, high);
    KeyRange range;
    if (random() % 8 != 0) range.lower = bytes_of(low);
    if (random() % 8 != 0) range.upper = bytes_of(high);
    range.lower_inclusive = random() % 2 == 0;
    range.upper_inclusive = random() % 2 == 0;
    const auto first = !range.lower ? model.begin()
                                    : range.lower_inclusive ? model.lower_bound(low) : model.upper_bound(low);
    const auto last = !range.upper ? model.end()
                                   : range.upper_inclusive ? model.upper_bound(high) : model.lower_bound(high);
    std::map<std::string, std::string> expected;
    const bool is_empty = range.lower && range.upper && low == high && !(range.lower_inclusive && range.upper_inclusive);
    if (!is_empty) expected.insert(first, last);
    ASSERT_EQ(contents(tree, range), expected);
    ASSERT_EQ(contents(tree, range, Direction::backward), expected);
  }
}

TEST(Tree, TakesTheLargestKeysAndValuesAndRefusesLargerOnes) {
  std::mt19937_64 random(11);
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  std::map<std::string, std::string> model;
  for (int i = 0; i < 400; ++i) {
    // Different near the end, in the middle, or at once.
    std::string key(kMaxKeySize - random() % 3, 'k');
    const std::size_t at =
        random() % 2 == 0 ? key.size() - 1 - random() % 4 : random() % key.size();
    key[at] = static_cast<char>(random());
    if (random() % 4 == 0) key.resize(1 + random() % key.size());
    const std::string value(
        random() % 2 == 0 ? max_inline_value(key.size()) : random() % max_inline_value(key.size()),
        'v');
    put(tree, key, value);
    model[key] = value;
    ASSERT_EQ(check_tree(tree).error, "");
  }
  EXPECT_EQ(contents(tree), model);
  EXPECT_THROW(tree.make_room(bytes_of(std::string(kMaxKeySize + 1, 'k')), 0), EntryTooLarge);
  EXPECT_THROW(tree.make_room(bytes_of("k"), kMaxInlineValue + 1), EntryTooLarge);
}

TEST(Tree, LogsASmallOverwriteAsOneSmallWrite) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  put(tree, "key", std::string(100, 'v'));
  const std::size_t before = memory.record_count();
  {
    wal::MiniTransaction mtr(memory);
    ExclusiveLeaf leaf = tree.seek_exclusive(bytes_of("key"));
    leaf.overwrite(mtr, 10, bytes_of("1234"));
    mtr.commit();
  }
  ASSERT_EQ(memory.record_count(), before + 1);
  EXPECT_EQ(memory.records().back()->view.payload.size(), 5u + 4u);
  EXPECT_EQ(get(tree, "key")->substr(8, 8), "vv1234vv");
}

constexpr std::uint64_t kNumbers = 20000;
void put_numbers(const Tree& tree) {
  for (std::uint64_t n = 0; n < kNumbers; ++n) put(tree, number_key(n), std::string(80, 'v'));
}

TEST(Tree, SamplesLeavesInOrder) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  put_numbers(tree);

  const LeafSample all = tree.sample_leaves(1'000'000, 1);
  EXPECT_EQ(all.leaf_pages, static_cast<double>(all.leaves.size()));
  Cursor cursor(tree, {});
  cursor.reset(all);
  std::uint64_t met = 0;
  std::size_t pages = 0;
  std::vector<std::byte> key;
  for (; cursor.next_leaf(); ++pages) {
    for (unsigned i = 0; i < cursor.count(); ++i, ++met) {
      cursor.key(i).assign_to(key);
      ASSERT_EQ(text_of(key), number_key(met));
    }
  }
  EXPECT_EQ(met, kNumbers);
  EXPECT_EQ(pages, all.leaves.size());

  const LeafSample some = tree.sample_leaves(20, 1);
  EXPECT_EQ(some.leaf_pages, all.leaf_pages);
  ASSERT_EQ(some.leaves.size(), 20U);
  cursor.reset(some);
  std::string last;
  for (pages = 0; cursor.next_leaf(); ++pages) {
    cursor.key(0).assign_to(key);
    EXPECT_LT(last, text_of(key));
    last = text_of(key);
  }
  EXPECT_EQ(pages, 20U);
}

// One cursor over one range after the other, also one without bounds after one with them.
TEST(Tree, ResetsACursor) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  put_numbers(tree);

  const std::string low = number_key(kNumbers / 2), high = number_key(kNumbers / 2 + 1000);
  const auto entries = [](Cursor& cursor) {
    std::uint64_t met = 0;
    while (cursor.next_leaf()) met += cursor.count();
    return met;
  };
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    Cursor cursor(tree, {.lower = bytes_of(low), .upper = bytes_of(high)}, direction);
    EXPECT_EQ(entries(cursor), 1000U);
    cursor.reset(KeyRange{});
    EXPECT_EQ(entries(cursor), kNumbers);
    cursor.reset({.lower = bytes_of(low), .upper = {}});
    EXPECT_EQ(entries(cursor), kNumbers - kNumbers / 2);
    cursor.reset({.lower = {}, .upper = bytes_of(high)});
    EXPECT_EQ(entries(cursor), kNumbers / 2 + 1000);
  }
}

// A leaf that was taken away stays as it was.
TEST(Tree, TakesALeafFromACursor) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  put_numbers(tree);

  Cursor cursor(tree, {});
  std::vector<std::unique_ptr<wal::Page>> taken;
  std::vector<std::pair<Bytes, std::string>> lent;
  for (std::uint64_t met = 0; cursor.next_leaf();) {
    met += cursor.count();
    lent.emplace_back(cursor.value(0), std::string(text_of(cursor.value(0))));
    taken.push_back(cursor.take_leaf(std::make_unique<wal::Page>()));
    EXPECT_EQ(cursor.count(), 0U);
    EXPECT_LE(met, kNumbers);
  }
  EXPECT_GT(taken.size(), 10U);
  for (const auto& [bytes, value] : lent) EXPECT_EQ(text_of(bytes), value);
}

// A page in the first half of the tree is chosen about as often as one in the second.
TEST(Tree, SamplesEveryPartOfTheTree) {
  MemoryVolume memory;
  Life life(memory);
  const Tree tree(*life.space, Tree::create(*life.space));
  put_numbers(tree);
  std::size_t first_half = 0;
  constexpr std::uint32_t kSeeds = 100;
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed)
    for (const LeafSample::Leaf& leaf : tree.sample_leaves(20, seed).leaves)
      if (text_of(leaf.low) < number_key(kNumbers / 2)) ++first_half;
  EXPECT_GT(first_half, 20 * kSeeds * 2 / 5);
  EXPECT_LT(first_half, 20 * kSeeds * 3 / 5);
}

}  // namespace
}  // namespace btree::testing
