// Reading a node's state back from its log.
#include <algorithm>

#include <fmt/format.h>

#include "log_decode.h"
#include "node_impl.h"
#include "wal/check.h"

namespace pagestore {
namespace {

struct FoundExtent {
  Extent extent;
  std::uint64_t recorded_size = 0;   // 0: the extent's own header is damaged
  std::uint64_t previous_end = 0;
};

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
  std::sort(extents.begin(), extents.end(), [](const FoundExtent& a, const FoundExtent& b) {
    return a.extent.number < b.extent.number;
  });

  bool fences_lost = false;
  bool missing = false;
  std::uint32_t chain = 0;
  bool chain_known = true;
  std::uint32_t expected_number = 1;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    FoundExtent& found = extents[i];
    if (found.extent.number != expected_number) {
      log_line(fmt::format("log extents {} to {} are missing", expected_number,
                           found.extent.number - 1));
      fences_lost = true;
      chain_known = false;
      missing = true;
    }
    std::optional<std::uint32_t> known_end;
    if (i + 1 < extents.size()) {
      const FoundExtent& next = extents[i + 1];
      const LogPosition end = LogPosition::unpacked(next.previous_end);
      known_end = end.extent == found.extent.number ? end.offset
                                                    : static_cast<std::uint32_t>(found.extent.size);
    }
    const ScanResult result = scan_extent(
        disk, found.extent, 0, chain_known ? &chain : nullptr, known_end ? &*known_end : nullptr,
        [&](const EntryView& entry) {
          const auto effect = decode_effect(entry);
          if (!effect) {
            log_line(fmt::format("log entry of kind {} at {}:{} cannot be understood",
                                 entry.header.kind, entry.position.extent,
                                 entry.position.offset));
            fences_lost = true;
            return;
          }
          apply(*effect, entry.position, static_cast<std::uint32_t>(entry.size()));
          index_pending();
        });
    for (const DamagedStretch& damage : result.damage) {
      log_line(fmt::format("log damaged in extent {} from {} to {}", damage.from.extent,
                           damage.from.offset, damage.to.offset));
      fences_lost = fences_lost || may_have_fenced(damage.kind);
    }
    found.extent.end = result.end.offset;
    if (found.recorded_size != 0 && found.recorded_size > found.extent.size) {
      log_line(fmt::format("log extent {} is cut short", found.extent.number));
      fences_lost = true;
    }
    // Nothing is added behind damage: the next entry begins an extent of its own.
    if (!result.damage.empty() || found.recorded_size != found.extent.size) {
      found.extent.size = found.extent.end;
    }
    chain = result.last_crc;
    chain_known = true;
    expected_number = found.extent.number + 1;
    log.adopt_extent(found.extent);
  }
  log.adopt_chain(chain);
  for (const auto& file : unidentified) {
    // With an extent missing, a file that shows none may be its remains.
    if (missing) {
      log.adopt_unusable_file(file.file);
    } else {
      log.adopt_free_file(file.file, file.size);
    }
  }
  if (fences_lost) {
    log_line("fences or truncations may be lost: the timelines here answer corrupt");
    for (auto& [id, timeline] : timelines) timeline->damaged = true;
  }
}

}  // namespace pagestore
