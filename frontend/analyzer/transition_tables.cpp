// Transition tables in FROM: what the statement that fired a trigger has changed, by the names that the trigger
// gives it. They hide tables of the same name.
#include "transition_tables.h"

#include <fmt/format.h>

#include "analyzer/transition_names.h"
#include "coerce.h"
#include "from.h"
#include "query/walk.h"

namespace analyzer {
namespace {

constexpr Oid kTransitionRows = 9041;  // sextant.transition_rows(new)

const TransitionNames* names_of(Scope& scope) {
  return dynamic_cast<const TransitionNames*>(scope.state.context.variables);
}

// Whether the name means the old (false) or the new rows; nullopt: neither.
std::optional<bool> find_transition(Scope& scope, const ast::RangeVariable& name) {
  const TransitionNames* names = names_of(scope);
  return names == nullptr || name.schema.data() ? std::nullopt : names->find_table(name.name);
}

}  // namespace

NamespaceItemPtr add_transition_table(Scope& scope, const ast::RangeVariable& name) {
  const auto new_rows = find_transition(scope, name);
  if (!new_rows) return nullptr;
  const auto relation = scope.catalog().relation(names_of(scope)->relation());
  if (!relation) return nullptr;
  query::RangeTableEntry entry;
  entry.kind = query::RangeTableEntry::Kind::function;
  entry.alias = str(name.name);
  for (const auto& column : relation->columns)
    if (!column.dropped) entry.columns.push_back({column.name, column.type});
  query::Call call;
  call.function = kTransitionRows;
  call.returns_set = true;
  call.arguments.push_back(bool_constant(*new_rows));
  query::FunctionItem item;
  item.call = make_expression(TypeRef{oid::record, -1, 0}, name.location, std::move(call));
  item.column_count = static_cast<int>(entry.columns.size());
  item.has_column_definitions = true;
  entry.functions.push_back(std::move(item));
  apply_alias(entry, name.alias, "table");
  return add_entry(scope, std::move(entry));
}

void refuse_transition_target(Scope& scope, const ast::RangeVariable& name) {
  if (find_transition(scope, name))
    throw SqlError("0A000", fmt::format("relation \"{}\" cannot be the target of a modifying statement", name.name));
}

void refuse_transition_tables(const query::Query& query) {
  for (const auto& entry : query.range_table)
    for (const auto& item : entry.functions)
      if (const auto* call = std::get_if<query::Call>(&item.call->node); call && call->function == kTransitionRows)
        throw SqlError("42P01", fmt::format("relation \"{}\" does not exist", entry.alias));
  query::for_each_expression(query, [](const Expression& e) {
    query::for_each_child(e, [](const Expression&) {}, [](const query::Query& below) { refuse_transition_tables(below); });
  }, [](const query::Query& below) { refuse_transition_tables(below); });
}

}  // namespace analyzer
