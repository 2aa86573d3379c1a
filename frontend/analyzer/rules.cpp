// CREATE RULE.
#include <fmt/format.h>

#include "query/reads.h"
#include "statements.h"

namespace analyzer {
namespace {

using query::CommandKind;
using Event = ast::Rule::Event;

void require_rows_of_event(Event event, bool reads_old, bool reads_new) {
  const auto refuse = [](const char* message) { throw SqlError("42P17", message); };
  if (event == Event::select && reads_old) refuse("ON SELECT rule cannot use OLD");
  if (event == Event::select && reads_new) refuse("ON SELECT rule cannot use NEW");
  if (event == Event::insert && reads_old) refuse("ON INSERT rule cannot use OLD");
  if (event == Event::delete_ && reads_new) refuse("ON DELETE rule cannot use NEW");
}

// Columns that nobody named are filled in when the rule is applied, as they are then.
void forget_defaults(query::Query& query) {
  std::erase_if(query.targets, [](const query::TargetColumn& target) { return target.by_default; });
}

bool is_union(const query::Query& query) {
  if (query.set_operations) return true;
  if (query.command != CommandKind::insert || query.insert_source < 0) return false;
  const auto& source = query.range_table[static_cast<std::size_t>(query.insert_source)];
  return source.subquery && source.subquery->set_operations;
}

}  // namespace

query::CreateRule analyze_rule(State& state, const ast::Rule& node) {
  query::CreateRule result;
  result.name = str(node.name);
  result.or_replace = node.replace;
  result.instead = node.instead;
  result.relation = relation_name(state, *node.relation);
  result.event = node.event == Event::select   ? CommandKind::select
                 : node.event == Event::update ? CommandKind::update
                 : node.event == Event::insert ? CommandKind::insert
                                               : CommandKind::delete_;
  query::Query around;
  Scope scope(state, nullptr, &around);
  auto relation = open_relation(scope, *node.relation, catalog::RelationLock::access_exclusive);
  if (relation->kind == catalog::RelationKind::materialized_view)
    throw SqlError("0A000", "rules on materialized views are not supported");
  NamespaceItemPtr old_row = add_relation(scope, relation, "old", false);
  NamespaceItemPtr new_row = add_relation(scope, relation, "new", false);
  if (node.event != Event::insert) scope.names.push_back(old_row);
  if (node.event == Event::update || node.event == Event::insert) scope.names.push_back(new_row);
  result.condition = analyze_condition(scope, node.where, Place::where, "WHERE");
  if (result.condition) assign_collations(scope, *result.condition);
  bool reads_old = result.condition && query::reads(*result.condition, 0, query::kOldRow);
  bool reads_new = result.condition && query::reads(*result.condition, 0, query::kNewRow);
  require_rows_of_event(node.event, reads_old, reads_new);

  // In commands their columns are found with OLD and NEW in front alone.
  scope.names = {old_row, new_row};
  for (const auto& item : scope.names) item->columns_visible = false;
  for (const ast::Node* written : node.actions) {
    query::RuleAction action;
    if (const auto* notify = ast::try_as<ast::Notify>(written)) {
      if (node.where)
        throw SqlError("42P17", "rules with WHERE conditions can only have SELECT, INSERT, UPDATE, or DELETE actions");
      action.channel = str(notify->channel);
      action.payload = str(notify->payload);
      result.actions.push_back(std::move(action));
      continue;
    }
    action.query = analyze_query(state, &scope, written);
    if (node.where && is_union(*action.query))
      throw SqlError("0A000", "conditional UNION/INTERSECT/EXCEPT statements are not implemented");
    require_rows_of_event(node.event, query::reads(*action.query, 1, query::kOldRow), query::reads(*action.query, 1, query::kNewRow));
    // The rows are joined to the command, not to what stands in front of it.
    for (const query::CommonTable& table : action.query->with) {
      if (query::reads(*table.query, 2, query::kOldRow)) throw SqlError("0A000", "cannot refer to OLD within WITH query");
      if (query::reads(*table.query, 2, query::kNewRow)) throw SqlError("0A000", "cannot refer to NEW within WITH query");
    }
    if (action.query->command == CommandKind::insert) forget_defaults(*action.query);
    result.actions.push_back(std::move(action));
  }
  return result;
}

}  // namespace analyzer
