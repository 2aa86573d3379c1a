// ALTER TABLE and its relatives.
#pragma once

#include "ddl.h"

namespace commands {

void alter_table(Ddl& ddl, const query::AlterTable& statement);

void change_owner(Ddl& ddl, Oid relation, Oid owner);
// The same for any object that has an owner.
void give_to(Ddl& ddl, const ObjectAddress& object, Oid owner);
// 42704 unless it is the one there is.
void require_tablespace(const std::string& name);

// One ALTER TABLE's table, for the actions' own files.
struct AlterTarget {
  Ddl& ddl;
  Oid oid;
  RelationPtr table() const { return ddl.reload(oid); }
  // 42703 when there is no such column.
  int column(const std::string& name) const;
};

void add_column(AlterTarget target, const query::AddColumn& action);
void drop_column(AlterTarget target, const query::DropColumn& action);
void alter_column_type(AlterTarget target, const query::AlterColumnType& action);
void set_column_default(AlterTarget target, const query::SetColumnDefault& action);
void set_column_not_null(AlterTarget target, const query::SetColumnNotNull& action);
void drop_column_expression(AlterTarget target, const query::DropColumnExpression& action);
void add_column_identity(AlterTarget target, const query::AddColumnIdentity& action);
void alter_column_identity(AlterTarget target, const query::AlterColumnIdentity& action);
void drop_column_identity(AlterTarget target, const query::DropColumnIdentity& action);

}  // namespace commands
