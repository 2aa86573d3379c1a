// PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED.
#pragma once

#include <string>

namespace session {

class SessionState;

// Returns the command tag: ROLLBACK when there was nothing to prepare, or the block had failed.
std::string prepare_transaction(SessionState& session, const std::string& gid);
void finish_prepared(SessionState& session, const std::string& gid, bool commit);

}  // namespace session
