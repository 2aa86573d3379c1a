// UPDATE and DELETE, and what all changes of tables share.
#include "dml.h"

#include <fmt/format.h>

#include "updatable_views.h"

namespace analyzer {

std::unique_ptr<query::JoinTree> leaf_of(const NamespaceItem& item) {
  auto tree = std::make_unique<query::JoinTree>();
  tree->node = query::JoinLeaf{item.range_table_index};
  return tree;
}

Target open_target(Scope& scope, const ast::RangeVariable& name, std::string_view command) {
  auto relation = open_table(scope, name, catalog::RelationLock::row_exclusive);
  using Kind = catalog::RelationKind;
  switch (relation->kind) {
    case Kind::table:
    case Kind::partitioned_table: break;
    case Kind::view: return open_view_target(scope, relation, name, command);
    case Kind::sequence:
      throw SqlError("42809", fmt::format("cannot change sequence \"{}\"", relation->name));
    case Kind::materialized_view:
      throw SqlError("42809", fmt::format("cannot change materialized view \"{}\"", relation->name));
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
  const auto& named = target.view ? *target.view : *target.relation;
  int index = named.column_index(written.name);
  if (index < 0) {
    for (std::string_view system : {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"})
      if (written.name == system)
        throw SqlError("0A000", fmt::format("cannot assign to system column \"{}\"", written.name))
            .at(written.location);
    throw SqlError("42703", fmt::format("column \"{}\" of relation \"{}\" does not exist", written.name, named.name))
        .at(written.location);
  }
  if (!target.view) return index;
  int column = target.view_columns[static_cast<std::size_t>(index)];
  if (column < 0)
    throw SqlError("0A000", fmt::format("cannot {} column \"{}\" of view \"{}\"",
                                        target.inserting ? "insert into" : "update", written.name, named.name))
        .with_detail("View columns that are not columns of their base relation are not updatable.");
  return column;
}

void add_view_condition(Scope& scope, Target& target) {
  if (!target.view_condition) return;
  scope.query->where_begins_with_view = true;
  auto& where = scope.query->where;
  if (!where) {
    where = std::move(target.view_condition);
    return;
  }
  std::vector<ExpressionPtr> both;
  both.push_back(std::move(target.view_condition));
  both.push_back(std::move(where));
  where = make_boolean(query::BooleanOp::and_, std::move(both), -1);
}

ExpressionPtr default_value(Scope& scope, const catalog::Column& column) {
  if (column.default_ && !column.generated) return query::clone(*column.default_);
  const auto* info = scope.catalog().type(column.type.oid);
  if (info && info->kind == 'd') {
    auto domain = scope.catalog().domain(column.type.oid);
    if (domain && domain->default_) return query::clone(*domain->default_);
    auto null = null_constant(scope, domain ? domain->base : type_ref(scope, info->base_type));
    return make_expression(column.type, -1,
                           query::CoerceToDomain{std::move(null), query::CallForm::implicit_cast});
  }
  auto null = null_constant(scope, column.type);
  null->type = column.type;
  return null;
}

namespace {

[[noreturn]] void only_default(const catalog::Column& column, const char* verb) {
  bool update = std::string_view(verb) == "update";
  std::string message = update ? fmt::format("column \"{}\" can only be updated to DEFAULT", column.name)
                               : fmt::format("cannot insert a non-DEFAULT value into column \"{}\"", column.name);
  SqlError error("428C9", message);
  if (column.generated)
    throw std::move(error).with_detail(fmt::format("Column \"{}\" is a generated column.", column.name));
  if (update)
    throw std::move(error).with_detail(
        fmt::format("Column \"{}\" is an identity column defined as GENERATED ALWAYS.", column.name));
  throw std::move(error)
      .with_detail(fmt::format("Column \"{}\" is an identity column defined as GENERATED ALWAYS.", column.name))
      .with_hint("Use OVERRIDING SYSTEM VALUE to override.");
}

bool is_default(const ExpressionPtr& e) { return std::holds_alternative<query::SetToDefault>(e->node); }

}  // namespace

std::vector<query::TargetColumn> complete_insert(Scope& scope, const catalog::RelationDescriptor& relation,
                                                 std::vector<ExpressionPtr> given,
                                                 query::Query::Overriding overriding) {
  std::vector<query::TargetColumn> targets;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const auto& column = relation.columns[i];
    if (column.dropped) continue;
    ExpressionPtr value = std::move(given[i]);
    const bool by_default = value == nullptr;
    if (value && is_default(value)) value = nullptr;
    if (value && column.generated) only_default(column, "insert");
    if (column.generated) continue;
    if (value && column.identity) {
      if (overriding == query::Query::Overriding::user) value = nullptr;
      else if (column.identity == 'a' && overriding != query::Query::Overriding::system) only_default(column, "insert");
    }
    if (!value) value = default_value(scope, column);
    targets.push_back({static_cast<int>(i), std::move(value), by_default});
  }
  return targets;
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
    if (is_default(value)) {
      if (column.generated) continue;
      value = default_value(scope, column);
    } else if (column.generated || column.identity == 'a') {
      only_default(column, "update");
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
  add_view_condition(scope, target);
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
  add_view_condition(scope, target);
  analyze_returning(scope, remove.returning);
  assign_collations(scope, query);
  if (scope.has_aggregates) check_aggregates(scope);
}

}  // namespace analyzer
