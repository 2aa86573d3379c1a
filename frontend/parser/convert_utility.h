// From PostgreSQL's nodes to ours, node by node: included by convert.cpp alone.
#pragma once

#include "converter.h"

namespace parser {

// --- transactions and settings ---

inline ast::Node* build(Converter& c, const ::TransactionStmt& s) {
  auto* n = c.make<ast::Transaction>();
  n->transaction = static_cast<ast::TransactionKind>(s.kind);
  n->options = c.list(s.options);
  n->savepoint = c.text(s.savepoint_name);
  n->gid = c.text(s.gid);
  n->chain = s.chain;
  return n;
}

inline ast::Node* build(Converter& c, const ::VariableSetStmt& s) {
  auto* n = c.make<ast::SetVariable>();
  n->set = static_cast<ast::SetKind>(s.kind);
  n->name = c.text(s.name);
  n->arguments = c.list(s.args);
  n->is_local = s.is_local;
  return n;
}

inline ast::Node* build(Converter& c, const ::VariableShowStmt& s) {
  auto* n = c.make<ast::ShowVariable>();
  n->name = c.text(s.name);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterRoleSetStmt& s) {
  auto* n = c.make<ast::AlterRoleSet>();
  n->role = c.typed<ast::RoleSpecification>(s.role);
  n->database = c.text(s.database);
  n->setting = c.typed<ast::SetVariable>(s.setstmt);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterDatabaseSetStmt& s) {
  auto* n = c.make<ast::AlterDatabaseSet>();
  n->database = c.text(s.dbname);
  n->setting = c.typed<ast::SetVariable>(s.setstmt);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterSystemStmt& s) {
  auto* n = c.make<ast::AlterSystem>();
  n->setting = c.typed<ast::SetVariable>(s.setstmt);
  return n;
}

inline ast::Node* build(Converter& c, const ::ConstraintsSetStmt& s) {
  auto* n = c.make<ast::SetConstraints>();
  n->constraints = c.list(s.constraints);
  n->deferred = s.deferred;
  return n;
}

inline ast::Node* build(Converter& c, const ::DiscardStmt& s) {
  auto* n = c.make<ast::Discard>();
  n->target = static_cast<int>(s.target);
  return n;
}

// --- prepared statements and cursors ---

inline ast::Node* build(Converter& c, const ::PrepareStmt& s) {
  auto* n = c.make<ast::Prepare>();
  n->name = c.text(s.name);
  n->argument_types = c.list(s.argtypes);
  n->query = c.node(s.query);
  return n;
}

inline ast::Node* build(Converter& c, const ::ExecuteStmt& s) {
  auto* n = c.make<ast::Execute>();
  n->name = c.text(s.name);
  n->arguments = c.list(s.params);
  return n;
}

inline ast::Node* build(Converter& c, const ::DeallocateStmt& s) {
  auto* n = c.make<ast::Deallocate>();
  n->name = c.text(s.name);
  return n;
}

inline ast::Node* build(Converter& c, const ::DeclareCursorStmt& s) {
  auto* n = c.make<ast::DeclareCursor>();
  n->name = c.text(s.portalname);
  n->options = static_cast<int>(s.options);
  n->query = c.node(s.query);
  return n;
}

inline ast::Node* build(Converter& c, const ::ClosePortalStmt& s) {
  auto* n = c.make<ast::CloseCursor>();
  n->name = c.text(s.portalname);
  return n;
}

inline ast::Node* build(Converter& c, const ::FetchStmt& s) {
  auto* n = c.make<ast::Fetch>();
  n->direction = static_cast<int>(s.direction);
  n->count = s.howMany;
  n->cursor = c.text(s.portalname);
  n->move = s.ismove;
  return n;
}

// --- data and maintenance ---

inline ast::Node* build(Converter& c, const ::CopyStmt& s) {
  auto* n = c.make<ast::Copy>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->query = c.node(s.query);
  n->columns = c.names(s.attlist);
  n->is_from = s.is_from;
  n->is_program = s.is_program;
  n->file = c.text(s.filename);
  n->options = c.list(s.options);
  n->where = c.node(s.whereClause);
  return n;
}

inline ast::Node* build(Converter& c, const ::ExplainStmt& s) {
  auto* n = c.make<ast::Explain>();
  n->query = c.node(s.query);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::VacuumStmt& s) {
  auto* n = c.make<ast::Vacuum>();
  n->options = c.list(s.options);
  n->relations = c.list(s.rels);
  n->is_vacuum = s.is_vacuumcmd;
  return n;
}

inline ast::Node* build(Converter& c, const ::VacuumRelation& s) {
  auto* n = c.make<ast::VacuumRelation>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->columns = c.names(s.va_cols);
  return n;
}

inline ast::Node* build(Converter& c, const ::TruncateStmt& s) {
  auto* n = c.make<ast::Truncate>();
  n->relations = c.list(s.relations);
  n->restart_sequences = s.restart_seqs;
  n->cascade = s.behavior == DROP_CASCADE;
  return n;
}

inline ast::Node* build(Converter& c, const ::ReindexStmt& s) {
  auto* n = c.make<ast::Reindex>();
  n->object = static_cast<int>(s.kind);
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->name = c.text(s.name);
  n->options = c.list(s.params);
  return n;
}

inline ast::Node* build(Converter& c, const ::ClusterStmt& s) {
  auto* n = c.make<ast::Cluster>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->index = c.text(s.indexname);
  n->options = c.list(s.params);
  return n;
}

inline ast::Node* build(Converter& c, const ::LockStmt& s) {
  auto* n = c.make<ast::LockTable>();
  n->relations = c.list(s.relations);
  n->mode = static_cast<int>(s.mode);
  n->nowait = s.nowait;
  return n;
}

inline ast::Node* build(Converter& c, const ::CheckPointStmt&) { return c.make<ast::Checkpoint>(); }

inline ast::Node* build(Converter& c, const ::LoadStmt& s) {
  auto* n = c.make<ast::Load>();
  n->file = c.text(s.filename);
  return n;
}

inline ast::Node* build(Converter& c, const ::ListenStmt& s) {
  auto* n = c.make<ast::Listen>();
  n->channel = c.text(s.conditionname);
  return n;
}

inline ast::Node* build(Converter& c, const ::UnlistenStmt& s) {
  auto* n = c.make<ast::Unlisten>();
  n->channel = c.text(s.conditionname);
  return n;
}

inline ast::Node* build(Converter& c, const ::NotifyStmt& s) {
  auto* n = c.make<ast::Notify>();
  n->channel = c.text(s.conditionname);
  n->payload = c.text(s.payload);
  return n;
}

}  // namespace parser
