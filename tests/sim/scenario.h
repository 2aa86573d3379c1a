// One run: a storage tier, its writers and their bad luck, all from one seed.
#pragma once

#include <cstdint>

namespace sim {

struct Outcome {
  std::uint64_t records = 0;     // logged, acknowledged or not
  std::uint64_t takeovers = 0;   // writers that came to serve
  std::uint64_t clones = 0;
  std::uint64_t node_crashes = 0;
  std::uint64_t files_removed = 0;  // by collections
  std::uint64_t log_bytes_fetched = 0;  // by nodes from their peers, since the healing
  std::uint64_t pages_copied = 0;
  std::uint64_t replaced = 0;  // nodes by others
  std::uint64_t without_tails = 0;   // timelines that went on while all tails of a set were down
  std::uint64_t pages_compared = 0;  // between two nodes, at one LSN
  std::uint64_t parts_compared = 0;  // of the log, between two nodes
  std::uint64_t false_images = 0;    // on a disk, with checksums that hold
};

// Stops the process (CHECK) when anything that must hold does not.
Outcome run(std::uint64_t seed, bool trace = false);

}  // namespace sim
