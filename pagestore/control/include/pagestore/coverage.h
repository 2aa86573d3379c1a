// What a node must have before it may count for the one that it replaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "pagestore/messages.h"
#include "pagestore/placement.h"

namespace pagestore {

// What one node has: all of its digests (GetChanges from the beginning), of one moment.
using NodeDigests = std::map<TimelineId, TimelineDigest>;
using HoldersDigests = std::map<NodeIndex, NodeDigests>;

// Everything that was durable on a write quorum of six when it was made: any read quorum of them has it
// between them. It is made, timeline by timeline, from what those say that agree on the newest
// truncation, when they are a read quorum without any one of them: one may have lost its files since, as in
// a takeover; and until they agree nobody can tell what of its end counts. Pure.
class Coverage {
 public:
  // Of the groups of one set, number `set` of `sets` (placement.h); and of all timelines.
  explicit Coverage(std::size_t sets = 1, std::size_t set = 0) : of_{sets, std::uint64_t{1} << set} {}

  // `holders`: of those of `members` that answer, at one time or later than what shall be
  // covered. `newcomer`: later than the holders of the call before. Takes off what it has by now.
  // Where truncations came between, the timeline is looked at anew.
  void update(const Membership& members, const HoldersDigests& holders, const NodeDigests& newcomer);

  // After the second update() at the earliest.
  bool is_complete() const { return made_ && wanted_.empty() && undecided_.empty(); }

  // For the operator.
  std::size_t segments() const { return segments_; }
  std::size_t segments_left() const;
  std::uint64_t log_bytes_left() const { return log_bytes_left_; }

 private:
  struct Wanted {
    bool dropped = false;
    Epoch truncated{};
    std::map<GroupNo, Lsn> scl;  // of the groups with parts
  };

  bool agreed(const Membership& members, const HoldersDigests& holders, TimelineId id, Wanted& wanted) const;
  static bool has(const NodeDigests& newcomer, TimelineId id, const Wanted& wanted);

  HeldSets of_;
  bool made_ = false;
  std::map<TimelineId, Wanted> wanted_;
  std::set<TimelineId> undecided_;
  std::size_t segments_ = 0;
  std::uint64_t log_bytes_left_ = 0;
};

}  // namespace pagestore
