// Commit times: what moments are found by.
#include <cstring>

#include "manager_state.h"
#include "world.h"

namespace table::testing {
namespace {

std::int64_t clock_us = 0;

// Of every commit in the log, in its order.
std::vector<std::int64_t> commit_times(const wal::testing::MemoryVolume& volume) {
  std::vector<std::int64_t> times;
  for (const auto& record : volume.records()) {
    if (record->view.kind != wal::RecordKind::commit) continue;
    std::int64_t time_us = 0;
    std::memcpy(&time_us, record->view.payload.data() + 8, sizeof(time_us));
    times.push_back(time_us);
  }
  return times;
}

void use_test_clock(Engine& engine) {
  engine.manager->state().clock_us = [] { return clock_us; };
}

void commit_something(Engine& engine) {
  auto transaction = engine.begin();
  engine.manager->create_tree(*transaction);
  EXPECT_NE(transaction->commit(), wal::kNoLsn);
}

TEST(CommitTimes, DoNotFollowAClockThatIsSetBack) {
  wal::testing::MemoryVolume volume(wal::TimelineId{7});
  Engine engine(volume);
  use_test_clock(engine);
  clock_us = 5'000'123;
  commit_something(engine);
  clock_us = 4'000'000;
  commit_something(engine);
  EXPECT_EQ(commit_times(volume), (std::vector<std::int64_t>{5'000'123, 5'000'123}));
}

TEST(CommitTimes, DoNotFollowAClockThatIsSetBackOverARestart) {
  wal::testing::MemoryVolume volume(wal::TimelineId{7});
  {
    Engine engine(volume);
    use_test_clock(engine);
    clock_us = 5'000'123;
    commit_something(engine);
    clock_us = 9'000'123;
    commit_something(engine);
  }
  auto reopened = volume.reopen(volume.last_lsn());
  auto cloned = volume.clone(wal::TimelineId{8}, volume.last_lsn());
  clock_us = 1'000'000;
  for (auto* next : {reopened.get(), cloned.get()}) {
    Engine engine(*next);
    use_test_clock(engine);
    commit_something(engine);
    // What a page remembers is in whole milliseconds.
    EXPECT_GE(commit_times(*next).back(), 9'000'123);
    EXPECT_LT(commit_times(*next).back(), 9'002'000);
  }
}

}  // namespace
}  // namespace table::testing
