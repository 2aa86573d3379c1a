// ALTER TABLE and its relatives.
#pragma once

#include "column_users.h"
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
// The rows of tables whose columns get another type, rewritten once for all of the statement's
// columns: every USING expression sees the row as it was before the statement.
class TypeChanges {
 public:
  // The table as it was when it was first asked for.
  RelationPtr before(Ddl& ddl, Oid table);
  // `value` reads columns of before(); null: the rows stay as they are. 0A000 when the column's type has been changed already.
  void add(AlterTarget target, int column, query::ExpressionPtr value);
  void rewrite_rows(Ddl& ddl);
  // What is made again when the rows are rewritten.
  ColumnUsers& users() { return users_; }

 private:
  struct Change {
    Oid table;
    int column;
    query::ExpressionPtr value;
  };
  std::vector<RelationPtr> before_;
  std::vector<Change> changes_;
  ColumnUsers users_;
};

// The catalogue's part; the rows' part goes to `changes`.
void alter_column_type(AlterTarget target, const query::AlterColumnType& action, TypeChanges& changes);
void set_column_default(AlterTarget target, const query::SetColumnDefault& action);
void set_column_not_null(AlterTarget target, const query::SetColumnNotNull& action);
void drop_column_expression(AlterTarget target, const query::DropColumnExpression& action);
void add_column_identity(AlterTarget target, const query::AddColumnIdentity& action);
void alter_column_identity(AlterTarget target, const query::AlterColumnIdentity& action);
void drop_column_identity(AlterTarget target, const query::DropColumnIdentity& action);

}  // namespace commands
