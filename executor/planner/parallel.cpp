// Plans whose work is divided among threads: which, and whether it pays.
#include "parallel.h"

#include <algorithm>
#include <cmath>

#include "cost.h"
#include "planner/morsel_groups.h"
#include "query_planner.h"
#include "table/scan.h"

namespace planner {

namespace {

constexpr double kPageBytes = 8192;

// parallel_tuple_cost is that of a row that goes through a queue between processes. Here whole
// batches change hands within one: a row costs so much of it.
constexpr double kRowOfBatch = 0.05;

// The part of the work that each of the workers and the leader does, as PostgreSQL reckons: the
// more workers there are, the less the leader helps.
double divisor(int workers) { return workers + std::max(0.0, 1.0 - 0.3 * workers); }

// Joins whose every right row is none of their business until a left row asks for it.
bool reads_left_side_alone(query::JoinKind join) {
  return join == query::JoinKind::inner || join == query::JoinKind::left || join == query::JoinKind::semi ||
         join == query::JoinKind::anti;
}

// The scan whose rows the workers divide among them; null: the nodes have another shape.
TableScanNode* find_driver(PlanNode& top) {
  PlanNode* node = &top;
  while (node->kind == NodeKind::hash_join || node->kind == NodeKind::nested_loop) node = node->children[0].get();
  if (node->kind != NodeKind::table_scan) return nullptr;
  auto* scan = static_cast<TableScanNode*>(node);
  return scan->access == Access::lookup || scan->array_key >= 0 || scan->alternatives > 1 ? nullptr : scan;
}

// Whether an inner join on the left spine equates the column with another.
bool is_joined_by(const Path& path, const query::ColumnReference& column, int relation, int other) {
  if (path.kind != Path::Kind::join) return false;
  const auto is = [](const Expression& e, int of, int number) {
    const query::ColumnReference* c = as_column(e);
    return c != nullptr && c->levels_up == 0 && c->range_table_index == of && c->column == number;
  };
  if (path.join == query::JoinKind::inner)
    for (const EquiCondition& e : path.equi)
      for (const auto& [a, b] : {std::pair(e.left, e.right), std::pair(e.right, e.left)})
        if (is(*a, column.range_table_index, column.column) && is(*b, relation, other)) return true;
  return is_joined_by(*path.left, column, relation, other);
}

// What only the leader does: reading the hashed sides.
double hashed_cost(const PlanNode& top) {
  double cost = 0;
  for (const PlanNode* node = &top; !node->children.empty(); node = node->children[0].get())
    if (node->kind == NodeKind::hash_join) cost += node->children[1]->total_cost;
  return cost;
}

}  // namespace

// The expressions that a worker evaluates for a path; false when it may not run there.
bool QueryPlanner::collect_worker_expressions(const Path& path, bool driving,
                                              std::vector<const Expression*>& out) {
  if (!path.one_time.empty()) return false;
  path.computes.for_each([&](int entry) {
    const std::vector<const Expression*>& values = computed_keys_.at(entry).values;
    out.insert(out.end(), values.begin(), values.end());
  });
  for (const Qual* qual : path.filter) out.push_back(qual->expression.get());
  if (path.kind == Path::Kind::scan) {
    if (path.array_key >= 0 || path.alternatives > 1) return false;
    out.insert(out.end(), path.keys.begin(), path.keys.end());
    const RelationPtr relation = relation_ptr(path.range_table_index);
    return relation->storage != nullptr && !relation->sequence;
  }
  if (!driving || path.kind != Path::Kind::join || path.merge || !reads_left_side_alone(path.join)) return false;
  for (const Qual* qual : path.join_quals) out.push_back(qual->expression.get());
  for (const EquiCondition& e : path.equi) {
    if (path.hash) out.push_back(e.left);
    else out.push_back(e.qual->expression.get());
  }
  if (!collect_worker_expressions(*path.left, true, out)) return false;
  return path.hash || collect_worker_expressions(*path.right, false, out);
}

int QueryPlanner::parallel_workers(const TableScanNode& driver) {
  const Options& options = state_.options;
  double limit = std::max(1.0, static_cast<double>(options.min_parallel_table_scan_bytes) / kPageBytes);
  const double pages = table_pages(driver.range_table_index);
  if (pages < limit) return 0;
  int workers = 1;
  for (; pages >= limit * 3 && workers < options.max_parallel_workers_per_gather; ++workers) limit *= 3;
  return std::min(workers, options.max_parallel_workers_per_gather);
}

// How many workers may run what was built of the path, and the subqueries to run before they start.
int QueryPlanner::workers_for(const Path& path, PlanNode& node, const std::vector<const Expression*>& required,
                              std::vector<int>& init_parameters) {
  if (!state_.parallel || state_.options.max_parallel_workers_per_gather <= 0) return 0;
  if (!parameters_.empty() || !outer_arguments_.empty()) return 0;
  const TableScanNode* driver = find_driver(node);
  const int workers = driver == nullptr ? 0 : parallel_workers(*driver);
  if (workers == 0) return 0;
  std::vector<const Expression*> expressions = required;
  if (!collect_worker_expressions(path, true, expressions)) return 0;
  bool safe = true;
  for (const Expression* expression : expressions)
    visit(*expression, 0, [&](const Expression& e, int) {
      if (std::holds_alternative<query::Subquery>(e.node)) {
        const auto planned = planned_subqueries_.find(&e);
        const eval::ExecutionParameterReference* once =
            planned == planned_subqueries_.end()
                ? nullptr
                : std::get_if<eval::ExecutionParameterReference>(&planned->second);
        if (once == nullptr) return safe = false;
        init_parameters.push_back(once->number);
        return false;
      }
      safe = safe && is_worker_safe(e, catalog());
      return safe;
    });
  return safe ? workers : 0;
}

// Puts the partial step of an aggregation and a Gather above its input, when that is cheaper.
bool QueryPlanner::plan_partial(const AggregateNode& whole, const std::vector<const Expression*>& aggregates,
                                const Path& path, PlanNodePtr& input,
                                const std::vector<const Expression*>& inputs) {
  if (!whole.grouping_sets.empty()) return false;
  for (const Expression* e : aggregates) {
    const auto& a = std::get<query::Aggregate>(e->node);
    const catalog::AggregateInfo* info = catalog().aggregate(a.function);
    const catalog::FunctionInfo* function = catalog().function(a.function);
    if (a.distinct || !a.order_by.empty() || a.function >= types::kFirstNormalOid || info == nullptr ||
        info->kind != 'n' || info->combine == 0 || function == nullptr || function->parallel != 's')
      return false;
  }
  std::size_t state_bytes = 32;
  for (const AggregateCall& call : whole.aggregates) {
    if (call.function->combine == nullptr) return false;
    state_bytes += call.function->state_size;
  }
  // The final step keeps every group, its keys among it, and reads all partial ones again where they do not fit.
  const double group_bytes = static_cast<double>(state_bytes) + (whole.keys.empty() ? 0 : 32 + 2.0 * path.width);
  if (whole.expected_groups * group_bytes > static_cast<double>(state_.options.hash_memory_bytes)) return false;
  auto gather = std::make_unique<GatherNode>();
  gather->workers = workers_for(path, *input, inputs, gather->init_parameters);
  if (gather->workers == 0) return false;

  const Options& options = state_.options;
  const double share = divisor(gather->workers);
  const double work = input->rows * cost::kOperator *
                      static_cast<double>(whole.keys.size() + whole.aggregates.size());
  const double serial = input->total_cost + work + whole.expected_groups * cost::kTuple;
  const double once = hashed_cost(*input);
  const double groups = std::min(whole.expected_groups, std::max(1.0, input->rows / share));
  const double gathered = groups * (gather->workers + 1);
  const double partial = once + (input->total_cost - once + work) / share + groups * cost::kTuple;
  const double total = partial + options.parallel_setup_cost + gathered * kRowOfBatch * options.parallel_tuple_cost;
  const double merged = gathered * cost::kOperator *
                        static_cast<double>(whole.keys.size() + whole.aggregates.size());
  if (total + merged + whole.expected_groups * cost::kTuple >= serial) return false;

  auto node = std::make_unique<AggregateNode>();
  node->stage = AggregateStage::partial;
  node->strategy = whole.strategy;
  node->keys = whole.keys;
  node->expected_groups = groups;
  node->batch_rows = whole.batch_rows;
  for (const AggregateCall& call : whole.aggregates) {
    AggregateCall copy;
    copy.function = call.function;
    copy.site = eval::CallSite(call.site.call, call.site.argument_types);
    copy.arguments = call.arguments;
    copy.filter = call.filter;
    copy.result = call.result;
    node->aggregates.push_back(std::move(copy));
  }
  for (const KeyColumn& key : node->keys) node->raw_columns.push_back(key.physical);
  node->raw_columns.push_back(types::PhysicalType::int64);
  node->columns = node->raw_columns;
  set_costs(*node, partial - groups * cost::kTuple, partial, groups, 0);
  if (state_.options.explain) {
    describe(*node, node->keys.empty() ? "Partial Aggregate" : "Partial HashAggregate");
    if (!node->keys.empty()) describe(*node, "Group Key", group_text());
  }
  share_out(*input, share);
  node->children.push_back(std::move(input));
  gather->raw_columns = gather->columns = node->columns;
  gather->batch_rows = node->batch_rows;
  set_costs(*gather, partial + options.parallel_setup_cost, total, gathered, 0);
  describe(*gather, "Gather");
  describe(*gather, "Workers Planned", std::to_string(gather->workers));
  gather->children.push_back(std::move(node));
  input = std::move(gather);
  return true;
}

// A Gather for a whole aggregation whose groups are each one worker's (planner/morsel_groups.h), when it
// is possible and cheaper; its child is to be the aggregation. `required`: what a worker evaluates,
// conditions and results of the groups among it.
std::unique_ptr<GatherNode> QueryPlanner::plan_morsel_groups(const AggregateNode& whole,
                                                             const std::vector<const Expression*>& aggregates,
                                                             const Path& path, PlanNode& input,
                                                             std::vector<const Expression*> required) {
  if (!whole.grouping_sets.empty() || whole.keys.empty()) return nullptr;
  TableScanNode* driver = find_driver(input);
  if (driver == nullptr || driver->index != table::kClusteredIndex || driver->equal_keys > 0) return nullptr;
  const table::TableSchema& schema = driver->relation->storage->schema();
  if (schema.clustered.keys.empty()) return nullptr;
  const table::KeyColumn& first = schema.clustered.keys[0];
  const bool by_first = std::ranges::any_of(query_->group_by, [&](const query::GroupKey& key) {
    const query::ColumnReference* column = as_column(*key.expression);
    if (column == nullptr || column->levels_up != 0) return false;
    return (column->column == first.column && column->range_table_index == driver->range_table_index) ||
           is_joined_by(path, *column, driver->range_table_index, first.column);
  });
  if (!by_first || !table::has_fixed_width(schema, first)) return nullptr;
  for (const Expression* e : aggregates) {
    const auto& a = std::get<query::Aggregate>(e->node);
    const catalog::AggregateInfo* info = catalog().aggregate(a.function);
    const catalog::FunctionInfo* function = catalog().function(a.function);
    // Those that are merged are plain values: finishing them asks neither session nor catalogue.
    if (a.function >= types::kFirstNormalOid || info == nullptr || info->kind != 'n' || info->combine == 0 ||
        function == nullptr || function->parallel != 's')
      return nullptr;
  }
  // Aggregates are the group's values there.
  std::vector<const Expression*> safe;
  for (const Expression* e : required) {
    bool simple = true;
    visit(*e, 0, [&](const Expression& x, int) {
      if (std::holds_alternative<query::Aggregate>(x.node)) return false;
      simple = simple && !std::holds_alternative<query::Subquery>(x.node) && is_worker_safe(x, catalog());
      return simple;
    });
    if (!simple) return nullptr;
  }
  auto gather = std::make_unique<MorselGroupsNode>();
  std::vector<const Expression*> inputs;
  for (const query::GroupKey& key : query_->group_by) inputs.push_back(key.expression.get());
  for (const Expression* e : aggregates) {
    const auto& a = std::get<query::Aggregate>(e->node);
    for (const ExpressionPtr& argument : a.arguments) inputs.push_back(argument.get());
    for (const query::SortKey& key : a.order_by) inputs.push_back(key.expression.get());
    if (a.filter) inputs.push_back(a.filter.get());
  }
  gather->workers = workers_for(path, input, inputs, gather->init_parameters);
  if (gather->workers == 0) return nullptr;

  const Options& options = state_.options;
  const double share = divisor(gather->workers);
  const double work = input.rows * cost::kOperator * static_cast<double>(whole.keys.size() + whole.aggregates.size());
  const double once = hashed_cost(input);
  const double parallel = once + (input.total_cost - once + work + whole.expected_groups * cost::kTuple) / share;
  const double total = parallel + options.parallel_setup_cost +
                       whole.expected_groups * kRowOfBatch * options.parallel_tuple_cost;
  if (total >= input.total_cost + work + whole.expected_groups * cost::kTuple) return nullptr;
  share_out(input, share);
  set_costs(*gather, once + options.parallel_setup_cost, total, whole.expected_groups, 0);
  describe(*gather, "Gather");
  describe(*gather, "Workers Planned", std::to_string(gather->workers));
  return gather;
}

// Puts a Gather above what was built of the path, when that is cheaper. The rows lose their order.
void QueryPlanner::gather(const Path& path, PlanNodePtr& node, const std::vector<const Expression*>& required) {
  auto gather = std::make_unique<GatherNode>();
  gather->workers = workers_for(path, *node, required, gather->init_parameters);
  if (gather->workers == 0) return;
  const Options& options = state_.options;
  const double share = divisor(gather->workers);
  const double once = hashed_cost(*node);
  const double total = once + (node->total_cost - once) / share + options.parallel_setup_cost +
                       node->rows * kRowOfBatch * options.parallel_tuple_cost;
  if (total >= node->total_cost) return;
  set_costs(*gather, once + options.parallel_setup_cost, total, node->rows, node->width);
  share_out(*node, share);
  gather->raw_columns = gather->columns = node->columns;
  gather->batch_rows = node->batch_rows;
  describe(*gather, "Gather");
  describe(*gather, "Workers Planned", std::to_string(gather->workers));
  gather->children.push_back(std::move(node));
  node = std::move(gather);
}

// The rows and costs of what is divided, for each who takes part.
void QueryPlanner::share_out(PlanNode& top, double share) {
  for (PlanNode* node = &top;; node = node->children[0].get()) {
    node->rows = std::max(1.0, std::round(node->rows / share));
    const double once = hashed_cost(*node);
    node->total_cost = once + (node->total_cost - once) / share;
    node->startup_cost = std::min(node->startup_cost, node->total_cost);
    if (node->kind != NodeKind::table_scan) continue;
    if (node->text) node->text->title = "Parallel " + node->text->title;
    return;
  }
}

std::string QueryPlanner::group_text() {
  std::string text;
  for (const query::GroupKey& key : query_->group_by) text += (text.empty() ? "" : ", ") + text_of(*key.expression);
  return text;
}

}  // namespace planner
