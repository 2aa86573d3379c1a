// What a new writer concludes from the answers to its seal.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "pagestore/messages.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/result.h"

namespace wal {

// How far LSNs may run ahead of durability: nothing above (where the writer began, or its VDL,
// whichever is higher) + kLsnReach is ever sent to storage, and every takeover annuls that far.
// Part of the format: all writers must agree on it.
inline constexpr std::uint64_t kLsnReach = std::uint64_t{1} << 30;

struct RecoveryPlan {
  // No writer was here before: nothing to annul.
  bool fresh = false;
  // Everything acknowledged is at or below; chunks begin here.
  Lsn vdl;
  // The highest VDL that an earlier writer announced. What lies between may stand on one copy
  // only: until it has been brought to a write quorum, this is all that may be called durable.
  Lsn announced_vdl;
  // The first new record begins here.
  Lsn next_lsn;
  // What every copy must have as its list before it takes part. Empty if fresh.
  std::vector<pagestore::Truncation> truncations;
  // Per group that has parts: the end of its last part at or below the VDL. What must be on a write
  // quorum of copies before anything is served.
  std::map<GroupNo, Lsn> tails;
  TimelineId parent = kNoTimeline;
  Lsn branch_lsn;
  std::uint64_t pages_per_group = 0;
};

// `acks`: from different copies, a write quorum, that know the timeline, all sealed by
// `epoch`. They block every older writer and include, for whatever was acknowledged, a copy that
// has it. Pure. VolumeErrc::corrupt when the answers cannot all be true.
Result<RecoveryPlan> plan_recovery(std::span<const pagestore::SealAck> acks, Epoch epoch);

// The list that holds: the one whose last truncation is the newest. (Not the union: a takeover
// that was interrupted may have left its truncation on a minority, and a later takeover that did
// not see it may have kept what it annulled.)
std::vector<pagestore::Truncation> true_truncations(
    std::span<const std::vector<pagestore::Truncation>* const> lists);

bool is_annulled(Lsn part_end, std::span<const pagestore::Truncation> truncations);

}  // namespace wal
