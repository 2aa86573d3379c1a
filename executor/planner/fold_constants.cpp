#include "fold_constants.h"

#include <algorithm>
#include <utility>

#include "eval/constant_value.h"
#include "inline_functions.h"
#include "negation.h"
#include "planner/folded.h"
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

class Folder {
 public:
  Folder(catalog::CatalogView& catalog, FunctionBodies* bodies) : catalog_(catalog), bodies_(bodies) {}

  // From the leaves up, so that each call is looked at once; but a body that takes a call's place is gone through with
  // the arguments in it.
  void fold(ExpressionPtr& e) {
    fold_below(*e);
    const auto* call = std::get_if<query::Call>(&e->node);
    if (call == nullptr) return;
    if (std::optional<query::Constant> value = value_of(catalog_, *e, *call)) {
      auto folded = std::make_unique<Expression>();
      folded->type = e->type;
      folded->node = std::move(*value);
      e = std::move(folded);
    } else if (ExpressionPtr body = inlined_value(catalog_, bodies_, *e, *call, active_)) {
      active_.push_back(call->function);
      e = std::move(body);
      fold(e);
      active_.pop_back();
    }
  }

  void fold(query::Query& query) {
    if (!query.grouping_sets.empty() && !keeps_keys_apart(query.group_by)) return;
    // An item of FROM is a call, whatever its value.
    for (query::RangeTableEntry& entry : query.range_table)
      for (query::FunctionItem& item : entry.functions) fold_below(*item.call);
    query::for_each_expression(
        query,
        [&](ExpressionPtr& e) {
          if (!is_function_item(query, e)) fold(e);
        },
        [&](query::Query& below) { fold(below); });
  }

 private:
  void fold_below(Expression& e) {
    query::for_each_child(
        e, [&](ExpressionPtr& child) { fold(child); }, [&](query::Query& below) { fold(below); });
  }

  static bool is_function_item(const query::Query& query, const ExpressionPtr& e) {
    return std::ranges::any_of(query.range_table, [&](const query::RangeTableEntry& entry) {
      return std::ranges::any_of(entry.functions, [&](const query::FunctionItem& item) { return &item.call == &e; });
    });
  }

  // A key that grouping sets make null is told from a constant of the same value, and from another key of the same
  // value, by how it is written alone.
  bool keeps_keys_apart(const std::vector<query::GroupKey>& keys) {
    std::vector<ExpressionPtr> folded;
    for (const query::GroupKey& key : keys) {
      folded.push_back(query::clone(*key.expression));
      fold(folded.back());
      if (as_constant(*folded.back()) != nullptr) return false;
    }
    for (std::size_t i = 0; i < keys.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (query::equal(*folded[i], *folded[j]) && !query::equal(*keys[i].expression, *keys[j].expression)) return false;
    return true;
  }

  catalog::CatalogView& catalog_;
  FunctionBodies* bodies_;
  ActiveFunctions active_;
};

}  // namespace

void fold_constants(catalog::CatalogView& catalog, FunctionBodies* bodies, query::Query& query) {
  Folder(catalog, bodies).fold(query);
}

ExpressionPtr folded(catalog::CatalogView& catalog, FunctionBodies* bodies, const Expression& expression) {
  ExpressionPtr copy = query::clone(expression);
  Folder(catalog, bodies).fold(copy);
  return copy;
}

ExpressionPtr as_in_query(catalog::CatalogView& catalog, FunctionBodies* bodies, const Expression& own, int range_table_index) {
  ExpressionPtr copy = query::clone(own);
  rewrite(copy, 0, [&](ExpressionPtr& x, int depth) {
    if (auto* column = std::get_if<query::ColumnReference>(&x->node))
      if (column->levels_up == depth) column->range_table_index = range_table_index;
    return false;
  });
  Folder(catalog, bodies).fold(copy);
  push_negations(catalog, copy);
  return copy;
}

}  // namespace planner
