// Two-phase commit: transactions that are ready to commit and belong to no session.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "transaction/ids.h"
#include "transaction/transaction.h"
#include "wal/lsn.h"

namespace transaction {

struct PreparedInfo {
  std::string gid;
  Xid xid{kNoXid};
  std::uint32_t owner = 0;          // role
  std::int64_t prepared_at = 0;     // microseconds since 2000-01-01 UTC
  bool changed_catalog = false;     // whoever commits it invalidates what was derived from that
};

// PREPARE TRANSACTION: from here on the transaction, with what it wrote and locks, stays until
// finish_prepared(), over restarts too, once the Lsn returned is durable. 42710 when the gid is
// taken, 40001 as for a commit; then the transaction is the caller's still. A clone of the
// volume has none of them.
wal::Lsn prepare_transaction(TransactionPtr& transaction, PreparedInfo info);

std::vector<PreparedInfo> prepared_transactions(const TransactionManager& manager);

// COMMIT PREPARED or ROLLBACK PREPARED: takes it out of the list, so that one alone ends it.
// 42704 when there is none of that name, 42501 when its owner is neither `role` nor anybody's
// (`is_superuser`), 55000 when somebody else is ending it.
class PreparedEnd {
 public:
  PreparedEnd(TransactionManager& manager, const std::string& gid, std::uint32_t role,
              bool is_superuser);
  ~PreparedEnd();
  PreparedEnd(const PreparedEnd&) = delete;
  PreparedEnd& operator=(const PreparedEnd&) = delete;

  const PreparedInfo& info() const;
  wal::Lsn commit();  // its locks go with this object
  void rollback();

 private:
  TransactionManager& manager_;
  struct Prepared* prepared_;
};

}  // namespace transaction
