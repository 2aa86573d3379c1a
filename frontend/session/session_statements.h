// Statements that are the session's own business: transactions, settings, prepared statements,
// cursors, EXPLAIN, databases. Everything else goes to executor/commands.
#pragma once

#include "statement_runner.h"

namespace session {

std::string run_utility(SessionState& session, const CompiledPtr& compiled,
                        const RunOptions& options, std::unique_ptr<CopyTransfer>& copy);

// A one-column result of text, as SHOW and EXPLAIN give.
planner::ResultColumn text_column(std::string name, types::Oid type = types::oid::text);
void send_text_rows(SessionState& session, std::span<const planner::ResultColumn> columns,
                    const std::vector<std::vector<std::string>>& rows, const RunOptions& options);

// In a block, or in a string of several statements, which is one transaction like a block (functions are, too).
bool in_transaction_block(const SessionState& session, const RunOptions& options);
// Statements that run only there: 25P01 elsewhere.
void require_transaction_block(const SessionState& session, const RunOptions& options, std::string_view what);
// Statements that run outside of a transaction block only: 25001 otherwise.
void require_no_block(SessionState& session, const RunOptions& options, std::string_view what);

// Statements (and functions) that change something: 25006 in a read-only transaction.
void require_writable(SessionState& session, std::string_view what);
// The same of a plan: temporary tables may be changed all the same.
void require_writable(SessionState& session, const planner::Plan& plan);

// Its result's: of type json or text, by its FORMAT.
planner::ResultColumn explained_column(const query::Explain& explain);
std::string run_explain(SessionState& session, const query::Explain& explain,
                        const RunOptions& options);
std::string run_fetch(SessionState& session, const query::Fetch& fetch, const RunOptions& options);
// WHERE CURRENT OF: the key, as bytea's text, of the row of `relation` that the cursor stands on; null: it stands on a
// row of another member. 34000 and 24000 where it stands on none, or its rows are not a table's.
std::optional<std::string> current_row_of(SessionState& session, const std::string& cursor, types::Oid relation);
void run_declare(SessionState& session, const query::DeclareCursor& declare,
                 const CompiledPtr& compiled, const RunOptions& options);
std::string run_execute(SessionState& session, const query::Execute& execute,
                        const RunOptions& options, std::unique_ptr<CopyTransfer>& copy);

}  // namespace session
