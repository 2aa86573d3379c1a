// One copy's log, for readers that ask node after node.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pagestore/messages.h"
#include "pagestore/storage_tier.h"
#include "wal/lsn.h"
#include "wal/result.h"

namespace wal {

// Chunks close at a quarter of it; one mini-transaction may carry them beyond.
inline constexpr std::uint64_t kLongestChunk = std::uint64_t{2} << 20;

// Parts that begin at or above `from`, at least one if the node has any. Parks until they are there.
[[nodiscard]] Result<pagestore::LogParts> fetch_log(pagestore::StorageTier& tier, std::size_t node,
                                                    pagestore::GroupId group, Lsn from,
                                                    std::uint64_t max_bytes);

}  // namespace wal
