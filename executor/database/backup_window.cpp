#include "database/backup_window.h"

#include <charconv>

namespace database {
namespace {

using std::chrono::minutes;

constexpr minutes kDay = std::chrono::hours(24), kShortest{30};
constexpr minutes kBlockStart = std::chrono::hours(22), kBlock = std::chrono::hours(8);

// "hh24:mi"
std::optional<minutes> time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  unsigned hour = 0, minute = 0;
  const auto whole = [](std::string_view digits, unsigned& value) {
    return std::from_chars(digits.begin(), digits.end(), value).ptr == digits.end();
  };
  if (!whole(text.substr(0, 2), hour) || !whole(text.substr(3), minute) || hour > 23 || minute > 59)
    return std::nullopt;
  return minutes(hour * 60 + minute);
}

}  // namespace

std::optional<BackupWindow> BackupWindow::parse(std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  const auto from = time_of_day(text.substr(0, 5)), to = time_of_day(text.substr(6));
  if (!from || !to) return std::nullopt;
  const minutes length = (*to - *from + kDay) % kDay;
  if (length < kShortest) return std::nullopt;
  return BackupWindow{*from, length};
}

BackupWindow BackupWindow::chosen_for(types::Oid database) {
  const auto places = static_cast<std::uint32_t>(kBlock / kShortest);
  return {(kBlockStart + kShortest * ((database * 2'654'435'761U >> 16) % places)) % kDay, kShortest};
}

std::int64_t BackupWindow::last_start(std::int64_t now_us, std::chrono::seconds interval) const {
  using std::chrono::duration_cast, std::chrono::microseconds;
  const std::int64_t every = microseconds(interval).count();
  const std::int64_t offset = microseconds(start).count() % every;
  return (now_us - offset) / every * every + offset;
}

}  // namespace database
