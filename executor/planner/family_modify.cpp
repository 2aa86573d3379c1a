// INSERT, UPDATE and DELETE of a table with children, a partitioned table, or a partition.
#include "planner/family_modify.h"

#include <algorithm>

#include "cost.h"
#include "family.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

namespace {

bool has_row_trigger(const catalog::RelationDescriptor& relation, std::int16_t event, bool before_only) {
  using catalog::TriggerInfo;
  return std::any_of(relation.triggers.begin(), relation.triggers.end(), [&](const TriggerInfo& t) {
    return (t.type & TriggerInfo::kRow) != 0 && relation.acts(t, event) &&
           (!before_only || (t.type & TriggerInfo::kBefore) != 0);
  });
}

// Whether triggers of the statement are to see the rows that the event changes.
bool has_transition_tables(const catalog::RelationDescriptor& relation, std::int16_t event) {
  return std::any_of(relation.triggers.begin(), relation.triggers.end(), [&](const catalog::TriggerInfo& t) {
    return relation.acts(t, event) && !(t.old_table.empty() && t.new_table.empty());
  });
}

}  // namespace

// The row of the named relation as the leaf has it.
std::unique_ptr<ModifyNode> insert_into(const RelationPtr& leaf, const std::vector<int>& columns,
                                        catalog::CatalogView& catalog,
                                        const catalog::RelationDescriptor& named) {
  auto node = std::make_unique<ModifyNode>();
  node->command = query::CommandKind::insert;
  node->relation = leaf;
  node->rules = write_rules(leaf, catalog);
  node->raw_columns = node->rules.columns;
  node->set_tag = false;
  std::vector<ExpressionPtr> values;
  for (std::size_t j = 0; j < leaf->columns.size(); ++j) {
    const catalog::Column& column = leaf->columns[j];
    const auto at = std::find(columns.begin(), columns.end(), static_cast<int>(j));
    if (column.dropped || at == columns.end())
      values.push_back(make_constant(types::Datum::null(),
                                     column.dropped ? TypeRef{types::oid::int4} : column.type));
    else
      values.push_back(make_column(0, static_cast<int>(at - columns.begin()),
                                   named.columns[static_cast<std::size_t>(at - columns.begin())].type));
  }
  node->values = compile_row_expressions(values, catalog);
  return node;
}

// The row of the named relation, then the child's columns, then the table's OID.
PlanNodePtr QueryPlanner::finish_family(std::unique_ptr<FamilyModifyNode> node,
                                        const Layout& child) {
  const catalog::RelationDescriptor& relation = *node->relation;
  Layout raw;
  for (std::size_t i = 0; i < relation.columns.size(); ++i)
    raw.add(own(make_column(query_->target, static_cast<int>(i), relation.columns[i].type)));
  node->raw_columns = node->rules.columns;
  for (const Expression* e : child.columns()) {
    const auto* column = e == nullptr ? nullptr : as_column(*e);
    if (e == nullptr || (column != nullptr && owner_of(column->range_table_index) == query_->target))
      raw.add_unnamed();
    else
      raw.add(*e);
  }
  const std::vector<types::PhysicalType>& below = node->children[0]->columns;
  node->raw_columns.insert(node->raw_columns.end(), below.begin(), below.end());
  while (raw.size() < node->raw_columns.size()) raw.add_unnamed();
  return_versions(*node, raw);
  raw.add(own(make_column(query_->target, query::kTableOidColumn, {types::oid::oid_})));
  node->raw_columns.push_back(eval::physical_type(catalog(), types::oid::oid_));
  return finish_changes(std::move(node), raw);
}

// The tables that hold the target's rows.
std::vector<QueryPlanner::Member> QueryPlanner::targets_of_change() {
  const int target = query_->target;
  if (family(target) != nullptr) return members(target);
  Member member;
  member.relation = relation_ptr(target);
  member.range_table_index = target;
  for (std::size_t i = 0; i < member.relation->columns.size(); ++i)
    member.columns.push_back(member.relation->columns[i].dropped ? -1 : static_cast<int>(i));
  return {std::move(member)};
}

void QueryPlanner::use_leaves(const PartitionRouting& routing) {
  for (const PartitionRouting::Level& level : routing.levels)
    state_.use(catalog().relation(level.table->table().oid), catalog::RelationLock::row_exclusive);
  for (const RelationPtr& leaf : routing.leaves)
    state_.use(leaf, catalog::RelationLock::row_exclusive);
}

PlanNodePtr QueryPlanner::plan_family_insert(std::unique_ptr<ModifyNode> plain, Built child) {
  auto node = std::make_unique<FamilyModifyNode>();
  node->command = query::CommandKind::insert;
  node->relation = plain->relation;
  if (NodeOutput* note = output_note(*node)) {
    note->wanted = output_note(*plain)->wanted;
    state_.outputs.erase(plain.get());
  }
  node->rules = std::move(plain->rules);
  node->values = std::move(plain->values);
  node->set_columns = std::move(plain->set_columns);
  const catalog::RelationDescriptor& relation = *node->relation;
  node->routing = std::make_unique<PartitionRouting>(node->relation, catalog());
  use_leaves(*node->routing);
  const query::OnConflict* conflict = query_->on_conflict.get();
  if (conflict != nullptr && conflict->do_update) {
    node->updates_on_conflict = true;
    for (const query::TargetColumn& t : conflict->set) node->conflict_columns.push_back(t.column);
  }
  for (std::size_t l = 0; l < node->routing->leaves.size(); ++l) {
    const RelationPtr& leaf = node->routing->leaves[l];
    const std::vector<int>& columns = node->routing->columns[l];
    FamilyModifyNode::Target target;
    target.columns = columns;
    target.node = insert_into(leaf, columns, catalog(), relation);
    add_policies(*target.node, columns);
    if (conflict != nullptr) {
      auto plan = std::make_unique<OnConflictPlan>();
      plan->do_update = conflict->do_update;
      std::vector<types::Oid> arbiters = conflict->arbiters;
      if (arbiters.empty() && conflict->arbiter_index != 0) arbiters.push_back(conflict->arbiter_index);
      for (const types::Oid oid : arbiters) {
        const catalog::IndexDescriptor* index = partition_index(*leaf, oid, catalog());
        if (index != nullptr)
          plan->arbiters.push_back(index->is_clustered_key ? -1 : index->storage_index);
        else
          throw types::SqlError("42P10", "there is no unique or exclusion constraint matching the "
                                         "ON CONFLICT specification");
      }
      if (conflict->do_update) {
        Layout layout;
        for (const int rel : {query_->target, conflict->excluded_range_table_index})
          for (std::size_t j = 0; j < leaf->columns.size(); ++j)
            layout.add(own(make_column(rel, static_cast<int>(j), leaf->columns[j].type)));
        auto translate = [&](const Expression& e) -> const Expression* {
          ExpressionPtr copy = query::clone(e);
          rewrite(copy, 0, [&](ExpressionPtr& x, int depth) {
            auto* column = std::get_if<query::ColumnReference>(&x->node);
            if (column == nullptr || column->levels_up != depth) return false;
            if (column->range_table_index != query_->target &&
                column->range_table_index != conflict->excluded_range_table_index)
              return false;
            if (column->column == query::kTableOidColumn)
              x = make_constant(types::Datum::of(leaf->oid), {types::oid::oid_});
            else if (column->column >= 0)
              column->column = columns.at(static_cast<std::size_t>(column->column));
            return true;
          });
          return &own(std::move(copy));
        };
        if (conflict->where) plan->condition = compile({translate(*conflict->where)}, layout);
        std::vector<const Expression*> set;
        for (const query::TargetColumn& t : conflict->set) {
          const catalog::Column& column = relation.columns[static_cast<std::size_t>(t.column)];
          plan->set_columns.push_back(columns[static_cast<std::size_t>(t.column)]);
          if (std::holds_alternative<query::SetToDefault>(t.value->node))
            set.push_back(column.default_ ? column.default_.get()
                                          : &own(make_constant(types::Datum::null(), column.type)));
          else
            set.push_back(translate(*t.value));
        }
        plan->set_values = compile(set, layout);
        target.node->changes_referenced_key = target.node->rules.is_referenced;
      }
      target.node->on_conflict = std::move(plan);
    }
    node->target_tables.push_back(leaf->oid);
    node->targets.push_back(std::move(target));
  }
  const Layout layout = child.layout;
  node->children.push_back(std::move(child.node));
  return finish_family(std::move(node), layout);
}

void QueryPlanner::add_members(FamilyModifyNode& node, const std::vector<query::TargetColumn>& set,
                               std::vector<const Expression*>& inputs,
                               std::vector<const Expression*>& values) {
  const bool update = node.command == query::CommandKind::update;
  const int target = query_->target;
  const catalog::RelationDescriptor& relation = *node.relation;
  const RelSet self = RelSet::of(target);
  RelSet all;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  std::vector<int> set_columns;
  const std::vector<Member> all_members = targets_of_change();
  if (update)
    for (const query::TargetColumn& t : set) {
      const Expression* value = t.value.get();
      const catalog::Column& column = relation.columns[static_cast<std::size_t>(t.column)];
      if (std::holds_alternative<query::SetToDefault>(value->node))
        value = column.default_ ? column.default_.get()
                                : &own(make_constant(types::Datum::null(), column.type));
      set_columns.push_back(t.column);
      values.push_back(value);
      collect_inputs(*value, all, inputs);
    }
  if (update && PartitionRouting::needed(relation)) {
    node.routing = std::make_unique<PartitionRouting>(node.relation, catalog());
    for (const PartitionRouting::Level& level : node.routing->levels)
      for (const int key : level.key_columns) {
        if (key < 0) {
          node.may_move = true;
          continue;
        }
        const int at =
            relation.column_index(level.table->table().columns[static_cast<std::size_t>(key)].name);
        node.may_move = node.may_move || contains(set_columns, at);
      }
    // So does what a trigger makes of a row.
    for (const Member& member : all_members)
      node.may_move = node.may_move || has_row_trigger(*member.relation, catalog::TriggerInfo::kUpdate, true);
    if (node.may_move)
      use_leaves(*node.routing);
    else
      node.routing.reset();
  }
  auto input_column = [&](int rel, int column, const TypeRef& type) {
    collect_inputs(own(make_column(rel, column, type)), self, inputs);
  };
  node.set_columns = set_columns;

  // What each member's rows go through, and what that reads of the old row.
  for (const Member& member : all_members) {
    FamilyModifyNode::Target made;
    made.columns = member.columns;
    made.node = std::make_unique<ModifyNode>();
    ModifyNode& own_node = *made.node;
    own_node.command = node.command;
    own_node.relation = member.relation;
    own_node.rules = write_rules(member.relation, catalog());
    own_node.raw_columns = own_node.rules.columns;
    own_node.set_tag = false;
    own_node.returning = false;
    add_policies(own_node, member.columns);
    const catalog::RelationDescriptor& r = *member.relation;
    for (const int column : set_columns)
      own_node.set_columns.push_back(member.columns[static_cast<std::size_t>(column)]);
    if (update) {
      std::erase_if(own_node.rules.not_null,
                    [&](int column) { return !contains(own_node.set_columns, column); });
      bool keys = false;
      for (const catalog::ForeignKey& key : r.foreign_keys)
        for (const int column : key.columns) keys = keys || contains(own_node.set_columns, column);
      own_node.rules.has_foreign_keys = keys;
      for (const catalog::ForeignKey& key : r.referenced_by)
        for (const int column : key.referenced_columns)
          own_node.changes_referenced_key =
              own_node.changes_referenced_key || contains(own_node.set_columns, column);
      for (const catalog::IndexDescriptor& index : r.indexes)
        if (index.unique)
          for (const catalog::IndexKey& key : index.keys)
            own_node.changes_key = own_node.changes_key || key.column < 0 ||
                                   index.predicate != nullptr ||
                                   contains(own_node.set_columns, key.column);
    } else {
      own_node.changes_key = true;
      own_node.changes_referenced_key = own_node.rules.is_referenced;
    }
    if (node.may_move) own_node.changes_key = true;
    // A trigger is shown whole rows and may change any column.
    const std::int16_t event = update ? catalog::TriggerInfo::kUpdate : catalog::TriggerInfo::kDelete;
    const bool triggers = has_row_trigger(r, event, false) || has_transition_tables(relation, event);
    if (triggers) {
      own_node.rules = write_rules(member.relation, catalog());
      add_policies(own_node, member.columns);
      if (!update) own_node.rules.has_foreign_keys = false;
      own_node.changes_key = true;
      own_node.changes_referenced_key = own_node.rules.is_referenced;
    }
    std::vector<bool> needed(r.columns.size(), false);
    auto need = [&](const Expression& e) {
      visit(e, 0, [&](const Expression& x, int depth) {
        const auto* column = as_column(x);
        if (column != nullptr && column->levels_up == depth && column->column >= 0 &&
            column->range_table_index == 0)
          needed[static_cast<std::size_t>(column->column)] = true;
        return true;
      });
    };
    if (update) {
      if (own_node.changes_key)
        for (const catalog::IndexDescriptor& index : r.indexes) {
          if (!index.unique) continue;
          for (const catalog::IndexKey& key : index.keys) {
            if (key.expression) need(*key.expression);
            if (key.column >= 0) needed[static_cast<std::size_t>(key.column)] = true;
          }
          if (index.predicate) need(*index.predicate);
        }
      for (const catalog::CheckConstraint& check : r.checks) need(*check.expression);
      for (const int column : own_node.rules.generated)
        need(*r.columns[static_cast<std::size_t>(column)].default_);
    }
    // Messages show the whole row that failed.
    const bool checked = update && (!r.checks.empty() || query_->row_checks != nullptr || !query_->view_checks.empty() || !own_node.rules.not_null.empty());
    if (own_node.rules.has_foreign_keys || own_node.changes_referenced_key || node.may_move ||
        checked || triggers)
      for (std::size_t j = 0; j < needed.size(); ++j) needed[j] = !r.columns[j].dropped;
    for (std::size_t j = 0; j < needed.size(); ++j) {
      if (!needed[j]) continue;
      const auto at = std::find(member.columns.begin(), member.columns.end(), static_cast<int>(j));
      if (at != member.columns.end())
        input_column(target, static_cast<int>(at - member.columns.begin()), r.columns[j].type);
      else
        input_column(member.range_table_index, static_cast<int>(j), r.columns[j].type);
    }
    if (node.may_move) {
      made.moved_away = std::make_unique<ModifyNode>();
      made.moved_away->command = query::CommandKind::delete_;
      made.moved_away->relation = member.relation;
      made.moved_away->rules = write_rules(member.relation, catalog());
      made.moved_away->raw_columns = made.moved_away->rules.columns;
      made.moved_away->set_tag = false;
    }
    state_.use(member.relation, catalog::RelationLock::row_exclusive);
    node.target_tables.push_back(r.oid);
    node.targets.push_back(std::move(made));
  }
}

void QueryPlanner::bind_members(FamilyModifyNode& node, const std::vector<const Expression*>& values,
                                const std::vector<const Qual*>& recheck, const Layout& child) {
  const int target = query_->target;
  const catalog::RelationDescriptor& relation = *node.relation;
  const std::vector<Member> all_members = targets_of_change();
  const int row_key = child.find(*make_column(target, query::kRowKeyColumn, {types::oid::bytea}));
  CHECK(row_key >= 0);
  node.table_column = child.find(*make_column(target, query::kTableOidColumn, {types::oid::oid_}));
  for (std::size_t m = 0; m < all_members.size(); ++m) {
    const Member& member = all_members[m];
    FamilyModifyNode::Target& made = node.targets[m];
    const catalog::RelationDescriptor& r = *member.relation;
    made.node->row_key_column = row_key;
    for (std::size_t j = 0; j < r.columns.size(); ++j) {
      const auto at = std::find(member.columns.begin(), member.columns.end(), static_cast<int>(j));
      made.node->old_columns.push_back(
          at != member.columns.end()
              ? child.find(*make_column(target, static_cast<int>(at - member.columns.begin()),
                                               r.columns[j].type))
              : child.find(*make_column(member.range_table_index, static_cast<int>(j),
                                               r.columns[j].type)));
    }
    note_old_versions(*made.node, child);
    made.node->values = compile(values, child);
    made.node->recheck = compile(recheck, child);
    if (made.moved_away) {
      made.moved_away->row_key_column = row_key;
      made.moved_away->old_columns = made.node->old_columns;
    }
  }
  if (node.may_move) {
    // Foreign keys see an update of the table that was named.
    node.changes_referenced_key = !relation.referenced_by.empty();
    for (std::size_t l = 0; l < node.routing->leaves.size(); ++l) {
      FamilyModifyNode::Target arrival;
      arrival.columns = node.routing->columns[l];
      arrival.node =
          insert_into(node.routing->leaves[l], arrival.columns, catalog(), relation);
      add_policies(*arrival.node, arrival.columns);
      node.arrivals.push_back(std::move(arrival));
    }
  }
}

PlanNodePtr QueryPlanner::plan_family_update() {
  auto node = std::make_unique<FamilyModifyNode>();
  const int target = query_->target;
  node->command = query_->command;
  node->relation = relation_ptr(target);
  node->rules = write_rules(node->relation, catalog());
  const RelSet self = RelSet::of(target);

  Path* const path = path_of_changed_rows();

  RelSet all;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  std::vector<const Expression*> inputs, values;
  inputs.push_back(&own(make_column(target, query::kRowKeyColumn, {types::oid::bytea})));
  if (family(target) != nullptr)
    inputs.push_back(&own(make_column(target, query::kTableOidColumn, {types::oid::oid_})));
  for (const query::OutputColumn& output : query_->output) {
    collect_inputs(*output.expression, all - self, inputs);
    collect_inputs(*output.expression, self, inputs);
  }
  add_members(*node, query_->targets, inputs, values);
  const std::vector<const Qual*> recheck = recheck_quals();
  for (const Qual* qual : recheck) collect_inputs(*qual->expression, all, inputs);
  Built child = build(*path, inputs);
  bind_members(*node, values, recheck, child.layout);
  std::vector<const Expression*> set;
  for (const query::TargetColumn& t : query_->targets)
    if (t.value) set.push_back(t.value.get());
  note_changed_rows(*node, set);
  const Layout layout = child.layout;
  node->children.push_back(std::move(child.node));
  return finish_family(std::move(node), layout);
}

}  // namespace planner
