// min() and max() of columns that an index has the order of: the first row of it instead of all rows, as PostgreSQL has
// it: SELECT max(x) FROM t WHERE c is (SELECT x FROM t WHERE c AND x IS NOT NULL ORDER BY x DESC LIMIT 1).
#include <algorithm>

#include "cost.h"
#include "outside.h"
#include "query_planner.h"
#include "query/walk.h"

namespace planner {

namespace {

bool is_extreme(const query::Aggregate& aggregate, const catalog::FunctionInfo* function) {
  return function != nullptr && function->oid < types::kFirstNormalOid && (function->name == "min" || function->name == "max") &&
         aggregate.levels_up == 0 && aggregate.arguments.size() == 1 && aggregate.filter == nullptr && !aggregate.star;
}

}  // namespace

bool QueryPlanner::may_read_extremes() const {
  const query::Query& q = *query_;
  if (q.command != query::CommandKind::select || !q.has_aggregates || !q.group_by.empty() || !q.grouping_sets.empty() ||
      q.having != nullptr || !q.windows.empty() || q.set_operations || !q.row_locks.empty() || !common_tables_.empty() || q.from.size() != 1)
    return false;
  const auto* leaf = std::get_if<query::JoinLeaf>(&q.from[0]->node);
  if (leaf == nullptr) return false;
  const query::RangeTableEntry& entry = q.range_table[static_cast<std::size_t>(leaf->range_table_index)];
  if (entry.kind != query::RangeTableEntry::Kind::relation) return false;
  if (q.where && (contains_subquery(*q.where) || eval::contains_volatile(state_.catalog, *q.where))) return false;
  bool suitable = true, any = false;
  const auto look = [&](const Expression& e, int) {
    if (std::holds_alternative<query::Subquery>(e.node)) suitable = false;
    const auto* aggregate = std::get_if<query::Aggregate>(&e.node);
    if (aggregate == nullptr) return suitable;
    any = true;
    const auto* column = aggregate->arguments.empty() ? nullptr : as_column(*aggregate->arguments[0]);
    suitable = suitable && is_extreme(*aggregate, state_.catalog.function(aggregate->function)) && column != nullptr &&
               column->levels_up == 0 && column->column >= 0 && aggregate->arguments[0]->type.oid == e.type.oid &&
               aggregate->arguments[0]->type.collation == aggregate->input_collation;
    return false;
  };
  for (const query::OutputColumn& output : q.output) {
    if (contains_set_function(*output.expression)) return false;
    visit(*output.expression, 0, look);
  }
  for (const query::SortKey& key : q.order_by) visit(*key.expression, 0, look);
  return suitable && any;
}

// Whether the first rows by indexes cost less than all rows.
bool QueryPlanner::extremes_pay(const query::Query& original, const std::vector<Path*>& paths) {
  // How many rows must be passed over until one fits is a guess while a value is not known: then the index has to decide.
  bool is_guess = original.where != nullptr && reads_outside(*original.where);
  if (original.where != nullptr)
    visit(*original.where, 0, [&](const Expression& e, int) {
      is_guess = is_guess || std::holds_alternative<query::Parameter>(e.node);
      return !is_guess;
    });
  double all = -1, first = 0;
  for (const Path* path : paths) {
    const double cost = path->total + path->rows * cost::kOperator;
    if (all < 0 || cost < all) all = cost;
  }
  const auto look = [&](const Expression& e, int) {
    const auto* aggregate = std::get_if<query::Aggregate>(&e.node);
    if (aggregate == nullptr) return true;
    const auto& column = *as_column(*aggregate->arguments[0]);
    const bool descending = catalog().function(aggregate->function)->name == "max";
    const catalog::ColumnStatistics* s = statistics(*aggregate->arguments[0]);
    const double nulls = s != nullptr ? static_cast<double>(s->null_fraction) : 0;
    double best = -1;
    for (const Path* path : paths) {
      if (is_guess && !path->filter.empty()) continue;
      const auto order = std::ranges::find_if(path->ordering, [](const OrderColumn& o) { return !o.is_fixed; });
      if (order == path->ordering.end() || order->range_table_index != column.range_table_index || order->column != column.column)
        continue;
      // As ORDER BY has it in one direction or the other.
      if (order->nulls_first != order->descending || (order->descending != descending && !can_turn(*path))) continue;
      const double run = path->total - path->startup;
      // Nulls come first on the one side, and are passed over; an index has them in a range of their own.
      const bool nulls_come_first = path->index_descriptor == nullptr && order->nulls_first == (order->descending == descending);
      const double cost = path->startup + run / std::max(1.0, path->rows) + (nulls_come_first ? run * nulls : 0);
      if (best < 0 || cost < best) best = cost;
    }
    first = best < 0 || first < 0 ? -1 : first + best;
    return false;
  };
  for (const query::OutputColumn& output : original.output) visit(*output.expression, 0, look);
  for (const query::SortKey& key : original.order_by) visit(*key.expression, 0, look);
  return first >= 0 && first < all;
}

void QueryPlanner::read_extremes(std::unique_ptr<query::Query> original) {
  const auto first_row = [&](const Expression& value, bool is_max) {
    std::unique_ptr<query::Query> sub = query::clone(*original);
    sub->output.clear();
    sub->order_by.clear();
    sub->offset = nullptr;
    sub->distinct = sub->with_ties = sub->has_aggregates = false;
    sub->distinct_on.clear();
    sub->distinct_keys.clear();
    query::OutputColumn output;
    output.name = "value";
    output.expression = query::clone(value);
    sub->output.push_back(std::move(output));
    query::SortKey key;
    key.expression = query::clone(value);
    const auto operators = catalog().ordering_operators(value.type.oid);
    key.less_than = operators.less_than;
    key.equals = operators.equal;
    key.descending = key.nulls_first = is_max;
    key.output = 0;
    sub->order_by.push_back(std::move(key));
    sub->limit = make_constant(types::Datum::of(std::int64_t{1}), {types::oid::int8});
    auto test = std::make_unique<Expression>();
    test->type = {types::oid::bool_};
    test->node = query::Test{query::TestKind::is_not_null, query::clone(value)};
    std::vector<ExpressionPtr> conditions;
    if (sub->where) conditions.push_back(std::move(sub->where));
    conditions.push_back(std::move(test));
    sub->where = conjunction(std::move(conditions));
    // What it reads of queries around is one level further away.
    shift_levels(*sub, 1, 1);
    return sub;
  };
  std::unique_ptr<query::Query> result = query::clone(*original);
  const auto replace = [&](ExpressionPtr& e, int) {
    const auto* aggregate = std::get_if<query::Aggregate>(&e->node);
    if (aggregate == nullptr) return false;
    query::Subquery sub;
    sub.kind = query::SubqueryKind::scalar;
    sub.query = first_row(*aggregate->arguments[0], catalog().function(aggregate->function)->name == "max");
    auto value = std::make_unique<Expression>();
    value->type = e->type;
    value->node = std::move(sub);
    e = std::move(value);
    return true;
  };
  for (query::OutputColumn& output : result->output) rewrite(output.expression, 0, replace);
  for (query::SortKey& key : result->order_by) rewrite(key.expression, 0, replace);
  result->has_aggregates = false;
  result->from.clear();
  result->where = nullptr;
  root_ = nullptr;
  query_ = std::move(result);
}

}  // namespace planner
