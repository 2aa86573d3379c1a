// One transaction reading by another's view: pg_export_snapshot(), SET TRANSACTION SNAPSHOT.
#pragma once

#include "transaction/transaction.h"
#include "wal/lsn.h"

namespace transaction {

// A REPEATABLE READ transaction that has no view yet gets this one. A view of that Lsn is open and
// stays so during the call.
void import_snapshot(Transaction& transaction, wal::Lsn lsn);

}  // namespace transaction
