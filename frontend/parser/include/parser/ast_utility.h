// Statements that neither define objects nor are queries, as parsed. See ast.h for the conventions.
#pragma once

#include "parser/ast.h"

namespace parser::ast {

enum class TransactionKind : std::uint8_t {
  begin, start, commit, rollback, savepoint, release, rollback_to, prepare, commit_prepared,
  rollback_prepared
};
enum class SetKind : std::uint8_t { value, to_default, from_current, multiple, reset, reset_all };

// Bits of DeclareCursor::options.
enum CursorOption : int {
  kCursorBinary = 1, kCursorScroll = 2, kCursorNoScroll = 4, kCursorInsensitive = 8,
  kCursorAsensitive = 16, kCursorHold = 32
};

struct SetVariable;

// --- transactions and settings ---

struct Transaction : NodeOf<NodeKind::transaction> {
  TransactionKind transaction{};
  NodeList options;
  Name savepoint, gid;
  bool chain = false;
};
struct SetVariable : NodeOf<NodeKind::set_variable> {
  SetKind set{};
  Name name;
  NodeList arguments;
  bool is_local = false;
};
struct ShowVariable : NodeOf<NodeKind::show_variable> {
  Name name;
};
struct AlterRoleSet : NodeOf<NodeKind::alter_role_set> {
  const RoleSpecification* role = nullptr;
  Name database;
  const SetVariable* setting = nullptr;
};
struct AlterDatabaseSet : NodeOf<NodeKind::alter_database_set> {
  Name database;
  const SetVariable* setting = nullptr;
};
struct AlterSystem : NodeOf<NodeKind::alter_system> {
  const SetVariable* setting = nullptr;
};
struct SetConstraints : NodeOf<NodeKind::set_constraints> {
  NodeList constraints;
  bool deferred = false;
};
struct Discard : NodeOf<NodeKind::discard> {
  int target = 0;
};

// --- prepared statements and cursors ---

struct Prepare : NodeOf<NodeKind::prepare> {
  Name name;
  NodeList argument_types;
  const Node* query = nullptr;
};
struct Execute : NodeOf<NodeKind::execute> {
  Name name;
  NodeList arguments;
};
struct Deallocate : NodeOf<NodeKind::deallocate> {
  Name name;
};
// options: bits of CursorOption.
struct DeclareCursor : NodeOf<NodeKind::declare_cursor> {
  Name name;
  int options = 0;
  const Node* query = nullptr;
};
struct CloseCursor : NodeOf<NodeKind::close_cursor> {
  Name name;
};
struct Fetch : NodeOf<NodeKind::fetch> {
  int direction = 0;
  std::int64_t count = 0;
  Name cursor;
  bool move = false;
};

// --- data and maintenance ---

struct Copy : NodeOf<NodeKind::copy> {
  const RangeVariable* relation = nullptr;
  const Node* query = nullptr;
  Names columns;
  bool is_from = false, is_program = false;
  Name file;
  NodeList options;
  const Node* where = nullptr;
};
struct Explain : NodeOf<NodeKind::explain> {
  const Node* query = nullptr;
  NodeList options;
};
struct Vacuum : NodeOf<NodeKind::vacuum> {
  NodeList options, relations;
  bool is_vacuum = false;
};
struct VacuumRelation : NodeOf<NodeKind::vacuum_relation> {
  const RangeVariable* relation = nullptr;
  Names columns;
};
struct Truncate : NodeOf<NodeKind::truncate> {
  NodeList relations;
  bool restart_sequences = false, cascade = false;
};
struct Reindex : NodeOf<NodeKind::reindex> {
  int object = 0;
  const RangeVariable* relation = nullptr;
  Name name;
  NodeList options;
};
struct Cluster : NodeOf<NodeKind::cluster> {
  const RangeVariable* relation = nullptr;
  Name index;
  NodeList options;
};
struct LockTable : NodeOf<NodeKind::lock_table> {
  NodeList relations;
  int mode = 0;
  bool nowait = false;
};
struct Checkpoint : NodeOf<NodeKind::checkpoint> {};
struct Load : NodeOf<NodeKind::load> {
  Name file;
};
struct Listen : NodeOf<NodeKind::listen> {
  Name channel;
};
struct Unlisten : NodeOf<NodeKind::unlisten> {
  Name channel;
};
struct Notify : NodeOf<NodeKind::notify> {
  Name channel, payload;
};

}  // namespace parser::ast
