#include "quorum_tracker.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "wal/check.h"

namespace wal {

void QuorumTracker::set_placement(const Placement& placement) {
  const Placement before = std::exchange(placement_, placement);
  for (auto& [no, group] : groups_) {
    // What one had of the group when it held it before counts when it has said so anew.
    for (const CopyIndex copy : placement_.of(no).all() - before.of(no).all()) group.scl_of(copy) = kNoLsn;
    group.pgcl = pgcl_of(no, group);
  }
  advance();
}

Lsn QuorumTracker::pgcl_of(GroupNo group_no, const Group& group) const {
  const Membership& members = placement_.of(group_no);
  const auto written = [&](NodeSet set) {
    std::array<Lsn, kCopies> scl;
    std::ranges::transform(set, scl.begin(), [&](CopyIndex copy) { return group.scl_of(copy); });
    std::nth_element(scl.begin(), scl.begin() + (kWriteQuorum - 1), scl.end(), std::greater<>());
    Lsn by_full = wal::kNoLsn;
    if (const NodeSet full = members.full_quorum(set); !full.empty()) {
      by_full = wal::kMaxLsn;
      for (const CopyIndex copy : full) by_full = std::min(by_full, group.scl_of(copy));
    }
    return std::max(scl[kWriteQuorum - 1], by_full);
  };
  const Lsn pgcl = written(members.before());
  return members.is_changing() ? std::min(pgcl, written(members.after())) : pgcl;
}

void QuorumTracker::chunk_sent(Lsn end, std::span<const GroupNo> groups) {
  CHECK(end > sent_through_);
  CHECK(!groups.empty());
  sent_through_ = end;
  chunks_.push_back({end, {groups.begin(), groups.end()}});
  for (const GroupNo group : groups) groups_.try_emplace(group);
}

void QuorumTracker::acknowledged(CopyIndex copy, GroupNo group_no, Lsn scl) {
  Group& group = groups_[group_no];
  if (scl <= group.scl_of(copy)) return;
  group.scl_of(copy) = scl;
  recompute(group_no, group);
}

void QuorumTracker::reported(CopyIndex copy, GroupNo group_no, Lsn scl) {
  Group& group = groups_[group_no];
  group.scl_of(copy) = scl;
  recompute(group_no, group);
}

void QuorumTracker::recompute(GroupNo group_no, Group& group) {
  const Lsn pgcl = pgcl_of(group_no, group);
  const bool rose = pgcl > group.pgcl;
  group.pgcl = pgcl;
  if (rose) advance();
}

void QuorumTracker::advance() {
  const auto durable = [&](const Chunk& chunk) {
    return std::ranges::all_of(chunk.groups, [&](GroupNo group) {
      return groups_.at(group).pgcl >= chunk.end;
    });
  };
  while (!chunks_.empty() && durable(chunks_.front())) {
    vdl_ = chunks_.front().end;
    chunks_.pop_front();
  }
}

Lsn QuorumTracker::scl(CopyIndex copy, GroupNo group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? kNoLsn : found->second.scl_of(copy);
}

Lsn QuorumTracker::pgcl(GroupNo group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? kNoLsn : found->second.pgcl;
}

void QuorumTracker::check_invariants() const {
  CHECK(vdl_ <= sent_through_);
  Lsn previous = vdl_;
  for (const Chunk& chunk : chunks_) {
    CHECK(chunk.end > previous);
    previous = chunk.end;
  }
  CHECK(chunks_.empty() ? vdl_ == sent_through_ : previous == sent_through_);
  for (const auto& [no, group] : groups_) {
    NodeSet holders, beyond;
    const Membership& members = placement_.of(no);
    for (const CopyIndex copy : members.all()) {
      if (group.scl_of(copy) >= group.pgcl) holders.add(copy);
      if (group.scl_of(copy) > group.pgcl) beyond.add(copy);
    }
    CHECK(members.is_write_quorum(holders) && !members.is_write_quorum(beyond));
  }
  // The first chunk in flight waits for something.
  if (!chunks_.empty()) {
    CHECK(std::ranges::any_of(chunks_.front().groups, [&](GroupNo group) {
      return groups_.at(group).pgcl < chunks_.front().end;
    }));
  }
}

}  // namespace wal
