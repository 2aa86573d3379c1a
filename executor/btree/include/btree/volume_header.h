// Page 0 of a volume: what it is, where its well-known trees begin, and a few counters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "buffer/page_guard.h"
#include "buffer/paged_volume.h"
#include "wal/mini_transaction.h"
#include "wal/page.h"

namespace btree {

inline constexpr wal::PageNo kVolumeHeaderPage{0};
inline constexpr std::uint64_t kVolumeMagic = 0x314c'4f56'5458'4553;  // "SEXTVOL1"
inline constexpr std::uint32_t kVolumeFormat = 1;

// A directory of numbers: slot `i` belongs to whoever the composition gave it to. Fresh volumes
// hold zeros. Roots of trees are kept in slots, too (0 = no tree: page 0 is never a root).
inline constexpr std::size_t kVolumeSlots = 512;

// The first slots' owners; what is behind is free.
enum class VolumeSlot : std::uint16_t {
  space_map_hint = 0,  // the search for free pages begins at this map
  xid_limit = 1,       // transaction: ids below this may have been given out
  undo_head = 2,       // transaction: first page of its directory of undo headers
  undo_free = 3,
  oid_limit = 4,           // catalog
  catalog_roots = 8,       // catalog: 24 slots for the roots of bootstrap catalogues
  transaction_first = 32,  // transaction: 32 slots
  other_first = 64,
};

struct VolumeHeader {
  wal::PageHeader page;
  std::uint64_t magic;
  std::uint32_t format;
  std::uint32_t reserved;
  std::uint64_t slots[kVolumeSlots];
};
static_assert(std::is_trivially_copyable_v<VolumeHeader>);
static_assert(sizeof(VolumeHeader) <= wal::kPageSize);

// Makes page 0 of an empty volume; a mini-transaction of its own. Parks.
void format_volume(buffer::PagedVolume& volume);

// False when page 0 was never written. Throws buffer::PageError (Errc::not_a_volume,
// Errc::unknown_format) when it is something else. Parks.
bool is_formatted(buffer::PagedVolume& volume);

// Reads a slot; parks when page 0 is not cached.
std::uint64_t read_slot(buffer::PagedVolume& volume, VolumeSlot slot, std::size_t index = 0);

// With page 0 already latched.
std::uint64_t slot_value(const wal::Page& header, VolumeSlot slot, std::size_t index = 0);
void write_slot(wal::MiniTransaction& mtr, const buffer::ExclusiveGuard& header, VolumeSlot slot,
                std::size_t index, std::uint64_t value);

}  // namespace btree
