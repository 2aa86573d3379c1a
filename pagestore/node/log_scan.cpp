#include "log_scan.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "wal/crc32c.h"

namespace pagestore {
namespace {

constexpr std::uint64_t kReadAhead = std::uint64_t{1} << 20;
// How far behind an unreadable header a later entry is looked for in the last extent. A batch that
// a crash tore is never longer, nor is an entry a writer makes.
constexpr std::uint64_t kSearchWindow = std::uint64_t{16} << 20;

// Reads as far as can be read: the file may be shorter than it should be, or a block be bad, and what
// comes before is still worth having. Returns how many bytes that is.
std::uint64_t read_some(DiskReader& disk, FileNo file, std::uint64_t offset, std::span<std::byte> into) {
  if (disk.read(file, offset, into)) return into.size();
  std::uint64_t good = 0;
  while (good < into.size()) {
    const auto step = std::min<std::uint64_t>(4096, into.size() - good);
    if (!disk.read(file, offset + good, into.subspan(good, step))) break;
    good += step;
  }
  return good;
}

// The extent's bytes from `from` on, read as they are needed.
class Window {
 public:
  Window(DiskReader& disk, const Extent& extent, std::uint32_t from)
      : disk_(disk),
        file_(extent.file),
        size_(extent.size),
        from_(from),
        bytes_(std::make_unique_for_overwrite<std::byte[]>(extent.size - from)) {}

  // Up to `length` bytes at `offset`; fewer at the end of the extent or where reading fails.
  std::span<const std::byte> at(std::uint64_t offset, std::uint64_t length) {
    const std::uint64_t wanted = std::min(offset + length, size_);
    while (from_ + read_ < wanted && !failed_) grow(wanted);
    const std::uint64_t have = from_ + read_;
    if (offset >= have) return {};
    return {bytes_.get() + (offset - from_), std::min<std::uint64_t>(length, have - offset)};
  }

  // Fills `into` from `offset` on without keeping what has to be read for it, a header at least if there is
  // one. Returns how many bytes it got.
  std::uint64_t peek(std::uint64_t offset, std::span<std::byte> into) {
    const std::uint64_t have = from_ + read_;
    if (offset + sizeof(EntryHeader) > have) return read_some(disk_, file_, offset, into);
    const auto length = std::min<std::uint64_t>(into.size(), have - offset);
    std::memcpy(into.data(), bytes_.get() + (offset - from_), length);
    return length;
  }

 private:
  void grow(std::uint64_t wanted) {
    const std::uint64_t have = from_ + read_;
    const std::uint64_t next = std::min(std::max(wanted, have + kReadAhead), size_);
    const std::uint64_t good = read_some(disk_, file_, have, {bytes_.get() + read_, next - have});
    read_ += good;
    failed_ = good < next - have;
  }

  DiskReader& disk_;
  FileNo file_;
  std::uint64_t size_;
  std::uint64_t from_;
  std::unique_ptr<std::byte[]> bytes_;  // room for all of it; what was not read takes no memory
  std::uint64_t read_ = 0;
  bool failed_ = false;
};

// The first entry in (`after`, `end`) that was written when `after` had been synced, and ends at or below
// `limit`; 0 when there is none.
std::uint64_t find_later(Window& window, const Extent& extent, std::uint64_t after, std::uint64_t end,
                         std::uint64_t limit) {
  const auto packed = [&](std::uint64_t at) {
    return LogPosition{extent.number, static_cast<std::uint32_t>(at)}.packed();
  };
  std::vector<std::byte> bytes(std::min(kReadAhead, end - std::min(end, after)));
  for (std::uint64_t at = after + kEntryAlignment; at + sizeof(EntryHeader) <= end;) {
    const std::uint64_t wanted = std::min<std::uint64_t>(bytes.size(), end - at);
    const std::uint64_t length = window.peek(at, std::span(bytes).first(wanted));
    std::uint64_t i = 0;
    for (; i + sizeof(EntryHeader) <= length; i += kEntryAlignment) {
      std::uint64_t claimed;
      std::memcpy(&claimed, bytes.data() + i + offsetof(EntryHeader, position), sizeof claimed);
      if (claimed != packed(at + i)) continue;
      const auto candidate = read_header(std::span(bytes).subspan(i), LogPosition::unpacked(claimed));
      if (candidate && candidate->synced > packed(after) &&
          at + i + entry_size(candidate->length) <= limit) {
        return at + i;
      }
    }
    if (i == 0) break;  // no more can be read
    at += i;
  }
  return 0;
}

struct Found {
  EntryHeader header;
  std::uint32_t offset = 0;
  bool sound = false;  // payload verified
};

}  // namespace

ScanResult scan_extent(DiskReader& disk, const Extent& extent, std::uint32_t from,
                       const std::uint32_t* previous, const std::uint32_t* known_end,
                       const std::function<void(const EntryView&, bool behind_damage)>& visit) {
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
    const std::uint64_t next = find_later(window, extent, offset, search_end, limit);
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
    const bool behind_damage =
        !result.damage.empty() || (!unreadable.empty() && unreadable.front().from < position(found.offset));
    visit(EntryView{found.header, position(found.offset),
                    window.at(found.offset + sizeof(EntryHeader), found.header.length)},
          behind_damage);
  }
  result.damage.insert(result.damage.end(), unreadable.begin(), unreadable.end());
  std::sort(result.damage.begin(), result.damage.end(),
            [](const DamagedStretch& a, const DamagedStretch& b) { return a.from < b.from; });
  return result;
}

}  // namespace pagestore
