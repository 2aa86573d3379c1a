// pg_stat_get_activity: what the server's sessions are doing.
#pragma once

#include "session_rows.h"

namespace session {

// Columns of pg_lock_status().
enum LockColumn : std::size_t {
  kLockType, kDatabase, kRelation, kPage, kTuple, kVirtualXid, kTransactionId, kClassId, kObjectId,
  kObjectSubId, kVirtualTransaction, kPid, kMode, kGranted, kFastPath, kWaitStart, kLockColumns
};

// `locks`: rows of pg_lock_status(), which tell what sessions wait for and their transaction ids.
TextRows activity_rows(SessionState& session, const TextRows& locks);

}  // namespace session
