// FROM and WHERE as a tree of inner groups and other joins, with simple subqueries pulled up.
#include <algorithm>
#include <limits>

#include "lockable_joins.h"
#include "query_planner.h"
#include "query/walk.h"
#include "types/kernel_interrupts.h"
#include "wal/check.h"

namespace planner {

using query::RangeTableEntry;

RelSet relations_of(const FromItem& item) {
  RelSet set;
  for (const ComputedOutputs& outputs : item.computes) set.add(outputs.range_table_index);
  if (item.kind == FromItem::Kind::leaf) set.add(item.range_table_index);
  for (const FromItemPtr& child : item.children) set |= relations_of(*child);
  return set;
}

namespace {

void rewrite_item(FromItem& item, const std::function<bool(ExpressionPtr&, int)>& f) {
  for (ExpressionPtr& qual : item.quals) rewrite(qual, 0, f);
  for (ComputedOutputs& outputs : item.computes)
    for (ExpressionPtr& value : outputs.values) rewrite(value, 0, f);
  for (FromItemPtr& child : item.children) rewrite_item(*child, f);
}

FromItemPtr make_leaf(int range_table_index) {
  auto item = std::make_unique<FromItem>();
  item->range_table_index = range_table_index;
  return item;
}

// Of what FROM lists.
FromItemPtr make_group() {
  auto item = std::make_unique<FromItem>();
  item->kind = FromItem::Kind::group;
  item->is_list = true;
  return item;
}

// An entry of one row without columns: what is left of a subquery without FROM.
bool is_single_row(const RangeTableEntry& entry) {
  return entry.kind == RangeTableEntry::Kind::values && entry.columns.empty() && entry.values.size() == 1;
}

// Conditions of a left join's right side that look at the left one are the join's.
void lift_lateral_conditions(FromItem& join) {
  FromItem& right = *join.children[1];
  if (right.kind != FromItem::Kind::group) return;
  const RelSet inside = relations_of(right);
  std::vector<ExpressionPtr> stay;
  for (ExpressionPtr& qual : right.quals)
    (relations_of(*qual).subset_of(inside) ? stay : join.quals).push_back(std::move(qual));
  right.quals = std::move(stay);
}

}  // namespace

FromItemPtr QueryPlanner::make_single_row() {
  FromItemPtr item = make_leaf(static_cast<int>(query_->range_table.size()));
  RangeTableEntry& entry = query_->range_table.emplace_back();
  entry.kind = RangeTableEntry::Kind::values;
  entry.values.emplace_back();
  return item;
}

FromItemPtr QueryPlanner::convert(std::unique_ptr<query::JoinTree> tree) {
  if (auto* leaf = std::get_if<query::JoinLeaf>(&tree->node))
    return make_leaf(leaf->range_table_index);
  auto& join = std::get<query::JoinNode>(tree->node);
  auto item = std::make_unique<FromItem>();
  FromItemPtr left = convert(std::move(join.left)), right = convert(std::move(join.right));
  split_conjunction(std::move(join.condition), item->quals);
  item->join = join.kind;
  item->kind = join.kind == query::JoinKind::inner ? FromItem::Kind::group : FromItem::Kind::join;
  if (join.kind == query::JoinKind::right) {
    item->join = query::JoinKind::left;
    std::swap(left, right);
  }
  item->children.push_back(std::move(left));
  item->children.push_back(std::move(right));
  return item;
}

// A common table that is read once, or may always be repeated, is a subquery like any other.
void QueryPlanner::inline_common_tables() {
  if (query_->with.empty()) return;
  std::vector<CommonTableEntry> inlined;
  for (query::CommonTable& table : query_->with) {
    types::check_interrupts();
    using Materialize = query::CommonTable::Materialize;
    if (table.recursive || table.query->command != query::CommandKind::select ||
        table.materialize == Materialize::always || !table.query->row_locks.empty())
      continue;
    if (table.references != 1 && table.materialize != Materialize::never) continue;
    bool has_volatile = false;
    visit(*table.query, 0, [&](const Expression& e, int) {
      if (const auto* call = std::get_if<query::Call>(&e.node)) {
        const catalog::FunctionInfo* info = catalog().function(call->function);
        has_volatile = has_volatile || info == nullptr || info->volatility == 'v';
      }
      return !has_volatile;
    });
    if (has_volatile) continue;
    inlined.emplace_back().name = table.name;
    inlined.back().body = std::move(table.query);
  }
  std::erase_if(query_->with, [](const query::CommonTable& table) { return table.query == nullptr; });
  for (const query::CommonTable& table : query_->with) common_tables_.emplace_back().name = table.name;
  for (CommonTableEntry& entry : inlined) common_tables_.push_back(std::move(entry));
  for (std::size_t i = 0; i < common_tables_.size(); ++i) common_table_places_.emplace(common_tables_[i].name, i);
  expand_common_tables();
}

// References of this level's entries only: of a common table that reads others, those are put in where it has got a level
// of its own, or was pulled up into one. So nobody goes through all of a long chain for each of its tables.
void QueryPlanner::expand_common_tables() {
  for (RangeTableEntry& entry : query_->range_table) {
    if (entry.kind != RangeTableEntry::Kind::cte) continue;
    const CommonTableEntry* table = find_common_table(entry.cte_name, entry.cte_levels_up);
    if (table == nullptr || table->body == nullptr) continue;
    entry.kind = RangeTableEntry::Kind::subquery;
    entry.subquery = query::clone(*table->body);
    shift_levels(*entry.subquery, 1, entry.cte_levels_up);
  }
}

// The expressions of join columns in place of references to them.
void QueryPlanner::replace_join_columns() {
  bool any = false;
  for (const RangeTableEntry& entry : query_->range_table)
    any = any || entry.kind == RangeTableEntry::Kind::join;
  if (!any) return;
  // Taken out, so that the rewrite does not go through them again and again.
  std::vector<std::vector<ExpressionPtr>> columns(query_->range_table.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    columns[i] = std::move(query_->range_table[i].join_columns);
  std::function<bool(ExpressionPtr&, int)> replace = [&](ExpressionPtr& e, int depth) {
    auto* column = std::get_if<query::ColumnReference>(&e->node);
    if (column == nullptr || column->levels_up != depth || column->range_table_index < 0)
      return false;
    const auto rel = static_cast<std::size_t>(column->range_table_index);
    if (query_->range_table[rel].kind != RangeTableEntry::Kind::join) return false;
    if (column->column == query::kWholeRowColumn) {
      query::RowConstructor row;
      for (const ExpressionPtr& field : columns[rel]) row.fields.push_back(query::clone(*field));
      for (const query::RangeColumn& c : query_->range_table[rel].columns)
        row.names.push_back(c.name);
      e->node = std::move(row);
    } else {
      CHECK(column->column >= 0 && static_cast<std::size_t>(column->column) < columns[rel].size());
      ExpressionPtr value = query::clone(*columns[rel][static_cast<std::size_t>(column->column)]);
      e = std::move(value);
    }
    shift_levels(e, 0, depth);
    rewrite(e, depth, replace);  // joins of joins
    return true;
  };
  rewrite(*query_, 0, replace);
}

bool QueryPlanner::can_pull_up(const RangeTableEntry& entry, const FromItem* side, const FromItem* bounds) const {
  const query::Query& q = *entry.subquery;
  if (q.command != query::CommandKind::select || q.set_operations || !q.group_by.empty() ||
      !q.grouping_sets.empty() || q.has_aggregates || q.having || !q.windows.empty() ||
      q.distinct || !q.distinct_on.empty() || q.limit || q.offset || !q.with.empty() ||
      !q.row_locks.empty() || !q.order_by.empty())
    return false;
  // What could leak must not see rows that the view hides.
  if (entry.view != 0)
    if (const RelationPtr view = state_.catalog.relation(entry.view); view != nullptr && view->security_barrier)
      return false;
  if (bounds != nullptr && !relations_of(q, 1).subset_of(relations_of(*bounds))) return false;
  for (const query::OutputColumn& output : q.output) {
    if (contains_set_function(*output.expression) ||
        eval::contains_volatile(state_.catalog, *output.expression))
      return false;
    const auto* column = as_column(*output.expression);
    if (side != nullptr && !takes_computed_outputs() && (column == nullptr || column->levels_up != 0 || column->column < 0)) return false;
  }
  return true;
}

// The values of an entry that has one row of them: VALUES, a function that was calculated.
std::optional<std::vector<ExpressionPtr>> QueryPlanner::constant_outputs(const RangeTableEntry& entry) const {
  std::vector<ExpressionPtr> outputs;
  if (entry.kind == RangeTableEntry::Kind::values && entry.values.size() == 1 && !entry.columns.empty()) {
    for (const ExpressionPtr& value : entry.values[0]) {
      if (contains_subquery(*value) || contains_set_function(*value) || eval::contains_volatile(state_.catalog, *value) ||
          !relations_of(*value).empty())
        return std::nullopt;
      outputs.push_back(query::clone(*value));
    }
    return outputs;
  }
  if (entry.kind != RangeTableEntry::Kind::function || entry.functions.size() != 1 || entry.with_ordinality ||
      entry.columns.size() != 1)
    return std::nullopt;
  const Expression& value = *entry.functions[0].call;
  if (!std::holds_alternative<query::Constant>(value.node) || value.type.oid != entry.columns[0].type.oid) return std::nullopt;
  outputs.push_back(query::clone(value));
  return outputs;
}

// The subquery's relations and conditions as part of this level; its outputs replace the
// references to it.
FromItemPtr QueryPlanner::merge_query(query::Query& sub) {
  const int offset = static_cast<int>(query_->range_table.size());
  auto renumber = [offset](ExpressionPtr& e, int depth) {
    if (auto* column = std::get_if<query::ColumnReference>(&e->node))
      if (column->levels_up == depth && column->range_table_index >= 0)
        column->range_table_index += offset;
    return false;
  };
  rewrite(sub, 0, renumber);
  shift_levels(sub, 1, -1);
  std::function<void(query::JoinTree&)> renumber_tree = [&](query::JoinTree& tree) {
    if (auto* leaf = std::get_if<query::JoinLeaf>(&tree.node)) {
      leaf->range_table_index += offset;
      return;
    }
    auto& join = std::get<query::JoinNode>(tree.node);
    if (join.range_table_index >= 0) join.range_table_index += offset;
    renumber_tree(*join.left);
    renumber_tree(*join.right);
  };
  for (auto& tree : sub.from) renumber_tree(*tree);
  FromItemPtr group = make_group();
  for (auto& tree : sub.from) group->children.push_back(convert(std::move(tree)));
  sub.from.clear();
  const bool has_rows = !group->children.empty();
  split_conjunction(std::move(sub.where), group->quals);
  for (RangeTableEntry& entry : sub.range_table) query_->range_table.push_back(std::move(entry));
  sub.range_table.clear();
  if (!has_rows) group->children.push_back(make_single_row());
  return group;
}

// Through everything of this level: the query and the FROM tree taken out of it.
void QueryPlanner::rewrite_level(const std::function<bool(ExpressionPtr&, int)>& f) {
  rewrite(*query_, 0, f);
  if (root_) rewrite_item(*root_, f);
}

void QueryPlanner::replace_columns(int range_table_index, const std::vector<ExpressionPtr>& values) {
  rewrite_level([&](ExpressionPtr& e, int depth) {
    auto* column = std::get_if<query::ColumnReference>(&e->node);
    if (column == nullptr || column->levels_up != depth ||
        column->range_table_index != range_table_index)
      return false;
    if (column->column == query::kWholeRowColumn) {
      query::RowConstructor row;
      for (const ExpressionPtr& value : values) row.fields.push_back(query::clone(*value));
      for (const query::RangeColumn& c : query_->range_table[static_cast<std::size_t>(range_table_index)].columns)
        row.names.push_back(c.name);
      row.names.resize(values.size());
      e->node = std::move(row);
    } else {
      CHECK(column->column >= 0 && static_cast<std::size_t>(column->column) < values.size());
      ExpressionPtr value = query::clone(*values[static_cast<std::size_t>(column->column)]);
      e = std::move(value);
    }
    shift_levels(e, 0, depth);
    return true;
  });
}

void QueryPlanner::pull_up(FromItem& item, FromItem* side, const FromItem* bounds) {
  if (item.kind == FromItem::Kind::leaf) {
    const int rel = item.range_table_index;
    RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(rel)];
    std::vector<ExpressionPtr> values;
    FromItemPtr group;
    if (entry.kind == RangeTableEntry::Kind::values || entry.kind == RangeTableEntry::Kind::function) {
      if (query_->command != query::CommandKind::select || (side != nullptr && !takes_computed_outputs())) return;
      std::optional<std::vector<ExpressionPtr>> outputs = constant_outputs(entry);
      if (!outputs) return;
      values = std::move(*outputs);
      group = make_group();
      group->children.push_back(make_single_row());
    } else {
      if (entry.kind != RangeTableEntry::Kind::subquery || !entry.subquery || !can_pull_up(entry, side, bounds)) return;
      std::unique_ptr<query::Query> sub = std::move(entry.subquery);
      // Its join columns and whole rows must be gone before its outputs are copied around.
      {
        QueryPlanner scratch(state_, this, std::move(sub));
        scratch.expand_system_columns();
        scratch.replace_join_columns();
        scratch.expand_system_columns();
        sub = std::move(scratch.query_);
      }
      group = merge_query(*sub);
      for (query::OutputColumn& output : sub->output)
        if (!output.hidden) values.push_back(std::move(output.expression));
    }
    item.kind = FromItem::Kind::group;
    item.is_list = true;
    item.range_table_index = -1;
    item.children = std::move(group->children);
    item.quals = std::move(group->quals);
    place_outputs(rel, std::move(values), relations_of(item), side);
    pull_up(item, side, bounds);
    return;
  }
  if (item.kind == FromItem::Kind::group) {
    for (std::size_t i = 0; i < item.children.size(); ++i) pull_up(*item.children[i], side, bounds);
    return;
  }
  FromItem &left = *item.children[0], &right = *item.children[1];
  if (item.join == query::JoinKind::full) {
    pull_up(left, &left, &left);
    pull_up(right, &right, &right);
  } else {
    pull_up(left, side, bounds);
    pull_up(right, &right, &item);
    lift_lateral_conditions(item);
  }
}

void QueryPlanner::reduce_outer_joins(FromItem& item, std::vector<const Expression*> above) {
  auto rejected = [&](const RelSet& rels) {
    for (const Expression* e : above)
      if (rejects_nulls(catalog(), *e, rels)) return true;
    return false;
  };
  switch (item.kind) {
    case FromItem::Kind::leaf: return;
    case FromItem::Kind::group:
      for (const ExpressionPtr& qual : item.quals) above.push_back(qual.get());
      for (FromItemPtr& child : item.children) reduce_outer_joins(*child, above);
      return;
    case FromItem::Kind::join: break;
  }
  if (item.children.size() == 1) {
    // A semi or anti join made of a subquery: its right side stands alone.
    std::vector<const Expression*> inside;
    for (const ExpressionPtr& qual : item.quals) inside.push_back(qual.get());
    reduce_outer_joins(*item.children[0], std::move(inside));
    return;
  }
  if (item.join == query::JoinKind::full) {
    const bool left_needed = rejected(relations_of(*item.children[0]));
    const bool right_needed = rejected(relations_of(*item.children[1]));
    if (left_needed || right_needed) {
      item.join = query::JoinKind::left;
      if (!left_needed) std::swap(item.children[0], item.children[1]);
      if (left_needed && right_needed) item.kind = FromItem::Kind::group;
    }
  } else if (item.join == query::JoinKind::left && rejected(relations_of(*item.children[1]))) {
    item.kind = FromItem::Kind::group;
  }
  if (item.kind == FromItem::Kind::group) {
    reduce_outer_joins(item, std::move(above));
    return;
  }
  if (item.join == query::JoinKind::full) {
    reduce_outer_joins(*item.children[0], {});
    reduce_outer_joins(*item.children[1], {});
    return;
  }
  reduce_outer_joins(*item.children[0], above);
  std::vector<const Expression*> inside;
  for (const ExpressionPtr& qual : item.quals) inside.push_back(qual.get());
  // What holds above a left join holds for the rows of its left side only.
  reduce_outer_joins(*item.children[1], std::move(inside));
}

// Groups in groups become one; the left side of a left join joins the group around it, and its
// right side stands there as a join item with a single child.
void QueryPlanner::merge_groups(FromItem& item) {
  if (item.kind == FromItem::Kind::join && item.children.size() == 2 &&
      item.join != query::JoinKind::full) {
    FromItemPtr left = std::move(item.children[0]);
    FromItemPtr join = std::make_unique<FromItem>();
    join->kind = FromItem::Kind::join;
    join->join = item.join;
    join->quals = std::move(item.quals);
    join->left_side = relations_of(*left);
    join->children.push_back(std::move(item.children[1]));
    item.kind = FromItem::Kind::group;
    item.is_list = false;
    item.quals.clear();
    item.children.clear();
    item.children.push_back(std::move(left));
    item.children.push_back(std::move(join));
  }
  for (FromItemPtr& child : item.children) merge_groups(*child);
  if (item.kind == FromItem::Kind::group) {
    merge_list(item);
    drop_single_rows(item);
  } else if (item.kind == FromItem::Kind::join && item.children.size() == 1) {
    item.items = std::max<std::size_t>(1, items_of(*item.children[0]));
  }
}

std::size_t QueryPlanner::items_of(const FromItem& item) const {
  if (item.kind == FromItem::Kind::leaf)
    return is_single_row(query_->range_table[static_cast<std::size_t>(item.range_table_index)]) ? 0 : 1;
  if (item.kind == FromItem::Kind::join) return item.items;
  std::size_t count = 0;
  for (const FromItemPtr& child : item.children) count += child->kind == FromItem::Kind::group ? 1 : items_of(*child);
  return count;
}

// Puts what the groups in a group consist of in their places, as far as the limits allow; the conditions of those that
// stay are those of the group around, which hands them down again. What a subquery in WHERE has become is behind the rest.
void QueryPlanner::merge_list(FromItem& group) {
  const auto limit_of = [](std::size_t setting) {
    return setting < Options::kCollapseLimit ? setting : std::numeric_limits<std::size_t>::max();
  };
  const std::size_t join_limit = limit_of(state_.options.join_collapse_limit), from_limit = limit_of(state_.options.from_collapse_limit);
  std::vector<FromItemPtr> children = std::exchange(group.children, {});
  std::vector<FromItemPtr>& list = group.children;
  std::size_t count = 0;
  const auto add = [&](FromItemPtr child, bool whole) {
    if (child->kind != FromItem::Kind::group) {
      if (whole) child->items = 1;
      count += items_of(*child);
      list.push_back(std::move(child));
      return;
    }
    for (ExpressionPtr& qual : child->quals) group.quals.push_back(std::move(qual));
    child->quals.clear();
    const std::size_t items = items_of(*child);
    if (whole && items > 1) {
      ++count;
      list.push_back(std::move(child));
      return;
    }
    count += items;
    for (FromItemPtr& grandchild : child->children) list.push_back(std::move(grandchild));
  };
  const auto is_special = [](const FromItemPtr& child) { return child->kind == FromItem::Kind::join && child->children.size() == 1; };
  std::size_t next = 0;
  if (group.is_list) {
    auto remaining = static_cast<std::size_t>(std::ranges::count_if(children, [&](const FromItemPtr& child) { return !is_special(child); }));
    for (; next < children.size() && !is_special(children[next]); ++next) {
      --remaining;
      const bool fits = count + items_of(*children[next]) + remaining <= from_limit;
      add(std::move(children[next]), !fits);
    }
  } else {
    std::size_t items = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(2, children.size()); ++i) items += items_of(*children[i]);
    for (; next < std::min<std::size_t>(2, children.size()); ++next) add(std::move(children[next]), items > join_limit);
  }
  for (; next < children.size(); ++next) {
    const bool fits = count + items_of(*children[next]) <= join_limit;
    if (!fits && count > 1) {
      FromItemPtr before = make_group();
      before->children = std::exchange(list, {});
      list.push_back(std::move(before));
      count = 1;
    }
    add(std::move(children[next]), !fits);
  }
}

// A row without columns adds nothing to what it is joined to. Something must be left for an outer join to stand on that
// does not look at what that brings in.
void QueryPlanner::drop_single_rows(FromItem& group) {
  const auto entry_of = [&](const FromItemPtr& child) -> const RangeTableEntry* {
    return child->kind == FromItem::Kind::leaf ? &query_->range_table[static_cast<std::size_t>(child->range_table_index)] : nullptr;
  };
  std::size_t rows = 0, others = 0;
  bool has_special = false, has_table = false;
  for (const FromItemPtr& child : group.children) {
    const RangeTableEntry* entry = entry_of(child);
    if (entry != nullptr && is_single_row(*entry))
      ++rows;
    else if (child->kind == FromItem::Kind::join && child->children.size() == 1)
      has_special = true;
    else
      ++others;
    has_table = has_table || (entry != nullptr && entry->kind == RangeTableEntry::Kind::relation);
  }
  if (rows == 0) return;
  // What MERGE changes is joined to the source later.
  const bool is_joined_later = query_->command == query::CommandKind::merge;
  const bool keep_one = has_special ? !has_table : others == 0 && (&group != root_.get() || is_joined_later);
  std::erase_if(group.children, [&](const FromItemPtr& child) {
    const RangeTableEntry* entry = entry_of(child);
    return entry != nullptr && is_single_row(*entry) && (!keep_one || rows-- > 1);
  });
}

void QueryPlanner::flatten() {
  replace_join_columns();
  root_ = make_group();
  for (auto& tree : query_->from) root_->children.push_back(convert(std::move(tree)));
  query_->from.clear();
  split_conjunction(std::move(query_->where), root_->quals);
  // Keys of grouping sets are null where they are left out, whatever expression they come from.
  const bool computes_all = !query_->grouping_sets.empty();
  pull_up(*root_, computes_all ? root_.get() : nullptr, nullptr);
  convert_subqueries(*root_);
  reduce_outer_joins(*root_, {});
  require_lockable_joins(*query_, *root_);
  settle_outputs(*root_, nullptr, computes_all);
  while (drop_useless_join(*root_)) {
  }
  merge_groups(*root_);
  drop_unused_outputs();
  if (state_.options.verbose) note_joins();
}

}  // namespace planner
