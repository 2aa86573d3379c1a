#include "checkpoint.h"

#include <algorithm>

#include "node_impl.h"
#include "shard_codec.h"
#include "wal/check.h"

namespace pagestore {
namespace {

using wal::raw;

// How much of a checkpoint may be on its way to the disk while acknowledgements want it, too.
constexpr std::uint64_t kBytesOutstandingMax = std::uint64_t{512} << 10;
constexpr int kShardsPerStep = 16;
// A shard not in memory with more chunks than this is loaded, so that they can be merged.
constexpr std::size_t kChunksMax = 24;
// What may come into memory before something goes: more than any read, image or comparison needs at once, which would
// else bring in ever what another one's had just put out.
constexpr std::uint64_t kIndexSlackMin = std::uint64_t{1} << 20;
// The tables are written again with every checkpoint: they shall not be most of what is written.
constexpr std::uint64_t kLogPerSnapshotByte = 20;

SharedBytes share(std::vector<std::byte> bytes) {
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

// Merging the newest chunks whenever they hold about as much as the one before keeps their number
// logarithmic and rewrites each version as seldom. Returns the first chunk to merge.
std::size_t merge_from(const Shard& shard, std::uint64_t fresh) {
  std::size_t first = shard.chunks.size();
  std::uint64_t total = fresh;
  while (first > 0 && shard.chunks[first - 1].versions <= 2 * total) {
    total += shard.chunks[--first].versions;
  }
  return first;
}

}  // namespace

bool NodeCore::Impl::checkpoint_due() const {
  return !moving() && leaving.empty() &&
         (checkpoint_wanted ||
          unsaved_bytes >=
              std::max(options.checkpoint_bytes, kLogPerSnapshotByte * last_snapshot_bytes));
}

void NodeCore::Impl::begin_checkpoint() {
  CHECK(checkpoint == nullptr);
  index_pending();
  checkpoint = std::make_unique<Checkpoint>();
  checkpoint_wanted = false;
  unsaved_at_begin = unsaved_bytes;
  storing_index_bytes = std::exchange(unsaved_index_bytes, 0);
  Snapshot& snapshot = checkpoint->snapshot;
  snapshot.replay_from = log.synced();
  snapshot.chain_crc = log.synced_crc();
  for (const auto& [number, extent] : log.extents()) {
    // What goes when this checkpoint counts is not part of it.
    const auto leaving = extents_to_free.find(number);
    if (leaving != extents_to_free.end() && leaving->second <= root.sequence + 1) continue;
    snapshot.extents.push_back(extent);
  }
  snapshot.tombstones.assign(tombstones.begin(), tombstones.end());
  for (const auto& [id, timeline] : timelines) {
    if (!timeline->created) continue;
    checkpoint->limits.emplace(id, timeline->vdl_seen);
    snapshot.timelines.push_back(take_snapshot(*timeline));
    list_parts(*timeline, snapshot.timelines.size() - 1);
  }
  index.for_each([&](const ShardId& id, const Shard& shard) {
    if (shard.dirty || shard.rewrite) checkpoint->shards.push_back(id);
  });
  std::sort(checkpoint->shards.begin(), checkpoint->shards.end());
}

TimelineSnapshot NodeCore::Impl::take_snapshot(const Timeline& timeline) const {
  TimelineSnapshot row;
  row.id = timeline.id;
  row.parent = timeline.parent;
  row.branch_lsn = timeline.branch_lsn;
  row.pages_per_group = timeline.pages_per_group;
  row.epoch = timeline.epoch;
  row.previous_epoch = timeline.previous_epoch;
  row.ready_epoch = timeline.ready_epoch;
  row.horizon = timeline.horizon;
  row.pins = timeline.pins;
  row.vdl_seen = timeline.vdl_seen;
  row.has_log = timeline.has_log;
  row.dropped = timeline.dropped;
  row.damaged = timeline.damaged;
  row.truncations = timeline.truncations;
  for (const auto& [group, segment] : timeline.segments) {
    SegmentSnapshot entry;
    entry.group = group;
    entry.scl = segment.scl();
    entry.vdl_seen = segment.vdl_seen();
    entry.log_floor = segment.log_floor();
    entry.lists = segment.lists();
    for (const HeldPart& held : segment.linked()) {
      if (held.part.end > segment.vdl_seen()) entry.linked.push_back({held.at, held.length});
    }
    for (const auto& [prev, held] : segment.waiting()) {
      entry.waiting.push_back({held.at, held.length});
    }
    row.segments.push_back(std::move(entry));
  }
  return row;
}

// Writes the settled parts of every segment that has new ones.
void NodeCore::Impl::list_parts(Timeline& timeline, std::size_t row) {
  std::size_t segment_row = 0;
  for (auto& [group, segment] : timeline.segments) {
    const std::span<const HeldPart> parts = segment.unlisted();
    if (!parts.empty()) {
      Checkpoint::Storing storing;
      storing.timeline_row = row;
      storing.segment_row = segment_row;
      storing.parts = describe_parts(parts);
      const PartListHeader header{raw(timeline.id), raw(group), storing.parts.parts};
      store(OutgoingEntry(EntryKind::part_list, header, share(encode_parts(parts))),
            std::move(storing));
    }
    ++segment_row;
  }
}

void NodeCore::Impl::store(OutgoingEntry entry, Checkpoint::Storing storing) {
  const std::uint64_t id = ++last_stored_id;
  checkpoint->bytes_outstanding += entry.size();
  checkpoint->storing.emplace(id, std::move(storing));
  log.append({std::move(entry), StoredEffect{id}, {}, {}});
}

// One bounded step. Returns whether there is more to do at once.
bool NodeCore::Impl::step_checkpoint() {
  Checkpoint& now = *checkpoint;
  for (int i = 0; i < kShardsPerStep && now.next_shard < now.shards.size() &&
                  now.bytes_outstanding < kBytesOutstandingMax;
       ++i) {
    store_shard(now.shards[now.next_shard++]);
  }
  if (now.next_shard < now.shards.size()) return now.bytes_outstanding < kBytesOutstandingMax;
  if (now.storing.empty() && now.entry_id == 0) store_snapshot();
  return false;
}

void NodeCore::Impl::store_shard(ShardId id) {
  Shard* const shard = index.find(id);
  const auto limit = checkpoint->limits.find(id.timeline);
  if (shard == nullptr || limit == checkpoint->limits.end()) return;
  if (shard->rewrite && !shard->loaded) return;  // its turn comes when it is
  const std::uint64_t highest = limit->second.value();
  const auto [fresh, above] = shard->count_unstored(highest);
  if (fresh == 0 && !shard->rewrite) return;
  std::size_t first = shard->chunks.size();
  if (shard->rewrite) {
    first = 0;
  } else if (shard->loaded) {
    first = merge_from(*shard, fresh);
  } else if (first > kChunksMax) {
    load_shard(id, nullptr);
  }
  CHECK(first < Version::kUnstored);

  Checkpoint::Storing storing;
  storing.is_shard = true;
  storing.shard = id;
  storing.chunk = static_cast<std::uint16_t>(first);
  ChosenVersions chosen;
  shard->move_to_chunk(
      storing.chunk, shard->rewrite || first < shard->chunks.size(),
      [&](const Version& version) { return version.stored() ? version.chunk >= first : version.lsn <= highest; },
      [&](std::uint32_t page, const Version& version) { chosen.add(page, version); });
  storing.versions = static_cast<std::uint32_t>(chosen.versions.size());
  auto body = encode_versions(chosen);
  shard->dirty = above > 0;
  shard->rewrite = false;
  ++shard->storing;
  const ShardHeader header{raw(id.timeline), id.number, storing.versions};
  store(OutgoingEntry(EntryKind::index_shard, header, share(std::move(body))),
        std::move(storing));
}

void NodeCore::Impl::on_stored(const StoredEffect& effect, LogPosition at, std::uint32_t size) {
  if (checkpoint == nullptr) return;  // read back at opening
  Checkpoint& now = *checkpoint;
  if (effect.id == now.entry_id) return write_root(at, size);
  auto node = now.storing.extract(effect.id);
  CHECK(!node.empty());
  Checkpoint::Storing& stored = node.mapped();
  now.bytes_outstanding -= size;
  if (stored.is_shard) {
    if (Shard* const shard = index.find(stored.shard)) {
      --shard->storing;
      shard->chunks.resize(stored.chunk);
      if (stored.versions > 0) shard->chunks.push_back({at, size, stored.versions});
    }
    return;
  }
  stored.parts.at = at;
  stored.parts.length = size;
  TimelineSnapshot& row = now.snapshot.timelines[stored.timeline_row];
  SegmentSnapshot& segment_row = row.segments[stored.segment_row];
  segment_row.lists.push_back(stored.parts);
  if (Timeline* const timeline = find(row.id)) {
    const auto segment = timeline->segments.find(segment_row.group);
    if (segment != timeline->segments.end()) segment->second.listed(stored.parts);
  }
}

void NodeCore::Impl::store_snapshot() {
  Checkpoint& now = *checkpoint;
  for (const ShardId& id : index.ids()) {
    const Shard& shard = *index.find(id);
    if (!shard.chunks.empty()) now.snapshot.shards.push_back({id, shard.chunks, shard.stored_pages()});
  }
  auto body = encode_snapshot(now.snapshot);
  last_snapshot_bytes = body.size();
  now.entry_id = ++last_stored_id;
  const CheckpointHeader header{now.snapshot.replay_from.packed()};
  log.append({OutgoingEntry(EntryKind::checkpoint, header, share(std::move(body))),
              StoredEffect{now.entry_id}, {}, {}});
}

void NodeCore::Impl::write_root(LogPosition at, std::uint32_t size) {
  Checkpoint& now = *checkpoint;
  now.root = {root.sequence + 1, at, size};
  now.root_bytes = encode_root(now.root);
  io.write(kRootFile, (now.root.sequence % 2) * kRootSlotBytes, {now.root_bytes}, [this](bool ok) {
    if (!ok) {
      checkpoint.reset();
      log.fail("a write or sync of the root failed");
      return;
    }
    finish_checkpoint();
  });
}

void NodeCore::Impl::finish_checkpoint() {
  root = checkpoint->root;
  previous_replay_from = replay_from;
  replay_from = checkpoint->snapshot.replay_from;
  unsaved_bytes -= unsaved_at_begin;
  storing_index_bytes = 0;
  checkpoint.reset();
  evict_shards();
  free_extents();
  // What a collection emptied is free when both checkpoints of the root are past it: the second one
  // comes at once, too, not when so much has been written again.
  checkpoint_wanted = checkpoint_wanted || std::ranges::any_of(extents_to_free, [this](const auto& waiting) {
                        return waiting.second > root.sequence;
                      });
}

std::uint64_t NodeCore::Impl::evict_shards() {
  index_growth = 0;
  std::uint64_t memory = 0;
  std::vector<std::pair<std::uint32_t, ShardId>> candidates;
  // (One that is not loaded, too: versions that came since, which a checkpoint has stored.)
  index.for_each([&](const ShardId& id, const Shard& shard) {
    memory += shard.memory();
    // What the scrub looks at it would have to leave out.
    const bool is_scrubbed = scrub != nullptr && scrub->shard == id;
    if (!shard.dirty && !shard.rewrite && shard.storing == 0 && !shard.loading && !shard.repairing && !is_scrubbed &&
        shard.count() > 0) {
      candidates.emplace_back(shard.last_used, id);
    }
  });
  if (memory <= options.index_cache_bytes) return memory;
  // What is being moved gets its new place in memory.
  if (collection != nullptr && collection->moves > 0) return memory;
  std::sort(candidates.begin(), candidates.end());
  for (const auto& [used, id] : candidates) {
    if (memory <= options.index_cache_bytes / 4 * 3) break;
    Shard& shard = *index.find(id);
    memory -= shard.memory();
    shard.unload();
  }
  return memory;
}

void NodeCore::Impl::bound_index() {
  // (While versions are moved no checkpoint comes either, and whoever moves them takes out what it brings in.)
  const std::uint64_t slack = std::max(options.index_cache_bytes / 4, kIndexSlackMin);
  if (index_growth <= slack || moving()) return;
  // What is left is not on disk yet, or nearly all of it. (Only what came since the last checkpoint began makes another
  // worth its while: it brings in shards itself, and so does the collector when it has been.)
  if (evict_shards() > options.index_cache_bytes && unsaved_index_bytes > slack && !closing) {
    checkpoint_wanted = true;
  }
}

bool NodeCore::Impl::is_index_full() const {
  return checkpoint != nullptr && !closing && !log.failed() &&
         unsaved_index_bytes + storing_index_bytes > options.index_cache_bytes;
}

void NodeCore::Impl::take_held_back() {
  if (held_back.empty() || is_index_full()) return;
  // (Some may be held back again.)
  for (auto& [token, request] : std::exchange(held_back, {})) append(token, std::move(request));
}

// Brings a shard's stored versions into memory, then calls `then` with whether that worked.
void NodeCore::Impl::load_shard(ShardId id, std::function<void(bool)> then) {
  Shard& shard = *index.find(id);
  auto& waiting = shard_loads[id];
  if (then) waiting.push_back(std::move(then));
  if (shard.loading) return;
  shard.loading = true;

  struct Load {
    std::vector<StoredChunk> chunks;
    std::vector<std::vector<std::byte>> bytes;
    std::size_t pending = 0;
    bool failed = false;
    std::shared_ptr<void> hold;
  };
  const auto load = std::make_shared<Load>();
  load->chunks = shard.chunks;
  load->hold = hold_extents();
  load->bytes.resize(load->chunks.size());
  load->pending = 1;
  const auto finish = [this, id, load] {
    if (--load->pending > 0) return;
    auto callbacks = std::move(shard_loads[id]);
    shard_loads.erase(id);
    Shard* const target = index.find(id);
    bool ok = !load->failed && target != nullptr;
    if (ok) {
      Shard merged;
      for (std::size_t i = 0; ok && i < load->chunks.size(); ++i) {
        const auto entry = read_entry(load->bytes[i], load->chunks[i].at);
        ok = entry && entry->kind() == EntryKind::index_shard && entry->fixed<ShardHeader>() &&
             decode_shard(entry->body<ShardHeader>(), static_cast<std::uint16_t>(i), merged);
      }
      // Unless a repair has replaced what is stored.
      if (ok && !target->loaded) {
        const std::uint64_t before = target->memory();
        target->complete(merged);
        target->last_used = use_clock;
        index_growth += target->memory() - before;
      }
    }
    ok = ok || (target != nullptr && target->loaded);
    if (target != nullptr) target->loading = false;
    if (!ok && target != nullptr) {
      log_line("a stored part of the page index is damaged");
      want_shard_repair(id);
    }
    for (auto& callback : callbacks) callback(ok);
  };
  for (std::size_t i = 0; i < load->chunks.size(); ++i) {
    const Extent* const extent = log.extent(load->chunks[i].at.extent);
    if (extent == nullptr) {
      load->failed = true;
      continue;
    }
    ++load->pending;
    io.read(extent->file, load->chunks[i].at.offset, load->chunks[i].length,
            [load, i, finish](std::span<const std::byte> bytes) {
              if (bytes.empty()) load->failed = true;
              load->bytes[i].assign(bytes.begin(), bytes.end());
              finish();
            });
  }
  finish();
}

}  // namespace pagestore
