#include "fold_constants.h"

#include <algorithm>
#include <utility>

#include "eval/constant_value.h"
#include "negation.h"
#include "query/walk.h"

namespace planner {

namespace {

// Whether the expression is made of constants and immutable calls alone.
bool is_made_of_constants(catalog::CatalogView& catalog, const Expression& e) {
  const auto is_constant = [&](const ExpressionPtr& argument) { return is_made_of_constants(catalog, *argument); };
  if (std::holds_alternative<query::Constant>(e.node)) return true;
  if (const auto* relabel = std::get_if<query::Relabel>(&e.node)) return is_constant(relabel->argument);
  const auto* call = std::get_if<query::Call>(&e.node);
  if (call == nullptr || call->returns_set) return false;
  const catalog::FunctionInfo* function = catalog.function(call->function);
  return function != nullptr && function->volatility == 'i' && !catalog::is_user_written(*function) &&
         std::ranges::all_of(call->arguments, is_constant);
}

// A strict function with a null among its arguments: whatever the others are, it is null.
bool is_never_called(catalog::CatalogView& catalog, const Expression& e) {
  const auto* call = std::get_if<query::Call>(&e.node);
  const catalog::FunctionInfo* function = call != nullptr && !call->returns_set ? catalog.function(call->function) : nullptr;
  return function != nullptr && function->strict && std::ranges::any_of(call->arguments, [](const ExpressionPtr& argument) {
    const auto* constant = std::get_if<query::Constant>(&strip_relabel(*argument).node);
    return constant != nullptr && constant->value.is_null;
  });
}

void fold(catalog::CatalogView& catalog, ExpressionPtr& e) {
  if (auto* boolean = std::get_if<query::BooleanExpression>(&e->node); boolean != nullptr && boolean->op == query::BooleanOp::not_)
    e = negated(catalog, std::move(boolean->arguments[0]));
  if (std::holds_alternative<query::Call>(e->node) && is_made_of_constants(catalog, *e))
    if (std::optional<query::Constant> value = eval::constant_value(catalog, *e)) {
      auto folded = std::make_unique<Expression>();
      folded->type = e->type;
      folded->node = std::move(*value);
      e = std::move(folded);
      return;
    }
  query::for_each_child(
      *e, [&](ExpressionPtr& child) { fold(catalog, child); }, [&](query::Query& below) { fold_constants(catalog, below); });
  if (is_never_called(catalog, *e)) e = make_constant(types::Datum::null(), e->type);
}

}  // namespace

void fold_constants(catalog::CatalogView& catalog, query::Query& query) {
  // A key that grouping sets make null is told from a constant of the same value by how it is written alone.
  if (!query.grouping_sets.empty() &&
      std::ranges::any_of(query.group_by, [&](const query::GroupKey& key) { return is_made_of_constants(catalog, *key.expression); }))
    return;
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
  return copy;
}

}  // namespace planner
