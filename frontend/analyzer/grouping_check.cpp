// GROUP BY: every column outside an aggregate must be grouped by, or follow from a grouped key.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis.h"
#include "query/system_columns.h"
#include "query/walk.h"

namespace analyzer {
namespace {

class GroupingCheck {
 public:
  explicit GroupingCheck(Scope& scope) : scope_(scope), query_(*scope.query) {
    for (const auto& key : query_.group_by)
      if (!std::holds_alternative<query::ColumnReference>(key.expression->node)) has_expressions_ = true;
  }

  void check(ExpressionPtr& expression) { walk(expression, 0, false); }

 private:
  // Whether the expression, seen `depth` levels further in, is one of the keys.
  bool is_key(const Expression& expression, int depth) const {
    for (const auto& key : query_.group_by) {
      if (depth == 0) {
        if (query::equal(*key.expression, expression)) return true;
      } else if (const auto* ref = std::get_if<query::ColumnReference>(&expression.node)) {
        const auto* mine = std::get_if<query::ColumnReference>(&key.expression->node);
        if (mine && mine->range_table_index == ref->range_table_index && mine->column == ref->column)
          return true;
      }
    }
    return false;
  }

  // All primary-key columns of the reference's table are grouped by, in every grouping set.
  bool follows_from_key(const query::ColumnReference& ref) const {
    const auto& entry = query_.range_table[static_cast<std::size_t>(ref.range_table_index)];
    if (entry.kind != query::RangeTableEntry::Kind::relation) return false;
    auto relation = scope_.catalog().relation(entry.relation);
    const auto* primary = relation ? relation->primary_key() : nullptr;
    if (!primary || !primary->immediate) return false;
    for (const auto& key : primary->keys) {
      bool found = false;
      for (std::size_t i = 0; i < query_.group_by.size(); ++i)
        if (const auto* mine = std::get_if<query::ColumnReference>(&query_.group_by[i].expression->node))
          found = found || (mine->levels_up == 0 && mine->range_table_index == ref.range_table_index &&
                            mine->column == key.column && in_every_set(static_cast<int>(i)));
      if (!found) return false;
    }
    return true;
  }

  bool in_every_set(int key) const {
    return std::ranges::all_of(query_.grouping_sets, [key](const std::vector<int>& set) {
      return std::find(set.begin(), set.end(), key) != set.end();
    });
  }

  [[noreturn]] void ungrouped(const query::ColumnReference& ref, int depth, int location,
                              bool in_direct) const {
    const auto& entry = query_.range_table[static_cast<std::size_t>(ref.range_table_index)];
    std::string column = ref.column >= 0 ? entry.columns[static_cast<std::size_t>(ref.column)].name
                                         : std::string(query::system_column_name(ref.column));
    if (depth > 0)
      throw SqlError("42803", fmt::format("subquery uses ungrouped column \"{}.{}\" from outer query",
                                          entry.alias, column))
          .at(location);
    auto error = SqlError("42803",
                          fmt::format("column \"{}.{}\" must appear in the GROUP BY clause or be used in "
                                      "an aggregate function",
                                      entry.alias, column));
    if (in_direct)
      throw std::move(error)
          .with_detail("Direct arguments of an ordered-set aggregate must use only grouped columns.")
          .at(location);
    throw std::move(error).at(location);
  }

  void walk(ExpressionPtr& expression, int depth, bool in_direct) {
    scope_.state.check_depth();
    Expression& e = *expression;
    if (std::holds_alternative<query::Constant>(e.node) ||
        std::holds_alternative<query::Parameter>(e.node))
      return;
    if (auto* aggregate = std::get_if<query::Aggregate>(&e.node)) {
      if (aggregate->levels_up == depth) {
        for (auto& argument : aggregate->direct_arguments) walk(argument, depth, true);
        return;
      }
      if (aggregate->levels_up > depth) return;
    }
    if (auto* grouping = std::get_if<query::Grouping>(&e.node)) {
      if (grouping->levels_up == depth) resolve(*grouping, e.location);
      if (grouping->levels_up >= depth) return;
    }
    if (has_expressions_ && is_key(e, depth)) return;
    if (const auto* ref = std::get_if<query::ColumnReference>(&e.node)) {
      if (ref->levels_up != depth) return;
      if (is_key(e, depth) || follows_from_key(*ref)) return;
      ungrouped(*ref, depth, e.location, in_direct);
    }
    query::for_each_child(
        e, [&](ExpressionPtr& child) { walk(child, depth, in_direct); },
        [&](query::Query& below) { walk_query(below, depth + 1); });
  }

  void walk_query(query::Query& query, int depth) {
    query::for_each_expression(
        query, [&](ExpressionPtr& e) { walk(e, depth, false); },
        [&](query::Query& below) { walk_query(below, depth + 1); });
  }

  // GROUPING()'s arguments become numbers of keys.
  void resolve(query::Grouping& grouping, int location) {
    if (grouping.keys.size() != 1 || resolved_.count(&grouping)) return;
    auto& arguments = scope_.pending_groupings[static_cast<std::size_t>(grouping.keys[0])];
    std::vector<int> keys;
    for (const auto& argument : arguments) {
      assign_collations(scope_, *argument);
      int found = -1;
      for (std::size_t i = 0; i < query_.group_by.size(); ++i)
        if (query::equal(*query_.group_by[i].expression, *argument)) found = static_cast<int>(i);
      if (found < 0)
        throw SqlError("42803",
                       "arguments to GROUPING must be grouping expressions of the associated query level")
            .at(location_of(*argument) >= 0 ? location_of(*argument) : location);
      keys.push_back(found);
    }
    grouping.keys = std::move(keys);
    resolved_.insert(&grouping);
  }

  Scope& scope_;
  query::Query& query_;
  bool has_expressions_ = false;
  std::set<const query::Grouping*> resolved_;
};

}  // namespace

void check_aggregates(Scope& scope) {
  query::Query& query = *scope.query;
  GroupingCheck check(scope);
  for (auto& output : query.output) check.check(output.expression);
  if (query.having) check.check(query.having);
  for (auto* keys : {&query.distinct_on, &query.distinct_keys, &query.order_by})
    for (auto& key : *keys) check.check(key.expression);
  for (auto& window : query.windows) {
    for (auto& expression : window.partition_by) check.check(expression);
    for (auto& key : window.order_by) check.check(key.expression);
  }
}

}  // namespace analyzer
