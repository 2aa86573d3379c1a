// CREATE and DROP DATABASE, and what ALTER DATABASE RENAME asks of the storage.
#pragma once

#include "statement_runner.h"

namespace session {

std::string run_create_database(SessionState& session, const query::CreateDatabase& statement,
                                const RunOptions& options);
// 0A000 when it is this session's, 55006 when others still use it after five seconds.
void require_renamable_database(SessionState& session, const std::string& name);
std::string run_drop_database(SessionState& session, const query::DropDatabase& statement,
                              const RunOptions& options);

}  // namespace session
