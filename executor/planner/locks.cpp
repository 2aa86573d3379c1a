// FOR UPDATE, FOR SHARE.
#include "cost.h"
#include "family.h"
#include "lockable_joins.h"
#include "query/system_columns.h"
#include "query_planner.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {
namespace {

// Those that an outer join fills with nulls.
RelSet nullable_relations(const FromItem& item) {
  RelSet set;
  if (item.kind == FromItem::Kind::join && item.join == query::JoinKind::full) set |= relations_of(item);
  if (item.kind == FromItem::Kind::join && item.join == query::JoinKind::left && !item.children.empty() &&
      item.children.back() != nullptr)
    set |= relations_of(*item.children.back());
  for (const FromItemPtr& child : item.children)
    if (child != nullptr) set |= nullable_relations(*child);
  return set;
}

const char* lock_clause(query::LockStrength strength) {
  switch (strength) {
    case query::LockStrength::for_key_share: return "FOR KEY SHARE";
    case query::LockStrength::for_share: return "FOR SHARE";
    case query::LockStrength::for_no_key_update: return "FOR NO KEY UPDATE";
    default: return "FOR UPDATE";
  }
}

}  // namespace

// Relations whose rows stand in every row of the query: not those that an outer, semi or anti
// join brings in.
RelSet QueryPlanner::plain_relations() const {
  RelSet set;
  const auto look_in = [&](auto& self, const FromItem& group) -> void {
    for (const FromItemPtr& child : group.children) {
      if (child->kind == FromItem::Kind::leaf) set.add(child->range_table_index);
      if (child->kind == FromItem::Kind::group) self(self, *child);
    }
  };
  if (root_) look_in(look_in, *root_);
  return set;
}

// The conditions that a changed row must meet again.
std::vector<const Qual*> QueryPlanner::recheck_quals() {
  const RelSet visible = plain_relations();
  std::vector<const Qual*> result;
  for (const Qual& qual : quals_)
    if (!qual.relations.empty() && qual.relations.subset_of(visible) && !qual.implied)
      result.push_back(&qual);
  return result;
}

void require_lockable_joins(const query::Query& query, const FromItem& root) {
  if (query.row_locks.empty()) return;
  const RelSet nullable = nullable_relations(root);
  for (const query::RowLock& lock : query.row_locks)
    if (nullable.contains(lock.range_table_index))
      throw types::SqlError("0A000", std::string(lock_clause(lock.strength)) +
                                         " cannot be applied to the nullable side of an outer join");
}

std::vector<const Expression*> QueryPlanner::lock_inputs(
    const std::vector<const Expression*>& targets) {
  std::vector<const Expression*> inputs;
  for (const query::SortKey& key : query_->order_by) inputs.push_back(key.expression.get());
  RelSet all;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  for (const Expression* e : targets) collect_inputs(*e, all, inputs);
  for (const Qual* qual : recheck_quals()) collect_inputs(*qual->expression, all, inputs);
  for (const query::RowLock& lock : query_->row_locks) {
    const query::RangeTableEntry& entry =
        query_->range_table[static_cast<std::size_t>(lock.range_table_index)];
    if (entry.kind != query::RangeTableEntry::Kind::relation) continue;
    inputs.push_back(&own(make_column(lock.range_table_index, query::kRowKeyColumn,
                                      {types::oid::bytea})));
    if (family(lock.range_table_index) != nullptr)
      inputs.push_back(&own(make_column(lock.range_table_index, query::kTableOidColumn, {types::oid::oid_})));
  }
  return inputs;
}

Built QueryPlanner::plan_row_locks(Built input, const std::vector<const Expression*>& targets) {
  auto node = std::make_unique<LockRowsNode>();
  for (const query::RowLock& lock : query_->row_locks) {
    const query::RangeTableEntry& entry =
        query_->range_table[static_cast<std::size_t>(lock.range_table_index)];
    if (entry.kind != query::RangeTableEntry::Kind::relation) continue;
    LockTarget target;
    target.relation = relation_ptr(lock.range_table_index);
    if (target.relation->kind == catalog::RelationKind::materialized_view)
      throw types::SqlError("42809", "cannot lock rows in materialized view \"" + target.relation->name + "\"");
    target.strength = lock.strength;
    target.wait = lock.wait;
    target.row_key_column = input.layout.find(
        *make_column(lock.range_table_index, query::kRowKeyColumn, {types::oid::bytea}));
    CHECK(target.row_key_column >= 0);
    for (std::size_t i = 0; i < input.layout.size(); ++i) {
      const Expression* e = input.layout.columns()[i];
      const auto* column = e == nullptr ? nullptr : as_column(*e);
      if (column == nullptr || column->range_table_index != lock.range_table_index ||
          (column->column < 0 && !query::is_version_column(column->column)))
        continue;
      target.table_columns.push_back(column->column);
      target.child_columns.push_back(static_cast<int>(i));
    }
    state_.use(target.relation, catalog::RelationLock::row_share);
    if (const Family* hierarchy = family(lock.range_table_index)) {
      target.table_column = input.layout.find(
          *make_column(lock.range_table_index, query::kTableOidColumn, {types::oid::oid_}));
      for (const Member& member : hierarchy->members) {
        LockTarget::Member own{member.relation, {}};
        for (const int column : target.table_columns)
          own.table_columns.push_back(column < 0 ? column : member.columns[static_cast<std::size_t>(column)]);
        state_.use(member.relation, catalog::RelationLock::row_share);
        target.members.push_back(std::move(own));
      }
    }
    node->targets.push_back(std::move(target));
  }
  state_.plan.modifies_data = true;
  node->recheck = compile(recheck_quals(), input.layout);
  node->raw_columns = input.node->columns;
  node->batch_rows = input.node->batch_rows;
  set_costs(*node, input.node->startup_cost, input.node->total_cost + input.node->rows * cost::kTuple,
            input.node->rows, input.node->width);
  describe(*node, "LockRows");
  const Layout raw = input.layout;
  node->children.push_back(std::move(input.node));
  return finish(std::move(node), raw, {}, targets);
}

}  // namespace planner
