#include "types/snapshot.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "types/wire.h"

namespace types {

bool Snapshot::sees(std::uint64_t xid) const {
  if (xid < xmin) return true;
  return xid < xmax && !std::ranges::binary_search(running, xid);
}

Snapshot read_snapshot(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto refuse = [&] { throw_invalid_syntax("pg_snapshot", text); };
  const auto number = [&] {
    std::uint64_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc()) refuse();
    at = next;
    return value;
  };
  const auto colon = [&] {
    if (at == end || *at++ != ':') refuse();
  };
  Snapshot result;
  result.xmin = number();
  colon();
  result.xmax = number();
  colon();
  if (result.xmin == 0 || result.xmax == 0 || result.xmax < result.xmin) refuse();
  while (at != end) {
    const std::uint64_t xid = number();
    if (xid < result.xmin || xid >= result.xmax || (!result.running.empty() && xid < result.running.back())) refuse();
    if (result.running.empty() || xid != result.running.back()) result.running.push_back(xid);
    if (at != end && *at++ != ',') refuse();
  }
  return result;
}

std::string snapshot_text(const Snapshot& snapshot) {
  return fmt::format("{}:{}:{}", snapshot.xmin, snapshot.xmax, fmt::join(snapshot.running, ","));
}

}  // namespace types
