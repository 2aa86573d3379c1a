// From a log entry, verified by its checksums, to what it does.
#pragma once

#include <optional>

#include "log_item.h"

namespace pagestore {

// nullopt when the payload is not what its kind says, which only a bug or an attack can make of
// an entry whose CRC holds. Parts come without records.
std::optional<Effect> decode_effect(const EntryView& entry);

// The page changes among records laid back to back, by their headers alone: for records whose
// checksums are covered by something else. Null when the lengths do not add up.
RecordRefs refs_of(std::span<const std::byte> records);

}  // namespace pagestore
