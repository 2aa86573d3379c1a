// Which copies hold how much of the log, and how far it is durable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <vector>

#include "wal/ids.h"
#include "wal/lsn.h"

namespace wal {

// Six copies, two per zone: writing takes four, so that a zone may be down; recovery reads three,
// which meet every four. Source: Verbitski et al., SIGMOD 2017, section 2.
inline constexpr std::size_t kCopies = 6;
inline constexpr std::size_t kWriteQuorum = 4;
inline constexpr std::size_t kReadQuorum = 3;
static_assert(kWriteQuorum + kReadQuorum > kCopies);
static_assert(2 * kWriteQuorum > kCopies);

using CopyIndex = std::size_t;  // [0, kCopies)

// Sans-IO: told what was sent and what was acknowledged, it knows the VDL. Not thread-safe.
//
// A chunk is durable when each group it touches has a PGCL at or above its end; the VDL is the end
// of the last chunk before which every chunk is durable. Since chunks are whole mini-transactions,
// VCL and VDL are one.
class QuorumTracker {
 public:
  explicit QuorumTracker(Lsn vdl) : vdl_(vdl), sent_through_(vdl) {}

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
  // Protection group complete LSN: what four of the six hold.
  Lsn pgcl(GroupNo group) const;
  Lsn vdl() const { return vdl_; }
  // Chunks sent and not yet durable.
  std::size_t chunks_in_flight() const { return chunks_.size(); }

  void check_invariants() const;

 private:
  struct Group {
    std::array<Lsn, kCopies> scl{};
    Lsn pgcl;
  };
  struct Chunk {
    Lsn end;
    std::vector<GroupNo> groups;
  };

  void recompute(Group& group);
  void advance();

  Lsn vdl_;
  Lsn sent_through_;
  std::map<GroupNo, Group> groups_;
  std::deque<Chunk> chunks_;  // sent and above the VDL, oldest first
};

}  // namespace wal
