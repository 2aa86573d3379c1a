// Collations, bottom up: implicit ones from columns, explicit ones from COLLATE, conflicts.
#include <fmt/format.h>

#include "analysis.h"
#include "collations.h"
#include "query/walk.h"
#include "query/within_group.h"

namespace analyzer {
namespace {

enum class Strength : std::uint8_t { none, implicit, conflict, explicit_ };

struct Collated {
  Oid collation = 0;
  Strength strength = Strength::none;
  int location = -1;
  // In conflict: what the collation conflicts with, and where that stands.
  Oid other = 0;
  int other_location = -1;
};

constexpr Oid kDefault = types::collation::default_;

std::string name_of(Scope& scope, Oid collation) {
  const auto* info = scope.catalog().collation(collation);
  return info ? std::string(info->name) : std::string();
}

void merge(Scope& scope, Collated& into, const Collated& from) {
  if (from.strength > into.strength) {
    into = from;
    return;
  }
  if (from.strength != into.strength || from.collation == into.collation) return;
  if (from.strength == Strength::implicit) {
    if (into.collation == kDefault) into = from;
    else if (from.collation != kDefault) {
      into.strength = Strength::conflict;
      into.other = from.collation;
      into.other_location = from.location;
    }
  } else if (from.strength == Strength::explicit_) {
    throw SqlError("42P21", fmt::format("collation mismatch between explicit collations \"{}\" and \"{}\"",
                                        name_of(scope, into.collation), name_of(scope, from.collation)))
        .at(from.location);
  }
}

[[noreturn]] void mismatch(Scope& scope, const Collated& conflict) {
  throw SqlError("42P21", fmt::format("collation mismatch between implicit collations \"{}\" and \"{}\"",
                                      name_of(scope, conflict.collation), name_of(scope, conflict.other)))
      .with_hint("You can choose the collation by applying the COLLATE clause to one or both expressions.")
      .at(conflict.other_location);
}

Collated assign(Scope& scope, Expression& e);

// What the node's own result collates by, given its inputs.
Collated result_of(Scope& scope, Expression& e, const Collated& inputs) {
  Oid own = type_ref(scope, e.type.oid).collation;
  if (own == 0) {
    e.type.collation = 0;
    return {};
  }
  Collated result;
  if (inputs.strength > Strength::none) {
    result = inputs;
  } else {
    result = {own, Strength::implicit, e.location};
  }
  e.type.collation = result.strength == Strength::conflict ? 0 : result.collation;
  return result;
}

Oid input_collation(const Collated& inputs) {
  return inputs.strength == Strength::conflict ? 0 : inputs.collation;
}

Collated leaf(const Expression& e) {
  if (e.type.collation == 0) return {};
  return {e.type.collation, Strength::implicit, e.location};
}

Collated merge_children(Scope& scope, Expression& e) {
  Collated inputs;
  query::for_each_child(e, [&](ExpressionPtr& child) { merge(scope, inputs, assign(scope, *child)); });
  return inputs;
}

// An ordered-set aggregate collates by its ordered column when there is only one and can be only one. A
// hypothetical value and the column that it is compared with agree on a collation between them.
Collated assign_within_group(Scope& scope, query::Aggregate& aggregate) {
  const auto* info = scope.catalog().aggregate(aggregate.function);
  const auto* function = scope.catalog().function(aggregate.function);
  const bool merges = aggregate.order_by.size() == 1 && function && function->variadic == 0;
  const bool pairs = info && info->kind == 'h' && aggregate.direct_arguments.size() >= aggregate.order_by.size();
  const std::size_t single = aggregate.direct_arguments.size() - (pairs ? aggregate.order_by.size() : 0);
  Collated inputs;
  for (std::size_t i = 0; i < single; ++i) merge(scope, inputs, assign(scope, *aggregate.direct_arguments[i]));
  for (std::size_t i = 0; i < aggregate.order_by.size(); ++i) {
    ExpressionPtr& ordered = aggregate.order_by[i].expression;
    Collated column;
    if (pairs) column = assign(scope, *aggregate.direct_arguments[single + i]);
    merge(scope, column, assign(scope, *ordered));
    if (column.strength == Strength::conflict) mismatch(scope, column);
    if (pairs && column.collation != 0 && column.collation != ordered->type.collation) {
      const TypeRef type{ordered->type.oid, ordered->type.typmod, column.collation};
      const int location = ordered->location;
      ordered = make_expression(type, location, query::Relabel{std::move(ordered), query::CallForm::implicit_cast});
    }
    if (merges) merge(scope, inputs, column);
  }
  return inputs;
}

Collated assign(Scope& scope, Expression& e) {
  scope.state.check_depth();
  auto all = [&](std::vector<ExpressionPtr>& list) {
    Collated inputs;
    for (auto& item : list) merge(scope, inputs, assign(scope, *item));
    return inputs;
  };
  // What is sorted needs one collation.
  auto sorted = [&](Expression& item) {
    const Collated found = assign(scope, item);
    if (found.strength == Strength::conflict) mismatch(scope, found);
  };
  if (auto* call = std::get_if<query::Call>(&e.node)) {
    Collated inputs = all(call->arguments);
    call->input_collation = input_collation(inputs);
    return result_of(scope, e, inputs);
  }
  if (auto* relabel = std::get_if<query::Relabel>(&e.node)) {
    Collated inputs = assign(scope, *relabel->argument);
    if (relabel->collate) return {e.type.collation, Strength::explicit_, e.location};
    return result_of(scope, e, inputs);
  }
  if (std::holds_alternative<query::CoerceToDomain>(e.node)) {
    const Collated inputs = merge_children(scope, e);
    const Oid own = type_ref(scope, e.type.oid).collation;
    if (own == 0 || own == kDefault) return result_of(scope, e, inputs);
    e.type.collation = own;
    return {own, Strength::implicit, e.location};
  }
  if (auto* row = std::get_if<query::RowConstructor>(&e.node)) {
    for (auto& field : row->fields) assign(scope, *field);
    return {};
  }
  if (auto* field = std::get_if<query::FieldSelect>(&e.node)) {
    assign(scope, *field->argument);
    return leaf(e);
  }
  if (auto* node = std::get_if<query::Case>(&e.node)) {
    if (node->argument) assign(scope, *node->argument);
    Collated inputs;
    for (auto& when : node->whens) {
      assign(scope, *when.condition);
      merge(scope, inputs, assign(scope, *when.result));
    }
    merge(scope, inputs, assign(scope, *node->otherwise));
    return result_of(scope, e, inputs);
  }
  if (auto* aggregate = std::get_if<query::Aggregate>(&e.node)) {
    if (aggregate->filter) assign(scope, *aggregate->filter);
    Collated inputs;
    if (query::is_within_group(*aggregate)) {
      inputs = assign_within_group(scope, *aggregate);
    } else {
      for (auto& argument : aggregate->arguments)
        if (aggregate->distinct || std::ranges::any_of(aggregate->order_by, [&](const query::SortKey& key) {
              return query::equal(*key.expression, *argument);
            })) {
          sorted(*argument);
        }
      for (auto& key : aggregate->order_by) sorted(*key.expression);
      inputs = all(aggregate->arguments);
    }
    aggregate->input_collation = input_collation(inputs);
    return result_of(scope, e, inputs);
  }
  if (auto* window = std::get_if<query::WindowCall>(&e.node)) {
    if (window->filter) assign(scope, *window->filter);
    Collated inputs = all(window->arguments);
    window->input_collation = input_collation(inputs);
    return result_of(scope, e, inputs);
  }
  if (auto* extreme = std::get_if<query::MinMax>(&e.node)) {
    Collated inputs = all(extreme->arguments);
    extreme->input_collation = input_collation(inputs);
    return result_of(scope, e, inputs);
  }
  if (auto* node = std::get_if<query::NullIf>(&e.node)) {
    Collated inputs = all(node->equality.arguments);
    node->equality.input_collation = input_collation(inputs);
    return result_of(scope, e, inputs);
  }
  if (auto* node = std::get_if<query::IsDistinct>(&e.node)) {
    Collated inputs = all(node->equality.arguments);
    node->equality.input_collation = input_collation(inputs);
    return {};
  }
  if (auto* node = std::get_if<query::ScalarArrayOp>(&e.node)) {
    Collated inputs = assign(scope, *node->argument);
    merge(scope, inputs, assign(scope, *node->array));
    node->input_collation = input_collation(inputs);
    return {};
  }
  if (auto* node = std::get_if<query::RowCompare>(&e.node)) {
    for (std::size_t i = 0; i < node->left.size(); ++i) {
      Collated inputs = assign(scope, *node->left[i]);
      merge(scope, inputs, assign(scope, *node->right[i]));
      node->input_collations[i] = input_collation(inputs);
    }
    return {};
  }
  if (auto* sub = std::get_if<query::Subquery>(&e.node)) {
    std::size_t i = 0;
    if (!sub->left.empty())
      for (const auto& output : sub->query->output) {
        if (output.hidden || i >= sub->left.size()) continue;
        Collated inputs = assign(scope, *sub->left[i]);
        merge(scope, inputs, leaf(*output.expression));
        sub->input_collations[i++] = input_collation(inputs);
      }
    return leaf(e);
  }
  if (auto* coerce = std::get_if<query::ArrayCoerce>(&e.node)) {
    Collated inputs = assign(scope, *coerce->argument);
    assign(scope, *coerce->element);
    return result_of(scope, e, inputs);
  }
  if (std::holds_alternative<query::ColumnReference>(e.node) ||
      std::holds_alternative<query::Constant>(e.node) ||
      std::holds_alternative<query::Parameter>(e.node) ||
      std::holds_alternative<query::CaseValue>(e.node) ||
      std::holds_alternative<query::SqlValueFunction>(e.node) ||
      std::holds_alternative<query::SetToDefault>(e.node))
    return leaf(e);
  if (auto* subscript = std::get_if<query::Subscript>(&e.node)) {
    // The indexes do not collate.
    Collated inputs = assign(scope, *subscript->container);
    for (auto* list : {&subscript->upper, &subscript->lower})
      for (auto& index : *list)
        if (index) assign(scope, *index);
    if (subscript->assignment) merge(scope, inputs, assign(scope, *subscript->assignment));
    return result_of(scope, e, inputs);
  }
  return result_of(scope, e, merge_children(scope, e));
}

}  // namespace

void assign_collations(Scope& scope, Expression& expression) { assign(scope, expression); }

Oid common_collation(Scope& scope, std::span<Expression* const> expressions, bool none_ok) {
  Collated all;
  for (Expression* e : expressions) merge(scope, all, assign(scope, *e));
  if (all.strength != Strength::conflict) return all.collation;
  if (!none_ok) mismatch(scope, all);
  return 0;
}

std::optional<int> explicit_collation(Scope& scope, Expression& expression) {
  const Collated collated = assign(scope, expression);
  return collated.strength == Strength::explicit_ ? std::optional(collated.location) : std::nullopt;
}

Oid collation_of_column(Scope& scope, Oid type, const ast::CollateClause& clause, int location) {
  const Oid collation = resolve_collation(scope, clause.collation, clause.location);
  if (type_ref(scope, type).collation == 0)
    throw SqlError("42804", fmt::format("collations are not supported by type {}", type_name(scope, type))).at(location);
  return collation;
}

void assign_collations(Scope& scope, query::Query& query) {
  query::for_each_expression(
      query, [&](ExpressionPtr& e) { assign(scope, *e); }, [](query::Query&) {});
  // What rows are sorted and grouped by must have a collation: here it can be said where it has none.
  auto decided = [&](const ExpressionPtr& key) {
    if (!key) return;
    if (const Collated collated = assign(scope, *key); collated.strength == Strength::conflict)
      mismatch(scope, collated);
  };
  for (auto* keys : {&query.order_by, &query.distinct_on, &query.distinct_keys})
    for (const auto& key : *keys) decided(key.expression);
  for (const auto& key : query.group_by) decided(key.expression);
  for (const auto& window : query.windows) {
    for (const auto& key : window.partition_by) decided(key);
    for (const auto& key : window.order_by) decided(key.expression);
  }
}

}  // namespace analyzer
