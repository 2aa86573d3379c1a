// Foreign keys and partitions: the triggers of both sides, and what a key has for each partition of
// the table that it refers to. Enforcement reads the keys, not the triggers; those lead from the
// referenced table to the key and are what catalogue readers look for.
#include <algorithm>

#include "foreign_key_state.h"
#include "drop.h"
#include "inheritance.h"
#include "table_parts.h"

namespace commands {
namespace {

constexpr int kRow = 1, kInsert = 4, kDelete = 8, kUpdate = 16;
constexpr Oid kCheckInsert = 1644, kCheckUpdate = 1645;

// RI_FKey_<action>_del and _upd.
Oid action_function(char action, bool on_delete) {
  switch (static_cast<query::ForeignKeyAction>(action)) {
    case query::ForeignKeyAction::cascade: return on_delete ? 1646 : 1647;
    case query::ForeignKeyAction::restrict_: return on_delete ? 1648 : 1649;
    case query::ForeignKeyAction::set_null: return on_delete ? 1650 : 1651;
    case query::ForeignKeyAction::set_default: return on_delete ? 1652 : 1653;
    default: return on_delete ? 1654 : 1655;
  }
}

// One that only looks, and so may be deferred.
bool is_check(Oid function) {
  return function == kCheckInsert || function == kCheckUpdate || function == action_function('a', true) ||
         function == action_function('a', false);
}

Oid insert_trigger(Ddl& ddl, Oid table, Oid other, Oid function, int type, char side,
                   const ConstraintRow& c, Oid above) {
  const Oid oid = ddl.writer().allocate_oid();
  RowBuilder row = ddl.writer().row(pg_trigger::kOid);
  row.set(pg_trigger::oid, oid);
  row.set(pg_trigger::tgrelid, table);
  row.set(pg_trigger::tgparentid, above);
  row.set(pg_trigger::tgname,
          std::string("RI_ConstraintTrigger_") + side + "_" + std::to_string(oid));
  row.set(pg_trigger::tgfoid, function);
  row.set(pg_trigger::tgtype, type);
  row.set(pg_trigger::tgenabled, 'O');
  row.set(pg_trigger::tgisinternal, true);
  row.set(pg_trigger::tgconstrrelid, other);
  row.set(pg_trigger::tgconstrindid, c.index);
  row.set(pg_trigger::tgconstraint, c.oid);
  // What does something to the referencing rows does it at once.
  const bool waits = is_check(function);
  row.set(pg_trigger::tgdeferrable, waits && c.deferrable);
  row.set(pg_trigger::tginitdeferred, waits && c.deferred);
  row.set(pg_trigger::tgnargs, 0);
  row.set(pg_trigger::tgattr, std::span<const std::int16_t>());
  row.set(pg_trigger::tgargs, std::string_view());
  ddl.writer().insert(row);
  ddl.depend({pg_trigger::kOid, oid, 0}, {pg_constraint::kOid, c.oid, 0}, Dependency::internal);
  update_class(ddl, table, [](RowBuilder& r) { r.set(pg_class::relhastriggers, true); });
  return oid;
}

}  // namespace

void set_deferrable(Ddl& ddl, Oid key, bool deferrable, bool deferred) {
  RowReader rows = ddl.writer().read(pg_trigger::kOid, catalog::index::pg_trigger_tgconstraint_index, {key_oid(key)});
  while (rows.next()) {
    if (!is_check(rows.row().oid(pg_trigger::tgfoid))) continue;
    RowBuilder row = ddl.writer().row(pg_trigger::kOid);
    row.set(pg_trigger::tgdeferrable, deferrable);
    row.set(pg_trigger::tginitdeferred, deferred);
    ddl.writer().update(rows.row(), row);
  }
}

namespace {

// A trigger of the key on that table, by its bit of tgtype; 0: none.
Oid trigger_of(Ddl& ddl, Oid table, Oid key, int type) {
  RowReader rows = ddl.writer().read(pg_trigger::kOid, catalog::index::pg_trigger_tgconstraint_index,
                                     {key_oid(key)});
  while (rows.next())
    if (rows.row().oid(pg_trigger::tgrelid) == table && (rows.row().int2(pg_trigger::tgtype) & type) != 0)
      return rows.row().oid(pg_trigger::oid);
  return 0;
}

ConstraintRow row_of(const catalog::ForeignKey& key, Oid schema) {
  ConstraintRow row;
  row.oid = key.oid;
  row.name = key.name;
  row.schema = schema;
  row.type = 'f';
  row.deferrable = key.deferrable;
  row.deferred = key.initially_deferred;
  row.validated = key.validated;
  row.table = key.referencing;
  row.index = key.referenced_index;
  row.referenced = key.referenced;
  row.on_update = static_cast<char>(key.on_update);
  row.on_delete = static_cast<char>(key.on_delete);
  row.match = key.match;
  for (int column : key.columns) row.columns.push_back(static_cast<std::int16_t>(column + 1));
  for (int column : key.referenced_columns)
    row.referenced_columns.push_back(static_cast<std::int16_t>(column + 1));
  for (int column : key.delete_set_columns)
    row.delete_set_columns.push_back(static_cast<std::int16_t>(column + 1));
  row.equal_operators = key.equal_operators;
  return row;
}

// The partition's index that belongs to its parent's.
Oid index_below(Ddl& ddl, const RelationDescriptor& partition, Oid index) {
  for (const catalog::IndexDescriptor& own : partition.indexes) {
    RowReader rows = ddl.writer().read(pg_inherits::kOid, 0, {key_oid(own.oid)});
    if (rows.next() && rows.row().oid(pg_inherits::inhparent) == index) return own.oid;
  }
  return 0;
}

// The key's row for one partition of the table that it refers to.
void add_clone(Ddl& ddl, const ConstraintRow& key, const RelationDescriptor& referenced, Oid partition_oid,
               ActionTriggers above) {
  RelationPtr partition = ddl.reload(partition_oid), table = ddl.reload(key.table);
  const std::vector<int> map = column_map(referenced, *partition);
  ConstraintRow clone = key;
  std::string columns;
  for (std::int16_t column : key.columns) {
    if (!columns.empty()) columns += '_';
    columns += table->columns[static_cast<std::size_t>(column - 1)].name;
  }
  clone.oid = ddl.writer().allocate_oid();
  clone.name = choose_constraint_name(ddl, table->name, columns, "fkey", table->schema, {});
  clone.parent = key.oid;
  clone.referenced = partition_oid;
  clone.index = index_below(ddl, *partition, key.index);
  clone.is_local = false;
  clone.inherited = 1;
  clone.no_inherit = false;
  for (std::int16_t& column : clone.referenced_columns)
    column = static_cast<std::int16_t>(map[static_cast<std::size_t>(column - 1)] + 1);
  insert_constraint(ddl, clone);
  const ObjectAddress self{pg_constraint::kOid, clone.oid, 0};
  for (std::int16_t column : clone.columns)
    ddl.depend(self, relation_address(clone.table, column), Dependency::automatic);
  for (std::int16_t column : clone.referenced_columns)
    ddl.depend(self, relation_address(partition_oid, column), Dependency::normal);
  ddl.depend(self, relation_address(clone.index), Dependency::normal);
  ddl.depend(self, {pg_constraint::kOid, key.oid, 0}, Dependency::internal);
  add_referenced_side(ddl, clone, above);
}

// The clones of a key, one level down.
std::vector<Oid> clones_of(Ddl& ddl, Oid table, Oid key) {
  std::vector<Oid> clones;
  RowReader rows = ddl.writer().read(pg_constraint::kOid,
                                     catalog::index::pg_constraint_conrelid_contypid_conname_index,
                                     {key_oid(table)});
  while (rows.next())
    if (rows.row().oid(pg_constraint::conparentid) == key) clones.push_back(rows.row().oid(pg_constraint::oid));
  return clones;
}

// What makes an object part of another is forgotten, so that it can be dropped by itself.
void release(Ddl& ddl, const ObjectAddress& object) {
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                     {key_oid(object.catalog), key_oid(object.oid)});
  while (rows.next())
    if (rows.row().letter(pg_depend::deptype) == static_cast<char>(Dependency::internal))
      ddl.writer().remove(pg_depend::kOid, rows.row());
}

}  // namespace

void add_referenced_side(Ddl& ddl, const ConstraintRow& key, ActionTriggers above) {
  const ActionTriggers own{
      insert_trigger(ddl, key.referenced, key.table, action_function(key.on_delete, true), kRow | kDelete,
                     'a', key, above.on_delete),
      insert_trigger(ddl, key.referenced, key.table, action_function(key.on_update, false), kRow | kUpdate,
                     'a', key, above.on_update)};
  RelationPtr referenced = ddl.reload(key.referenced);
  if (referenced->kind != RelationKind::partitioned_table) return;
  for (Oid partition : children_of(ddl, *referenced, RelationLock::share_row_exclusive))
    add_clone(ddl, key, *referenced, partition, own);
}

void remove_referenced_side(Ddl& ddl, Oid key) {
  RowReader found = ddl.writer().read(pg_constraint::kOid, 0, {key_oid(key)});
  if (!found.next()) return;
  const Oid table = found.row().oid(pg_constraint::conrelid);
  const Oid referenced = found.row().oid(pg_constraint::confrelid);
  std::vector<ObjectAddress> gone;
  for (int type : {kDelete, kUpdate}) {
    // A table that refers to itself has both sides' triggers.
    RowReader rows = ddl.writer().read(pg_trigger::kOid, catalog::index::pg_trigger_tgconstraint_index,
                                       {key_oid(key)});
    while (rows.next()) {
      const Oid function = rows.row().oid(pg_trigger::tgfoid);
      if (rows.row().oid(pg_trigger::tgrelid) == referenced && function != kCheckInsert &&
          function != kCheckUpdate && (rows.row().int2(pg_trigger::tgtype) & type) != 0)
        gone.push_back({pg_trigger::kOid, rows.row().oid(pg_trigger::oid), 0});
    }
  }
  for (Oid clone : clones_of(ddl, table, key)) gone.push_back({pg_constraint::kOid, clone, 0});
  for (const ObjectAddress& object : gone) release(ddl, object);
  if (!gone.empty()) perform_deletion(ddl, gone, true, true);
}

void restore_referenced_side(Ddl& ddl, const catalog::ForeignKey& key) {
  RelationPtr table = ddl.reload(key.referencing);
  ConstraintRow row = row_of(key, table->schema);
  // Databases of before had them all along.
  if (trigger_of(ddl, key.referenced, key.oid, kDelete) == 0) add_referenced_side(ddl, row);
  for (int type : {kInsert, kUpdate}) {
    RowBuilder change = ddl.writer().row(pg_trigger::kOid);
    change.set(pg_trigger::tgparentid, Oid{0});
    if (Oid trigger = trigger_of(ddl, key.referencing, key.oid, type))
      ddl.writer().update_one(0, {key_oid(trigger)}, change);
  }
}

void add_references(Ddl& ddl, Oid partition, const RelationDescriptor& parent) {
  for (const catalog::ForeignKey& key : parent.referenced_by) {
    RelationPtr table = ddl.reload(key.referencing), own = ddl.reload(partition);
    const bool known = std::any_of(own->referenced_by.begin(), own->referenced_by.end(),
                                   [&](const catalog::ForeignKey& k) { return k.parent == key.oid; });
    if (known) continue;
    add_clone(ddl, row_of(key, table->schema), parent, partition,
              {trigger_of(ddl, parent.oid, key.oid, kDelete), trigger_of(ddl, parent.oid, key.oid, kUpdate)});
  }
}

void remove_references(Ddl& ddl, const RelationDescriptor& partition) {
  std::vector<ObjectAddress> gone;
  for (const catalog::ForeignKey& key : partition.referenced_by) {
    if (key.parent == 0) continue;
    validate_removal(ddl, partition, key);
    const ObjectAddress object{pg_constraint::kOid, key.oid, 0};
    release(ddl, object);
    gone.push_back(object);
  }
  if (!gone.empty()) perform_deletion(ddl, gone, true, true);
}

void add_referencing_triggers(Ddl& ddl, const ConstraintRow& key) {
  insert_trigger(ddl, key.table, key.referenced, kCheckInsert, kRow | kInsert, 'c', key, 0);
  insert_trigger(ddl, key.table, key.referenced, kCheckUpdate, kRow | kUpdate, 'c', key, 0);
}

void inherit_referencing_triggers(Ddl& ddl, Oid key, Oid parent) {
  const auto table_of = [&](Oid constraint) {
    RowReader rows = ddl.writer().read(pg_constraint::kOid, 0, {key_oid(constraint)});
    return rows.next() ? rows.row().oid(pg_constraint::conrelid) : Oid{0};
  };
  const Oid own_table = table_of(key), parent_table = table_of(parent);
  for (int type : {kInsert, kUpdate}) {
    RowBuilder change = ddl.writer().row(pg_trigger::kOid);
    change.set(pg_trigger::tgparentid, trigger_of(ddl, parent_table, parent, type));
    if (Oid trigger = trigger_of(ddl, own_table, key, type))
      ddl.writer().update_one(0, {key_oid(trigger)}, change);
  }
}

}  // namespace commands
