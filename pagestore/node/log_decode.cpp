#include "log_decode.h"

#include <cstring>

#include "wal/record.h"

namespace pagestore {
namespace {

std::optional<RecordRef> ref_of(std::span<const std::byte> rest, std::uint32_t offset) {
  wal::RecordHeader header;
  if (rest.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, rest.data(), sizeof header);
  if (header.length < sizeof header || header.length > rest.size()) return std::nullopt;
  RecordRef ref;
  ref.lsn = Lsn(header.lsn);
  ref.prev_page_lsn = Lsn(header.prev_page_lsn);
  ref.page_no = PageNo{header.page_no};
  ref.offset = offset;
  ref.length = header.length;
  ref.starts_with_image = header.length > sizeof header &&
                          wal::sets_whole_page(static_cast<wal::RedoOp>(rest[sizeof header]));
  return ref;
}

// What requests.cpp lets through.
bool sound(const ChangeEffect& truncation) {
  const auto& list = truncation.truncations;
  if (list.empty() || list.back().epoch != Epoch{truncation.change.epoch}) return false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].to < list[i].after) return false;
    if (i > 0 && list[i].epoch <= list[i - 1].epoch) return false;
  }
  return true;
}

}  // namespace

RecordRefs refs_of(std::span<const std::byte> records) {
  auto refs = std::make_shared<std::vector<RecordRef>>();
  for (std::uint32_t offset = 0; offset < records.size();) {
    const auto ref = ref_of(records.subspan(offset), offset);
    if (!ref) return nullptr;
    if (ref->page_no != wal::kNoPage) refs->push_back(*ref);
    offset += ref->length;
  }
  return refs;
}

std::optional<Effect> decode_effect(const EntryView& entry) {
  switch (entry.kind()) {
    case EntryKind::part: {
      const auto header = entry.fixed<PartHeader>();
      if (!header) return std::nullopt;
      PartEffect effect{log_part(*header), refs_of(entry.body<PartHeader>())};
      const LogPart& part = effect.part;
      if (effect.refs == nullptr || part.end <= part.begin || part.prev_part_end > part.begin) {
        return std::nullopt;
      }
      return effect;
    }
    case EntryKind::seal:
    case EntryKind::truncate:
    case EntryKind::create_timeline:
    case EntryKind::drop_timeline:
    case EntryKind::rejoined:
    case EntryKind::horizon: {
      const auto change = entry.fixed<TimelineChange>();
      if (!change) return std::nullopt;
      const auto body = entry.body<TimelineChange>();
      ChangeEffect effect{entry.kind(), *change, {}, {}};
      if (entry.kind() == EntryKind::truncate) effect.truncations = decode_truncations(body);
      if (entry.kind() == EntryKind::horizon) effect.pins = decode_pins(body);
      if (entry.kind() == EntryKind::truncate && !sound(effect)) return std::nullopt;
      return effect;
    }
    case EntryKind::page_image: {
      const auto header = entry.fixed<ImageHeader>();
      if (!header) return std::nullopt;
      return ImageEffect{TimelineId{header->timeline}, PageNo{header->page_no}, Lsn(header->lsn)};
    }
    case EntryKind::moved_record: {
      const auto header = entry.fixed<MovedHeader>();
      if (!header) return std::nullopt;
      return Effect{};  // its place counts once a checkpoint names it
    }
    case EntryKind::segment_copied: {
      const auto copied = entry.fixed<SegmentCopied>();
      if (!copied) return std::nullopt;
      return CopiedEffect{{TimelineId{copied->timeline}, GroupNo{copied->group}},
                          Lsn(copied->log_from)};
    }
    case EntryKind::segment_left: {
      const auto left = entry.fixed<SegmentLeft>();
      if (!left) return std::nullopt;
      return LeftEffect{{TimelineId{left->timeline}, GroupNo{left->group}}};
    }
    case EntryKind::extent_begin:
    case EntryKind::padding:
      return Effect{};
    case EntryKind::index_shard:
    case EntryKind::part_list:
    case EntryKind::checkpoint:
      return StoredEffect{};
  }
  return std::nullopt;
}

}  // namespace pagestore
