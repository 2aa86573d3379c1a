#include "fold_constants.h"

#include <algorithm>
#include <utility>

#include "eval/constant_value.h"
#include "negation.h"
#include "query/walk.h"

namespace planner {

namespace {

const query::Constant* as_constant(const Expression& e) { return std::get_if<query::Constant>(&strip_relabel(e).node); }

// The call's value where that is known without the rows: of a strict function and a null, whatever the other arguments
// are, and of an immutable one and constants. A call that fails has none.
std::optional<query::Constant> value_of(catalog::CatalogView& catalog, const Expression& e, const query::Call& call) {
  const catalog::FunctionInfo* function = call.returns_set ? nullptr : catalog.function(call.function);
  if (function == nullptr) return std::nullopt;
  bool all = true, null = false;
  for (const ExpressionPtr& argument : call.arguments) {
    const query::Constant* constant = as_constant(*argument);
    all = all && constant != nullptr;
    null = null || (constant != nullptr && constant->value.is_null);
  }
  if (null && function->strict) return query::Constant(types::Datum::null());
  if (!all || function->volatility != 'i' || catalog::is_user_written(*function)) return std::nullopt;
  return eval::constant_value(catalog, e);
}

// From the leaves up, so that each call is looked at once.
void fold(catalog::CatalogView& catalog, ExpressionPtr& e) {
  query::for_each_child(
      *e, [&](ExpressionPtr& child) { fold(catalog, child); }, [&](query::Query& below) { fold_constants(catalog, below); });
  const auto* call = std::get_if<query::Call>(&e->node);
  std::optional<query::Constant> value = call != nullptr ? value_of(catalog, *e, *call) : std::nullopt;
  if (!value) return;
  auto folded = std::make_unique<Expression>();
  folded->type = e->type;
  folded->node = std::move(*value);
  e = std::move(folded);
}

// A key that grouping sets make null is told from a constant of the same value, and from another key of the same
// value, by how it is written alone.
bool keeps_keys_apart(catalog::CatalogView& catalog, const std::vector<query::GroupKey>& keys) {
  std::vector<ExpressionPtr> folded;
  for (const query::GroupKey& key : keys) {
    folded.push_back(query::clone(*key.expression));
    fold(catalog, folded.back());
    if (as_constant(*folded.back()) != nullptr) return false;
  }
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (query::equal(*folded[i], *folded[j]) && !query::equal(*keys[i].expression, *keys[j].expression)) return false;
  return true;
}

}  // namespace

void fold_constants(catalog::CatalogView& catalog, query::Query& query) {
  if (!query.grouping_sets.empty() && !keeps_keys_apart(catalog, query.group_by)) return;
  query::for_each_expression(
      query, [&](ExpressionPtr& e) { fold(catalog, e); }, [&](query::Query& below) { fold_constants(catalog, below); });
}

ExpressionPtr as_in_query(catalog::CatalogView& catalog, const Expression& own, int range_table_index) {
  ExpressionPtr copy = query::clone(own);
  rewrite(copy, 0, [&](ExpressionPtr& x, int depth) {
    if (auto* column = std::get_if<query::ColumnReference>(&x->node))
      if (column->levels_up == depth) column->range_table_index = range_table_index;
    return false;
  });
  fold(catalog, copy);
  push_negations(catalog, copy);
  return copy;
}

}  // namespace planner
