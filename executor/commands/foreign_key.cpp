// FOREIGN KEY constraints: finding the referenced key, recording, checking the rows there are.
#include <algorithm>

#include "catalog/collators.h"
#include "catalog/query_privileges.h"
#include "inheritance.h"
#include "operators/key_conversion.h"
#include "partition.h"
#include "table_parts.h"
#include "types/collator.h"

namespace commands {
namespace {

std::vector<int> numbers_of(const RelationDescriptor& table,
                            const std::vector<std::string>& columns) {
  std::vector<int> numbers;
  for (const std::string& name : columns) {
    int column = table.column_index(name);
    if (column < 0)
      throw SqlError("42703",
                     "column \"" + name + "\" referenced in foreign key constraint does not exist");
    numbers.push_back(column);
  }
  return numbers;
}

// The unique index over exactly these columns, in any order, not deferrable if there is such a one; `columns` stays as
// the user wrote it.
const catalog::IndexDescriptor* unique_index_over(const RelationDescriptor& table,
                                                  const std::vector<int>& columns) {
  const catalog::IndexDescriptor* deferrable = nullptr;
  for (const catalog::IndexDescriptor& index : table.indexes) {
    if (!index.unique || !index.valid || index.predicate || index.keys.size() != columns.size())
      continue;
    bool matches = std::all_of(index.keys.begin(), index.keys.end(), [&](auto& key) {
      return key.column >= 0 &&
             std::find(columns.begin(), columns.end(), key.column) != columns.end();
    });
    if (matches && index.immediate) return &index;
    if (matches) deferrable = &index;
  }
  return deferrable;
}

// The operator that compares a referenced with a referencing column.
Oid equal_operator(Ddl& ddl, Oid referenced, Oid referencing) {
  Oid left = ddl.catalog().base_type(referenced), right = ddl.catalog().base_type(referencing);
  catalog::OrderingOperators of_left = ddl.catalog().ordering_operators(left);
  if (left == right) return of_left.equal;
  if (of_left.btree_family != 0) {
    if (Oid cross = ddl.catalog().family_operator(of_left.btree_family, left, right, 3))
      return cross;
    // The referencing type may be read as the referenced one: varchar as text, int4 as numeric.
    if (const catalog::CastInfo* cast = ddl.catalog().cast(right, of_left.btree_input_type))
      if (cast->context == 'i') return of_left.equal;
    // Enums, arrays, ranges and rows are compared with their own kind alone.
    constexpr Oid kAnyMultirange = 4537;
    for (const Oid kind : {types::oid::anyenum, types::oid::anyarray, types::oid::anyrange, kAnyMultirange, types::oid::record})
      if (of_left.btree_input_type == kind) return 0;
    catalog::OrderingOperators of_right = ddl.catalog().ordering_operators(right);
    if (of_right.btree_family == of_left.btree_family &&
        of_right.btree_input_type == of_left.btree_input_type)
      return of_left.equal;
  }
  return 0;
}

// Values that one side takes for equal must be equal on the other, and in the index that is searched.
void require_one_equality(Ddl& ddl, const RelationDescriptor& table, const RelationDescriptor& referenced,
                          const catalog::ForeignKey& key, const catalog::IndexDescriptor& index) {
  auto collator = [&](Oid collation) { return catalog::collator(ddl.catalog(), collation); };
  auto agree = [&](const types::Collator* a, const types::Collator* b) {
    return a == b || ((a == nullptr || a->deterministic()) && (b == nullptr || b->deterministic()));
  };
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const auto* own = collator(table.columns[static_cast<std::size_t>(key.columns[i])].type.collation);
    const auto* other = collator(referenced.columns[static_cast<std::size_t>(key.referenced_columns[i])].type.collation);
    bool same = agree(own, other);
    for (const catalog::IndexKey& k : index.keys)
      if (k.column == key.referenced_columns[i])
        same = same && agree(other, collator(catalog::order_collation(k.operator_class, k.collation)));
    if (!same) throw SqlError::not_supported("a foreign key between a nondeterministic collation and another");
  }
}

}  // namespace

Oid add_foreign_key(Ddl& ddl, Oid table_oid, const query::Constraint& constraint,
                    bool on_new_table, bool is_copy) {
  if (constraint.match == query::ForeignKeyMatch::partial)
    throw SqlError("0A000", "MATCH PARTIAL not yet implemented");
  RelationPtr referenced = ddl.open(constraint.referenced, RelationLock::share_row_exclusive);
  RelationPtr table = ddl.reload(table_oid);
  const bool partitioned = table->kind == RelationKind::partitioned_table;
  if (partitioned && constraint.not_valid && !is_copy && !on_new_table)
    throw SqlError("42809", "cannot add NOT VALID foreign key on partitioned table \"" + table->name +
                                "\" referencing relation \"" + referenced->name + "\"")
        .with_detail("This feature is not yet supported on partitioned tables.");
  if (referenced->kind != RelationKind::table && referenced->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "referenced relation \"" + referenced->name + "\" is not a table");
  if (referenced->system)
    throw SqlError("42501",
                   "permission denied: \"" + referenced->name + "\" is a system catalog");
  if (table->persistence == 'p' && referenced->persistence != 'p')
    throw SqlError("42P16", "constraints on permanent tables may reference only permanent tables");
  if (table->persistence == 't' && referenced->persistence != 't')
    throw SqlError("42P16", "constraints on temporary tables may reference only temporary tables");
  if (table->persistence == 'u' && referenced->persistence == 't')
    throw SqlError("42P16",
                   "constraints on unlogged tables may reference only permanent or unlogged tables");

  catalog::ForeignKey key;
  key.referencing = table_oid;
  key.referenced = referenced->oid;
  key.columns = numbers_of(*table, constraint.columns);
  const catalog::IndexDescriptor* index = nullptr;
  if (constraint.referenced_columns.empty()) {
    index = referenced->primary_key();
    if (index == nullptr)
      throw SqlError("42704", "there is no primary key for referenced table \"" +
                                  referenced->name + "\"");
    if (!index->immediate)
      throw SqlError("55000", "cannot use a deferrable primary key for referenced table \"" + referenced->name + "\"");
    for (const catalog::IndexKey& k : index->keys) key.referenced_columns.push_back(k.column);
  } else {
    key.referenced_columns = numbers_of(*referenced, constraint.referenced_columns);
  }
  catalog::require_columns(ddl.catalog(), *referenced, types::privilege::references, key.referenced_columns);
  if (key.columns.size() != key.referenced_columns.size())
    throw SqlError("42830",
                   "number of referencing and referenced columns for foreign key disagree");
  if (index == nullptr) {
    index = unique_index_over(*referenced, key.referenced_columns);
    if (index == nullptr)
      throw SqlError("42830", "there is no unique constraint matching given keys for referenced "
                              "table \"" + referenced->name + "\"");
    if (!index->immediate)
      throw SqlError("55000", "cannot use a deferrable unique constraint for referenced table \"" +
                                  referenced->name + "\"");
  }
  require_one_equality(ddl, *table, *referenced, key, *index);
  std::vector<std::string> taken;
  for (const catalog::ForeignKey& other : table->foreign_keys) taken.push_back(other.name);
  for (const catalog::CheckConstraint& other : table->checks) taken.push_back(other.name);
  key.name = constraint.name;
  if (key.name.empty())
    key.name = choose_constraint_name(ddl, table->name, joined(constraint.columns), "fkey",
                                      table->schema, taken);
  else if (std::find(taken.begin(), taken.end(), key.name) != taken.end())
    throw SqlError("42710", "constraint \"" + key.name + "\" for relation \"" + table->name +
                                "\" already exists");
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const catalog::Column& from = table->columns[static_cast<std::size_t>(key.columns[i])];
    const catalog::Column& to =
        referenced->columns[static_cast<std::size_t>(key.referenced_columns[i])];
    Oid op = equal_operator(ddl, to.type.oid, from.type.oid);
    if (op == 0)
      throw SqlError("42804", "foreign key constraint \"" + key.name + "\" cannot be implemented")
          .with_detail("Key columns \"" + from.name + "\" and \"" + to.name +
                       "\" are of incompatible types: " + ddl.catalog().format_type(from.type.oid) +
                       " and " + ddl.catalog().format_type(to.type.oid) + ".");
    key.equal_operators.push_back(op);
  }
  // What cannot be looked up is refused now.
  static_cast<void>(operators::key_conversions(ddl.catalog(), key, *referenced, *table, key.columns,
                                               ddl.host().execution_context().eval));
  key.referenced_index = index->oid;
  key.match = static_cast<char>(constraint.match);

  ConstraintRow row;
  row.oid = ddl.writer().allocate_oid();
  row.name = key.name;
  row.schema = table->schema;
  row.type = 'f';
  row.deferrable = constraint.deferrable;
  row.deferred = constraint.initially_deferred;
  row.validated = on_new_table || !constraint.not_valid;
  row.table = table_oid;
  row.index = index->oid;
  row.referenced = referenced->oid;
  row.on_update = static_cast<char>(constraint.on_update);
  row.on_delete = static_cast<char>(constraint.on_delete);
  row.match = key.match;
  row.no_inherit = !is_copy && !partitioned;
  using Action = catalog::ForeignKeyAction;
  for (int column : key.columns) {
    if (!table->columns[static_cast<std::size_t>(column)].generated) continue;
    const auto on_update = static_cast<Action>(row.on_update), on_delete = static_cast<Action>(row.on_delete);
    if (on_update == Action::set_null || on_update == Action::set_default || on_update == Action::cascade)
      throw SqlError("42601", "invalid ON UPDATE action for foreign key constraint containing generated column");
    if (on_delete == Action::set_null || on_delete == Action::set_default)
      throw SqlError("42601", "invalid ON DELETE action for foreign key constraint containing generated column");
  }
  for (int column : key.columns) row.columns.push_back(static_cast<std::int16_t>(column + 1));
  for (int column : key.referenced_columns)
    row.referenced_columns.push_back(static_cast<std::int16_t>(column + 1));
  for (const std::string& name : constraint.on_delete_set_columns) {
    const int column = numbers_of(*table, {name}).front();
    if (std::find(key.columns.begin(), key.columns.end(), column) == key.columns.end())
      throw SqlError("42P10", "column \"" + name + "\" referenced in ON DELETE SET action must be "
                              "part of foreign key");
    row.delete_set_columns.push_back(static_cast<std::int16_t>(column + 1));
  }
  row.equal_operators = key.equal_operators;
  insert_constraint(ddl, row);

  ObjectAddress self{pg_constraint::kOid, row.oid, 0};
  for (std::int16_t column : row.columns)
    ddl.depend(self, relation_address(table_oid, column), Dependency::automatic);
  for (std::int16_t column : row.referenced_columns)
    ddl.depend(self, relation_address(referenced->oid, column), Dependency::normal);
  ddl.depend(self, relation_address(index->oid), Dependency::normal);

  if (!is_copy) add_referenced_side(ddl, row);
  add_referencing_triggers(ddl, row);

  table = ddl.reload(table_oid);
  if (!on_new_table && !constraint.not_valid && table->storage)
    validate_foreign_key(ddl, *table, key);
  if (partitioned)
    for (Oid child : children_of(ddl, *table, RelationLock::share_row_exclusive))
      copy_parent_parts(ddl, child, table_oid);
  return row.oid;
}

Oid copy_foreign_key(Ddl& ddl, Oid partition, const RelationDescriptor& parent,
                     const catalog::ForeignKey& key, const std::vector<int>& map) {
  RelationPtr own = ddl.reload(partition), referenced = ddl.reload(key.referenced);
  query::Constraint constraint;
  constraint.kind = query::Constraint::Kind::foreign_key;
  constraint.name = key.name;
  for (const catalog::ForeignKey& other : own->foreign_keys)
    if (other.name == key.name) constraint.name.clear();
  auto own_name = [&](int column) {
    return own->columns[static_cast<std::size_t>(map[static_cast<std::size_t>(column)])].name;
  };
  for (int column : key.columns) constraint.columns.push_back(own_name(column));
  for (int column : key.delete_set_columns)
    constraint.on_delete_set_columns.push_back(own_name(column));
  constraint.referenced.schema = referenced->schema_name;
  constraint.referenced.name = referenced->name;
  for (int column : key.referenced_columns)
    constraint.referenced_columns.push_back(
        referenced->columns[static_cast<std::size_t>(column)].name);
  constraint.match = static_cast<query::ForeignKeyMatch>(key.match);
  constraint.on_update = static_cast<query::ForeignKeyAction>(key.on_update);
  constraint.on_delete = static_cast<query::ForeignKeyAction>(key.on_delete);
  constraint.deferrable = key.deferrable;
  constraint.initially_deferred = key.initially_deferred;
  constraint.not_valid = !key.validated;
  static_cast<void>(parent);
  return add_foreign_key(ddl, partition, constraint, false, true);
}

}  // namespace commands
