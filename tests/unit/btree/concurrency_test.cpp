#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "fixture.h"

namespace btree::testing {
namespace {

using wal::testing::MemoryVolume;

#ifdef SEXTANT_PESSIMISTIC_LATCHES
constexpr int kRounds = 1500;
#else
constexpr int kRounds = 4000;
#endif

// Each writer owns the keys that end in its number, so each knows what it must find; readers see
// sound values of anybody's.
void work(const Tree& tree, int rounds, unsigned writer, std::uint64_t seed,
          std::map<std::string, std::string>& model) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < rounds; ++i) {
    const std::string key = "key/" + std::to_string(random() % 2000) + "/" + std::to_string(writer);
    switch (random() % 8) {
      case 0:
      case 1:
        ASSERT_EQ(remove(tree, key), model.erase(key) == 1);
        break;
      case 2: {
        const auto found = model.find(key);
        ASSERT_EQ(get(tree, key),
                  found == model.end() ? std::nullopt : std::optional(found->second));
        break;
      }
      default: {
        const std::string value(random() % 300, static_cast<char>('a' + random() % 26));
        put(tree, key, value);
        model[key] = value;
      }
    }
  }
}

void run_mixed(Life& life, MemoryVolume& memory, int rounds = kRounds) {
  const Tree tree(*life.space, Tree::create(*life.space));
  constexpr unsigned kWriters = 3;
  std::map<std::string, std::string> models[kWriters];
  // Keys that stay there throughout: every scan must meet each exactly once.
  std::map<std::string, std::string> anchors;
  for (int i = 0; i < 500; ++i) {
    const std::string key = "key/" + std::to_string(i * 4) + "/anchor";
    anchors[key] = "anchored";
    put(tree, key, "anchored");
  }
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (unsigned writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] { work(tree, rounds, writer, writer + 1, models[writer]); });
  }
  std::atomic<int> scans = 0;
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    threads.emplace_back([&, direction] {
      do {
        std::size_t met = 0;
        for (const auto& [key, value] : contents(tree, {}, direction)) {
          if (key.ends_with("anchor")) {
            ++met;
            ASSERT_EQ(value, "anchored");
          } else {
            // Values are of one letter: a torn read would show.
            ASSERT_EQ(value.find_first_not_of(value.empty() ? 'x' : value[0]), std::string::npos);
          }
        }
        ASSERT_EQ(met, anchors.size());
        ++scans;
      } while (!stop);
    });
  }
  for (unsigned i = 0; i < kWriters; ++i) threads[i].join();
  stop = true;
  for (unsigned i = kWriters; i < threads.size(); ++i) threads[i].join();
  EXPECT_GE(scans, 2);

  std::map<std::string, std::string> expected = anchors;
  for (const auto& model : models) expected.insert(model.begin(), model.end());
  EXPECT_EQ(check_tree(tree).error, "");
  EXPECT_EQ(contents(tree), expected);
  memory.release_vdl();
  Life next(memory);
  EXPECT_EQ(contents(Tree(*next.space, tree.root())), expected);
}

TEST(TreeConcurrency, WritersAndScansAgreeInALargePool) {
  MemoryVolume memory;
  Life life(memory);
  run_mixed(life, memory);
}

TEST(TreeConcurrency, WritersAndScansAgreeUnderEviction) {
  MemoryVolume memory;
  Life life(memory, 64);
  run_mixed(life, memory);
  EXPECT_GT(life.pool.statistics().evictions, 0u);
}

TEST(TreeConcurrency, EvictionWaitsForDurabilityThatComesLate) {
  MemoryVolume memory;
  Life life(memory, 64);
  memory.hold_vdl();
  std::atomic<bool> stop = false;
  // The log becomes durable in steps, the page under a writer's feet only after it asked.
  std::thread storage([&] {
    while (!stop) {
      memory.advance_vdl(memory.last_lsn());
      std::this_thread::yield();
    }
  });
  run_mixed(life, memory, kRounds / 4);
  stop = true;
  storage.join();
}

}  // namespace
}  // namespace btree::testing
