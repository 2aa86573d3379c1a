#include "rewrite.h"

#include <algorithm>

#include "query/walk.h"
#include "wal/check.h"

namespace planner {

void visit(const Expression& expression, int depth,
           const std::function<bool(const Expression&, int)>& f) {
  if (!f(expression, depth)) return;
  query::for_each_child(
      expression, [&](const Expression& child) { visit(child, depth, f); },
      [&](const query::Query& below) { visit(below, depth + 1, f); });
}

void visit(const query::Query& query, int depth,
           const std::function<bool(const Expression&, int)>& f) {
  query::for_each_expression(
      query, [&](const Expression& e) { visit(e, depth, f); },
      [&](const query::Query& below) { visit(below, depth + 1, f); });
}

void rewrite(ExpressionPtr& expression, int depth,
             const std::function<bool(ExpressionPtr&, int)>& f) {
  if (f(expression, depth)) return;
  query::for_each_child(
      *expression, [&](ExpressionPtr& child) { rewrite(child, depth, f); },
      [&](query::Query& below) { rewrite(below, depth + 1, f); });
}

void rewrite(query::Query& query, int depth, const std::function<bool(ExpressionPtr&, int)>& f) {
  query::for_each_expression(
      query, [&](ExpressionPtr& e) { rewrite(e, depth, f); },
      [&](query::Query& below) { rewrite(below, depth + 1, f); });
}

void visit_queries(Expression& expression, int depth,
                   const std::function<void(query::Query&, int)>& f) {
  query::for_each_child(
      expression, [&](ExpressionPtr& child) { visit_queries(*child, depth, f); },
      [&](query::Query& below) { visit_queries(below, depth + 1, f); });
}

void visit_queries(query::Query& query, int depth,
                   const std::function<void(query::Query&, int)>& f) {
  f(query, depth);
  query::for_each_expression(
      query, [&](ExpressionPtr& e) { visit_queries(*e, depth, f); },
      [&](query::Query& below) { visit_queries(below, depth + 1, f); });
}

namespace {

std::function<bool(const Expression&, int)> collector(RelSet& set, int level) {
  return [&set, level](const Expression& e, int depth) {
    if (const auto* column = std::get_if<query::ColumnReference>(&e.node);
        column != nullptr && column->levels_up == depth + level && column->range_table_index >= 0)
      set.add(column->range_table_index);
    return true;
  };
}

}  // namespace

void check_as(query::Query& query, types::Oid role) {
  visit_queries(query, 0, [&](query::Query& q, int) {
    for (query::RangeTableEntry& entry : q.range_table) entry.check_as = role;
  });
}

void check_as(Expression& expression, types::Oid role) {
  visit_queries(expression, 0, [&](query::Query& q, int) {
    for (query::RangeTableEntry& entry : q.range_table) entry.check_as = role;
  });
}

RelSet relations_of(const Expression& expression, int level) {
  RelSet set;
  visit(expression, 0, collector(set, level));
  return set;
}

RelSet relations_of(const query::Query& query, int level) {
  RelSet set;
  visit(query, 0, collector(set, level));
  return set;
}

namespace {

auto shifter(int from_level, int by) {
  return [from_level, by](ExpressionPtr& e, int depth) {
    auto shift = [&](int& levels_up) {
      if (levels_up >= depth + from_level) levels_up += by;
    };
    if (auto* column = std::get_if<query::ColumnReference>(&e->node)) shift(column->levels_up);
    if (auto* aggregate = std::get_if<query::Aggregate>(&e->node)) shift(aggregate->levels_up);
    if (auto* grouping = std::get_if<query::Grouping>(&e->node)) shift(grouping->levels_up);
    return false;
  };
}

auto cte_shifter(int from_level, int by) {
  return [from_level, by](query::Query& q, int depth) {
    for (query::RangeTableEntry& entry : q.range_table)
      if (entry.kind == query::RangeTableEntry::Kind::cte &&
          entry.cte_levels_up >= depth + from_level)
        entry.cte_levels_up += by;
  };
}

}  // namespace

void shift_levels(ExpressionPtr& expression, int from_level, int by) {
  if (by == 0) return;
  rewrite(expression, 0, shifter(from_level, by));
  visit_queries(*expression, 0, cte_shifter(from_level, by));
}

void shift_levels(query::Query& query, int from_level, int by) {
  if (by == 0) return;
  rewrite(query, 0, shifter(from_level, by));
  visit_queries(query, 0, cte_shifter(from_level, by));
}

namespace {

template <typename Node, typename Predicate>
bool contains(const Expression& expression, Predicate&& predicate) {
  bool found = false;
  visit(expression, 0, [&](const Expression& e, int depth) {
    const auto* node = std::get_if<Node>(&e.node);
    found = found || (node != nullptr && predicate(*node, depth));
    return !found;
  });
  return found;
}

}  // namespace

bool contains_aggregate(const Expression& expression) {
  return contains<query::Aggregate>(
             expression, [](const query::Aggregate& a, int depth) { return a.levels_up == depth; }) ||
         contains<query::Grouping>(
             expression, [](const query::Grouping& g, int depth) { return g.levels_up == depth; });
}
bool contains_window(const Expression& expression) {
  return contains<query::WindowCall>(expression,
                                     [](const query::WindowCall&, int depth) { return depth == 0; });
}
bool contains_set_function(const Expression& expression) {
  return contains<query::Call>(expression, [](const query::Call& call, int depth) {
    return depth == 0 && call.returns_set;
  });
}
bool contains_subquery(const Expression& expression) {
  return contains<query::Subquery>(expression, [](const query::Subquery&, int) { return true; });
}

double calls_in(catalog::CatalogView& catalog, const Expression& expression) {
  double calls = 0;
  visit(expression, 0, [&](const Expression& e, int) {
    const auto* call = std::get_if<query::Call>(&e.node);
    const catalog::FunctionInfo* function = call != nullptr ? catalog.function(call->function) : nullptr;
    if (function != nullptr) calls += static_cast<double>(function->cost);
    return true;
  });
  return calls;
}

bool is_null_with(catalog::CatalogView& catalog, const Expression& e, const RelSet& rels) {
  if (const auto* column = as_column(e))
    return column->levels_up == 0 && rels.contains(column->range_table_index);
  auto any = [&](const std::vector<ExpressionPtr>& list) {
    for (const ExpressionPtr& x : list)
      if (is_null_with(catalog, *x, rels)) return true;
    return false;
  };
  if (const auto* call = std::get_if<query::Call>(&e.node)) {
    const catalog::FunctionInfo* info = catalog.function(call->function);
    return info != nullptr && info->strict && any(call->arguments);
  }
  if (const auto* relabel = std::get_if<query::Relabel>(&e.node))
    return is_null_with(catalog, *relabel->argument, rels);
  if (const auto* io = std::get_if<query::CoerceViaIo>(&e.node))
    return is_null_with(catalog, *io->argument, rels);
  if (const auto* op = std::get_if<query::ScalarArrayOp>(&e.node)) {
    const catalog::FunctionInfo* info = catalog.function(op->function);
    return op->use_or && info != nullptr && info->strict && is_null_with(catalog, *op->argument, rels);
  }
  return false;
}

bool rejects_nulls(catalog::CatalogView& catalog, const Expression& condition, const RelSet& rels) {
  if (const auto* b = std::get_if<query::BooleanExpression>(&condition.node)) {
    if (b->op == query::BooleanOp::not_) return is_null_with(catalog, *b->arguments[0], rels);
    bool all = true, any = false;
    for (const ExpressionPtr& a : b->arguments) {
      const bool rejects = rejects_nulls(catalog, *a, rels);
      all = all && rejects;
      any = any || rejects;
    }
    return b->op == query::BooleanOp::and_ ? any : all;
  }
  if (const auto* test = std::get_if<query::Test>(&condition.node)) {
    if (test->kind == query::TestKind::is_not_null || test->kind == query::TestKind::is_true ||
        test->kind == query::TestKind::is_false || test->kind == query::TestKind::is_not_unknown)
      return is_null_with(catalog, *test->argument, rels);
    return false;
  }
  return is_null_with(catalog, condition, rels);
}

namespace {

void collect_conjuncts(ExpressionPtr expression, std::vector<ExpressionPtr>& out) {
  auto* b = std::get_if<query::BooleanExpression>(&expression->node);
  if (b == nullptr || b->op != query::BooleanOp::and_) {
    out.push_back(std::move(expression));
    return;
  }
  std::vector<ExpressionPtr> arguments = std::move(b->arguments);
  for (ExpressionPtr& a : arguments) collect_conjuncts(std::move(a), out);
}

void collect_branches(ExpressionPtr expression, std::vector<std::vector<ExpressionPtr>>& out) {
  auto* b = std::get_if<query::BooleanExpression>(&expression->node);
  if (b == nullptr || b->op != query::BooleanOp::or_) {
    collect_conjuncts(std::move(expression), out.emplace_back());
    return;
  }
  std::vector<ExpressionPtr> arguments = std::move(b->arguments);
  for (ExpressionPtr& a : arguments) collect_branches(std::move(a), out);
}

bool has_equal(const std::vector<ExpressionPtr>& conditions, const Expression& e) {
  return std::any_of(conditions.begin(), conditions.end(),
                     [&](const ExpressionPtr& c) { return query::equal(*c, e); });
}

// (a AND b) OR (a AND c) -> a AND (b OR c): a join condition that every branch repeats must be seen
// to be one.
ExpressionPtr factor_disjunction(ExpressionPtr expression) {
  const auto* b = std::get_if<query::BooleanExpression>(&expression->node);
  if (b == nullptr || b->op != query::BooleanOp::or_) return expression;
  std::vector<std::vector<ExpressionPtr>> branches;
  collect_branches(query::clone(*expression), branches);
  std::vector<ExpressionPtr> common;
  for (const ExpressionPtr& candidate : branches[0]) {
    bool everywhere = !has_equal(common, *candidate);
    for (std::size_t i = 1; everywhere && i < branches.size(); ++i)
      everywhere = has_equal(branches[i], *candidate);
    if (everywhere) common.push_back(query::clone(*candidate));
  }
  if (common.empty()) return expression;
  auto rest = std::make_unique<Expression>();
  rest->type = {types::oid::bool_};
  query::BooleanExpression any{query::BooleanOp::or_, {}};
  for (std::vector<ExpressionPtr>& branch : branches) {
    std::erase_if(branch, [&](const ExpressionPtr& e) { return has_equal(common, *e); });
    // A branch that asks for nothing more is true where the common part is.
    if (branch.empty()) return conjunction(std::move(common));
    any.arguments.push_back(conjunction(std::move(branch)));
  }
  rest->node = std::move(any);
  common.push_back(std::move(rest));
  return conjunction(std::move(common));
}

}  // namespace

void split_conjunction(ExpressionPtr expression, std::vector<ExpressionPtr>& out) {
  if (!expression) return;
  expression = factor_disjunction(std::move(expression));
  auto* b = std::get_if<query::BooleanExpression>(&expression->node);
  if (b != nullptr && b->op == query::BooleanOp::and_) {
    std::vector<ExpressionPtr> arguments = std::move(b->arguments);
    for (ExpressionPtr& a : arguments) split_conjunction(std::move(a), out);
    return;
  }
  if (const auto* constant = std::get_if<query::Constant>(&expression->node);
      constant != nullptr && !constant->value.is_null && constant->value.boolean)
    return;
  out.push_back(std::move(expression));
}

ExpressionPtr conjunction(std::vector<ExpressionPtr> conditions) {
  if (conditions.empty()) return make_constant(types::Datum::of(true), {types::oid::bool_});
  if (conditions.size() == 1) return std::move(conditions[0]);
  auto e = std::make_unique<Expression>();
  e->type = {types::oid::bool_};
  e->node = query::BooleanExpression{query::BooleanOp::and_, std::move(conditions)};
  return e;
}

ExpressionPtr make_column(int range_table_index, int column, types::TypeRef type, int levels_up) {
  auto e = std::make_unique<Expression>();
  e->type = type;
  e->node = query::ColumnReference{range_table_index, column, levels_up};
  return e;
}

ExpressionPtr make_constant(const types::Datum& value, types::TypeRef type) {
  auto e = std::make_unique<Expression>();
  e->type = type;
  e->node = query::Constant(value);
  return e;
}

ExpressionPtr make_not(ExpressionPtr argument) {
  auto e = std::make_unique<Expression>();
  e->type = {types::oid::bool_};
  query::BooleanExpression b{query::BooleanOp::not_, {}};
  b.arguments.push_back(std::move(argument));
  e->node = std::move(b);
  return e;
}

ExpressionPtr make_operator(catalog::CatalogView& catalog, types::Oid op, ExpressionPtr left,
                            ExpressionPtr right, types::Oid collation) {
  const catalog::OperatorInfo* info = catalog.operator_(op);
  CHECK(info != nullptr);
  auto e = std::make_unique<Expression>();
  e->type = {info->result};
  query::Call call;
  call.function = info->function;
  call.operator_ = op;
  call.form = query::CallForm::operator_;
  call.input_collation = collation;
  call.arguments.push_back(std::move(left));
  call.arguments.push_back(std::move(right));
  e->node = std::move(call);
  return e;
}

const query::ColumnReference* as_column(const Expression& expression) {
  return std::get_if<query::ColumnReference>(&expression.node);
}

const Expression& strip_relabel(const Expression& expression) {
  const Expression* e = &expression;
  for (const auto* relabel = std::get_if<query::Relabel>(&e->node); relabel != nullptr && !relabel->collate;
       relabel = std::get_if<query::Relabel>(&e->node))
    e = relabel->argument.get();
  return *e;
}

}  // namespace planner
