// Analysed statements that neither define objects nor are queries.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/expression.h"
#include "query/names.h"
#include "query/query.h"

namespace query {

struct Statement;

// --- transactions ---

enum class Isolation : std::uint8_t {
  read_uncommitted, read_committed, repeatable_read, serializable
};
struct TransactionModes {
  std::optional<Isolation> isolation;
  std::optional<bool> read_only;
  std::optional<bool> deferrable;
};
struct Transaction {
  enum class Kind : std::uint8_t {
    begin, start, commit, rollback, savepoint, release, rollback_to, prepare, commit_prepared,
    rollback_prepared
  };
  Kind kind = Kind::begin;
  TransactionModes modes;  // begin, start
  std::string name;        // savepoint, or the gid
  bool chain = false;
};
// SET TRANSACTION, SET SESSION CHARACTERISTICS AS TRANSACTION.
struct SetTransaction {
  bool session_default = false;
  TransactionModes modes;
  std::optional<std::string> snapshot;
};
struct SetConstraints {
  bool all = false;
  std::vector<ObjectName> constraints;
  bool deferred = false;
};

// --- settings ---

// SET name = value, SET LOCAL, SET name TO DEFAULT, RESET name, RESET ALL.
struct SetVariable {
  enum class Action : std::uint8_t { set, set_default, from_current, reset, reset_all };
  Action action = Action::set;
  std::string name;  // lower case; "timezone" for SET TIME ZONE
  bool is_local = false;
  // As the setting's text form: list elements separated by ", ", quoted where PostgreSQL does.
  std::string value;
};
struct Show {
  std::string name;  // "all" for SHOW ALL
};
// ALTER ROLE .. [IN DATABASE ..] SET, ALTER DATABASE .. SET, ALTER SYSTEM SET.
struct AlterSetting {
  enum class Scope : std::uint8_t { role, database, system, all_roles } scope;
  RoleName role;
  std::string database;
  SetVariable setting;
};
struct Discard {
  enum class What : std::uint8_t { all, plans, sequences, temp } what;
};

// --- prepared statements and cursors ---

// The session parses and analyses `text` with the parameter types given.
struct Prepare {
  std::string name;
  std::vector<Oid> parameter_types;  // 0 where "unknown"
  std::string text;
  int text_offset = 0;  // where `text` starts in the statement's source
};
struct Execute {
  std::string name;
  std::vector<ExpressionPtr> arguments;  // coerced to the prepared statement's types
};
struct Deallocate {
  std::string name;  // empty: ALL
};
struct DeclareCursor {
  std::string name;
  std::unique_ptr<Query> query;
  bool binary = false, scroll = false, no_scroll = false, hold = false;
  bool insensitive = false, asensitive = false;
};
struct Fetch {
  std::string cursor;
  bool move = false;
  enum class Direction : std::uint8_t { forward, backward, absolute, relative } direction;
  std::int64_t count = 1;  // kFetchAll: ALL
};
inline constexpr std::int64_t kFetchAll = INT64_MAX;
struct CloseCursor {
  std::string name;  // empty: ALL
};

// --- data movement and maintenance ---

struct Copy {
  RelationName relation;             // or:
  std::unique_ptr<Query> query;      // COPY (query) TO
  std::vector<std::string> columns;  // empty: all that are not generated
  bool from = false;
  bool program = false;
  std::optional<std::string> file;   // nullopt: STDIN or STDOUT
  std::vector<Option> options;
  ExpressionPtr where;               // COPY FROM .. WHERE, over the relation (entry 0)
};

struct Vacuum {
  bool vacuum = true;   // false: only ANALYZE
  std::vector<Option> options;  // full, freeze, verbose, analyze, ...
  struct Target {
    RelationName relation;
    std::vector<std::string> columns;
  };
  std::vector<Target> targets;  // empty: every table
};
struct Truncate {
  std::vector<RelationName> tables;
  bool restart_sequences = false;
  bool cascade = false;
};
struct Reindex {
  enum class Kind : std::uint8_t { index, table, schema, system, database } kind;
  RelationName relation;
  std::string name;  // schema, system, database
  std::vector<Option> options;
};
struct Cluster {
  std::optional<RelationName> table;
  std::string index;
  std::vector<Option> options;
};
// LOCK TABLE; mode is PostgreSQL's number: 1 ACCESS SHARE .. 8 ACCESS EXCLUSIVE.
struct LockTable {
  std::vector<RelationName> tables;
  int mode = 8;
  bool nowait = false;
};
struct Checkpoint {};
struct Load { std::string file; };

struct Explain {
  std::vector<Option> options;      // analyze, verbose, costs, buffers, format, ...
  std::unique_ptr<Query> query;     // or:
  std::unique_ptr<Statement> statement;  // CREATE TABLE AS, EXECUTE, DECLARE, REFRESH
};

struct CallProcedure {
  ExpressionPtr call;  // CALL procedure(..)
};

// --- notifications ---

struct Listen { std::string channel; };
struct Unlisten { std::string channel; };  // empty: all
struct Notify { std::string channel; std::string payload; };

}  // namespace query
