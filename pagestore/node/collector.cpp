// Garbage collection (collection.h).
#include <algorithm>

#include <fmt/format.h>

#include "node_impl.h"
#include "wal/check.h"

namespace pagestore {
namespace {

using wal::raw;

constexpr int kShardsPerCollection = 8;
constexpr std::size_t kMovesMax = 64;
// One collection writes at most this much again.
constexpr std::uint64_t kMovedBytesMax = std::uint64_t{16} << 20;
// Where the chain to the horizon is longer than a page, an image at the horizon is cheaper.
constexpr std::uint64_t kChainBytesWorthAnImage = wal::kPageSize;

// Takes out of `versions` what no read at a point of `points` or above `above` needs. Returns
// whether any went.
bool trim(std::vector<Version>& versions, const std::vector<Lsn>& points,
          std::optional<Lsn> above) {
  std::vector<bool> needed(versions.size(), false);
  if (above) {
    for (std::size_t i = versions.size(); i > 0 && versions[i - 1].lsn > above->value(); --i) {
      needed[i - 1] = true;
    }
  }
  for (const Lsn point : points) {
    auto at = static_cast<std::size_t>(
        std::upper_bound(
            versions.begin(), versions.end(), point.value(),
            [](std::uint64_t lsn, const Version& version) { return lsn < version.lsn; }) -
        versions.begin());
    while (at > 0) {
      needed[--at] = true;
      if (versions[at].is_base()) break;
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (needed[i]) versions[kept++] = versions[i];
  }
  if (kept == versions.size()) return false;
  versions.resize(kept);
  return true;
}

}  // namespace

std::shared_ptr<void> NodeCore::Impl::hold_extents() {
  const std::uint64_t sequence = root.sequence;
  ++(*holds)[sequence];
  return std::shared_ptr<void>(nullptr, [counts = holds, sequence](void*) {
    const auto found = counts->find(sequence);
    if (--found->second == 0) counts->erase(found);
  });
}

std::optional<Lsn> NodeCore::Impl::cut_off(const Timeline& timeline) const {
  if (timeline.dropped) return std::nullopt;
  Lsn cut = std::min(timeline.horizon, timeline.vdl_seen);
  for (auto lease = leases.lower_bound({timeline.id, GroupNo{0}});
       lease != leases.end() && lease->first.timeline == timeline.id; ++lease) {
    cut = std::min(cut, lease->second.at);
  }
  return cut;
}

bool NodeCore::Impl::collection_due() const {
  return may_forget && leaving.empty() && checkpoint == nullptr && shard_repair == nullptr && !log.failed() && log.extents().size() > 2 &&
         log.bytes_written() - collected_at_bytes + purged_bytes >= options.collect_bytes;
}

void NodeCore::Impl::begin_collection() {
  collection = std::make_unique<Collection>();
  collection->shards = index.ids();
  collection->began_at = log.synced();
  may_forget = false;
  purged_bytes = 0;
  collected_at_bytes = log.bytes_written();
}

bool NodeCore::Impl::step_collection() {
  Collection& now = *collection;
  if (now.loading || log.failed()) return false;
  if (now.phase == Collection::Phase::settle) {
    if (now.moves == 0 && checkpoint == nullptr) finish_collection();
    return false;
  }
  const bool marking = now.phase == Collection::Phase::mark;
  // A checkpoint under way must not write down places that are about to change.
  if (!marking && checkpoint != nullptr) return false;
  for (int i = 0; i < kShardsPerCollection && now.next_shard < now.shards.size(); ++i) {
    if (now.moves >= kMovesMax) return false;
    const ShardId id = now.shards[now.next_shard];
    Shard* const shard = index.find(id);
    if (shard != nullptr && !shard->loaded) {
      now.loading = true;
      now.brought_in = true;
      load_shard(id, [this](bool ok) {
        if (collection == nullptr) return;
        collection->loading = false;
        if (ok) return;
        // What it refers to is unknown: nothing older may go.
        for (const auto& [number, extent] : log.extents()) collection->unreadable.insert(number);
        ++collection->next_shard;
      });
      return false;
    }
    ++now.next_shard;
    const bool brought_in = std::exchange(now.brought_in, false);
    if (shard == nullptr) continue;
    const std::size_t moves = now.moves;
    if (marking) {
      mark_shard(id);
    } else {
      move_shard(id);
    }
    if (brought_in && now.moves == moves && !shard->dirty && !shard->rewrite &&
        shard->storing == 0 && !shard->repairing) {
      shard->unload();
    }
  }
  if (now.next_shard < now.shards.size()) return true;
  if (marking) {
    mark_parts();
    looked_through = now.began_at;
    needed_bytes = now.used;
    choose_victims();
    now.shards = index.ids();
    now.next_shard = 0;
    now.phase = now.victims.empty() ? Collection::Phase::settle : Collection::Phase::move;
    return true;
  }
  if (!now.parts_moved) {
    now.parts_moved = true;
    move_parts();
  }
  if (now.moves > 0) return false;
  now.phase = Collection::Phase::settle;
  return true;
}

bool NodeCore::Impl::mark_shard(ShardId id) {
  Shard& shard = *index.find(id);
  const Timeline* const timeline = find(id.timeline);
  if (timeline == nullptr) return false;
  const std::optional<Lsn> above = cut_off(*timeline);
  std::vector<Lsn> points;
  for (const auto& [child, branch] : timeline->children) {
    if (!above || branch < *above) points.push_back(branch);
  }
  for (const Lsn pin : timeline->pins) {
    if (above && pin < *above) points.push_back(pin);
  }
  if (above) points.push_back(*above);

  bool trimmed = false;
  for (std::uint32_t i = 0; i < kShardPages; ++i) {
    const PageNo page_no{id.number * kShardPages + i};
    auto& versions = shard.change_versions(page_no);
    if (versions.empty()) continue;
    if (!timeline->damaged) trimmed = trim(versions, points, above) || trimmed;
    std::uint64_t chain_bytes = 0;
    for (const Version& version : versions) {
      collection->used[version.at.extent] += version.length;
      if (!above || version.lsn > above->value()) continue;
      chain_bytes = version.is_base() ? 0 : chain_bytes + version.length;
    }
    if (chain_bytes > kChainBytesWorthAnImage) {
      want_image(id.timeline, page_no, *above);
      may_forget = true;  // once it is there
    }
  }
  if (trimmed) {
    shard.recount();
    shard.rewrite = true;
  }
  if (!shard.rewrite) {
    for (const StoredChunk& chunk : shard.chunks) {
      collection->used[chunk.at.extent] += chunk.length;
    }
  }
  return trimmed;
}

void NodeCore::Impl::mark_parts() {
  auto& used = collection->used;
  for (auto& [id, timeline] : timelines) {
    // When a timeline was dropped its full segments may still have lacked log that tails hold, and
    // children may need it: what was not granted stays.
    const std::optional<Lsn> above =
        is_tail() ? std::min(timeline->horizon, timeline->vdl_seen) : cut_off(*timeline);
    for (auto& [group, segment] : timeline->segments) {
      if (!timeline->damaged) segment.forget_lists(above.value_or(wal::kMaxLsn));
      for (const StoredParts& list : segment.lists()) {
        used[list.at.extent] += list.length;
        for (const auto& [extent, bytes] : list.extents) used[extent] += bytes;
      }
      for (std::size_t i = segment.listed_in_memory(); i < segment.linked().size(); ++i) {
        used[segment.linked()[i].at.extent] += segment.linked()[i].length;
      }
      for (const auto& [prev, held] : segment.waiting()) used[held.at.extent] += held.length;
    }
  }
}

void NodeCore::Impl::choose_victims() {
  Collection& now = *collection;
  if (!previous_replay_from || !now.unreadable.empty()) return;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> candidates;
  for (const auto& [number, extent] : log.extents()) {
    if (number >= previous_replay_from.extent || number >= replay_from.extent) break;
    if (extents_to_free.contains(number)) continue;
    const auto found = now.used.find(number);
    const std::uint64_t used = found == now.used.end() ? 0 : found->second;
    if (used * 2 < extent.end) candidates.emplace_back(used, number);
  }
  std::sort(candidates.begin(), candidates.end());
  std::uint64_t moved = 0;
  for (const auto& [used, number] : candidates) {
    moved += used;
    if (moved > kMovedBytesMax && !now.victims.empty()) break;
    now.victims.insert(number);
  }
  for (const auto& [id, timeline] : timelines) {
    for (const auto& [group, segment] : timeline->segments) {
      for (const auto& [prev, held] : segment.waiting()) {
        if (now.victims.contains(held.at.extent)) now.waiting.insert(held.at);
      }
    }
  }
}

bool NodeCore::Impl::move_shard(ShardId id) {
  Shard& shard = *index.find(id);
  const auto& victims = collection->victims;
  for (const StoredChunk& chunk : shard.chunks) {
    if (victims.contains(chunk.at.extent)) shard.rewrite = true;
  }
  for (std::uint32_t i = 0; i < kShardPages; ++i) {
    const PageNo page_no{id.number * kShardPages + i};
    for (const Version& version : shard.versions(page_no)) {
      if (victims.contains(version.at.extent)) move_version(id, page_no, version);
    }
  }
  return true;
}

void NodeCore::Impl::move_version(ShardId id, PageNo page_no, const Version& version) {
  ++collection->moves;
  const auto failed = [this, version] {
    collection->unreadable.insert(version.at.extent);
    --collection->moves;
  };
  const Extent* const extent = log.extent(version.at.extent);
  if (extent == nullptr) return failed();
  io.read(
      extent->file, version.at.offset, version.length,
      [this, id, page_no, version, failed](std::span<const std::byte> bytes) {
        if (bytes.size() != version.length || log.failed()) return failed();
        std::optional<OutgoingEntry> entry;
        std::uint32_t skip = 0;  // from the entry's start to what the version points at
        if (version.kind == VersionKind::page_image) {
          const auto image = read_entry(bytes, version.at);
          const auto header = image ? image->fixed<ImageHeader>() : std::nullopt;
          if (!header) return failed();
          const auto body = image->body<ImageHeader>();
          entry.emplace(EntryKind::page_image, *header,
                        std::make_shared<const std::vector<std::byte>>(body.begin(), body.end()));
        } else {
          const MovedHeader header{raw(id.timeline)};
          skip = sizeof(EntryHeader) + sizeof header;
          entry.emplace(EntryKind::moved_record, header,
                        std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end()));
        }
        LogItem item{std::move(entry), {}, {}, {}};
        item.then = [this, id, page_no, version, skip](LogPosition at, std::uint32_t) {
          --collection->moves;
          Shard* const shard = index.find(id);
          if (shard == nullptr) return;
          // A page that everybody changes has a hundred thousand, and all of them move.
          for (Version& each : std::ranges::equal_range(shard->change_versions(page_no), version.lsn, {}, &Version::lsn)) {
            if (each.at != version.at) continue;
            each.at = {at.extent, at.offset + skip};
            each.chunk = Version::kUnstored;
            shard->dirty = true;
          }
        };
        log.append(std::move(item));
      });
}

// Parts that FetchLog must still find, and the lists that name them.
void NodeCore::Impl::move_parts() {
  const auto& victims = collection->victims;
  for (auto& [id, timeline] : timelines) {
    for (auto& [group, segment] : timeline->segments) {
      for (const StoredParts& list : segment.lists()) {
        const bool touched =
            victims.contains(list.at.extent) ||
            std::ranges::any_of(list.extents,
                                [&](const auto& each) { return victims.contains(each.first); });
        if (touched) move_list(segment.id(), list);
      }
      const auto move_held = [&](const HeldPart& held, bool is_waiting) {
        if (!victims.contains(held.at.extent)) return;
        // Linked behind the mover's back: its shards may name this place.
        if (!is_waiting && collection->waiting.contains(held.at)) {
          collection->unreadable.insert(held.at.extent);
        }
        move_part(held, [this, group_id = segment.id(), old = held.at,
                         waits = is_waiting](LogPosition at, std::uint32_t) mutable {
          Timeline* const owner = find(group_id.timeline);
          if (owner == nullptr) return;
          Segment& moved = owner->segment(group_id.group);
          for (HeldPart& each : moved.mutable_linked()) {
            if (each.at == old) each.at = at;
          }
          for (auto& [prev, each] : moved.mutable_waiting()) {
            if (each.at != old) continue;
            each.at = at;
            waits = false;
          }
          // It was linked while it moved: the page index names the old place.
          if (waits) collection->unreadable.insert(old.extent);
        });
      };
      for (std::size_t i = segment.listed_in_memory(); i < segment.linked().size(); ++i) {
        move_held(segment.linked()[i], false);
      }
      for (const auto& [prev, held] : segment.waiting()) move_held(held, true);
    }
  }
}

void NodeCore::Impl::move_part(const HeldPart& part,
                               std::function<void(LogPosition, std::uint32_t)> moved,
                               std::function<void()> damaged) {
  ++collection->moves;
  const LogPosition old = part.at;
  const auto failed = [this, old, damaged = std::move(damaged)] {
    collection->unreadable.insert(old.extent);
    --collection->moves;
    if (damaged) damaged();
  };
  const Extent* const extent = log.extent(old.extent);
  if (extent == nullptr) return failed();
  io.read(extent->file, old.offset, part.length,
          [this, old, failed, moved = std::move(moved)](std::span<const std::byte> bytes) {
            const auto entry = read_entry(bytes, old);
            const auto header = entry ? entry->fixed<PartHeader>() : std::nullopt;
            if (!header || log.failed()) return failed();
            const auto body = entry->body<PartHeader>();
            LogItem item{
                OutgoingEntry(EntryKind::part, *header,
                              std::make_shared<const std::vector<std::byte>>(body.begin(),
                                                                             body.end())),
                {}, {}, {}};
            item.then = [this, moved](LogPosition at, std::uint32_t size) {
              --collection->moves;
              moved(at, size);
            };
            log.append(std::move(item));
          });
}

void NodeCore::Impl::move_list(GroupId group, const StoredParts& list) {
  ++collection->moves;
  const LogPosition old = list.at;
  const auto failed = [this, list] {
    collection->unreadable.insert(list.at.extent);
    for (const auto& [extent, bytes] : list.extents) collection->unreadable.insert(extent);
    --collection->moves;
  };
  const Extent* const extent = log.extent(old.extent);
  if (extent == nullptr) return failed();
  io.read(extent->file, old.offset, list.length, [this, group, old,
                                                  failed](std::span<const std::byte> bytes) {
    const auto entry = read_entry(bytes, old);
    auto decoded = entry && entry->fixed<PartListHeader>()
                       ? decode_parts(group, entry->body<PartListHeader>())
                       : std::nullopt;
    if (!decoded || decoded->empty() || log.failed()) return failed();
    // The parts first; when the last of them stands, the list with their new places.
    struct Moving {
      std::vector<HeldPart> parts;
      std::size_t pending = 1;
    };
    const auto moving = std::make_shared<Moving>();
    moving->parts = std::move(*decoded);
    const auto finish = [this, group, old, moving] {
      if (--moving->pending > 0) return;
      append_list(group, old, std::move(moving->parts), [this] { --collection->moves; });
    };
    for (std::size_t i = 0; i < moving->parts.size(); ++i) {
      if (!collection->victims.contains(moving->parts[i].at.extent)) continue;
      ++moving->pending;
      move_part(
          moving->parts[i],
          [moving, i, finish](LogPosition at, std::uint32_t size) {
            moving->parts[i].at = at;
            moving->parts[i].length = size;
            finish();
          },
          finish);  // it stays where it is
    }
    finish();
  });
}

void NodeCore::Impl::append_list(GroupId group, LogPosition old, std::vector<HeldPart> parts,
                                 std::function<void()> done) {
  const PartListHeader header{raw(group.timeline), raw(group.group),
                              static_cast<std::uint32_t>(parts.size())};
  LogItem item{
      OutgoingEntry(EntryKind::part_list, header,
                    std::make_shared<const std::vector<std::byte>>(encode_parts(parts))),
      {}, {}, {}};
  item.then = [this, group, old, parts = std::move(parts),
               done = std::move(done)](LogPosition at, std::uint32_t size) {
    if (Timeline* const timeline = find(group.timeline)) {
      Segment& segment = timeline->segment(group.group);
      for (StoredParts& each : segment.mutable_lists()) {
        if (each.at != old) continue;
        each = describe_parts(parts);
        each.at = at;
        each.length = size;
      }
      // Those that are still in memory have moved with it.
      for (HeldPart& held : segment.mutable_linked()) {
        for (const HeldPart& part : parts) {
          if (part.part.end == held.part.end) held.at = part.at;
        }
      }
    }
    done();
  };
  log.append(std::move(item));
}

void NodeCore::Impl::finish_collection() {
  const std::set<std::uint32_t> victims = std::move(collection->victims);
  const std::set<std::uint32_t> unreadable = std::move(collection->unreadable);
  collection.reset();
  for (const std::uint32_t number : unreadable) {
    if (victims.contains(number)) {
      log_line(fmt::format("log extent {} has damage and stays as it is", number));
    }
  }
  bool any = false;
  for (const std::uint32_t number : victims) {
    if (unreadable.contains(number)) continue;
    // Needed by neither of the root's checkpoints once the next two have been written.
    extents_to_free.emplace(number, root.sequence + 2);
    any = true;
  }
  if (any) begin_checkpoint();
}

void NodeCore::Impl::free_extents() {
  for (auto it = extents_to_free.begin(); it != extents_to_free.end();) {
    const bool read = !holds->empty() && holds->begin()->first < it->second;
    if (it->second > root.sequence || read) {
      ++it;
      continue;
    }
    log.free_extent(it->first);
    it = extents_to_free.erase(it);
  }
}

LogSpace NodeCore::Impl::log_space() const {
  LogSpace space;
  for (const auto& [number, extent] : log.extents()) {
    if (extents_to_free.contains(number)) {
      space.leaving += extent.end;
      continue;
    }
    const std::uint64_t seen = number < looked_through.extent    ? extent.end
                               : number == looked_through.extent ? looked_through.offset
                                                                 : 0;
    const auto found = needed_bytes.find(number);
    // What was written while it looked may be counted as well.
    const std::uint64_t needed = found == needed_bytes.end() ? 0 : std::min(found->second, seen);
    space.needed += needed;
    space.dead += seen - needed;
    space.fresh += extent.end - seen;
  }
  return space;
}

}  // namespace pagestore
