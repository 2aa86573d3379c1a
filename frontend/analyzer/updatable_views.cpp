#include "updatable_views.h"

#include "query/updatable.h"
#include "query/walk.h"

namespace analyzer {
namespace {

void renumber(Expression& expression, int from, int to) {
  if (auto* ref = std::get_if<query::ColumnReference>(&expression.node))
    if (ref->levels_up == 0 && ref->range_table_index == from) ref->range_table_index = to;
  query::for_each_child(expression, [&](ExpressionPtr& child) { renumber(*child, from, to); });
}

// Columns of the view become what it computes them from.
void replace_columns(ExpressionPtr& expression, const query::Query& view) {
  if (const auto* ref = std::get_if<query::ColumnReference>(&expression->node)) {
    const auto* output = ref->column >= 0 ? query::visible_output(view, ref->column) : nullptr;
    if (ref->levels_up != 0 || output == nullptr) return;
    expression = query::clone(*output->expression);
    renumber(*expression, query::updatable_entry(view), 0);
    return;
  }
  query::for_each_child(*expression, [&](ExpressionPtr& child) { replace_columns(child, view); });
}

}  // namespace

catalog::RelationPtr find_under_view(Scope& scope, catalog::RelationPtr view, std::span<ExpressionPtr> expressions) {
  while (view->kind == catalog::RelationKind::view && view->view_query &&
         query::why_not_updatable(*view->view_query) == nullptr) {
    auto below = scope.catalog().relation(query::updatable_relation(*view->view_query));
    if (!below) break;
    for (ExpressionPtr& expression : expressions) replace_columns(expression, *view->view_query);
    view = std::move(below);
  }
  return view;
}

}  // namespace analyzer
