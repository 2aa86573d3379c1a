// Running statements that define, change and maintain objects.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/session_catalog.h"
#include "operators/execution.h"
#include "planner/planner.h"
#include "query/ddl.h"
#include "query/definitions.h"
#include "query/text_definitions.h"
#include "query/utility.h"

namespace query {
struct Statement;  // query/statements.h: large, and few look into one
}

namespace commands {

struct Notice {
  std::string_view severity = "NOTICE";  // NOTICE, WARNING, INFO
  std::string sqlstate = "00000";
  std::string message;
  std::string detail;
  std::string hint;
  int position = -1;  // in the statement's text, in bytes from 0
};

// What commands ask of the session that runs them.
class Host {
 public:
  virtual ~Host() = default;

  virtual catalog::SessionCatalog& catalog() = 0;
  virtual void notice(Notice notice) = 0;

  // To run a plan or an expression: everything but `view`, which the command takes itself from
  // the database's transaction, so that it sees the changes made so far.
  virtual operators::ExecutionContext execution_context() = 0;
  virtual planner::Options planner_options() = 0;

  // Temporary tables' ON COMMIT: the session does it at the end of each transaction, by
  // commands::end_transaction_of_temporary().
  virtual void on_commit(types::Oid relation, query::OnCommit action) = 0;
  // The session's schema for temporary tables, to be called pg_temp_<number>.
  virtual int temporary_schema_number() = 0;

  // "Name=value" as it is to be stored for ALTER DATABASE or ALTER ROLE .. SET. 42704, 22023, 55P02 as
  // SET says them. The default takes anything.
  enum class SettingOf : std::uint8_t { database, others };
  virtual std::string check_setting(const std::string& name, const std::string& value, SettingOf of);

  // ---- event triggers
  // What is dropped is to be told, before it goes.
  virtual bool collects_drops() { return false; }
  struct DroppedObject {
    types::Oid catalog = 0, object = 0;
    int column = 0;
    bool original = false;   // named by the statement
    bool normal = false;     // depended on what is dropped, and was no part of it
    bool temporary = false;
  };
  virtual void dropped(const DroppedObject&) {}
  // The rows of a table will be written anew; bits of why: 1 persistence, 2 a column's default, 4 a column's type.
  virtual void before_rewrite(types::Oid, int) {}

  // What of this session forbids to change how a table is stored: it is read or written by a query that has not ended (a
  // cursor's among them), or checks of its rows are due at the end of the transaction.
  enum class TableUse : std::uint8_t { none, active_query, pending_events };
  virtual TableUse use_of_table(types::Oid) { return TableUse::none; }

  // A label was added to an enum that was there: no value may have it before the transaction commits (55P04).
  virtual void label_added(types::Oid) {}

  // What a failure from here on leaves behind (an index that is not valid): done in a transaction of its own once the
  // command's is undone, where no block is open. The last one said counts; an empty one takes it back.
  virtual void on_failure(std::function<void(Host&)>) {}

  // Analyses and runs one command given as text, as part of the one that asks: what is built again by
  // its definition. Sees the changes made so far. Optional: the default raises 0A000.
  virtual void run_statement(std::string_view sql);
};

// Runs any statement of query/ddl.h, and of query/utility.h: Truncate, LockTable, Vacuum, Reindex,
// Cluster, Checkpoint, AlterSetting. Not databases, transactions, settings, prepared statements,
// cursors, notifications, COPY (copy.h), EXPLAIN, CREATE SCHEMA's elements: those are the
// session's. Returns the command tag ("CREATE TABLE", "SELECT 5"). Works in the session's
// transactions; on SqlError the caller rolls back. Parks.
std::string execute(const query::Statement& statement, Host& host);

// True for the statements that execute() takes.
bool is_command(const query::Statement& statement);

// What a temporary table's ON COMMIT says, as Host::on_commit() was told.
struct OnCommitAction {
  types::Oid relation = 0;
  query::OnCommit action = query::OnCommit::none;
};
// Before a commit: does the actions, and removes those whose tables are gone. 0A000 where foreign
// keys forbid it.
void run_on_commit(Host& host, std::vector<OnCommitAction>& actions);

// Names of the schemas that temporary objects are in: pg_temp_<number>.
inline constexpr std::string_view kTemporarySchemaPrefix = "pg_temp_";
// Empties the session's own schema (DISCARD TEMP).
void drop_temporary_objects(Host& host);
// The same, and the schema goes too: any session's (at its end, or one that a crash left behind).
void drop_temporary_schema(Host& host, types::Oid schema);
// All there are.
std::vector<std::pair<types::Oid, std::string>> temporary_schemas(Host& host);

}  // namespace commands
