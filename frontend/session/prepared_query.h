// What EXECUTE stands for where it is no statement of its own: CREATE TABLE AS EXECUTE, EXPLAIN EXECUTE.
#pragma once

#include <memory>
#include <string>

#include "command_dispatch.h"
#include "session_state.h"

namespace session {

// The query of a prepared statement, analysed anew; null: it is no query.
std::unique_ptr<query::Query> query_of(SessionState& session, const CompiledStatement& compiled);

// CREATE TABLE AS EXECUTE name(arguments): the command's tag. 26000: there is none of that name; 42809: it is no query
// that returns rows.
// `explained`: as of run_command().
std::string run_create_table_as_execute(SessionState& session, const query::CreateTableAs& statement,
                                        const RunOptions& options, const CommandHost::Explained* explained = nullptr);

}  // namespace session
