#pragma once

#include "transaction/transaction.h"
#include "transaction/view.h"

namespace transaction {

// take_view() for a statement that neither changes nor locks rows. It sees what is durable, so that what it tells need
// not wait for anybody's commit, as in PostgreSQL, where a commit is not visible before it is flushed and, if there are
// synchronous standbys, with them. Besides, it sees
//   - what the transaction has seen before, and its own changes;
//   - what was committed through `through` (the catalogue that its plan was made of);
//   - what those had committed who have given back a lock that the transaction has now: they do so when their commit
//     is logged, and whoever has a lock after them must not miss what they did.
// Of the latter it waits for what it meets (Transaction::lsn_to_wait_for). One that is SERIALIZABLE sees everything that
// is logged: the conflicts between transactions are found among those.
View durable_view(Transaction& transaction, wal::Lsn through);

// The transaction changes a row, which others may have locked before it. (LockManager tells of its locks itself.)
void note_row_taken(Transaction& transaction);

}  // namespace transaction
