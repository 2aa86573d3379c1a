// Subqueries in WHERE as joins.
#include "operator_strategy.h"
#include "outside.h"
#include "query_planner.h"
#include "query/within_group.h"
#include "wal/check.h"

namespace planner {

using query::RangeTableEntry;

namespace {

// Nothing but FROM and WHERE decides its rows.
bool is_plain(const query::Query& q) {
  return q.command == query::CommandKind::select && !q.set_operations && q.group_by.empty() &&
         q.grouping_sets.empty() && !q.has_aggregates && !q.having && q.windows.empty() &&
         !q.distinct && q.distinct_on.empty() && !q.limit && !q.offset && q.with.empty() &&
         q.row_locks.empty() && !q.from.empty();
}

// Whether anything besides WHERE (and, if told so, the output) refers to the query around it.
bool correlated_outside_where(query::Query& q, bool output_too) {
  ExpressionPtr where = std::move(q.where);
  std::vector<query::OutputColumn> output;
  if (!output_too) std::swap(output, q.output);
  const bool correlated = reads_outside(q);
  q.where = std::move(where);
  if (!output_too) std::swap(output, q.output);
  return correlated;
}

// Whether it may have other rows when it is asked again, or rows of its outputs' own making; what stands in FROM alone
// may return sets.
bool is_volatile(catalog::CatalogView& catalog, const query::Query& q) {
  bool found = false;
  visit(q, 0, [&](const Expression& e, int) {
    if (const auto* call = std::get_if<query::Call>(&e.node)) {
      const catalog::FunctionInfo* info = catalog.function(call->function);
      found = found || info == nullptr || info->volatility == 'v';
    }
    return !found;
  });
  const auto returns_set = [&](const Expression& e, int depth) {
    const auto* call = std::get_if<query::Call>(&e.node);
    found = found || (depth == 0 && call != nullptr && call->returns_set);
    return !found;
  };
  for (const query::OutputColumn& output : q.output) visit(*output.expression, 0, returns_set);
  return found;
}

FromItemPtr make_join(query::JoinKind kind, FromItemPtr right) {
  auto join = std::make_unique<FromItem>();
  join->kind = FromItem::Kind::join;
  join->join = kind;
  join->children.push_back(std::move(right));
  return join;
}

// Conditions of the right side that look at the left one belong to the join.
void lift_correlated(FromItem& join) {
  FromItem& right = *join.children[0];
  const RelSet inside = relations_of(right);
  std::vector<ExpressionPtr> stay;
  for (ExpressionPtr& qual : right.quals) {
    if (relations_of(*qual).subset_of(inside))
      stay.push_back(std::move(qual));
    else
      join.quals.push_back(std::move(qual));
  }
  right.quals = std::move(stay);
}

}  // namespace

bool QueryPlanner::convert_exists(FromItem& group, ExpressionPtr& condition) {
  Expression* e = condition.get();
  query::JoinKind kind = query::JoinKind::semi;
  if (auto* b = std::get_if<query::BooleanExpression>(&e->node);
      b != nullptr && b->op == query::BooleanOp::not_) {
    kind = query::JoinKind::anti;
    e = b->arguments[0].get();
  }
  auto* sub = std::get_if<query::Subquery>(&e->node);
  if (sub == nullptr || sub->kind != query::SubqueryKind::exists) return false;
  query::Query& q = *sub->query;
  if (!is_plain(q) || !q.where || is_volatile(catalog(), q)) return false;
  if (relations_of(q, 1).empty() || correlated_outside_where(q, false)) return false;
  {
    QueryPlanner scratch(state_, this, std::move(sub->query));
    scratch.replace_join_columns();
    scratch.expand_system_columns();
    sub->query = std::move(scratch.query_);
  }
  FromItemPtr join = make_join(kind, merge_query(*sub->query));
  group.children.push_back(std::move(join));
  FromItem& added = *group.children.back();
  pull_up(*added.children[0], nullptr, added.children[0].get());
  convert_subqueries(*added.children[0]);
  lift_correlated(added);
  return true;
}

bool QueryPlanner::convert_in(FromItem& group, ExpressionPtr& condition) {
  Expression* e = condition.get();
  bool negated = false;
  if (auto* b = std::get_if<query::BooleanExpression>(&e->node);
      b != nullptr && b->op == query::BooleanOp::not_) {
    negated = true;
    e = b->arguments[0].get();
  }
  auto* sub = std::get_if<query::Subquery>(&e->node);
  if (sub == nullptr) return false;
  std::vector<types::Oid> operators = sub->operators;
  if (sub->kind == query::SubqueryKind::all && !negated) {
    // x <> ALL (..) is NOT x = ANY (..)
    if (operators.size() != 1) return false;
    const catalog::OperatorInfo* op = catalog().operator_(operators[0]);
    if (op == nullptr || op->name != "<>" || op->negator == 0) return false;
    operators[0] = op->negator;
    negated = true;
  } else if (sub->kind != query::SubqueryKind::any) {
    return false;
  }
  for (const types::Oid oid : operators) {
    const catalog::OperatorInfo* op = catalog().operator_(oid);
    if (op == nullptr || op->name != "=" || !op->can_hash) return false;
  }
  query::Query& q = *sub->query;
  if (is_volatile(catalog(), q)) return false;
  RelSet left_relations;
  for (const ExpressionPtr& left : sub->left) {
    left_relations |= relations_of(*left);
    if (contains_subquery(*left) || eval::contains_volatile(catalog(), *left)) return false;
  }
  if (left_relations.empty()) return false;
  const bool correlated = reads_outside(q);
  if (negated && (operators.size() != 1 || correlated)) return false;
  if (correlated && (!is_plain(q) || correlated_outside_where(q, true))) return false;

  std::vector<ExpressionPtr> outputs;
  FromItemPtr right;
  if (is_plain(q) && !negated) {
    {
      QueryPlanner scratch(state_, this, std::move(sub->query));
      scratch.replace_join_columns();
      scratch.expand_system_columns();
      sub->query = std::move(scratch.query_);
    }
    right = merge_query(*sub->query);
    for (query::OutputColumn& output : sub->query->output)
      if (!output.hidden) outputs.push_back(std::move(output.expression));
  } else {
    const int rel = static_cast<int>(query_->range_table.size());
    RangeTableEntry entry;
    entry.kind = RangeTableEntry::Kind::subquery;
    entry.alias = "ANY_subquery";
    for (const query::OutputColumn& output : q.output) {
      if (output.hidden) continue;
      entry.columns.push_back({output.name, output.expression->type});
      outputs.push_back(make_column(rel, static_cast<int>(outputs.size()), output.expression->type));
    }
    entry.subquery = std::move(sub->query);
    query_->range_table.push_back(std::move(entry));
    right = std::make_unique<FromItem>();
    right->kind = FromItem::Kind::group;
    right->children.push_back(std::make_unique<FromItem>());
    right->children.back()->range_table_index = rel;
  }
  std::vector<ExpressionPtr> on;
  for (std::size_t i = 0; i < operators.size(); ++i)
    on.push_back(make_operator(catalog(), operators[i], std::move(sub->left[i]),
                               std::move(outputs[i]),
                               i < sub->input_collations.size() ? sub->input_collations[i] : 0));
  FromItemPtr join =
      make_join(negated ? query::JoinKind::anti : query::JoinKind::semi, std::move(right));
  join->null_aware = negated;
  group.children.push_back(std::move(join));
  FromItem& added = *group.children.back();
  added.quals = std::move(on);
  if (!negated) {
    pull_up(*added.children[0], nullptr, added.children[0].get());
    convert_subqueries(*added.children[0]);
    lift_correlated(added);
  }
  return true;
}

// outer op (SELECT aggregate FROM .. WHERE inner.key = outer.key ..): the aggregates of all keys at
// once, joined by the key. Right when no row on the inner side means a null, which op rejects.
bool QueryPlanner::convert_scalar(FromItem& group, ExpressionPtr& condition) {
  auto* call = std::get_if<query::Call>(&condition->node);
  if (call == nullptr || call->operator_ == 0 || call->arguments.size() != 2) return false;
  const catalog::FunctionInfo* function = catalog().function(call->function);
  if (function == nullptr || !function->strict) return false;
  ExpressionPtr* place = nullptr;
  for (ExpressionPtr& argument : call->arguments) {
    const auto* sub = std::get_if<query::Subquery>(&argument->node);
    if (sub != nullptr && sub->kind == query::SubqueryKind::scalar) {
      if (place != nullptr) return false;
      place = &argument;
    } else if (contains_subquery(*argument)) {
      return false;
    }
  }
  if (place == nullptr) return false;
  auto& sub = std::get<query::Subquery>((*place)->node);
  query::Query& q = *sub.query;
  if (q.command != query::CommandKind::select || q.set_operations || !q.group_by.empty() ||
      !q.grouping_sets.empty() || !q.has_aggregates || q.having || !q.windows.empty() ||
      q.distinct || !q.distinct_on.empty() || q.limit || q.offset || !q.with.empty() ||
      q.from.empty() || !q.where || q.output.size() != 1 || is_volatile(catalog(), q))
    return false;
  // Strict in every aggregate, none of which has a value for no rows.
  bool suitable = true;
  visit(*q.output[0].expression, 0, [&](const Expression& e, int) {
    if (const auto* aggregate = std::get_if<query::Aggregate>(&e.node)) {
      const catalog::FunctionInfo* info = catalog().function(aggregate->function);
      suitable = suitable && aggregate->levels_up == 0 && info != nullptr && info->name != "count" &&
                 info->name != "regr_count" && !query::is_within_group(*aggregate);
      return false;
    }
    const bool strict_node = std::holds_alternative<query::Constant>(e.node) ||
                             std::holds_alternative<query::Relabel>(e.node) ||
                             std::holds_alternative<query::Parameter>(e.node) ||
                             (std::holds_alternative<query::Call>(e.node) &&
                              catalog().function(std::get<query::Call>(e.node).function) != nullptr &&
                              catalog().function(std::get<query::Call>(e.node).function)->strict);
    suitable = suitable && strict_node;
    return suitable;
  });
  if (!suitable || relations_of(q, 1).empty() || correlated_outside_where(q, true)) return false;

  {
    QueryPlanner scratch(state_, this, std::move(sub.query));
    scratch.replace_join_columns();
    scratch.expand_system_columns();
    sub.query = std::move(scratch.query_);
  }
  std::vector<ExpressionPtr> conditions, local;
  split_conjunction(query::clone(*sub.query->where), conditions);
  struct Key {
    ExpressionPtr inner, outer;
    types::Oid op, collation;
    bool inner_first;
  };
  std::vector<Key> keys;
  for (ExpressionPtr& c : conditions) {
    bool outer_reference = false;
    visit(*c, 0, [&](const Expression& e, int depth) {
      if (const auto* column = as_column(e))
        outer_reference = outer_reference || column->levels_up > depth;
      return true;
    });
    if (!outer_reference) {
      local.push_back(std::move(c));
      continue;
    }
    auto* equality = std::get_if<query::Call>(&c->node);
    if (equality == nullptr || equality->operator_ == 0 || equality->arguments.size() != 2)
      return false;
    const catalog::OperatorInfo* op = catalog().operator_(equality->operator_);
    if (op == nullptr || op->name != "=" || !op->can_hash || op->left != op->right ||
        !equality_is_bytewise(catalog(), equality->input_collation))
      return false;
    Key key;
    key.op = equality->operator_;
    key.collation = equality->input_collation;
    for (int side = 0; side < 2; ++side) {
      ExpressionPtr& argument = equality->arguments[static_cast<std::size_t>(side)];
      const bool inner = !relations_of(*argument, 0).empty();
      bool further = false, outer = false;
      visit(*argument, 0, [&](const Expression& e, int depth) {
        if (const auto* column = as_column(e)) {
          outer = outer || column->levels_up == depth + 1;
          further = further || column->levels_up > depth + 1;
        }
        if (std::holds_alternative<query::Subquery>(e.node)) further = true;
        return true;
      });
      if (further || inner == outer) return false;
      if (inner) {
        key.inner = std::move(argument);
        key.inner_first = side == 0;
      } else {
        key.outer = std::move(argument);
      }
    }
    if (!key.inner || !key.outer) return false;
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return false;

  const int rel = static_cast<int>(query_->range_table.size());
  RangeTableEntry entry;
  entry.kind = RangeTableEntry::Kind::subquery;
  entry.alias = "scalar_subquery";
  sub.query->where = local.empty() ? nullptr : conjunction(std::move(local));
  const types::TypeRef value_type = (*place)->type;
  entry.columns.push_back({"value", value_type});
  int column = 1;
  for (Key& key : keys) {
    const types::TypeRef type = key.inner->type;
    const std::string name = "key" + std::to_string(column);
    entry.columns.push_back({name, type});
    query::GroupKey group_key;
    group_key.expression = query::clone(*key.inner);
    group_key.equals = key.op;
    group_key.less_than = catalog().ordering_operators(type.oid).less_than;
    sub.query->group_by.push_back(std::move(group_key));
    query::OutputColumn output;
    output.expression = std::move(key.inner);
    output.name = name;
    sub.query->output.push_back(std::move(output));
    shift_levels(key.outer, 1, -1);
    group.quals.push_back(make_operator(catalog(), key.op, std::move(key.outer),
                                        make_column(rel, column, type), key.collation));
    ++column;
  }
  entry.subquery = std::move(sub.query);
  *place = make_column(rel, 0, value_type);
  query_->range_table.push_back(std::move(entry));
  auto leaf = std::make_unique<FromItem>();
  leaf->range_table_index = rel;
  group.children.push_back(std::move(leaf));
  return true;
}

void QueryPlanner::convert_subqueries(FromItem& item) {
  if (item.kind == FromItem::Kind::leaf) return;
  if (item.kind == FromItem::Kind::join) {
    for (FromItemPtr& child : item.children) convert_subqueries(*child);
    return;
  }
  const std::size_t children = item.children.size();
  for (std::size_t i = 0; i < children; ++i) convert_subqueries(*item.children[i]);
  std::vector<ExpressionPtr> quals = std::move(item.quals);
  item.quals.clear();
  const RelSet available = relations_of(item);
  for (ExpressionPtr& qual : quals) {
    // A subquery of a subquery that looks further out than this group stays an expression: as a
    // join here it could not see those columns.
    if (contains_subquery(*qual) && relations_of(*qual).subset_of(available)) {
      if (convert_exists(item, qual) || convert_in(item, qual)) continue;
      convert_scalar(item, qual);
    }
    item.quals.push_back(std::move(qual));
  }
}

}  // namespace planner
