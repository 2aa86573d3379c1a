#include "negation.h"

#include <utility>

#include "outside.h"

namespace planner {

namespace {

// Null also where the negator has been named but not defined yet.
const catalog::OperatorInfo* negator_of(catalog::CatalogView& catalog, types::Oid op) {
  const catalog::OperatorInfo* info = op != 0 ? catalog.operator_(op) : nullptr;
  const catalog::OperatorInfo* negator = info != nullptr && info->negator != 0 ? catalog.operator_(info->negator) : nullptr;
  return negator != nullptr && negator->function != 0 ? negator : nullptr;
}

// Whether it is a row, of which neither IS NULL nor IS NOT NULL may hold.
bool is_row(catalog::CatalogView& catalog, types::Oid type) {
  type = catalog.base_type(type);
  if (type == types::oid::record) return true;
  const catalog::TypeInfo* info = catalog.type(type);
  return info != nullptr && info->kind == 'c';
}

void push_in_joins(catalog::CatalogView& catalog, query::JoinTree& tree) {
  auto* join = std::get_if<query::JoinNode>(&tree.node);
  if (join == nullptr) return;
  if (join->condition) push_negations(catalog, join->condition);
  push_in_joins(catalog, *join->left);
  push_in_joins(catalog, *join->right);
}

}  // namespace

ExpressionPtr negated(catalog::CatalogView& catalog, ExpressionPtr expression) {
  if (auto* boolean = std::get_if<query::BooleanExpression>(&expression->node)) {
    if (boolean->op == query::BooleanOp::not_) return std::move(boolean->arguments[0]);
    boolean->op = boolean->op == query::BooleanOp::and_ ? query::BooleanOp::or_ : query::BooleanOp::and_;
    for (ExpressionPtr& argument : boolean->arguments) argument = negated(catalog, std::move(argument));
    return expression;
  }
  if (auto* call = std::get_if<query::Call>(&expression->node)) {
    if (const catalog::OperatorInfo* negator = negator_of(catalog, call->operator_)) {
      call->operator_ = negator->oid;
      call->function = negator->function;
      return expression;
    }
  } else if (auto* any = std::get_if<query::ScalarArrayOp>(&expression->node)) {
    if (const catalog::OperatorInfo* negator = negator_of(catalog, any->operator_)) {
      any->operator_ = negator->oid;
      any->function = negator->function;
      any->use_or = !any->use_or;
      return expression;
    }
  } else if (auto* test = std::get_if<query::Test>(&expression->node)) {
    const bool of_null = test->kind == query::TestKind::is_null || test->kind == query::TestKind::is_not_null;
    if (!of_null || !is_row(catalog, test->argument->type.oid)) {
      test->kind = static_cast<query::TestKind>(static_cast<int>(test->kind) ^ 1);  // each stands beside its opposite
      return expression;
    }
  } else if (auto* constant = std::get_if<query::Constant>(&expression->node)) {
    if (!constant->value.is_null) constant->value = types::Datum::of(!constant->value.as<bool>());
    return expression;
  }
  return make_not(std::move(expression));
}

void push_negations(catalog::CatalogView& catalog, ExpressionPtr& condition) {
  auto* boolean = std::get_if<query::BooleanExpression>(&condition->node);
  if (boolean == nullptr) return;
  if (boolean->op == query::BooleanOp::not_) {
    if (!reads_outside(*condition)) condition = negated(catalog, std::move(boolean->arguments[0]));
    return;
  }
  for (ExpressionPtr& argument : boolean->arguments) push_negations(catalog, argument);
}

void push_negations(catalog::CatalogView& catalog, query::Query& query) {
  visit_queries(query, 0, [&](query::Query& each, int) {
    if (each.where) push_negations(catalog, each.where);
    for (auto& item : each.from) push_in_joins(catalog, *item);
  });
}

}  // namespace planner
