// Views as targets, by the rules of PostgreSQL's rewriteTargetView().
#include <algorithm>

#include "catalog/target_columns.h"
#include "query/updatable.h"
#include "rewrite.h"
#include "rewriter.h"
#include "types/acl.h"
#include "types/sql_error.h"

namespace planner {
namespace {

using catalog::RelationPtr;
using query::CommandKind;
using query::Query;
using query::RangeTableEntry;
using types::Oid;
using types::SqlError;
namespace privilege = types::privilege;

struct Words {
  const char* command;
  const char* verb;
  const char* doing;
  std::int16_t event;
};

Words words_of(CommandKind command) {
  using catalog::TriggerInfo;
  switch (command) {
    case CommandKind::insert: return {"INSERT", "insert into", "inserting into the view", TriggerInfo::kInsert};
    case CommandKind::delete_: return {"DELETE", "delete from", "deleting from the view", TriggerInfo::kDelete};
    default: return {"UPDATE", "update", "updating the view", TriggerInfo::kUpdate};
  }
}

RangeTableEntry& entry_of(Query& query, int index) { return query.range_table[static_cast<std::size_t>(index)]; }

void renumber(ExpressionPtr& expression, int from, int to) {
  rewrite(expression, 0, [&](ExpressionPtr& e, int depth) {
    if (auto* column = std::get_if<query::ColumnReference>(&e->node))
      if (column->levels_up == depth && column->range_table_index == from) column->range_table_index = to;
    return false;
  });
}

// What the statement needs on its target, as far as it shows itself there.
std::unique_ptr<query::EntryAccess> access_of(const Query& query, int index) {
  auto access = std::make_unique<query::EntryAccess>();
  visit(query, 0, [&](const Expression& e, int depth) {
    const auto* column = as_column(e);
    if (column == nullptr || column->levels_up != depth || column->range_table_index != index) return true;
    access->privileges |= privilege::select;
    if (column->column >= 0) access->selected.push_back(column->column);
    access->whole_row |= column->column == query::kWholeRowColumn;
    return true;
  });
  auto columns = [](const std::vector<query::TargetColumn>& targets) {
    std::vector<int> list;
    for (const query::TargetColumn& target : targets)
      if (!target.by_default) list.push_back(target.column);
    return list;
  };
  switch (query.command) {
    case CommandKind::insert:
      access->privileges |= privilege::insert;
      access->inserted = columns(query.targets);
      if (query.on_conflict == nullptr) break;
      if (query.on_conflict->arbiter_index != 0) access->privileges |= privilege::select;
      if (!query.on_conflict->do_update) break;
      access->privileges |= privilege::update;
      access->updated = columns(query.on_conflict->set);
      break;
    case CommandKind::update:
      access->privileges |= privilege::update;
      access->updated = columns(query.targets);
      break;
    default: access->privileges |= privilege::delete_; break;
  }
  return access;
}

class ViewTarget {
 public:
  ViewTarget(Query& query, catalog::CatalogView& catalog, RelationPtr view)
      : query_(query), catalog_(catalog), view_(std::move(view)), words_(words_of(query.command)) {}

  void replace(bool has_conditional_rules) {
    if (has_conditional_rules)
      refuse("Views with conditional DO INSTEAD rules are not automatically updatable.");
    const char* reason = view_->view_query ? query::why_not_updatable(*view_->view_query)
                                           : "Views that do not select from a single table or view are not "
                                             "automatically updatable.";
    if (reason == nullptr && query_.command != CommandKind::delete_ && !query::has_updatable_column(*view_->view_query))
      reason = query::kNoUpdatableColumns;
    if (reason != nullptr) refuse(reason);
    const Query& definition = *view_->view_query;
    inner_ = query::updatable_entry(definition);
    base_ = catalog_.open_relation(query::updatable_relation(definition), catalog::RelationLock::row_exclusive, false);
    using Kind = catalog::RelationKind;
    if (base_ == nullptr || (base_->kind != Kind::table && base_->kind != Kind::partitioned_table &&
                             base_->kind != Kind::view))
      refuse("Views that do not select from a single table or view are not automatically updatable.");
    old_ = query_.target;
    if (entry_of(query_, old_).access == nullptr) entry_of(query_, old_).access = access_of(query_, old_);
    require_updatable_columns();

    now_ = add_entry(entry_of(query_, old_));
    role_ = view_->security_invoker ? entry_of(query_, old_).check_as : view_->owner;
    values_ = outputs(now_);
    replace_references(old_, values_);
    move_targets();
    if (query_.on_conflict) move_conflict(*query_.on_conflict);
    for (auto& tree : query_.from) move_leaf(*tree);
    add_condition();
    query_.target = now_;
  }

 private:
  [[noreturn]] void refuse(const char* reason) {
    throw SqlError("55000", std::string("cannot ") + words_.verb + " view \"" + view_->name + "\"")
        .with_detail(reason)
        .with_hint(std::string("To enable ") + words_.doing + ", provide an INSTEAD OF " + words_.command +
                   " trigger or an unconditional ON " + words_.command + " DO INSTEAD rule.");
  }

  void require_updatable_columns() {
    auto check = [&](const std::vector<query::TargetColumn>& targets, bool insert) {
      for (const query::TargetColumn& target : targets) {
        const query::OutputColumn* output = query::visible_output(*view_->view_query, target.column);
        const char* reason = query::why_not_updatable_column(*view_->view_query, *output);
        if (reason != nullptr)
          throw SqlError("0A000", std::string("cannot ") + (insert ? "insert into" : "update") + " column \"" +
                                      view_->columns[static_cast<std::size_t>(target.column)].name +
                                      "\" of view \"" + view_->name + "\"")
              .with_detail(reason);
      }
    };
    check(query_.targets, query_.command == CommandKind::insert);
    if (query_.on_conflict) check(query_.on_conflict->set, true);
  }

  // The relation under the view as an entry of the statement's.
  int add_entry(const RangeTableEntry& seen) {
    const RangeTableEntry& of_view =
        view_->view_query->range_table[static_cast<std::size_t>(query::updatable_entry(*view_->view_query))];
    RangeTableEntry entry;
    entry.kind = RangeTableEntry::Kind::relation;
    entry.relation = base_->oid;
    entry.alias = of_view.alias;
    entry.has_user_alias = of_view.has_user_alias;
    entry.include_children = of_view.include_children;
    for (const catalog::Column& column : base_->columns)
      entry.columns.push_back({column.dropped ? std::string() : column.name, column.type});
    entry.check_as = view_->security_invoker ? seen.check_as : view_->owner;
    // What the view reads of it must be readable, whatever of that the statement needs.
    auto access = std::make_unique<query::EntryAccess>();
    access->privileges = seen.access->privileges;
    access->selected = access_of(*view_->view_query, query::updatable_entry(*view_->view_query))->selected;
    auto renamed = [&](const std::vector<int>& columns) {
      std::vector<int> list;
      for (const int column : columns) list.push_back(base_column(column));
      return list;
    };
    access->inserted = renamed(seen.access->inserted);
    access->updated = renamed(seen.access->updated);
    entry.access = std::move(access);
    query_.range_table.push_back(std::move(entry));
    return static_cast<int>(query_.range_table.size()) - 1;
  }

  // Of a column that can be assigned to.
  int base_column(int column) const {
    return std::get<query::ColumnReference>(query::visible_output(*view_->view_query, column)->expression->node)
        .column;
  }

  // The view's columns over entry `entry`.
  std::vector<ExpressionPtr> outputs(int entry) {
    std::vector<ExpressionPtr> values;
    for (const query::OutputColumn& output : view_->view_query->output) {
      if (output.hidden) continue;
      ExpressionPtr value = query::clone(*output.expression);
      renumber(value, inner_, entry);
      if (role_ != 0) check_as(*value, role_);
      values.push_back(std::move(value));
    }
    return values;
  }

  void replace_references(int from, const std::vector<ExpressionPtr>& values) {
    rewrite(query_, 0, [&](ExpressionPtr& e, int depth) {
      const auto* column = as_column(*e);
      if (column == nullptr || column->levels_up != depth || column->range_table_index != from) return false;
      if (column->column >= 0) {
        e = query::clone(*values[static_cast<std::size_t>(column->column)]);
      } else {
        query::RowConstructor row;
        for (std::size_t i = 0; i < values.size(); ++i) {
          row.fields.push_back(query::clone(*values[i]));
          row.names.push_back(view_->columns[i].name);
        }
        e->node = std::move(row);
      }
      shift_levels(e, 0, depth);
      return true;
    });
  }

  void move_targets() {
    if (query_.command == CommandKind::insert) {
      std::vector<ExpressionPtr> given(base_->columns.size());
      std::vector<bool> by_default(base_->columns.size(), false);
      for (query::TargetColumn& target : query_.targets) {
        const auto column = static_cast<std::size_t>(base_column(target.column));
        if (given[column]) assigned_twice(column);
        fill_defaults(*target.value, base_->columns[column]);
        given[column] = std::move(target.value);
        by_default[column] = target.by_default;
      }
      query_.targets = catalog::complete_insert(catalog_, *base_, std::move(given), query_.overriding);
      for (query::TargetColumn& target : query_.targets)
        target.by_default |= by_default[static_cast<std::size_t>(target.column)];
    } else {
      move_set(query_.targets);
    }
  }

  [[noreturn]] void assigned_twice(std::size_t column) {
    throw SqlError("42601", "multiple assignments to same column \"" + base_->columns[column].name + "\"");
  }

  void move_set(std::vector<query::TargetColumn>& targets) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      targets[i].column = base_column(targets[i].column);
      for (std::size_t j = 0; j < i; ++j)
        if (targets[j].column == targets[i].column) assigned_twice(static_cast<std::size_t>(targets[i].column));
      if (base_->kind != catalog::RelationKind::view)
        catalog::require_updatable(base_->columns[static_cast<std::size_t>(targets[i].column)]);
    }
  }

  // DEFAULT among several rows of VALUES is what the column of the relation that has one says.
  void fill_defaults(const Expression& value, const catalog::Column& column) {
    const auto* source = as_column(value);
    if (source == nullptr || source->range_table_index != query_.insert_source || query_.insert_source < 0) return;
    for (auto& row : entry_of(query_, query_.insert_source).values) {
      ExpressionPtr& cell = row[static_cast<std::size_t>(source->column)];
      if (!std::holds_alternative<query::SetToDefault>(cell->node)) continue;
      ExpressionPtr filled = base_->kind == catalog::RelationKind::view
                                 ? catalog::default_or_none(catalog_, column)
                                 : catalog::default_value(catalog_, column);
      if (filled) cell = std::move(filled);
    }
  }

  void move_conflict(query::OnConflict& conflict) {
    if (!conflict.do_update) return;
    const int excluded = conflict.excluded_range_table_index;
    RangeTableEntry entry;
    entry.kind = RangeTableEntry::Kind::relation;
    entry.relation = base_->oid;
    entry.alias = "excluded";
    entry.has_user_alias = true;
    entry.include_children = false;
    entry.columns = entry_of(query_, now_).columns;
    query_.range_table.push_back(std::move(entry));
    conflict.excluded_range_table_index = static_cast<int>(query_.range_table.size()) - 1;
    replace_references(excluded, outputs(conflict.excluded_range_table_index));
    // It is nobody's to read any more.
    entry_of(query_, excluded).access = std::make_unique<query::EntryAccess>();
    move_set(conflict.set);
  }

  void move_leaf(query::JoinTree& tree) {
    if (auto* leaf = std::get_if<query::JoinLeaf>(&tree.node)) {
      if (leaf->range_table_index == old_) leaf->range_table_index = now_;
      return;
    }
    auto& join = std::get<query::JoinNode>(tree.node);
    move_leaf(*join.left);
    move_leaf(*join.right);
  }

  void add_condition() {
    std::vector<ExpressionPtr> security = std::move(entry_of(query_, old_).security);
    entry_of(query_, old_).security.clear();
    const Query& definition = *view_->view_query;
    auto condition = [&]() -> ExpressionPtr {
      if (!definition.where) return nullptr;
      ExpressionPtr where = query::clone(*definition.where);
      renumber(where, inner_, now_);
      if (role_ != 0) check_as(*where, role_);
      return where;
    };
    if (query_.command != CommandKind::insert && definition.where) {
      if (view_->security_barrier) {
        security.insert(security.begin(), condition());
      } else {
        std::vector<ExpressionPtr> both;
        both.push_back(condition());
        if (query_.where) both.push_back(std::move(query_.where));
        query_.where = conjunction(std::move(both));
      }
    }
    entry_of(query_, now_).security = std::move(security);
    if (query_.command == CommandKind::delete_) return;
    auto& checks = query_.view_checks;
    const bool above = !checks.empty() && checks.front().cascaded;
    const bool cascaded = above || view_->check_option == 'c';
    if (view_->check_option == 0 && !above) return;
    if (!cascaded && !definition.where) return;
    checks.insert(checks.begin(), query::ViewCheck{condition(), view_->name, cascaded});
  }

  Query& query_;
  catalog::CatalogView& catalog_;
  const RelationPtr view_;
  const Words words_;
  RelationPtr base_;
  int inner_ = 0;  // of the relation in the view's query
  int old_ = 0, now_ = 0;
  Oid role_ = 0;
  std::vector<ExpressionPtr> values_;
};

bool has_instead_trigger(const catalog::RelationDescriptor& view, std::int16_t event) {
  return std::any_of(view.triggers.begin(), view.triggers.end(), [&](const catalog::TriggerInfo& t) {
    return (t.type & catalog::TriggerInfo::kInstead) != 0 && (t.type & event) != 0;
  });
}

void replace_leaf(query::JoinTree& tree, int from, int to) {
  if (auto* leaf = std::get_if<query::JoinLeaf>(&tree.node)) {
    if (leaf->range_table_index == from) leaf->range_table_index = to;
    return;
  }
  auto& join = std::get<query::JoinNode>(tree.node);
  replace_leaf(*join.left, from, to);
  replace_leaf(*join.right, from, to);
}

// For INSTEAD OF triggers: UPDATE and DELETE read the view's rows as any query does; the target is
// what RETURNING sees.
void read_old_rows(Query& query, const catalog::RelationDescriptor& view) {
  const int target = query.target;
  if (query.insert_source >= 0)
    for (auto& row : entry_of(query, query.insert_source).values)
      for (ExpressionPtr& cell : row)
        if (std::holds_alternative<query::SetToDefault>(cell->node)) {
          cell = make_constant(types::Datum::null(), cell->type);
        }
  if (query.command == CommandKind::insert) return;
  RangeTableEntry entry;
  entry.kind = RangeTableEntry::Kind::subquery;
  entry.alias = entry_of(query, target).alias;
  entry.has_user_alias = entry_of(query, target).has_user_alias;
  entry.columns = entry_of(query, target).columns;
  entry.view = view.oid;
  entry.subquery = query::clone(*view.view_query);
  entry.check_as = entry_of(query, target).check_as;
  entry.access = std::make_unique<query::EntryAccess>();  // rights are looked at on the target
  if (entry_of(query, target).access == nullptr) entry_of(query, target).access = access_of(query, target);
  std::vector<ExpressionPtr> conditions = std::move(entry_of(query, target).security);
  entry_of(query, target).security.clear();
  if (!conditions.empty()) {
    if (query.where) conditions.push_back(std::move(query.where));
    query.where = conjunction(std::move(conditions));
  }
  query.old_rows = static_cast<int>(query.range_table.size());
  std::vector<query::OutputColumn> returning = std::move(query.output);
  query.output.clear();
  rewrite(query, 0, [&](ExpressionPtr& e, int depth) {
    auto* column = std::get_if<query::ColumnReference>(&e->node);
    if (column != nullptr && column->levels_up == depth && column->range_table_index == target)
      column->range_table_index = query.old_rows;
    return false;
  });
  query.output = std::move(returning);
  for (auto& tree : query.from) replace_leaf(*tree, target, query.old_rows);
  query.range_table.push_back(std::move(entry));
}

}  // namespace

bool rewrite_view_target(Query& query, catalog::CatalogView& catalog, bool has_conditional_rules) {
  const RelationPtr view = catalog.relation(entry_of(query, query.target).relation);
  if (view == nullptr || view->kind != catalog::RelationKind::view) return false;
  if (has_instead_trigger(*view, words_of(query.command).event)) {
    read_old_rows(query, *view);
    return false;
  }
  ViewTarget(query, catalog, view).replace(has_conditional_rules);
  return true;
}

}  // namespace planner
