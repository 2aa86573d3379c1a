#include "member_checks.h"

#include <algorithm>
#include <set>

#include "wal/check.h"

namespace sim {

using wal::Lsn;
using wal::TimelineId;

std::vector<std::size_t> MemberChecks::full_of(const wal::Membership& members) const {
  std::vector<std::size_t> full;
  for (const wal::CopyIndex i : members.before()) {
    if (nodes_[i]->keeps_pages()) full.push_back(i);
  }
  return full;
}

void MemberChecks::zones(const wal::Placement& placement) const {
  for (const wal::Membership& members : placement.sets()) {
    for (const wal::NodeSet set : {members.before(), members.after()}) {
      std::map<char, int> zones;
      std::set<char> with_pages;
      for (const wal::CopyIndex node : set) {
        ++zones[nodes_[node]->name()[0]];
        if (nodes_[node]->keeps_pages()) with_pages.insert(nodes_[node]->name()[0]);
      }
      CHECK(zones.size() == 3 && with_pages.size() == 3);
      CHECK(std::ranges::all_of(zones, [](const auto& zone) { return zone.second == 2; }));
    }
  }
}

void MemberChecks::durable(const wal::Placement& placement, SimWriter& writer,
                           const std::vector<wal::GroupNo>& groups) const {
  if (writer.is_dead() || !writer.is_serving()) return;
  std::map<wal::GroupNo, std::map<wal::CopyIndex, Lsn>> scl;
  for (const wal::CopyIndex copy : placement.all()) {
    if (!nodes_[copy]->is_up()) continue;
    const auto changes = std::get<pagestore::Changes>(nodes_[copy]->answer(pagestore::GetChanges{}));
    for (const auto& digest : changes.timelines) {
      if (digest.timeline != writer.timeline()) continue;
      for (const auto& segment : digest.segments) scl[segment.group][copy] = segment.scl;
    }
  }
  const std::size_t harmed = harm_.harmed();
  for (const wal::GroupNo group : groups) {
    const wal::Membership& members = placement.of(group);
    const bool all_up = std::ranges::all_of(members.all(), [&](wal::CopyIndex copy) { return nodes_[copy]->is_up(); });
    const Lsn end = writer.acknowledged_end(group);
    if (!all_up || end == wal::kNoLsn) continue;
    // (While there are two sets, what was acknowledged before that is on the old one alone.)
    wal::NodeSet holders;
    for (const wal::CopyIndex copy : members.before()) {
      if (copy == harmed || scl[group][copy] >= end) holders.add(copy);
    }
    CHECK(members.unchanged().is_write_quorum(holders));
  }
}

void MemberChecks::seals(const wal::Placement& placement,
                         const std::map<TimelineId, std::vector<const SimWriter*>>& writers) {
  std::map<std::size_t, std::map<TimelineId, wal::Epoch>> epochs;
  for (const wal::CopyIndex node : placement.all()) {
    if (!nodes_[node]->is_up()) continue;
    const auto status = std::get<pagestore::NodeStatus>(nodes_[node]->answer(pagestore::GetStatus{}));
    for (const auto& row : status.timelines) epochs[node][row.timeline] = row.epoch;
  }
  const std::size_t harmed = harm_.harmed();
  for (const auto& [timeline, all] : writers) {
    wal::Epoch& sealed = sealed_[timeline];
    for (const SimWriter* const writer : all) {
      const auto phase = writer->shipper().phase();
      if (phase == wal::LogShipper::Phase::replicating || phase == wal::LogShipper::Phase::serving) {
        sealed = std::max(sealed, writer->shipper().epoch());
      }
    }
    for (const wal::Membership& members : placement.sets()) {
      std::size_t up = 0;
      wal::NodeSet knowing;
      for (const wal::CopyIndex node : members.before()) {
        const auto known = epochs.find(node);
        if (known == epochs.end()) continue;
        ++up;
        const auto epoch = known->second.find(timeline);
        if (node == harmed || (epoch != known->second.end() && epoch->second >= sealed)) knowing.add(node);
      }
      if (up < wal::kCopies) continue;
      CHECK(members.unchanged().is_write_quorum(knowing));
    }
  }
}

MemberChecks::Digests MemberChecks::digests_of(SimNode& node) {
  Digests digests;
  auto changes = std::get<pagestore::Changes>(node.answer(pagestore::GetChanges{}));
  for (auto& digest : changes.timelines) digests[digest.timeline] = std::move(digest);
  return digests;
}

void MemberChecks::tails(const wal::Placement& placement) {
  std::map<pagestore::GroupId, Lsn> forgotten;
  for (const auto& node : nodes_) {
    if (!node->is_up() || node->keeps_pages()) continue;
    for (const auto& [id, digest] : digests_of(*node)) {
      for (const auto& segment : digest.segments) {
        Lsn& floor = forgotten[{id, segment.group}];
        floor = std::max(floor, segment.log_floor);
      }
    }
  }
  for (const wal::CopyIndex i : placement.all()) {
    if (nodes_[i]->keeps_pages() && nodes_[i]->is_up()) seen_[i] = digests_of(*nodes_[i]);
  }
  for (const auto& [group, floor] : forgotten) {
    const auto count = std::ranges::count_if(full_of(placement.of(group.group)), [&](std::size_t i) {
      // One that is down has at least what it had when it was last seen, and no more than when it went.
      return harm_.rotten == i || harm_.lost_files == i || !seen_.contains(i) || has_made_its_own(seen_.at(i), group, floor);
    });
    CHECK(count >= 2);
  }
}

bool MemberChecks::has_made_its_own(const Digests& digests, pagestore::GroupId group, Lsn end) {
  const auto digest = digests.find(group.timeline);
  if (digest == digests.end()) return end == wal::kNoLsn;
  // Nobody needs what was dropped and has no children.
  if (digest->second.pages_per_group == 0) return true;
  for (const auto& segment : digest->second.segments) {
    if (segment.group == group.group) return segment.scl >= end;
  }
  return digest->second.branch_lsn >= end;
}

}  // namespace sim
