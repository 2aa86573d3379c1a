// ORDER BY, GROUP BY, DISTINCT, LIMIT.
#include "clauses.h"

#include <fmt/format.h>

#include "analysis.h"
#include "query/walk.h"

namespace analyzer {
namespace {

void coerce_unknown(Scope& scope, query::OutputColumn& output) {
  if (output.expression->type.oid == oid::unknown)
    output.expression = coerce(scope, std::move(output.expression), type_ref(scope, oid::text), Context::implicit,
                               query::CallForm::implicit_cast, -1);
}

// By output name or position; -1: neither, an expression.
int match_sql92(Scope& scope, const ast::Node* node, Place place) {
  auto& outputs = scope.query->output;
  const char* clause = place_name(place);
  if (const auto* ref = ast::try_as<ast::ColumnRef>(node); ref && !ref->star && ref->names.size() == 1) {
    std::string_view name = ref->names[0];
    bool use_output = true;
    // GROUP BY prefers columns of FROM.
    if (place == Place::group_by && find_column(scope, name, ref->location, true)) use_output = false;
    if (use_output) {
      int found = -1;
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (outputs[i].hidden || outputs[i].name != name) continue;
        if (found >= 0) {
          if (!query::equal(*outputs[static_cast<std::size_t>(found)].expression, *outputs[i].expression))
            throw SqlError("42702", fmt::format("{} \"{}\" is ambiguous", clause, name)).at(ref->location);
        } else {
          found = static_cast<int>(i);
        }
      }
      if (found >= 0) {
        check_target_for_place(scope, *outputs[static_cast<std::size_t>(found)].expression, place, ref->location);
        return found;
      }
    }
  }
  if (const auto* literal = ast::try_as<ast::Literal>(node)) {
    if (literal->kind_of != ast::LiteralKind::integer)
      throw SqlError("42601", fmt::format("non-integer constant in {}", clause)).at(literal->location);
    int position = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].hidden) continue;
      if (++position == literal->integer) {
        check_target_for_place(scope, *outputs[i].expression, place, literal->location);
        return static_cast<int>(i);
      }
    }
    throw SqlError("42P10", fmt::format("{} position {} is not in select list", clause, literal->integer))
        .at(literal->location);
  }
  return -1;
}

}  // namespace

void check_target_for_place(Scope& scope, const Expression& expression, Place place, int location) {
  if (place != Place::group_by) return;
  bool aggregates = false, windows = false;
  int at = location;
  std::function<void(const Expression&)> look = [&](const Expression& e) {
    if (const auto* a = std::get_if<query::Aggregate>(&e.node); a && a->levels_up == 0) {
      aggregates = true;
      at = e.location;
    }
    if (std::holds_alternative<query::WindowCall>(e.node)) {
      windows = true;
      at = e.location;
    }
    query::for_each_child(e, look);
  };
  look(expression);
  (void)scope;
  if (aggregates) throw SqlError("42803", "aggregate functions are not allowed in GROUP BY").at(at);
  if (windows) throw SqlError("42P20", "window functions are not allowed in GROUP BY").at(at);
}

int find_target_sql99(Scope& scope, const ast::Node* node, Place place) {
  auto expression = analyze_expression(scope, node, place);
  auto& outputs = scope.query->output;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    // An output that was an unknown literal may be text by now.
    if (query::equal(*expression, *outputs[i].expression)) return static_cast<int>(i);
  }
  query::OutputColumn hidden;
  hidden.expression = std::move(expression);
  hidden.hidden = true;
  outputs.push_back(std::move(hidden));
  return static_cast<int>(outputs.size()) - 1;
}

int find_target(Scope& scope, const ast::Node* node, Place place) {
  int found = match_sql92(scope, node, place);
  return found >= 0 ? found : find_target_sql99(scope, node, place);
}

query::SortKey make_sort_key(Scope& scope, ExpressionPtr expression, const ast::SortBy* written, int location) {
  query::SortKey key;
  if (expression->type.oid == oid::unknown)
    expression = coerce(scope, std::move(expression), type_ref(scope, oid::text), Context::implicit,
                        query::CallForm::implicit_cast, -1);
  Oid type = expression->type.oid;
  auto operators = scope.catalog().ordering_operators(type);
  if (written && written->direction == ast::SortDirection::using_) {
    const auto* op = find_operator(scope, written->operator_name, type, type, false, written->location);
    if (op->oid == operators.less_than) {
      key.descending = false;
    } else if (op->oid == operators.greater_than) {
      key.descending = true;
    } else {
      // An operator of another class: by its strategy there.
      bool known = false;
      for (const auto* member : scope.catalog().families_of(op->oid)) {
        if (member->method != catalog::kBtree || (member->strategy != 1 && member->strategy != 5)) continue;
        known = true;
        key.descending = member->strategy == 5;
        operators.less_than = scope.catalog().family_operator(member->family, member->left, member->right, 1);
        operators.equal = scope.catalog().family_operator(member->family, member->left, member->right, 3);
        break;
      }
      if (!known)
        throw SqlError("42809", fmt::format("operator {} is not a valid ordering operator",
                                            join_names(written->operator_name)))
            .with_hint("Ordering operators must be \"<\" or \">\" members of btree operator families.")
            .at(written->location);
    }
  } else {
    key.descending = written && written->direction == ast::SortDirection::descending;
  }
  if (!operators.less_than)
    throw SqlError("42883", fmt::format("could not identify an ordering operator for type {}", type_name(scope, type)))
        .with_hint("Use an explicit ordering operator or modify the query.")
        .at(location);
  key.less_than = operators.less_than;
  key.equals = operators.equal;
  key.nulls_first = key.descending;
  if (written && written->nulls != ast::NullsOrder::by_default)
    key.nulls_first = written->nulls == ast::NullsOrder::first;
  key.expression = std::move(expression);
  return key;
}

void analyze_order_by(Scope& scope, ast::NodeList items) {
  for (const ast::Node* node : items) {
    const auto& sort = ast::as<ast::SortBy>(*node);
    int index = find_target(scope, sort.expression, Place::order_by);
    auto& output = scope.query->output[static_cast<std::size_t>(index)];
    coerce_unknown(scope, output);
    bool known = false;
    for (const auto& key : scope.query->order_by) known = known || key.output == index;
    if (known) continue;
    int location = sort.location >= 0 ? sort.location : sort.expression->location;
    auto key = make_sort_key(scope, query::clone(*output.expression), &sort,
                             location_of(*output.expression) >= 0 ? sort.expression->location : location);
    key.output = index;
    scope.query->order_by.push_back(std::move(key));
  }
}

std::vector<query::SortKey> aggregate_order(Scope& scope, ast::NodeList items,
                                            std::vector<ExpressionPtr>& arguments) {
  std::vector<query::SortKey> keys;
  for (const ast::Node* node : items) {
    const auto& sort = ast::as<ast::SortBy>(*node);
    auto expression = analyze_expression(scope, sort.expression, Place::order_by);
    // The same as an argument that was coerced.
    for (auto& argument : arguments) {
      const auto* relabel = std::get_if<query::Relabel>(&argument->node);
      const auto* cast = std::get_if<query::Call>(&argument->node);
      if ((relabel && query::equal(*relabel->argument, *expression)) ||
          (cast && cast->form == query::CallForm::implicit_cast && query::equal(*cast->arguments[0], *expression))) {
        expression = query::clone(*argument);
        break;
      }
    }
    keys.push_back(make_sort_key(scope, std::move(expression), &sort, sort.expression->location));
  }
  return keys;
}

namespace {

query::SortKey distinct_key(Scope& scope, int index) {
  auto& output = scope.query->output[static_cast<std::size_t>(index)];
  coerce_unknown(scope, output);
  for (const auto& order : scope.query->order_by)
    if (order.output == index) {
      query::SortKey key;
      key.expression = query::clone(*order.expression);
      key.less_than = order.less_than;
      key.equals = order.equals;
      key.descending = order.descending;
      key.nulls_first = order.nulls_first;
      key.output = index;
      return key;
    }
  query::SortKey key;
  auto operators = scope.catalog().ordering_operators(output.expression->type.oid);
  key.equals = operators.equal ? operators.equal : operators.hash_equal;
  key.less_than = operators.less_than;
  if (!key.equals)
    throw SqlError("42883", fmt::format("could not identify an equality operator for type {}",
                                        type_name(scope, output.expression->type.oid)))
        .at(location_of(*output.expression));
  key.expression = query::clone(*output.expression);
  key.output = index;
  return key;
}

}  // namespace

void analyze_distinct(Scope& scope, const ast::Select& select) {
  query::Query& query = *scope.query;
  if (!select.distinct) return;
  if (select.distinct_on.empty()) {
    query.distinct = true;
    // Keys follow ORDER BY as far as it goes.
    std::vector<int> done;
    for (const auto& order : query.order_by) {
      auto& output = query.output[static_cast<std::size_t>(order.output)];
      if (output.hidden)
        throw SqlError("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
            .at(location_of(*output.expression));
      query.distinct_keys.push_back(distinct_key(scope, order.output));
      done.push_back(order.output);
    }
    bool any = false;
    for (std::size_t i = 0; i < query.output.size(); ++i) {
      if (query.output[i].hidden) continue;
      any = true;
      if (std::find(done.begin(), done.end(), static_cast<int>(i)) == done.end())
        query.distinct_keys.push_back(distinct_key(scope, static_cast<int>(i)));
    }
    if (!any) throw SqlError("42601", "SELECT DISTINCT must have at least one column");
    return;
  }
  std::vector<int> wanted;
  std::vector<int> locations;
  for (const ast::Node* node : select.distinct_on) {
    int index = find_target(scope, node, Place::distinct_on);
    if (std::find(wanted.begin(), wanted.end(), index) == wanted.end()) {
      wanted.push_back(index);
      locations.push_back(node->location);
    }
  }
  // They must be the first ORDER BY keys, in any order.
  bool skipped = false;
  std::vector<int> taken;
  for (const auto& order : query.order_by) {
    if (std::find(wanted.begin(), wanted.end(), order.output) != wanted.end()) {
      if (skipped)
        throw SqlError("42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
            .at(locations[static_cast<std::size_t>(
                std::find(wanted.begin(), wanted.end(), order.output) - wanted.begin())]);
      query.distinct_on.push_back(distinct_key(scope, order.output));
      taken.push_back(order.output);
    } else {
      skipped = true;
    }
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (std::find(taken.begin(), taken.end(), wanted[i]) != taken.end()) continue;
    if (skipped)
      throw SqlError("42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
          .at(locations[i]);
    query.distinct_on.push_back(distinct_key(scope, wanted[i]));
  }
}

ExpressionPtr analyze_limit(Scope& scope, const ast::Node* node, Place place, const char* construct, bool with_ties) {
  if (!node) return nullptr;
  auto expression = analyze_expression(scope, node, place);
  expression = coerce_to_specific(scope, std::move(expression), type_ref(scope, oid::int8), construct);
  std::function<void(const Expression&)> look = [&](const Expression& e) {
    if (const auto* ref = std::get_if<query::ColumnReference>(&e.node); ref && ref->levels_up == 0)
      throw SqlError("42P10", fmt::format("argument of {} must not contain variables", construct)).at(e.location);
    query::for_each_child(e, look);
  };
  look(*expression);
  if (with_ties)
    if (const auto* constant = std::get_if<query::Constant>(&expression->node); constant && constant->value.is_null)
      throw SqlError("2201W", "row count cannot be null in FETCH FIRST ... WITH TIES clause");
  return expression;
}

}  // namespace analyzer
