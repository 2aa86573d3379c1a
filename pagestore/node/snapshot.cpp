#include "snapshot.h"

#include <cstring>

#include "byte_codec.h"
#include "wal/crc32c.h"

namespace pagestore {
namespace {

using wal::raw;

void put(ByteWriter& out, Lsn lsn) { out.number(lsn.value()); }
void put(ByteWriter& out, LogPosition at) { out.number(at.packed()); }
Lsn get_lsn(ByteReader& in) { return Lsn(in.number()); }
LogPosition get_position(ByteReader& in) { return LogPosition::unpacked(in.number()); }
std::uint32_t get_u32(ByteReader& in) { return static_cast<std::uint32_t>(in.number()); }

void put(ByteWriter& out, const std::vector<PartPlace>& places) {
  out.number(places.size());
  for (const PartPlace& place : places) {
    put(out, place.at);
    out.number(place.length);
  }
}

std::vector<PartPlace> get_places(ByteReader& in) {
  std::vector<PartPlace> places(in.count());
  for (PartPlace& place : places) {
    place.at = get_position(in);
    place.length = get_u32(in);
  }
  return places;
}

void put(ByteWriter& out, const SegmentSnapshot& segment) {
  out.number(raw(segment.group));
  put(out, segment.scl);
  put(out, segment.vdl_seen);
  put(out, segment.log_floor);
  out.number(segment.lists.size());
  for (const StoredParts& list : segment.lists) {
    put(out, list.at);
    out.number(list.length);
    out.number(list.parts);
    put(out, list.first_begin);
    put(out, list.last_begin);
    put(out, list.last_end);
    out.number(list.extents.size());
    for (const auto& [extent, bytes] : list.extents) {
      out.number(extent);
      out.number(bytes);
    }
  }
  put(out, segment.linked);
  put(out, segment.waiting);
}

SegmentSnapshot get_segment(ByteReader& in) {
  SegmentSnapshot segment;
  segment.group = GroupNo{get_u32(in)};
  segment.scl = get_lsn(in);
  segment.vdl_seen = get_lsn(in);
  segment.log_floor = get_lsn(in);
  segment.lists.resize(in.count());
  for (StoredParts& list : segment.lists) {
    list.at = get_position(in);
    list.length = get_u32(in);
    list.parts = get_u32(in);
    list.first_begin = get_lsn(in);
    list.last_begin = get_lsn(in);
    list.last_end = get_lsn(in);
    list.extents.resize(in.count());
    for (auto& [extent, bytes] : list.extents) {
      extent = get_u32(in);
      bytes = in.number();
    }
  }
  segment.linked = get_places(in);
  segment.waiting = get_places(in);
  return segment;
}

void put(ByteWriter& out, const TimelineSnapshot& timeline) {
  out.number(raw(timeline.id));
  out.number(raw(timeline.parent));
  put(out, timeline.branch_lsn);
  out.number(timeline.pages_per_group);
  out.number(raw(timeline.epoch));
  out.number(raw(timeline.previous_epoch));
  out.number(raw(timeline.ready_epoch));
  put(out, timeline.horizon);
  out.number(timeline.pins.size());
  for (const Lsn pin : timeline.pins) put(out, pin);
  put(out, timeline.vdl_seen);
  out.u8(static_cast<std::uint8_t>((timeline.has_log ? 1 : 0) | (timeline.dropped ? 2 : 0) |
                                   (timeline.damaged ? 4 : 0)));
  out.number(timeline.truncations.size());
  for (const Truncation& range : timeline.truncations) {
    out.number(raw(range.epoch));
    put(out, range.after);
    put(out, range.to);
  }
  out.number(timeline.segments.size());
  for (const SegmentSnapshot& segment : timeline.segments) put(out, segment);
}

TimelineSnapshot get_timeline(ByteReader& in) {
  TimelineSnapshot timeline;
  timeline.id = TimelineId{in.number()};
  timeline.parent = TimelineId{in.number()};
  timeline.branch_lsn = get_lsn(in);
  timeline.pages_per_group = in.number();
  timeline.epoch = Epoch{in.number()};
  timeline.previous_epoch = Epoch{in.number()};
  timeline.ready_epoch = Epoch{in.number()};
  timeline.horizon = get_lsn(in);
  timeline.pins.resize(in.count());
  for (Lsn& pin : timeline.pins) pin = get_lsn(in);
  timeline.vdl_seen = get_lsn(in);
  const std::uint8_t flags = in.u8();
  timeline.has_log = (flags & 1) != 0;
  timeline.dropped = (flags & 2) != 0;
  timeline.damaged = (flags & 4) != 0;
  timeline.truncations.resize(in.count());
  for (Truncation& range : timeline.truncations) {
    range.epoch = Epoch{in.number()};
    range.after = get_lsn(in);
    range.to = get_lsn(in);
  }
  for (std::uint64_t count = in.count(); count > 0 && in.ok(); --count) {
    timeline.segments.push_back(get_segment(in));
  }
  return timeline;
}

}  // namespace

std::vector<std::byte> encode_snapshot(const Snapshot& snapshot) {
  ByteWriter out;
  put(out, snapshot.replay_from);
  out.number(snapshot.chain_crc);
  out.number(snapshot.extents.size());
  for (const Extent& extent : snapshot.extents) {
    out.number(extent.number);
    out.number(extent.size);
    out.number(extent.end);
  }
  out.number(snapshot.tombstones.size());
  for (const TimelineId id : snapshot.tombstones) out.number(raw(id));
  out.number(snapshot.timelines.size());
  for (const TimelineSnapshot& timeline : snapshot.timelines) put(out, timeline);
  out.number(snapshot.shards.size());
  std::uint64_t last_timeline = 0;
  std::uint32_t last_number = 0;
  for (const ShardSnapshot& shard : snapshot.shards) {
    out.difference(static_cast<std::int64_t>(raw(shard.id.timeline) - last_timeline));
    out.difference(static_cast<std::int64_t>(shard.id.number) - last_number);
    last_timeline = raw(shard.id.timeline);
    last_number = shard.id.number;
    out.number(shard.chunks.size());
    for (const StoredChunk& chunk : shard.chunks) {
      put(out, chunk.at);
      out.number(chunk.length);
      out.number(chunk.versions);
    }
  }
  for (const ShardSnapshot& shard : snapshot.shards) out.number(~shard.pages);  // most have all
  return out.take();
}

std::optional<Snapshot> decode_snapshot(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  Snapshot snapshot;
  snapshot.replay_from = get_position(in);
  snapshot.chain_crc = get_u32(in);
  snapshot.extents.resize(in.count());
  for (Extent& extent : snapshot.extents) {
    extent.number = get_u32(in);
    extent.size = in.number();
    extent.end = get_u32(in);
  }
  snapshot.tombstones.resize(in.count());
  for (TimelineId& id : snapshot.tombstones) id = TimelineId{in.number()};
  for (std::uint64_t count = in.count(); count > 0 && in.ok(); --count) {
    snapshot.timelines.push_back(get_timeline(in));
  }
  std::uint64_t timeline = 0;
  std::uint32_t number = 0;
  for (std::uint64_t count = in.count(); count > 0 && in.ok(); --count) {
    ShardSnapshot shard;
    timeline += static_cast<std::uint64_t>(in.difference());
    number += static_cast<std::uint32_t>(in.difference());
    shard.id = {TimelineId{timeline}, number};
    shard.chunks.resize(in.count());
    for (StoredChunk& chunk : shard.chunks) {
      chunk.at = get_position(in);
      chunk.length = get_u32(in);
      chunk.versions = get_u32(in);
    }
    snapshot.shards.push_back(std::move(shard));
  }
  if (!in.complete()) {  // there were checkpoints without
    for (ShardSnapshot& shard : snapshot.shards) shard.pages = ~in.number();
  }
  if (!in.complete()) return std::nullopt;
  return snapshot;
}

std::vector<std::byte> encode_parts(std::span<const HeldPart> parts) {
  ByteWriter out;
  out.number(parts.size());
  for (const HeldPart& held : parts) {
    put(out, held.at);
    out.number(held.length);
    out.number(raw(held.part.epoch));
    put(out, held.part.prev_part_end);
    put(out, held.part.begin);
    put(out, held.part.end);
    put(out, held.part.vdl);
    out.number(held.part.parts);
  }
  return out.take();
}

std::optional<std::vector<HeldPart>> decode_parts(GroupId group, std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  std::vector<HeldPart> parts(in.count());
  for (HeldPart& held : parts) {
    held.at = get_position(in);
    held.length = get_u32(in);
    held.part.group = group;
    held.part.epoch = Epoch{in.number()};
    held.part.prev_part_end = get_lsn(in);
    held.part.begin = get_lsn(in);
    held.part.end = get_lsn(in);
    held.part.vdl = get_lsn(in);
    held.part.parts = get_u32(in);
  }
  if (!in.complete()) return std::nullopt;
  return parts;
}

// --- root --------------------------------------------------------------------------------------

namespace {

struct RootSlot {
  std::uint32_t crc;       // CRC32C of what follows
  std::uint32_t length;    // of the checkpoint entry
  std::uint64_t sequence;  // the higher one counts
  std::uint64_t checkpoint;
};
static_assert(sizeof(RootSlot) == 24);
static_assert(std::has_unique_object_representations_v<RootSlot>);

std::uint32_t slot_crc(const RootSlot& slot) {
  return wal::crc32c(std::as_bytes(std::span(&slot, 1)).subspan(sizeof slot.crc));
}

}  // namespace

std::vector<std::byte> encode_root(const Root& root) {
  RootSlot slot{0, root.length, root.sequence, root.checkpoint.packed()};
  slot.crc = slot_crc(slot);
  std::vector<std::byte> bytes(sizeof slot);
  std::memcpy(bytes.data(), &slot, sizeof slot);
  return bytes;
}

std::optional<Root> decode_root(std::span<const std::byte> bytes) {
  RootSlot slot;
  if (bytes.size() < sizeof slot) return std::nullopt;
  std::memcpy(&slot, bytes.data(), sizeof slot);
  if (slot.sequence == 0 || slot.crc != slot_crc(slot)) return std::nullopt;
  return Root{slot.sequence, LogPosition::unpacked(slot.checkpoint), slot.length};
}

}  // namespace pagestore
