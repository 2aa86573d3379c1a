// What each node of a plan gives up, noted while planning for EXPLAIN (VERBOSE) and written when the plan is whole.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "planner/plan.h"
#include "query/query.h"
#include "rel_set.h"

namespace planner {

class QueryPlanner;
struct PlanState;

// Of one node. Expressions are the level's, which outlives the notes.
struct NodeOutput {
  QueryPlanner* level = nullptr;
  bool is_projected = false;                       // `columns` and `raw` are known
  std::vector<const query::Expression*> columns;   // of its rows
  std::vector<const query::Expression*> raw;       // of its raw rows; null: one without a name
  std::vector<const query::Expression*> wanted;    // of ModifyNode: what it takes from its child, in PostgreSQL's order
  std::vector<const query::Expression*> conditions;  // of groups; of joins, with what the left side passes to the right one
  int range_table_index = -1;                      // of scans
  RelSet relations;                                // what is joined here
};

// FROM of a level as it was before the join search.
struct JoinFacts {
  using Pair = std::pair<int, int>;
  std::map<Pair, std::size_t> places;  // of (entry, column): in which order they are first asked for
  std::vector<int> leaves;             // from left to right
  struct Outer {
    RelSet left, right;                // what must be joined on each side before
  };
  std::vector<Outer> outers;
  std::vector<RelSet> conditions;      // of more than one relation
  std::size_t group_keys = 0;          // that were written
};

// The lists of columns that PostgreSQL has at the same places: which of them a scan reads and in which order they
// stand follows from what is above a node and from the order in which its join search meets relations, not from
// the rows that run here.
class OutputLists {
 public:
  explicit OutputLists(PlanState& state) : state_(state) {}
  // Adds the property Output to the nodes.
  void describe(PlanNode& root) { list(root, kExact, nullptr); }

 private:
  using Expressions = std::vector<const query::Expression*>;
  // How much of its columns a node above leaves open.
  enum : unsigned { kExact = 1, kSmall = 2, kLabel = 4 };
  struct Column {
    const query::Expression* expression;
    std::string above;  // what nodes above print for it; empty: they print the expression
  };
  using Columns = std::vector<Column>;

  // Describes the node and those below, and says what its columns are. `wanted`: what is to be its columns; null: what it has.
  Columns list(PlanNode& node, unsigned flags, const Expressions* wanted);
  void list_apart(PlanNode& node);
  Columns list_hidden(PlanNode& node, unsigned flags, const Expressions* wanted);
  Columns list_hidden_subquery(PlanNode& node, const NodeOutput& note, const Expressions* wanted);
  Columns list_scan(PlanNode& node, const NodeOutput& note, unsigned flags, const Expressions* wanted);
  Columns list_join(PlanNode& node, const NodeOutput& note, const Expressions* wanted);
  Columns list_groups(PlanNode& node, const NodeOutput& note, const Expressions* wanted);
  Columns list_members(PlanNode& node, const NodeOutput& note, const Expressions* wanted);
  Columns list_changes(PlanNode& node, const NodeOutput& note);
  Columns list_set(PlanNode& node);
  Columns list_sets_of_rows(PlanNode& node, const NodeOutput& note, const Expressions* wanted);

  // The columns as they print over `below`.
  Columns columns_over(QueryPlanner& level, const Expressions& expressions, const Columns& below, std::vector<std::string>& texts);
  void show(PlanNode& node, const std::vector<std::string>& texts);
  void show(QueryPlanner& level, PlanNode& node, const Columns& columns);
  std::string text(QueryPlanner& level, const query::Expression& expression, const Columns& below);

  const NodeOutput* note_of(const PlanNode& node) const;
  // Those that a side of a join is asked for, in its order.
  Expressions side_columns(const PlanNode& side, const Expressions& needed);
  Expressions plain_columns(QueryPlanner& level, const Expressions& expressions);
  std::vector<int> join_order(QueryPlanner& level, const RelSet& relations);

  static int whole_row(QueryPlanner& level, const query::Expression& e);
  const query::Expression* written(QueryPlanner& level, const query::Expression* e);
  const query::Expression* own(query::ExpressionPtr expression);

  PlanState& state_;
  std::deque<query::ExpressionPtr> expressions_;
  // While what is below the topmost of several windows is described: its columns.
  Expressions top_of_windows_;
  bool is_below_window_ = false;
};

}  // namespace planner
