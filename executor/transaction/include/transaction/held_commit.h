#pragma once

#include "transaction/transaction.h"

namespace transaction {

// Transaction::commit() of one that others must not build on before it is durable: it has changed the catalogue, of
// which sessions use what is durable. Its locks go with the object, not before: until then nobody uses what
// it has changed by a description that it has made old.
wal::Lsn commit_holding_locks(Transaction& transaction);

}  // namespace transaction
