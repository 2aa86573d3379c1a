#include "fold_constants.h"

#include <algorithm>
#include <utility>

#include "eval/constant_value.h"

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

}  // namespace

void fold_constants(catalog::CatalogView& catalog, ExpressionPtr& expression) {
  rewrite(expression, 0, [&](ExpressionPtr& e, int) {
    if (!std::holds_alternative<query::Call>(e->node) || !is_made_of_constants(catalog, *e)) return false;
    std::optional<query::Constant> value = eval::constant_value(catalog, *e);
    if (!value) return false;
    auto folded = std::make_unique<Expression>();
    folded->type = e->type;
    folded->node = std::move(*value);
    e = std::move(folded);
    return true;
  });
}

}  // namespace planner
