// What one session is doing, for others to look at: pg_stat_activity.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace session {

enum class ActivityState : std::uint8_t { starting, idle, active, idle_in_transaction, failed_transaction };

// One session writes (its own thread of control), anybody reads. A statement costs its two stores
// of a sequence number and the copying of its text: no lock, no allocation.
class Activity {
 public:
  // Longer texts are cut, at a character: track_activity_query_size.
  static constexpr std::size_t kTextBytes = 1023;

  // Times are timestamptz: microseconds since 2000-01-01 UTC, 0: none.
  struct Snapshot {
    ActivityState state = ActivityState::starting;
    std::int64_t transaction_start = 0, query_start = 0, state_change = 0;
    std::string query;
  };

  // A statement begins. `transaction_start` 0: its own start.
  void begin(std::string_view text, std::int64_t now, std::int64_t transaction_start);
  // The session waits for its client.
  void end(ActivityState state, std::int64_t now);

  Snapshot read() const;

 private:
  static constexpr std::size_t kWords = (kTextBytes + 1) / 8;

  void store_text(std::string_view text);
  // The sequence is odd while a change is being written.
  void open();
  void close();

  std::atomic<std::uint64_t> sequence_ = 0;
  std::atomic<ActivityState> state_ = ActivityState::starting;
  std::atomic<std::int64_t> transaction_start_ = 0, query_start_ = 0, state_change_ = 0;
  std::atomic<std::uint32_t> size_ = 0;
  std::array<std::atomic<std::uint64_t>, kWords> text_{};
};

}  // namespace session
