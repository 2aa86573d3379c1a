// MERGE.
#include <fmt/format.h>

#include "catalog/target_columns.h"
#include "dml.h"
#include "from.h"

namespace analyzer {

void analyze_merge(Scope& scope, const ast::Merge& merge) {
  query::Query& query = *scope.query;
  query.command = query::CommandKind::merge;
  if (merge.with && merge.with->recursive)
    throw SqlError("42601", "WITH RECURSIVE is not supported for MERGE statement");
  analyze_with(scope, merge.with);

  // A WHEN behind an unconditional one of its kind is never reached.
  bool ended[2] = {false, false};
  for (const ast::Node* node : merge.whens) {
    const auto& when = ast::as<ast::MergeWhen>(*node);
    if (ended[when.matched])
      throw SqlError("42601", "unreachable WHEN clause specified after unconditional WHEN clause");
    if (!when.condition) ended[when.matched] = true;
  }
  Target target = open_target(scope, *merge.relation, "MERGE");
  FromItem source = transform_from_item(scope, merge.source);
  try {
    check_unique_aliases(scope, std::span<const NamespaceItemPtr>(&target.item, 1), source.items);
  } catch (const SqlError& error) {
    if (error.sqlstate() != "42712") throw;
    throw SqlError("42712", fmt::format("name \"{}\" specified more than once", target.item->alias))
        .with_detail("The name is used both as MERGE target table and data source.");
  }
  query.from.push_back(std::move(source.tree));

  std::vector<NamespaceItemPtr> both{target.item};
  both.insert(both.end(), source.items.begin(), source.items.end());
  scope.names = both;
  query.merge_condition = analyze_condition(scope, merge.condition, Place::join_on, "JOIN/ON");

  for (const ast::Node* node : merge.whens) {
    const auto& when = ast::as<ast::MergeWhen>(*node);
    query::MergeAction action;
    action.matched = when.matched;
    action.kind = static_cast<query::MergeAction::Kind>(when.command);
    // Nothing of the target is in reach where there is no match.
    scope.names = when.matched ? both : source.items;
    action.condition = analyze_condition(scope, when.condition, Place::merge_when, "WHEN");
    if (when.command == ast::MergeCommand::update) {
      action.targets = analyze_set(scope, target, when.targets);
    } else if (when.command == ast::MergeCommand::insert) {
      auto columns = insert_columns(target, when.targets);
      auto row = analyze_expression_list(scope, when.values, Place::values_single, true);
      std::vector<ExpressionPtr> given(target.relation->columns.size());
      if (!row.empty()) check_row_length(scope, row.size(), columns, !when.targets.empty(), row);
      PlaceScope at(scope, Place::insert_target);
      for (std::size_t i = 0; i < row.size(); ++i) {
        auto index = static_cast<std::size_t>(columns[i].column);
        given[index] = assign_to_column(scope, *target.relation, columns[i].column, std::move(row[i]),
                                        columns[i].indirection, columns[i].location, Place::insert_target,
                                        target.relation->columns[index].name);
      }
      action.targets = catalog::complete_insert(scope.catalog(), *target.relation, std::move(given),
                                       static_cast<query::Query::Overriding>(when.overriding));
    }
    query.merge_actions.push_back(std::move(action));
  }
  scope.names = both;
  assign_collations(scope, query);
}

}  // namespace analyzer
