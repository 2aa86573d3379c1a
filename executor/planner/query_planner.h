// Planning of one query level.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "eval/compile.h"
#include "explain_output.h"
#include "layout.h"
#include "path.h"
#include "planner/plan.h"
#include "planner/planner.h"
#include "query/query.h"
#include "rel_set.h"
#include "rewrite.h"

namespace catalog {
struct ExtendedStatistics;
}

namespace planner {

class QueryPlanner;
struct FamilyModifyNode;
struct IndexKeyMatch;
struct IndexRowMatch;
struct PartitionRouting;

// What all query levels of one plan share.
struct PlanState {
  catalog::CatalogView& catalog;
  const Options& options;
  Plan& plan;
  int subplan_names = 0;  // subqueries and common tables, as PostgreSQL numbers them
  // Execution parameters read, in the order in which nodes were built.
  std::vector<int> parameter_uses;
  bool parallel = false;  // may_be_parallel()
  // EXPLAIN (VERBOSE): what was noted of nodes.
  std::unordered_map<const PlanNode*, NodeOutput> outputs = {};
  // EXPLAIN: whether the statement has more than one entry in all of its range tables: then columns are qualified
  // above scans.
  bool qualifies = false;
  // By query level, in the order in which they were made: the number of the subplan that it is in; 0: in none.
  std::vector<int> trees = {};
  void end_tree(std::size_t first_level);
  // Subplans that compiled expressions run and no node has been given yet.
  std::vector<int> used_subplans = {};
  void use(const RelationPtr& relation, catalog::RelationLock lock);
};

// Outputs of a subquery that was pulled up from below an outer join, computed where its rows come from: above the join
// they are columns of the subquery's entry, null in the rows that the join makes up (nullable_outputs.cpp).
struct ComputedOutputs {
  int range_table_index;
  std::vector<ExpressionPtr> values;
};

// FROM as a tree of inner groups and other joins.
struct FromItem {
  enum class Kind : std::uint8_t { leaf, group, join };
  Kind kind = Kind::leaf;
  int range_table_index = -1;                      // leaf
  query::JoinKind join = query::JoinKind::inner;   // join: left, full, semi, anti
  bool null_aware = false;                         // anti join of NOT IN
  RelSet left_side;  // of a left join that has joined the group around it: what it was joined to
  std::vector<std::unique_ptr<FromItem>> children; // join: two, or the right one
  std::vector<ExpressionPtr> quals;                // group: WHERE; join: ON
  std::vector<ComputedOutputs> computes;           // over all that is below
  bool is_list = false;                            // group: of what FROM lists, not of a JOIN's two sides
  std::size_t items = 1;                           // of the group around, as the collapse limits count them
};
using FromItemPtr = std::unique_ptr<FromItem>;

RelSet relations_of(const FromItem& item);

// A node with what its output columns hold.
struct Built {
  PlanNodePtr node;
  Layout layout;
};

// A common table that this level's range tables may refer to.
struct CommonTableEntry {
  std::string name;
  // What stands in the place of each entry that refers to it, as it is in WITH; null: it is planned for itself.
  std::unique_ptr<query::Query> body;
  int plan_index = -1;     // Plan::common_tables, once planned
  int work_table = -1;     // while its recursive term is planned
  int work_parameter = -1; // its version changes with every round
  double rows = 0;
};

class QueryPlanner {
 public:
  QueryPlanner(PlanState& state, QueryPlanner* parent, std::unique_ptr<query::Query> query);
  ~QueryPlanner();

  // The whole query: a node with one column per visible output column.
  PlanNodePtr plan();
  PlanNodePtr plan_command();
  // Fewer rows may be asked for than there are (EXISTS, cursors): prefers a quick start.
  double tuple_fraction = 1.0;
  double limit_rows = -1;  // when known

  const query::Query& query() const { return *query_; }
  PlanState& state() { return state_; }
  QueryPlanner* parent() { return parent_; }
  catalog::CatalogView& catalog() { return state_.catalog; }

  // Of this query as a part of the one around it: before it runs, each parameter gets the value
  // of an expression of the level around.
  const std::vector<std::pair<int, const Expression*>>& outer_arguments() const {
    return outer_arguments_;
  }
  // Every execution parameter set outside that it reads.
  const std::set<int>& parameters() const { return parameters_; }

  // ---- for resolvers
  // The parameter that stands for an expression `levels_up` levels further out.
  int outer_parameter(const Expression& expression, int levels_up);
  // The parameter that stands for a column of a relation left of a nested loop.
  int loop_parameter(const Expression& column);
  void pass_parameter(const Expression& expression, int range_table_index, int parameter);
  const Expression* expand_system_column(const Expression& column);
  void expand_system_columns();
  ExpressionPtr presence(int range_table_index);
  const RelSet& loop_relations() const { return loop_relations_; }
  eval::Resolved subquery(const Expression& expression, const Layout& layout);
  CommonTableEntry* find_common_table(const std::string& name, int levels_up);

 private:
  friend class LayoutResolver;
  friend class OutputLists;

  // flatten.cpp: FROM and WHERE as a tree; subqueries pulled up, join aliases replaced.
  void plan_common_tables();
  void inline_common_tables();
  void expand_common_tables();
  void flatten();
  FromItemPtr convert(std::unique_ptr<query::JoinTree> tree);
  bool can_pull_up(const query::RangeTableEntry& entry, const FromItem* side, const FromItem* bounds) const;
  // `side`: the innermost item around that an outer join makes null; `bounds`: the one that what is pulled up may not
  // look out of. Null: there is none.
  void pull_up(FromItem& item, FromItem* side, const FromItem* bounds);
  std::optional<std::vector<ExpressionPtr>> constant_outputs(const query::RangeTableEntry& entry) const;
  FromItemPtr make_single_row();
  FromItemPtr merge_query(query::Query& sub);
  void rewrite_level(const std::function<bool(ExpressionPtr&, int)>& f);
  void replace_columns(int range_table_index, const std::vector<ExpressionPtr>& values);
  // nullable_outputs.cpp
  void place_outputs(int range_table_index, std::vector<ExpressionPtr> values, const RelSet& own, FromItem* side);
  // Where no outer join is left that makes them null, outputs are their expressions.
  void settle_outputs(FromItem& item, FromItem* side, bool is_side);
  void compute_outputs(FromItem& item, const std::vector<Path*>& paths);
  ExpressionPtr behind_outputs(ExpressionPtr expression, const FromItem& item) const;
  Built build_computing(Path& path, const std::vector<const Expression*>& required);
  bool takes_computed_outputs() const;
  void replace_join_columns();
  void reduce_outer_joins(FromItem& item, std::vector<const Expression*> above);
  // useless_joins.cpp
  bool is_useless_join(const FromItem& join);
  // The first one in the tree; false: there is none.
  bool drop_useless_join(FromItem& item);
  std::size_t items_of(const FromItem& item) const;
  void merge_groups(FromItem& item);
  void merge_list(FromItem& group);
  void drop_single_rows(FromItem& group);
  void drop_unused_outputs();  // unused_outputs.cpp
  // sublinks.cpp
  void convert_subqueries(FromItem& group);
  bool convert_exists(FromItem& group, ExpressionPtr& condition);
  bool convert_in(FromItem& group, ExpressionPtr& condition);
  bool convert_scalar(FromItem& group, ExpressionPtr& condition);

  // join_search.cpp
  struct Unit;  // join_unit.h
  std::vector<Path*> plan_item(FromItem& item);
  std::vector<Path*> plan_group(FromItem& group);
  // Whole where there is not too much to look at, greedily otherwise.
  std::vector<Path*> search(std::vector<Unit>& units, const std::vector<const Qual*>& quals);
  struct JoinProblem;
  std::vector<Path*> search_whole(const JoinProblem& problem);
  std::vector<Path*> search_greedily(const JoinProblem& problem);
  // A volatile condition that refers to none of `rows` is still one of each of them (WHERE random() < 0.5).
  const Qual* add_qual(ExpressionPtr expression, const RelSet& rows = {});
  // equalities.cpp
  void derive_equalities(std::vector<const Qual*>& quals, const RelSet& eligible);

  // join_paths.cpp
  void join_keys(std::vector<Path*>& best, const Unit& keys, const std::vector<Path*>& rights, const Unit* right);
  void join_sides(std::vector<Path*>& best, const std::vector<Path*>& lefts, const std::vector<Path*>& rights, const Unit* right,
                  const std::vector<const Qual*>& found);
  struct Conditions;
  Conditions conditions_between(const RelSet& left, const RelSet& right, query::JoinKind kind,
                                const std::vector<const Qual*>& on,
                                const std::vector<const Qual*>& after, const Unit* right_unit,
                                double right_rows);
  void consider_join(std::vector<Path*>& best, Path* left, Path* right,
                     const Conditions& conditions);
  // A semi join as an inner one: the different keys of its right side, which may then go first. Null: it has other
  // conditions than equalities of plain columns.
  void add_unique_path(Unit& unit, const RelSet& others);
  // What a column made for a computed key holds; any other expression as it is.
  const Expression& behind_key(const Expression& expression) const;
  bool is_mergeable(const query::Call& call, const catalog::OperatorInfo& op, const Expression& a, const Expression& b, bool widened);
  void consider_merge_join(std::vector<Path*>& best, Path* left, Path* right, const Conditions& conditions, double rows);
  // memoize_paths.cpp: null where keeping the right side's rows is impossible or does not pay.
  std::shared_ptr<const Memoization> memoization(const Path& left, const Path& right, query::JoinKind kind);
  bool knows_distinct_values(const Expression& expression);
  PlanNodePtr build_memoize(const Path& path, PlanNodePtr right, std::size_t first_use);
  bool is_volatile_leaf(const query::RangeTableEntry& entry);
  std::optional<EquiCondition> as_equi(const Qual& qual, const RelSet& left, const RelSet& right);
  // Whether a path of such costs is no better than one that is there.
  static bool is_beaten(const std::vector<Path*>& best, double startup, double total,
                        bool is_ordered, const RelSet& outer);
  // Keeps a path that is not beaten, and drops those that it beats.
  void add_path(std::vector<Path*>& best, Path path);

  // access_paths.cpp
  std::vector<Path*> leaf_paths(int range_table_index, const std::vector<const Qual*>& quals);
  std::vector<Path*> scan_paths(int range_table_index, const std::vector<const Qual*>& quals,
                                const std::vector<const Qual*>& join_quals, const RelSet& outer);
  Path* index_path(int range_table_index, const catalog::IndexDescriptor* index,
                   const std::vector<const Qual*>& quals,
                   const std::vector<const Qual*>& join_quals, const RelSet& outer);
  const std::vector<std::int32_t>* columns_read(int range_table_index);
  // Whether a value can stand in a search of the index that takes values of `outer`.
  bool serves_as_key(const Expression& value, const catalog::IndexKey& key, int range_table_index, const RelSet& outer);
  IndexKeyMatch key_match(const Expression& condition, int range_table_index, const catalog::IndexKey& key,
                          const RelSet& outer);
  // boolean_keys.cpp: b, NOT b, b IS TRUE .. of a boolean key as b = true, b = false; null: it is no such condition.
  const Qual* boolean_condition(const Qual& qual, int range_table_index, const catalog::IndexKey& key);
  // The order of a whole btree index's rows, as far as it is that of columns.
  std::vector<OrderColumn> index_order(int range_table_index, const catalog::IndexDescriptor& index);
  // row_keys.cpp
  IndexRowMatch row_match(const Expression& condition, int range_table_index, const catalog::IndexDescriptor& index,
                          std::size_t first, const RelSet& outer);
  const Qual* cut_row_comparison(const Qual& qual, const IndexRowMatch& match);
  Path* alternatives_path(int range_table_index, const catalog::IndexDescriptor& index,
                          const std::vector<const Qual*>& quals, const std::vector<const Qual*>& join_quals,
                          const RelSet& outer);
  // A partial index serves only conditions that imply its own.
  bool implies_predicate(const catalog::IndexDescriptor& index, int range_table_index,
                         const std::vector<const Qual*>& quals);
  double covered_fraction(const catalog::IndexDescriptor& index, int range_table_index,
                          const std::vector<const Qual*>& index_quals);
  std::vector<OrderColumn> key_order(int range_table_index);
  bool is_index_key(const Expression& e, int range_table_index, const catalog::IndexKey& key);

  // row_place_paths.cpp: null where no condition names rows so
  Path* row_place_path(int range_table_index, const std::vector<const Qual*>& quals, const std::vector<const Qual*>& join_quals,
                       const RelSet& outer);
  // bitmap_paths.cpp
  // `scans`: those of single indexes under the same conditions.
  std::vector<Path*> bitmap_paths(int range_table_index, const std::vector<const Qual*>& quals,
                                  const std::vector<const Qual*>& join_quals, const RelSet& outer,
                                  const std::vector<Path*>& scans);
  // The conditions that one part of an OR consists of.
  std::vector<const Qual*> part_quals(const Qual& either, const Expression& part);
  Path::BitmapArm bitmap_arm(int range_table_index, const catalog::IndexDescriptor& index,
                             const std::vector<const Expression*>& conditions, const RelSet& outer);
  std::optional<Path::BitmapArm::Condition> inverted_match(int range_table_index,
                                                           const catalog::IndexDescriptor& index,
                                                           const Expression& expression, const RelSet& outer);
  double inverted_fraction(int range_table_index, const catalog::IndexDescriptor& index,
                           const Path::BitmapArm::Condition& condition);
  void ask_inverted_indexes(int range_table_index, const std::vector<const Qual*>& quals);
  void set_keys(TableScanNode& node, const Path& path);
  Built build_bitmap_scan(Path& path, const std::vector<const Expression*>& required);
  PlanNodePtr build_bitmap_arm(const Path& path, const Path::BitmapArm& arm);

  // inheritance.cpp
  struct Member;
  struct Family;
  // The relation with all that inherit from it; null when there is nobody, or ONLY was written.
  Family* family(int range_table_index);
  // Of a relation that has a family.
  const std::vector<Member>& members(int range_table_index);
  // The entry a member stands for in the query, or the entry itself.
  int owner_of(int range_table_index) const;
  std::vector<Path*> append_paths(int range_table_index, const std::vector<const Qual*>& quals,
                                  const std::vector<const Qual*>& join_quals, const RelSet& outer);
  std::vector<OrderColumn> family_order(const Path& part);
  Path* merged_path(const Path& all, const std::vector<std::vector<Path*>>& ways);
  Built build_append(Path& path, const std::vector<const Expression*>& required);
  ExpressionPtr for_member(const Expression& expression, const Member& member);
  // pruning_conditions.cpp: of each member, whether it may have rows as far as is known now; what is to be
  // decided later goes to `path`.
  std::vector<bool> prune(int range_table_index, const std::vector<const Qual*>& quals,
                          const std::vector<const Qual*>& join_quals, const RelSet& outer, Path& path);
  // pushed_conditions.cpp
  void push_into_subquery(int range_table_index, std::vector<const Qual*>& quals);
  // extended_statistics.cpp
  const catalog::ExtendedStatistics* best_common_rows(int range_table_index, const std::vector<const Expression*>& conditions,
                                                      const std::vector<bool>& estimated, std::vector<bool>& covered);
  double extended_selectivity(int range_table_index, const std::vector<const Qual*>& quals, std::vector<bool>& estimated);
  std::optional<double> extended_or_selectivity(const std::vector<ExpressionPtr>& parts);
  const Expression* equated_expression(const Expression& condition, int range_table_index);
  const catalog::ColumnStatistics* expression_statistics(const Expression& expression);
  double group_count(const std::vector<const Expression*>& expressions, const Path& path, double rows);
  double series_rows(const query::Call& call, double otherwise);
  const catalog::RelationDescriptor* relation(int range_table_index);
  RelationPtr relation_ptr(int range_table_index);
  double table_rows(int range_table_index);
  double table_pages(int range_table_index);
  double rows_to_expect(int range_table_index, const catalog::RelationDescriptor& descriptor);

  // build.cpp
  Built build(Path& path, const std::vector<const Expression*>& required);
  Built build_scan(Path& path, const std::vector<const Expression*>& required);
  Built build_join(Path& path, const std::vector<const Expression*>& required);
  Built build_unique(Path& path, const std::vector<const Expression*>& required);
  // divided_or.cpp: null: `others` are cheaper.
  Path* divided_path(int range_table_index, const std::vector<const Qual*>& quals, const std::vector<Path*>& others);
  Built build_divided(Path& path, const std::vector<const Expression*>& required);
  // merge_join.cpp: sorts the sides where that is to be done.
  PlanNodePtr build_merge(const Path& path, const std::vector<std::pair<const Expression*, const Expression*>>& keys, Built& left,
                          Built& right);
  Built build_sequence_scan(Path& path, const std::vector<const Expression*>& required);
  const Expression& with_shape(const query::FunctionItem& item, std::span<const query::RangeColumn> columns,
                               bool renamed);
  Built build_leaf(Path& path, const std::vector<const Expression*>& required);
  // Filters raw rows (described by `raw`) and projects them to `required`.
  // `shown`: what EXPLAIN calls the filter, where that is not all of it.
  Built finish(PlanNodePtr node, const Layout& raw, const std::vector<const Qual*>& filter,
               const std::vector<const Expression*>& required, const std::vector<const Qual*>* shown = nullptr);
  // Columns and other inputs that evaluating the expression over `relations` needs.
  void collect_inputs(const Expression& expression, const RelSet& relations,
                      std::vector<const Expression*>& out);
  void collect_outer_inputs(const Path& path, const RelSet& relations,
                            std::vector<const Expression*>& out);
  eval::Program compile(const std::vector<const Expression*>& expressions, const Layout& layout);
  eval::Program compile(const std::vector<const Qual*>& quals, const Layout& layout);
  const Expression& own(ExpressionPtr expression);
  void set_costs(PlanNode& node, double startup, double total, double rows, int width);

  // grouping.cpp, windows.cpp, output.cpp: what comes after the joins
  PlanNodePtr plan_select();
  // extremes.cpp
  bool may_read_extremes() const;
  bool extremes_pay(const query::Query& original, const std::vector<Path*>& paths);
  // Subqueries in place of this level's aggregates.
  void read_extremes(std::unique_ptr<query::Query> original);
  bool is_grouped() const;
  void add_dependent_keys(const std::vector<const Expression*>& targets);
  void collect_atoms(const Expression& e, std::vector<const Expression*>& out);
  // The cheapest. `presorted`: of ORDER BY's keys, if that matters, how many its rows come in the order of.
  Path* choose(const std::vector<Path*>& paths, bool order_matters = false, std::size_t* presorted = nullptr);
  // How many of ORDER BY's keys the path's order begins with, and in which direction: 1 forward, -1 backward.
  struct OrderMatch {
    std::size_t keys = 0;
    int direction = 0;
  };
  OrderMatch match_order(const Path& path);
  // Of the rows that plan() gives, as columns of an entry of the query around.
  std::vector<OrderColumn> output_order(int range_table_index) const;
  // A path's rows in the opposite order.
  static bool can_turn(const Path& path);
  static void turn_backward(Path& path);
  // grouped_runs.cpp: grouping of rows that come in the order of what they are grouped by.
  struct GroupInput {
    Path* path = nullptr;
    bool in_runs = false;   // rows of one group follow each other, and that is to be made use of
    bool is_ordered = false;  // .. and the groups come in ORDER BY's order
    bool few = false;         // .. and only the first of them may be wanted
  };
  // `last`: ORDER BY and LIMIT are those of the groups.
  GroupInput choose_for_groups(const std::vector<Path*>& paths, const std::vector<const Expression*>& keys, bool last);
  static bool has_runs_of(const Path& path, const std::vector<const Expression*>& expressions);
  bool can_sort_by(const std::vector<const Expression*>& keys);
  Built sort_for_groups(Built input, const std::vector<const Expression*>& keys, bool& is_ordered);
  Built plan_unique(Built input, std::vector<KeyColumn> keys);
  // `input.in_runs` and what depends on it become false when the groups are made otherwise.
  Built plan_grouping(GroupInput& input, const std::vector<const Expression*>& targets);
  void collect_window_inputs(std::vector<const Expression*>& inputs);
  Built plan_windows(Built input, const std::vector<const Expression*>& targets);
  // `spread`: in FROM, the types of the columns that a row's fields become.
  SetFunctionCall set_function(const Expression& call, int columns, const Layout& layout,
                               std::vector<TypeRef> spread = {});
  Built plan_set_functions(Built input, const std::vector<const Expression*>& targets);
  Built plan_distinct(Built input, const GroupInput& rows);
  Built plan_limit(Built input);
  std::string sort_text(const query::SortKey& key);
  Built sort(Built input, const std::vector<query::SortKey>& keys, bool bounded, std::size_t presorted = 0);
  Built sort(Built input, std::vector<SortColumn> keys, bool bounded,
             std::vector<std::string> key_text, std::size_t presorted = 0);
  Built sort_computed(Built input, bool bounded, std::size_t presorted);
  bool postpones_targets() const;
  std::vector<const Expression*> before_postponed(const std::vector<const Expression*>& targets);
  Built project(Built input, const std::vector<const Expression*>& targets);
  Built aggregate_all(Built input, const std::vector<KeyColumn>& keys);
  KeyColumn key_column(const Expression& expression, int column);
  SortColumn sort_column(const query::SortKey& key, int column);

  // parallel.cpp
  bool collect_worker_expressions(const Path& path, bool driving, std::vector<const Expression*>& out);
  int parallel_workers(const TableScanNode& driver);
  int workers_for(const Path& path, PlanNode& node, const std::vector<const Expression*>& required,
                  std::vector<int>& init_parameters);
  bool plan_partial(const AggregateNode& whole, const std::vector<const Expression*>& aggregates,
                    const Path& path, PlanNodePtr& input, const std::vector<const Expression*>& inputs);
  void gather(const Path& path, PlanNodePtr& node, const std::vector<const Expression*>& required);
  void share_out(PlanNode& top, double share);
  std::string group_text();
  std::unique_ptr<GatherNode> plan_morsel_groups(const AggregateNode& whole,
                                                 const std::vector<const Expression*>& aggregates,
                                                 const Path& path, PlanNode& input,
                                                 std::vector<const Expression*> required);

  // set_operations.cpp
  Built plan_set_operations();
  bool order_arms();
  double arm_rows_ = -1;  // of each arm of a UNION ALL that is merged, how many may be wanted; < 0: all
  Built plan_set_tree(query::SetTree& tree, const std::vector<TypeRef>& types);
  PlanNodePtr plan_recursive(CommonTableEntry& entry);

  // locks.cpp
  RelSet plain_relations() const;
  std::vector<const Qual*> recheck_quals();
  std::vector<const Expression*> lock_inputs(const std::vector<const Expression*>& targets);
  Built plan_row_locks(Built input, const std::vector<const Expression*>& targets);

  // modify.cpp
  PlanNodePtr plan_modify();
  PlanNodePtr plan_insert();
  PlanNodePtr plan_update_or_delete();
  PlanNodePtr plan_instead_of();
  PlanNodePtr plan_merge();
  PlanNodePtr finish_modify(std::unique_ptr<ModifyNode> node, const Layout& child);
  // RETURNING over the raw row, costs, and EXPLAIN's text.
  PlanNodePtr finish_changes(std::unique_ptr<ModifyNode> node, const Layout& raw);
  // The best path to the rows that UPDATE, DELETE or MERGE decides about; the target joins whatever is in FROM.
  Path* path_of_changed_rows();
  void add_policies(ModifyNode& node);
  void add_policies(ModifyNode& member, const std::vector<int>& columns);
  void note_old_columns(ModifyNode& node, const Layout& child);
  void note_old_versions(ModifyNode& node, const Layout& child);
  // xmin and xmax in RETURNING.
  void return_versions(ModifyNode& node, Layout& raw);

  // family_modify.cpp
  PlanNodePtr plan_family_insert(std::unique_ptr<ModifyNode> plain, Built child);
  PlanNodePtr plan_family_update();
  PlanNodePtr plan_family_merge();
  // A change of the target's rows, table by table: what it reads, then (built) where that is found.
  std::vector<Member> targets_of_change();
  void add_members(FamilyModifyNode& node, const std::vector<query::TargetColumn>& set,
                   std::vector<const Expression*>& inputs, std::vector<const Expression*>& values);
  void bind_members(FamilyModifyNode& node, const std::vector<const Expression*>& values,
                    const std::vector<const Qual*>& recheck, const Layout& child);
  void add_arrivals(FamilyModifyNode& node);
  // FROM of a MERGE: the source joined to the target.
  void join_merge_source();
  std::vector<const Expression*> merge_values(const query::MergeAction& action,
                                              const catalog::RelationDescriptor& relation);
  void add_merge_quals(std::vector<const Qual*>& recheck, std::vector<const Expression*>& inputs);
  PlanNodePtr finish_family(std::unique_ptr<FamilyModifyNode> node, const Layout& child);
  void use_leaves(const PartitionRouting& routing);

  // explain_text.cpp
  void describe(PlanNode& node, std::string title);
  void describe(PlanNode& node, std::string name, std::string value);
  // Columns have their relations' names in front where the statement has several, or VERBOSE is wanted (names_columns()).
  std::string text_of(const Expression& expression);
  // The order of conditions: as they are; or that in which PostgreSQL asks them, cheap ones first. Of a scan's, equalities
  // are behind others: it makes them anew of what is equal.
  enum class TextOrder : std::uint8_t { as_is, by_cost, of_scan };
  std::string text_of(const std::vector<const Qual*>& quals, TextOrder order = TextOrder::as_is);
  // Of a scan: the columns of the entry it reads stand bare (but with VERBOSE), those of others have their names.
  std::string scan_text(const Expression& expression, int range_table_index);
  std::string scan_text(const std::vector<const Qual*>& quals, int range_table_index, TextOrder order = TextOrder::as_is);
  std::string index_text(const std::vector<const Qual*>& quals, int range_table_index);
  std::string named_text(const Expression& expression, const std::function<bool(std::size_t, std::size_t)>& is_named);
  std::string conjunction_text(const std::vector<const Qual*>& quals, TextOrder order,
                               const std::function<std::string(const Expression&)>& text);
  double shown_cost(const Expression& condition);
  bool is_leakproof(const Expression& condition);
  bool names_columns() const { return qualifies_.value_or(state_.qualifies || state_.options.verbose); }
  std::string subplan_text(const Expression& expression);
  // What it gives a name to in EXPLAIN.
  void describe_entry(PlanNode& node, std::string title, int range_table_index, std::string relation);
  NodeText::Entry name_of(int range_table_index) const;
  // modify.cpp
  void describe_targets(ModifyNode& node, const std::string& verb);
  void describe_conflict(ModifyNode& node);
  // EXPLAIN shows the subquery in the place of its scan, and what it computes in the place of the scan's columns.
  void hide_scan(const Path& path, PlanNode& node);
  // A scan of a subquery that gives up what this does, as it is: its rows are the subquery's own.
  void pass_trivial_scan(const Path& path, PlanNode& node, const std::vector<const Expression*>& required);
  std::vector<std::string> output_texts();
  void attach_subplans(PlanNode& node);
  void attach_level_subplans(PlanNode& node);
  // "Seq Scan on " and the like, and the relation.
  void describe_relation(PlanNode& node, const std::string& what, int range_table_index);
  void describe_filter(PlanNode& node, const std::vector<const Qual*>& filter, const Layout& raw);
  // explain_output.cpp: null where nothing is to be noted. The nodes keep their places.
  NodeOutput* output_note(const PlanNode& node);
  void note_output(const PlanNode& node, const Layout& raw, const std::vector<const Expression*>& columns);
  std::string schema_prefix(types::Oid schema);
  void note_joins();
  void note_changed_rows(const PlanNode& node, const std::vector<const Expression*>& values);
  bool has_one_partner(const Path& path);
  void note_joins(const FromItem& item, const std::function<void(const Expression&)>& use);

  // selectivity.cpp
 public:
  double selectivity(const Qual& qual);
  double selectivity(const std::vector<const Qual*>& quals);
  // condition_order.cpp
  std::vector<const Qual*> cheapest_first(const std::vector<const Qual*>& conditions);
  double selectivity(const Expression& condition);
  double join_selectivity(const EquiCondition& condition);
  double joint_selectivity(const std::vector<EquiCondition>& conditions, const std::vector<const Qual*>& on,
                           const RelSet& left, const RelSet& right);
  double distinct_values(const Expression& expression, double rows);
  const catalog::ColumnStatistics* statistics(const Expression& expression);
  const catalog::RelationDescriptor* relation_of_column(const Expression& expression);
  int width_of(const Expression& expression);

 private:
  PlanState& state_;
  QueryPlanner* parent_;
  std::unique_ptr<query::Query> query_;
  FromItemPtr root_;
  int level_ = 0;             // as NodeText::Entry has it
  std::vector<int> init_plans_;  // of this level, in Plan::subplans
  std::map<const PlanNode*, const Path*> passing_scans_;  // of subqueries, whose rows they only hand on
  std::map<int, std::vector<std::string>> passed_scans_;  // by entry, and kSetOperationResult: what stands for its columns
  int without_extended_ = 0;  // above 0: estimates know single columns alone
  int equivalence_base_ = 0;
  int depth_ = 0;
  bool divides_or_ = false;   // while the parts of a condition get their paths
  std::deque<ExpressionPtr> expressions_;
  std::deque<Qual> quals_;
  std::map<std::pair<const Qual*, const catalog::IndexKey*>, const Qual*> boolean_conditions_;
  std::map<int, std::optional<std::vector<std::int32_t>>> columns_read_;
  std::deque<Qual> member_quals_;  // of members of families; quals_ holds what they stand for
  std::deque<Path> paths_;
  // Entries of the range table whose columns are expressions over other entries: keys of unique paths.
  struct ComputedKeys {
    std::vector<const Expression*> values;
    double rows = 1;  // different ones
  };
  std::map<int, ComputedKeys> computed_keys_;
  std::vector<CommonTableEntry> common_tables_;
  std::map<std::string, std::size_t, std::less<>> common_table_places_;  // by name
  const CommonTableEntry* recursive_entry_ = nullptr;  // whose recursive query this level is
  std::map<int, RelationPtr> relations_;
  std::map<int, SizeEstimator::Size> sizes_;
  std::map<int, std::unique_ptr<Family>> families_;  // by entry; null: none
  std::map<int, int> owners_;                        // of members' entries

  std::vector<std::pair<int, const Expression*>> outer_arguments_;
  std::set<int> parameters_;
  // As the level around: parameters made for expressions of this level.
  std::vector<std::pair<const Expression*, int>> made_parameters_;
  RelSet loop_relations_;           // left of the nested loops being built
  struct LoopUser {                 // one such loop and the columns its right side asked for
    const RelSet* relations;
    std::vector<std::pair<const Expression*, int>> used;
  };
  std::vector<LoopUser> loop_users_;
  std::map<const Expression*, eval::Resolved> planned_subqueries_;
  // While a column of Output is printed: what stands for parts of it, and whether names are qualified there.
  std::map<const Expression*, std::string> output_parts_;
  std::optional<bool> qualifies_;
  JoinFacts join_facts_;
  std::deque<std::unique_ptr<QueryPlanner>> subplanners_;
};

// Resolves the columns of a layout, outer rows and subqueries.
class LayoutResolver : public eval::Resolver {
 public:
  LayoutResolver(QueryPlanner& planner, const Layout& layout) : planner_(planner), layout_(layout) {}
  std::optional<eval::Resolved> resolve(const query::Expression& expression) override;

 private:
  QueryPlanner& planner_;
  const Layout& layout_;
};

}  // namespace planner
