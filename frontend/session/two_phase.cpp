#include "two_phase.h"

#include <optional>

#include <fmt/format.h>

#include "catalog/whole_invalidation.h"
#include "listening.h"
#include "session_state.h"
#include "transaction/manager.h"
#include "transaction/prepared.h"
#include "types/sql_error.h"

namespace session {

using types::SqlError;

std::string prepare_transaction(SessionState& session, const std::string& gid) {
  constexpr std::size_t kMaxGid = 199;
  TransactionBlock& block = *session.block;
  if (!block.in_block()) {
    session.notice(protocol::Severity::warning,
                   SqlError("25P01", "there is no transaction in progress"));
    session.rollback();
    return "ROLLBACK";
  }
  if (block.state() == TransactionBlock::State::failed) {
    session.rollback();
    return "ROLLBACK";
  }
  try {
    if (gid.size() > kMaxGid)
      throw SqlError("22023", fmt::format("transaction identifier \"{}\" is too long", gid));
    session.run_deferred_checks(true);
    for (const auto& [name, portal] : session.portals)
      if (portal->hold && portal->cursor && !portal->cursor->held())
        throw SqlError("0A000",
                       "cannot PREPARE a transaction that has created a cursor WITH HOLD");
    if (session.catalog->used_temporary())
      throw SqlError("0A000",
                     "cannot PREPARE a transaction that has operated on temporary objects");
    if (session.listening->is_in_use())
      throw SqlError("0A000", "cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or "
                              "NOTIFY");
    session.close_portals(0);
    session.services_end_transaction();
    block.prepare(gid, session.user);
  } catch (...) {
    session.rollback();
    throw;
  }
  session.deferred.end();
  return "PREPARE TRANSACTION";
}

void finish_prepared(SessionState& session, const std::string& gid, bool commit) {
  database::Database& database = session.database();
  transaction::PreparedEnd end(database.transactions(), gid, session.user, session.superuser);
  if (!commit) {
    end.rollback();
    // After a crash it must not be prepared again.
    session.block->database_transaction().note_seen(database.volume().last_lsn());
    session.block->wait_for_seen();
    return;
  }
  std::optional<catalog::WholeInvalidation> invalidation;
  if (end.info().changed_catalog) invalidation.emplace(database.catalog());
  const wal::Lsn lsn = end.commit();
  if (invalidation) invalidation->committed(lsn);
  // Whoever commits with this statement's own transaction waits for it, too.
  session.block->database_transaction().note_seen(lsn);
  session.block->wait_for_seen();
}

}  // namespace session
