// INSERT, UPDATE, DELETE and MERGE.
#include <algorithm>
#include <numeric>

#include "cost.h"
#include "family.h"
#include "planner/partition_routing.h"
#include "explain_names.h"
#include "query/system_columns.h"
#include "query/table_oid.h"
#include "query_planner.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

namespace {

// A row's own columns: range-table entry 0 of stored expressions.
Layout row_layout(const catalog::RelationDescriptor& relation,
                  std::deque<ExpressionPtr>& expressions, int range_table_index) {
  Layout layout;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    expressions.push_back(
        make_column(range_table_index, static_cast<int>(i), relation.columns[i].type));
    layout.add(*expressions.back());
  }
  return layout;
}

class RowResolver : public eval::Resolver {
 public:
  std::optional<eval::Resolved> resolve(const query::Expression& e) override {
    const auto* column = std::get_if<query::ColumnReference>(&e.node);
    if (column == nullptr) return std::nullopt;
    CHECK(column->levels_up == 0);
    if (column->column < 0)
      throw types::SqlError::not_supported("a whole row or a system column in an expression of one row");
    return eval::InputColumn{column->column};
  }
};

}  // namespace

eval::Program compile_expression(const query::Expression& expression,
                                 catalog::CatalogView& catalog) {
  RowResolver resolver;
  eval::Compiler compiler(catalog, &resolver);
  compiler.add(expression);
  return compiler.finish();
}

eval::Program compile_row_expressions(const std::vector<ExpressionPtr>& expressions,
                                      catalog::CatalogView& catalog) {
  RowResolver resolver;
  eval::Compiler compiler(catalog, &resolver);
  for (const ExpressionPtr& e : expressions) compiler.add(*e);
  return compiler.finish();
}

WriteRules write_rules(const RelationPtr& relation, catalog::CatalogView& catalog) {
  WriteRules rules;
  rules.relation = relation;
  RowResolver resolver;
  eval::Compiler checks(catalog, &resolver), generated(catalog, &resolver);
  for (std::size_t i = 0; i < relation->columns.size(); ++i) {
    const catalog::Column& column = relation->columns[i];
    rules.columns.push_back(column.dropped ? types::PhysicalType::int32
                                           : eval::physical_type(catalog, column.type.oid));
    if (column.dropped) continue;
    if (column.not_null) rules.not_null.push_back(static_cast<int>(i));
    if (column.generated && column.default_) {
      rules.generated.push_back(static_cast<int>(i));
      generated.add(*query::with_table_oid(*column.default_, relation->oid));
    }
  }
  for (const catalog::CheckConstraint& check : relation->checks) {
    rules.checks.push_back({check.name});
    checks.add(*query::with_table_oid(*check.expression, relation->oid));
  }
  rules.check_conditions = checks.finish();
  rules.generated_values = generated.finish();
  rules.has_foreign_keys = !relation->foreign_keys.empty();
  rules.is_referenced = !relation->referenced_by.empty();
  return rules;
}

// Row security and WITH CHECK OPTION of the target, for a writer of rows of `member`: column i of the target is its
// columns[i].
void QueryPlanner::add_policies(ModifyNode& member, const std::vector<int>& columns) {
  if (!query_->row_checks && query_->view_checks.empty()) return;
  WriteRules& rules = member.rules;
  const catalog::RelationDescriptor& target = *relation_ptr(query_->target);
  Layout layout;
  for (std::size_t j = 0; j < member.relation->columns.size(); ++j) {
    const auto at = std::find(columns.begin(), columns.end(), static_cast<int>(j));
    if (at == columns.end()) {
      layout.add_unnamed();
      continue;
    }
    const auto i = static_cast<std::size_t>(at - columns.begin());
    layout.add(own(make_column(query_->target, static_cast<int>(i), target.columns[i].type)));
  }
  auto add = [&](const std::vector<query::RowCheck>& checks, WriteRules::Policies& to) {
    if (checks.empty()) return;
    std::vector<const Expression*> conditions;
    for (const query::RowCheck& check : checks) {
      conditions.push_back(check.condition.get());
      to.names.push_back(check.policy);
    }
    to.conditions = compile(conditions, layout);
  };
  std::vector<const Expression*> shown;
  for (const query::ViewCheck& check : query_->view_checks) {
    if (check.condition == nullptr) continue;
    shown.push_back(check.condition.get());
    rules.checking_views.push_back(check.view);
  }
  rules.view_conditions = compile(shown, layout);
  if (!query_->row_checks) return;
  rules.row_security = true;
  rules.policies_of = target.name;
  const query::RowChecks& checks = *query_->row_checks;
  // A row that UPDATE moves to another partition is no INSERT to policies.
  add(query_->command == query::CommandKind::update ? checks.updated : checks.inserted, rules.inserted);
  add(checks.updated, rules.updated);
  add(checks.changing, rules.changing);
  add(checks.deleting, rules.deleting);
}

void QueryPlanner::add_policies(ModifyNode& node) {
  std::vector<int> columns(node.relation->columns.size());
  std::iota(columns.begin(), columns.end(), 0);
  add_policies(node, columns);
}

PlanNodePtr QueryPlanner::plan_modify() {
  const RelationPtr target = relation_ptr(query_->target);
  CHECK(target != nullptr);
  if (target->kind == catalog::RelationKind::view) {
    // Its INSTEAD OF triggers do the work.
    state_.plan.modifies_data = true;
    return query_->command == query::CommandKind::insert ? plan_insert() : plan_instead_of();
  }
  const bool partitioned = target->kind == catalog::RelationKind::partitioned_table;
  if (!partitioned && (target->kind != catalog::RelationKind::table || !target->storage))
    throw types::SqlError::not_supported("changing rows of \"" + target->name + "\"");
  const bool several = query_->command != query::CommandKind::insert && family(query_->target) != nullptr;
  state_.plan.modifies_data = true;
  state_.use(target, catalog::RelationLock::row_exclusive);
  switch (query_->command) {
    case query::CommandKind::insert: return plan_insert();
    case query::CommandKind::merge:
      return several || PartitionRouting::needed(*target) || !target->triggers.empty() ? plan_family_merge() : plan_merge();
    default:
      if (several || (query_->command == query::CommandKind::update &&
                      PartitionRouting::needed(*target)))
        return plan_family_update();
      return plan_update_or_delete();
  }
}

// RETURNING and what all kinds share; `child` is the layout of the node's only child.
PlanNodePtr QueryPlanner::finish_modify(std::unique_ptr<ModifyNode> node, const Layout& child) {
  const RelationPtr& relation = node->relation;
  Layout raw = row_layout(*relation, expressions_, query_->target);
  node->raw_columns = node->rules.columns;
  for (const Expression* e : child.columns()) {
    // The target's columns mean the new row.
    const auto* column = e == nullptr ? nullptr : as_column(*e);
    if (e == nullptr || (column != nullptr && column->range_table_index == query_->target))
      raw.add_unnamed();
    else
      raw.add(*e);
  }
  if (!node->children.empty())
    node->raw_columns.insert(node->raw_columns.end(), node->children[0]->columns.begin(),
                             node->children[0]->columns.end());
  while (raw.size() < node->raw_columns.size()) raw.add_unnamed();
  return_versions(*node, raw);
  return finish_changes(std::move(node), raw);
}

void QueryPlanner::return_versions(ModifyNode& node, Layout& raw) {
  bool asked = false;
  for (const query::OutputColumn& output : query_->output)
    visit(*output.expression, 0, [&](const Expression& e, int depth) {
      const auto* column = as_column(e);
      asked = asked || (column != nullptr && column->levels_up == depth &&
                        column->range_table_index == query_->target && query::is_version_column(column->column));
      return true;
    });
  if (!asked) return;
  node.returns_versions = true;
  const types::PhysicalType type = eval::physical_type(catalog(), types::oid::xid);
  for (const int column : {query::kXminColumn, query::kXmaxColumn}) {
    // What is deleted keeps the xmin that it had, which its newest version alone tells.
    if (node.command == query::CommandKind::delete_ && column == query::kXminColumn)
      raw.add_unnamed();
    else
      raw.add(own(make_column(query_->target, column, {types::oid::xid})));
    node.raw_columns.push_back(type);
  }
}

namespace {

bool shows_entry(const PlanNode& node, int level, int index) {
  if (node.text && node.text->entry && node.text->entry->level == level && node.text->entry->index == index) return true;
  return std::ranges::any_of(node.children, [&](const PlanNodePtr& child) { return shows_entry(*child, level, index); });
}

}  // namespace

// The members of a family whose rows may be changed: those that are read.
void QueryPlanner::describe_targets(ModifyNode& node, const std::string& verb) {
  if (node.command == query::CommandKind::insert || node.children.empty() || family(query_->target) == nullptr) return;
  for (const Member& member : members(query_->target))
    if (shows_entry(*node.children[0], level_, member.range_table_index))
      describe(node, "", verb + catalog::quote_identifier(member.relation->name) + " " + name_mark(name_of(member.range_table_index)));
}

void QueryPlanner::describe_conflict(ModifyNode& node) {
  if (!query_->on_conflict) return;
  const query::OnConflict& on = *query_->on_conflict;
  describe(node, "Conflict Resolution", on.do_update ? "UPDATE" : "NOTHING");
  std::vector<types::Oid> arbiters = on.arbiters;
  if (arbiters.empty() && on.arbiter_index != 0) arbiters.push_back(on.arbiter_index);
  std::string names;
  for (const types::Oid oid : arbiters)
    if (const catalog::IndexDescriptor* index = node.relation->index(oid); index != nullptr)
      names += (names.empty() ? "" : ", ") + index->name;
  if (!names.empty()) describe(node, "Conflict Arbiter Indexes", names);
  if (on.do_update) node.text->parents.push_back(name_of(on.excluded_range_table_index));
  if (on.where) describe(node, "Conflict Filter", text_of(*on.where));
}

PlanNodePtr QueryPlanner::finish_changes(std::unique_ptr<ModifyNode> node, const Layout& raw) {
  node->returning = query_->has_returning || !query_->output.empty();
  std::vector<const Expression*> targets;
  if (node->returning)
    for (const query::OutputColumn& output : query_->output) targets.push_back(output.expression.get());
  const double rows = node->children.empty() ? 1 : node->children[0]->rows;
  if (!node->children.empty()) {
    set_costs(*node, node->children[0]->startup_cost, node->children[0]->total_cost, rows, 0);
    node->batch_rows = node->children[0]->batch_rows;
  }
  if (state_.options.explain) {
    const char* verb = node->command == query::CommandKind::insert   ? "Insert on "
                       : node->command == query::CommandKind::update ? "Update on "
                       : node->command == query::CommandKind::merge  ? "Merge on "
                                                                     : "Delete on ";
    describe_relation(*node, verb, query_->target);
    describe_targets(*node, verb);
    describe_conflict(*node);
  }
  if (!node->returning) {
    node->columns.clear();
    node->has_projection = false;
    node->rows = 0;
    return node;
  }
  return std::move(finish(std::move(node), raw, {}, targets).node);
}

PlanNodePtr QueryPlanner::plan_insert() {
  auto node = std::make_unique<ModifyNode>();
  node->command = query::CommandKind::insert;
  node->relation = relation_ptr(query_->target);
  node->instead_of_triggers = node->relation->kind == catalog::RelationKind::view;
  node->rules = write_rules(node->relation, catalog());
  add_policies(*node);
  const catalog::RelationDescriptor& relation = *node->relation;

  std::vector<const Expression*> values(relation.columns.size(), nullptr);
  for (const query::TargetColumn& target : query_->targets)
    if (target.value) values[static_cast<std::size_t>(target.column)] = target.value.get();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const catalog::Column& column = relation.columns[i];
    if (values[i] != nullptr && std::holds_alternative<query::SetToDefault>(values[i]->node))
      values[i] = column.default_ ? column.default_.get() : nullptr;
    if (values[i] == nullptr)
      values[i] = &own(make_constant(types::Datum::null(),
                                     column.dropped ? TypeRef{types::oid::int4} : column.type));
  }
  Built child;
  if (query_->insert_source >= 0) {
    root_ = std::make_unique<FromItem>();
    root_->kind = FromItem::Kind::group;
    root_->children.push_back(std::make_unique<FromItem>());
    root_->children.back()->range_table_index = query_->insert_source;
    std::vector<const Expression*> inputs;
    const RelSet source = RelSet::of(query_->insert_source);
    for (const Expression* e : values) collect_inputs(*e, source, inputs);
    if (query_->has_returning)
      for (const query::OutputColumn& output : query_->output)
        collect_inputs(*output.expression, source, inputs);
    std::vector<Path*> paths = plan_item(*root_);
    child = build(*choose(paths), inputs);
  } else {
    auto row = std::make_unique<ResultNode>();
    row->batch_rows = 1;
    set_costs(*row, 0, cost::kTuple, 1, 0);
    describe(*row, "Result");
    note_output(*row, Layout(), {});
    child.node = std::move(row);
  }
  node->values = compile(values, child.layout);
  if (NodeOutput* note = output_note(*node)) note->wanted = values;
  for (const query::TargetColumn& target : query_->targets)
    if (!target.by_default) node->set_columns.push_back(target.column);
  if (PartitionRouting::needed(relation))
    return plan_family_insert(std::move(node), std::move(child));
  if (query_->on_conflict) {
    const query::OnConflict& on = *query_->on_conflict;
    auto plan = std::make_unique<OnConflictPlan>();
    plan->do_update = on.do_update;
    std::vector<types::Oid> arbiters = on.arbiters;
    if (arbiters.empty() && on.arbiter_index != 0) arbiters.push_back(on.arbiter_index);
    for (const types::Oid oid : arbiters) {
      const catalog::IndexDescriptor* index = relation.index(oid);
      CHECK(index != nullptr);
      plan->arbiters.push_back(index->is_clustered_key ? -1 : index->storage_index);
    }
    if (on.do_update) {
      Layout layout = row_layout(relation, expressions_, query_->target);
      layout.append(row_layout(relation, expressions_, on.excluded_range_table_index));
      if (on.where) plan->condition = compile({on.where.get()}, layout);
      std::vector<const Expression*> set;
      for (const query::TargetColumn& target : on.set) {
        plan->set_columns.push_back(target.column);
        const Expression* value = target.value.get();
        const catalog::Column& column = relation.columns[static_cast<std::size_t>(target.column)];
        if (std::holds_alternative<query::SetToDefault>(value->node))
          value = column.default_ ? column.default_.get()
                                  : &own(make_constant(types::Datum::null(), column.type));
        set.push_back(value);
      }
      plan->set_values = compile(set, layout);
      for (const catalog::ForeignKey& key : relation.referenced_by)
        for (const int column : key.referenced_columns)
          node->changes_referenced_key =
              node->changes_referenced_key || contains(plan->set_columns, column);
      // A trigger may change any column.
      for (const catalog::TriggerInfo& t : relation.triggers)
        if ((t.type & catalog::TriggerInfo::kRow) != 0 && relation.acts(t, catalog::TriggerInfo::kUpdate))
          node->changes_referenced_key = node->rules.is_referenced;
    }
    node->on_conflict = std::move(plan);
  }
  node->children.push_back(std::move(child.node));
  return finish_modify(std::move(node), child.layout);
}

Path* QueryPlanner::path_of_changed_rows() {
  if (query_->command == query::CommandKind::merge) {
    join_merge_source();
  } else {
    flatten();
    if (!relations_of(*root_).contains(query_->target)) {
      auto leaf = std::make_unique<FromItem>();
      leaf->range_table_index = query_->target;
      root_->children.push_back(std::move(leaf));
    }
  }
  if (state_.options.verbose) note_joins();
  return choose(plan_item(*root_));
}

PlanNodePtr QueryPlanner::plan_update_or_delete() {
  auto node = std::make_unique<ModifyNode>();
  const bool update = query_->command == query::CommandKind::update;
  node->command = query_->command;
  node->relation = relation_ptr(query_->target);
  node->rules = write_rules(node->relation, catalog());
  add_policies(*node);
  const catalog::RelationDescriptor& relation = *node->relation;
  const int target = query_->target;
  const RelSet self = RelSet::of(target);

  Path* const path = path_of_changed_rows();

  RelSet all;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  std::vector<const Expression*> inputs, values;
  inputs.push_back(&own(make_column(target, query::kRowKeyColumn, {types::oid::bytea})));
  if (update) {
    for (const query::TargetColumn& t : query_->targets) {
      const Expression* value = t.value.get();
      const catalog::Column& column = relation.columns[static_cast<std::size_t>(t.column)];
      if (std::holds_alternative<query::SetToDefault>(value->node))
        value = column.default_ ? column.default_.get()
                                : &own(make_constant(types::Datum::null(), column.type));
      node->set_columns.push_back(t.column);
      values.push_back(value);
      collect_inputs(*value, all, inputs);
    }
    auto drop_unchanged = [&](std::vector<int>& list) {
      std::erase_if(list, [&](int column) { return !contains(node->set_columns, column); });
    };
    drop_unchanged(node->rules.not_null);
    bool keys = false;
    for (const catalog::ForeignKey& key : relation.foreign_keys)
      for (const int column : key.columns) keys = keys || contains(node->set_columns, column);
    node->rules.has_foreign_keys = keys;
    for (const catalog::ForeignKey& key : relation.referenced_by)
      for (const int column : key.referenced_columns)
        node->changes_referenced_key =
            node->changes_referenced_key || contains(node->set_columns, column);
    for (const catalog::IndexDescriptor& index : relation.indexes)
      if (index.unique)
        for (const catalog::IndexKey& key : index.keys)
          node->changes_key = node->changes_key || key.column < 0 || index.predicate != nullptr ||
                              contains(node->set_columns, key.column);
  } else {
    node->changes_key = true;
    node->changes_referenced_key = node->rules.is_referenced;
  }
  // A trigger is shown whole rows and may change any column.
  bool triggers = false;
  for (const catalog::TriggerInfo& t : relation.triggers)
    triggers = triggers || (((t.type & catalog::TriggerInfo::kRow) != 0 || !t.old_table.empty() || !t.new_table.empty()) &&
                            relation.acts(t, update ? catalog::TriggerInfo::kUpdate : catalog::TriggerInfo::kDelete));
  if (triggers) {
    node->rules = write_rules(node->relation, catalog());
    add_policies(*node);
    if (!update) node->rules.has_foreign_keys = false;
    node->changes_key = true;
    node->changes_referenced_key = node->rules.is_referenced;
  }
  // The old row's columns: as few as the rest needs.
  std::vector<bool> needed(relation.columns.size(), false);
  auto need = [&](const Expression& e, int range_table_index) {
    visit(e, 0, [&](const Expression& x, int depth) {
      const auto* column = as_column(x);
      if (column != nullptr && column->levels_up == depth && column->column >= 0 &&
          column->range_table_index == range_table_index)
        needed[static_cast<std::size_t>(column->column)] = true;
      return true;
    });
  };
  for (const query::OutputColumn& output : query_->output) {
    need(*output.expression, target);
    collect_inputs(*output.expression, all - self, inputs);
  }
  if (update) {
    // A message about a duplicate shows the whole key.
    if (node->changes_key)
      for (const catalog::IndexDescriptor& index : relation.indexes) {
        if (!index.unique) continue;
        for (const catalog::IndexKey& key : index.keys) {
          if (key.expression) need(*key.expression, 0);
          if (key.column >= 0) needed[static_cast<std::size_t>(key.column)] = true;
        }
        if (index.predicate) need(*index.predicate, 0);
      }
    for (const catalog::CheckConstraint& check : relation.checks) need(*check.expression, 0);
    if (query_->row_checks)
      for (const query::RowCheck& check : query_->row_checks->updated) need(*check.condition, target);
    for (const int column : node->rules.generated)
      need(*relation.columns[static_cast<std::size_t>(column)].default_, 0);
  }
  if (node->rules.has_foreign_keys || node->changes_referenced_key || triggers || !query_->view_checks.empty())
    for (std::size_t i = 0; i < needed.size(); ++i) needed[i] = !relation.columns[i].dropped;
  for (std::size_t i = 0; i < needed.size(); ++i)
    if (needed[i]) {
      const ExpressionPtr column = make_column(target, static_cast<int>(i), relation.columns[i].type);
      collect_inputs(own(query::clone(*column)), self, inputs);
    }
  const std::vector<const Qual*> recheck = recheck_quals();
  for (const Qual* qual : recheck) collect_inputs(*qual->expression, all, inputs);

  Built child = build(*path, inputs);
  node->values = compile(values, child.layout);
  node->recheck = compile(recheck, child.layout);
  note_changed_rows(*node, values);
  note_old_columns(*node, child.layout);
  node->children.push_back(std::move(child.node));
  return finish_modify(std::move(node), child.layout);
}

// UPDATE and DELETE of a view with INSTEAD OF triggers: whole old rows and what SET says.
PlanNodePtr QueryPlanner::plan_instead_of() {
  auto node = std::make_unique<ModifyNode>();
  node->command = query_->command;
  node->relation = relation_ptr(query_->target);
  node->instead_of_triggers = true;
  node->rules = write_rules(node->relation, catalog());
  const std::size_t set = query_->targets.size();
  for (const query::TargetColumn& target : query_->targets) node->set_columns.push_back(target.column);
  // Among the targets they are looked after when the view's query is pulled up.
  for (std::size_t i = 0; i < node->relation->columns.size(); ++i)
    query_->targets.push_back({static_cast<int>(i), make_column(query_->old_rows, static_cast<int>(i),
                                                                node->relation->columns[i].type)});
  flatten();
  std::vector<Path*> paths = plan_item(*root_);
  Path* path = choose(paths);
  RelSet all;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  std::vector<const Expression*> inputs, values, old;
  for (std::size_t i = 0; i < query_->targets.size(); ++i) {
    const Expression* value = query_->targets[i].value.get();
    (i < set ? values : old).push_back(value);
    collect_inputs(*value, all, inputs);
  }
  for (const query::OutputColumn& output : query_->output)
    collect_inputs(*output.expression, all - RelSet::of(query_->target), inputs);
  Built child = build(*path, inputs);
  node->values = compile(values, child.layout);
  node->old_row = compile(old, child.layout);
  node->children.push_back(std::move(child.node));
  return finish_modify(std::move(node), child.layout);
}

void QueryPlanner::note_old_versions(ModifyNode& node, const Layout& child) {
  for (const int column : {query::kXminColumn, query::kXmaxColumn})
    if (const int at = child.find(*make_column(query_->target, column, {types::oid::xid})); at >= 0)
      node.old_versions.emplace_back(at, column);
}

void QueryPlanner::note_old_columns(ModifyNode& node, const Layout& child) {
  const catalog::RelationDescriptor& relation = *node.relation;
  node.row_key_column =
      child.find(*make_column(query_->target, query::kRowKeyColumn, {types::oid::bytea}));
  CHECK(node.row_key_column >= 0);
  for (std::size_t i = 0; i < relation.columns.size(); ++i)
    node.old_columns.push_back(
        child.find(*make_column(query_->target, static_cast<int>(i), relation.columns[i].type)));
  note_old_versions(node, child);
}

void QueryPlanner::join_merge_source() {
  flatten();
  bool inserts = false;
  for (const query::MergeAction& action : query_->merge_actions) inserts = inserts || !action.matched;
  auto leaf = std::make_unique<FromItem>();
  leaf->range_table_index = query_->target;
  std::vector<ExpressionPtr> on;
  split_conjunction(std::move(query_->merge_condition), on);
  if (inserts) {
    auto join = std::make_unique<FromItem>();
    join->kind = FromItem::Kind::join;
    join->join = query::JoinKind::left;
    join->left_side = relations_of(*root_);
    join->quals = std::move(on);
    join->children.push_back(std::move(leaf));
    root_->children.push_back(std::move(join));
  } else {
    root_->children.push_back(std::move(leaf));
    for (ExpressionPtr& qual : on) root_->quals.push_back(std::move(qual));
  }
}

void QueryPlanner::add_merge_quals(std::vector<const Qual*>& recheck, std::vector<const Expression*>& inputs) {
  RelSet all;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  for (const Qual& qual : quals_)
    if (!qual.implied && qual.relations.contains(query_->target)) {
      recheck.push_back(&qual);
      collect_inputs(*qual.expression, all, inputs);
    }
}

// INSERT: the whole row; UPDATE: of the columns that it sets.
std::vector<const Expression*> QueryPlanner::merge_values(const query::MergeAction& action,
                                                          const catalog::RelationDescriptor& relation) {
  std::vector<const Expression*> values;
  if (action.kind == query::MergeAction::Kind::insert) {
    values.assign(relation.columns.size(), nullptr);
    for (const query::TargetColumn& t : action.targets)
      if (t.value) values[static_cast<std::size_t>(t.column)] = t.value.get();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const catalog::Column& column = relation.columns[i];
      if (values[i] == nullptr || std::holds_alternative<query::SetToDefault>(values[i]->node))
        values[i] = column.default_ && !column.dropped && !column.generated
                        ? column.default_.get()
                        : &own(make_constant(types::Datum::null(),
                                             column.dropped ? TypeRef{types::oid::int4} : column.type));
    }
  } else if (action.kind == query::MergeAction::Kind::update) {
    for (const query::TargetColumn& t : action.targets) values.push_back(t.value.get());
  }
  return values;
}

PlanNodePtr QueryPlanner::plan_merge() {
  auto node = std::make_unique<ModifyNode>();
  node->command = query::CommandKind::merge;
  node->relation = relation_ptr(query_->target);
  node->rules = write_rules(node->relation, catalog());
  add_policies(*node);
  const catalog::RelationDescriptor& relation = *node->relation;
  Path* const path = path_of_changed_rows();
  RelSet all;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  std::vector<const Expression*> inputs;
  inputs.push_back(&own(make_column(query_->target, query::kRowKeyColumn, {types::oid::bytea})));
  for (std::size_t i = 0; i < relation.columns.size(); ++i)
    if (!relation.columns[i].dropped)
      inputs.push_back(
          &own(make_column(query_->target, static_cast<int>(i), relation.columns[i].type)));
  for (const query::MergeAction& action : query_->merge_actions) {
    if (action.condition) collect_inputs(*action.condition, all, inputs);
    for (const query::TargetColumn& t : action.targets)
      if (t.value) collect_inputs(*t.value, all, inputs);
  }
  std::vector<const Qual*> recheck;
  add_merge_quals(recheck, inputs);
  Built child = build(*path, inputs);
  node->recheck = compile(recheck, child.layout);
  note_changed_rows(*node, {});
  note_old_columns(*node, child.layout);
  for (const query::MergeAction& action : query_->merge_actions) {
    MergeActionPlan plan;
    plan.kind = action.kind;
    plan.matched = action.matched;
    if (action.condition) plan.condition = compile({action.condition.get()}, child.layout);
    if (action.kind == query::MergeAction::Kind::update)
      for (const query::TargetColumn& t : action.targets) plan.set_columns.push_back(t.column);
    plan.values = compile(merge_values(action, relation), child.layout);
    node->merge_actions.push_back(std::move(plan));
  }
  node->changes_key = true;
  node->changes_referenced_key = node->rules.is_referenced;
  node->children.push_back(std::move(child.node));
  return finish_modify(std::move(node), child.layout);
}

}  // namespace planner
