// The way to executor/commands.
#pragma once

#include "command_host.h"
#include "statement_runner.h"

namespace session {

// Runs DDL and maintenance; returns the command tag. `explained`: is told of the query that it runs, at its end
// (EXPLAIN ANALYZE of what makes a table of it).
std::string run_command(SessionState& session, const query::Statement& statement,
                        const RunOptions& options, const CommandHost::Explained* explained = nullptr);

// A constant expression (EXECUTE's arguments) evaluated now; varlen bytes in `arena`.
types::Datum evaluate_constant(SessionState& session, const query::Expression& expression,
                               types::Arena& arena, std::span<const types::Datum> parameters);

// "integer", "character varying(10)": as regtype reads it.
types::Oid type_by_text(SessionState& session, std::string_view text);

}  // namespace session
