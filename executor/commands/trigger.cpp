// CREATE TRIGGER.
#include <algorithm>
#include "catalog/query_privileges.h"

#include "catalog/system_columns.h"
#include "query/serialize.h"
#include "relation_rows.h"
#include "table_parts.h"
#include "type_commands.h"

namespace commands {

void create_trigger(Ddl& ddl, const query::CreateTrigger& statement) {
  using catalog::TriggerInfo;
  RelationPtr relation = ddl.open(statement.relation, RelationLock::share_row_exclusive);
  catalog::require_privileges(ddl.catalog(), *relation, types::privilege::trigger);
  const Oid oid = relation->oid;
  const TriggerInfo* existing = nullptr;
  for (const TriggerInfo& t : relation->triggers)
    if (t.name == statement.name) existing = &t;
  if (existing != nullptr && !statement.or_replace)
    throw SqlError("42710", "trigger \"" + statement.name + "\" for relation \"" + relation->name +
                                "\" already exists");
  std::vector<std::int16_t> columns;
  for (const std::string& name : statement.columns) {
    std::int16_t number = 0;
    for (std::size_t i = 0; i < relation->columns.size(); ++i)
      if (!relation->columns[i].dropped && relation->columns[i].name == name)
        number = static_cast<std::int16_t>(i + 1);
    if (number == 0)
      throw SqlError("42703", "column \"" + name + "\" of relation \"" + relation->name + "\" does not exist");
    if (std::find(columns.begin(), columns.end(), number) != columns.end())
      throw SqlError("42701", "column \"" + name + "\" specified more than once");
    columns.push_back(number);
  }
  std::string arguments;
  for (const std::string& argument : statement.arguments) {
    arguments += argument;
    arguments += '\0';
  }
  const Oid trigger = existing != nullptr ? existing->oid : ddl.writer().allocate_oid();
  RowBuilder row = ddl.writer().row(pg_trigger::kOid);
  row.set(pg_trigger::oid, trigger);
  row.set(pg_trigger::tgrelid, oid);
  row.set(pg_trigger::tgparentid, Oid{0});
  row.set(pg_trigger::tgname, statement.name);
  row.set(pg_trigger::tgfoid, statement.function);
  row.set(pg_trigger::tgtype, statement.type);
  row.set(pg_trigger::tgenabled, 'O');
  row.set(pg_trigger::tgisinternal, false);
  row.set(pg_trigger::tgconstrrelid, Oid{0});
  row.set(pg_trigger::tgconstrindid, Oid{0});
  row.set(pg_trigger::tgconstraint, Oid{0});
  row.set(pg_trigger::tgdeferrable, false);
  row.set(pg_trigger::tginitdeferred, false);
  row.set(pg_trigger::tgnargs, static_cast<int>(statement.arguments.size()));
  row.set(pg_trigger::tgattr, std::span<const std::int16_t>(columns));
  row.set(pg_trigger::tgargs, std::string_view(arguments));
  if (statement.when != nullptr)
    row.set(pg_trigger::tgqual, query::serialize(*statement.when));
  const ObjectAddress self{pg_trigger::kOid, trigger, 0};
  if (existing != nullptr) {
    ddl.remove_dependencies(self);
    ddl.writer().update_one(0, {key_oid(trigger)}, row);
  } else {
    ddl.writer().insert(row);
  }
  ddl.depend(self, {pg_proc::kOid, statement.function, 0}, Dependency::normal);
  ddl.depend(self, {pg_class::kOid, oid, 0}, Dependency::automatic);
  if (statement.when != nullptr) ddl.depend_on_query(self, *statement.when);
  update_class(ddl, oid, [](RowBuilder& r) { r.set(pg_class::relhastriggers, true); });
}

// ALTER TABLE .. ENABLE/DISABLE TRIGGER: the one of that name, or (no name) all of users.
void set_trigger_state(Ddl& ddl, Oid table, const std::string& name, char state) {
  RelationPtr relation = ddl.reload(table);
  bool found = false;
  for (const catalog::TriggerInfo& t : relation->triggers) {
    if (!name.empty() && t.name != name) continue;
    found = true;
    RowBuilder row = ddl.writer().row(pg_trigger::kOid);
    row.set(pg_trigger::tgenabled, state);
    ddl.writer().update_one(0, {key_oid(t.oid)}, row);
  }
  if (!found && !name.empty())
    throw SqlError("42704", "trigger \"" + name + "\" for table \"" + relation->name + "\" does not exist");
}

}  // namespace commands
