// The node's state at one position of its log: what a checkpoint entry holds.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "node_log.h"
#include "page_index.h"
#include "timeline.h"

namespace pagestore {

// Where a part's entry stands; its header says the rest.
struct PartPlace {
  LogPosition at;
  std::uint32_t length = 0;
};

struct SegmentSnapshot {
  GroupNo group{};
  Lsn scl;
  Lsn vdl_seen;
  Lsn log_floor;
  std::vector<StoredParts> lists;
  std::vector<PartPlace> linked;   // not in a list: above the VDL seen
  std::vector<PartPlace> waiting;
};

struct TimelineSnapshot {
  TimelineId id{};
  TimelineId parent{};
  Lsn branch_lsn;
  std::uint64_t pages_per_group = 0;
  Epoch epoch{};
  Epoch previous_epoch{};
  Epoch ready_epoch{};
  Lsn horizon;
  std::vector<Lsn> pins;
  Lsn vdl_seen;
  bool has_log = false;
  bool dropped = false;
  bool damaged = false;
  std::vector<Truncation> truncations;
  std::vector<SegmentSnapshot> segments;
};

struct ShardSnapshot {
  ShardId id;
  std::vector<StoredChunk> chunks;
  std::uint64_t pages = kAllPages;  // Shard::stored_pages()
};

struct Snapshot {
  // Everything below is in here; opening goes on reading the log from here.
  LogPosition replay_from;
  std::uint32_t chain_crc = 0;  // header CRC of the entry before replay_from
  std::vector<TimelineSnapshot> timelines;
  std::vector<TimelineId> tombstones;
  std::vector<ShardSnapshot> shards;
  std::vector<Extent> extents;  // in use at that time
};

std::vector<std::byte> encode_snapshot(const Snapshot& snapshot);
std::optional<Snapshot> decode_snapshot(std::span<const std::byte> bytes);

// Body of a part_list entry.
std::vector<std::byte> encode_parts(std::span<const HeldPart> parts);
std::optional<std::vector<HeldPart>> decode_parts(GroupId group, std::span<const std::byte> bytes);

// The root file: two slots, written in turn, each naming a checkpoint entry.
struct Root {
  std::uint64_t sequence = 0;
  LogPosition checkpoint;
  std::uint32_t length = 0;
};
std::vector<std::byte> encode_root(const Root& root);
std::optional<Root> decode_root(std::span<const std::byte> slot);
inline constexpr std::uint64_t kRootSlotBytes = kRootFileBytes / 2;

}  // namespace pagestore
