// What a session tells StatementStatistics of the statements that it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recently_used.h"
#include "statement_statistics.h"

namespace session {

class SessionState;

// Does nothing but look at the catalogue's version where the extension is not installed. Not thread-safe.
class StatementTracker {
 public:
  explicit StatementTracker(SessionState& session) : session_(session) {}

  // A statement begins; without a call of finish() it is not counted: it failed.
  void begin() {
    if (is_on()) started_ = Clock::now();
  }
  // It has run, with this command tag ("INSERT 0 5").
  void finish(std::string_view text, std::string_view tag) {
    if (is_on()) record(text, tag);
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool is_on();
  bool is_installed();
  void record(std::string_view text, std::string_view tag);
  StatementStatistics::EntryPtr entry_of(std::string_view text);

  SessionState& session_;
  std::uint64_t version_ = 0;
  bool known_ = false, installed_ = false;
  Clock::time_point started_{};
  RecentlyUsed<StatementStatistics::EntryPtr> entries_{256};
};

// The rows of pg_stat_statements: all that ran on the server; of others' statements only a member of pg_read_all_stats
// sees the text.
std::vector<std::vector<std::optional<std::string>>> statement_rows(SessionState& session, bool with_text);

}  // namespace session
