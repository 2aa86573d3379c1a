// The way to executor/commands.
#pragma once

#include "statement_runner.h"

namespace session {

// Runs DDL and maintenance; returns the command tag.
std::string run_command(SessionState& session, const query::Statement& statement,
                        const RunOptions& options);

// A constant expression (EXECUTE's arguments) evaluated now; varlen bytes in `arena`.
types::Datum evaluate_constant(SessionState& session, const query::Expression& expression,
                               types::Arena& arena, std::span<const types::Datum> parameters);

// "integer", "character varying(10)": as regtype reads it.
types::Oid type_by_text(SessionState& session, std::string_view text);

}  // namespace session
