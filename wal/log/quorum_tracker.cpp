#include "quorum_tracker.h"

#include <algorithm>
#include <functional>

#include "wal/check.h"

namespace wal {
namespace {

Lsn fourth_highest(std::array<Lsn, kCopies> scl) {
  std::nth_element(scl.begin(), scl.begin() + (kWriteQuorum - 1), scl.end(), std::greater<>());
  return scl[kWriteQuorum - 1];
}

}  // namespace

void QuorumTracker::chunk_sent(Lsn end, std::span<const GroupNo> groups) {
  CHECK(end > sent_through_);
  CHECK(!groups.empty());
  sent_through_ = end;
  chunks_.push_back({end, {groups.begin(), groups.end()}});
  for (const GroupNo group : groups) groups_.try_emplace(group);
}

void QuorumTracker::acknowledged(CopyIndex copy, GroupNo group_no, Lsn scl) {
  Group& group = groups_[group_no];
  if (scl <= group.scl[copy]) return;
  group.scl[copy] = scl;
  recompute(group);
}

void QuorumTracker::reported(CopyIndex copy, GroupNo group_no, Lsn scl) {
  Group& group = groups_[group_no];
  group.scl[copy] = scl;
  recompute(group);
}

void QuorumTracker::recompute(Group& group) {
  const Lsn pgcl = fourth_highest(group.scl);
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
  return found == groups_.end() ? kNoLsn : found->second.scl[copy];
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
    CHECK(group.pgcl == fourth_highest(group.scl));
    const auto holders = std::ranges::count_if(
        group.scl, [&](Lsn scl) { return scl >= group.pgcl; });
    CHECK(static_cast<std::size_t>(holders) >= kWriteQuorum);
  }
  // The first chunk in flight waits for something.
  if (!chunks_.empty()) {
    CHECK(std::ranges::any_of(chunks_.front().groups, [&](GroupNo group) {
      return groups_.at(group).pgcl < chunks_.front().end;
    }));
  }
}

}  // namespace wal
