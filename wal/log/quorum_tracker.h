// Which copies hold how much of the log, and how far it is durable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "pagestore/membership.h"
#include "pagestore/placement.h"
#include "wal/ids.h"
#include "wal/lsn.h"

namespace wal {

using pagestore::kCopies;
using pagestore::kReadQuorum;
using pagestore::kWriteQuorum;
using pagestore::Membership;
using pagestore::NodeSet;
using pagestore::Placement;
using CopyIndex = pagestore::NodeIndex;  // that of the node that has the copy

// Sans-IO: told what was sent and what was acknowledged, it knows the VDL. Not thread-safe.
//
// A chunk is durable when each group it touches has a PGCL at or above its end; the VDL is the end
// of the last chunk before which every chunk is durable. Since chunks are whole mini-transactions,
// VCL and VDL are one.
class QuorumTracker {
 public:
  explicit QuorumTracker(Lsn vdl, Placement placement = {})
      : placement_(std::move(placement)), vdl_(vdl), sent_through_(vdl) {}

  // From now on this is what counts. The VDL does not go back; it may rise.
  void set_placement(const Placement& placement);

  // The chunk that ends at `end` was handed to the copies; ends rise.
  void chunk_sent(Lsn end, std::span<const GroupNo> groups);

  // A copy said that its segment is complete through `scl`. What it says late (an SCL below one
  // heard before) changes nothing.
  void acknowledged(CopyIndex copy, GroupNo group, Lsn scl);

  // A copy came back and told its state afresh, which may be less than it once acknowledged (it
  // lost its disk). The VDL stays; the copy no longer counts for more than it has.
  void reported(CopyIndex copy, GroupNo group, Lsn scl);

  // Segment complete LSN of a copy, as far as heard of.
  Lsn scl(CopyIndex copy, GroupNo group) const;
  // Protection group complete LSN: what a write quorum of its six holds, of each six while its set changes.
  Lsn pgcl(GroupNo group) const;
  Lsn vdl() const { return vdl_; }
  // Chunks sent and not yet durable.
  std::size_t chunks_in_flight() const { return chunks_.size(); }

  void check_invariants() const;

 private:
  struct Group {
    std::vector<Lsn> scl;  // by copy, as far as heard of
    Lsn pgcl;

    Lsn scl_of(CopyIndex copy) const { return copy < scl.size() ? scl[copy] : kNoLsn; }
    Lsn& scl_of(CopyIndex copy) {
      if (copy >= scl.size()) scl.resize(copy + 1);
      return scl[copy];
    }
  };
  struct Chunk {
    Lsn end;
    std::vector<GroupNo> groups;
  };

  Lsn pgcl_of(GroupNo group_no, const Group& group) const;
  void recompute(GroupNo group_no, Group& group);
  void advance();

  Placement placement_;
  Lsn vdl_;
  Lsn sent_through_;
  std::map<GroupNo, Group> groups_;
  std::deque<Chunk> chunks_;  // sent and above the VDL, oldest first
};

}  // namespace wal
