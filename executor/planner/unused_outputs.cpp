// What a subquery in FROM computes and nobody asks for.
#include <algorithm>
#include <map>

#include "query_planner.h"

namespace planner {
namespace {

// An output whose value may be left out without anybody noticing but by the time it takes.
bool may_be_left_out(catalog::CatalogView& catalog, const query::Query& sub, std::size_t output, bool locks) {
  const query::OutputColumn& column = sub.output[output];
  const Expression& value = *column.expression;
  if (column.hidden || std::holds_alternative<query::Constant>(value.node) || std::holds_alternative<query::Parameter>(value.node))
    return false;
  // A column costs nothing where it is read, but is carried through sorts and windows. Whose rows are locked may be read
  // anew, with all columns.
  const bool carries = !sub.windows.empty() || !sub.order_by.empty() || !sub.distinct_on.empty();
  if (const auto* plain = as_column(value); plain != nullptr && (plain->column < 0 || locks || !carries)) return false;
  if (contains_set_function(value) || eval::contains_volatile(catalog, value)) return false;
  const auto is_key = [&](const std::vector<query::SortKey>& keys) {
    return std::any_of(keys.begin(), keys.end(), [&](const query::SortKey& key) {
      return key.output == static_cast<int>(output) || query::equal(*key.expression, value);
    });
  };
  if (is_key(sub.order_by) || is_key(sub.distinct_on)) return false;
  return std::none_of(sub.group_by.begin(), sub.group_by.end(),
                      [&](const query::GroupKey& key) { return query::equal(*key.expression, value); });
}

}  // namespace

// In place of each such output comes a null (of aggregates without groups there is one row all the same); windows that nothing is computed over go.
void QueryPlanner::drop_unused_outputs() {
  if (query_->command != query::CommandKind::select) return;
  std::map<int, std::vector<bool>> used;
  std::vector<query::RangeTableEntry>& entries = query_->range_table;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].kind != query::RangeTableEntry::Kind::subquery || !entries[i].subquery) continue;
    const query::Query& sub = *entries[i].subquery;
    // Where all columns decide which rows there are, all are used.
    if (sub.command != query::CommandKind::select || sub.set_operations || sub.distinct) continue;
    used[static_cast<int>(i)].assign(entries[i].columns.size(), false);
  }
  if (used.empty()) return;
  const auto note = [&](const Expression& e, int depth) {
    const auto* column = as_column(e);
    if (column == nullptr || column->levels_up != depth) return true;
    const auto found = used.find(column->range_table_index);
    if (found == used.end()) return true;
    std::vector<bool>& columns = found->second;
    if (column->column >= 0 && static_cast<std::size_t>(column->column) < columns.size())
      columns[static_cast<std::size_t>(column->column)] = true;
    else
      columns.assign(columns.size(), true);
    return true;
  };
  visit(*query_, 0, note);
  const auto note_item = [&](auto& self, const FromItem& item) -> void {
    for (const ExpressionPtr& qual : item.quals) visit(*qual, 0, note);
    for (const ComputedOutputs& outputs : item.computes)
      for (const ExpressionPtr& value : outputs.values) visit(*value, 0, note);
    for (const FromItemPtr& child : item.children) self(self, *child);
  };
  note_item(note_item, *root_);
  for (const auto& [entry, columns] : used) {
    query::Query& sub = *entries[static_cast<std::size_t>(entry)].subquery;
    const bool locks = !query_->row_locks.empty() || !sub.row_locks.empty();
    bool any = false;
    std::size_t visible = 0;
    for (std::size_t i = 0; i < sub.output.size() && visible < columns.size(); ++i) {
      if (sub.output[i].hidden) continue;
      if (!columns[visible++] && may_be_left_out(catalog(), sub, i, locks)) {
        sub.output[i].expression = make_constant(types::Datum::null(), sub.output[i].expression->type);
        any = true;
      }
    }
    if (any && std::none_of(sub.output.begin(), sub.output.end(), [](const query::OutputColumn& column) {
          return contains_window(*column.expression);
        }))
      sub.windows.clear();
  }
}

}  // namespace planner
