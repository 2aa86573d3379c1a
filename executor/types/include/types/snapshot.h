// pg_snapshot: which transactions a moment sees. The value is its text, "xmin:xmax:xip,xip,...".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace types {

// Everything below xmin has ended, nothing from xmax on has begun; of those between, `running` (ascending) had not
// ended.
struct Snapshot {
  std::uint64_t xmin = 1, xmax = 1;
  std::vector<std::uint64_t> running;

  bool sees(std::uint64_t xid) const;
};

// Throws 22P02.
Snapshot read_snapshot(std::string_view text);
std::string snapshot_text(const Snapshot& snapshot);

}  // namespace types
