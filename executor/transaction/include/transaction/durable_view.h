#pragma once

#include "transaction/transaction.h"
#include "transaction/view.h"

namespace transaction {

// take_view() for a statement that neither changes nor locks rows. It sees everything committed so far, like any
// other, unless commits have waited for durability for longer than such a wait usually is: the page store has lost
// its write quorum. Then it sees what is durable, what the transaction has seen before and what was committed through
// `through` (the catalogue that its plan was made of), so that what it tells need not wait for the quorum as well.
// (PostgreSQL's readers do not see a commit that waits for a synchronous standby, either.)
//
// A transaction that holds locks, or has written, sees besides what those had committed who have given locks back: they
// do so when their commit is logged, and whoever has a lock after them must not miss what they did. One that is
// SERIALIZABLE sees everything as ever.
View durable_view(Transaction& transaction, wal::Lsn through);

}  // namespace transaction
