#include "recovery_plan.h"

#include <algorithm>
#include <set>

#include "quorum_tracker.h"
#include "wal/check.h"
#include "wal/volume_errc.h"

namespace wal {
namespace {

using pagestore::LogPart;
using pagestore::SealAck;
using pagestore::SegmentState;
using pagestore::Truncation;

// A segment's gap-free parts above the VDL it has seen, cut off at the first annulled one: behind
// that one, everything was written by the same fenced writer.
std::vector<const LogPart*> valid_chain(const SegmentState& segment,
                                        std::span<const Truncation> truncations) {
  std::vector<const LogPart*> chain;
  for (const LogPart& part : segment.parts_above_vdl) {
    if (part.end > segment.scl || is_annulled(part.end, truncations)) break;
    chain.push_back(&part);
  }
  return chain;
}

// Where the segment's chain stood at the VDL it has seen. What is at or below a VDL that a writer
// announced was durable: no truncation that holds touches it.
Lsn chain_base(const SegmentState& segment) {
  if (segment.parts_above_vdl.empty() || segment.parts_above_vdl.front().end > segment.scl) {
    return segment.scl;
  }
  return segment.parts_above_vdl.front().prev_part_end;
}

struct ChunkSeen {
  std::uint32_t parts = 0;
  std::set<GroupNo> groups;
};

// From `vdl` on, follows chunks of which every part is on some copy.
Lsn follow_chunks(Lsn vdl, const std::map<std::pair<Lsn, Lsn>, ChunkSeen>& chunks) {
  for (auto at = chunks.lower_bound({vdl, kNoLsn}); at != chunks.end();) {
    const auto& [begin, end] = at->first;
    if (begin > vdl) break;
    if (begin == vdl && at->second.groups.size() == at->second.parts) {
      vdl = end;
      at = chunks.lower_bound({vdl, kNoLsn});
    } else {
      ++at;
    }
  }
  return vdl;
}

}  // namespace

bool is_annulled(Lsn part_end, std::span<const Truncation> truncations) {
  return std::ranges::any_of(truncations, [&](const Truncation& truncation) {
    return part_end > truncation.after && part_end <= truncation.to;
  });
}

std::vector<Truncation> true_truncations(std::span<const std::vector<Truncation>* const> lists) {
  const std::vector<Truncation>* newest = nullptr;
  for (const auto* list : lists) {
    if (list->empty()) continue;
    if (newest == nullptr || list->back().epoch > newest->back().epoch) newest = list;
  }
  return newest == nullptr ? std::vector<Truncation>() : *newest;
}

Result<RecoveryPlan> plan_recovery(std::span<const SealAck> acks, Epoch epoch) {
  CHECK(acks.size() >= kReadQuorum);
  RecoveryPlan plan;
  plan.parent = acks.front().parent;
  plan.branch_lsn = acks.front().branch_lsn;
  plan.pages_per_group = acks.front().pages_per_group;
  plan.fresh = true;
  std::vector<const std::vector<Truncation>*> lists;
  for (const SealAck& ack : acks) {
    CHECK(ack.known && ack.epoch == epoch);
    if (ack.parent != plan.parent || ack.branch_lsn != plan.branch_lsn ||
        ack.pages_per_group != plan.pages_per_group) {
      return VolumeErrc::corrupt;
    }
    lists.push_back(&ack.truncations);
    if (raw(ack.previous_epoch) != 0 || !ack.truncations.empty() || !ack.segments.empty()) {
      plan.fresh = false;
    }
  }
  if (plan.pages_per_group == 0) return VolumeErrc::corrupt;
  plan.vdl = plan.announced_vdl = plan.next_lsn = plan.branch_lsn;
  if (plan.fresh) return plan;

  plan.truncations = true_truncations(lists);

  Lsn highest = plan.branch_lsn;  // of anything any copy ever heard of
  std::map<std::pair<Lsn, Lsn>, ChunkSeen> chunks;
  for (const SealAck& ack : acks) {
    for (const Truncation& truncation : ack.truncations) highest = std::max(highest, truncation.to);
    for (const SegmentState& segment : ack.segments) {
      plan.vdl = std::max(plan.vdl, segment.vdl_seen);
      for (const LogPart& part : segment.parts_above_vdl) highest = std::max(highest, part.end);
      for (const LogPart* part : valid_chain(segment, plan.truncations)) {
        ChunkSeen& chunk = chunks[{part->begin, part->end}];
        chunk.parts = part->parts;
        chunk.groups.insert(part->group.group);
      }
    }
  }
  plan.announced_vdl = plan.vdl;
  plan.vdl = follow_chunks(plan.announced_vdl, chunks);

  for (const SealAck& ack : acks) {
    for (const SegmentState& segment : ack.segments) {
      Lsn& tail = plan.tails.try_emplace(segment.group.group, plan.branch_lsn).first->second;
      tail = std::max(tail, chain_base(segment));
      for (const LogPart* part : valid_chain(segment, plan.truncations)) {
        if (part->end <= plan.vdl) tail = std::max(tail, part->end);
      }
    }
  }
  for (const auto& [group, tail] : plan.tails) {
    if (tail > plan.vdl) return VolumeErrc::corrupt;
  }

  // No writer before this one sent anything above its VDL, or above where it began, by more than
  // the reach; the first is at most ours, the second the end of a truncation that we know.
  plan.next_lsn = std::max(plan.vdl, highest).advanced_by(kLsnReach);
  // Ranges that lie inside the new one add nothing to it.
  std::erase_if(plan.truncations,
                [&](const Truncation& truncation) { return truncation.after >= plan.vdl; });
  plan.truncations.push_back({epoch, plan.vdl, plan.next_lsn});
  return plan;
}

}  // namespace wal
