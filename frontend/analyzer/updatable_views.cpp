#include "updatable_views.h"

#include <fmt/format.h>

#include "query/walk.h"

namespace analyzer {
namespace {

// References to entry `from`, `depth` levels further in, come to mean entry `to`.
void remap(Expression& expression, int depth, int from, int to);
void remap(query::Query& query, int depth, int from, int to) {
  query::for_each_expression(
      query, [&](ExpressionPtr& e) { remap(*e, depth, from, to); },
      [&](query::Query& below) { remap(below, depth + 1, from, to); });
}
void remap(Expression& expression, int depth, int from, int to) {
  if (auto* ref = std::get_if<query::ColumnReference>(&expression.node))
    if (ref->levels_up == depth && ref->range_table_index == from) ref->range_table_index = to;
  query::for_each_child(
      expression, [&](ExpressionPtr& child) { remap(*child, depth, from, to); },
      [&](query::Query& below) { remap(below, depth + 1, from, to); });
}

bool returns_sets(const Expression& expression) {
  if (const auto* call = std::get_if<query::Call>(&expression.node); call && call->returns_set) return true;
  bool found = false;
  query::for_each_child(expression, [&](const Expression& child) { found = found || returns_sets(child); });
  return found;
}

// Why the view is not updatable; null: it is.
const char* refusal(const query::Query& query) {
  if (query.distinct || !query.distinct_on.empty())
    return "Views containing DISTINCT are not automatically updatable.";
  if (!query.group_by.empty() || !query.grouping_sets.empty())
    return "Views containing GROUP BY are not automatically updatable.";
  if (query.having) return "Views containing HAVING are not automatically updatable.";
  if (query.set_operations)
    return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.";
  if (!query.with.empty()) return "Views containing WITH are not automatically updatable.";
  if (query.limit || query.offset) return "Views containing LIMIT or OFFSET are not automatically updatable.";
  if (query.has_aggregates) return "Views that return aggregate functions are not automatically updatable.";
  if (!query.windows.empty()) return "Views that return window functions are not automatically updatable.";
  for (const auto& output : query.output)
    if (returns_sets(*output.expression))
      return "Views that return set-returning functions are not automatically updatable.";
  const auto* leaf = query.from.size() == 1 ? std::get_if<query::JoinLeaf>(&query.from[0]->node) : nullptr;
  if (!leaf) return "Views that do not select from a single table or view are not automatically updatable.";
  const auto& entry = query.range_table[static_cast<std::size_t>(leaf->range_table_index)];
  if (entry.kind != query::RangeTableEntry::Kind::relation && !entry.view)
    return "Views that do not select from a single table or view are not automatically updatable.";
  return nullptr;
}

}  // namespace

Target open_view_target(Scope& scope, const catalog::RelationPtr& view, const ast::RangeVariable& name,
                        std::string_view command) {
  const char* reason = view->view_query ? refusal(*view->view_query)
                                        : "Views that do not select from a single table or view are not "
                                          "automatically updatable.";
  if (reason) {
    const char* verb = command == "INSERT" ? "insert into" : command == "DELETE" ? "delete from" : "update";
    const char* doing = command == "INSERT"   ? "inserting into the view"
                        : command == "DELETE" ? "deleting from the view"
                                              : "updating the view";
    throw SqlError("55000", fmt::format("cannot {} view \"{}\"", verb, view->name))
        .with_detail(reason)
        .with_hint(fmt::format("To enable {}, provide an INSTEAD OF {} trigger or an unconditional ON {} DO INSTEAD "
                               "rule.",
                               doing, command, command));
  }
  if (view->check_option) throw SqlError::not_supported("changing a view WITH CHECK OPTION");
  if (command == "MERGE") throw SqlError("0A000", fmt::format("cannot execute MERGE on relation \"{}\"", view->name));
  const query::Query& query = *view->view_query;
  int base_index = std::get<query::JoinLeaf>(query.from[0]->node).range_table_index;
  const auto& entry = query.range_table[static_cast<std::size_t>(base_index)];
  if (entry.view) throw SqlError::not_supported("changing a view of a view");

  Target target;
  target.view = view;
  target.inserting = command == "INSERT";
  target.relation = scope.catalog().open_relation(entry.relation, catalog::RelationLock::row_exclusive);
  if (!target.relation || (target.relation->kind != catalog::RelationKind::table &&
                           target.relation->kind != catalog::RelationKind::partitioned_table))
    throw SqlError::not_supported("changing this view");
  target.item = add_relation(scope, target.relation, name.alias ? name.alias->name : std::string_view(view->name),
                             entry.include_children);
  int index = target.item->range_table_index;
  for (const auto& output : query.output) {
    if (output.hidden) continue;
    const auto* ref = std::get_if<query::ColumnReference>(&output.expression->node);
    target.view_columns.push_back(ref && ref->column >= 0 && ref->levels_up == 0 ? ref->column : -1);
  }
  target.base_index = base_index;
  show_view_columns(target, *target.item);
  if (query.where) {
    target.view_condition = query::clone(*query.where);
    remap(*target.view_condition, 0, base_index, index);
  }
  scope.query->target = index;
  scope.query->target_view = view->oid;
  return target;
}

void show_view_columns(Target& target, NamespaceItem& item) {
  item.columns.clear();
  std::size_t i = 0;
  for (const auto& output : target.view->view_query->output) {
    if (output.hidden) continue;
    NamespaceColumn column;
    column.name = i < target.view->columns.size() ? target.view->columns[i].name : output.name;
    column.type = output.expression->type;
    column.range_table_index = item.range_table_index;
    column.column = target.view_columns[i];
    if (column.column < 0) {
      auto merged = query::clone(*output.expression);
      remap(*merged, 0, target.base_index, item.range_table_index);
      column.merged = std::shared_ptr<const Expression>(std::move(merged));
    }
    item.columns.push_back(std::move(column));
    ++i;
  }
}

}  // namespace analyzer
