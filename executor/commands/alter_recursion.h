// ALTER TABLE on a table that others inherit from: what its children get, and what they refuse.
#pragma once

#include "alter_table.h"
#include "inheritance.h"

namespace commands {

enum class Recurse : std::uint8_t {
  descend,   // the table and everything below it
  only,      // ONLY was written
  inherited  // called for a child on behalf of its parent
};

void add_column_to_all(AlterTarget target, const query::AddColumn& action, Recurse recurse);
void drop_column_of_all(AlterTarget target, const query::DropColumn& action, Recurse recurse);
void alter_type_of_all(AlterTarget target, const query::AlterColumnType& action, Recurse recurse,
                       TypeChanges& changes);
void set_not_null_of_all(AlterTarget target, const query::SetColumnNotNull& action,
                         Recurse recurse);
void add_check_to_all(Ddl& ddl, Oid table, const query::Constraint& constraint, Recurse recurse);
// A table's own check that it has by inheritance is merged with that. Returns the pg_constraint row's OID.
Oid add_or_merge_check(Ddl& ddl, Oid table, const query::Constraint& constraint, bool on_new_table);
void drop_constraint_of_all(Ddl& ddl, Oid table, const query::DropConstraint& action,
                            Recurse recurse);
void rename_column_of_all(Ddl& ddl, Oid table, const std::string& column, const std::string& name,
                          Recurse recurse);
void rename_check_of_all(Ddl& ddl, Oid table, const std::string& constraint,
                         const std::string& name, Recurse recurse);

// Whether a column is the table's own (attislocal), and how many parents it comes from.
struct Origin {
  bool local = true;
  int parents = 0;
};
Origin origin_of_column(Ddl& ddl, Oid table, int column);
// Whether the expression, over the columns of one table, reads the column.
bool reads_column(const query::Expression& expression, int column);
// Whether the partition key reads the column.
bool in_partition_key(const RelationDescriptor& table, int column);
// pg_constraint row of that name on the table; 0 when there is none.
Oid find_constraint(Ddl& ddl, Oid table, const std::string& name);

}  // namespace commands
