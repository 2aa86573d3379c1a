// What the parts of one session share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "activity.h"
#include "session_times.h"
#include "catalog/session_catalog.h"
#include "compiled_statement.h"
#include "custom_plan.h"
#include "cursor.h"
#include "large_objects.h"
#include "database/cluster.h"
#include "operators/deferred_checks.h"
#include "operators/execution.h"
#include "operators/spill_space.h"
#include "plan_cache.h"
#include "plan_run.h"
#include "session/output.h"
#include "session/session.h"
#include "settings.h"
#include "temporary_objects.h"
#include "transaction/wait_control.h"
#include "transaction_block.h"
#include "types/eval_context.h"
#include "types/session_services.h"

namespace session {

class Listening;
class Services;
class Routines;
class EventTriggerRun;
class SessionTriggers;

// A named or unnamed prepared statement.
struct PreparedStatement {
  std::string name;
  CompiledPtr compiled;
  // PREPARE (SQL), not Parse: pg_prepared_statements tells, and shows that statement.
  bool from_sql = false;
  std::string sql_text;
  std::int64_t prepare_time = 0;
  PlanChoice choice;
  // Kept from the last run of `compiled`, so that the next one sets nothing up.
  std::unique_ptr<operators::Execution> idle_execution;
  // The RowDescription message that was sent last.
  struct {
    const planner::Plan* plan = nullptr;
    std::vector<std::int16_t> formats;
    std::string bytes;
  } description;
};

// Something that rows are fetched from: a portal of the extended protocol or a cursor.
struct Portal {
  std::string name;
  std::shared_ptr<PreparedStatement> statement;  // who gets the Execution back; may be null
  CompiledPtr compiled;
  std::vector<std::int16_t> result_formats;
  std::unique_ptr<PlanRun> run;                  // of a query, through the protocol
  types::Arena arena;                            // parameters
  std::vector<types::Datum> parameters;
  std::unique_ptr<Cursor> cursor;                // DECLARE
  bool from_sql = false;                         // DECLARE
  bool scroll = false, hold = false;
  bool done = false;                             // a utility that has run
  std::string tag;                               // of the finished utility
  std::size_t depth = 0;                         // savepoints open when it was made
  // For pg_cursors.
  bool visible = false, binary = false;
  std::string text;
  std::int64_t creation_time = 0;
};

class SessionState {
 public:
  SessionState(const SessionEnvironment& environment, SessionIdentity identity,
               std::vector<std::pair<std::string, std::string>> start_settings, Output& output,
               SessionHooks hooks);
  ~SessionState();

  protocol::BackendMessages& messages() { return output.messages(); }

  // Where notices and warnings go.
  void notice(protocol::Severity severity, types::SqlError message);

  // A fresh context for evaluating anything now.
  types::EvalContext eval_context(types::Arena* arena);
  operators::ExecutionContext execution_context(const transaction::View* view,
                                                std::span<const types::Datum> parameters);
  // Where rows that the session keeps beside an execution go, as the settings say now.
  operators::SpillSpace& kept_rows_space();

  // What statements read: the database, or its past (sextant.as_of).
  database::Database& database() const { return past ? past->database() : use->database(); }
  // Takes up what sextant.as_of says now; the session moves there when the statement's implicit
  // transaction ends. 25001 in a transaction block; 22023 when that moment is not to be had.
  void follow_as_of();
  // A change of sextant.as_of is due and nothing else may run before it.
  bool is_about_to_move() const { return next_past_.has_value(); }

  // Everything that must be undone when the transaction ends or a savepoint is rolled back:
  // portals of it are closed.
  void close_portals(std::size_t from_depth);
  // Those made after the savepoint, or in a deeper one.
  void close_portals_after(const std::string& savepoint);
  void services_end_statement();
  void services_end_transaction();
  void commit();
  void rollback();
  void fail();
  // Tells the catalogue of search_path and role when they have changed, and when the end of a
  // transaction has changed them back.
  void apply_settings();

  // Ends the session at its next step, and what it runs or waits for now. Any thread.
  void terminate(const char* sqlstate, std::string message);

  void savepoint(const std::string& name);
  void release(const std::string& name);
  void rollback_to(const std::string& name);
  // What SET CONSTRAINTS .. IMMEDIATE, or (at the end) the commit, makes due.
  void run_deferred_checks(bool at_end);
  std::string export_snapshot();
  void import_snapshot(const std::string& id);

  // The session is over: what it must clean up in the database goes. Parks.
  void end() noexcept;

  // Raises a pending cancel, lets other sessions of the thread run now and then.
  void check();

  const SessionEnvironment& environment;
  database::Cluster& cluster;
  SessionIdentity identity;
  Output& output;
  SessionHooks hooks;
  Settings settings;
  operators::SpillSpace kept_space;  // kept_rows_space(); outlives whoever keeps rows
  transaction::WaitControl wait_control;
  std::unique_ptr<database::DatabaseUse> use;
  std::shared_ptr<database::PastDatabase> past;
  std::unique_ptr<TransactionBlock> block;
  std::unique_ptr<catalog::SessionCatalog> catalog;
  std::unique_ptr<Services> services;
  std::unique_ptr<Listening> listening;
  std::unique_ptr<Routines> routines;
  std::unique_ptr<SessionTriggers> triggers;
  operators::DeferredChecks deferred;
  TemporaryObjects temporary{*this};
  LargeObjects large_objects{*this};
  // pg_export_snapshot(): identifiers, and the views that stand behind them.
  std::vector<std::pair<std::string, transaction::View>> exported_snapshots;
  types::Oid user = 0;
  bool superuser = false;
  int definer_depth = 0;  // SECURITY DEFINER functions that are running
  int trigger_depth = 0;  // triggers within triggers
  EventTriggerRun* event_trigger = nullptr;  // of the command that is running; null: none fires
  bool event_triggers_pause = false;         // EventTriggerPause
  std::int64_t statement_time = 0;
  Activity activity;
  SessionTimes times;

  // Where the stack of the thread of control starts, as far as this session is concerned.
  const char* stack_base = nullptr;

  // The text that errors of the running statement count positions in.
  std::shared_ptr<const std::string> current_text;
  // Makes a copy of it the current text; its memory is used again when nobody kept the last one.
  void set_current_text(std::string_view text);
  // A statement of that text starts now.
  void begin_activity();

  std::vector<types::Oid> new_labels;  // that ALTER TYPE .. ADD VALUE has made in this transaction
  PlanRun* runs = nullptr;  // those that have started and are not finished, the newest first
  PlanCache plans;
  std::unordered_map<std::string, std::shared_ptr<PreparedStatement>> prepared;
  std::unordered_map<std::string, std::unique_ptr<Portal>> portals;

  // Set from other threads: why the session must end, guarded by termination_mutex.
  std::mutex termination_mutex;
  std::optional<types::SqlError> termination;

 private:
  // Transactions and catalogue of database().
  void attach();
  void require_connect();  // 42501 without CONNECT on the database
  void move_if_due();

  types::Oid present_temporary_schema_ = 0;  // while the session is in the past
  std::string as_of_;  // sextant.as_of as it was followed last
  std::optional<std::shared_ptr<database::PastDatabase>> next_past_;  // null: the present
  std::uint64_t applied_epoch_ = 0;  // Settings::plan_epoch
  std::string applied_role_, applied_authorization_;  // the settings that the catalogue's user comes from
  std::shared_ptr<std::string> text_buffer_;
  std::uint64_t last_yield_ = 0;
};

}  // namespace session
