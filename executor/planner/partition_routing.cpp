#include "planner/partition_routing.h"

#include <algorithm>

#include "planner/planner.h"
#include "rewrite.h"

namespace planner {

namespace {

// For each column of `of`, by its name: where it is in `in`; -1 where it is dropped.
std::vector<int> places(const catalog::RelationDescriptor& of,
                        const catalog::RelationDescriptor& in) {
  std::vector<int> map;
  for (const catalog::Column& column : of.columns)
    map.push_back(column.dropped ? -1 : in.column_index(column.name));
  return map;
}

class Builder {
 public:
  Builder(PartitionRouting& routing, const catalog::RelationPtr& target,
          catalog::CatalogView& catalog)
      : routing_(routing), target_(target), catalog_(catalog) {}

  // `path`: from `table` down to the target; empty below it.
  int add(const catalog::RelationPtr& table, std::vector<types::Oid> path) {
    const auto at = routing_.levels.size();
    routing_.levels.emplace_back();
    auto partitions = std::make_shared<PartitionTable>(table, catalog_);
    const std::vector<int> map = places(*table, *target_);
    std::vector<ExpressionPtr> keys;
    for (const ExpressionPtr& key : partitions->keys()) {
      keys.push_back(query::clone(*key));
      rewrite(keys.back(), 0, [&](ExpressionPtr& e, int depth) {
        auto* column = std::get_if<query::ColumnReference>(&e->node);
        if (column == nullptr || column->levels_up != depth || column->column < 0) return false;
        column->column = map.at(static_cast<std::size_t>(column->column));
        return true;
      });
    }
    routing_.levels[at].keys = compile_row_expressions(keys, catalog_);
    for (const catalog::PartitionKeyColumn& key : table->partition_key->columns)
      routing_.levels[at].key_columns.push_back(key.column);
    std::vector<int> next;
    for (const PartitionTable::Partition& partition : partitions->partitions()) {
      const catalog::RelationPtr& relation = partition.relation;
      if (!path.empty() && relation->oid != path.front()) {
        next.push_back(PartitionRouting::kElsewhere);
        continue;
      }
      if (relation->partition_key) {
        std::vector<types::Oid> rest;
        if (!path.empty()) rest.assign(path.begin() + 1, path.end());
        next.push_back(-2 - add(relation, std::move(rest)));
        continue;
      }
      next.push_back(static_cast<int>(routing_.leaves.size()));
      routing_.leaves.push_back(relation);
      routing_.columns.push_back(places(*target_, *relation));
    }
    routing_.levels[at].next = std::move(next);
    routing_.levels[at].table = std::move(partitions);
    return static_cast<int>(at);
  }

 private:
  PartitionRouting& routing_;
  const catalog::RelationPtr& target_;
  catalog::CatalogView& catalog_;
};

}  // namespace

bool PartitionRouting::needed(const catalog::RelationDescriptor& target) {
  return target.partition_key != nullptr || target.partition_bound != nullptr;
}

PartitionRouting::PartitionRouting(const catalog::RelationPtr& target,
                                   catalog::CatalogView& catalog, From from) {
  std::vector<types::Oid> path;
  catalog::RelationPtr top = target;
  while (from == From::top && top->partition_bound && !top->parents.empty()) {
    catalog::RelationPtr above = catalog.relation(top->parents[0]);
    if (above == nullptr || !above->partition_key) break;
    path.insert(path.begin(), top->oid);
    top = std::move(above);
  }
  Builder(*this, target, catalog).add(top, std::move(path));
}

const catalog::IndexDescriptor* partition_index(const catalog::RelationDescriptor& leaf, types::Oid index,
                                                catalog::CatalogView& catalog) {
  for (const catalog::IndexDescriptor& own : leaf.indexes) {
    types::Oid at = own.oid;
    while (at != 0 && at != index) {
      const catalog::RelationPtr relation = catalog.relation(at);
      at = relation != nullptr && !relation->parents.empty() ? relation->parents[0] : 0;
    }
    if (at == index) return &own;
  }
  return nullptr;
}

PartitionRouter::PartitionRouter(const PartitionRouting& routing, std::uint32_t batch_rows)
    : routing_(routing), values_(routing.levels.size()) {
  for (const PartitionRouting::Level& level : routing.levels)
    evaluators_.emplace_back(level.keys, batch_rows);
}

void PartitionRouter::bind(eval::Environment& environment, types::EvalContext& context) {
  for (eval::Evaluator& evaluator : evaluators_) evaluator.bind(environment, context);
}

void PartitionRouter::start(const types::Batch& rows) {
  rows_ = rows;
  for (auto& values : values_) values.clear();
}

PartitionRouter::Place PartitionRouter::find(std::uint32_t row) {
  std::size_t level = 0;
  for (;;) {
    const PartitionRouting::Level& at = routing_.levels[level];
    auto& values = values_[level];
    if (values.empty())
      for (std::size_t i = 0; i < evaluators_[level].size(); ++i)
        values.push_back(&evaluators_[level].evaluate(i, rows_));
    key_.clear();
    for (const types::Vector* value : values) key_.push_back(value->datum(row));
    const int partition = at.table->find(key_);
    if (partition < 0) {
      // The target itself may be a partition that holds no such row.
      const bool other = std::find(at.next.begin(), at.next.end(), PartitionRouting::kElsewhere) !=
                         at.next.end();
      return {-1, other, static_cast<int>(level)};
    }
    const int next = at.next[static_cast<std::size_t>(partition)];
    if (next >= 0) return {next, false, static_cast<int>(level)};
    if (next == PartitionRouting::kElsewhere) return {-1, true, static_cast<int>(level)};
    level = static_cast<std::size_t>(-2 - next);
  }
}

}  // namespace planner
