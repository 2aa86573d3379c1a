// The levels of a SELECT above its joins: grouping, windows, set functions, DISTINCT, ORDER BY,
// LIMIT.
#include <algorithm>
#include <cmath>

#include "cost.h"
#include "catalog/collators.h"
#include "eval/collated.h"
#include "family.h"
#include "operator_strategy.h"
#include "query_planner.h"
#include "types/kernel_interrupts.h"
#include "types/sql_error.h"
#include "wal/check.h"
#include "types/stack_depth.h"

namespace planner {

QueryPlanner::QueryPlanner(PlanState& state, QueryPlanner* parent,
                           std::unique_ptr<query::Query> query)
    : state_(state), parent_(parent), query_(std::move(query)), level_(static_cast<int>(state.trees.size())) {
  state.trees.push_back(0);
  expand_common_tables();
}
QueryPlanner::~QueryPlanner() = default;

PlanNodePtr QueryPlanner::plan() {
  types::check_interrupts();
  std::vector<int> around = std::exchange(state_.used_subplans, {});
  PlanNodePtr node = plan_command();
  attach_subplans(*node);
  attach_level_subplans(*node);
  state_.used_subplans = std::move(around);
  return node;
}

PlanNodePtr QueryPlanner::plan_command() {
  if (parent_ != nullptr) depth_ = parent_->depth_ + 1;
  if (depth_ > 200) types::throw_stack_depth_exceeded();
  plan_common_tables();
  expand_system_columns();
  switch (query_->command) {
    case query::CommandKind::select:
    case query::CommandKind::values: return plan_select();
    default: return plan_modify();
  }
}

SortColumn QueryPlanner::sort_column(const query::SortKey& key, int column) {
  const types::TypeRef& type = key.expression->type;
  if (const types::Oid base = catalog().base_type(type.oid);
      type.collation == 0 && (base == types::oid::text || base == types::oid::varchar || base == types::oid::bpchar))
    throw types::SqlError("42P22", "could not determine which collation to use for string comparison")
        .with_hint("Use the COLLATE clause to set the collation explicitly.");
  // A row without a type of its own does not say how its fields are ordered.
  if (const auto* row = std::get_if<query::RowConstructor>(&key.expression->node); row != nullptr && type.oid == types::oid::record)
    for (const query::ExpressionPtr& field : row->fields)
      if (!catalog::same_order(catalog(), field->type.collation, 0))
        throw types::SqlError::not_supported("sorting rows with a field under collation \"" +
                                             std::string(catalog().collation(field->type.collation)->name) + "\"");
  const types::TypeSupport* undetermined = eval::undetermined_support(catalog(), type);
  const types::TypeSupport& support = undetermined != nullptr ? *undetermined : eval::collated_support(catalog(), type);
  if (support.compare == nullptr)
    throw types::SqlError::not_supported("sorting by type " +
                                         catalog().format_type(key.expression->type.oid));
  SortColumn sort;
  sort.column = column;
  sort.physical = support.physical;
  sort.compare = support.compare;
  sort.encode = support.encode_key;
  sort.descending = key.descending;
  sort.nulls_first = key.nulls_first;
  return sort;
}

Built QueryPlanner::sort(Built input, std::vector<SortColumn> keys, bool bounded,
                         std::vector<std::string> key_text, std::size_t presorted) {
  auto node = std::make_unique<SortNode>();
  node->keys = std::move(keys);
  node->bounded = bounded;
  node->presorted = presorted;
  node->raw_columns = node->columns = input.node->columns;
  const double rows = std::max(2.0, input.node->rows);
  const double compared = bounded && limit_rows > 0 ? std::max(2.0, std::min(rows, limit_rows)) : rows;
  const double sorting = rows * std::log2(compared) * cost::kOperator * 2;
  if (presorted > 0) {
    set_costs(*node, input.node->startup_cost, input.node->total_cost + sorting + rows * cost::kOperator, input.node->rows,
              input.node->width);
  } else {
    const double startup = input.node->total_cost + sorting;
    set_costs(*node, startup, startup + rows * cost::kOperator, input.node->rows, input.node->width);
  }
  describe(*node, presorted > 0 ? "Incremental Sort" : "Sort");
  if (state_.options.explain) {
    const auto list = [&](std::size_t count) {
      std::string text;
      for (std::size_t k = 0; k < count; ++k) text += (text.empty() ? "" : ", ") + key_text[k];
      return text;
    };
    describe(*node, "Sort Key", list(key_text.size()));
    if (presorted > 0) describe(*node, "Presorted Key", list(presorted));
  }
  node->children.push_back(std::move(input.node));
  input.node = std::move(node);
  return input;
}

std::string QueryPlanner::sort_text(const query::SortKey& key) {
  if (!state_.options.explain) return {};
  std::string text = text_of(*key.expression);
  if (as_column(strip_relabel(*key.expression)) == nullptr) text = "(" + text + ")";
  if (key.descending) text += " DESC";
  if (key.nulls_first != key.descending) text += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  return text;
}

Built QueryPlanner::sort(Built input, const std::vector<query::SortKey>& keys, bool bounded, std::size_t presorted) {
  std::vector<SortColumn> columns;
  std::vector<std::string> text;
  for (const query::SortKey& key : keys) {
    int at = key.output;
    if (at < 0) at = input.layout.find(*key.expression);
    CHECK(at >= 0);
    columns.push_back(sort_column(key, at));
    text.push_back(sort_text(key));
  }
  return sort(std::move(input), std::move(columns), bounded, std::move(text), presorted);
}

QueryPlanner::OrderMatch QueryPlanner::match_order(const Path& path) {
  OrderMatch match;
  std::size_t at = 0;  // in the path's order
  const auto is = [](const OrderColumn& order, const query::ColumnReference& column) {
    return order.range_table_index == column.range_table_index && order.column == column.column;
  };
  for (const query::SortKey& key : query_->order_by) {
    const auto* column = as_column(strip_relabel(*key.expression));
    if (column == nullptr || column->levels_up != 0) break;
    // What is equal in all rows decides nothing, wherever it stands.
    if (std::ranges::any_of(path.ordering, [&](const OrderColumn& order) { return order.is_fixed && is(order, *column); })) {
      ++match.keys;
      continue;
    }
    while (at < path.ordering.size() && path.ordering[at].is_fixed) ++at;
    if (at >= path.ordering.size() || !is(path.ordering[at], *column)) break;
    const OrderColumn& order = path.ordering[at++];
    const int d = order.descending == key.descending ? 1 : -1;
    const bool nulls_first = d > 0 ? order.nulls_first : !order.nulls_first;
    const catalog::RelationDescriptor* rel = relation(column->range_table_index);
    const bool no_nulls =
        rel != nullptr && rel->columns[static_cast<std::size_t>(column->column)].not_null;
    if (!no_nulls && nulls_first != key.nulls_first) break;
    if (match.direction != 0 && d != match.direction) break;
    match.direction = d;
    ++match.keys;
  }
  // Nothing but what is equal in all rows: that makes no groups to sort.
  if (match.direction == 0 && match.keys < query_->order_by.size()) match.keys = 0;
  return match;
}

std::vector<OrderColumn> QueryPlanner::output_order(int range_table_index) const {
  std::vector<OrderColumn> order;
  // A row that waited for its lock may have another value than it was sorted by.
  if (!query_->row_locks.empty() || query_->command != query::CommandKind::select) return order;
  for (const query::SortKey& key : query_->order_by) {
    if (key.output < 0 || query_->output[static_cast<std::size_t>(key.output)].hidden) break;
    const auto column = std::count_if(query_->output.begin(), query_->output.begin() + key.output,
                                      [](const query::OutputColumn& output) { return !output.hidden; });
    order.push_back({range_table_index, static_cast<int>(column), key.descending, key.nulls_first});
  }
  return order;
}

void QueryPlanner::turn_backward(Path& path) {
  Path* p = &path;
  while (p->kind == Path::Kind::join) p = p->left;
  p->backward = true;
  for (Path* part : p->parts) turn_backward(*part);
}

bool QueryPlanner::can_turn(const Path& path) {
  const Path* p = &path;
  for (; p->kind == Path::Kind::join; p = p->left)
    if (p->merge) return false;
  if (p->kind == Path::Kind::append && !p->ordering.empty())
    return std::ranges::all_of(p->parts, [&](const Path* part) { return can_turn(*part); });
  return p->kind == Path::Kind::scan && p->array_key < 0;
}

namespace {

std::optional<double> constant_count(const ExpressionPtr& e) {
  if (!e) return std::nullopt;
  const auto* constant = std::get_if<query::Constant>(&e->node);
  if (constant == nullptr || constant->value.is_null) return std::nullopt;
  return static_cast<double>(constant->value.int64);
}

}  // namespace

Path* QueryPlanner::choose(const std::vector<Path*>& paths, bool order_matters, std::size_t* presorted) {
  Path* best = nullptr;
  double best_cost = 0;
  std::size_t best_keys = 0;
  int direction = 0;
  const std::size_t keys = order_matters ? query_->order_by.size() : 0;
  for (Path* path : paths) {
    OrderMatch match = order_matters ? match_order(*path) : OrderMatch{};
    if (match.direction < 0 && !can_turn(*path)) match = {};
    if (match.keys < keys && !state_.options.enable_incremental_sort) match = {};
    double cost = path->total;
    const double rows = std::max(2.0, path->rows);
    const double wanted = limit_rows > 0 ? std::min(1.0, limit_rows / std::max(1.0, path->rows)) : tuple_fraction;
    // Of a few rows that are wanted no more than those are kept in order.
    const auto sorting = [&](double count) {
      const double kept = limit_rows > 0 && limit_rows * 2 < count ? limit_rows * 2 : count;
      return count * std::log2(std::max(2.0, kept)) * cost::kOperator * 2;
    };
    if (match.keys == keys) {
      cost = path->startup + (path->total - path->startup) * wanted;
    } else if (match.keys > 0) {
      // Whole groups of what is equal in the presorted keys.
      std::vector<const Expression*> prefix;
      for (std::size_t k = 0; k < match.keys; ++k) prefix.push_back(query_->order_by[k].expression.get());
      const double groups = std::clamp(group_count(prefix, *path, path->rows), 1.0, rows);
      const double read = std::min(1.0, std::ceil(wanted * groups) / groups);
      // Groups are not all of one size, each is told from the next row by row, and has a sort set up for it: PostgreSQL's
      // reckoning (cost_incremental_sort).
      constexpr double kUneven = 1.5;
      cost = path->startup + (path->total - path->startup) * read +
             read * (groups * (sorting(rows / groups * kUneven) + 2 * cost::kTuple) + rows * cost::kTuple);
    } else {
      cost += sorting(rows) + (state_.options.enable_sort || keys == 0 ? 0 : 1e10);
    }
    if (best == nullptr || cost < best_cost) {
      best = path;
      best_cost = cost;
      best_keys = match.keys;
      direction = match.direction;
    }
  }
  CHECK(best != nullptr);
  if (direction < 0) turn_backward(*best);
  if (presorted != nullptr) *presorted = best_keys;
  return best;
}

// Groups by every column: DISTINCT, UNION.
Built QueryPlanner::aggregate_all(Built input, const std::vector<KeyColumn>& keys) {
  auto node = std::make_unique<AggregateNode>();
  node->strategy = GroupStrategy::hashed;
  node->keys = keys;
  node->raw_columns = node->columns = input.node->columns;
  const double groups = std::max(1.0, input.node->rows * 0.5);
  node->expected_groups = groups;
  const double total = input.node->total_cost +
                       input.node->rows * cost::kOperator * static_cast<double>(keys.size());
  set_costs(*node, total, total + groups * cost::kTuple, groups, input.node->width);
  describe(*node, "HashAggregate");
  if (state_.options.explain) {
    std::string text;
    for (const Expression* e : input.layout.columns())
      text += (text.empty() ? "" : ", ") + (e ? text_of(*e) : std::string("?"));
    describe(*node, "Group Key", text);
  }
  node->children.push_back(std::move(input.node));
  input.node = std::move(node);
  return input;
}

Built QueryPlanner::plan_distinct(Built input, const GroupInput& rows) {
  if (query_->distinct) {
    std::vector<KeyColumn> keys;
    for (std::size_t i = 0; i < query_->output.size(); ++i)
      keys.push_back(key_column(*query_->output[i].expression, static_cast<int>(i)));
    if (rows.in_runs) return plan_unique(std::move(input), std::move(keys));
    return aggregate_all(std::move(input), keys);
  }
  // DISTINCT ON: the first row of each group in ORDER BY's order.
  const std::vector<query::SortKey>& order =
      query_->order_by.empty() ? query_->distinct_on : query_->order_by;
  // ORDER BY begins with the DISTINCT ON expressions, perhaps only with some of them.
  std::vector<SortColumn> columns;
  std::vector<std::string> text;
  auto add = [&](const query::SortKey& key) {
    int at = key.output >= 0 ? key.output : input.layout.find(*key.expression);
    CHECK(at >= 0);
    for (const SortColumn& c : columns)
      if (c.column == at) return;
    columns.push_back(sort_column(key, at));
    text.push_back(sort_text(key));
  };
  const std::size_t leading = std::min(order.size(), query_->distinct_on.size());
  for (std::size_t i = 0; i < leading; ++i) add(order[i]);
  for (const query::SortKey& key : query_->distinct_on) add(key);
  for (const query::SortKey& key : order) add(key);
  // Rows in ORDER BY's order are in that of all columns only where it names them all.
  if (!rows.is_ordered || columns.size() != query_->order_by.size())
    input = sort(std::move(input), std::move(columns), false, std::move(text));
  std::vector<KeyColumn> keys;
  for (const query::SortKey& key : query_->distinct_on) {
    int at = key.output >= 0 ? key.output : input.layout.find(*key.expression);
    keys.push_back(key_column(*key.expression, at));
  }
  return plan_unique(std::move(input), std::move(keys));
}

Built QueryPlanner::plan_limit(Built input) {
  if (!query_->limit && !query_->offset) return input;
  auto node = std::make_unique<LimitNode>();
  if (query_->limit) node->count = compile({query_->limit.get()}, Layout());
  if (query_->offset) node->offset = compile({query_->offset.get()}, Layout());
  node->with_ties = query_->with_ties;
  if (node->with_ties)
    for (const query::SortKey& key : query_->order_by) {
      const int at = key.output >= 0 ? key.output : input.layout.find(*key.expression);
      CHECK(at >= 0);
      node->tie_keys.push_back(key_column(*key.expression, at));
    }
  node->raw_columns = node->columns = input.node->columns;
  node->batch_rows = input.node->batch_rows;
  const double rows = input.node->rows;
  const double offset = constant_count(query_->offset).value_or(0);
  const double count = constant_count(query_->limit).value_or(query_->limit ? rows * 0.1 : rows);
  const double out = std::clamp(rows - offset, 1.0, std::max(1.0, count));
  const double run = input.node->total_cost - input.node->startup_cost;
  set_costs(*node, input.node->startup_cost + run * std::min(1.0, offset / std::max(1.0, rows)),
            input.node->startup_cost + run * std::min(1.0, (offset + out) / std::max(1.0, rows)), out,
            input.node->width);
  describe(*node, "Limit");
  node->children.push_back(std::move(input.node));
  input.node = std::move(node);
  return input;
}

// Columns whose values come from the level below: of its relations, or (grouped) keys and
// aggregates.
void QueryPlanner::collect_atoms(const Expression& e, std::vector<const Expression*>& out) {
  auto add = [&](const Expression& atom) {
    for (const Expression* present : out)
      if (query::equal(*present, atom)) return;
    out.push_back(&atom);
  };
  const bool grouped = is_grouped();
  std::function<bool(const Expression&, int)> look = [&](const Expression& x, int depth) {
    if (depth == 0 && grouped) {
      for (const query::GroupKey& key : query_->group_by)
        if (query::equal(*key.expression, x)) {
          add(x);
          return false;
        }
    }
    const auto* a = std::get_if<query::Aggregate>(&x.node);
    const auto* g = std::get_if<query::Grouping>(&x.node);
    if ((a != nullptr && a->levels_up == depth) || (g != nullptr && g->levels_up == depth)) {
      if (depth == 0) {
        add(x);
      } else {
        ExpressionPtr local = query::clone(x);
        shift_levels(local, depth, -depth);
        add(own(std::move(local)));
      }
      return false;
    }
    if (const auto* column = as_column(x);
        column != nullptr && column->levels_up == depth && column->range_table_index >= 0) {
      if (depth == 0)
        add(x);
      else
        add(own(make_column(column->range_table_index, column->column, x.type)));
    }
    return true;
  };
  visit(e, 0, look);
}

bool QueryPlanner::is_grouped() const {
  return query_->has_aggregates || !query_->group_by.empty() || !query_->grouping_sets.empty() ||
         query_->having != nullptr;
}

// Columns that a primary key among the keys determines may be used as they are: grouping by them,
// too, changes nothing. Of grouping sets each has that key.
void QueryPlanner::add_dependent_keys(const std::vector<const Expression*>& targets) {
  if (query_->group_by.empty()) return;
  std::vector<const Expression*> atoms;
  for (const Expression* e : targets) collect_atoms(*e, atoms);
  if (query_->having) collect_atoms(*query_->having, atoms);
  // Direct arguments of ordered-set aggregates are of the groups, too.
  for (std::size_t i = 0, count = atoms.size(); i < count; ++i)
    if (const auto* aggregate = std::get_if<query::Aggregate>(&atoms[i]->node))
      for (const ExpressionPtr& e : aggregate->direct_arguments) collect_atoms(*e, atoms);
  for (const Expression* e : atoms) {
    if (as_column(*e) == nullptr) continue;
    bool present = false;
    for (const query::GroupKey& key : query_->group_by)
      present = present || query::equal(*key.expression, *e);
    if (present) continue;
    query::GroupKey key;
    key.expression = query::clone(*e);
    key.equals = catalog().ordering_operators(e->type.oid).equal;
    for (std::vector<int>& set : query_->grouping_sets) set.push_back(static_cast<int>(query_->group_by.size()));
    query_->group_by.push_back(std::move(key));
  }
}

PlanNodePtr QueryPlanner::plan_select() {
  if (query_->limit && query_->offset == nullptr) {
    if (const auto count = constant_count(query_->limit)) limit_rows = std::max(1.0, *count);
  } else if (query_->limit) {
    const auto count = constant_count(query_->limit), offset = constant_count(query_->offset);
    if (count && offset) limit_rows = std::max(1.0, *count + *offset);
  }
  std::vector<const Expression*> targets;
  for (const query::OutputColumn& output : query_->output) targets.push_back(output.expression.get());

  Built built;
  bool ordered = false, postponed = false;
  std::size_t presorted = 0;  // of ORDER BY's keys
  if (query_->set_operations) {
    built = plan_set_operations();
    ordered = built.node->kind == NodeKind::append && !static_cast<const AppendNode&>(*built.node).merge_keys.empty();
  } else {
    // Conditions of HAVING on keys alone are cheaper before grouping.
    if (query_->having && query_->grouping_sets.empty() && !query_->group_by.empty()) {
      std::vector<ExpressionPtr> conditions, stay;
      split_conjunction(std::move(query_->having), conditions);
      for (ExpressionPtr& c : conditions) {
        if (contains_aggregate(*c) || contains_subquery(*c) || eval::contains_volatile(catalog(), *c)) {
          stay.push_back(std::move(c));
        } else if (query_->where) {
          std::vector<ExpressionPtr> both;
          both.push_back(std::move(query_->where));
          both.push_back(std::move(c));
          query_->where = conjunction(std::move(both));
        } else {
          query_->where = std::move(c);
        }
      }
      query_->having = stay.empty() ? nullptr : conjunction(std::move(stay));
    }
    std::unique_ptr<query::Query> original = may_read_extremes() ? query::clone(*query_) : nullptr;
    flatten();
    targets.clear();
    for (const query::OutputColumn& output : query_->output)
      targets.push_back(output.expression.get());
    const double wanted = limit_rows;
    const bool windows = !query_->windows.empty();
    bool set_functions = false;
    for (const Expression* e : targets) set_functions = set_functions || contains_set_function(*e);
    const bool distinct = query_->distinct || !query_->distinct_on.empty();
    const bool simple = !is_grouped() && !windows && !set_functions && !distinct;
    if (!simple) limit_rows = -1;
    std::vector<Path*> paths = plan_item(*root_);
    if (original != nullptr && extremes_pay(*original, paths)) {
      read_extremes(std::move(original));
      return plan_select();
    }
    GroupInput input;
    if (simple) {
      input.path = choose(paths, !query_->order_by.empty(), &presorted);
      ordered = !query_->order_by.empty() && presorted == query_->order_by.size();
    } else if (is_grouped()) {
      limit_rows = wanted;
      std::vector<const Expression*> keys;
      if (query_->grouping_sets.empty())
        for (const query::GroupKey& key : query_->group_by) keys.push_back(key.expression.get());
      input = choose_for_groups(paths, keys, !windows && !set_functions && !distinct);
    } else if (distinct && !windows && !set_functions) {
      limit_rows = wanted;
      input = choose_for_groups(paths, query_->distinct ? targets : std::vector<const Expression*>{}, true);
    } else {
      input.path = choose(paths);
    }
    Path* path = input.path;
    limit_rows = wanted;

    std::vector<const Expression*> below = targets;
    std::vector<const Expression*> window_inputs;
    const bool locks = !query_->row_locks.empty();
    postponed = !locks && !set_functions && !distinct && postpones_targets();
    if (postponed) below = before_postponed(targets);
    const std::vector<const Expression*> before = below;
    if (locks) {
      below = lock_inputs(targets);
    } else if (windows) {
      below.clear();
      for (const Expression* e : before) collect_atoms(*e, below);
      collect_window_inputs(below);
    } else if (set_functions) {
      below.clear();
      for (const Expression* e : targets) collect_atoms(*e, below);
    }
    if (is_grouped()) add_dependent_keys(below);
    if (is_grouped()) {
      built = plan_grouping(input, below);
      ordered = input.is_ordered && !query_->order_by.empty() && !windows && !set_functions && !distinct;
    } else {
      built = build(*path, below);
      // All of the rows are wanted, in any order.
      if (presorted == 0 && !input.in_runs && !input.is_ordered && tuple_fraction >= 1 && (limit_rows < 0 || !query_->order_by.empty()))
        gather(*path, built.node, below);
    }
    if (windows) {
      std::vector<const Expression*> above = before;
      if (set_functions) {
        above.clear();
        for (const Expression* e : targets) {
          collect_atoms(*e, above);
          visit(*e, 0, [&](const Expression& x, int depth) {
            if (depth != 0 || !std::holds_alternative<query::WindowCall>(x.node)) return depth == 0;
            if (std::ranges::none_of(above, [&](const Expression* known) { return query::equal(*known, x); })) above.push_back(&x);
            return false;
          });
        }
      }
      built = plan_windows(std::move(built), above);
    }
    if (set_functions) built = plan_set_functions(std::move(built), targets);
    if (locks) {
      if (!query_->order_by.empty() && !ordered) {
        built = sort_computed(std::move(built), false, presorted);
        ordered = true;
      }
      built = plan_row_locks(std::move(built), targets);
    }
    if (distinct) {
      built = plan_distinct(std::move(built), is_grouped() ? GroupInput{} : input);
      ordered = !query_->distinct_on.empty() || (!is_grouped() && input.is_ordered && !query_->order_by.empty());
    }
  }
  if (!query_->order_by.empty() && !ordered)
    built = postponed
                ? sort_computed(std::move(built), query_->limit != nullptr, presorted)
                : sort(std::move(built), query_->order_by, query_->limit != nullptr && !query_->with_ties, presorted);
  built = plan_limit(std::move(built));
  if (postponed) built = project(std::move(built), targets);

  // Hidden columns have done their work.
  bool hidden = false;
  for (const query::OutputColumn& output : query_->output) hidden = hidden || output.hidden;
  if (hidden) {
    auto node = std::make_unique<SubqueryScanNode>();
    node->raw_columns = built.node->columns;
    node->batch_rows = built.node->batch_rows;
    std::vector<const Expression*> visible;
    eval::Compiler compiler(catalog(), nullptr);
    for (std::size_t i = 0; i < query_->output.size(); ++i) {
      if (query_->output[i].hidden) continue;
      compiler.add(eval::make_input_column(query_->output[i].expression->type,
                                           built.node->columns[i], static_cast<int>(i)));
      node->columns.push_back(built.node->columns[i]);
    }
    node->has_projection = true;
    node->projection = compiler.finish();
    node->transparent = true;
    set_costs(*node, built.node->startup_cost, built.node->total_cost, built.node->rows,
              built.node->width);
    node->children.push_back(std::move(built.node));
    built.node = std::move(node);
  }
  return std::move(built.node);
}

// Above a sort of rows that are not projected yet: ORDER BY's own expressions are columns there.
Built QueryPlanner::sort_computed(Built input, bool bounded, std::size_t presorted) {
  std::vector<SortColumn> columns;
  std::vector<std::string> text;
  for (const query::SortKey& key : query_->order_by) {
    const int at = input.layout.find(*key.expression);
    CHECK(at >= 0);
    columns.push_back(sort_column(key, at));
    text.push_back(sort_text(key));
  }
  return sort(std::move(input), std::move(columns), bounded, std::move(text), presorted);
}

// Volatile outputs are computed for rows that are put out, in their order: nextval() counts those.
bool QueryPlanner::postpones_targets() const {
  if (query_->with_ties || (query_->order_by.empty() && !query_->limit)) return false;
  for (const query::SortKey& key : query_->order_by)
    if (eval::contains_volatile(state_.catalog, *key.expression)) return false;
  for (const query::OutputColumn& output : query_->output)
    if (eval::contains_volatile(state_.catalog, *output.expression)) return true;
  return false;
}

// What sorting and the postponed targets need.
std::vector<const Expression*> QueryPlanner::before_postponed(const std::vector<const Expression*>& targets) {
  std::vector<const Expression*> result;
  for (const query::SortKey& key : query_->order_by) result.push_back(key.expression.get());
  for (const Expression* e : targets) {
    if (eval::contains_volatile(catalog(), *e))
      collect_atoms(*e, result);
    else
      result.push_back(e);
  }
  return result;
}

Built QueryPlanner::project(Built input, const std::vector<const Expression*>& targets) {
  auto node = std::make_unique<SubqueryScanNode>();
  node->raw_columns = input.node->columns;
  node->batch_rows = input.node->batch_rows;
  node->has_projection = true;
  node->projection = compile(targets, input.layout);
  for (const eval::NodePtr& e : node->projection.expressions) node->columns.push_back(e->physical());
  node->transparent = true;
  set_costs(*node, input.node->startup_cost, input.node->total_cost, input.node->rows, input.node->width);
  note_output(*node, input.layout, targets);
  node->children.push_back(std::move(input.node));
  Built built;
  for (const Expression* e : targets) built.layout.add(*e);
  built.node = std::move(node);
  return built;
}

}  // namespace planner
