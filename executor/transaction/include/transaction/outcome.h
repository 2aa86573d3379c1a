// How a transaction ended, by its number: what pg_xact_status() tells.
#pragma once

#include <cstdint>
#include <optional>

#include "transaction/ids.h"
#include "transaction/manager.h"

namespace transaction {

enum class Outcome : std::uint8_t { in_progress, committed, aborted };

// Of a transaction below manager.next_xid(). None: it began before the volume was opened here, or so many have been rolled
// back since that it is no longer known. Thread-safe.
std::optional<Outcome> outcome_of(const TransactionManager& manager, Xid xid);

}  // namespace transaction
