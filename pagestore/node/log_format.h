// The node log on disk (docs/formats.md). All integers little endian.
//
// The log is a sequence of extents, numbered from 1. An extent lives in a file; a freed extent's
// file is reused for a later number, and what it held before stays behind the new end. Entries
// stand back to back, each at an offset divisible by kEntryAlignment:
//
//   EntryHeader | kind's fixed header | body | zeros up to the alignment
//
// The log is written in blocks (NodeOptions::block_bytes): what a batch leaves of its last one is filled
// by a padding entry, or by zeros where the extent has no room for one.
//
// An extent's first entry is extent_begin. An entry is valid where its header CRC holds, it says
// that it stands where it stands, and `previous` is the header CRC of the entry before it; so
// neither a recycled file's old entries nor the remains of a write that a crash tore can be taken
// for the log's continuation.
#pragma once

#include <compare>
#include <cstdint>
#include <type_traits>

namespace pagestore {

inline constexpr std::uint32_t kLogFormatVersion = 3;
inline constexpr std::uint32_t kEntryAlignment = 8;
inline constexpr std::uint32_t kBlockBytesMax = 4096;

// Where something stands in the node log. Extent 0 is nowhere.
struct LogPosition {
  std::uint32_t extent = 0;
  std::uint32_t offset = 0;
  auto operator<=>(const LogPosition&) const = default;
  constexpr std::uint64_t packed() const {
    return (std::uint64_t{extent} << 32) | offset;
  }
  static constexpr LogPosition unpacked(std::uint64_t value) {
    return {static_cast<std::uint32_t>(value >> 32), static_cast<std::uint32_t>(value)};
  }
  constexpr explicit operator bool() const { return extent != 0; }
};
static_assert(sizeof(LogPosition) == 8);

enum class EntryKind : std::uint8_t {
  extent_begin = 1,
  part = 2,              // PartHeader | records
  seal = 3,              // TimelineChange
  truncate = 4,          // TimelineChange | TruncationRange...: all that hold, ascending
  create_timeline = 5,   // TimelineChange
  drop_timeline = 6,     // TimelineChange
  horizon = 7,           // TimelineChange
  page_image = 8,        // ImageHeader | zstd frame of the page
  moved_record = 9,      // MovedHeader | one redo record, as it was
  index_shard = 10,      // ShardHeader | versions
  part_list = 11,        // PartListHeader | parts
  checkpoint = 12,       // CheckpointHeader | tables
  segment_copied = 13,   // SegmentCopied
  padding = 14,          // zeros
  rejoined = 15,         // TimelineChange
  segment_left = 16,     // SegmentLeft
};
inline constexpr std::uint8_t kLastEntryKind = 16;

struct EntryHeader {
  std::uint32_t header_crc;   // CRC32C of the header behind this field
  std::uint32_t payload_crc;  // CRC32C of the payload: fixed header and body
  std::uint32_t length;       // payload bytes, padding excluded
  std::uint32_t previous;     // header_crc of the entry before this in the log; 0 for the first
  std::uint64_t position;     // where this entry stands (LogPosition::packed)
  std::uint64_t synced;       // the log below this position was durable when this was written
  std::uint8_t kind;          // EntryKind
  std::uint8_t reserved[7];   // 0
};
static_assert(sizeof(EntryHeader) == 40);
static_assert(std::has_unique_object_representations_v<EntryHeader>);

struct ExtentBegin {
  std::uint32_t format;        // kLogFormatVersion
  std::uint32_t number;
  std::uint64_t size;          // of the file, bytes
  std::uint64_t previous_end;  // packed end of the extent before this; 0 for the first
};
static_assert(sizeof(ExtentBegin) == 24);
static_assert(std::has_unique_object_representations_v<ExtentBegin>);

struct PartHeader {
  std::uint64_t timeline;
  std::uint64_t epoch;
  std::uint64_t prev_part_end;
  std::uint64_t begin;
  std::uint64_t end;
  std::uint64_t vdl;
  std::uint32_t group;
  std::uint32_t parts;
};
static_assert(sizeof(PartHeader) == 56);
static_assert(std::has_unique_object_representations_v<PartHeader>);

// Fields a kind does not use are 0.
struct TimelineChange {
  std::uint64_t timeline = 0;
  std::uint64_t epoch = 0;   // seal, truncate, rejoined
  std::uint64_t parent = 0;  // create
  std::uint64_t lsn = 0;     // create: branch; horizon: horizon
  std::uint64_t pages_per_group = 0;  // create
};
static_assert(sizeof(TimelineChange) == 40);
static_assert(std::has_unique_object_representations_v<TimelineChange>);

struct TruncationRange {
  std::uint64_t epoch;
  std::uint64_t after;
  std::uint64_t to;
};
static_assert(sizeof(TruncationRange) == 24);
static_assert(std::has_unique_object_representations_v<TruncationRange>);

struct ImageHeader {
  std::uint64_t timeline;  // the timeline whose record made this version
  std::uint64_t lsn;       // of the page
  std::uint32_t page_no;
  std::uint32_t reserved;  // 0
};
static_assert(sizeof(ImageHeader) == 24);
static_assert(std::has_unique_object_representations_v<ImageHeader>);

struct MovedHeader {
  std::uint64_t timeline;
};
static_assert(sizeof(MovedHeader) == 8);

// A chunk of the page index: versions of kShardPages pages of one timeline.
struct ShardHeader {
  std::uint64_t timeline;
  std::uint32_t number;    // page / kShardPages
  std::uint32_t versions;
};
static_assert(sizeof(ShardHeader) == 16);
static_assert(std::has_unique_object_representations_v<ShardHeader>);

// Where the settled parts of a segment stand.
struct PartListHeader {
  std::uint64_t timeline;
  std::uint32_t group;
  std::uint32_t parts;
};
static_assert(sizeof(PartListHeader) == 16);
static_assert(std::has_unique_object_representations_v<PartListHeader>);

// The page_image entries before this one hold the segment's pages: it is whole through `log_from`,
// and has no log below it.
struct SegmentCopied {
  std::uint64_t timeline;
  std::uint64_t log_from;
  std::uint32_t group;
  std::uint32_t reserved;  // 0
};
static_assert(sizeof(SegmentCopied) == 24);
static_assert(std::has_unique_object_representations_v<SegmentCopied>);

// All that is here of the group is forgotten: the node is in its set of nodes no more.
struct SegmentLeft {
  std::uint64_t timeline;
  std::uint32_t group;
  std::uint32_t reserved;  // 0
};
static_assert(sizeof(SegmentLeft) == 16);
static_assert(std::has_unique_object_representations_v<SegmentLeft>);

// The node's state at `replay_from`; its body is packed as snapshot.h says.
struct CheckpointHeader {
  std::uint64_t replay_from;
};
static_assert(sizeof(CheckpointHeader) == 8);

constexpr std::uint32_t padded(std::uint32_t length) {
  return (length + kEntryAlignment - 1) & ~(kEntryAlignment - 1);
}

// Bytes an entry with this payload takes in the log.
constexpr std::uint64_t entry_size(std::uint64_t payload) {
  return (sizeof(EntryHeader) + payload + kEntryAlignment - 1) & ~std::uint64_t{kEntryAlignment - 1};
}

}  // namespace pagestore
