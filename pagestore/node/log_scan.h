// Reading the node log back: valid entries in order, its end, and where it is damaged.
#pragma once

#include <functional>
#include <vector>

#include "log_entry.h"
#include "node_log.h"
#include "pagestore/disk.h"

namespace pagestore {

struct DamagedStretch {
  LogPosition from;
  LogPosition to;             // exclusive
  // Its header survived: what kind of entry it was. Else 0.
  std::uint8_t kind = 0;
};

struct ScanResult {
  LogPosition end;            // behind the last entry that counts
  std::uint32_t last_crc = 0; // of the last entry's header
  std::vector<DamagedStretch> damage;
};

// Calls `visit` for every valid entry from `from` to the extent's end, in order, with whether there was damage
// before it; the views are valid during the call only.
//
// `previous`: header CRC of the entry before `from`, or null when it is not known. `known_end`:
// where the extent ends because a later one exists; null for the last extent, whose end is where
// valid entries cease. There, an entry that is cut short or does not verify is the remains of a
// write that a crash interrupted, and the end, unless a later entry shows that it had been synced:
// then it is damage. Damage is skipped and reported.
ScanResult scan_extent(DiskReader& disk, const Extent& extent, std::uint32_t from,
                       const std::uint32_t* previous, const std::uint32_t* known_end,
                       const std::function<void(const EntryView&, bool behind_damage)>& visit);

}  // namespace pagestore
