// Ways to compute a set of relations, with their costs: what the join search compares.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "planner/plan.h"
#include "query/query.h"
#include "rel_set.h"

namespace planner {

// One condition of WHERE, ON or HAVING.
struct Qual {
  query::ExpressionPtr expression;
  RelSet relations;           // of this query level, correlated subqueries' references included
  bool is_volatile = false;
  bool implied = false;       // follows from others: must not be counted in selectivities twice
  int equivalence = -1;       // conditions of one number follow from each other
  bool behind_security = false;  // its query has conditions that hide rows, and this is none of them
  mutable double selectivity = -1;  // cached
};

// left = right between two sides of a join, by the hash or the order of their type.
struct EquiCondition {
  const Qual* qual = nullptr;
  const query::Expression* left = nullptr;   // over the left side
  const query::Expression* right = nullptr;
  types::Oid op = 0;
  // Numbers of different width: both sides are cast to that type. 0: they are of one type.
  types::Oid widened = 0;
  bool is_hashable = true, is_mergeable = false;
};

// Rows come sorted by a column.
struct OrderColumn {
  int range_table_index;
  int column;
  bool descending;
  bool nulls_first;
  bool is_fixed = false;  // equal in all rows
};

// What a nested loop keeps of its right side, by the values that this takes from the left one.
struct Memoization {
  std::vector<const query::Expression*> keys;  // over the left side
  bool binary = false;      // values that are equal to their type may lead to other rows
  bool single_row = false;  // at most one row for each key
  double entries = 1;       // expected
  double hits = 0;          // share of the left rows that find theirs kept
  double evictions = 0;     // share of the left rows whose keeping displaces another's
};

class QueryPlanner;
struct PartitionPruning;

struct Path {
  enum class Kind : std::uint8_t {
    scan, bitmap, append, subquery, values, function, common_table, work_table, join, single_row, unique,
    divided  // of one relation: what each of `parts` finds, no row twice
  };
  Kind kind = Kind::scan;
  RelSet relations;
  RelSet outer;               // relations whose values it takes as parameters
  RelSet computes;            // entries whose columns are expressions over its rows (QueryPlanner::computed_keys_)
  double rows = 1, startup = 0, total = 0;
  int width = 0;
  std::vector<OrderColumn> ordering;

  int range_table_index = -1;
  std::vector<const Qual*> one_time;  // read no relation: decided before the first row
  std::vector<const Qual*> filter;  // leaves: what the scan filters by; joins: after the join

  // scan
  Access access = Access::full;
  int index = -1;
  const catalog::IndexDescriptor* index_descriptor = nullptr;
  bool backward = false;
  std::vector<const query::Expression*> keys;  // equal values, lower, upper bound
  std::size_t equal_keys = 0;
  bool has_lower = false, lower_inclusive = true, has_upper = false, upper_inclusive = true;
  std::size_t lower_keys = 1, upper_keys = 1, alternatives = 1;  // as TableScanNode has them
  int array_key = -1;
  std::uint64_t null_keys = 0;      // as TableScanNode has them
  bool next_not_null = false;
  bool by_place = false;  // keys[0] is a row's place (row_place_paths.cpp): of no index, the bytes of the table's own key
  std::vector<const Qual*> index_quals;
  // Of those, what the range of keys only narrows: whatever filters the rows asks them all the same.
  std::vector<const Qual*> asked_again;

  // Conditions that stand in index_quals in another form: b as b = true.
  std::vector<const Qual*> rephrased;

  // Whether the keys alone decide it.
  bool decides(const Qual* qual) const {
    if (std::ranges::find(rephrased, qual) != rephrased.end()) return true;
    return std::ranges::find(index_quals, qual) != index_quals.end() &&
           std::ranges::find(asked_again, qual) == asked_again.end();
  }

  double entries = 0;  // of the index that are read

  // bitmap: index_quals lead to rows by indexes, and are in `filter`, too, where those cannot decide them. Each arm is
  // one search; read is what, of each list of arms, any one finds.
  struct BitmapArm {
    const catalog::IndexDescriptor* index;
    struct Condition {
      const query::Expression* expression;   // the whole of it
      const query::Expression* value;
      std::uint8_t column;
      int strategy;
    };
    std::vector<Condition> conditions;   // of an inverted index
    Path* search = nullptr;              // of another one: a scan for its keys
    double rows = 1;

    bool found() const { return search != nullptr || !conditions.empty(); }
  };
  std::vector<std::vector<BitmapArm>> arms;

  // append: a relation and its children, each read by a path of its own entry; those for which
  // the condition (over no relation) fails are not opened.
  std::vector<Path*> parts;
  std::vector<std::vector<const Qual*>> part_conditions;
  // What is left to be decided when the values are known; null: nothing.
  std::shared_ptr<PartitionPruning> pruning;
  std::vector<const query::Expression*> pruning_values;

  // join
  query::JoinKind join = query::JoinKind::inner;
  Path* left = nullptr;
  Path* right = nullptr;
  bool hash = false;
  bool null_aware = false;
  bool materialize_right = false;
  bool right_unique = false;
  std::shared_ptr<const Memoization> memoization;  // null: the right side runs for every left row
  // A merge join of sides sorted by `equi`, each in its direction; sides that are not are sorted first.
  struct MergeOrder {
    bool descending = false, nulls_first = false;
  };
  bool merge = false, sort_left = false, sort_right = false;
  std::vector<MergeOrder> merge_order;  // by equi
  std::vector<EquiCondition> equi;
  std::vector<const Qual*> join_quals;  // besides the equi conditions

  // unique: the different rows that `input` has in these columns, which are all that is read of it. Where some are
  // computed, they are the columns of the entry `range_table_index` above.
  Path* input = nullptr;
  std::vector<const query::Expression*> unique_columns;

  // Rows of functions and subqueries that may be others at the next call.
  bool is_volatile = false;

  // subquery
  std::shared_ptr<QueryPlanner> subplanner;
  std::shared_ptr<PlanNodePtr> subplan;  // copied paths share it; one of them is built
};

}  // namespace planner
