// Views are subqueries with a name.
#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "analysis.h"
#include "query/walk.h"

namespace analyzer {
namespace {

// Analysed views of one statement nest; a view that is its own source must not hang.
constexpr int kMaximumDepth = 64;

// What a view of views keeps of those under it is what they were when it was made. `around`: the views that the query is
// in, outermost first.
void renew_views(Scope& scope, query::Query& query, std::vector<types::Oid>& around) {
  scope.state.check_depth();
  std::vector<std::pair<const query::Query*, types::Oid>> renewed;
  for (query::RangeTableEntry& entry : query.range_table) {
    if (entry.view == 0 || entry.subquery == nullptr) continue;
    auto view = scope.catalog().relation(entry.view);
    if (!view || !view->view_query) continue;
    if (std::ranges::find(around, entry.view) != around.end())
      throw SqlError("42P17", fmt::format("infinite recursion detected in rules for relation \"{}\"", view->name));
    entry.subquery = query::clone(*view->view_query);
    renewed.emplace_back(entry.subquery.get(), entry.view);
  }
  const auto below = [&](query::Query& inner) {
    const auto view = std::ranges::find(renewed, &inner, &std::pair<const query::Query*, types::Oid>::first);
    if (view != renewed.end()) around.push_back(view->second);
    renew_views(scope, inner, around);
    if (view != renewed.end()) around.pop_back();
  };
  std::function<void(query::ExpressionPtr&)> expression = [&](query::ExpressionPtr& e) {
    query::for_each_child(*e, expression, below);
  };
  query::for_each_expression(query, expression, below);
}

}  // namespace

void expand_view(Scope& scope, query::RangeTableEntry& entry, const catalog::RelationDescriptor& view) {
  if (++scope.state.view_depth > kMaximumDepth)
    throw SqlError("42P17", fmt::format("infinite recursion detected in rules for relation \"{}\"", view.name));
  std::unique_ptr<query::Query> expanded;
  if (view.view_query) {
    expanded = query::clone(*view.view_query);
    std::vector<types::Oid> around{view.oid};
    renew_views(scope, *expanded, around);
  } else if (!view.view_sql.empty()) {
    expanded = analyze_view_text(view.view_sql, scope.state.context);
  } else {
    throw SqlError::not_supported(fmt::format("view \"{}\"", view.name));
  }
  --scope.state.view_depth;
  entry.kind = query::RangeTableEntry::Kind::subquery;
  entry.view = view.oid;
  entry.relation = 0;
  entry.subquery = std::move(expanded);
}

}  // namespace analyzer
