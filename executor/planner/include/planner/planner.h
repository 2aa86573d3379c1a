// From an analysed query to a physical plan.
#pragma once

#include <memory>

#include "catalog/catalog_view.h"
#include "planner/function_bodies.h"
#include "planner/plan.h"
#include "query/query.h"
#include "types/eval_context.h"

namespace planner {

// Sizes of tables that were never analysed.
class SizeEstimator {
 public:
  struct Size {
    double rows = 0;
    double pages = 1;
  };
  virtual ~SizeEstimator() = default;
  virtual Size estimate(const catalog::RelationDescriptor& relation) = 0;
};

struct Options {
  SizeEstimator* sizes = nullptr;   // null: PostgreSQL's guess of ten pages
  FunctionBodies* function_bodies = nullptr;  // null: functions in SQL stay calls
  // Fills PlanNode::text, for EXPLAIN.
  bool explain = false;
  bool verbose = false;  // with what each node gives up, and schemas; only with `explain`
  // COPY reads from one query: 0A000 where rules make none or several of it.
  bool for_copy = false;
  // The settings of the same names.
  bool enable_hashjoin = true, enable_nestloop = true, enable_indexscan = true,
       enable_bitmapscan = true, enable_seqscan = true, enable_hashagg = true, enable_sort = true, enable_material = true,
       enable_incremental_sort = true, enable_memoize = true, enable_mergejoin = true, enable_indexonlyscan = true;
  std::size_t work_mem_bytes = std::size_t{4} << 20;
  std::size_t hash_memory_bytes = std::size_t{8} << 20;  // work_mem * hash_mem_multiplier
  double cursor_tuple_fraction = 1.0;
  // Below kCollapseLimit, the order that JOINs are written in is kept beyond so many items, and subqueries in FROM are
  // joined for themselves; from there on neither is a reason not to look at all orders (settings of PostgreSQL, whose
  // default it is: its search of more would take too long).
  static constexpr std::size_t kCollapseLimit = 8;
  std::size_t from_collapse_limit = kCollapseLimit, join_collapse_limit = kCollapseLimit;
  int max_parallel_workers_per_gather = 0;
  std::size_t min_parallel_table_scan_bytes = std::size_t{8} << 20;
  double parallel_setup_cost = 1000, parallel_tuple_cost = 0.1;
};

// Throws SqlError: 0A000 for what is not built, what constant expressions raise never (they are
// left to the execution). Reads `query` only; the plan shares nothing with it.
std::shared_ptr<const Plan> plan(const query::Query& query, catalog::CatalogView& catalog,
                                 const Options& options);

// The checks of a table, for those who write rows without a query (COPY).
WriteRules write_rules(const RelationPtr& relation, catalog::CatalogView& catalog);

// A single expression without a query around it: a default, a check, an index expression (its
// columns are those of range-table entry 0, numbered as in the table). For use with
// eval::Evaluator.
eval::Program compile_expression(const query::Expression& expression,
                                 catalog::CatalogView& catalog);

}  // namespace planner
