// Grouping of rows that come in the order of what they are grouped by: group after group, with one of them in memory.
#include <algorithm>
#include <cmath>

#include "cost.h"
#include "query_planner.h"
#include "wal/check.h"

namespace planner {

namespace {

// A hash table of so many groups stays in the processor's cache: it is as quick then.
constexpr double kCachedGroups = 2048;

}  // namespace

bool QueryPlanner::has_runs_of(const Path& path, const std::vector<const Expression*>& expressions) {
  std::vector<const query::ColumnReference*> columns;
  for (const Expression* e : expressions) {
    if (std::holds_alternative<query::Constant>(e->node)) continue;
    const auto* column = as_column(*e);
    if (column == nullptr || column->levels_up != 0) return false;
    columns.push_back(column);
  }
  const auto is_among = [&](const OrderColumn& order) {
    return std::erase_if(columns, [&](const query::ColumnReference* column) {
             return column->range_table_index == order.range_table_index && column->column == order.column;
           }) > 0;
  };
  for (const OrderColumn& order : path.ordering)
    if (order.is_fixed) is_among(order);
  for (const OrderColumn& order : path.ordering) {
    if (columns.empty()) return true;
    if (!order.is_fixed && !is_among(order)) return false;
  }
  return columns.empty();
}

QueryPlanner::GroupInput QueryPlanner::choose_for_groups(const std::vector<Path*>& paths, const std::vector<const Expression*>& keys,
                                                         bool last) {
  // DISTINCT ON keeps one row of each group: its rows are sorted in any case.
  const bool on = !is_grouped() && !query_->distinct_on.empty();
  const bool order_matters = last && !query_->order_by.empty();
  const bool limited = last && query_->limit != nullptr;
  const auto sorting = [](double count) { return count * std::log2(std::max(2.0, count)) * cost::kOperator * 2; };
  GroupInput best;
  double best_cost = 0;
  int direction = 0;
  const auto consider = [&](const GroupInput& input, double cost, int d) {
    if (best.path != nullptr && cost >= best_cost) return;
    best = input;
    best_cost = cost;
    direction = d;
  };
  for (Path* path : paths) {
    const double rows = std::max(1.0, path->rows);
    OrderMatch match = order_matters ? match_order(*path) : OrderMatch{};
    if (match.direction < 0 && !can_turn(*path)) match = {};
    const bool is_ordered = order_matters && match.keys == query_->order_by.size();
    if (on) {
      GroupInput input{path, false, is_ordered, false};
      consider(input, path->total + (is_ordered ? 0 : sorting(rows)), is_ordered ? match.direction : 0);
      continue;
    }
    const double groups = keys.empty() ? 1 : group_count(keys, *path, rows);
    const double comparing = rows * cost::kOperator * static_cast<double>(keys.size());
    double hashed = path->total + comparing + (order_matters ? sorting(groups) : 0);
    const double bytes = groups * (64 + 2.0 * path->width);
    if (bytes > static_cast<double>(state_.options.hash_memory_bytes)) hashed += rows * cost::kTuple;
    if (!state_.options.enable_hashagg && !keys.empty()) hashed += 1e10;
    consider({path, false, false, false}, hashed, 0);
    if (keys.empty() || !has_runs_of(*path, keys)) continue;
    const bool few = limited && (is_ordered || !order_matters);
    double total = path->total + comparing * (groups > kCachedGroups ? 0.5 : 1);
    if (few) {
      const double wanted = limit_rows > 0 ? std::min(1.0, limit_rows / groups) : 0.1;
      total = path->startup + (total - path->startup) * wanted;
    } else if (order_matters && !is_ordered) {
      total += sorting(groups);
    }
    consider({path, true, is_ordered, few}, total, is_ordered ? match.direction : 0);
  }
  CHECK(best.path != nullptr);
  if (direction < 0) turn_backward(*best.path);
  return best;
}

bool QueryPlanner::can_sort_by(const std::vector<const Expression*>& keys) {
  return !keys.empty() && std::ranges::all_of(keys, [&](const Expression* e) {
    // Rows without a type of their own do not say how their fields are ordered.
    return e->type.oid != types::oid::record && eval::type_support(catalog(), e->type.oid).compare != nullptr;
  });
}

// In the order of ORDER BY as far as its keys are the groups'.
Built QueryPlanner::sort_for_groups(Built input, const std::vector<const Expression*>& keys, bool& is_ordered) {
  std::vector<SortColumn> columns;
  std::vector<std::string> text;
  const auto add = [&](const query::SortKey& key) {
    const int at = input.layout.find(*key.expression);
    CHECK(at >= 0);
    for (const SortColumn& column : columns)
      if (column.column == at) return;
    columns.push_back(sort_column(key, at));
    text.push_back(sort_text(key));
  };
  is_ordered = !query_->order_by.empty();
  for (const query::SortKey& key : query_->order_by) {
    is_ordered = is_ordered && std::ranges::any_of(keys, [&](const Expression* e) { return query::equal(*e, *key.expression); });
    if (!is_ordered) break;
    add(key);
  }
  for (const Expression* e : keys) {
    query::SortKey key;
    key.expression = query::clone(*e);
    add(key);
  }
  return sort(std::move(input), std::move(columns), false, std::move(text));
}

Built QueryPlanner::plan_unique(Built input, std::vector<KeyColumn> keys) {
  auto node = std::make_unique<UniqueNode>();
  node->keys = std::move(keys);
  node->raw_columns = node->columns = input.node->columns;
  node->batch_rows = input.node->batch_rows;
  set_costs(*node, input.node->startup_cost, input.node->total_cost + input.node->rows * cost::kOperator * static_cast<double>(node->keys.size()),
            input.node->rows * 0.5 + 1, input.node->width);
  describe(*node, "Unique");
  node->children.push_back(std::move(input.node));
  input.node = std::move(node);
  return input;
}

}  // namespace planner
