// Operators as the grammar writes them: comparisons of rows, IN, BETWEEN, DISTINCT FROM, ANY, ALL.
#include <fmt/format.h>

#include "analysis.h"
#include "catalog/builtin.h"
#include "query/walk.h"

namespace analyzer {
namespace {

bool is_null_literal(const ast::Node* node) {
  const auto* literal = ast::try_as<ast::Literal>(node);
  return literal && literal->kind_of == ast::LiteralKind::null;
}

bool has_local_columns(const Expression& expression) {
  if (const auto* ref = std::get_if<query::ColumnReference>(&expression.node))
    return ref->levels_up == 0;
  if (std::holds_alternative<query::Subquery>(expression.node)) return true;
  bool found = false;
  query::for_each_child(expression,
                        [&](const Expression& child) { found = found || has_local_columns(child); });
  return found;
}

std::vector<ExpressionPtr> take_row(Scope& scope, const ast::Node* node) {
  return analyze_expression_list(scope, ast::as<ast::RowExpression>(*node).fields, scope.place);
}

ExpressionPtr negate(ExpressionPtr argument, int location) {
  std::vector<ExpressionPtr> one;
  one.push_back(std::move(argument));
  return make_boolean(query::BooleanOp::not_, std::move(one), location);
}

ExpressionPtr plain_operation(Scope& scope, const ast::Operation& node) {
  const auto* left_row = ast::try_as<ast::RowExpression>(node.left);
  const auto* right_row = ast::try_as<ast::RowExpression>(node.right);
  const auto* right_sublink = ast::try_as<ast::Sublink>(node.right);
  if (left_row && right_sublink && right_sublink->sublink == ast::SublinkKind::scalar) {
    ast::Sublink comparison = *right_sublink;
    comparison.sublink = ast::SublinkKind::row_compare;
    comparison.test = node.left;
    comparison.operator_name = node.name;
    comparison.location = node.location;
    return transform_sublink(scope, comparison);
  }
  if (left_row && right_row) {
    auto left = take_row(scope, node.left);
    auto right = take_row(scope, node.right);
    return make_row_comparison(scope, node.name, std::move(left), std::move(right), node.location);
  }
  auto left = node.left ? transform(scope, node.left) : nullptr;
  auto right = transform(scope, node.right);
  return make_operator(scope, node.name, std::move(left), std::move(right), node.location);
}

ExpressionPtr in_list(Scope& scope, const ast::Operation& node) {
  bool any = node.name[0] != "<>";
  const auto& list = ast::as<ast::ListNode>(*node.right);
  const bool row_left = ast::try_as<ast::RowExpression>(node.left) != nullptr;

  // Left side anew for every use but the first.
  ExpressionPtr left = row_left ? nullptr : transform(scope, node.left);
  std::vector<ExpressionPtr> plain, others;
  std::vector<const ast::Node*> other_nodes;
  bool rows = row_left;
  for (const ast::Node* item : list.items) {
    if (row_left) {
      other_nodes.push_back(item);
      continue;
    }
    auto value = transform(scope, item);
    if (has_local_columns(*value)) others.push_back(std::move(value));
    else plain.push_back(std::move(value));
  }
  (void)rows;
  std::vector<ExpressionPtr> conditions;
  if (plain.size() > 1) {
    std::vector<Expression*> all{left.get()};
    for (const auto& value : plain) all.push_back(value.get());
    Oid scalar = select_common_type(scope, all, nullptr);
    Oid array = scalar && scalar != oid::record ? scope.catalog().array_type(scalar) : 0;
    bool fits = array != 0;
    for (const auto* value : all)
      fits = fits && can_coerce(scope, value->type.oid, scalar, Context::implicit);
    if (fits) {
      query::ArrayConstructor constructor;
      constructor.element_type = scalar;
      for (auto& value : plain)
        constructor.elements.push_back(coerce_to_common(scope, std::move(value), scalar, "IN"));
      plain.clear();
      auto right = make_expression(TypeRef{array, -1, 0}, -1, std::move(constructor));
      conditions.push_back(make_array_operator(scope, node.name, any, query::clone(*left),
                                               std::move(right), node.location));
    }
  }
  for (auto* values : {&plain, &others})
    for (auto& value : *values) {
      auto comparison = make_operator(scope, node.name, query::clone(*left), std::move(value), node.location);
      conditions.push_back(coerce_to_boolean(scope, std::move(comparison), "IN"));
    }
  for (const ast::Node* item : other_nodes) {
    if (item->kind == ast::NodeKind::row_expression) {
      auto left_row = take_row(scope, node.left);
      auto right_row = take_row(scope, item);
      conditions.push_back(make_row_comparison(scope, node.name, std::move(left_row),
                                               std::move(right_row), node.location));
    } else {
      auto left_row = transform(scope, node.left);
      auto right = transform(scope, item);
      conditions.push_back(coerce_to_boolean(
          scope, make_operator(scope, node.name, std::move(left_row), std::move(right), node.location), "IN"));
    }
  }
  if (conditions.size() == 1) return std::move(conditions[0]);
  return make_boolean(any ? query::BooleanOp::or_ : query::BooleanOp::and_, std::move(conditions),
                      node.location);
}

ExpressionPtr between(Scope& scope, const ast::Operation& node) {
  const auto& bounds = ast::as<ast::ListNode>(*node.right);
  auto compare = [&](const char* op, const ast::Node* bound) {
    auto left = transform(scope, node.left);
    auto right = transform(scope, bound);
    return coerce_to_boolean(
        scope, make_operator(scope, OperatorName{op}, std::move(left), std::move(right), node.location),
        "BETWEEN");
  };
  auto pair = [&](query::BooleanOp op, const char* first, const ast::Node* low, const char* second,
                  const ast::Node* high) {
    std::vector<ExpressionPtr> both;
    both.push_back(compare(first, low));
    both.push_back(compare(second, high));
    return make_boolean(op, std::move(both), node.location);
  };
  const ast::Node* low = bounds.items[0];
  const ast::Node* high = bounds.items[1];
  using query::BooleanOp;
  switch (node.operation) {
    case ast::OperationKind::between: return pair(BooleanOp::and_, ">=", low, "<=", high);
    case ast::OperationKind::not_between: return pair(BooleanOp::or_, "<", low, ">", high);
    default: break;
  }
  bool negated = node.operation == ast::OperationKind::not_between_symmetric;
  std::vector<ExpressionPtr> ways;
  ways.push_back(negated ? pair(BooleanOp::or_, "<", low, ">", high)
                         : pair(BooleanOp::and_, ">=", low, "<=", high));
  ways.push_back(negated ? pair(BooleanOp::or_, "<", high, ">", low)
                         : pair(BooleanOp::and_, ">=", high, "<=", low));
  return make_boolean(negated ? BooleanOp::and_ : BooleanOp::or_, std::move(ways), node.location);
}

ExpressionPtr distinct(Scope& scope, const ast::Operation& node) {
  bool negated = node.operation == ast::OperationKind::not_distinct;
  for (auto [null_side, other] :
       {std::pair{node.right, node.left}, std::pair{node.left, node.right}})
    if (is_null_literal(null_side)) {
      auto argument = transform(scope, other);
      // IS NULL looks into rows, DISTINCT does not.
      if (row_fields(scope, *argument)) {
        auto null = transform(scope, null_side);
        auto result = make_distinct(scope, node.name, std::move(argument), std::move(null), node.location);
        return negated ? negate(std::move(result), node.location) : std::move(result);
      }
      return make_test(negated ? query::TestKind::is_null : query::TestKind::is_not_null,
                       std::move(argument), node.location);
    }
  ExpressionPtr result;
  if (ast::try_as<ast::RowExpression>(node.left) && ast::try_as<ast::RowExpression>(node.right)) {
    auto left = take_row(scope, node.left);
    auto right = take_row(scope, node.right);
    if (left.size() != right.size())
      throw SqlError("42601", "unequal number of entries in row expressions").at(node.location);
    if (left.empty()) {
      result = bool_constant(false, node.location);
    } else {
      std::vector<ExpressionPtr> parts;
      for (std::size_t i = 0; i < left.size(); ++i)
        parts.push_back(make_distinct(scope, node.name, std::move(left[i]), std::move(right[i]), node.location));
      result = parts.size() == 1 ? std::move(parts[0])
                                 : make_boolean(query::BooleanOp::or_, std::move(parts), node.location);
    }
  } else {
    auto left = transform(scope, node.left);
    auto right = transform(scope, node.right);
    result = make_distinct(scope, node.name, std::move(left), std::move(right), node.location);
  }
  return negated ? negate(std::move(result), node.location) : std::move(result);
}

ExpressionPtr null_if(Scope& scope, const ast::Operation& node) {
  auto left = transform(scope, node.left);
  auto right = transform(scope, node.right);
  const TypeRef own = left->type;
  auto equality = make_operator(scope, node.name, std::move(left), std::move(right), node.location);
  if (equality->type.oid != oid::bool_)
    throw SqlError("42804", "NULLIF requires = operator to yield boolean").at(node.location);
  auto& call = std::get<query::Call>(equality->node);
  TypeRef type{call.arguments[0]->type.oid, -1, 0};
  if (type.oid == oid::record) type.oid = own.oid;  // a named row type is compared as any row, and stays what it is
  return make_expression(type, node.location, query::NullIf{std::move(call)});
}

// Strategy numbers (1 <, 2 <=, 3 =, 4 >=, 5 >, 6 <>) that the operator has, by btree family.
std::vector<std::pair<Oid, int>> interpretations(Scope& scope, Oid op) {
  std::vector<std::pair<Oid, int>> result;
  for (const auto* member : scope.catalog().families_of(op))
    if (member->method == catalog::kBtree && member->purpose == 's')
      result.emplace_back(member->family, member->strategy);
  if (result.empty()) {
    const auto* info = scope.catalog().operator_(op);
    if (info && info->negator)
      for (const auto* member : scope.catalog().families_of(info->negator))
        if (member->method == catalog::kBtree && member->purpose == 's' && member->strategy == 3)
          result.emplace_back(member->family, 6);
  }
  return result;
}

}  // namespace

ExpressionPtr make_distinct(Scope& scope, ast::Names name, ExpressionPtr left, ExpressionPtr right,
                            int location) {
  auto equality = make_operator(scope, name, std::move(left), std::move(right), location);
  if (equality->type.oid != oid::bool_)
    throw SqlError("42804", "IS DISTINCT FROM requires = operator to yield boolean").at(location);
  return make_expression(TypeRef{oid::bool_, -1, 0}, location,
                         query::IsDistinct{std::move(std::get<query::Call>(equality->node))});
}

int row_comparison_strategy(Scope& scope, ast::Names name, std::span<const Oid> operators, int location) {
  std::uint32_t common = ~0u;
  for (const Oid op : operators) {
    std::uint32_t mine = 0;
    for (auto [family, strategy] : interpretations(scope, op)) mine |= 1u << strategy;
    common &= mine;
  }
  if (common == 0)
    throw SqlError("0A000", fmt::format("could not determine interpretation of row comparison operator {}",
                                        name.back()))
        .with_hint("Row comparison operators must be associated with btree operator families.")
        .at(location);
  return std::countr_zero(common);
}

ExpressionPtr make_row_comparison(Scope& scope, ast::Names name, std::vector<ExpressionPtr> left,
                                  std::vector<ExpressionPtr> right, int location) {
  if (left.size() != right.size())
    throw SqlError("42601", "unequal number of entries in row expressions").at(location);
  if (left.empty()) throw SqlError("0A000", "cannot compare rows of zero length").at(location);
  std::vector<ExpressionPtr> pairs;
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto pair = make_operator(scope, name, std::move(left[i]), std::move(right[i]), location);
    if (pair->type.oid != oid::bool_)
      throw SqlError("42804", fmt::format("row comparison operator must yield type boolean, not type {}",
                                          type_name(scope, pair->type.oid)))
          .at(location);
    pairs.push_back(std::move(pair));
  }
  if (pairs.size() == 1) return std::move(pairs[0]);

  std::vector<Oid> operators;
  for (const auto& pair : pairs) operators.push_back(std::get<query::Call>(pair->node).operator_);
  const int strategy = row_comparison_strategy(scope, name, operators, location);
  if (strategy == 3) return make_boolean(query::BooleanOp::and_, std::move(pairs), location);
  if (strategy == 6) return make_boolean(query::BooleanOp::or_, std::move(pairs), location);
  query::RowCompare result;
  result.op = static_cast<query::RowCompareOp>(strategy);
  for (auto& pair : pairs) {
    auto& call = std::get<query::Call>(pair->node);
    result.operators.push_back(call.operator_);
    result.input_collations.push_back(0);
    result.left.push_back(std::move(call.arguments[0]));
    result.right.push_back(std::move(call.arguments[1]));
  }
  return make_expression(TypeRef{oid::bool_, -1, 0}, location, std::move(result));
}

ExpressionPtr transform_operation(Scope& scope, const ast::Operation& node) {
  using Kind = ast::OperationKind;
  switch (node.operation) {
    case Kind::op:
    case Kind::like:
    case Kind::ilike:
    case Kind::similar: return plain_operation(scope, node);
    case Kind::op_any:
    case Kind::op_all: {
      auto left = transform(scope, node.left);
      auto right = transform(scope, node.right);
      return make_array_operator(scope, node.name, node.operation == Kind::op_any, std::move(left),
                                 std::move(right), node.location);
    }
    case Kind::distinct:
    case Kind::not_distinct: return distinct(scope, node);
    case Kind::nullif: return null_if(scope, node);
    case Kind::in: return in_list(scope, node);
    default: return between(scope, node);
  }
}

}  // namespace analyzer
