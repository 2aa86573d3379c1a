// Which leaf partition a new row goes to, level by level.
#pragma once

#include <memory>
#include <vector>

#include "eval/program.h"
#include "planner/partition_table.h"

namespace planner {

// Expressions over the columns of one row (range table entry 0).
eval::Program compile_row_expressions(const std::vector<query::ExpressionPtr>& expressions,
                                      catalog::CatalogView& catalog);

// For rows written to a partitioned table or straight to a partition. Immutable.
struct PartitionRouting {
  struct Level {
    std::shared_ptr<const PartitionTable> table;
    eval::Program keys;     // over the columns of the table that is written to
    // By partition: a leaf (from 0), kElsewhere for one that rows written here cannot go to, or
    // the level below as -2 - level.
    std::vector<int> next;
    std::vector<int> key_columns;  // of `table`, for messages; -1: an expression
  };
  static constexpr int kElsewhere = -1;
  std::vector<Level> levels;              // the topmost table first
  std::vector<catalog::RelationPtr> leaves;
  std::vector<std::vector<int>> columns;  // by leaf: for each column of the target, its place in the leaf; -1

  // Whether the row of that table must be looked at at all.
  static bool needed(const catalog::RelationDescriptor& target);
  // Rows that are written are looked at from the topmost table down.
  enum class From : std::uint8_t { top, target };
  PartitionRouting(const catalog::RelationPtr& target, catalog::CatalogView& catalog, From from = From::top);
};

// The index of a leaf that is part of `index` of a table above it; null: none.
const catalog::IndexDescriptor* partition_index(const catalog::RelationDescriptor& leaf, types::Oid index,
                                                catalog::CatalogView& catalog);

// One execution's use of it.
class PartitionRouter {
 public:
  PartitionRouter(const PartitionRouting& routing, std::uint32_t batch_rows);
  void bind(eval::Environment& environment, types::EvalContext& context);

  // Rows of the target table that find() is asked about; the vectors stay until the next call.
  void start(const types::Batch& rows);
  struct Place {
    int leaf = -1;              // or:
    bool elsewhere = false;     // violates the partition constraint of the target
    int level = 0;              // where the search ended
  };
  Place find(std::uint32_t row);
  // The key that was looked for last.
  const std::vector<types::Datum>& key() const { return key_; }
  const PartitionRouting& routing() const { return routing_; }

 private:
  const PartitionRouting& routing_;
  std::vector<eval::Evaluator> evaluators_;
  std::vector<std::vector<const types::Vector*>> values_;  // by level; empty: not evaluated yet
  types::Batch rows_;
  std::vector<types::Datum> key_;
};

}  // namespace planner
