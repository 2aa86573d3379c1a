#include "btree/volume_header.h"

#include <cstring>

#include "btree/errc.h"
#include "buffer/page_kind.h"
#include "wal/check.h"

namespace btree {
namespace {

const VolumeHeader& header_of(const wal::Page& page) {
  return *reinterpret_cast<const VolumeHeader*>(page.bytes.data());
}

std::size_t slot_index(VolumeSlot slot, std::size_t index) {
  const std::size_t result = static_cast<std::size_t>(slot) + index;
  CHECK(result < kVolumeSlots);
  return result;
}

}  // namespace

void format_volume(buffer::PagedVolume& volume) {
  const buffer::ExclusiveGuard guard = volume.exclusive(kVolumeHeaderPage);
  CHECK(guard.page().lsn() == wal::kNoLsn);
  VolumeHeader header{};
  header.page.kind = static_cast<std::uint8_t>(buffer::PageKind::volume_header);
  header.magic = kVolumeMagic;
  header.format = kVolumeFormat;
  wal::MiniTransaction mtr(volume.volume());
  mtr.write(guard.page(), wal::kPageLsnSize,
            std::as_bytes(std::span<const VolumeHeader, 1>(&header, 1))
                .subspan(wal::kPageLsnSize, offsetof(VolumeHeader, slots) - wal::kPageLsnSize));
  mtr.commit();
}

bool is_formatted(buffer::PagedVolume& volume) {
  const buffer::SharedGuard guard = volume.shared(kVolumeHeaderPage);
  if (guard.page().lsn() == wal::kNoLsn) return false;
  const VolumeHeader& header = header_of(guard.page());
  if (header.magic != kVolumeMagic) {
    throw buffer::PageError(volume.timeline(), kVolumeHeaderPage, Errc::not_a_volume);
  }
  if (header.format != kVolumeFormat) {
    throw buffer::PageError(volume.timeline(), kVolumeHeaderPage, Errc::unknown_format);
  }
  return true;
}

std::uint64_t read_slot(buffer::PagedVolume& volume, VolumeSlot slot, std::size_t index) {
  return slot_value(volume.shared(kVolumeHeaderPage).page(), slot, index);
}

std::uint64_t slot_value(const wal::Page& header, VolumeSlot slot, std::size_t index) {
  return header_of(header).slots[slot_index(slot, index)];
}

void write_slot(wal::MiniTransaction& mtr, const buffer::ExclusiveGuard& header, VolumeSlot slot,
                std::size_t index, std::uint64_t value) {
  mtr.put(header.page(),
          offsetof(VolumeHeader, slots) + slot_index(slot, index) * sizeof(std::uint64_t), value);
}

}  // namespace btree
