// When automated snapshots are taken: half an hour or more of every day (UTC), as RDS has it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "types/oid.h"

namespace database {

struct BackupWindow {
  std::chrono::minutes start{};    // since midnight, UTC
  std::chrono::minutes length{};   // 30 minutes to a day

  // "22:30-23:15"; may pass midnight. nullopt: not so, or shorter than half an hour.
  static std::optional<BackupWindow> parse(std::string_view text);
  // Of a database that names none: half an hour between 22:00 and 06:00, not the same for all.
  static BackupWindow chosen_for(types::Oid database);

  // The last begin of a window at or before `now_us` (Unix epoch), when they come every `interval`.
  std::int64_t last_start(std::int64_t now_us, std::chrono::seconds interval) const;
};

}  // namespace database
