#include "inheritance.h"

#include <algorithm>

#include "query/walk.h"
#include "row_triggers.h"
#include "table_parts.h"

namespace commands {

void add_parent(Ddl& ddl, Oid child, const RelationDescriptor& parent, Dependency kind) {
  int number = 1;
  {
    RowReader rows = ddl.writer().read(pg_inherits::kOid, 0, {key_oid(child)});
    while (rows.next()) number = std::max(number, rows.row().int4(pg_inherits::inhseqno) + 1);
  }
  RowBuilder row = ddl.writer().row(pg_inherits::kOid);
  row.set(pg_inherits::inhrelid, child);
  row.set(pg_inherits::inhparent, parent.oid);
  row.set(pg_inherits::inhseqno, number);
  row.set(pg_inherits::inhdetachpending, false);
  ddl.writer().insert(row);
  update_class(ddl, parent.oid,
               [](RowBuilder& change) { change.set(pg_class::relhassubclass, true); });
  ddl.depend(relation_address(child), relation_address(parent.oid), kind);
}

bool remove_parent(Ddl& ddl, Oid child, const RelationDescriptor& parent, Dependency kind) {
  bool found = false;
  RowReader rows = ddl.writer().read(pg_inherits::kOid, 0, {key_oid(child)});
  while (rows.next()) {
    if (rows.row().oid(pg_inherits::inhparent) != parent.oid) continue;
    ddl.writer().remove(pg_inherits::kOid, rows.row());
    found = true;
    break;
  }
  if (!found) return false;
  RowReader depends = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                        {key_oid(pg_class::kOid), key_oid(child)});
  while (depends.next()) {
    Row row = depends.row();
    if (row.oid(pg_depend::refclassid) != pg_class::kOid ||
        row.oid(pg_depend::refobjid) != parent.oid || row.int4(pg_depend::objsubid) != 0 ||
        row.letter(pg_depend::deptype) != static_cast<char>(kind))
      continue;
    ddl.writer().remove(pg_depend::kOid, row);
    break;
  }
  return true;
}

std::vector<Oid> children_of(Ddl& ddl, const RelationDescriptor& parent, RelationLock lock) {
  std::vector<Oid> children = parent.children;
  std::sort(children.begin(), children.end());
  std::erase_if(children, [&](Oid child) {
    return ddl.catalog().open_relation(child, lock) == nullptr;
  });
  return children;
}

std::vector<Oid> with_descendants(Ddl& ddl, Oid relation, RelationLock lock) {
  std::vector<Oid> all{relation};
  for (std::size_t i = 0; i < all.size(); ++i) {
    RelationPtr descriptor = ddl.reload(all[i]);
    if (descriptor == nullptr) continue;
    for (Oid child : children_of(ddl, *descriptor, lock))
      if (std::find(all.begin(), all.end(), child) == all.end()) all.push_back(child);
  }
  return all;
}

std::vector<Oid> ancestors_of(Ddl& ddl, Oid relation) {
  std::vector<Oid> all;
  RelationPtr self = ddl.reload(relation);
  if (self == nullptr) return all;
  all = self->parents;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (RelationPtr parent = ddl.reload(all[i]))
      for (Oid above : parent->parents)
        if (std::find(all.begin(), all.end(), above) == all.end()) all.push_back(above);
  return all;
}

std::vector<int> column_map(const RelationDescriptor& from, const RelationDescriptor& to) {
  std::vector<int> map;
  for (const catalog::Column& column : from.columns)
    map.push_back(column.dropped ? -1 : to.column_index(column.name));
  return map;
}

namespace {

void renumber(query::Expression& e, const std::vector<int>& map) {
  if (auto* column = std::get_if<query::ColumnReference>(&e.node); column && column->column >= 0)
    column->column = map.at(static_cast<std::size_t>(column->column));
  query::for_each_child(e, [&](query::ExpressionPtr& child) { renumber(*child, map); });
}

}  // namespace

query::ExpressionPtr renumbered(const query::Expression& expression, const std::vector<int>& map) {
  query::ExpressionPtr copy = query::clone(expression);
  renumber(*copy, map);
  return copy;
}

namespace {

// Adds `by` to attinhcount, and says whether the column is the table's own.
void count_column(Ddl& ddl, Oid table, int column, int by, bool now_local) {
  RowReader rows = ddl.writer().read(
      pg_attribute::kOid, 0, {key_oid(table), key_int2(static_cast<std::int16_t>(column + 1))});
  if (!rows.next()) return;
  RowBuilder row = ddl.writer().row(pg_attribute::kOid);
  row.set(pg_attribute::attinhcount, rows.row().int4(pg_attribute::attinhcount) + by);
  if (now_local) row.set(pg_attribute::attislocal, true);
  ddl.writer().update(rows.row(), row);
}

void count_check(Ddl& ddl, Oid constraint, int by, bool partition) {
  RowReader rows = ddl.writer().read(pg_constraint::kOid, 0, {key_oid(constraint)});
  if (!rows.next()) return;
  RowBuilder row = ddl.writer().row(pg_constraint::kOid);
  const int count = rows.row().int4(pg_constraint::coninhcount) + by;
  row.set(pg_constraint::coninhcount, count);
  if (by > 0 && partition) row.set(pg_constraint::conislocal, false);
  if (by < 0 && count == 0) row.set(pg_constraint::conislocal, true);
  ddl.writer().update(rows.row(), row);
}

const catalog::CheckConstraint* check_named(const RelationDescriptor& table,
                                            const std::string& name) {
  for (const catalog::CheckConstraint& check : table.checks)
    if (check.name == name) return &check;
  return nullptr;
}

}  // namespace

void merge_into_existing(Ddl& ddl, Oid child_oid, const RelationDescriptor& parent,
                         bool partition) {
  RelationPtr child = ddl.reload(child_oid);
  for (const catalog::Column& column : parent.columns) {
    if (column.dropped) continue;
    int at = child->column_index(column.name);
    if (at < 0)
      throw SqlError("42804", "child table is missing column \"" + column.name + "\"");
    const catalog::Column& own = child->columns[static_cast<std::size_t>(at)];
    if (own.type.oid != column.type.oid || own.type.typmod != column.type.typmod)
      throw SqlError("42804", "child table \"" + child->name + "\" has different type for column \"" +
                                  column.name + "\"");
    if (own.type.collation != column.type.collation)
      throw SqlError("42P21", "child table \"" + child->name +
                                  "\" has different collation for column \"" + column.name + "\"");
    if (column.not_null && !own.not_null)
      throw SqlError("42804", "column \"" + column.name + "\" in child table must be marked NOT NULL");
    if (column.generated && !own.generated)
      throw SqlError("42804", "column \"" + column.name +
                                  "\" in child table must be a generated column");
    if (column.generated && column.default_ && own.default_ &&
        !query::equal(*own.default_, *renumbered(*column.default_, column_map(parent, *child))))
      throw SqlError("42804", "column \"" + column.name +
                                  "\" in child table has a conflicting generation expression");
    count_column(ddl, child_oid, at, 1, false);
    if (partition) {
      RowBuilder row = ddl.writer().row(pg_attribute::kOid);
      row.set(pg_attribute::attislocal, false);
      ddl.writer().update_one(
          0, {key_oid(child_oid), key_int2(static_cast<std::int16_t>(at + 1))}, row);
    }
  }
  const std::vector<int> map = column_map(parent, *child);
  for (const catalog::CheckConstraint& check : parent.checks) {
    if (check.no_inherit) continue;
    const catalog::CheckConstraint* own = check_named(*child, check.name);
    if (own == nullptr)
      throw SqlError("42804", "child table is missing constraint \"" + check.name + "\"");
    if (!query::equal(*own->expression, *renumbered(*check.expression, map)))
      throw SqlError("42804", "child table \"" + child->name +
                                  "\" has different definition for check constraint \"" +
                                  check.name + "\"");
    if (own->no_inherit)
      throw SqlError("42P17", "constraint \"" + check.name +
                                  "\" conflicts with non-inherited constraint on child table \"" +
                                  child->name + "\"");
    if (!own->validated && check.validated)
      throw SqlError("42P17", "constraint \"" + check.name +
                                  "\" conflicts with NOT VALID constraint on child table \"" +
                                  child->name + "\"");
    count_check(ddl, own->oid, 1, partition);
  }
}

void unmerge(Ddl& ddl, Oid child_oid, const RelationDescriptor& parent) {
  RelationPtr child = ddl.reload(child_oid);
  for (const catalog::Column& column : parent.columns) {
    if (column.dropped) continue;
    int at = child->column_index(column.name);
    if (at < 0) continue;
    RowReader rows = ddl.writer().read(
        pg_attribute::kOid, 0, {key_oid(child_oid), key_int2(static_cast<std::int16_t>(at + 1))});
    if (!rows.next()) continue;
    const int left = rows.row().int4(pg_attribute::attinhcount) - 1;
    count_column(ddl, child_oid, at, -1, left == 0);
  }
  for (const catalog::CheckConstraint& check : parent.checks)
    if (const catalog::CheckConstraint* own = check_named(*child, check.name);
        own != nullptr && !check.no_inherit)
      count_check(ddl, own->oid, -1, false);
}

void add_inherit(Ddl& ddl, Oid child_oid, const query::RelationName& name) {
  RelationPtr child = ddl.reload(child_oid);
  if (child->partition_bound) throw SqlError("42809", "cannot change inheritance of a partition");
  if (child->kind == RelationKind::partitioned_table)
    throw SqlError("42809", "cannot change inheritance of partitioned table");
  RelationPtr parent = ddl.open(name, RelationLock::share_update_exclusive);
  if (parent->kind == RelationKind::partitioned_table)
    throw SqlError("42809", "cannot inherit from partitioned table \"" + parent->name + "\"");
  if (parent->kind != RelationKind::table && parent->kind != RelationKind::foreign_table)
    throw SqlError("42809", "inherited relation \"" + parent->name + "\" is not a table");
  if (parent->partition_bound) throw SqlError("42809", "cannot inherit from a partition");
  ddl.require_owner(*parent);
  if (parent->persistence == 't' && child->persistence != 't')
    throw SqlError("42809",
                   "cannot inherit from temporary relation \"" + parent->name + "\"");
  if (std::find(child->parents.begin(), child->parents.end(), parent->oid) != child->parents.end())
    throw SqlError("42P07", "relation \"" + parent->name + "\" would be inherited from more than once");
  auto below = with_descendants(ddl, child_oid, RelationLock::access_share);
  if (std::find(below.begin(), below.end(), parent->oid) != below.end())
    throw SqlError("42P07", "circular inheritance not allowed")
        .with_detail("\"" + parent->name + "\" is already a child of \"" + child->name + "\".");
  if (const catalog::TriggerInfo* trigger = row_trigger_with_tables(*child))
    throw SqlError("0A000", "trigger \"" + trigger->name + "\" prevents table \"" + child->name +
                                "\" from becoming an inheritance child")
        .with_detail("ROW triggers with transition tables are not supported in inheritance hierarchies.");
  merge_into_existing(ddl, child_oid, *parent, false);
  add_parent(ddl, child_oid, *parent, Dependency::normal);
}

void drop_inherit(Ddl& ddl, Oid child_oid, const query::RelationName& name) {
  RelationPtr parent = ddl.open(name, RelationLock::access_share);
  RelationPtr child = ddl.reload(child_oid);
  if (child->partition_bound) throw SqlError("42809", "cannot change inheritance of a partition");
  if (!remove_parent(ddl, child_oid, *parent, Dependency::normal))
    throw SqlError("42P01", parent->kind == RelationKind::partitioned_table
                                ? "relation \"" + child->name + "\" is not a partition of relation \"" + parent->name + "\""
                                : "relation \"" + parent->name + "\" is not a parent of relation \"" + child->name + "\"");
  unmerge(ddl, child_oid, *parent);
}

}  // namespace commands
