// The scrub's way through the log that the next opening would read: what was promised since the last
// checkpoint (seals, truncations, grants, timelines) stands nowhere else. Memory has it, so where an entry
// of it does not verify a new checkpoint makes it needless. Parts, images and pieces of the index are looked
// at one by one, wherever they stand (scrub.cpp).
#include <algorithm>

#include <fmt/format.h>

#include "node_impl.h"

namespace pagestore {
namespace {

constexpr std::uint32_t kPieceBytes = 64 << 10;

// Of these each is found by who names it.
bool is_named_elsewhere(EntryKind kind) {
  return kind == EntryKind::part || kind == EntryKind::page_image || kind == EntryKind::moved_record ||
         kind == EntryKind::index_shard || kind == EntryKind::part_list || kind == EntryKind::checkpoint ||
         kind == EntryKind::padding;
}

}  // namespace

void NodeCore::Impl::scrub_log() {
  const LogPosition at = scrub->log_at;
  const LogPosition to = scrub->log_to;
  if (at >= to) {
    scrub->log_at = {};
    return;
  }
  const Extent* const extent = log.extent(at.extent);
  const std::uint32_t end = at.extent == to.extent ? to.offset : extent == nullptr ? 0 : extent->end;
  // (One that was freed since was not needed by any opening.)
  if (extent == nullptr || at.offset + sizeof(EntryHeader) > end) {
    const auto next = log.extents().upper_bound(at.extent);
    scrub->log_at = next == log.extents().end() ? LogPosition{} : LogPosition{next->first, 0};
    return;
  }
  const std::uint32_t length = std::min(std::max(kPieceBytes, scrub->log_piece), end - at.offset);
  scrub->log_piece = 0;
  scrub->hold = hold_extents();
  scrub_read(at, length, [this, at, end](std::span<const std::byte> bytes) { scrub_entries(at, end, bytes); });
}

// The entries that are whole in there; `end`: of the extent's.
void NodeCore::Impl::scrub_entries(LogPosition at, std::uint32_t end, std::span<const std::byte> bytes) {
  const auto damaged = [this](const char* what) {
    note_damage(fmt::format("{} of the log behind the checkpoint", what));
    checkpoint_wanted = true;
  };
  const std::uint32_t begin = at.offset;
  const auto rest = [&] { return bytes.subspan(std::min<std::size_t>(at.offset - begin, bytes.size())); };
  while (at.offset + sizeof(EntryHeader) <= end) {
    if (rest().size() < sizeof(EntryHeader) && at.offset != begin) break;  // the next piece begins here
    const auto header = read_header(rest(), at);
    if (!header || entry_size(header->length) > end - at.offset) {
      // Where the next one begins nobody knows.
      damaged("a stretch");
      scrub->log_at = {};
      return;
    }
    const std::uint64_t size = entry_size(header->length);
    if (size > rest().size()) {
      scrub->log_piece = static_cast<std::uint32_t>(size);
      break;
    }
    const auto kind = static_cast<EntryKind>(header->kind);
    if (!is_named_elsewhere(kind) && !read_entry(rest(), at)) damaged("an entry");
    at.offset += static_cast<std::uint32_t>(size);
  }
  scrub->log_at = at;
}

}  // namespace pagestore
