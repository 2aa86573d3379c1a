// Runs one compiled statement and answers it: rows, notices, CommandComplete.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "client_watch.h"
#include "compiled_statement.h"
#include "session_state.h"
#include "transaction/timer_service.h"
#include "types/datum.h"

namespace session {

class CopyTransfer;

// Whether the statement stands alone: some must (CREATE DATABASE, VACUUM).
enum class Surroundings : std::uint8_t { alone, several, extended };

struct RunOptions {
  Surroundings surroundings = Surroundings::alone;
  std::span<const types::Datum> parameters;
  std::span<const std::int16_t> result_formats;
  bool send_description = true;   // simple protocol: RowDescription first
};

// Runs to the end and returns the command tag; the caller commits and sends it. A COPY that goes
// on with the client's next messages sets `copy` and returns an empty tag.
std::string run_statement(SessionState& session, const CompiledPtr& compiled,
                          const RunOptions& options, std::unique_ptr<CopyTransfer>& copy);

// Makes a prepared query's plan anew where something that it was made from has changed, and locks
// its relations. Throws 0A000 when its rows would look different.
void revalidate(SessionState& session, PreparedStatement& prepared);

// Where the rows of a plan go; without a writer, nowhere.
struct PlanAnswer {
  const RowWriter* writer = nullptr;
  bool describe = false;               // RowDescription first
  std::string* description = nullptr;  // keeps that message for the next time
};

// Runs a plan whose relations are locked and unchanged. `execution` may be empty, and is there
// for the next run when this one has ended well.
std::string run_plan(SessionState& session, const std::shared_ptr<const planner::Plan>& plan,
                     std::unique_ptr<operators::Execution>& execution,
                     std::span<const types::Datum> parameters, const PlanAnswer& answer);

// Raises 25P02 when the block has failed and the statement does not end it.
void require_usable_transaction(const SessionState& session, const parser::ast::Node* node);

// Columns that a statement's result has, as far as they are known before it runs: of its plan,
// SHOW, EXPLAIN, FETCH, EXECUTE. Empty: no rows.
std::vector<planner::ResultColumn> result_columns(SessionState& session,
                                                  const CompiledStatement& compiled);

// A statement's limits while it runs: statement_timeout, lock_timeout,
// client_connection_check_interval.
class StatementLimits {
 public:
  explicit StatementLimits(SessionState& session);
  ~StatementLimits();
  StatementLimits(const StatementLimits&) = delete;
  StatementLimits& operator=(const StatementLimits&) = delete;

 private:
  SessionState& session_;
  std::optional<transaction::TimerService::Id> timer_;
  std::optional<ClientWatch> watch_;
};

}  // namespace session
