#include "alter_recursion.h"

#include "relation_rows.h"

#include <algorithm>

#include "drop.h"
#include "query/walk.h"
#include "rename.h"
#include "table_parts.h"

namespace commands {
namespace {

void set_origin(Ddl& ddl, Oid table, int column, Origin origin) {
  RowBuilder row = ddl.writer().row(pg_attribute::kOid);
  row.set(pg_attribute::attinhcount, origin.parents);
  row.set(pg_attribute::attislocal, origin.local);
  ddl.writer().update_one(
      0, {key_oid(table), key_int2(static_cast<std::int16_t>(column + 1))}, row);
}

Origin origin_of_constraint(Ddl& ddl, Oid constraint) {
  RowReader rows = ddl.writer().read(pg_constraint::kOid, 0, {key_oid(constraint)});
  if (!rows.next()) return {};
  return {rows.row().flag(pg_constraint::conislocal), rows.row().int4(pg_constraint::coninhcount)};
}

void set_constraint_origin(Ddl& ddl, Oid constraint, Origin origin) {
  RowBuilder row = ddl.writer().row(pg_constraint::kOid);
  row.set(pg_constraint::coninhcount, origin.parents);
  row.set(pg_constraint::conislocal, origin.local);
  ddl.writer().update_one(0, {key_oid(constraint)}, row);
}

std::vector<Oid> children(Ddl& ddl, const RelationDescriptor& table) {
  return children_of(ddl, table, RelationLock::access_exclusive);
}

query::Constraint copy_check(const query::Constraint& from, const std::vector<int>& map) {
  query::Constraint copy;
  copy.kind = query::Constraint::Kind::check;
  copy.name = from.name;
  copy.columns = from.columns;
  copy.check = renumbered(*from.check, map);
  copy.not_valid = from.not_valid;
  copy.is_local = false;
  copy.inherited_count = 1;
  return copy;
}

query::ColumnDefinition copy_column(const query::ColumnDefinition& from,
                                    const std::vector<int>& map) {
  query::ColumnDefinition copy;
  copy.name = from.name;
  copy.type = from.type;
  copy.not_null = from.not_null;
  if (from.default_value) copy.default_value = renumbered(*from.default_value, map);
  copy.generated_stored = from.generated_stored;
  copy.storage = from.storage;
  copy.compression = from.compression;
  copy.is_local = false;
  copy.inherited_count = 1;
  return copy;
}

}  // namespace

bool reads_column(const query::Expression& e, int column) {
  if (const auto* ref = std::get_if<query::ColumnReference>(&e.node); ref && ref->column == column)
    return true;
  bool found = false;
  query::for_each_child(
      e, [&](const query::Expression& child) { found = found || reads_column(child, column); });
  return found;
}

Origin origin_of_column(Ddl& ddl, Oid table, int column) {
  RowReader rows = ddl.writer().read(
      pg_attribute::kOid, 0, {key_oid(table), key_int2(static_cast<std::int16_t>(column + 1))});
  if (!rows.next()) return {};
  return {rows.row().flag(pg_attribute::attislocal), rows.row().int4(pg_attribute::attinhcount)};
}

bool in_partition_key(const RelationDescriptor& table, int column) {
  if (!table.partition_key) return false;
  for (const catalog::PartitionKeyColumn& key : table.partition_key->columns)
    if (key.column >= 0 ? key.column == column : reads_column(*key.expression, column)) return true;
  return false;
}

Oid find_constraint(Ddl& ddl, Oid table, const std::string& name) {
  RowReader rows =
      ddl.writer().read(pg_constraint::kOid, catalog::index::pg_constraint_conrelid_contypid_conname_index,
                        {key_oid(table), key_oid(0), key_text(name)});
  return rows.next() ? rows.row().oid(pg_constraint::oid) : 0;
}

void add_column_to_all(AlterTarget target, const query::AddColumn& action, Recurse recurse) {
  Ddl& ddl = target.ddl;
  const query::ColumnDefinition& column = action.column;
  RelationPtr table = target.table();
  if (recurse == Recurse::inherited) {
    if (const int at = table->column_index(column.name); at >= 0) {
      const catalog::Column& own = table->columns[static_cast<std::size_t>(at)];
      if (own.type.oid != column.type.oid || own.type.typmod != column.type.typmod)
        throw SqlError("42804", "child table \"" + table->name +
                                    "\" has different type for column \"" + column.name + "\"");
      if (own.type.collation != column.type.collation)
        throw SqlError("42P21", "child table \"" + table->name +
                                    "\" has different collation for column \"" + column.name + "\"");
      Origin origin = origin_of_column(ddl, target.oid, at);
      ++origin.parents;
      set_origin(ddl, target.oid, at, origin);
      ddl.notice("00000", "merging definition of column \"" + column.name + "\" for child \"" +
                              table->name + "\"");
      return;
    }
  } else {
    if (table->partition_bound && !table->parents.empty())
      throw SqlError("42809", "cannot add column to a partition");
    if (action.if_not_exists && table->column_index(column.name) >= 0) {
      add_column(target, action);  // says so
      return;
    }
  }
  const std::vector<Oid> below = children(ddl, *table);
  if (!below.empty() && recurse == Recurse::only)
    throw SqlError("42P16", "column must be added to child tables too");
  if (!below.empty() && column.identity != query::Identity::none)
    throw SqlError("42P16", "cannot recursively add identity column to table that has child tables");
  add_column(target, action);
  for (Oid child : below) {
    RelationPtr now = ddl.reload(target.oid);
    std::vector<int> map = column_map(*now, *ddl.reload(child));
    // The new column itself comes last in the child.
    query::AddColumn copy{copy_column(column, map), false};
    add_column_to_all({ddl, child}, copy, Recurse::inherited);
  }
}

namespace {

// Columns that are to go, those of tables below first.
void collect_dropped(AlterTarget target, const query::DropColumn& action, Recurse recurse, std::vector<ObjectAddress>& gone) {
  Ddl& ddl = target.ddl;
  RelationPtr table = target.table();
  const int column = table->column_index(action.name);
  if (column < 0 && table->kind != RelationKind::composite && is_system_column(action.name))
    throw SqlError("0A000", "cannot drop system column \"" + action.name + "\"");
  if (column < 0 || table->kind == RelationKind::composite) return drop_column(target, action);
  if (recurse != Recurse::inherited && origin_of_column(ddl, target.oid, column).parents > 0)
    throw SqlError("42P16", "cannot drop inherited column \"" + action.name + "\"");
  if (in_partition_key(*table, column))
    throw SqlError("42P16", "cannot drop column \"" + action.name + "\" because it is part of the "
                            "partition key of relation \"" + table->name + "\"");
  const std::vector<Oid> below = children(ddl, *table);
  if (!below.empty() && recurse == Recurse::only && table->kind == RelationKind::partitioned_table)
    throw SqlError("42P16",
                   "cannot drop column from only the partitioned table when partitions exist")
        .with_hint("Do not specify the ONLY keyword.");
  for (Oid child : below) {
    RelationPtr descriptor = ddl.reload(child);
    const int at = descriptor->column_index(action.name);
    if (at < 0) continue;
    Origin origin = origin_of_column(ddl, child, at);
    if (recurse != Recurse::only && origin.parents == 1 && !origin.local) {
      collect_dropped({ddl, child}, action, Recurse::inherited, gone);
      continue;
    }
    --origin.parents;
    if (recurse == Recurse::only) origin.local = true;
    set_origin(ddl, child, at, origin);
  }
  gone.push_back(relation_address(target.oid, column + 1));
}

}  // namespace

void drop_column_of_all(AlterTarget target, const query::DropColumn& action, Recurse recurse) {
  std::vector<ObjectAddress> gone;
  collect_dropped(target, action, recurse, gone);
  if (!gone.empty()) perform_deletion(target.ddl, gone, action.cascade);
}

void alter_type_of_all(AlterTarget target, const query::AlterColumnType& action, Recurse recurse,
                       TypeChanges& changes) {
  Ddl& ddl = target.ddl;
  RelationPtr table = target.table();
  const int column = target.column(action.name);
  if (recurse != Recurse::inherited && origin_of_column(ddl, target.oid, column).parents > 0)
    throw SqlError("42P16", "cannot alter inherited column \"" + action.name + "\"");
  if (in_partition_key(*table, column))
    throw SqlError("42P16", "cannot alter column \"" + action.name + "\" because it is part of the "
                            "partition key of relation \"" + table->name + "\"");
  const std::vector<Oid> below = children(ddl, *table);
  if (!below.empty() && recurse == Recurse::only)
    throw SqlError("42P16", "type of inherited column \"" + action.name +
                                "\" must be changed in child tables too");
  std::vector<query::AlterColumnType> copies;
  for (Oid child : below) {
    query::AlterColumnType copy;
    copy.name = action.name;
    copy.type = action.type;
    copy.location = action.location;
    RelationPtr descriptor = ddl.reload(child);
    const int at = descriptor->column_index(action.name);
    if (at >= 0 && origin_of_column(ddl, child, at).parents > 1)
      throw SqlError("42P16", "cannot alter inherited column \"" + action.name + "\" of relation \"" +
                                  descriptor->name + "\"");
    copy.using_ = renumbered(*action.using_, column_map(*changes.before(ddl, target.oid), *changes.before(ddl, child)));
    copies.push_back(std::move(copy));
  }
  changes.before(ddl, target.oid);
  alter_column_type(target, action, changes);
  for (std::size_t i = 0; i < below.size(); ++i)
    alter_type_of_all({ddl, below[i]}, copies[i], Recurse::inherited, changes);
}

void set_not_null_of_all(AlterTarget target, const query::SetColumnNotNull& action,
                         Recurse recurse) {
  Ddl& ddl = target.ddl;
  RelationPtr table = target.table();
  const int column = target.column(action.name);
  const std::vector<Oid> below = children(ddl, *table);
  const bool partitioned = table->kind == RelationKind::partitioned_table;
  if (!action.not_null) {
    if (partitioned && !below.empty() && recurse == Recurse::only)
      throw SqlError("42P16",
                     "cannot remove constraint from only the partitioned table when partitions exist")
          .with_hint("Do not specify the ONLY keyword.");
    if (table->partition_bound && recurse != Recurse::inherited && !table->parents.empty()) {
      RelationPtr parent = ddl.reload(table->parents[0]);
      const int at = parent->column_index(action.name);
      if (at >= 0 && parent->columns[static_cast<std::size_t>(at)].not_null)
        throw SqlError("42P16", "column \"" + action.name + "\" is marked NOT NULL in parent table");
    }
  } else if (partitioned && recurse == Recurse::only) {
    for (Oid child : below) {
      RelationPtr descriptor = ddl.reload(child);
      const int at = descriptor->column_index(action.name);
      if (at >= 0 && !descriptor->columns[static_cast<std::size_t>(at)].not_null)
        throw SqlError("42P16", "constraint must be added to child tables too")
            .with_detail("Column \"" + action.name + "\" of relation \"" + descriptor->name +
                         "\" is not already NOT NULL.")
            .with_hint("Do not specify the ONLY keyword.");
    }
  }
  static_cast<void>(column);
  set_column_not_null(target, action);
  if (recurse == Recurse::only) return;
  for (Oid child : below) set_not_null_of_all({ddl, child}, action, Recurse::inherited);
}

void add_check_to_all(Ddl& ddl, Oid table_oid, const query::Constraint& constraint,
                      Recurse recurse) {
  RelationPtr table = ddl.reload(table_oid);
  if (recurse == Recurse::inherited)
    for (const catalog::CheckConstraint& own : table->checks) {
      if (own.name != constraint.name) continue;
      if (!query::equal(*own.expression, *constraint.check))
        throw SqlError("42710", "constraint \"" + constraint.name + "\" for relation \"" +
                                    table->name + "\" already exists");
      if (own.no_inherit)
        throw SqlError("42P17", "constraint \"" + constraint.name +
                                    "\" conflicts with non-inherited constraint on relation \"" +
                                    table->name + "\"");
      if (!own.validated && !constraint.not_valid)
        throw SqlError("42P17", "constraint \"" + constraint.name +
                                    "\" conflicts with NOT VALID constraint on relation \"" +
                                    table->name + "\"");
      Origin origin = origin_of_constraint(ddl, own.oid);
      ++origin.parents;
      set_constraint_origin(ddl, own.oid, origin);
      ddl.notice("00000", "merging constraint \"" + constraint.name + "\" with inherited definition");
      return;
    }
  if (constraint.no_inherit && table->kind == RelationKind::partitioned_table)
    throw SqlError("42P16", "cannot add NO INHERIT constraint to partitioned table \"" +
                                table->name + "\"");
  const std::vector<Oid> below =
      constraint.no_inherit ? std::vector<Oid>() : children(ddl, *table);
  if (!below.empty() && recurse == Recurse::only)
    throw SqlError("42P16", "constraint must be added to child tables too");
  std::vector<Oid> before;
  for (const catalog::CheckConstraint& own : table->checks) before.push_back(own.oid);
  if (recurse == Recurse::inherited) add_check(ddl, table_oid, constraint, false);
  else add_or_merge_check(ddl, table_oid, constraint, false);
  if (below.empty()) return;
  std::string name = constraint.name;
  for (const catalog::CheckConstraint& own : ddl.reload(table_oid)->checks)
    if (std::find(before.begin(), before.end(), own.oid) == before.end()) name = own.name;
  for (Oid child : below) {
    query::Constraint copy = copy_check(constraint, column_map(*table, *ddl.reload(child)));
    copy.name = name;
    add_check_to_all(ddl, child, copy, Recurse::inherited);
  }
}

Oid add_or_merge_check(Ddl& ddl, Oid table_oid, const query::Constraint& constraint, bool on_new_table) {
  RelationPtr table = ddl.reload(table_oid);
  if (constraint.is_local && !constraint.name.empty())
    for (const catalog::CheckConstraint& own : table->checks) {
      if (own.name != constraint.name) continue;
      Origin origin = origin_of_constraint(ddl, own.oid);
      if (origin.local || (!on_new_table && table->partition_bound) || !query::equal(*own.expression, *constraint.check))
        throw SqlError("42710", "constraint \"" + constraint.name + "\" for relation \"" + table->name +
                                    "\" already exists");
      if (constraint.no_inherit)
        throw SqlError("42P17", "constraint \"" + constraint.name + "\" conflicts with inherited constraint on relation \"" +
                                    table->name + "\"");
      if (!own.validated && !constraint.not_valid)
        throw SqlError("42P17", "constraint \"" + constraint.name + "\" conflicts with NOT VALID constraint on relation \"" +
                                    table->name + "\"");
      origin.local = !table->partition_bound;  // a partition's is its parent's alone
      set_constraint_origin(ddl, own.oid, origin);
      ddl.notice("00000", "merging constraint \"" + constraint.name + "\" with inherited definition");
      return own.oid;
    }
  return add_check(ddl, table_oid, constraint, on_new_table);
}

void drop_constraint_of_all(Ddl& ddl, Oid table_oid, const query::DropConstraint& action,
                            Recurse recurse) {
  RelationPtr table = ddl.reload(table_oid);
  const Oid oid = find_constraint(ddl, table_oid, action.name);
  if (oid == 0) {
    if (!action.missing_ok)
      throw SqlError("42704", "constraint \"" + action.name + "\" of relation \"" + table->name +
                                  "\" does not exist");
    ddl.notice("00000", "constraint \"" + action.name + "\" of relation \"" + table->name +
                            "\" does not exist, skipping");
    return;
  }
  if (recurse != Recurse::inherited && origin_of_constraint(ddl, oid).parents > 0)
    throw SqlError("42P16", "cannot drop inherited constraint \"" + action.name +
                                "\" of relation \"" + table->name + "\"");
  bool check = false, no_inherit = false;
  for (const catalog::CheckConstraint& own : table->checks)
    if (own.oid == oid) {
      check = true;
      no_inherit = own.no_inherit;
    }
  if (check && !no_inherit) {
    const std::vector<Oid> below = children(ddl, *table);
    if (!below.empty() && recurse == Recurse::only && table->kind == RelationKind::partitioned_table)
      throw SqlError("42P16",
                     "cannot remove constraint from only the partitioned table when partitions exist")
          .with_hint("Do not specify the ONLY keyword.");
    for (Oid child : below) {
      const Oid own = find_constraint(ddl, child, action.name);
      if (own == 0) continue;
      Origin origin = origin_of_constraint(ddl, own);
      if (recurse != Recurse::only && origin.parents == 1 && !origin.local) {
        drop_constraint_of_all(ddl, child, action, Recurse::inherited);
        continue;
      }
      --origin.parents;
      if (recurse == Recurse::only) origin.local = true;
      set_constraint_origin(ddl, own, origin);
    }
  }
  perform_deletion(ddl, {{pg_constraint::kOid, oid, 0}}, action.cascade);
}

void rename_column_of_all(Ddl& ddl, Oid table_oid, const std::string& column,
                          const std::string& name, Recurse recurse) {
  RelationPtr table = ddl.reload(table_oid);
  const int at = table->column_index(column);
  if (at >= 0 && recurse != Recurse::inherited &&
      origin_of_column(ddl, table_oid, at).parents > 0)
    throw SqlError("42P16", "cannot rename inherited column \"" + column + "\"");
  if (table->kind == RelationKind::table || table->kind == RelationKind::partitioned_table) {
    const std::vector<Oid> below = children(ddl, *table);
    if (!below.empty() && recurse == Recurse::only)
      throw SqlError("42P16", "inherited column \"" + column + "\" must be renamed in child tables too");
    for (Oid child : below) {
      RelationPtr descriptor = ddl.reload(child);
      const int there = descriptor->column_index(column);
      // Of several parents, all of them must be among those renamed.
      if (there < 0) continue;
      rename_column_of_all(ddl, child, column, name, Recurse::inherited);
    }
    table = ddl.reload(table_oid);
    if (recurse == Recurse::inherited && table->column_index(column) < 0) return;
  }
  rename_column(ddl, *table, column, name);
}

void rename_check_of_all(Ddl& ddl, Oid table_oid, const std::string& constraint,
                         const std::string& name, Recurse recurse) {
  const Oid oid = find_constraint(ddl, table_oid, constraint);
  if (oid == 0) return;
  RelationPtr table = ddl.reload(table_oid);
  bool inherited_down = false;
  for (const catalog::CheckConstraint& own : table->checks)
    inherited_down = inherited_down || (own.oid == oid && !own.no_inherit);
  if (inherited_down) {
    if (recurse != Recurse::inherited && origin_of_constraint(ddl, oid).parents > 0)
      throw SqlError("42P16", "cannot rename inherited constraint \"" + constraint + "\"");
    const std::vector<Oid> below = children(ddl, *table);
    if (!below.empty() && recurse == Recurse::only)
      throw SqlError("42P16", "inherited constraint \"" + constraint +
                                  "\" must be renamed in child tables too");
    for (Oid child : below)
      rename_check_of_all(ddl, child, constraint, name, Recurse::inherited);
  }
  RowBuilder row = ddl.writer().row(pg_constraint::kOid);
  row.set(pg_constraint::conname, name);
  ddl.writer().update_one(0, {key_oid(oid)}, row);
}

}  // namespace commands
