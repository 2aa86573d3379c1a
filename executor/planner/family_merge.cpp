// MERGE into a table with children, partitions or triggers.
#include <numeric>

#include "cost.h"
#include "family.h"
#include "planner/family_modify.h"
#include "wal/check.h"

namespace planner {

PlanNodePtr QueryPlanner::plan_family_merge() {
  auto node = std::make_unique<FamilyMergeNode>();
  const int target = query_->target;
  node->command = query::CommandKind::merge;
  node->relation = relation_ptr(target);
  node->rules = write_rules(node->relation, catalog());
  const catalog::RelationDescriptor& relation = *node->relation;
  Path* const path = path_of_changed_rows();

  RelSet all;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  std::vector<const Expression*> inputs;
  inputs.push_back(&own(make_column(target, query::kRowKeyColumn, {types::oid::bytea})));
  if (family(target) != nullptr)
    inputs.push_back(&own(make_column(target, query::kTableOidColumn, {types::oid::oid_})));
  for (std::size_t i = 0; i < relation.columns.size(); ++i)
    if (!relation.columns[i].dropped)
      inputs.push_back(&own(make_column(target, static_cast<int>(i), relation.columns[i].type)));
  std::vector<std::vector<const Expression*>> values;
  for (const query::MergeAction& action : query_->merge_actions) {
    using Kind = query::MergeAction::Kind;
    FamilyMergeNode::Action& made = node->actions.emplace_back();
    values.emplace_back();
    made.matched = action.matched;
    if (action.condition) collect_inputs(*action.condition, all, inputs);
    if (action.kind == Kind::nothing) continue;
    made.change = std::make_unique<FamilyModifyNode>();
    FamilyModifyNode& change = *made.change;
    change.command = action.kind == Kind::insert   ? query::CommandKind::insert
                     : action.kind == Kind::update ? query::CommandKind::update
                                                   : query::CommandKind::delete_;
    change.relation = node->relation;
    change.rules = write_rules(node->relation, catalog());
    change.set_tag = false;
    change.batch_rows = 1;
    if (action.kind == Kind::insert) {
      values.back() = merge_values(action, relation);
      for (const Expression* value : values.back()) collect_inputs(*value, all, inputs);
    } else {
      add_members(change, action.targets, inputs, values.back());
    }
  }
  std::vector<const Qual*> recheck;
  add_merge_quals(recheck, inputs);

  Built child = build(*path, inputs);
  node->row_key_column = child.layout.find(*make_column(target, query::kRowKeyColumn, {types::oid::bytea}));
  CHECK(node->row_key_column >= 0);
  for (std::size_t i = 0; i < relation.columns.size(); ++i)
    node->old_columns.push_back(
        child.layout.find(*make_column(target, static_cast<int>(i), relation.columns[i].type)));
  node->recheck = compile(recheck, child.layout);
  for (std::size_t a = 0; a < node->actions.size(); ++a) {
    FamilyMergeNode::Action& made = node->actions[a];
    const query::MergeAction& action = query_->merge_actions[a];
    if (action.condition) made.condition = compile({action.condition.get()}, child.layout);
    if (!made.change) continue;
    FamilyModifyNode& change = *made.change;
    if (action.kind != query::MergeAction::Kind::insert) {
      bind_members(change, values[a], recheck, child.layout);
    } else {
      change.values = compile(values[a], child.layout);
      add_arrivals(change);
    }
    change.raw_columns = change.rules.columns;
    change.raw_columns.insert(change.raw_columns.end(), child.node->columns.begin(), child.node->columns.end());
    change.raw_columns.push_back(eval::physical_type(catalog(), types::oid::oid_));
    for (const auto* list : {&change.targets, &change.arrivals})
      for (const FamilyModifyNode::Target& t : *list)
        for (ModifyNode* each : {t.node.get(), t.moved_away.get()})
          if (each != nullptr) each->batch_rows = 1;
  }
  note_changed_rows(*node, {});
  const Layout layout = child.layout;
  node->children.push_back(std::move(child.node));
  return finish_modify(std::move(node), layout);
}

// Where new rows go: the leaves, or the one table.
void QueryPlanner::add_arrivals(FamilyModifyNode& node) {
  const auto add = [&](const RelationPtr& table, const std::vector<int>& columns) {
    FamilyModifyNode::Target target;
    target.columns = columns;
    target.node = insert_into(table, columns, catalog(), *node.relation);
    add_policies(*target.node, columns);
    node.target_tables.push_back(table->oid);
    node.targets.push_back(std::move(target));
  };
  if (!PartitionRouting::needed(*node.relation)) {
    std::vector<int> columns(node.relation->columns.size());
    std::iota(columns.begin(), columns.end(), 0);
    add(node.relation, columns);
    return;
  }
  node.routing = std::make_unique<PartitionRouting>(node.relation, catalog());
  use_leaves(*node.routing);
  for (std::size_t l = 0; l < node.routing->leaves.size(); ++l) add(node.routing->leaves[l], node.routing->columns[l]);
}

}  // namespace planner
