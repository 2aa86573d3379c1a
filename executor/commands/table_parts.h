// Indexes and constraints of tables, made at CREATE TABLE or added later.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "catalog/builtin.h"
#include "ddl.h"
#include "planner/partition_table.h"

namespace commands {

// ---- indexes

struct NewIndex {
  Oid oid = 0;  // 0: a new one
  std::string name;
  Oid method = catalog::kBtree;
  bool unique = false, primary = false, nulls_not_distinct = false;
  bool deferrable = false, initially_deferred = false;
  bool is_constraint = false, is_exclusion = false;
  std::vector<catalog::IndexKey> keys;
  std::vector<int> included;
  std::shared_ptr<const query::Expression> predicate;
  std::vector<std::string> options;
};

// The columns' part of a name that is chosen for a constraint: "a_b".
std::string joined(std::span<const std::string> columns);

// Columns by name, or expressions, with their operator classes; 42703, 42704, 42804 as PostgreSQL,
// 0A000 for a class that is not there.
catalog::IndexKey index_key(Ddl& ddl, const RelationDescriptor& table,
                            const query::IndexElement& element, Oid method = catalog::kBtree);
int column_of_key(const RelationDescriptor& table, const std::string& name);

// "t_a_b_idx", or "_excl" of an EXCLUDE constraint.
std::string choose_index_name(Ddl& ddl, const RelationDescriptor& table, const NewIndex& index);
// 42P17: an entry must be found again by what made it.
void require_immutable(Ddl& ddl, const query::Expression& expression, const std::string& place);
// What a key of the type collates by; `written` is what COLLATE says, or 0. 42P22 where nothing decides it, in the
// words of `place`, 42804 where the type has no collation.
Oid key_collation(Ddl& ddl, const types::TypeRef& type, Oid written, std::string_view place);

// pg_class, pg_attribute and pg_index rows; `root`: its tree (the table's own for a clustered
// key). Dependencies on columns are recorded unless it implements a constraint.
Oid insert_index_rows(Ddl& ddl, const RelationDescriptor& table, const NewIndex& index,
                      wal::PageNo root);
// Makes the tree, fills it from the table's rows, and the rows above. 23505 for duplicates.
Oid build_new_index(Ddl& ddl, Oid table, const NewIndex& index);
// Returns the index; 0: IF NOT EXISTS found one.
Oid create_index(Ddl& ddl, const query::CreateIndex& statement, Oid table = 0);
// A partition's copy of its parent's index (and of the constraint it implements). `map`: places of
// the parent's columns in the partition.
Oid make_partition_index(Ddl& ddl, const RelationDescriptor& partition,
                         const RelationDescriptor& parent, const catalog::IndexDescriptor& index,
                         const std::vector<int>& map);

// Builds the table's trees anew, clustered by `key` (null: by row id), with all other indexes,
// and points the catalogue to them. `convert` may be null.
// Returns the new root. A key whose index is not in the catalogue yet gets its rows afterwards.
wal::PageNo rebuild(Ddl& ddl, Oid table, const catalog::IndexDescriptor* key,
                    table::RowConverter* convert = nullptr);
// The same with the shape changed meanwhile: rows are read as `old` has them, written as `now`.
void rebuild_from(Ddl& ddl, const RelationPtr& old, const RelationDescriptor& now,
                  table::RowConverter* convert);
wal::PageNo rebuild_as(Ddl& ddl, const RelationPtr& old, const RelationDescriptor& now,
                       const catalog::IndexDescriptor* key, table::RowConverter* convert);
[[noreturn]] void raise_duplicate_key(Ddl& ddl, const RelationDescriptor& table,
                                      const std::string& index_name,
                                      const table::DuplicateKey& duplicate,
                                      std::span<const catalog::IndexKey> keys,
                                      const std::string& shown = {});

// ---- constraints

struct ConstraintRow {
  Oid oid = 0;
  std::string name;
  Oid schema = 0;
  char type = 'c';
  bool deferrable = false, deferred = false, validated = true;
  Oid table = 0, domain = 0, index = 0, referenced = 0, parent = 0;
  char on_update = ' ', on_delete = ' ', match = ' ';
  bool is_local = true, no_inherit = false;
  int inherited = 0;
  std::vector<std::int16_t> columns, referenced_columns, delete_set_columns;
  std::vector<Oid> equal_operators, exclusion_operators;
  const query::Expression* check = nullptr;
};
void insert_constraint(Ddl& ddl, const ConstraintRow& row);

// The indexes of a partitioned table's partitions: made with its own, or (ONLY) attached later by
// ALTER INDEX, the table's being invalid until the last of them is.
enum class PartitionIndexes : std::uint8_t { made, attached_later };
// PRIMARY KEY or UNIQUE. `on_new_table`: the table is empty and was created with that key.
// Returns the index.
Oid add_index_constraint(Ddl& ddl, Oid table, const query::Constraint& constraint, bool on_new_table,
                         PartitionIndexes partitions = PartitionIndexes::made);
// EXCLUDE; 23P01 for rows that conflict. Returns the index.
Oid add_exclusion_constraint(Ddl& ddl, Oid table, const query::Constraint& constraint);
// 23P01 for rows that conflict.
void validate_exclusion(Ddl& ddl, Oid table, Oid index);
void require_free_constraint_name(const RelationDescriptor& table, const std::string& name);
void set_index_validity(Ddl& ddl, Oid index, bool valid);
// A tree of its own again, filled from the table's rows, in place of the one it has: valid from then on, whatever it was.
// 23505 for duplicates, as of an index of the name `shown` (empty: its own). The caller holds ACCESS EXCLUSIVE.
void rebuild_index(Ddl& ddl, Oid table, Oid index, const std::string& shown = {});
// rebuild_index() for those of the table that are not valid: PostgreSQL's rewriting of a table makes them so, or fails.
void mend_indexes(Ddl& ddl, Oid table);
// What a failed CONCURRENTLY leaves: an index that is not valid, and that nothing maintains.
void leave_invalid_index(Ddl& ddl, Oid table, const NewIndex& index);
// A description of the index, to make another like it.
NewIndex like_index(Ddl& ddl, const catalog::IndexDescriptor& index);
// CHECK: the rows are looked at unless `on_new_table` or NOT VALID.
// Returns the pg_constraint row's OID.
Oid add_check(Ddl& ddl, Oid table, const query::Constraint& constraint, bool on_new_table);
// Returns the pg_constraint row's OID. `is_copy`: of a partitioned table's key for a partition; only
// the key that it comes from acts on changes of the referenced table.
Oid add_foreign_key(Ddl& ddl, Oid table, const query::Constraint& constraint, bool on_new_table,
                    bool is_copy = false);
// A partition's copy of its parent's foreign key; its rows are looked at.
Oid copy_foreign_key(Ddl& ddl, Oid partition, const RelationDescriptor& parent,
                     const catalog::ForeignKey& key, const std::vector<int>& map);

// Foreign keys as PostgreSQL's catalogue has them: a key acts by triggers on the referenced table; of
// a partitioned one every partition has, level by level, a pg_constraint row and triggers of its own.

struct ActionTriggers {
  Oid on_delete = 0, on_update = 0;   // pg_trigger.oid
};
// The triggers of the referenced table of a key just inserted, and what its partitions need.
void add_referenced_side(Ddl& ddl, const ConstraintRow& key, ActionTriggers above = {});
// The reverse, when a partition's key becomes part of its parent's.
void remove_referenced_side(Ddl& ddl, Oid key);
// When it stands for itself again.
void restore_referenced_side(Ddl& ddl, const catalog::ForeignKey& key);
// A new partition of a table that keys refer to.
void add_references(Ddl& ddl, Oid partition, const RelationDescriptor& parent);
// 23503 when a row refers to one of the partition that is to be detached; else takes those keys away.
void remove_references(Ddl& ddl, const RelationDescriptor& partition);
// The triggers that check new rows; `parent`: the key of the table above.
void add_referencing_triggers(Ddl& ddl, const ConstraintRow& key);
void inherit_referencing_triggers(Ddl& ddl, Oid key, Oid parent);

// ---- triggers

// The row triggers of a partitioned table are copied to its partitions, and go with their detaching.
void copy_row_triggers(Ddl& ddl, Oid partition, const RelationDescriptor& parent);
void remove_row_trigger_copies(Ddl& ddl, const RelationDescriptor& partition);

// ---- looking at rows

// Whether the condition (over range table entry 0) is false for none of the table's rows.
bool rows_pass(Ddl& ddl, const RelationDescriptor& table, const query::Expression& check);
// 23514 / 23502 / 23503 when a row does not pass.
void validate_check(Ddl& ddl, const RelationDescriptor& table, const std::string& name,
                    const query::Expression& check);
// Every row must belong to the partition at `expected`: 23514 with the message otherwise.
void validate_partition(Ddl& ddl, const RelationDescriptor& table,
                        const planner::PartitionTable& partitions, int expected,
                        const std::string& violated);
void validate_not_null(Ddl& ddl, const RelationDescriptor& table, const std::vector<int>& columns);
void validate_foreign_key(Ddl& ddl, const RelationDescriptor& table,
                          const catalog::ForeignKey& key);
// No row of the table or of its partitions may refer to a row of `partition`; `key` is the row of the
// key for that partition.
void validate_removal(Ddl& ddl, const RelationDescriptor& partition, const catalog::ForeignKey& key);

void set_not_null(Ddl& ddl, Oid table, int column, bool not_null);
void set_has_indexes(Ddl& ddl, Oid table);
// Drops the caller's knowledge: pg_class fields of a table.
void update_class(Ddl& ddl, Oid relation, const std::function<void(RowBuilder&)>& change);

// Text of row values: "(1, abc)" and "(a, b)" of violation messages.
std::string value_list(Ddl& ddl, std::span<const types::TypeRef> types,
                       std::span<const types::Datum> values);

}  // namespace commands
