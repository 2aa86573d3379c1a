// Sequences at rest: what is logged of them is what was given out.
#pragma once

#include "database/database.h"
#include "transaction/view.h"

namespace database {

// A running sequence logs numbers ahead; whoever takes it up from its log goes on behind those: a
// crash, but also a clone. Before a history is left on purpose, the log gets the numbers
// themselves. `view` keeps the sequences from being freed meanwhile. Returns where the log must be
// durable to for that; kNoLsn: nothing was written. Parks.
wal::Lsn settle_sequences(Database& database, const transaction::View& view);

// With a transaction of its own.
void settle_sequences(Database& database);

}  // namespace database
