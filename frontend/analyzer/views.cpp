// Views are subqueries with a name.
#include <fmt/format.h>

#include "analysis.h"

namespace analyzer {
namespace {

// Analysed views of one statement nest; a view that is its own source must not hang.
constexpr int kMaximumDepth = 64;

}  // namespace

void expand_view(Scope& scope, query::RangeTableEntry& entry, const catalog::RelationDescriptor& view) {
  if (++scope.state.view_depth > kMaximumDepth)
    throw SqlError("42P17", fmt::format("infinite recursion detected in rules for relation \"{}\"", view.name));
  std::unique_ptr<query::Query> expanded;
  if (view.view_query) {
    expanded = query::clone(*view.view_query);
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
