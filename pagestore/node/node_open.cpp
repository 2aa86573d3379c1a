// Reading a node's state back from its log.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "log_decode.h"
#include "node_impl.h"
#include "wal/check.h"

namespace pagestore {

using wal::raw;

namespace {

// What an extent file holds, by its first entry; when that does not verify, by any later one
// that was written behind something synced in the same extent.
FoundExtent identify(DiskReader& disk, const DiskReader::File& file) {
  FoundExtent found;
  found.extent = {0, file.file, file.size, 0};
  std::vector<std::byte> bytes(entry_size(sizeof(ExtentBegin)));
  if (file.size < bytes.size()) return found;
  if (disk.read(file.file, 0, bytes)) {
    EntryHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    const LogPosition claimed = LogPosition::unpacked(header.position);
    if (claimed.offset == 0 && claimed.extent != 0) {
      const auto entry = read_entry(bytes, claimed);
      const auto begin = entry ? entry->fixed<ExtentBegin>() : std::nullopt;
      if (begin && entry->kind() == EntryKind::extent_begin && begin->number == claimed.extent) {
        found.extent.number = begin->number;
        found.recorded_size = begin->size;
        found.previous_end = begin->previous_end;
        return found;
      }
    }
  }
  bytes.resize(std::min<std::uint64_t>(file.size, std::uint64_t{4} << 20));
  if (!disk.read(file.file, 0, bytes)) return found;
  for (std::size_t at = kEntryAlignment; at + sizeof(EntryHeader) <= bytes.size();
       at += kEntryAlignment) {
    std::uint64_t claimed;
    std::memcpy(&claimed, bytes.data() + at + offsetof(EntryHeader, position), sizeof claimed);
    const LogPosition position = LogPosition::unpacked(claimed);
    if (position.offset != at || position.extent == 0) continue;
    const auto header = read_header(std::span(bytes).subspan(at), position);
    if (header && header->synced > LogPosition{position.extent, 0}.packed()) {
      found.extent.number = position.extent;
      return found;
    }
  }
  return found;
}

bool may_have_fenced(std::uint8_t kind) {
  return kind == 0 || kind == static_cast<std::uint8_t>(EntryKind::seal) ||
         kind == static_cast<std::uint8_t>(EntryKind::truncate);
}

// A checkpoint as the root or a scan names it; nullopt when it does not verify.
std::optional<Snapshot> read_checkpoint(DiskReader& disk, const std::vector<FoundExtent>& extents,
                                        const Root& root) {
  const auto extent = std::ranges::find(extents, root.checkpoint.extent,
                                        [](const FoundExtent& each) { return each.extent.number; });
  if (extent == extents.end() || root.checkpoint.offset + root.length > extent->extent.size) {
    return std::nullopt;
  }
  std::vector<std::byte> bytes(root.length);
  if (!disk.read(extent->extent.file, root.checkpoint.offset, bytes)) return std::nullopt;
  const auto entry = read_entry(bytes, root.checkpoint);
  if (!entry || entry->kind() != EntryKind::checkpoint || !entry->fixed<CheckpointHeader>()) {
    return std::nullopt;
  }
  return decode_snapshot(entry->body<CheckpointHeader>());
}

// The newest checkpoint anywhere in the log: when the root is lost.
Root search_checkpoint(DiskReader& disk, const std::vector<FoundExtent>& extents) {
  Root found;
  for (const FoundExtent& each : extents) {
    scan_extent(disk, each.extent, 0, nullptr, nullptr, [&](const EntryView& entry, bool) {
      if (entry.kind() != EntryKind::checkpoint) return;
      found = {1, entry.position, static_cast<std::uint32_t>(entry.size())};
    });
  }
  return found;
}

}  // namespace

void NodeCore::Impl::open(DiskReader& disk) {
  std::vector<FoundExtent> extents;
  std::vector<DiskReader::File> unidentified;
  for (const auto& file : disk.extent_files()) {
    FoundExtent found = identify(disk, file);
    if (found.extent.number == 0) {
      unidentified.push_back(file);
    } else {
      extents.push_back(found);
    }
  }
  std::ranges::sort(extents, {}, [](const FoundExtent& each) { return each.extent.number; });

  const std::optional<Snapshot> snapshot = find_checkpoint(disk, extents);
  OpeningState state;
  if (snapshot) {
    std::map<std::uint32_t, FileNo> files;
    for (const FoundExtent& found : extents) files.emplace(found.extent.number, found.extent.file);
    adopt_older_extents(*snapshot, extents, state);
    restore(*snapshot, disk, files);
    state.chain = snapshot->chain_crc;
    state.from = replay_from = previous_replay_from = snapshot->replay_from;
  }
  replay(disk, extents, state);
  log.adopt_chain(state.chain);
  for (const auto& file : unidentified) {
    // With an extent missing, a file that shows none may be its remains.
    if (state.missing) {
      log.adopt_unusable_file(file.file);
    } else {
      log.adopt_free_file(file.file, file.size);
    }
  }
  if (state.fences_lost) {
    log_line("fences or truncations may be lost: the timelines here answer corrupt until peers have made them whole");
    for (auto& [id, timeline] : timelines) timeline->damaged = true;
  }
  spread_damage();
  begin_rejoining();
}

// A timeline is no better than what it branches from: one whose ancestors do not end in a timeline that
// has none is damaged, too, whether one of them is, or is not there, or a damaged log has them in a ring.
void NodeCore::Impl::spread_damage() {
  std::set<TimelineId> sound;
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [id, timeline] : timelines) {
      if (timeline->damaged || sound.contains(id)) continue;
      if (timeline->parent != wal::kNoTimeline && !sound.contains(timeline->parent)) continue;
      changed = sound.insert(id).second;
    }
  }
  for (auto& [id, timeline] : timelines) {
    if (timeline->damaged || sound.contains(id)) continue;
    log_line(fmt::format("timeline {} lacks its parent and answers corrupt", raw(id)));
    timeline->damaged = true;
  }
}

std::optional<Snapshot> NodeCore::Impl::find_checkpoint(DiskReader& disk,
                                                        const std::vector<FoundExtent>& extents) {
  std::vector<std::byte> bytes(kRootFileBytes);
  std::vector<Root> roots;
  bool unreadable = !disk.read(kRootFile, 0, bytes);
  if (!unreadable) {
    for (const std::uint64_t slot : {std::uint64_t{0}, kRootSlotBytes}) {
      const auto slot_bytes = std::span(bytes).subspan(slot, kRootSlotBytes);
      if (const auto found = decode_root(slot_bytes)) {
        roots.push_back(*found);
      } else {
        unreadable = unreadable || std::ranges::any_of(slot_bytes, [](std::byte byte) {
                       return byte != std::byte{};
                     });
      }
    }
  }
  std::ranges::sort(roots, std::greater<>(), &Root::sequence);
  for (const Root& each : roots) {
    root = each;
    if (auto snapshot = read_checkpoint(disk, extents, each)) return snapshot;
    log_line(fmt::format("checkpoint {} is damaged", each.sequence));
    unreadable = true;
  }
  // A node that never wrote a checkpoint has its log from the first extent on.
  if (!unreadable || extents.empty()) return std::nullopt;
  log_line("no checkpoint by the root: searching the log for one");
  const Root searched = search_checkpoint(disk, extents);
  if (!searched.checkpoint) return std::nullopt;
  root.sequence += 1;
  return read_checkpoint(disk, extents, searched);
}

// Extents before the one to read from: in use as far as the checkpoint says.
void NodeCore::Impl::adopt_older_extents(const Snapshot& snapshot,
                                         std::vector<FoundExtent>& extents, OpeningState& state) {
  const std::uint32_t first = snapshot.replay_from.extent;
  for (const Extent& known : snapshot.extents) {
    if (known.number >= first) continue;
    const auto found = std::ranges::find(
        extents, known.number, [](const FoundExtent& each) { return each.extent.number; });
    if (found == extents.end()) {
      log_line(fmt::format("log extent {} is missing", known.number));
      state.missing = true;
      continue;
    }
    if (found->extent.size < known.end) {
      log_line(fmt::format("log extent {} is cut short", known.number));
    }
    Extent extent = known;
    extent.file = found->extent.file;
    extent.size = found->extent.size;
    extent.end = static_cast<std::uint32_t>(std::min<std::uint64_t>(extent.end, extent.size));
    log.adopt_extent(extent);
    extents.erase(found);
  }
  // What else is older was freed.
  std::erase_if(extents, [&](const FoundExtent& found) {
    if (found.extent.number >= first) return false;
    log.adopt_free_file(found.extent.file, found.extent.size);
    return true;
  });
  state.next_number = first;
}

// Reads the log from where the checkpoint ends.
void NodeCore::Impl::replay(DiskReader& disk, std::vector<FoundExtent>& extents,
                            OpeningState& state) {
  for (std::size_t i = 0; i < extents.size(); ++i) {
    FoundExtent& found = extents[i];
    if (found.extent.number != state.next_number) {
      log_line(fmt::format("log extents {} to {} are missing", state.next_number,
                           found.extent.number - 1));
      state.fences_lost = state.missing = state.damaged = true;
      state.chain_known = false;
    }
    std::optional<std::uint32_t> known_end;
    if (i + 1 < extents.size()) {
      const FoundExtent& next = extents[i + 1];
      const LogPosition end = LogPosition::unpacked(next.previous_end);
      if (end.extent == found.extent.number) known_end = end.offset;
    }
    const bool partly = found.extent.number == state.from.extent;
    const ScanResult result = scan_extent(
        disk, found.extent, partly ? state.from.offset : 0,
        state.chain_known ? &state.chain : nullptr, known_end ? &*known_end : nullptr,
        [&](const EntryView& entry, bool behind_damage) {
          const auto effect = decode_effect(entry);
          if (!effect) {
            log_line(fmt::format("log entry of kind {} at {}:{} cannot be understood",
                                 entry.header.kind, entry.position.extent,
                                 entry.position.offset));
            state.fences_lost = true;
            return;
          }
          if (!std::holds_alternative<StoredEffect>(*effect) && entry.kind() != EntryKind::padding) {
            unsaved_bytes += entry.size();
          }
          // Pages that belong to it may have been there. Without it the group is where it was, and is copied again.
          if (const auto* copied = std::get_if<CopiedEffect>(&*effect);
              copied != nullptr && (behind_damage || state.damaged)) {
            log_line(fmt::format("group {} of timeline {} was copied by what is damaged", raw(copied->group.group),
                                 raw(copied->group.timeline)));
            return;
          }
          apply(*effect, entry.position, static_cast<std::uint32_t>(entry.size()));
          index_pending();
        });
    state.damaged = state.damaged || !result.damage.empty();
    for (const DamagedStretch& damage : result.damage) {
      log_line(fmt::format("log damaged in extent {} from {} to {}", damage.from.extent,
                           damage.from.offset, damage.to.offset));
      state.fences_lost = state.fences_lost || may_have_fenced(damage.kind);
    }
    found.extent.end = result.end.offset;
    if (found.recorded_size != 0 && found.recorded_size > found.extent.size) {
      log_line(fmt::format("log extent {} is cut short", found.extent.number));
      state.fences_lost = true;
    }
    std::vector<std::byte> tail(found.extent.end % options.block_bytes);
    // Nothing is added behind damage: the next entry begins an extent of its own.
    if (!result.damage.empty() || found.recorded_size != found.extent.size ||
        !disk.read(found.extent.file, found.extent.end - tail.size(), tail)) {
      found.extent.size = found.extent.end;
    }
    state.chain = result.last_crc;
    state.chain_known = true;
    state.next_number = found.extent.number + 1;
    log.adopt_extent(found.extent, std::move(tail));
  }
}

void NodeCore::Impl::restore(const Snapshot& snapshot, DiskReader& disk,
                             const std::map<std::uint32_t, FileNo>& files) {
  tombstones.insert(snapshot.tombstones.begin(), snapshot.tombstones.end());
  // Checkpoints store nothing above what was seen to be durable.
  std::map<TimelineId, Lsn> stored_through;
  for (const TimelineSnapshot& row : snapshot.timelines) stored_through.emplace(row.id, row.vdl_seen);
  for (const ShardSnapshot& row : snapshot.shards) {
    Shard& shard = index.shard(row.id);
    shard.chunks = row.chunks;
    const auto through = stored_through.find(row.id.timeline);
    shard.begin_unloaded(row.pages, through == stored_through.end() ? ~std::uint64_t{0} : through->second.value());
  }
  const auto read_part = [&](const PartPlace& place) -> std::optional<HeldPart> {
    const auto file = files.find(place.at.extent);
    std::vector<std::byte> bytes(place.length);
    if (file == files.end() || !disk.read(file->second, place.at.offset, bytes)) {
      return std::nullopt;
    }
    const auto entry = read_entry(bytes, place.at);
    const auto effect = entry ? decode_effect(*entry) : std::nullopt;
    const auto* part = effect ? std::get_if<PartEffect>(&*effect) : nullptr;
    if (part == nullptr) return std::nullopt;
    return HeldPart{part->part, place.at, place.length, part->refs};
  };
  for (const TimelineSnapshot& row : snapshot.timelines) {
    auto timeline = std::make_unique<Timeline>();
    timeline->id = row.id;
    timeline->parent = row.parent;
    timeline->branch_lsn = row.branch_lsn;
    timeline->pages_per_group = row.pages_per_group;
    timeline->epoch = timeline->staged_epoch = row.epoch;
    timeline->previous_epoch = row.previous_epoch;
    timeline->ready_epoch = timeline->staged_truncation = row.ready_epoch;
    timeline->truncations = timeline->staged_truncations = row.truncations;
    timeline->horizon = timeline->staged_horizon = row.horizon;
    timeline->pins = timeline->staged_pins = row.pins;
    timeline->vdl_seen = row.vdl_seen;
    timeline->has_log = timeline->staged_log = row.has_log;
    timeline->dropped = timeline->staged_drop = row.dropped;
    timeline->damaged = row.damaged;
    timeline->created = true;
    for (const SegmentSnapshot& entry : row.segments) {
      // A part that cannot be read any more leaves a gap: the SCL falls back to it, and peers or
      // the writer send it again.
      Lsn scl = entry.scl;
      std::vector<HeldPart> linked;
      std::vector<HeldPart> waiting;
      for (const PartPlace& place : entry.linked) {
        auto part = read_part(place);
        if (!part) {
          log_line(fmt::format("a part of the log at {}:{} is damaged", place.at.extent,
                               place.at.offset));
          continue;
        }
        linked.push_back(std::move(*part));
      }
      for (const PartPlace& place : entry.waiting) {
        if (auto part = read_part(place)) waiting.push_back(std::move(*part));
      }
      if (linked.size() < entry.linked.size()) {
        scl = entry.lists.empty() ? row.branch_lsn : entry.lists.back().last_end;
        if (!linked.empty() && linked.front().part.prev_part_end < scl) {
          scl = linked.front().part.prev_part_end;
        }
      } else if (!linked.empty()) {
        scl = linked.front().part.prev_part_end;
      }
      Segment segment({row.id, entry.group}, row.branch_lsn, scl, entry.vdl_seen, entry.log_floor,
                      entry.lists);
      for (auto* list : {&linked, &waiting}) {
        for (HeldPart& part : *list) {
          for (HeldPart& now : segment.add(std::move(part))) to_index.push(std::move(now));
        }
      }
      timeline->segments.emplace(entry.group, std::move(segment));
    }
    timelines.emplace(row.id, std::move(timeline));
  }
  for (const auto& [id, timeline] : timelines) join_parent(*timeline);
  index_pending();
}

}  // namespace pagestore
