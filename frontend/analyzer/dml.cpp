// UPDATE and DELETE, and what all changes of tables share.
#include "dml.h"

#include <fmt/format.h>

#include "catalog/system_attributes.h"
#include "catalog/target_columns.h"
#include "catalog/unqualified_objects.h"
#include "transition_tables.h"

namespace analyzer {

std::unique_ptr<query::JoinTree> leaf_of(const NamespaceItem& item) {
  auto tree = std::make_unique<query::JoinTree>();
  tree->node = query::JoinLeaf{item.range_table_index};
  return tree;
}

Target open_target(Scope& scope, const ast::RangeVariable& name, std::string_view command) {
  refuse_transition_target(scope, name);
  auto relation = open_table(scope, name, catalog::RelationLock::row_exclusive);
  using Kind = catalog::RelationKind;
  switch (relation->kind) {
    case Kind::table:
    case Kind::partitioned_table:
      if (command == "MERGE" && !relation->rules.empty())
        throw SqlError("0A000", fmt::format("cannot execute MERGE on relation \"{}\"", relation->name))
            .with_detail("MERGE is not supported for relations with rules.");
      break;
    case Kind::view:
      if (command == "MERGE")
        throw SqlError("0A000", fmt::format("cannot execute MERGE on relation \"{}\"", relation->name))
            .with_detail("This operation is not supported for views.");
      break;
    case Kind::sequence:
      throw SqlError("42809", fmt::format("cannot change sequence \"{}\"", relation->name));
    case Kind::materialized_view:
      if (command == "MERGE")
        throw SqlError("0A000", fmt::format("cannot execute MERGE on relation \"{}\"", relation->name))
            .with_detail("This operation is not supported for materialized views.");
      throw SqlError("42809", fmt::format("cannot change materialized view \"{}\"", relation->name));
    case Kind::foreign_table: catalog::refuse_foreign_table(scope.catalog(), *relation);
    default:
      throw SqlError("42809", fmt::format("cannot change relation \"{}\"", relation->name));
  }
  Target target;
  target.relation = relation;
  target.item = add_relation(scope, relation, name.alias ? name.alias->name : std::string_view(),
                             name.include_children);
  scope.query->target = target.item->range_table_index;
  return target;
}

int target_column(const Target& target, const ast::ResultTarget& written) {
  const auto& relation = *target.relation;
  int index = relation.column_index(written.name);
  if (index >= 0) return index;
  if (catalog::is_system_column(written.name))
    throw SqlError("0A000", fmt::format("cannot assign to system column \"{}\"", written.name)).at(written.location);
  throw SqlError("42703", fmt::format("column \"{}\" of relation \"{}\" does not exist", written.name, relation.name))
      .at(written.location);
}

std::vector<query::TargetColumn> analyze_set(Scope& scope, const Target& target, ast::NodeList items) {
  const auto& relation = *target.relation;
  std::vector<query::TargetColumn> targets;
  std::vector<bool> parts;  // the target was written with subscripts or fields
  // Values first, as a SELECT list would be.
  std::vector<ExpressionPtr> values;
  {
    PlaceScope at(scope, Place::update_source);
    for (const ast::Node* node : items) {
      const auto& item = ast::as<ast::ResultTarget>(*node);
      if (item.value->kind == ast::NodeKind::set_to_default)
        values.push_back(make_expression(TypeRef{oid::unknown, -1, 0}, item.value->location, query::SetToDefault{}));
      else
        values.push_back(transform(scope, item.value));
    }
  }
  PlaceScope at(scope, Place::update_target);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& item = ast::as<ast::ResultTarget>(*items[i]);
    int index = target_column(target, item);
    const auto& column = relation.columns[static_cast<std::size_t>(index)];
    std::size_t known = 0;
    while (known < targets.size() && targets[known].column != index) ++known;
    if (known < targets.size() && (item.indirection.empty() || !parts[known]))
      throw SqlError("42601", fmt::format("multiple assignments to same column \"{}\"", column.name));
    ExpressionPtr base = known < targets.size() ? std::move(targets[known].value) : nullptr;
    auto value = assign_to_column(scope, relation, index, std::move(values[i]), item.indirection, item.location,
                                  Place::update_target, column.name, std::move(base));
    if (std::holds_alternative<query::SetToDefault>(value->node)) {
      if (column.generated) continue;
      value = catalog::default_value(scope.catalog(), column);
    } else {
      catalog::require_updatable(column);
    }
    if (known < targets.size()) {
      targets[known].value = std::move(value);
      continue;
    }
    targets.push_back({index, std::move(value)});
    parts.push_back(!item.indirection.empty());
  }
  return targets;
}

void analyze_returning(Scope& scope, ast::NodeList returning) {
  if (returning.empty()) return;
  scope.query->has_returning = true;
  scope.query->output = analyze_targets(scope, returning, Place::returning);
  if (scope.query->output.empty())
    throw SqlError("42601", "RETURNING must have at least one column");
  mark_origins(scope);
  resolve_unknown_targets(scope);
}

void analyze_update(Scope& scope, const ast::Update& update) {
  query::Query& query = *scope.query;
  query.command = query::CommandKind::update;
  analyze_with(scope, update.with);
  Target target = open_target(scope, *update.relation, "UPDATE");
  scope.names.push_back(target.item);
  query.from.push_back(leaf_of(*target.item));
  target.item->lateral_only = true;
  target.item->lateral_ok = false;
  analyze_from(scope, update.from);
  target.item->lateral_only = false;
  target.item->lateral_ok = true;
  analyze_returning(scope, update.returning);
  query.where = analyze_condition(scope, update.where, Place::where, "WHERE");
  query.targets = analyze_set(scope, target, update.targets);
  assign_collations(scope, query);
  if (scope.has_aggregates) check_aggregates(scope);
}

void analyze_delete(Scope& scope, const ast::Delete& remove) {
  query::Query& query = *scope.query;
  query.command = query::CommandKind::delete_;
  analyze_with(scope, remove.with);
  Target target = open_target(scope, *remove.relation, "DELETE");
  scope.names.push_back(target.item);
  query.from.push_back(leaf_of(*target.item));
  target.item->lateral_only = true;
  target.item->lateral_ok = false;
  analyze_from(scope, remove.using_);
  target.item->lateral_only = false;
  target.item->lateral_ok = true;
  query.where = analyze_condition(scope, remove.where, Place::where, "WHERE");
  analyze_returning(scope, remove.returning);
  assign_collations(scope, query);
  if (scope.has_aggregates) check_aggregates(scope);
}

}  // namespace analyzer
