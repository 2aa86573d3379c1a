// Left joins that neither add rows nor columns that anybody asks for: what object-relational mappers and views are full
// of. Each row of the left side has one partner at most, by a unique key, and comes out once, whatever that is.
#include <algorithm>

#include "catalog/access_methods.h"
#include "index_key_match.h"
#include "query_planner.h"
#include "query/walk.h"

namespace planner {

namespace {

// The one relation at the right side of a join; -1: there is more.
int lone_leaf(const FromItem& item) {
  if (item.kind == FromItem::Kind::leaf) return item.range_table_index;
  return item.kind == FromItem::Kind::group && item.children.size() == 1 ? lone_leaf(*item.children[0]) : -1;
}

void add_conditions(const FromItem& item, std::vector<const Expression*>& out) {
  for (const ExpressionPtr& qual : item.quals) out.push_back(qual.get());
  for (const FromItemPtr& child : item.children) add_conditions(*child, out);
}

}  // namespace

bool QueryPlanner::is_useless_join(const FromItem& join) {
  if (join.kind != FromItem::Kind::join || join.children.size() != 2 || join.join != query::JoinKind::left) return false;
  const int rel = lone_leaf(*join.children[1]);
  if (rel < 0 || query_->command != query::CommandKind::select || !query_->row_locks.empty()) return false;
  const query::RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(rel)];
  if (entry.kind != query::RangeTableEntry::Kind::relation || family(rel) != nullptr) return false;
  const RelationPtr descriptor = relation_ptr(rel);
  if (descriptor == nullptr) return false;
  // Its own conditions and those of the join leave fewer partners, never more.
  std::vector<const Expression*> conditions;
  for (const ExpressionPtr& qual : join.quals) conditions.push_back(qual.get());
  add_conditions(*join.children[1], conditions);
  for (const Expression* condition : conditions)
    if (contains_subquery(*condition) || eval::contains_volatile(catalog(), *condition)) return false;
  const RelSet outer = planner::relations_of(*join.children[0]);
  const bool has_one_partner = std::ranges::any_of(descriptor->indexes, [&](const catalog::IndexDescriptor& index) {
    if (!index.unique || !index.valid || !index.immediate || index.predicate != nullptr || index.method != catalog::kBtree ||
        (!index.is_clustered_key && index.storage_index < 0))
      return false;
    return std::ranges::all_of(index.keys, [&](const catalog::IndexKey& key) {
      return key.column >= 0 && std::ranges::any_of(conditions, [&](const Expression* condition) {
               return key_match(*condition, rel, key, outer).strategy == 3;
             });
    });
  });
  if (!has_one_partner) return false;
  // Who reads it, but for the join itself.
  bool is_read = false;
  const RelSet rows = planner::relations_of(*join.children[1]);
  const auto look = [&](const Expression& e, int depth) {
    const auto* column = as_column(e);
    is_read = is_read || (column != nullptr && column->levels_up == depth && rows.contains(column->range_table_index));
    return !is_read;
  };
  visit(*query_, 0, look);
  const auto look_in = [&](auto& self, const FromItem& item) -> void {
    if (&item == &join) return self(self, *item.children[0]);
    for (const ExpressionPtr& qual : item.quals) visit(*qual, 0, look);
    for (const ComputedOutputs& outputs : item.computes)
      for (const ExpressionPtr& value : outputs.values) visit(*value, 0, look);
    for (const FromItemPtr& child : item.children) self(self, *child);
  };
  look_in(look_in, *root_);
  return !is_read;
}

bool QueryPlanner::drop_useless_join(FromItem& item) {
  if (is_useless_join(item)) {
    FromItemPtr left = std::move(item.children[0]);
    std::vector<ComputedOutputs> computes = std::move(item.computes);
    item = std::move(*left);
    for (ComputedOutputs& outputs : computes) item.computes.push_back(std::move(outputs));
    return true;
  }
  for (FromItemPtr& child : item.children)
    if (drop_useless_join(*child)) return true;
  return false;
}

}  // namespace planner
