// GROUP BY and aggregates.
#include <algorithm>
#include <cmath>

#include "cost.h"
#include "explain_grouping.h"
#include "functions/aggregate.h"
#include "planner/ordered_sets.h"
#include "query_planner.h"
#include "user_aggregate.h"
#include "query/within_group.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

Built QueryPlanner::plan_grouping(GroupInput& rows, const std::vector<const Expression*>& targets) {
  Path& path = *rows.path;
  // Every aggregate once, wherever it is used.
  std::vector<const Expression*> aggregates, groupings;
  auto collect = [&](const Expression& e) {
    visit(e, 0, [&](const Expression& x, int depth) {
      const auto* a = std::get_if<query::Aggregate>(&x.node);
      const auto* g = std::get_if<query::Grouping>(&x.node);
      const bool mine = (a != nullptr && a->levels_up == depth) || (g != nullptr && g->levels_up == depth);
      if (!mine) return true;
      const Expression* atom = &x;
      if (depth > 0) {
        ExpressionPtr local = query::clone(x);
        shift_levels(local, depth, -depth);
        atom = &own(std::move(local));
      }
      auto& list = a != nullptr ? aggregates : groupings;
      for (const Expression* present : list)
        if (query::equal(*present, *atom)) return false;
      list.push_back(atom);
      return false;
    });
  };
  for (const Expression* e : targets) collect(*e);
  if (query_->having) collect(*query_->having);

  std::unique_ptr<AggregateNode> node;
  OrderedAggregateNode* with_sets = nullptr;
  if (std::ranges::any_of(aggregates, [](const Expression* e) { return is_within_group(std::get<query::Aggregate>(e->node)); })) {
    auto made = std::make_unique<OrderedAggregateNode>();
    with_sets = made.get();
    with_sets->ordered_sets.resize(aggregates.size());
    node = std::move(made);
  } else {
    node = std::make_unique<AggregateNode>();
  }
  std::vector<const Expression*> inputs;
  auto input_column = [&](const Expression& e) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (query::equal(*inputs[i], e)) return static_cast<int>(i);
    inputs.push_back(&e);
    return static_cast<int>(inputs.size() - 1);
  };
  Layout raw;
  for (const query::GroupKey& key : query_->group_by) {
    const int at = input_column(*key.expression);
    node->keys.push_back(key_column(*key.expression, at));
    if (node->keys.back().compare == nullptr)
      throw types::SqlError::not_supported("grouping by type " +
                                           catalog().format_type(key.expression->type.oid));
    raw.add(*key.expression);
    node->raw_columns.push_back(node->keys.back().physical);
  }
  for (const Expression* e : aggregates) {
    const auto& a = std::get<query::Aggregate>(e->node);
    AggregateCall call;
    std::vector<TypeRef> argument_types;
    functions::FunctionCall site;
    for (const ExpressionPtr& argument : a.direct_arguments) argument_types.push_back(argument->type);
    for (const ExpressionPtr& argument : a.arguments) {
      call.arguments.push_back(input_column(*argument));
      argument_types.push_back(argument->type);
    }
    for (const query::SortKey& key : a.order_by) {
      const int at = input_column(*key.expression);
      // An ordered-set aggregate's sorted columns are its arguments, too.
      if (query::is_within_group(a)) {
        call.arguments.push_back(at);
        argument_types.push_back(key.expression->type);
        call.distinct_keys.push_back(key_column(*key.expression, at));
      }
      call.order_by.push_back(sort_column(key, at));
    }
    if (a.distinct) {
      call.distinct = true;
      for (std::size_t i = 0; i < a.arguments.size(); ++i) {
        call.distinct_keys.push_back(
            key_column(*a.arguments[i], input_column(*a.arguments[i])));
        if (call.distinct_keys.back().compare == nullptr)
          throw types::SqlError::not_supported("DISTINCT of this type");
      }
    }
    if (a.filter) call.filter = input_column(*a.filter);
    site.function = a.function;
    site.result = e->type;
    site.collation = a.input_collation;
    site.variadic_array = a.variadic_array;
    call.site = eval::CallSite(site, std::move(argument_types));
    if (query::is_within_group(a)) {
      const auto* function = resolve_ordered_set(catalog(), call.site, a.direct_arguments.size(), call.user);
      with_sets->ordered_sets[node->aggregates.size()].function = function;
      call.function = &function->machine;
    } else {
      call.function = resolve_aggregate(catalog(), call.site, call.user);
    }
    call.result = eval::physical_type(catalog(), e->type.oid);
    raw.add(*e);
    node->raw_columns.push_back(call.result);
    node->aggregates.push_back(std::move(call));
  }
  for (const Expression* e : groupings) {
    node->groupings.push_back(std::get<query::Grouping>(e->node).keys);
    raw.add(*e);
    node->raw_columns.push_back(types::PhysicalType::int32);
  }
  for (std::size_t i = 0; i < aggregates.size(); ++i) {
    std::vector<const Expression*> direct;
    for (const ExpressionPtr& e : std::get<query::Aggregate>(aggregates[i]->node).direct_arguments) direct.push_back(e.get());
    if (!direct.empty()) with_sets->ordered_sets[i].direct = compile(direct, raw);
  }
  node->grouping_sets = query_->grouping_sets;
  node->strategy = node->keys.empty() && node->grouping_sets.empty() ? GroupStrategy::plain
                                                                      : GroupStrategy::hashed;
  Built input = build(path, inputs);
  std::vector<const Expression*> sort_keys;
  for (const query::GroupKey& key : query_->group_by)
    if (!std::holds_alternative<query::Constant>(key.expression->node)) sort_keys.push_back(key.expression.get());
  if (node->strategy == GroupStrategy::hashed && node->grouping_sets.empty() && !rows.in_runs &&
      !state_.options.enable_hashagg && can_sort_by(sort_keys)) {
    input = sort_for_groups(std::move(input), sort_keys, rows.is_ordered);
    rows.in_runs = true;
    rows.few = true;  // sorted as a whole: nothing that several threads could do
  }
  // `inputs` may hold an expression twice under different columns of the layout: columns go by
  // position.
  std::vector<const Expression*> grouped_by;
  for (const query::GroupKey& key : query_->group_by) grouped_by.push_back(key.expression.get());
  double groups = group_count(grouped_by, path, input.node->rows);
  if (node->strategy == GroupStrategy::plain) {
    groups = 1;
    node->batch_rows = 1;
  }
  node->expected_groups = groups;
  const double work = input.node->rows * cost::kOperator *
                      static_cast<double>(node->keys.size() + node->aggregates.size());
  const double total = input.node->total_cost + work;
  set_costs(*node, total, total + groups * cost::kTuple, groups, 0);
  std::vector<ExpressionPtr> having_parts;
  if (query_->having) split_conjunction(std::move(query_->having), having_parts);
  std::vector<const Expression*> of_groups = targets;
  for (const ExpressionPtr& part : having_parts) of_groups.push_back(part.get());
  std::unique_ptr<GatherNode> gather;
  if (!rows.few) gather = plan_morsel_groups(*node, aggregates, path, *input.node, std::move(of_groups));
  if (gather) {
    const double of_one = input.node->total_cost + input.node->rows * cost::kOperator *
                                                       static_cast<double>(node->keys.size() + node->aggregates.size());
    const double share = std::max(1.0, std::round(groups / (gather->workers + 1)));
    set_costs(*node, of_one, of_one + share * cost::kTuple, share, 0);
  }
  const bool parallel = !gather && !rows.few && plan_partial(*node, aggregates, path, input.node, inputs);
  if (gather || parallel) {
    rows.in_runs = rows.is_ordered = false;
  } else if (rows.in_runs) {
    node->strategy = GroupStrategy::sorted;
    set_costs(*node, input.node->startup_cost, total + groups * cost::kTuple, groups, 0);
  }
  if (parallel) {
    node->stage = AggregateStage::final;
    for (std::size_t i = 0; i < node->keys.size(); ++i) node->keys[i].column = static_cast<int>(i);
    const double merged = input.node->total_cost + input.node->rows * cost::kOperator *
                              static_cast<double>(node->keys.size() + node->aggregates.size());
    set_costs(*node, merged, merged + groups * cost::kTuple, groups, 0);
  }
  if (state_.options.explain) {
    if (node->grouping_sets.size() > 1 || (node->grouping_sets.size() == 1 && node->grouping_sets[0].empty())) {
      std::vector<int> order_by;
      for (const query::SortKey& key : query_->order_by) {
        const auto same = std::ranges::find_if(grouped_by, [&](const Expression* e) { return query::equal(*e, *key.expression); });
        order_by.push_back(same == grouped_by.end() ? -1 : static_cast<int>(same - grouped_by.begin()));
      }
      const ShownGroupingSets shown = grouping_sets_as_shown(node->grouping_sets, order_by);
      describe(*node, shown.sets.empty() ? "Aggregate" : shown.empty > 0 ? "MixedAggregate" : "HashAggregate");
      for (const std::vector<int>& set : shown.sets) {
        std::string text;
        for (const int key : set) text += (text.empty() ? "" : ", ") + text_of(*grouped_by[static_cast<std::size_t>(key)]);
        describe(*node, "Hash Key", text);
      }
      for (std::size_t i = 0; i < shown.empty; ++i) describe(*node, "Group Key", "()");
    } else {
      describe(*node, std::string(parallel ? "Finalize " : "") + (node->strategy == GroupStrategy::plain    ? "Aggregate"
                                                                  : node->strategy == GroupStrategy::sorted ? "GroupAggregate"
                                                                                                            : "HashAggregate"));
      if (!node->keys.empty()) describe(*node, "Group Key", group_text());
    }
  }
  node->children.push_back(std::move(input.node));
  const bool has_having = !having_parts.empty();
  std::vector<const Qual*> having;
  for (ExpressionPtr& part : having_parts) having.push_back(add_qual(std::move(part)));
  if (NodeOutput* note = output_note(*node))
    for (const Qual* qual : having) note->conditions.push_back(qual->expression.get());
  if (has_having) query_->having = make_constant(types::Datum::of(true), {types::oid::bool_});
  Built built = finish(std::move(node), raw, having, targets);
  if (!gather) return built;
  gather->raw_columns = gather->columns = built.node->columns;
  gather->width = built.node->width;
  gather->children.push_back(std::move(built.node));
  built.node = std::move(gather);
  return built;
}

}  // namespace planner
