#include "implication.h"

#include <algorithm>
#include <optional>

#include "catalog/collators.h"
#include "eval/compile.h"
#include "fold_constants.h"
#include "operator_strategy.h"
#include "rewrite.h"
#include "types/array.h"
#include "types/type_io.h"

namespace planner {
namespace {

using query::Expression;
using types::Datum;
using types::Oid;

// btree strategies, and what is no order: <>.
enum Strategy { kNone = 0, kLess = 1, kLessEqual = 2, kEqual = 3, kGreaterEqual = 4, kGreater = 5, kNotEqual = 6 };

// value op constant
struct Comparison {
  const Expression* value = nullptr;
  Strategy strategy = kNone;
  Datum constant;
  Oid type = 0;       // of the constant
  Oid collation = 0;
};

Strategy commuted(Strategy strategy) {
  switch (strategy) {
    case kLess: return kGreater;
    case kLessEqual: return kGreaterEqual;
    case kGreaterEqual: return kLessEqual;
    case kGreater: return kLess;
    default: return strategy;
  }
}

class Prover {
 public:
  explicit Prover(catalog::CatalogView& catalog) : catalog_(catalog) {}

  bool prove(std::span<const Expression* const> conditions, const Expression& predicate) {
    if (const auto* boolean = std::get_if<query::BooleanExpression>(&predicate.node)) {
      auto proven = [&](const query::ExpressionPtr& part) { return prove(conditions, *part); };
      if (boolean->op == query::BooleanOp::and_) return std::ranges::all_of(boolean->arguments, proven);
      if (boolean->op == query::BooleanOp::or_ && std::ranges::any_of(boolean->arguments, proven)) return true;
    }
    return std::ranges::any_of(conditions, [&](const Expression* condition) { return one(*condition, predicate); });
  }

 private:
  bool one(const Expression& condition, const Expression& predicate) {
    if (query::equal(condition, predicate)) return true;
    if (const auto* boolean = std::get_if<query::BooleanExpression>(&condition.node)) {
      const Expression* parts[1];
      auto makes_true = [&](const query::ExpressionPtr& part) {
        parts[0] = part.get();
        return prove(parts, predicate);
      };
      if (boolean->op == query::BooleanOp::and_) return std::ranges::any_of(boolean->arguments, makes_true);
      if (boolean->op == query::BooleanOp::or_) return std::ranges::all_of(boolean->arguments, makes_true);
    }
    if (const auto* test = std::get_if<query::Test>(&predicate.node)) return test->kind == query::TestKind::is_not_null &&
                                                                            needs_value(condition, *test->argument);
    // = ANY of a list: each of its elements must do.
    if (const auto* any = std::get_if<query::ScalarArrayOp>(&condition.node); any != nullptr && any->use_or)
      return every_element(*any, predicate);
    const auto known = comparison(condition);
    if (!known) return false;
    if (const auto* any = std::get_if<query::ScalarArrayOp>(&predicate.node); any != nullptr && any->use_or)
      return is_element(*known, *any);
    const auto asked = comparison(predicate);
    return asked && follows(*known, *asked);
  }

  // A strict operator on it is true for no null.
  bool needs_value(const Expression& condition, const Expression& value) {
    if (const auto* any = std::get_if<query::ScalarArrayOp>(&condition.node)) {
      const catalog::FunctionInfo* function = catalog_.function(any->function);
      return any->use_or && function != nullptr && function->strict && query::equal(*any->argument, value);
    }
    const auto* call = std::get_if<query::Call>(&condition.node);
    if (call == nullptr || call->operator_ == 0) return false;
    const catalog::FunctionInfo* function = catalog_.function(call->function);
    return function != nullptr && function->strict &&
           std::ranges::any_of(call->arguments, [&](const query::ExpressionPtr& a) { return query::equal(*a, value); });
  }

  // Of a value's type, whose own order the operator is of.
  Strategy strategy_of(Oid op, Oid type) {
    if (const int found = ordering_strategy(catalog_, op, type)) return static_cast<Strategy>(found);
    const catalog::OperatorInfo* info = catalog_.operator_(op);
    if (info != nullptr && info->negator != 0 && ordering_strategy(catalog_, info->negator, type) == kEqual) return kNotEqual;
    return kNone;
  }

  std::optional<Comparison> comparison(const Expression& expression) {
    const auto* call = std::get_if<query::Call>(&expression.node);
    if (call == nullptr || call->operator_ == 0 || call->arguments.size() != 2) return std::nullopt;
    const auto* left = std::get_if<query::Constant>(&call->arguments[0]->node);
    const auto* right = std::get_if<query::Constant>(&call->arguments[1]->node);
    if ((left == nullptr) == (right == nullptr)) return std::nullopt;
    const Expression& value = *call->arguments[left == nullptr ? 0 : 1];
    const Expression& constant = *call->arguments[left == nullptr ? 1 : 0];
    Comparison result;
    result.value = &value;
    result.constant = (left == nullptr ? right : left)->value;
    result.type = constant.type.oid;
    result.collation = call->input_collation;
    result.strategy = strategy_of(call->operator_, value.type.oid);
    if (left != nullptr) result.strategy = commuted(result.strategy);
    if (result.strategy == kNone || result.constant.is_null) return std::nullopt;
    return result;
  }

  // What `= ANY` says of one element; nullopt: nothing that can be used.
  std::optional<Comparison> element_comparison(const query::ScalarArrayOp& any, Oid type) {
    Comparison result;
    result.value = any.argument.get();
    result.type = type;
    result.collation = any.input_collation;
    result.strategy = strategy_of(any.operator_, any.argument->type.oid);
    if (result.strategy == kNone) return std::nullopt;
    return result;
  }

  static std::optional<types::ArrayView> constant_array(const Expression& expression) {
    const auto* constant = std::get_if<query::Constant>(&expression.node);
    if (constant == nullptr || constant->value.is_null) return std::nullopt;
    return types::ArrayView(constant->value);
  }

  bool every_element(const query::ScalarArrayOp& any, const Expression& predicate) {
    const auto array = constant_array(*any.array);
    const auto asked = comparison(predicate);
    const auto* wanted = std::get_if<query::ScalarArrayOp>(&predicate.node);
    if (!array || array->size() > kMostElements || (!asked && wanted == nullptr)) return false;
    auto known = element_comparison(any, array->element_type());
    if (!known) return false;
    for (types::ArrayView::Cursor c(*array); c.next();) {
      if (c.value().is_null) continue;  // equal to nothing
      known->constant = c.value();
      if (asked ? !follows(*known, *asked) : !(wanted->use_or && is_element(*known, *wanted))) return false;
    }
    return true;
  }

  bool is_element(const Comparison& known, const query::ScalarArrayOp& any) {
    const auto array = constant_array(*any.array);
    if (!array || array->size() > kMostElements) return false;
    auto asked = element_comparison(any, array->element_type());
    if (!asked) return false;
    for (types::ArrayView::Cursor c(*array); c.next();) {
      if (c.value().is_null) continue;
      asked->constant = c.value();
      if (follows(known, *asked)) return true;
    }
    return false;
  }

  bool follows(const Comparison& known, const Comparison& asked) {
    if (known.type != asked.type || known.collation != asked.collation || !query::equal(*known.value, *asked.value))
      return false;
    if (!catalog::same_order(catalog_, 0, known.collation)) return false;  // compare() orders bytes
    const types::TypeSupport& type = eval::type_support(catalog_, known.type);
    if (type.compare == nullptr) return false;
    const int order = type.compare(known.constant, asked.constant);
    switch (known.strategy) {
      case kLess:
        return ((asked.strategy == kLess || asked.strategy == kLessEqual || asked.strategy == kNotEqual) && order <= 0);
      case kLessEqual:
        return (asked.strategy == kLessEqual && order <= 0) ||
               ((asked.strategy == kLess || asked.strategy == kNotEqual) && order < 0);
      case kEqual:
        switch (asked.strategy) {
          case kLess: return order < 0;
          case kLessEqual: return order <= 0;
          case kEqual: return order == 0;
          case kGreaterEqual: return order >= 0;
          case kGreater: return order > 0;
          case kNotEqual: return order != 0;
          default: return false;
        }
      case kGreaterEqual:
        return (asked.strategy == kGreaterEqual && order >= 0) ||
               ((asked.strategy == kGreater || asked.strategy == kNotEqual) && order > 0);
      case kGreater:
        return (asked.strategy == kGreater || asked.strategy == kGreaterEqual || asked.strategy == kNotEqual) && order >= 0;
      case kNotEqual: return asked.strategy == kNotEqual && order == 0;
      default: return false;
    }
  }

  static constexpr std::uint32_t kMostElements = 100;

  catalog::CatalogView& catalog_;
};

}  // namespace

bool implies(catalog::CatalogView& catalog, std::span<const query::Expression* const> conditions,
             const query::Expression& predicate) {
  return Prover(catalog).prove(conditions, predicate);
}

std::vector<query::ExpressionPtr> predicate_parts(catalog::CatalogView& catalog, FunctionBodies* bodies, const catalog::IndexDescriptor& index,
                                                  int range_table_index) {
  std::vector<query::ExpressionPtr> parts;
  split_conjunction(as_in_query(catalog, bodies, *index.predicate, range_table_index), parts);
  return parts;
}

}  // namespace planner
