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
#include "wal/check.h"

namespace pagestore {
namespace {

using wal::raw;

bool has_shards_of_its_own(const Timeline& timeline) {
  return timeline.pages_per_group != 0 && timeline.pages_per_group % kShardPages == 0;
}

}  // namespace

bool NodeCore::Impl::goes(const Timeline& timeline, GroupNo group, const HeldSets& kept) const {
  return !kept.holds(group) && !options.held.holds(group) && !timeline.damaged && timeline.created &&
         has_shards_of_its_own(timeline);
}

// What is asked of peers for them is not taken when it comes.
void NodeCore::Impl::stop_catching_up() {
  const auto is_none_of_ours = [this](const auto& each) { return !answers_for(each.first.group); };
  std::erase_if(gossip.copies, is_none_of_ours);
  std::erase_if(gossip.lags, is_none_of_ours);
}

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
  released = kept;
  index_pending();
  std::set<GroupId> left;
  const auto look_at = [&](const Timeline& timeline, GroupNo group) {
    if (goes(timeline, group, kept)) left.insert({timeline.id, group});
  };
  for (const auto& [id, timeline] : timelines) {
    for (const auto& [group, segment] : timeline->segments) look_at(*timeline, group);
  }
  index.for_each([&](const ShardId& id, const Shard&) {  // a copy that was begun has shards alone
    const Timeline* const timeline = find(id.timeline);
    if (timeline != nullptr) look_at(*timeline, timeline->group_of(PageNo{id.number * kShardPages}));
  });
  log.for_each_waiting([&](const Effect& effect) {  // it will be in the log before the entry
    if (const auto* const part = std::get_if<PartEffect>(&effect)) {
      const Timeline* const timeline = find(part->part.group.timeline);
      if (timeline != nullptr) look_at(*timeline, part->part.group.group);
    } else if (const auto* const image = std::get_if<ImageEffect>(&effect)) {
      const Timeline* const timeline = find(image->timeline);
      if (timeline != nullptr) look_at(*timeline, timeline->group_of(image->page_no));
    } else if (const auto* const copied = std::get_if<CopiedEffect>(&effect)) {
      const Timeline* const timeline = find(copied->group.timeline);
      if (timeline != nullptr) look_at(*timeline, copied->group.group);
    }
  });
  if (!left.empty()) log_line(fmt::format("{} segments that are held elsewhere now are forgotten", left.size()));
  for (const GroupId group : left) {
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

// A piece of the index that came after its group had gone would stay for ever: nobody looks at it. (With a segment it
// is what a writer sent that has not heard of the change.)
void NodeCore::Impl::check_left() const {
  if (!released || !leaving.empty()) return;
  index.for_each([&](const ShardId& id, const Shard& shard) {
    const Timeline* const timeline = find(id.timeline);
    if (timeline == nullptr || (shard.count() == 0 && shard.chunks.empty())) return;
    const GroupNo group = timeline->group_of(PageNo{id.number * kShardPages});
    CHECK(!goes(*timeline, group, *released) || timeline->segments.contains(group));
  });
}

}  // namespace pagestore
