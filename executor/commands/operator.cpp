// CREATE OPERATOR, ALTER OPERATOR: an operator, its commutator and its negator, which may be named before
// they are made.
#include <algorithm>

#include "operator_lookup.h"
#include "rights.h"
#include "type_commands.h"
#include "type_usage.h"

namespace commands {
namespace {

namespace pg_operator = catalog::pg_operator;

[[noreturn]] void refuse(const char* message) { throw SqlError("42P13", message); }

void require_consistent(const query::CreateOperator& s) {
  if (s.left == 0) {
    if (s.commutator) refuse("only binary operators can have commutators");
    if (s.join != 0) refuse("only binary operators can have join selectivity");
    if (s.merges) refuse("only binary operators can merge join");
    if (s.hashes) refuse("only binary operators can hash");
  }
  if (s.result != types::oid::bool_) {
    if (s.negator) refuse("only boolean operators can have negators");
    if (s.restrict != 0) refuse("only boolean operators can have restriction selectivity");
    if (s.join != 0) refuse("only boolean operators can have join selectivity");
    if (s.merges) refuse("only boolean operators can merge join");
    if (s.hashes) refuse("only boolean operators can hash");
  }
}

// The row of one; of a shell when `oprcode` stays 0.
RowBuilder operator_row(Ddl& ddl, Oid oid, std::string_view name, Oid schema, Oid left, Oid right) {
  RowBuilder row = ddl.writer().row(pg_operator::kOid);
  for (int column : {pg_operator::oprresult, pg_operator::oprcom, pg_operator::oprnegate, pg_operator::oprcode,
                     pg_operator::oprrest, pg_operator::oprjoin})
    row.set(column, Oid{0});
  row.set(pg_operator::oid, oid);
  row.set(pg_operator::oprname, name);
  row.set(pg_operator::oprnamespace, schema);
  row.set(pg_operator::oprowner, ddl.catalog().user());
  row.set(pg_operator::oprkind, left == 0 ? 'l' : 'b');
  row.set(pg_operator::oprcanmerge, false);
  row.set(pg_operator::oprcanhash, false);
  row.set(pg_operator::oprleft, left);
  row.set(pg_operator::oprright, right);
  return row;
}

class OperatorCreation {
 public:
  OperatorCreation(Ddl& ddl, const query::CreateOperator& statement) : ddl_(ddl), s_(statement) {}

  void run() {
    for (const std::string& warning : s_.warnings) ddl_.warning("42601", warning);
    const Oid schema = ddl_.target_schema(s_.name.schema);
    for (const Oid type : {s_.left, s_.right, s_.result}) require_type_usage(ddl_, type);
    require_consistent(s_);
    const catalog::OperatorInfo* shell = find_operator(ddl_, schema, s_.name.name, s_.left, s_.right);
    if (shell != nullptr && shell->function != 0)
      throw SqlError("42723", "operator " + s_.name.name + " already exists");
    const bool fills = shell != nullptr;
    self_ = fills ? shell->oid : ddl_.writer().allocate_oid();
    if (fills) require_owner_of_shell();
    const Oid commutator = s_.commutator ? other(*s_.commutator, s_.right, s_.left, schema, true) : 0;
    const Oid negator = s_.negator ? other(*s_.negator, s_.left, s_.right, schema, false) : 0;
    RowBuilder row = operator_row(ddl_, self_, s_.name.name, schema, s_.left, s_.right);
    row.set(pg_operator::oprresult, s_.result);
    row.set(pg_operator::oprcode, s_.function);
    row.set(pg_operator::oprcom, commutator);
    row.set(pg_operator::oprnegate, negator);
    row.set(pg_operator::oprrest, s_.restrict);
    row.set(pg_operator::oprjoin, s_.join);
    row.set(pg_operator::oprcanmerge, s_.merges);
    row.set(pg_operator::oprcanhash, s_.hashes);
    if (fills) {
      ddl_.remove_dependencies(address());
      ddl_.writer().update_one(0, {key_oid(self_)}, row);
    } else {
      ddl_.writer().insert(row);
    }
    // The others point back.
    if (commutator != 0 && commutator != self_) link(commutator, pg_operator::oprcom);
    if (negator != 0) link(negator, pg_operator::oprnegate);
    depend(schema);
  }

 private:
  ObjectAddress address() const { return {pg_operator::kOid, self_, 0}; }

  void require_owner_of_shell() {
    RowReader rows = ddl_.writer().read(pg_operator::kOid, 0, {key_oid(self_)});
    if (rows.next() && !ddl_.owns(rows.row().oid(pg_operator::oprowner)))
      throw SqlError("42501", "must be owner of operator " + s_.name.name);
  }

  // The commutator or negator: this one, one that there is, or a shell to be filled.
  Oid other(const query::ObjectName& name, Oid left, Oid right, Oid own_schema, bool commutator) {
    const Oid schema = name.schema.empty() ? 0 : ddl_.catalog().schema_oid(name.schema);
    const catalog::OperatorInfo* found = find_operator(ddl_, schema, name.name, left, right);
    const bool is_self = name.name == s_.name.name && left == s_.left && right == s_.right &&
                         (schema == 0 || schema == own_schema) && (found == nullptr || found->oid == self_);
    if (is_self) {
      if (!commutator) refuse("operator cannot be its own negator");
      return self_;
    }
    if (found != nullptr) return found->oid;
    const Oid home = ddl_.target_schema(name.schema);
    const Oid oid = ddl_.writer().allocate_oid();
    ddl_.writer().insert(operator_row(ddl_, oid, name.name, home, left, right));
    const ObjectAddress shell{pg_operator::kOid, oid, 0};
    ddl_.depend(shell, {pg_namespace::kOid, home, 0}, Dependency::normal);
    for (Oid type : {left, right})
      if (type != 0) ddl_.depend(shell, {pg_type::kOid, type, 0}, Dependency::normal);
    return oid;
  }

  void link(Oid other, int column) {
    RowBuilder row = ddl_.writer().row(pg_operator::kOid);
    row.set(column, self_);
    ddl_.writer().update_one(0, {key_oid(other)}, row);
  }

  void depend(Oid schema) {
    ddl_.depend(address(), {pg_namespace::kOid, schema, 0}, Dependency::normal);
    for (Oid type : {s_.left, s_.right, s_.result})
      if (type != 0) ddl_.depend(address(), {pg_type::kOid, type, 0}, Dependency::normal);
    for (Oid function : {s_.function, s_.restrict, s_.join})
      if (function != 0) ddl_.depend(address(), {pg_proc::kOid, function, 0}, Dependency::normal);
  }

  Ddl& ddl_;
  const query::CreateOperator& s_;
  Oid self_ = 0;
};

}  // namespace

void create_operator(Ddl& ddl, const query::CreateOperator& statement) { OperatorCreation(ddl, statement).run(); }

void alter_operator(Ddl& ddl, const query::AlterOperator& statement) {
  const catalog::OperatorInfo* found = find_operator(ddl, statement.object, false);
  const ObjectAddress self{pg_operator::kOid, found->oid, 0};
  require_ownership(ddl, query::ObjectKind::operator_, statement.object, self);
  if (found->oid < types::kFirstNormalOid) throw SqlError::not_supported("ALTER of a built-in operator");
  const bool sets = statement.restrict.value_or(0) != 0 || statement.join.value_or(0) != 0;
  if (sets && found->left == 0 && statement.join.value_or(0) != 0) refuse("only binary operators can have join selectivity");
  if (sets && found->result != types::oid::bool_)
    refuse(statement.restrict.value_or(0) != 0 ? "only boolean operators can have restriction selectivity"
                                               : "only boolean operators can have join selectivity");
  const Oid old[] = {found->restrict_selectivity, found->join_selectivity};
  const Oid now[] = {statement.restrict.value_or(old[0]), statement.join.value_or(old[1])};
  const Oid function = found->function, left = found->left, right = found->right, result = found->result,
            schema = found->schema;
  RowBuilder row = ddl.writer().row(pg_operator::kOid);
  row.set(pg_operator::oprrest, now[0]);
  row.set(pg_operator::oprjoin, now[1]);
  ddl.writer().update_one(0, {key_oid(self.oid)}, row);
  ddl.remove_dependencies(self);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  for (Oid type : {left, right, result})
    if (type != 0) ddl.depend(self, {pg_type::kOid, type, 0}, Dependency::normal);
  for (Oid needed : {function, now[0], now[1]})
    if (needed != 0) ddl.depend(self, {pg_proc::kOid, needed, 0}, Dependency::normal);
}

void forget_operator(Ddl& ddl, Oid oid) {
  RowReader rows = ddl.writer().read(pg_operator::kOid, 0, {key_oid(oid)});
  if (!rows.next()) return;
  const Oid others[] = {rows.row().oid(pg_operator::oprcom), rows.row().oid(pg_operator::oprnegate)};
  const int columns[] = {pg_operator::oprcom, pg_operator::oprnegate};
  for (int i = 0; i < 2; ++i) {
    if (others[i] == 0 || others[i] == oid) continue;
    RowReader other = ddl.writer().read(pg_operator::kOid, 0, {key_oid(others[i])});
    if (!other.next() || other.row().oid(columns[i]) != oid) continue;
    RowBuilder row = ddl.writer().row(pg_operator::kOid);
    row.set(columns[i], Oid{0});
    ddl.writer().update(other.row(), row);
  }
  ddl.writer().remove_all(pg_operator::kOid, 0, {key_oid(oid)});
}

}  // namespace commands
