#include "database/backup_window.h"

#include <gtest/gtest.h>

namespace {

using database::BackupWindow;
using std::chrono::hours;
using std::chrono::minutes;
constexpr std::int64_t kMinuteUs = 60'000'000, kDayUs = 24 * 60 * kMinuteUs;

TEST(BackupWindow, IsTwoTimesOfDayThatMayPassMidnight) {
  const auto window = BackupWindow::parse("23:45-00:15");
  ASSERT_TRUE(window);
  EXPECT_EQ(window->start, hours(23) + minutes(45));
  EXPECT_EQ(window->length, minutes(30));
  for (const char* wrong : {"", "23:45", "23:45-00:14", "24:00-01:00", "1:00-2:000", "01:60-03:00", "01:00-01:00", "aa:bb-cc:dd", "01:00_02:00"})
    EXPECT_FALSE(BackupWindow::parse(wrong)) << wrong;
}

TEST(BackupWindow, BeginsOnceADay) {
  const BackupWindow window{hours(3), minutes(30)};
  const std::int64_t midnight = 20'000 * kDayUs, start = midnight + 180 * kMinuteUs;
  EXPECT_EQ(window.last_start(start, hours(24)), start);
  EXPECT_EQ(window.last_start(start - 1, hours(24)), start - kDayUs);
  EXPECT_EQ(window.last_start(start + kDayUs - 1, hours(24)), start);
}

TEST(BackupWindow, OfDatabasesThatNameNoneIsAtNightAndNotTheSameForAll) {
  bool differs = false;
  for (types::Oid oid = 16384; oid < 16484; ++oid) {
    const auto window = BackupWindow::chosen_for(oid);
    EXPECT_TRUE(window.start >= hours(22) || window.start < hours(6));
    EXPECT_EQ(window.length, minutes(30));
    differs |= window.start != BackupWindow::chosen_for(16384).start;
  }
  EXPECT_TRUE(differs);
}

}  // namespace
