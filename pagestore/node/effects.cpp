// How durable entries change the node's state: the one path for running and for opening.
#include <fmt/format.h>

#include "node_impl.h"
#include "wal/check.h"

namespace pagestore {

using wal::raw;

void NodeCore::Impl::on_durable(std::vector<LogItem> items) {
  bool linked = false;
  bool unsaved = false;
  for (LogItem& item : items) {
    const auto size = item.entry ? static_cast<std::uint32_t>(item.entry->size()) : 0;
    if (item.entry && item.entry->kind() == EntryKind::part) {
      recent.add({item.position.extent,
                  static_cast<std::uint32_t>(item.position.offset + sizeof(EntryHeader) +
                                             sizeof(PartHeader))},
                 item.entry->body());
      linked = true;
    }
    if (item.entry) {
      if (!std::holds_alternative<StoredEffect>(item.effect)) {
        unsaved_bytes += size;
        unsaved = true;
      }
      if (item.then) {
        item.then(item.position, size);
      } else {
        apply(item.effect, item.position, size);
      }
    }
    if (item.token) reply(*item.token, response_to(item.effect));
  }
  if (unsaved) unsaved_bytes += log.padding();  // a restart reads it, too
  if (linked && !waiting_reads.empty()) retry_waiting_reads();
}

void NodeCore::Impl::on_failed(const char* what, std::vector<LogItem> items) {
  if (what != nullptr) {
    failure = what;
    log_line(fmt::format("disk failed: {}; no further acknowledgements from this node", what));
  }
  for (const LogItem& item : items) {
    if (item.token) refuse(*item.token, RefusalReason::disk_failed, failure);
  }
}

void NodeCore::Impl::apply(const Effect& effect, LogPosition at, std::uint32_t size) {
  if (const auto* part = std::get_if<PartEffect>(&effect)) {
    apply_part(*part, at, size);
  } else if (const auto* change = std::get_if<ChangeEffect>(&effect)) {
    apply_change(*change);
  } else if (const auto* image = std::get_if<ImageEffect>(&effect)) {
    apply_image(*image, at, size);
  } else if (const auto* copied = std::get_if<CopiedEffect>(&effect)) {
    apply_copied(*copied);
  } else if (const auto* left = std::get_if<LeftEffect>(&effect)) {
    apply_left(*left);
  } else if (const auto* stored = std::get_if<StoredEffect>(&effect)) {
    on_stored(*stored, at, size);
  }
}

void NodeCore::Impl::apply_part(const PartEffect& effect, LogPosition at, std::uint32_t size) {
  const LogPart& part = effect.part;
  Timeline* timeline = find(part.group.timeline);
  // Dropped since, or its creation lies in a damaged stretch. (One that was dropped and stays for
  // its children still gets from peers what it lacks.)
  if (timeline == nullptr) return;
  if (is_annulled(part.end, timeline->truncations)) return;
  timeline->epoch = std::max(timeline->epoch, part.epoch);
  timeline->staged_epoch = std::max(timeline->staged_epoch, part.epoch);
  if (!timeline->has_log) {
    // The first log on this timeline: no older epoch can have left anything here.
    timeline->has_log = timeline->staged_log = true;
    timeline->ready_epoch = std::max(timeline->ready_epoch, part.epoch);
    timeline->staged_truncation = std::max(timeline->staged_truncation, part.epoch);
  }
  if (part.vdl > timeline->vdl_seen) {
    timeline->vdl_seen = part.vdl;
    retry_images(timeline->id);
  }

  HeldPart held{part, at, size, effect.refs};
  held.part.records = nullptr;
  for (HeldPart& linked : timeline->segment(part.group.group).add(std::move(held))) {
    to_index.push(std::move(linked));
  }
  note_change(timeline->id);
}

void NodeCore::Impl::join_parent(Timeline& child) {
  if (child.parent == wal::kNoTimeline) return;
  if (Timeline* parent = find(child.parent)) {
    parent->adopt(child);
  } else {
    orphans.emplace(child.parent, child.id);
  }
}

void NodeCore::Impl::apply_change(const ChangeEffect& effect) {
  const TimelineChange& change = effect.change;
  const TimelineId id{change.timeline};
  Timeline* timeline = find(id);
  switch (effect.kind) {
    case EntryKind::create_timeline: {
      if (timeline == nullptr) {  // opening
        // A checkpoint may know of its drop already, which comes behind this entry, or made it anew for a child's sake
        // (keep_parent()).
        tombstones.erase(id);
        auto made = std::make_unique<Timeline>();
        made->id = id;
        made->parent = TimelineId{change.parent};
        made->branch_lsn = Lsn(change.lsn);
        made->pages_per_group = change.pages_per_group;
        made->vdl_seen = made->horizon = made->staged_horizon = made->branch_lsn;
        // Only damage, or a bug, puts a child before its parent.
        made->damaged = made->parent != wal::kNoTimeline && find(made->parent) == nullptr;
        timeline = timelines.emplace(id, std::move(made)).first->second.get();
      }
      timeline->created = true;
      join_parent(*timeline);
      for (auto orphan = orphans.lower_bound({id, wal::kNoTimeline});
           orphan != orphans.end() && orphan->first == id; orphan = orphans.erase(orphan)) {
        timeline->adopt(*find(orphan->second));
        shortcuts.forget_all();
      }
      note_change(id);
      return;
    }
    case EntryKind::drop_timeline:
      if (timeline == nullptr) {
        tombstones.insert(id);
        note_change(id);
        return;
      }
      note_change(id);
      timeline->dropped = timeline->staged_drop = true;
      purge_dropped(id);
      return;
    default:
      break;
  }
  if (timeline == nullptr) return;  // dropped since, or created in a damaged stretch
  switch (effect.kind) {
    case EntryKind::seal:
      if (Epoch{change.epoch} > timeline->epoch) {
        timeline->previous_epoch = timeline->epoch;
        timeline->epoch = Epoch{change.epoch};
      }
      timeline->staged_epoch = std::max(timeline->staged_epoch, timeline->epoch);
      return;
    case EntryKind::truncate:
      apply_truncation(*timeline, Epoch{change.epoch}, effect.truncations);
      note_change(id);
      ask_again(id);  // what peers told under another list was not looked at
      return;
    case EntryKind::rejoined:
      timeline->damaged = timeline->rejoining = false;
      timeline->epoch = std::max(timeline->epoch, Epoch{change.epoch});
      timeline->staged_epoch = std::max(timeline->staged_epoch, timeline->epoch);
      return;
    case EntryKind::horizon:
      if (Lsn(change.lsn) < timeline->horizon) return;
      timeline->horizon = Lsn(change.lsn);
      // What is granted is durable.
      timeline->vdl_seen = std::max(timeline->vdl_seen, timeline->horizon);
      retry_images(id);
      timeline->pins = effect.pins;
      may_forget = true;
      if (timeline->staged_horizon <= timeline->horizon) {
        timeline->staged_horizon = timeline->horizon;
        timeline->staged_pins = timeline->pins;
      }
      return;
    default:
      CHECK(false);
  }
}

void NodeCore::Impl::apply_truncation(Timeline& timeline, Epoch epoch,
                                      const std::vector<Truncation>& truncations) {
  // What is to go must be in the page index before it can be taken out of it.
  index_pending();
  timeline.epoch = std::max(timeline.epoch, epoch);
  timeline.staged_epoch = std::max(timeline.staged_epoch, timeline.epoch);
  timeline.truncations = truncations;
  timeline.ready_epoch = std::max(timeline.ready_epoch, epoch);
  if (timeline.staged_truncation <= epoch) {
    timeline.staged_truncation = epoch;
    timeline.staged_truncations = truncations;
  }
  // What lies below the newest range is not durable by that: the takeover may be interrupted
  // before it brought it to a write quorum, and the next one may decide otherwise.
  for (auto& [group, segment] : timeline.segments) {
    for (const HeldPart& held : segment.annul(truncations)) {
      if (is_tail()) continue;
      CHECK(held.refs != nullptr);  // above every VDL seen, so not settled
      for (const RecordRef& ref : *held.refs) {
        index.shard(shard_of(timeline.id, ref.page_no)).remove(ref.page_no, ref.lsn);
        cache.erase({timeline.id, ref.page_no, ref.lsn});
      }
    }
  }
}

// Removes a dropped timeline that no child needs, then its parent if that waited for it.
void NodeCore::Impl::purge_dropped(TimelineId id) {
  while (Timeline* timeline = find(id)) {
    if (!timeline->dropped || !timeline->children.empty()) return;
    const TimelineId parent_id = timeline->parent;
    may_forget = true;
    for (const auto& [group, segment] : timeline->segments) {
      for (const StoredParts& list : segment.lists()) {
        for (const auto& [extent, bytes] : list.extents) purged_bytes += bytes;
      }
    }
    to_index.erase_timeline(id);
    index.erase_timeline(id);
    images_above_vdl.erase(id);
    timelines.erase(id);
    tombstones.insert(id);
    Timeline* parent = find(parent_id);
    orphans.erase({parent_id, id});   // also where the parent's new creation is not durable yet
    if (parent == nullptr) return;
    parent->children.erase(id);
    id = parent_id;
  }
}

Response NodeCore::Impl::response_to(const Effect& effect) {
  if (const auto* part = std::get_if<PartEffect>(&effect)) {
    const Timeline* timeline = find(part->part.group.timeline);
    if (timeline == nullptr) return Refusal{RefusalReason::unknown_timeline, {}, {}};
    return AppendAck{part->part.group, part->part.epoch, timeline->scl(part->part.group.group)};
  }
  if (const auto* change = std::get_if<ChangeEffect>(&effect)) {
    if (change->kind == EntryKind::seal) return seal_ack(TimelineId{change->change.timeline});
  }
  return Done{};
}

SealAck NodeCore::Impl::seal_ack(TimelineId id) const {
  SealAck ack;
  ack.timeline = id;
  ack.run = options.run;
  ack.kind = options.kind;
  const Timeline* timeline = find(id);
  if (timeline == nullptr) return ack;
  ack.known = true;
  ack.epoch = timeline->epoch;
  ack.previous_epoch = timeline->previous_epoch;
  ack.truncations = timeline->truncations;
  if (!ack.truncations.empty()) {
    ack.truncated_after = ack.truncations.back().after;
    ack.truncated_to = ack.truncations.back().to;
  }
  ack.parent = timeline->parent;
  ack.branch_lsn = timeline->branch_lsn;
  ack.pages_per_group = timeline->pages_per_group;
  for (const auto& [group, segment] : timeline->segments) {
    if (!segment.has_parts() || is_leaving(id, group)) continue;
    SegmentState state;
    state.group = segment.id();
    state.scl = segment.scl();
    state.vdl_seen = segment.vdl_seen();
    state.parts_above_vdl = segment.parts_above(state.vdl_seen);
    ack.segments.push_back(std::move(state));
  }
  Lsn through = timeline->branch_lsn;
  for (const Timeline* level = timeline->up; level != nullptr; level = level->up) {
    AncestorState ancestor;
    ancestor.timeline = level->id;
    ancestor.branch_lsn = level->branch_lsn;
    ancestor.through = through;
    ancestor.truncations = level->truncations;
    for (const auto& [group, segment] : level->segments) {
      if (segment.has_parts() && !is_leaving(level->id, group)) ancestor.groups.push_back({group, segment.scl_through(through)});
    }
    ack.ancestors.push_back(std::move(ancestor));
    through = std::min(through, level->branch_lsn);
  }
  return ack;
}

void NodeCore::Impl::apply_image(const ImageEffect& effect, LogPosition at, std::uint32_t size) {
  const Timeline* const timeline = find(effect.timeline);
  if (timeline == nullptr) return;  // dropped since
  Version version;
  version.lsn = effect.lsn.value();
  version.at = at;
  version.length = size;
  version.kind = VersionKind::page_image;
  Shard& shard = index.shard(shard_of(effect.timeline, effect.page_no));
  note_version(*timeline, shard, effect.page_no, version.lsn);
  shard.put(effect.page_no, version);
  shard.shorten(effect.page_no);
}

void NodeCore::Impl::apply_copied(const CopiedEffect& effect) {
  Timeline* const timeline = find(effect.group.timeline);
  if (timeline == nullptr) return;  // dropped since
  index_pending();
  for (HeldPart& part : timeline->segment(effect.group.group).begin_at(effect.log_from)) {
    to_index.push(std::move(part));
  }
  note_change(timeline->id);
}

Version version_of(const RecordRef& ref, LogPosition part) {
  Version version;
  version.lsn = ref.lsn.value();
  version.prev = ref.prev_page_lsn.value();
  version.at = {part.extent, static_cast<std::uint32_t>(part.offset + sizeof(EntryHeader) +
                                                        sizeof(PartHeader) + ref.offset)};
  version.length = ref.length;
  version.kind = ref.starts_with_image ? VersionKind::image_record : VersionKind::record;
  return version;
}

// Before it is put. Descendants may have passed this level by when they looked for the page.
void NodeCore::Impl::note_version(const Timeline& timeline, const Shard& shard, PageNo page_no, std::uint64_t lsn) {
  if (lsn > timeline.newest_branch.value()) return;  // nearly always
  const std::vector<Version>& versions = shard.versions(page_no);
  if (versions.empty() || lsn < versions.front().lsn) shortcuts.forget_all();
}

void NodeCore::Impl::index_part(const HeldPart& part) {
  if (is_tail()) return;
  const Timeline* const timeline = find(part.part.group.timeline);
  for (const RecordRef& ref : *part.refs) {
    const Version version = version_of(ref, part.at);
    Shard& shard = index.shard(shard_of(part.part.group.timeline, ref.page_no));
    if (timeline != nullptr) note_version(*timeline, shard, ref.page_no, version.lsn);
    const std::uint64_t before = shard.memory();
    shard.put(ref.page_no, version);
    index_growth += shard.memory() - before;
    unsaved_index_bytes += shard.memory() - before;
    const Shard::ChainSize chain = shard.lengthen(ref.page_no, version);
    if (chain.records > options.chain_records_max || chain.bytes > options.chain_bytes_max) {
      want_image(part.part.group.timeline, ref.page_no, wal::kMaxLsn);
    } else if (timeline != nullptr && timeline->is_base() && !version.is_base() &&
               version.prev <= timeline->branch_lsn.value()) {
      want_image(part.part.group.timeline, ref.page_no, wal::kMaxLsn);
    }
  }
}

void NodeCore::Impl::index_pending() {
  while (!to_index.empty()) index_part(to_index.pop());
}

}  // namespace pagestore
