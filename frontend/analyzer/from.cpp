// FROM: tables, subqueries, CTEs and what they put in reach. Joins are in joins.cpp, functions in
// from_functions.cpp.
#include "from.h"

#include <fmt/format.h>

#include "analysis.h"
#include "table_sample.h"
#include "transition_tables.h"

namespace analyzer {

using query::RangeTableEntry;

namespace {

struct FoundCommonTable {
  const query::CommonTable* table = nullptr;   // or:
  RecursiveTable* recursive = nullptr;
  query::CommonTable* counted = nullptr;
  int levels_up = 0;
  std::size_t added_columns = 0;  // by SEARCH and CYCLE
};

std::optional<FoundCommonTable> find_common_table(Scope& scope, std::string_view name) {
  int levels = 0;
  for (Scope* level = &scope; level; level = level->parent, ++levels) {
    for (const auto& known : level->common_tables)
      if (known.name == name) {
        auto& table = level->query->with[static_cast<std::size_t>(known.index)];
        return FoundCommonTable{&table, nullptr, &table, levels, known.added_columns};
      }
    for (RecursiveTable* recursive : level->open_common_tables)
      if (recursive->name == name) return FoundCommonTable{nullptr, recursive, nullptr, levels, recursive->added_columns.size()};
  }
  return std::nullopt;
}

bool is_future(const Scope& scope, std::string_view name) {
  for (const Scope* level = &scope; level; level = level->parent)
    for (const auto& future : level->future_common_tables)
      if (future == name) return true;
  return false;
}

NamespaceItemPtr item_for(Scope& scope, int index) {
  auto item = std::make_shared<NamespaceItem>();
  const auto& entry = scope.query->range_table[static_cast<std::size_t>(index)];
  item->alias = entry.alias;
  item->range_table_index = index;
  for (std::size_t i = 0; i < entry.columns.size(); ++i)
    item->columns.push_back({entry.columns[i].name, index, static_cast<int>(i), entry.columns[i].type, nullptr});
  return item;
}

}  // namespace

void apply_alias(RangeTableEntry& entry, const ast::Alias* alias, std::string_view kind_name) {
  if (!alias) return;
  entry.alias = str(alias->name);
  entry.has_user_alias = true;
  apply_column_aliases(entry, alias->columns, kind_name);
}

void apply_column_aliases(RangeTableEntry& entry, ast::Names names, std::string_view) {
  std::size_t next = 0;
  for (auto& column : entry.columns) {
    if (column.name.empty()) continue;
    if (next < names.size()) {
      column.name = str(names[next]);
      entry.column_aliases = static_cast<int>(&column - entry.columns.data()) + 1;
    }
    ++next;
  }
  if (names.size() > next)
    throw SqlError("42P10", fmt::format("table \"{}\" has {} columns available but {} columns specified",
                                        entry.alias, next, names.size()));
}

NamespaceItemPtr add_entry(Scope& scope, RangeTableEntry entry) {
  scope.query->range_table.push_back(std::move(entry));
  return item_for(scope, static_cast<int>(scope.query->range_table.size()) - 1);
}

namespace {

void require_this_database(Scope& scope, const ast::RangeVariable& name) {
  if (name.catalog.data() && name.catalog != scope.state.context.database)
    throw SqlError("0A000", fmt::format("cross-database references are not implemented: \"{}.{}.{}\"",
                                        name.catalog, name.schema, name.name))
        .at(name.location);
}

}  // namespace

catalog::RelationPtr open_relation(Scope& scope, const ast::RangeVariable& name, catalog::RelationLock lock) {
  require_this_database(scope, name);
  return scope.catalog().open_relation(name.schema.data() ? name.schema : std::string_view(), name.name, lock);
}

catalog::RelationPtr open_table(Scope& scope, const ast::RangeVariable& name, catalog::RelationLock lock) {
  require_this_database(scope, name);
  std::string_view schema = name.schema.data() ? name.schema : std::string_view();
  try {
    return scope.catalog().open_relation(schema, name.name, lock);
  } catch (SqlError& error) {
    if (error.sqlstate() == "3F000")
      throw SqlError("42P01", fmt::format("relation \"{}.{}\" does not exist", schema, name.name)).at(name.location);
    error.set_position_if_none(name.location);
    if (error.sqlstate() == "42P01" && schema.empty() && is_future(scope, name.name))
      throw SqlError("42P01", error.message())
          .with_detail(fmt::format("There is a WITH item named \"{}\", but it cannot be referenced from "
                                   "this part of the query.",
                                   name.name))
          .with_hint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
          .at(name.location);
    throw;
  }
}

NamespaceItemPtr add_relation(Scope& scope, const catalog::RelationPtr& relation, std::string_view alias,
                              bool include_children, ast::Names columns) {
  RangeTableEntry entry;
  entry.kind = RangeTableEntry::Kind::relation;
  entry.alias = alias.data() ? std::string(alias) : relation->name;
  entry.has_user_alias = alias.data() != nullptr;
  entry.relation = relation->oid;
  entry.include_children = include_children;
  for (const auto& column : relation->columns)
    entry.columns.push_back({column.dropped ? std::string() : column.name, column.type});
  apply_column_aliases(entry, columns, relation->name);
  auto item = add_entry(scope, std::move(entry));
  item->relation = relation->oid;
  if (!alias.data()) item->schema = relation->schema_name;
  return item;
}

NamespaceItemPtr add_relation(Scope& scope, const ast::RangeVariable& name, catalog::RelationLock lock) {
  auto relation = open_table(scope, name, lock);
  using Kind = catalog::RelationKind;
  if (relation->kind == Kind::index || relation->kind == Kind::partitioned_index)
    throw SqlError("42809", fmt::format("cannot open relation \"{}\"", relation->name))
        .with_detail("This operation is not supported for indexes.")
        .at(name.location);
  if (relation->kind == Kind::composite)
    throw SqlError("42809", fmt::format("cannot open relation \"{}\"", relation->name))
        .with_detail("This operation is not supported for composite types.")
        .at(name.location);
  NamespaceItemPtr item;
  try {
    item = add_relation(scope, relation, name.alias ? name.alias->name : std::string_view(),
                        name.include_children, name.alias ? name.alias->columns : ast::Names());
  } catch (SqlError& error) {
    error.set_position_if_none(name.location);
    throw;
  }
  if (relation->kind == Kind::view)
    expand_view(scope, scope.query->range_table.back(), *relation);
  return item;
}

NamespaceItemPtr add_subquery(Scope& scope, std::unique_ptr<query::Query> subquery, const ast::Alias* alias,
                              bool lateral, std::string_view default_alias) {
  RangeTableEntry entry;
  entry.kind = RangeTableEntry::Kind::subquery;
  entry.alias = std::string(default_alias);
  for (const auto& output : subquery->output)
    if (!output.hidden) entry.columns.push_back({output.name, output.expression->type});
  entry.subquery = std::move(subquery);
  entry.lateral = lateral;
  apply_alias(entry, alias, "table");
  return add_entry(scope, std::move(entry));
}

NamespaceItemPtr add_values(Scope& scope, std::vector<std::vector<ExpressionPtr>> rows,
                            std::vector<query::RangeColumn> columns, bool lateral) {
  RangeTableEntry entry;
  entry.kind = RangeTableEntry::Kind::values;
  entry.alias = "*VALUES*";
  entry.columns = std::move(columns);
  entry.values = std::move(rows);
  entry.lateral = lateral;
  return add_entry(scope, std::move(entry));
}

namespace {

NamespaceItemPtr add_common_table(Scope& scope, const FoundCommonTable& found, const ast::RangeVariable& name) {
  RangeTableEntry entry;
  entry.kind = RangeTableEntry::Kind::cte;
  entry.cte_name = str(name.name);
  entry.cte_levels_up = found.levels_up;
  entry.alias = str(name.name);
  if (found.recursive) {
    RecursiveTable& recursive = *found.recursive;
    if (!recursive.columns) {
      if (!recursive.allowed)
        throw SqlError("42P19",
                       fmt::format("recursive query \"{}\" does not have the form non-recursive-term UNION "
                                   "[ALL] recursive-term",
                                   recursive.name))
            .at(recursive.location);
      throw SqlError("42P19",
                     fmt::format("recursive reference to query \"{}\" must not appear within its "
                                 "non-recursive term",
                                 recursive.name))
          .at(name.location);
    }
    if (++recursive.references > 1)
      throw SqlError("42P19",
                     fmt::format("recursive reference to query \"{}\" must not appear more than once",
                                 recursive.name))
          .at(name.location);
    entry.columns = *recursive.columns;
    entry.columns.insert(entry.columns.end(), recursive.added_columns.begin(), recursive.added_columns.end());
  } else {
    ++found.counted->references;
    if (found.table->query->command != query::CommandKind::select && !found.table->query->has_returning)
      throw SqlError("0A000", fmt::format("WITH query \"{}\" does not have a RETURNING clause", name.name))
          .at(name.location);
    entry.columns = found.table->columns;
  }
  apply_alias(entry, name.alias, "table");
  auto reference = add_entry(scope, std::move(entry));
  // Inside other queries * leaves out what SEARCH and CYCLE added.
  if (found.levels_up > 0)
    for (std::size_t i = 0; i < found.added_columns; ++i)
      reference->columns[reference->columns.size() - 1 - i].in_star = false;
  return reference;
}

std::unique_ptr<query::JoinTree> leaf(int index) {
  auto tree = std::make_unique<query::JoinTree>();
  tree->node = query::JoinLeaf{index};
  return tree;
}

catalog::RelationLock lock_for(const Scope& scope, const ast::RangeVariable& name) {
  std::string_view alias = name.alias ? name.alias->name : name.name;
  auto mentions = [&](const ast::LockingClause& clause) {
    if (clause.relations.empty()) return true;
    for (const ast::Node* node : clause.relations)
      if (const auto* relation = ast::try_as<ast::RangeVariable>(node); relation && relation->name == alias)
        return true;
    return false;
  };
  if (scope.outer_lock) return catalog::RelationLock::row_share;
  for (const ast::Node* node : scope.locking)
    if (mentions(ast::as<ast::LockingClause>(*node))) return catalog::RelationLock::row_share;
  return catalog::RelationLock::access_share;
}

}  // namespace

FromItem transform_from_item(Scope& scope, const ast::Node* node) {
  scope.state.check_depth();
  FromItem result;
  switch (node->kind) {
    case ast::NodeKind::range_variable: {
      const auto& name = ast::as<ast::RangeVariable>(*node);
      NamespaceItemPtr item;
      if (!name.schema.data())
        if (auto found = find_common_table(scope, name.name)) item = add_common_table(scope, *found, name);
      if (!item) item = add_transition_table(scope, name);
      if (!item) item = add_relation(scope, name, lock_for(scope, name));
      result.main = item;
      break;
    }
    case ast::NodeKind::range_subquery: {
      const auto& sub = ast::as<ast::RangeSubquery>(*node);
      PlaceScope at(scope, Place::from_subselect);
      bool before = scope.lateral_active;
      scope.lateral_active = sub.lateral;
      QuerySetup setup;
      setup.lateral = sub.lateral;
      if (scope.outer_lock) setup.outer_lock = scope.outer_lock;
      for (const ast::Node* locking : scope.locking) {
        const auto& clause = ast::as<ast::LockingClause>(*locking);
        bool mentioned = clause.relations.empty();
        for (const ast::Node* relation : clause.relations)
          if (const auto* r = ast::try_as<ast::RangeVariable>(relation); r && sub.alias)
            mentioned = mentioned || r->name == sub.alias->name;
        if (mentioned) setup.outer_lock = &clause;
      }
      auto query = analyze_query(scope.state, &scope, sub.query, &setup);
      scope.lateral_active = before;
      result.main = add_subquery(scope, std::move(query), sub.alias, sub.lateral, "unnamed_subquery");
      if (!sub.alias) result.main->table_visible = false;
      break;
    }
    case ast::NodeKind::range_function:
      result.main = transform_range_function(scope, ast::as<ast::RangeFunction>(*node));
      break;
    case ast::NodeKind::join: return transform_join(scope, ast::as<ast::Join>(*node));
    case ast::NodeKind::range_table_sample:
      result.main = transform_table_sample(scope, ast::as<ast::RangeTableSample>(*node));
      break;
    case ast::NodeKind::range_table_function:
      result.main = transform_xml_table(scope, ast::as<ast::RangeTableFunction>(*node));
      break;
    default: throw SqlError::not_supported("this kind of FROM item");
  }
  result.tree = leaf(result.main->range_table_index);
  result.items.push_back(result.main);
  return result;
}

void set_lateral(std::span<const NamespaceItemPtr> items, bool only, bool ok) {
  for (const auto& item : items) {
    item->lateral_only = only;
    item->lateral_ok = ok;
  }
}

void check_unique_aliases(Scope& scope, std::span<const NamespaceItemPtr> old,
                          std::span<const NamespaceItemPtr> added) {
  for (const auto& a : old) {
    if (!a->table_visible) continue;
    for (const auto& b : added) {
      if (!b->table_visible || a->alias != b->alias) continue;
      // Two tables of one name in different schemas are told apart by schema.
      if (a->relation && b->relation && a->relation != b->relation && !a->schema.empty() && !b->schema.empty())
        continue;
      throw SqlError("42712", fmt::format("table name \"{}\" specified more than once", a->alias));
    }
  }
  (void)scope;
}

void analyze_from(Scope& scope, ast::NodeList items) {
  for (const ast::Node* node : items) {
    FromItem item = transform_from_item(scope, node);
    check_unique_aliases(scope, scope.names, item.items);
    set_lateral(item.items, true, true);
    scope.names.insert(scope.names.end(), item.items.begin(), item.items.end());
    scope.query->from.push_back(std::move(item.tree));
  }
  set_lateral(scope.names, false, true);
}

}  // namespace analyzer
