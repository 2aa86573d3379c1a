#include "log_scan.h"

#include <algorithm>
#include <cstring>

#include "wal/crc32c.h"

namespace pagestore {
namespace {

constexpr std::uint64_t kReadAhead = std::uint64_t{1} << 20;
// How far behind an unreadable header a later entry is looked for in the last extent. A batch that
// a crash tore is never longer, nor is an entry a writer makes.
constexpr std::uint64_t kSearchWindow = std::uint64_t{16} << 20;

// The extent's bytes from `from` on, read as they are needed.
class Window {
 public:
  Window(DiskReader& disk, const Extent& extent, std::uint32_t from)
      : disk_(disk), file_(extent.file), size_(extent.size), from_(from) {}

  // Up to `length` bytes at `offset`; fewer at the end of the extent or where reading fails.
  std::span<const std::byte> at(std::uint64_t offset, std::uint64_t length) {
    const std::uint64_t wanted = std::min(offset + length, size_);
    while (from_ + bytes_.size() < wanted && !failed_) grow(wanted);
    const std::uint64_t have = from_ + bytes_.size();
    if (offset >= have) return {};
    return std::span<const std::byte>(bytes_).subspan(
        offset - from_, std::min<std::uint64_t>(length, have - offset));
  }

 private:
  void grow(std::uint64_t wanted) {
    const std::uint64_t have = from_ + bytes_.size();
    const std::uint64_t next = std::min(std::max(wanted, have + kReadAhead), size_);
    bytes_.resize(next - from_);
    if (disk_.read(file_, have, std::span(bytes_).subspan(have - from_))) return;
    // The file is shorter than it should be, or a block cannot be read: what comes before the
    // failure is still worth having.
    std::uint64_t good = have;
    for (std::uint64_t step = 4096; good < next; good += step) {
      step = std::min<std::uint64_t>(step, next - good);
      if (!disk_.read(file_, good, std::span(bytes_).subspan(good - from_, step))) break;
    }
    bytes_.resize(good - from_);
    failed_ = true;
  }

  DiskReader& disk_;
  FileNo file_;
  std::uint64_t size_;
  std::uint64_t from_;
  std::vector<std::byte> bytes_;
  bool failed_ = false;
};

struct Found {
  EntryHeader header;
  std::uint32_t offset = 0;
  bool sound = false;  // payload verified
};

}  // namespace

ScanResult scan_extent(DiskReader& disk, const Extent& extent, std::uint32_t from,
                       const std::uint32_t* previous, const std::uint32_t* known_end,
                       const std::function<void(const EntryView&)>& visit) {
  Window window(disk, extent, from);
  const std::uint64_t limit = known_end != nullptr ? *known_end : extent.size;
  ScanResult result;
  std::vector<Found> entries;
  std::vector<DamagedStretch> unreadable;
  std::uint64_t synced_max = known_end != nullptr ? LogPosition{extent.number, *known_end}.packed()
                                                  : 0;
  bool chained = previous != nullptr;
  std::uint32_t chain = chained ? *previous : 0;
  std::uint64_t offset = from;

  const auto position = [&](std::uint64_t at) {
    return LogPosition{extent.number, static_cast<std::uint32_t>(at)};
  };
  const auto fits = [&](std::uint64_t at, const EntryHeader& header) {
    return at + entry_size(header.length) <= limit;
  };

  while (offset + sizeof(EntryHeader) <= limit) {
    auto header = read_header(window.at(offset, sizeof(EntryHeader)), position(offset));
    if (header && (!fits(offset, *header) || (chained && header->previous != chain))) {
      header.reset();
    }
    if (header) {
      const auto payload = window.at(offset + sizeof *header, header->length);
      const bool sound =
          payload.size() == header->length && wal::crc32c(payload) == header->payload_crc;
      entries.push_back({*header, static_cast<std::uint32_t>(offset), sound});
      synced_max = std::max(synced_max, header->synced);
      offset += entry_size(header->length);
      chained = true;
      chain = header->header_crc;
      continue;
    }
    // Is there an entry that was written after this place had been synced?
    const std::uint64_t search_end =
        known_end != nullptr ? limit : std::min(limit, offset + kSearchWindow);
    std::uint64_t next = 0;
    for (std::uint64_t at = offset + kEntryAlignment; at + sizeof(EntryHeader) <= search_end;
         at += kEntryAlignment) {
      const auto bytes = window.at(at, sizeof(EntryHeader));
      if (bytes.size() < sizeof(EntryHeader)) break;
      std::uint64_t claimed;
      std::memcpy(&claimed, bytes.data() + offsetof(EntryHeader, position), sizeof claimed);
      if (claimed != position(at).packed()) continue;
      const auto candidate = read_header(bytes, position(at));
      if (candidate && candidate->synced > position(offset).packed() && fits(at, *candidate)) {
        next = at;
        break;
      }
    }
    if (next == 0) break;
    unreadable.push_back({position(offset), position(next), 0});
    offset = next;
    chained = false;
  }

  // An entry that does not verify counts as damage only if it is known to have been synced whole.
  std::size_t count = entries.size();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].sound && position(entries[i].offset).packed() >= synced_max) {
      offset = entries[i].offset;
      count = i;
      break;
    }
  }
  if (known_end != nullptr && offset < *known_end) {
    unreadable.push_back({position(offset), position(*known_end), 0});
    offset = *known_end;
  }
  result.end = position(offset);
  result.last_crc = previous != nullptr ? *previous : 0;

  for (std::size_t i = 0; i < count; ++i) {
    const Found& found = entries[i];
    result.last_crc = found.header.header_crc;
    if (!found.sound) {
      result.damage.push_back({position(found.offset),
                               position(found.offset + entry_size(found.header.length)),
                               found.header.kind});
      continue;
    }
    visit(EntryView{found.header, position(found.offset),
                    window.at(found.offset + sizeof(EntryHeader), found.header.length)});
  }
  result.damage.insert(result.damage.end(), unreadable.begin(), unreadable.end());
  std::sort(result.damage.begin(), result.damage.end(),
            [](const DamagedStretch& a, const DamagedStretch& b) { return a.from < b.from; });
  return result;
}

}  // namespace pagestore
