#pragma once

#include "transaction/transaction.h"
#include "transaction/view.h"

namespace transaction {

// A view of everything committed so far whatever the transaction's isolation: referential integrity
// asks it what a snapshot hides.
View newest_view(Transaction& transaction);

}  // namespace transaction
