// Which commit was the last one at a moment: what "as of" means, found in the log itself.
//
// The log is its own index: LSNs and commit times rise together, so a binary search over LSNs asks
// the copies for a few parts. Nothing is written for it when transactions commit.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/result.h"

namespace pagestore {
class StorageTier;
}

namespace wal {

struct CommitPoint {
  Lsn lsn;               // of the commit record: a consistency point
  std::int64_t time_us;  // microseconds since the Unix epoch
};

inline constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();

// The newest commit in the timeline's own log within (after, through] whose time is at or below
// `time_us`; nullopt when there is none. `through` must be at or below the VDL, `after` at or above
// the branch LSN. What is returned stands on a read quorum of copies, so that no takeover annulled it:
// a truncation is on a write quorum before anything is acknowledged behind it. Parks. Errors: VolumeErrc
// (below_horizon: the log that could tell is gone; quorum_lost: too few copies answer).
[[nodiscard]] Result<std::optional<CommitPoint>> find_commit(pagestore::StorageTier& tier,
                                                             TimelineId timeline, Lsn after,
                                                             Lsn through, std::int64_t time_us);

// The oldest commit the copies can still tell of within (after, through].
[[nodiscard]] Result<std::optional<CommitPoint>> oldest_commit(pagestore::StorageTier& tier,
                                                               TimelineId timeline, Lsn after,
                                                               Lsn through);

// How many commits the timeline's own log holds within (after, through]. As one copy has it, with no
// proof that no takeover annulled them: for showing. `branch_lsn` is the timeline's.
[[nodiscard]] Result<std::uint64_t> count_commits(pagestore::StorageTier& tier, TimelineId timeline,
                                                  Lsn branch_lsn, Lsn after, Lsn through);

}  // namespace wal
