// CREATE RULE and what ALTER TABLE makes of rules; checks as PostgreSQL's DefineQueryRewrite().
#include <algorithm>

#include "query/serialize.h"
#include "relation_rows.h"
#include "table_parts.h"
#include "type_commands.h"
#include "view.h"

namespace commands {
namespace {

using query::CommandKind;

char event_letter(CommandKind event) {
  switch (event) {
    case CommandKind::update: return '2';
    case CommandKind::insert: return '3';
    case CommandKind::delete_: return '4';
    default: return '1';
  }
}

// SELECT's or RETURNING's columns against the relation's.
void require_same_columns(Ddl& ddl, const RelationDescriptor& relation, const std::vector<query::OutputColumn>& output,
                          bool select) {
  std::size_t at = 0;
  const std::string list = select ? "SELECT rule's target list" : "RETURNING list";
  for (const query::OutputColumn& o : output) {
    if (o.hidden) continue;
    while (at < relation.columns.size() && relation.columns[at].dropped) ++at;
    if (at == relation.columns.size()) throw SqlError("42P17", list + " has too many entries");
    const catalog::Column& column = relation.columns[at++];
    const auto number = std::to_string(at);
    if (select && o.name != column.name)
      throw SqlError("42P17", "SELECT rule's target entry " + number + " has different column name from column \"" +
                                  column.name + "\"")
          .with_detail("SELECT target entry is named \"" + o.name + "\".");
    const types::TypeRef type = o.expression->type;
    if (type.oid != column.type.oid)
      throw SqlError("42P17", (select ? "SELECT rule's target entry " : "RETURNING list's entry ") + number +
                                  " has different type from column \"" + column.name + "\"")
          .with_detail((select ? "SELECT target entry has type " : "RETURNING list entry has type ") +
                       ddl.catalog().format_type(type.oid) + ", but column has type " +
                       ddl.catalog().format_type(column.type.oid) + ".");
    if (type.typmod != column.type.typmod && type.typmod != -1)
      throw SqlError("42P17", (select ? "SELECT rule's target entry " : "RETURNING list's entry ") + number +
                                  " has different size from column \"" + column.name + "\"")
          .with_detail((select ? "SELECT target entry has type " : "RETURNING list entry has type ") +
                       ddl.catalog().format_type(type.oid, type.typmod) + ", but column has type " +
                       ddl.catalog().format_type(column.type.oid, column.type.typmod) + ".");
  }
  while (at < relation.columns.size() && relation.columns[at].dropped) ++at;
  if (at != relation.columns.size()) throw SqlError("42P17", list + " has too few entries");
}

SqlError unsupported(const char* message, const char* hint = nullptr) {
  SqlError error("0A000", message);
  return hint == nullptr ? error : std::move(error).with_hint(hint);
}

void require_select_rule(const query::CreateRule& statement) {
  if (statement.actions.size() > 1)
    throw unsupported("multiple actions for rules on SELECT are not implemented", "Use views instead.");
  const query::Query* query = statement.actions.empty() ? nullptr : statement.actions[0].query.get();
  if (!statement.instead || query == nullptr ||
      (query->command != CommandKind::select && query->command != CommandKind::values))
    throw unsupported("rules on SELECT must have action INSTEAD SELECT");
  for (const query::CommonTable& table : query->with)
    if (table.query->command != CommandKind::select)
      throw unsupported("rules on SELECT must not contain data-modifying statements in WITH");
  if (statement.condition) throw unsupported("event qualifications are not implemented for rules on SELECT", "Use views instead.");
}

// A table that has no rows and nothing around it could become a view.
[[noreturn]] void refuse_table(Ddl& ddl, const RelationDescriptor& table) {
  const std::string name = "\"" + table.name + "\"";
  if (table.kind == RelationKind::partitioned_table)
    throw SqlError("42809", "cannot convert partitioned table " + name + " to a view");
  if (table.partition_bound) throw SqlError("42809", "cannot convert partition " + name + " to a view");
  const auto refuse = [&](const char* why) {
    return SqlError("55000", "could not convert table " + name + " to a view because it " + why);
  };
  query::Expression never;
  never.type.oid = types::oid::bool_;
  never.node = query::Constant(types::Datum::of(false));
  if (!rows_pass(ddl, table, never)) throw refuse("is not empty");
  if (!table.triggers.empty() || !table.foreign_keys.empty() || !table.referenced_by.empty())
    throw refuse("has triggers").with_hint("In particular, the table cannot be involved in any foreign key relationships.");
  if (!table.indexes.empty()) throw refuse("has indexes");
  if (!table.children.empty()) throw refuse("has child tables");
  if (!table.parents.empty()) throw refuse("has parent tables");
  if (table.row_security) throw refuse("has row security enabled");
  if (!table.policies.empty()) throw refuse("has row security policies");
  throw SqlError::not_supported("turning a table into a view");
}

void require_returning(Ddl& ddl, const RelationDescriptor& relation, const query::CreateRule& statement) {
  bool found = false;
  for (const query::RuleAction& action : statement.actions) {
    if (action.query == nullptr || !action.query->has_returning) continue;
    if (found) throw unsupported("cannot have multiple RETURNING lists in a rule");
    found = true;
    if (statement.condition) throw unsupported("RETURNING lists are not supported in conditional rules");
    if (!statement.instead) throw unsupported("RETURNING lists are not supported in non-INSTEAD rules");
    require_same_columns(ddl, relation, action.query->output, false);
  }
}

// The commands as part of the query that has OLD and NEW, so that references to those count.
void note_dependencies(Ddl& ddl, Oid rule, const RelationDescriptor& relation, const query::CreateRule& statement) {
  const ObjectAddress self{pg_rewrite::kOid, rule, 0};
  ddl.remove_dependencies(self);
  ddl.depend(self, relation_address(relation.oid), Dependency::automatic);
  query::Query around;
  for (int i = 0; i < 2; ++i) {
    query::RangeTableEntry& entry = around.range_table.emplace_back();
    entry.kind = query::RangeTableEntry::Kind::relation;
    entry.relation = relation.oid;
  }
  if (statement.condition) around.where = query::clone(*statement.condition);
  for (const query::RuleAction& action : statement.actions) {
    if (action.query == nullptr) continue;
    query::RangeTableEntry& entry = around.range_table.emplace_back();
    entry.kind = query::RangeTableEntry::Kind::subquery;
    entry.subquery = query::clone(*action.query);
  }
  ddl.depend_on_query(self, around);
}

}  // namespace

void create_rule(Ddl& ddl, const query::CreateRule& statement) {
  RelationPtr relation = ddl.open(statement.relation, RelationLock::access_exclusive);
  if (relation->kind != RelationKind::table && relation->kind != RelationKind::view &&
      relation->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "relation \"" + relation->name + "\" cannot have rules")
        .with_detail("This operation is not supported for " +
                     (relation->kind == RelationKind::index ? std::string("indexes")
                                                            : std::string(kind_name(relation->kind)) + "s") + ".");
  if (relation->system)
    throw SqlError("42501", "permission denied: \"" + relation->name + "\" is a system catalog");
  ddl.require_owner(*relation);
  if (statement.event == CommandKind::select) {
    require_select_rule(statement);
    require_same_columns(ddl, *relation, statement.actions[0].query->output, true);
    if (relation->kind == RelationKind::view && !statement.or_replace)
      throw SqlError("55000", "\"" + relation->name + "\" is already a view");
    if (statement.name != "_RETURN")
      throw SqlError("42P17", "view rule for \"" + relation->name + "\" must be named \"_RETURN\"");
    if (relation->kind != RelationKind::view) refuse_table(ddl, *relation);
    replace_view_query(ddl, relation->oid, *statement.actions[0].query);
    return;
  }
  require_returning(ddl, *relation, statement);
  if (statement.name == "_RETURN")
    throw SqlError("42P17", "non-view rule for \"" + relation->name + "\" must not be named \"_RETURN\"");
  const catalog::RuleInfo* existing = nullptr;
  for (const catalog::RuleInfo& rule : relation->rules)
    if (rule.name == statement.name) existing = &rule;
  if (existing != nullptr && !statement.or_replace)
    throw SqlError("42710", "rule \"" + statement.name + "\" for relation \"" + relation->name + "\" already exists");
  const Oid oid = existing != nullptr ? existing->oid : ddl.writer().allocate_oid();
  RowBuilder row = ddl.writer().row(pg_rewrite::kOid);
  row.set(pg_rewrite::oid, oid);
  row.set(pg_rewrite::rulename, statement.name);
  row.set(pg_rewrite::ev_class, relation->oid);
  row.set(pg_rewrite::ev_type, event_letter(statement.event));
  row.set(pg_rewrite::ev_enabled, 'O');
  row.set(pg_rewrite::is_instead, statement.instead);
  row.set(pg_rewrite::ev_qual, statement.condition ? query::serialize(*statement.condition) : std::string("<>"));
  row.set(pg_rewrite::ev_action, query::serialize(statement.actions));
  if (existing != nullptr)
    ddl.writer().update_one(0, {key_oid(oid)}, row);
  else
    ddl.writer().insert(row);
  note_dependencies(ddl, oid, *relation, statement);
  update_class(ddl, relation->oid, [](RowBuilder& r) { r.set(pg_class::relhasrules, true); });
}

void set_rule_state(Ddl& ddl, Oid table, const std::string& name, char state) {
  RelationPtr relation = ddl.reload(table);
  for (const catalog::RuleInfo& rule : relation->rules) {
    if (rule.name != name) continue;
    RowBuilder row = ddl.writer().row(pg_rewrite::kOid);
    row.set(pg_rewrite::ev_enabled, state);
    ddl.writer().update_one(0, {key_oid(rule.oid)}, row);
    update_class(ddl, table, [](RowBuilder& r) { r.set(pg_class::relhasrules, true); });
    return;
  }
  throw SqlError("42704", "rule \"" + name + "\" for relation \"" + relation->name + "\" does not exist");
}

}  // namespace commands
