// CREATE TRIGGER, its copies for partitions, ENABLE and DISABLE.
#include <algorithm>

#include "trigger_state.h"
#include "catalog/query_privileges.h"
#include "catalog/system_columns.h"
#include "drop.h"
#include "inheritance.h"
#include "query/serialize.h"
#include "query/walk.h"
#include "relation_rows.h"
#include "table_parts.h"
#include "type_commands.h"

namespace commands {
namespace {

using catalog::TriggerInfo;

struct NewTrigger {
  std::string name;
  Oid function = 0;
  std::int16_t type = 0;
  char enabled = 'O';
  std::vector<std::int16_t> columns;    // attnum
  std::vector<std::string> arguments;
  std::unique_ptr<query::Query> when;
  bool is_constraint = false, deferrable = false, initially_deferred = false;
  Oid constraint_relation = 0, parent = 0;
  std::string old_table, new_table;
};

// A condition over rows of one table as one over rows of another.
std::unique_ptr<query::Query> condition_for(const query::Query& when, const RelationDescriptor& from,
                                            const RelationDescriptor& to) {
  std::unique_ptr<query::Query> copy = query::deserialize_query(query::serialize(when));
  const std::vector<int> map = column_map(from, to);
  for (query::RangeTableEntry& entry : copy->range_table) {
    entry.relation = to.oid;
    entry.columns.clear();
    for (const catalog::Column& column : to.columns)
      entry.columns.push_back({column.dropped ? std::string() : column.name, column.type});
  }
  const auto renumber = [&](auto& self, query::Expression& e) -> void {
    if (auto* column = std::get_if<query::ColumnReference>(&e.node)) {
      if (column->column >= 0)
        column->column = map.at(static_cast<std::size_t>(column->column));
      else if (column->column == query::kWholeRowColumn)
        e.type.oid = to.row_type;
    }
    query::for_each_child(e, [&](query::ExpressionPtr& child) { self(self, *child); });
  };
  renumber(renumber, *copy->where);
  return copy;
}

Oid insert_trigger_constraint(Ddl& ddl, const RelationDescriptor& relation, const NewTrigger& t) {
  ConstraintRow row;
  row.oid = ddl.writer().allocate_oid();
  row.name = t.name;
  row.schema = relation.schema;
  row.type = 't';
  row.deferrable = t.deferrable;
  row.deferred = t.initially_deferred;
  row.table = relation.oid;
  row.no_inherit = true;
  insert_constraint(ddl, row);
  return row.oid;
}

void refuse_replacing(const TriggerInfo& existing, const RelationDescriptor& relation, bool is_constraint) {
  const std::string what = "trigger \"" + existing.name + "\" for relation \"" + relation.name + "\"";
  if (existing.parent != 0) throw SqlError("42710", what + " is an internal or a child trigger");
  if (is_constraint != (existing.constraint != 0) || is_constraint)
    throw SqlError("42710", what + (existing.constraint != 0 ? " is a constraint trigger"
                                                             : " is not a constraint trigger"));
}

void add_trigger(Ddl& ddl, Oid relation_oid, const NewTrigger& t, bool or_replace);

// The trigger that a partition has in a partitioned table's place.
void add_copy(Ddl& ddl, Oid partition, const RelationDescriptor& parent, const NewTrigger& of, Oid above) {
  const RelationPtr relation = ddl.reload(partition);
  const std::vector<int> map = column_map(parent, *relation);
  NewTrigger copy;
  copy.name = of.name;
  copy.function = of.function;
  copy.type = of.type;
  copy.enabled = of.enabled;
  for (const std::int16_t column : of.columns)
    copy.columns.push_back(static_cast<std::int16_t>(map[static_cast<std::size_t>(column - 1)] + 1));
  copy.arguments = of.arguments;
  if (of.when != nullptr) copy.when = condition_for(*of.when, parent, *relation);
  copy.is_constraint = of.is_constraint;
  copy.deferrable = of.deferrable;
  copy.initially_deferred = of.initially_deferred;
  copy.constraint_relation = of.constraint_relation;
  copy.parent = above;
  add_trigger(ddl, partition, copy, false);
}

void add_trigger(Ddl& ddl, Oid relation_oid, const NewTrigger& t, bool or_replace) {
  const RelationPtr relation = ddl.reload(relation_oid);
  const TriggerInfo* existing = nullptr;
  for (const TriggerInfo& other : relation->triggers)
    if (other.name == t.name) existing = &other;
  if (existing != nullptr) {
    if (!or_replace)
      throw SqlError("42710", "trigger \"" + t.name + "\" for relation \"" + relation->name +
                                  "\" already exists");
    refuse_replacing(*existing, *relation, t.is_constraint);
  }
  std::string arguments;
  for (const std::string& argument : t.arguments) {
    arguments += argument;
    arguments += '\0';
  }
  const Oid trigger = existing != nullptr ? existing->oid : ddl.writer().allocate_oid();
  const Oid constraint = t.is_constraint ? insert_trigger_constraint(ddl, *relation, t) : 0;
  RowBuilder row = ddl.writer().row(pg_trigger::kOid);
  row.set(pg_trigger::oid, trigger);
  row.set(pg_trigger::tgrelid, relation_oid);
  row.set(pg_trigger::tgparentid, t.parent);
  row.set(pg_trigger::tgname, t.name);
  row.set(pg_trigger::tgfoid, t.function);
  row.set(pg_trigger::tgtype, t.type);
  row.set(pg_trigger::tgenabled, t.enabled);
  row.set(pg_trigger::tgisinternal, false);
  row.set(pg_trigger::tgconstrrelid, t.constraint_relation);
  row.set(pg_trigger::tgconstrindid, Oid{0});
  row.set(pg_trigger::tgconstraint, constraint);
  row.set(pg_trigger::tgdeferrable, t.deferrable);
  row.set(pg_trigger::tginitdeferred, t.initially_deferred);
  row.set(pg_trigger::tgnargs, static_cast<int>(t.arguments.size()));
  row.set(pg_trigger::tgattr, std::span<const std::int16_t>(t.columns));
  row.set(pg_trigger::tgargs, std::string_view(arguments));
  if (t.when != nullptr)
    row.set(pg_trigger::tgqual, query::serialize(*t.when));
  else
    row.set_null(pg_trigger::tgqual);
  if (!t.old_table.empty()) row.set(pg_trigger::tgoldtable, t.old_table);
  else row.set_null(pg_trigger::tgoldtable);
  if (!t.new_table.empty()) row.set(pg_trigger::tgnewtable, t.new_table);
  else row.set_null(pg_trigger::tgnewtable);
  const ObjectAddress self{pg_trigger::kOid, trigger, 0};
  if (existing != nullptr) {
    ddl.remove_dependencies(self);
    ddl.writer().update_one(0, {key_oid(trigger)}, row);
  } else {
    ddl.writer().insert(row);
  }
  ddl.depend(self, {pg_proc::kOid, t.function, 0}, Dependency::normal);
  ddl.depend(self, relation_address(relation_oid), Dependency::automatic);
  if (t.constraint_relation != 0) ddl.depend(self, relation_address(t.constraint_relation), Dependency::automatic);
  if (constraint != 0) ddl.depend({pg_constraint::kOid, constraint, 0}, self, Dependency::internal);
  for (const std::int16_t column : t.columns)
    ddl.depend(self, relation_address(relation_oid, column), Dependency::normal);
  if (t.when != nullptr) ddl.depend_on_query(self, *t.when);
  if (t.parent != 0) {
    ddl.depend(self, {pg_trigger::kOid, t.parent, 0}, Dependency::partition_primary);
    ddl.depend(self, relation_address(relation_oid), Dependency::partition_secondary);
  }
  update_class(ddl, relation_oid, [](RowBuilder& r) { r.set(pg_class::relhastriggers, true); });
  if (relation->kind != RelationKind::partitioned_table || (t.type & TriggerInfo::kRow) == 0) return;
  for (Oid partition : children_of(ddl, *relation, RelationLock::share_row_exclusive))
    add_copy(ddl, partition, *relation, t, trigger);
}

// With the copies that partitions have of a trigger for each row, foreign keys' among them.
void set_state(Ddl& ddl, const RelationDescriptor& relation, Oid trigger, bool for_rows, char state, bool recurse) {
  RowBuilder row = ddl.writer().row(pg_trigger::kOid);
  row.set(pg_trigger::tgenabled, state);
  ddl.writer().update_one(0, {key_oid(trigger)}, row);
  if (!recurse || !for_rows || relation.kind != RelationKind::partitioned_table) return;
  for (const Oid child : children_of(ddl, relation, RelationLock::share_row_exclusive)) {
    std::vector<Oid> copies;
    RowReader rows =
        ddl.writer().read(pg_trigger::kOid, catalog::index::pg_trigger_tgrelid_tgname_index, {key_oid(child)});
    while (rows.next())
      if (rows.row().oid(pg_trigger::tgparentid) == trigger) copies.push_back(rows.row().oid(pg_trigger::oid));
    for (const Oid copy : copies) set_state(ddl, *ddl.reload(child), copy, true, state, true);
  }
}

}  // namespace

void create_trigger(Ddl& ddl, const query::CreateTrigger& statement) {
  RelationPtr relation = ddl.open(statement.relation, RelationLock::share_row_exclusive);
  if (relation->system)
    throw SqlError("42501", "permission denied: \"" + relation->name + "\" is a system catalog");
  catalog::require_privileges(ddl.catalog(), *relation, types::privilege::trigger);
  NewTrigger t;
  t.name = statement.name;
  t.function = statement.function;
  t.type = statement.type;
  for (const std::string& name : statement.columns) {
    const int column = relation->column_index(name);
    if (column < 0)
      throw SqlError("42703", "column \"" + name + "\" of relation \"" + relation->name + "\" does not exist");
    const auto number = static_cast<std::int16_t>(column + 1);
    if (std::find(t.columns.begin(), t.columns.end(), number) != t.columns.end())
      throw SqlError("42701", "column \"" + name + "\" specified more than once");
    t.columns.push_back(number);
  }
  t.arguments = statement.arguments;
  if (statement.when != nullptr) t.when = query::deserialize_query(query::serialize(*statement.when));
  t.is_constraint = statement.is_constraint;
  t.deferrable = statement.deferrable;
  t.initially_deferred = statement.initially_deferred;
  if (statement.from) t.constraint_relation = ddl.open(*statement.from, RelationLock::access_share)->oid;
  t.old_table = statement.old_table;
  t.new_table = statement.new_table;
  add_trigger(ddl, relation->oid, t, statement.or_replace);
}

void copy_row_triggers(Ddl& ddl, Oid partition, const RelationDescriptor& parent) {
  for (const TriggerInfo& t : parent.triggers) {
    if ((t.type & TriggerInfo::kRow) == 0) continue;
    const RelationPtr own = ddl.reload(partition);
    if (std::any_of(own->triggers.begin(), own->triggers.end(), [&](auto& o) { return o.parent == t.oid; })) continue;
    NewTrigger of;
    of.name = t.name;
    of.function = t.function;
    of.type = t.type;
    of.enabled = t.enabled;
    for (const int column : t.columns) of.columns.push_back(static_cast<std::int16_t>(column + 1));
    of.arguments = t.arguments;
    if (query::is_stored(t.when)) of.when = query::deserialize_query(t.when);
    of.is_constraint = t.constraint != 0;
    of.deferrable = t.deferrable;
    of.initially_deferred = t.initially_deferred;
    add_copy(ddl, partition, parent, of, t.oid);
  }
}

void remove_row_trigger_copies(Ddl& ddl, const RelationDescriptor& partition) {
  std::vector<ObjectAddress> gone;
  for (const TriggerInfo& t : partition.triggers) {
    if (t.parent == 0) continue;
    const ObjectAddress self{pg_trigger::kOid, t.oid, 0};
    ddl.remove_dependencies(self, pg_trigger::kOid);
    ddl.remove_dependencies(self, pg_class::kOid);
    gone.push_back(self);
  }
  if (!gone.empty()) perform_deletion(ddl, gone, true, true);
}

namespace {

// ALTER TABLE .. ENABLE/DISABLE TRIGGER: the one of that name, or (no name) all, of users alone or constraints', too.
void set_state_by_name(Ddl& ddl, Oid table, const std::string& name, char state, bool of_constraints, bool recurse) {
  const RelationPtr relation = ddl.reload(table);
  struct Found {
    Oid trigger;
    bool for_rows;
  };
  std::vector<Found> found;
  RowReader rows = ddl.writer().read(pg_trigger::kOid, catalog::index::pg_trigger_tgrelid_tgname_index,
                                     {key_oid(table)});
  while (rows.next()) {
    const std::string own = rows.row().string(pg_trigger::tgname);
    if (!name.empty() && own != name) continue;
    if (rows.row().flag(pg_trigger::tgisinternal)) {
      if (name.empty() && !of_constraints) continue;
      if (!ddl.catalog().is_superuser(ddl.catalog().user()))
        throw SqlError("42501", "permission denied: \"" + own + "\" is a system trigger");
    }
    found.push_back({rows.row().oid(pg_trigger::oid), (rows.row().int2(pg_trigger::tgtype) & TriggerInfo::kRow) != 0});
  }
  for (const Found& f : found) set_state(ddl, *relation, f.trigger, f.for_rows, state, recurse);
  if (found.empty() && !name.empty())
    throw SqlError("42704", "trigger \"" + name + "\" for table \"" + relation->name + "\" does not exist");
}

}  // namespace

void set_trigger_state(Ddl& ddl, Oid table, const std::string& name, char state, bool of_constraints) {
  set_state_by_name(ddl, table, name, state, of_constraints, true);
}

void set_own_trigger_state(Ddl& ddl, Oid table, const std::string& name, char state, bool of_constraints) {
  set_state_by_name(ddl, table, name, state, of_constraints, false);
}

}  // namespace commands
