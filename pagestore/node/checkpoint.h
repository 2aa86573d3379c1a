// A checkpoint under way: the index and the tables written into the log, so that the next opening
// need not read the log from its beginning.
#pragma once

#include <map>
#include <vector>

#include "snapshot.h"

namespace pagestore {

// 1. `snapshot` takes the tables as they are at a position of the log (replay_from).
// 2. Shards with versions that no chunk holds write one; segments list their settled parts. What
//    arrives meanwhile stands behind replay_from and is read again at opening, so it may be in
//    these entries or not.
// 3. When all of that is durable, the checkpoint entry says where it stands.
// 4. When that is durable, the root's older slot names it. Now it counts.
// Only versions at or below the VDL of step 1 are stored: a truncation never reaches them.
struct Checkpoint {
  Snapshot snapshot;
  std::map<TimelineId, Lsn> limits;   // VDL of each timeline at step 1
  std::vector<ShardId> shards;        // to be looked at
  std::size_t next_shard = 0;

  struct Storing {
    bool is_shard = false;
    ShardId shard;
    std::uint16_t chunk = 0;          // which this becomes; later ones go
    std::uint32_t versions = 0;
    // For a part list: its row in the snapshot, and the segment.
    std::size_t timeline_row = 0;
    std::size_t segment_row = 0;
    StoredParts parts;
  };
  std::map<std::uint64_t, Storing> storing;  // by StoredEffect::id
  std::uint64_t bytes_outstanding = 0;
  std::uint64_t entry_id = 0;         // of the checkpoint entry; 0: not yet
  std::vector<std::byte> root_bytes;  // being written
  Root root;
};

}  // namespace pagestore
