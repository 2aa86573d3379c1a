// What a node has of groups that it holds no more goes, so that its space comes back.
//
//  1. The node's own record says what it holds (set_held()): from then on it answers no question about pages of
//     other groups, nor gives them to peers. Refusing that is right whatever becomes of the record.
//  2. The writer says that this record is durable on the quorums that count, and that its volumes count by it
//     (release()): nothing before it counts any more. Not earlier: as long as the change might come to nothing,
//     what is here is one of the six copies.
//  3. An entry (segment_left) for each timeline and group: its segment and its shards of the page index are gone.
//     The collector gives back what nothing refers to.
//
// A group that comes back to this node begins with nothing, as on a new node; from 3. on nobody is told of what is
// still here of it, nor counts it: not a writer that takes over, nor one that looks whether this node is whole. Groups whose pages share shards with
// other groups' (none of real size) stay.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node_impl.h"

namespace pagestore {
namespace {

using wal::raw;

bool has_shards_of_its_own(const Timeline& timeline) {
  return timeline.pages_per_group != 0 && timeline.pages_per_group % kShardPages == 0;
}

}  // namespace

void NodeCore::Impl::step_release() {
  if (!releasing) return;
  // None of these knows of segments that go; while entries are on their way none begins.
  if (!leaving.empty() || checkpoint != nullptr || collection != nullptr || shard_repair != nullptr) return;
  if (closing || stopped || log.failed()) return;
  const HeldSets kept = *releasing;
  // An image that is being made would come after the entry, and put a piece of the index there again. (None begins.)
  for (const auto& [id, page_no] : images_under_way) {
    const Timeline* const timeline = find(id);
    if (timeline != nullptr && !kept.holds(timeline->group_of(page_no)) && !answers_for(timeline->group_of(page_no))) return;
  }
  releasing.reset();
  index_pending();
  std::set<GroupId> left;
  const auto look_at = [&](const Timeline& timeline, GroupNo group) {
    const bool stays = kept.holds(group) || options.held.holds(group) || timeline.damaged || !timeline.created ||
                       !has_shards_of_its_own(timeline);
    if (!stays) left.insert({timeline.id, group});
  };
  for (const auto& [id, timeline] : timelines) {
    for (const auto& [group, segment] : timeline->segments) look_at(*timeline, group);
  }
  index.for_each([&](const ShardId& id, const Shard&) {  // a copy that was begun has shards alone
    const Timeline* const timeline = find(id.timeline);
    if (timeline != nullptr) look_at(*timeline, timeline->group_of(PageNo{id.number * kShardPages}));
  });
  if (!left.empty()) log_line(fmt::format("{} segments that are held elsewhere now are forgotten", left.size()));
  for (const GroupId group : left) {
    if (gossip.copies.contains(group)) abandon_copy(group);
    gossip.lags.erase(group);
    LogItem item{OutgoingEntry(EntryKind::segment_left, SegmentLeft{raw(group.timeline), raw(group.group), 0}),
                 LeftEffect{group}, {}, {}};
    item.then = [this, group, effect = item.effect](LogPosition at, std::uint32_t size) {
      leaving.erase(group);
      apply(effect, at, size);
    };
    leaving.insert(group);
    log.append(std::move(item));
  }
}

void NodeCore::Impl::apply_left(const LeftEffect& effect) {
  const auto [id, group] = effect.group;
  Timeline* const timeline = find(id);
  if (timeline == nullptr) return;  // dropped since
  index_pending();
  if (const auto segment = timeline->segments.find(group); segment != timeline->segments.end()) {
    for (const StoredParts& list : segment->second.lists()) {
      for (const auto& [extent, bytes] : list.extents) purged_bytes += bytes;
    }
    for (const HeldPart& held : segment->second.linked()) purged_bytes += held.length;
    timeline->segments.erase(segment);
  }
  const std::uint64_t shards = timeline->pages_per_group / kShardPages;
  index.erase_shards(id, raw(group) * shards, (raw(group) + 1) * shards - 1);
  leases.erase(effect.group);
  may_forget = true;
  note_change(id);
  if (answers_for(group)) ask_again(id);  // it has come back meanwhile: what peers told was of what was here
}

}  // namespace pagestore
