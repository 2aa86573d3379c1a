// CREATE and DROP DATABASE.
#pragma once

#include "statement_runner.h"

namespace session {

std::string run_create_database(SessionState& session, const query::CreateDatabase& statement,
                                const RunOptions& options);
std::string run_drop_database(SessionState& session, const query::DropDatabase& statement,
                              const RunOptions& options);

}  // namespace session
