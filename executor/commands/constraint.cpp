// PRIMARY KEY, UNIQUE and CHECK constraints.
#include <algorithm>

#include "catalog/access_methods.h"
#include "catalog/system_attributes.h"
#include "query/serialize.h"
#include "alter_recursion.h"
#include "alter_table.h"
#include "index_method.h"
#include "inheritance.h"
#include "partition.h"
#include "storage_parameters.h"
#include "table_parts.h"

namespace commands {
namespace {

// Names of the table's constraints, so that two of one statement do not meet.
std::vector<std::string> constraint_names(const RelationDescriptor& table) {
  std::vector<std::string> names;
  for (const catalog::CheckConstraint& c : table.checks) names.push_back(c.name);
  for (const catalog::ForeignKey& f : table.foreign_keys) names.push_back(f.name);
  for (const catalog::IndexDescriptor& i : table.indexes)
    if (i.constraint != 0) names.push_back(i.name);
  return names;
}

// As an index's and as a constraint's it has to be a new one.
std::string choose_key_name(Ddl& ddl, const RelationDescriptor& table, const std::string& columns) {
  const std::string schema = ddl.catalog().schema_name(table.schema);
  const auto taken = constraint_names(table);
  for (int pass = 0;; ++pass) {
    std::string name = make_object_name(table.name, columns, "key" + (pass == 0 ? std::string() : std::to_string(pass)));
    if (ddl.catalog().find_relation(schema, name) == 0 && std::find(taken.begin(), taken.end(), name) == taken.end())
      return name;
  }
}

}  // namespace

void require_free_constraint_name(const RelationDescriptor& table, const std::string& name) {
  auto names = constraint_names(table);
  if (std::find(names.begin(), names.end(), name) != names.end())
    throw SqlError("42710", "constraint \"" + name + "\" for relation \"" + table.name +
                                "\" already exists");
}

std::string joined(std::span<const std::string> columns) {
  std::string text;
  for (const std::string& column : columns) {
    if (!text.empty()) text += '_';
    text += column;
    if (text.size() > 63) break;
  }
  return text;
}

void insert_constraint(Ddl& ddl, const ConstraintRow& c) {
  RowBuilder row = ddl.writer().row(pg_constraint::kOid);
  row.set(pg_constraint::oid, c.oid);
  row.set(pg_constraint::conname, c.name);
  row.set(pg_constraint::connamespace, c.schema);
  row.set(pg_constraint::contype, c.type);
  row.set(pg_constraint::condeferrable, c.deferrable);
  row.set(pg_constraint::condeferred, c.deferred);
  row.set(pg_constraint::convalidated, c.validated);
  row.set(pg_constraint::conrelid, c.table);
  row.set(pg_constraint::contypid, c.domain);
  row.set(pg_constraint::conindid, c.index);
  row.set(pg_constraint::conparentid, c.parent);
  row.set(pg_constraint::confrelid, c.referenced);
  row.set(pg_constraint::confupdtype, c.on_update);
  row.set(pg_constraint::confdeltype, c.on_delete);
  row.set(pg_constraint::confmatchtype, c.match);
  row.set(pg_constraint::conislocal, c.is_local);
  row.set(pg_constraint::coninhcount, c.inherited);
  row.set(pg_constraint::connoinherit, c.no_inherit);
  if (!c.columns.empty())
    row.set(pg_constraint::conkey, std::span<const std::int16_t>(c.columns));
  if (!c.referenced_columns.empty())
    row.set(pg_constraint::confkey, std::span<const std::int16_t>(c.referenced_columns));
  if (!c.equal_operators.empty())
    for (int column : {pg_constraint::conpfeqop, pg_constraint::conppeqop, pg_constraint::conffeqop})
      row.set(column, std::span<const Oid>(c.equal_operators));
  if (!c.exclusion_operators.empty())
    row.set(pg_constraint::conexclop, std::span<const Oid>(c.exclusion_operators));
  if (!c.delete_set_columns.empty())
    row.set(pg_constraint::confdelsetcols, std::span<const std::int16_t>(c.delete_set_columns));
  if (c.check != nullptr) row.set(pg_constraint::conbin, query::serialize(*c.check));
  ddl.writer().insert(row);
}

void set_not_null(Ddl& ddl, Oid table, int column, bool not_null) {
  RowReader rows = ddl.writer().read(pg_attribute::kOid, 0,
                                     {key_oid(table), key_int2(static_cast<std::int16_t>(column + 1))});
  if (!rows.next() || rows.row().flag(pg_attribute::attnotnull) == not_null) return;
  RowBuilder row = ddl.writer().row(pg_attribute::kOid);
  row.set(pg_attribute::attnotnull, not_null);
  ddl.writer().update(rows.row(), row);
}

namespace {

NewIndex index_of_constraint(Ddl& ddl, const RelationDescriptor& table,
                             const query::Constraint& constraint) {
  NewIndex index;
  index.unique = true;
  index.is_constraint = true;
  index.primary = constraint.kind == query::Constraint::Kind::primary_key;
  index.nulls_not_distinct = constraint.nulls_not_distinct;
  index.deferrable = constraint.deferrable;
  require_tablespace(constraint.tablespace);
  index.options = constraint.like.object != 0 ? stored_options(ddl, constraint.like.object)
                                              : storage_parameters(parameter_owner(catalog::kBtree), constraint.index_options);
  for (std::size_t i = 0; i < constraint.columns.size(); ++i) {
    const std::string& name = constraint.columns[i];
    if (table.column_index(name) < 0)
      throw SqlError("42703", "column \"" + name + "\" named in key does not exist")
          .at(constraint.location);
    for (std::size_t j = 0; j < i; ++j)
      if (constraint.columns[j] == name)
        throw SqlError("42701", "column \"" + name + "\" appears twice in " +
                                    (index.primary ? "primary key" : "unique") + " constraint")
            .at(constraint.location);
    query::IndexElement element;
    element.column = name;
    index.keys.push_back(index_key(ddl, table, element));
  }
  std::vector<std::string> named = constraint.columns;
  for (const std::string& name : constraint.include) {
    if (table.column_index(name) < 0 && !catalog::is_system_column(name))
      throw SqlError("42703", "column \"" + name + "\" named in key does not exist").at(constraint.location);
    index.included.push_back(column_of_key(table, name));
    named.push_back(name);
  }
  index.name = constraint.name;
  if (index.name.empty())
    index.name = index.primary
                     ? choose_relation_name(ddl, table.name, {}, "pkey", table.schema)
                     : choose_key_name(ddl, table, joined(named));
  else
    ddl.require_free_relation_name(table.schema, index.name);
  require_free_constraint_name(table, index.name);
  return index;
}

// ALTER TABLE .. ADD CONSTRAINT .. USING INDEX: the index becomes the constraint's.
Oid adopt_index(Ddl& ddl, const RelationDescriptor& table, const query::Constraint& constraint,
                NewIndex& index) {
  Oid oid = ddl.catalog().find_relation(table.schema_name, constraint.using_index);
  const catalog::IndexDescriptor* found = table.index(oid);
  if (found == nullptr)
    throw SqlError("42704", "index \"" + constraint.using_index + "\" does not exist").at(constraint.location);
  if (found->constraint != 0)
    throw SqlError("55000", "index \"" + found->name + "\" is already associated with a constraint");
  if (!found->valid) throw SqlError("55000", "index \"" + found->name + "\" is not valid").at(constraint.location);
  if (!found->unique)
    throw SqlError("42809", "\"" + found->name + "\" is not a unique index")
        .with_detail("Cannot create a primary key or unique constraint using such an index.");
  auto refuse = [&](const std::string& what) {
    throw SqlError("42809", what)
        .with_detail("Cannot create a primary key or unique constraint using such an index.")
        .at(constraint.location);
  };
  for (const catalog::IndexKey& key : found->keys)
    if (key.expression) refuse("index \"" + found->name + "\" contains expressions");
  if (found->predicate) refuse("\"" + found->name + "\" is a partial index");
  // What restores the constraint would make an index of the usual order of it.
  for (std::size_t i = 0; i < found->keys.size(); ++i) {
    const catalog::IndexKey& key = found->keys[i];
    const catalog::OperatorClassInfo* usual = ddl.catalog().default_operator_class(key.type.oid, catalog::kBtree);
    if (key.descending || key.nulls_first || key.collation != table.columns[static_cast<std::size_t>(key.column)].type.collation ||
        (usual != nullptr && key.operator_class != 0 && key.operator_class != usual->oid))
      refuse("index \"" + found->name + "\" column number " + std::to_string(i + 1) + " does not have default sorting behavior");
  }
  index.keys = found->keys;
  index.included = found->included;
  index.name = constraint.name.empty() ? found->name : constraint.name;
  RowBuilder row = ddl.writer().row(pg_index::kOid);
  row.set(pg_index::indisprimary, constraint.kind == query::Constraint::Kind::primary_key);
  row.set(pg_index::indimmediate, !constraint.deferrable);
  ddl.writer().update_one(0, {key_oid(oid)}, row);
  ddl.remove_dependencies(relation_address(oid));
  if (index.name != found->name) {
    ddl.notice("00000", "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"" +
                            found->name + "\" to \"" + index.name + "\"");
    update_class(ddl, oid, [&](RowBuilder& r) { r.set(pg_class::relname, index.name); });
  }
  return oid;
}

// Clusters the table by its new primary key.
Oid cluster_by(Ddl& ddl, const RelationDescriptor& table, NewIndex& index) {
  catalog::IndexDescriptor key;
  key.oid = ddl.writer().allocate_oid();
  key.name = index.name;
  key.keys = index.keys;
  index.oid = key.oid;
  wal::PageNo root = rebuild(ddl, table.oid, &key);
  return insert_index_rows(ddl, *ddl.reload(table.oid), index, root);
}

}  // namespace

Oid add_index_constraint(Ddl& ddl, Oid table_oid, const query::Constraint& constraint,
                          bool on_new_table, PartitionIndexes partitions) {
  if (constraint.kind == query::Constraint::Kind::exclusion)
    return add_exclusion_constraint(ddl, table_oid, constraint);
  RelationPtr table = ddl.reload(table_oid);
  const bool partitioned = table->kind == RelationKind::partitioned_table;
  bool primary = constraint.kind == query::Constraint::Kind::primary_key;
  if (primary && table->primary_key() != nullptr)
    throw SqlError("42P16", "multiple primary keys for table \"" + table->name +
                                "\" are not allowed")
        .at(constraint.location);
  NewIndex index;
  Oid index_oid = 0;
  if (!constraint.using_index.empty()) {
    index.primary = primary;
    index_oid = adopt_index(ddl, *table, constraint, index);
  } else {
    index = index_of_constraint(ddl, *table, constraint);
  }
  if (partitioned) {
    if (index_oid != 0)
      throw SqlError("0A000", "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on "
                              "partitioned tables");
    require_partition_columns(ddl, *table, index, primary ? "PRIMARY KEY" : "UNIQUE");
  }
  if (primary) {
    std::vector<int> nullable;
    for (const catalog::IndexKey& key : index.keys)
      if (key.column >= 0 && !table->columns[static_cast<std::size_t>(key.column)].not_null)
        nullable.push_back(key.column);
    if (!on_new_table && !nullable.empty() && table->storage)
      validate_not_null(ddl, *table, nullable);
    if (partitioned && partitions == PartitionIndexes::attached_later)
      for (int column : nullable)
        set_not_null_of_all({ddl, table_oid}, {table->columns[static_cast<std::size_t>(column)].name},
                            Recurse::only);
    else
      for (int column : nullable) set_not_null(ddl, table_oid, column, true);
  }
  // A deferrable key may hold duplicates for a while, so it cannot be the table's own tree.
  if (index_oid == 0) {
    bool clusters = primary && !constraint.deferrable && !partitioned;
    if (partitioned)
      index_oid = insert_index_rows(ddl, *table, index, wal::PageNo{0});
    else if (clusters && on_new_table)
      index_oid =
          insert_index_rows(ddl, *table, index, table->storage->schema().clustered.root);
    else if (clusters)
      index_oid = cluster_by(ddl, *table, index);
    else
      index_oid = build_new_index(ddl, table_oid, index);
  }

  ConstraintRow row;
  row.oid = ddl.writer().allocate_oid();
  row.name = index.name;
  row.schema = table->schema;
  row.type = primary ? 'p' : 'u';
  row.deferrable = constraint.deferrable;
  row.deferred = constraint.initially_deferred;
  row.table = table_oid;
  row.index = index_oid;
  row.no_inherit = true;
  for (const catalog::IndexKey& key : index.keys)
    row.columns.push_back(static_cast<std::int16_t>(key.column + 1));
  insert_constraint(ddl, row);
  ObjectAddress self{pg_constraint::kOid, row.oid, 0};
  for (std::int16_t column : row.columns)
    ddl.depend(self, relation_address(table_oid, column), Dependency::automatic);
  for (int column : index.included)
    ddl.depend(self, relation_address(table_oid, column + 1), Dependency::automatic);
  ddl.depend(relation_address(index_oid), self, Dependency::internal);
  if (!partitioned) return index_oid;
  if (partitions == PartitionIndexes::attached_later) {
    if (!table->children.empty()) set_index_validity(ddl, index_oid, false);
    return index_oid;
  }
  for (Oid child : children_of(ddl, *table, RelationLock::access_exclusive)) {
    // A key makes its columns NOT NULL all the way down.
    if (primary) {
      RelationPtr partition = ddl.reload(child);
      const std::vector<int> map = column_map(*table, *partition);
      for (const catalog::IndexKey& key : index.keys) {
        const int column = map[static_cast<std::size_t>(key.column)];
        if (partition->columns[static_cast<std::size_t>(column)].not_null) continue;
        if (partition->storage) validate_not_null(ddl, *partition, {column});
        set_not_null(ddl, child, column, true);
      }
    }
    copy_parent_parts(ddl, child, table_oid);
  }
  return index_oid;
}

Oid add_check(Ddl& ddl, Oid table_oid, const query::Constraint& constraint, bool on_new_table) {
  RelationPtr table = ddl.reload(table_oid);
  ConstraintRow row;
  row.name = constraint.name;
  if (row.name.empty()) {
    std::string column = constraint.columns.size() == 1 ? constraint.columns[0] : std::string();
    auto taken = constraint_names(*table);
    row.name = choose_constraint_name(ddl, table->name, column, "check", table->schema, taken);
  } else {
    require_free_constraint_name(*table, row.name);
  }
  if (!on_new_table && !constraint.not_valid && table->storage)
    validate_check(ddl, *table, row.name, *constraint.check);
  row.oid = ddl.writer().allocate_oid();
  row.schema = table->schema;
  row.type = 'c';
  row.validated = on_new_table || !constraint.not_valid;
  row.table = table_oid;
  row.no_inherit = constraint.no_inherit;
  row.is_local = constraint.is_local;
  row.inherited = constraint.inherited_count;
  row.check = constraint.check.get();
  for (const std::string& name : constraint.columns)
    row.columns.push_back(static_cast<std::int16_t>(table->column_index(name) + 1));
  insert_constraint(ddl, row);
  RowReader rows = ddl.writer().read(pg_class::kOid, 0, {key_oid(table_oid)});
  if (rows.next()) {
    RowBuilder change = ddl.writer().row(pg_class::kOid);
    change.set(pg_class::relchecks, rows.row().int2(pg_class::relchecks) + 1);
    ddl.writer().update(rows.row(), change);
  }
  ObjectAddress self{pg_constraint::kOid, row.oid, 0};
  for (std::int16_t column : row.columns)
    ddl.depend(self, relation_address(table_oid, column), Dependency::automatic);
  if (row.columns.empty()) ddl.depend(self, relation_address(table_oid), Dependency::automatic);
  ddl.depend_on_expression(self, *constraint.check, table_oid);
  return row.oid;
}

}  // namespace commands
