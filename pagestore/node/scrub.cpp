// The scrub (scrub.h). Round after round, at most scrub_bytes_per_tick: the checkpoint that the root
// names, the log that the next opening would read behind it, every stored piece of the page index, every
// version it names, every list of parts and every part above the horizon. What does not verify is left to
// the repair (shard_repair.cpp), or, where memory still has it, written again by the next checkpoint. Pages
// that verify are compared with those of other copies (scrub_compare.cpp). Reads only, and no more than a few at a time: the
// log's writes never wait for it.
#include <algorithm>

#include <fmt/format.h>

#include "node_impl.h"
#include "wal/record_codec.h"

namespace pagestore {
namespace {

using wal::raw;

constexpr std::size_t kReadsMax = 8;

bool verifies(const Version& version, std::span<const std::byte> bytes) {
  if (version.kind == VersionKind::page_image) {
    const auto entry = read_entry(bytes, version.at);
    return entry && entry->kind() == EntryKind::page_image && entry->fixed<ImageHeader>() &&
           entry->fixed<ImageHeader>()->lsn == version.lsn;
  }
  wal::RecordReader reader(bytes);
  const auto record = reader.next();
  return record && *record && (*record)->lsn.value() == version.lsn;
}

}  // namespace

void NodeCore::Impl::step_scrub(unsigned elapsed) {
  if (options.scrub_bytes_per_tick == 0 || closing) {
    scrub.reset();
    return;
  }
  if (scrub == nullptr) {
    scrub_due -= std::min(scrub_due, elapsed);
    if (scrub_due > 0 || shard_repair != nullptr) return;  // a round would leave out what is being repaired
    begin_scrub();
  }
  const auto rate = static_cast<std::int64_t>(options.scrub_bytes_per_tick);
  scrub->budget = std::min(scrub->budget + rate * elapsed, 2 * rate);
  advance_scrub();
}

void NodeCore::Impl::begin_scrub() {
  scrub = std::make_shared<Scrub>();
  scrub->shards = index.ids();
  for (const auto& [id, timeline] : timelines) {
    if (timeline->damaged) continue;
    for (const auto& [group, segment] : timeline->segments) scrub->groups.push_back({id, group});
  }
  scrub->log_at = replay_from ? replay_from : LogPosition{log.extents().empty() ? 0 : log.extents().begin()->first, 0};
  scrub->log_to = log.synced();
  gossip.counters.scrub_bytes = 0;
  gossip.counters.scrub_bytes_total = 0;
  for (const auto& [number, extent] : log.extents()) gossip.counters.scrub_bytes_total += extent.end;
  if (!root.checkpoint) return;
  scrub_read(root.checkpoint, root.length, [this, at = root.checkpoint](std::span<const std::byte> bytes) {
    const auto entry = read_entry(bytes, at);
    if ((entry && entry->kind() == EntryKind::checkpoint) || root.checkpoint != at) return;
    note_damage("the checkpoint");
    checkpoint_wanted = true;
  });
}

void NodeCore::Impl::scrub_read(LogPosition at, std::uint32_t length,
                                std::function<void(std::span<const std::byte>)> check) {
  const auto round = scrub;
  round->budget -= length;
  gossip.counters.scrub_bytes += length;
  const Extent* const extent = log.extent(at.extent);
  if (extent == nullptr) return check({});
  ++round->busy;
  io.read(extent->file, at.offset, length,
          [this, round, check = std::move(check)](std::span<const std::byte> bytes) {
            --round->busy;
            if (round != scrub || stopped || log.failed()) return;
            check(bytes);
            if (round->busy == 0) advance_scrub();
          });
}

void NodeCore::Impl::note_damage(const std::string& what) {
  ++scrub->damage;
  ++gossip.counters.scrub_damage;
  log_line("scrub: " + what + " is damaged on disk");
}

void NodeCore::Impl::advance_scrub() {
  const auto round = scrub;
  while (round == scrub && round->budget > 0 && round->busy < kReadsMax) {
    if (!round->chunks.empty()) {
      scrub_chunk();
    } else if (!round->versions.empty()) {
      scrub_version();
    } else if (!round->parts.empty()) {
      scrub_part();
    } else if (round->log_at) {
      if (round->busy > 0) return;
      scrub_log();
    } else if (round->busy > 0) {
      return;  // of this shard or list
    } else if (!round->lists.empty()) {
      scrub_list();
    } else if (round->compare_next < kShardPages) {
      compare_pages();
    } else if (round->next_shard < round->shards.size()) {
      if (!scrub_next_shard()) return;  // goes on when it is in memory
    } else if (round->next_group < round->groups.size()) {
      scrub_next_group();
    } else {
      return end_scrub();
    }
  }
}

void NodeCore::Impl::end_scrub() {
  leave_scrubbed_shard();
  if (scrub->damage > 0) {
    log_line(fmt::format("scrub: a round ended with damage in {} places; it is repaired from peers",
                         scrub->damage));
  }
  scrub.reset();
  scrub_due = options.scrub_pause_ticks;
  ++gossip.counters.scrub_rounds;
}

// --- the page index, and what it names ---------------------------------------------------------

bool NodeCore::Impl::scrub_next_shard() {
  const ShardId id = scrub->shards[scrub->next_shard];
  // Not the one that was brought in for this call.
  if (scrub->shard != id) leave_scrubbed_shard();
  Shard* const shard = index.find(id);
  const Timeline* const timeline = find(id.timeline);
  if (shard == nullptr || timeline == nullptr || timeline->damaged || shard->repairing) {
    ++scrub->next_shard;
    return true;
  }
  if (!shard->loaded) {
    scrub->brought_in = true;
    scrub->shard = id;
    for (const StoredChunk& chunk : shard->chunks) scrub->budget -= chunk.length;
    ++scrub->busy;
    load_shard(id, [this, round = scrub](bool ok) {
      --round->busy;
      if (round != scrub || stopped || closing) return;
      if (!ok) {  // its repair has been asked for
        note_damage(fmt::format("a piece of the page index of timeline {}", raw(round->shard.timeline)));
        round->brought_in = false;
        ++round->next_shard;
      }
      advance_scrub();
    });
    return false;
  }
  ++scrub->next_shard;
  scrub->shard = id;
  scrub->hold = hold_extents();
  scrub->chunks.assign(shard->chunks.begin(), shard->chunks.end());
  for (std::uint32_t i = 0; i < kShardPages; ++i) {
    const PageNo page_no{id.number * kShardPages + i};
    for (const Version& version : shard->versions(page_no)) {
      scrub->versions.emplace_back(page_no, version);
    }
  }
  scrub->compare_next = 0;
  return true;
}

void NodeCore::Impl::leave_scrubbed_shard() {
  if (!std::exchange(scrub->brought_in, false)) return;
  Shard* const shard = index.find(scrub->shard);
  if (shard != nullptr && shard->loaded && !shard->dirty && !shard->rewrite && shard->storing == 0 &&
      !shard->loading && !shard->repairing && collection == nullptr) {
    shard->unload();
  }
}

void NodeCore::Impl::scrub_chunk() {
  const StoredChunk chunk = scrub->chunks.front();
  scrub->chunks.pop_front();
  scrub_read(chunk.at, chunk.length,
             [this, id = scrub->shard, chunk](std::span<const std::byte> bytes) {
               const auto entry = read_entry(bytes, chunk.at);
               if (entry && entry->kind() == EntryKind::index_shard) return;
               Shard* const shard = index.find(id);
               if (shard == nullptr || std::ranges::find(shard->chunks, chunk.at, &StoredChunk::at) ==
                                           shard->chunks.end()) {
                 return;  // another one has taken its place
               }
               note_damage(fmt::format("a piece of the page index of timeline {}", raw(id.timeline)));
               if (!shard->loaded) return want_shard_repair(id);
               shard->dirty = shard->rewrite = true;  // from memory
               checkpoint_wanted = true;
             });
}

void NodeCore::Impl::scrub_version() {
  const auto [page_no, version] = scrub->versions.front();
  scrub->versions.pop_front();
  scrub_read(version.at, version.length,
             [this, id = scrub->shard, page_no, version](std::span<const std::byte> bytes) {
               if (bytes.size() == version.length && verifies(version, bytes)) return;
               const Shard* const shard = index.find(id);
               if (shard == nullptr) return;
               const auto& versions = shard->versions(page_no);
               if (std::ranges::find(versions, version.at, &Version::at) == versions.end()) {
                 return;  // moved or given up since
               }
               note_damage(fmt::format("a version of page {} of timeline {}", raw(page_no),
                                       raw(id.timeline)));
               want_shard_repair(id);
             });
}

// --- log that peers may ask for ----------------------------------------------------------------

void NodeCore::Impl::scrub_next_group() {
  const GroupId group = scrub->groups[scrub->next_group++];
  const Timeline* const timeline = find(group.timeline);
  const Segment* const segment = timeline == nullptr ? nullptr : timeline->find_segment(group.group);
  if (segment == nullptr || timeline->damaged) return;
  scrub->group = group;
  scrub->hold = hold_extents();
  for (const StoredParts& list : segment->lists()) {
    if (list.last_end > timeline->horizon) scrub->lists.push_back(list);
  }
  for (std::size_t i = segment->listed_in_memory(); i < segment->linked().size(); ++i) {
    scrub->parts.push_back(segment->linked()[i]);
  }
}

// Repairing any shard of the group reads its log, and makes that whole.
void NodeCore::Impl::want_log_repair(GroupId group) {
  const Timeline& timeline = *find(group.timeline);
  const std::uint64_t first = raw(group.group) * timeline.pages_per_group;
  want_shard_repair(shard_of(group.timeline, PageNo{static_cast<std::uint32_t>(first)}));
}

void NodeCore::Impl::scrub_list() {
  const StoredParts list = scrub->lists.front();
  scrub->lists.pop_front();
  scrub_read(list.at, list.length, [this, group = scrub->group, list](std::span<const std::byte> bytes) {
    const auto entry = read_entry(bytes, list.at);
    auto parts = entry && entry->kind() == EntryKind::part_list && entry->fixed<PartListHeader>()
                     ? decode_parts(group, entry->body<PartListHeader>())
                     : std::nullopt;
    const Timeline* const timeline = find(group.timeline);
    if (timeline == nullptr) return;
    if (parts) {
      std::erase_if(*parts, [&](const HeldPart& held) { return held.part.end <= timeline->horizon; });
      scrub->parts.assign(parts->begin(), parts->end());
      return;
    }
    const Segment* const segment = timeline->find_segment(group.group);
    if (segment == nullptr || std::ranges::find(segment->lists(), list.at, &StoredParts::at) ==
                                  segment->lists().end()) {
      return;
    }
    note_damage(fmt::format("a list of log of timeline {}", raw(group.timeline)));
    want_log_repair(group);
  });
}

void NodeCore::Impl::scrub_part() {
  const HeldPart held = scrub->parts.front();
  scrub->parts.pop_front();
  scrub_read(held.at, held.length, [this, held](std::span<const std::byte> bytes) {
    const auto entry = read_entry(bytes, held.at);
    if (entry && entry->kind() == EntryKind::part) return;
    const Timeline* const timeline = find(held.part.group.timeline);
    if (timeline == nullptr || is_annulled(held.part.end, timeline->truncations) ||
        held.part.end <= timeline->horizon) {
      return;
    }
    note_damage(fmt::format("a part of the log of timeline {}", raw(held.part.group.timeline)));
    want_log_repair(held.part.group);
  });
}

}  // namespace pagestore
