// Outputs of subqueries that were pulled up from below an outer join (PostgreSQL: PlaceHolderVars).
//
// What is null whenever the subquery's relations are can be calculated above the join as well as below. Anything else
// (COALESCE, a constant) is calculated below, at the top of the side that the join makes null, and goes up as a column
// of the subquery's entry, so that it is null in the rows that the join makes up. Below that place, and in what is asked
// of the rows of that side alone, it is its expression.
#include "query_planner.h"
#include "wal/check.h"

namespace planner {

namespace {

// Above an outer join, as good as below it.
bool stays_null(catalog::CatalogView& catalog, const Expression& value, const RelSet& own) {
  bool strict = is_null_with(catalog, value, own);
  // No element of an empty array is unknown to be equal to null.
  visit(value, 0, [&](const Expression& e, int) {
    strict = strict && !std::holds_alternative<query::ScalarArrayOp>(e.node);
    return strict;
  });
  return strict;
}

// A reference of the level `depth` further in to a column of the entry.
const query::ColumnReference* reference_to(const Expression& e, int depth, int range_table_index) {
  const auto* column = as_column(e);
  return column != nullptr && column->levels_up == depth && column->range_table_index == range_table_index ? column : nullptr;
}

void rewrite_conditions(FromItem& item, const std::function<bool(ExpressionPtr&, int)>& f) {
  for (ExpressionPtr& qual : item.quals) rewrite(qual, 0, f);
  for (ComputedOutputs& outputs : item.computes)
    for (ExpressionPtr& value : outputs.values) rewrite(value, 0, f);
  for (FromItemPtr& child : item.children) rewrite_conditions(*child, f);
}

}  // namespace

// A change of rows has conditions asked again of single rows, which no join has made up.
bool QueryPlanner::takes_computed_outputs() const {
  return query_->command == query::CommandKind::select && query_->row_locks.empty();
}

void QueryPlanner::place_outputs(int rel, std::vector<ExpressionPtr> values, const RelSet& own, FromItem* side) {
  // Which values go up as columns, and what stands for each above.
  std::vector<bool> computed(values.size(), false);
  bool any = false;
  for (std::size_t i = 0; side != nullptr && i < values.size(); ++i) {
    computed[i] = !stays_null(catalog(), *values[i], own);
    // Keys of grouping sets that come from one column are two.
    if (!query_->grouping_sets.empty()) {
      computed[i] = computed[i] || as_column(*values[i]) == nullptr;
      for (std::size_t j = 0; j < i; ++j) computed[i] = computed[i] || query::equal(*values[j], *values[i]);
    }
    any = any || computed[i];
  }
  if (!any) {
    replace_columns(rel, values);
    return;
  }
  const std::vector<query::RangeColumn>& columns = query_->range_table[static_cast<std::size_t>(rel)].columns;
  const auto replace = [&](ExpressionPtr& e, int depth, bool above) {
    const query::ColumnReference* column = reference_to(*e, depth, rel);
    if (column == nullptr) return false;
    const auto value = [&](std::size_t i) {
      if (above && computed[i]) return make_column(rel, static_cast<int>(i), values[i]->type);
      return query::clone(*values[i]);
    };
    if (column->column == query::kWholeRowColumn) {
      query::RowConstructor row;
      for (std::size_t i = 0; i < values.size(); ++i) {
        row.fields.push_back(value(i));
        row.names.push_back(i < columns.size() ? columns[i].name : std::string());
      }
      e->node = std::move(row);
    } else {
      CHECK(column->column >= 0 && static_cast<std::size_t>(column->column) < values.size());
      ExpressionPtr replacement = value(static_cast<std::size_t>(column->column));
      e = std::move(replacement);
    }
    shift_levels(e, 0, depth);
    return true;
  };
  const auto below = [&](ExpressionPtr& e, int depth) { return replace(e, depth, false); };
  rewrite_conditions(*side, below);
  // The entries below that look at others: functions, subqueries.
  query::Query entries;
  std::vector<int> places;
  relations_of(*side).for_each([&](int entry) {
    places.push_back(entry);
    entries.range_table.push_back(std::move(query_->range_table[static_cast<std::size_t>(entry)]));
  });
  rewrite(entries, 0, below);
  for (std::size_t i = 0; i < places.size(); ++i)
    query_->range_table[static_cast<std::size_t>(places[i])] = std::move(entries.range_table[i]);
  rewrite_level([&](ExpressionPtr& e, int depth) { return replace(e, depth, true); });
  side->computes.push_back({rel, std::move(values)});
}

void QueryPlanner::settle_outputs(FromItem& item, FromItem* side, bool is_side) {
  if (!is_side && !item.computes.empty()) {
    std::vector<ComputedOutputs> computes = std::exchange(item.computes, {});
    const RelSet own = relations_of(item);
    for (ComputedOutputs& outputs : computes)
      place_outputs(outputs.range_table_index, std::move(outputs.values), own, side);
  }
  FromItem* around = is_side ? &item : side;
  if (item.kind == FromItem::Kind::join && item.children.size() == 2) {
    settle_outputs(*item.children[0], around, item.join == query::JoinKind::full);
    settle_outputs(*item.children[1], around, true);
    return;
  }
  // What a semi or anti join looks at is seen by nobody above it.
  if (item.kind == FromItem::Kind::join) around = nullptr;
  for (FromItemPtr& child : item.children) settle_outputs(*child, around, false);
}

// A condition on the rows of `item` alone, as it is asked below its outputs.
ExpressionPtr QueryPlanner::behind_outputs(ExpressionPtr expression, const FromItem& item) const {
  for (const ComputedOutputs& outputs : item.computes)
    rewrite(expression, 0, [&](ExpressionPtr& e, int depth) {
      const query::ColumnReference* column = reference_to(*e, depth, outputs.range_table_index);
      if (column == nullptr) return false;
      ExpressionPtr value = query::clone(*outputs.values[static_cast<std::size_t>(column->column)]);
      e = std::move(value);
      shift_levels(e, 0, depth);
      return true;
    });
  return expression;
}

// The planned item's paths give its outputs as columns.
void QueryPlanner::compute_outputs(FromItem& item, const std::vector<Path*>& paths) {
  for (ComputedOutputs& outputs : item.computes) {
    ComputedKeys& computed = computed_keys_[outputs.range_table_index];
    computed = {};
    RelSet read;
    for (ExpressionPtr& value : outputs.values) {
      read |= planner::relations_of(*value);
      computed.values.push_back(&own(std::move(value)));
    }
    computed.rows = paths.front()->rows;
    for (Path* path : paths) {
      path->computes.add(outputs.range_table_index);
      path->relations.add(outputs.range_table_index);
      path->outer |= read - path->relations;
    }
  }
}

Built QueryPlanner::build_computing(Path& path, const std::vector<const Expression*>& required) {
  std::vector<const Expression*> inside;
  for (const Expression* e : required) {
    if (!planner::relations_of(*e).overlaps(path.computes)) {
      inside.push_back(e);
      continue;
    }
    ExpressionPtr expanded = query::clone(*e);
    rewrite(expanded, 0, [&](ExpressionPtr& x, int depth) {
      const auto* column = as_column(*x);
      if (column == nullptr || column->levels_up != depth || !path.computes.contains(column->range_table_index)) return false;
      ExpressionPtr value =
          query::clone(*computed_keys_.at(column->range_table_index).values[static_cast<std::size_t>(column->column)]);
      x = std::move(value);
      shift_levels(x, 0, depth);
      return true;
    });
    inside.push_back(&own(std::move(expanded)));
  }
  const RelSet computes = std::exchange(path.computes, {});
  Built built = build(path, inside);
  path.computes = computes;
  CHECK(built.layout.size() == required.size());
  built.layout = Layout();
  for (const Expression* e : required) built.layout.add(*e);
  return built;
}

}  // namespace planner
