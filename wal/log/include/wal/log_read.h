// Reading a timeline's log back from the copies: for exports.
#pragma once

#include <functional>

#include "pagestore/messages.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/result.h"

namespace pagestore {
class StorageTier;
}

namespace wal {

// Calls visit(part) for every part of the group in the timeline's own log that reaches into
// (after, through], in chain order, without a gap; the first may begin earlier. `branch_lsn` is the
// timeline's, `through` at or below the VDL. `visit` may throw. Parks. Errors: VolumeErrc
// (below_horizon: not all of that log is kept any more; quorum_lost: too few copies answer).
[[nodiscard]] Result<void> read_log(pagestore::StorageTier& tier, TimelineId timeline, GroupNo group,
                                    Lsn branch_lsn, Lsn after, Lsn through,
                                    const std::function<void(const pagestore::LogPart&)>& visit);

}  // namespace wal
