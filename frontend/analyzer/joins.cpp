// JOIN: which columns merge, and what stays in reach.
#include <fmt/format.h>

#include "from.h"

namespace analyzer {
namespace {

const NamespaceColumn* column_named(const NamespaceItem& item, std::string_view name, const char* side,
                                    int location) {
  const NamespaceColumn* found = nullptr;
  for (const auto& column : item.columns) {
    if (column.name.empty() || column.name != name) continue;
    if (found)
      throw SqlError("42702", fmt::format("common column name \"{}\" appears more than once in {} table",
                                          name, side))
          .at(location);
    found = &column;
  }
  return found;
}

std::vector<ast::Name> common_names(const NamespaceItem& left, const NamespaceItem& right) {
  std::vector<ast::Name> names;
  for (const auto& column : left.columns) {
    if (column.name.empty()) continue;
    for (const auto& other : right.columns)
      if (other.name == column.name) {
        names.push_back(column.name);
        break;
      }
  }
  return names;
}

// The one column that USING makes of two.
NamespaceColumn merge_columns(Scope& scope, ast::JoinType type, const NamespaceColumn& left,
                              const NamespaceColumn& right) {
  std::vector<ExpressionPtr> sides;
  sides.push_back(column_expression(left, 0, -1));
  sides.push_back(column_expression(right, 0, -1));
  Oid common = select_common_type(scope, sides, "JOIN/USING");
  std::int32_t typmod = select_common_typmod(sides, common);
  auto fit = [&](ExpressionPtr side) {
    if (side->type.oid != common)
      return coerce(scope, std::move(side), type_ref(scope, common, typmod), Context::implicit,
                    query::CallForm::implicit_cast, -1);
    if (side->type.typmod != typmod) {
      TypeRef wanted = side->type;
      wanted.typmod = typmod;
      return make_expression(wanted, -1,
                             query::Relabel{std::move(side), query::CallForm::implicit_cast});
    }
    return side;
  };
  bool plain_left = sides[0]->type.oid == common && sides[0]->type.typmod == typmod;
  bool plain_right = sides[1]->type.oid == common && sides[1]->type.typmod == typmod;
  NamespaceColumn result;
  ExpressionPtr merged;
  switch (type) {
    case ast::JoinType::inner:
      // Either will do: one that needs no cast.
      if (plain_left) return left;
      if (plain_right) return right;
      merged = fit(std::move(sides[0]));
      break;
    case ast::JoinType::left:
      if (plain_left) return left;
      merged = fit(std::move(sides[0]));
      break;
    case ast::JoinType::right:
      if (plain_right) return right;
      merged = fit(std::move(sides[1]));
      break;
    case ast::JoinType::full: {
      query::Coalesce both;
      both.arguments.push_back(fit(std::move(sides[0])));
      both.arguments.push_back(fit(std::move(sides[1])));
      merged = make_expression(TypeRef{common, typmod, 0}, -1, std::move(both));
      break;
    }
  }
  assign_collations(scope, *merged);
  result.name = left.name;
  result.type = merged->type;
  result.merged = std::shared_ptr<const Expression>(std::move(merged));
  return result;
}

query::JoinKind join_kind(ast::JoinType type) {
  switch (type) {
    case ast::JoinType::inner: return query::JoinKind::inner;
    case ast::JoinType::left: return query::JoinKind::left;
    case ast::JoinType::full: return query::JoinKind::full;
    case ast::JoinType::right: return query::JoinKind::right;
  }
  return query::JoinKind::inner;
}

}  // namespace

FromItem transform_join(Scope& scope, const ast::Join& join) {
  FromItem left = transform_from_item(scope, join.left);

  // The right side sees the left one if it is LATERAL.
  bool lateral_ok = join.join == ast::JoinType::inner || join.join == ast::JoinType::left;
  set_lateral(left.items, true, lateral_ok);
  std::size_t before = scope.names.size();
  scope.names.insert(scope.names.end(), left.items.begin(), left.items.end());
  FromItem right = transform_from_item(scope, join.right);
  scope.names.resize(before);
  check_unique_aliases(scope, left.items, right.items);

  std::vector<NamespaceItemPtr> inner;
  inner.insert(inner.end(), left.items.begin(), left.items.end());
  inner.insert(inner.end(), right.items.begin(), right.items.end());

  std::vector<ast::Name> shared(join.using_columns.begin(), join.using_columns.end());
  if (join.natural) shared = common_names(*left.main, *right.main);

  std::vector<NamespaceColumn> columns;
  std::vector<int> merged_left, merged_right;
  std::vector<bool> left_used(left.main->columns.size()), right_used(right.main->columns.size());
  ExpressionPtr condition;
  if (join.natural || !shared.empty()) {
    std::vector<ExpressionPtr> equalities;
    for (std::size_t i = 0; i < shared.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j)
        if (shared[j] == shared[i])
          throw SqlError("42701", fmt::format("column name \"{}\" appears more than once in USING clause",
                                              shared[i]))
              .at(join.location);
      const auto* l = column_named(*left.main, shared[i], "left", join.location);
      if (!l)
        throw SqlError("42703", fmt::format("column \"{}\" specified in USING clause does not exist in left table",
                                            shared[i]))
            .at(join.location);
      const auto* r = column_named(*right.main, shared[i], "right", join.location);
      if (!r)
        throw SqlError("42703", fmt::format("column \"{}\" specified in USING clause does not exist in right table",
                                            shared[i]))
            .at(join.location);
      left_used[static_cast<std::size_t>(l - left.main->columns.data())] = true;
      right_used[static_cast<std::size_t>(r - right.main->columns.data())] = true;
      merged_left.push_back(static_cast<int>(l - left.main->columns.data()));
      merged_right.push_back(static_cast<int>(r - right.main->columns.data()));
      auto equality = make_operator(scope, OperatorName{"="}, column_expression(*l, 0, -1),
                                    column_expression(*r, 0, -1), -1);
      equalities.push_back(coerce_to_boolean(scope, std::move(equality), "JOIN/USING"));
      NamespaceColumn merged = merge_columns(scope, join.join, *l, *r);
      merged.name = str(shared[i]);
      columns.push_back(std::move(merged));
    }
    if (equalities.size() == 1) condition = std::move(equalities[0]);
    else if (!equalities.empty())
      condition = make_boolean(query::BooleanOp::and_, std::move(equalities), -1);
  } else if (join.condition) {
    // ON sees both sides and nothing beside them.
    set_lateral(inner, false, true);
    std::vector<NamespaceItemPtr> outside = std::move(scope.names);
    scope.names = inner;
    bool lateral_before = scope.lateral_active;
    scope.lateral_active = false;
    condition = analyze_condition(scope, join.condition, Place::join_on, "JOIN/ON");
    scope.lateral_active = lateral_before;
    scope.names = std::move(outside);
  }
  for (std::size_t i = 0; i < left.main->columns.size(); ++i)
    if (!left_used[i]) columns.push_back(left.main->columns[i]);
  for (std::size_t i = 0; i < right.main->columns.size(); ++i)
    if (!right_used[i]) columns.push_back(right.main->columns[i]);

  query::RangeTableEntry entry;
  entry.kind = query::RangeTableEntry::Kind::join;
  entry.join_kind = join_kind(join.join);
  entry.alias = "unnamed_join";
  entry.merged_left = std::move(merged_left);
  entry.merged_right = std::move(merged_right);
  if (join.using_alias) entry.using_alias = str(join.using_alias->name);
  for (const auto& column : columns) {
    entry.columns.push_back({column.name, column.type});
    entry.join_columns.push_back(column_expression(column, 0, -1));
  }
  try {
    apply_alias(entry, join.alias, "join expression");
  } catch (SqlError& error) {
    if (error.sqlstate() == "42P10" && join.alias) {
      std::size_t available = 0;
      for (const auto& column : entry.columns) available += !column.name.empty();
      throw SqlError("42P10", fmt::format("join expression \"{}\" has {} columns available but {} columns "
                                          "specified",
                                          join.alias->name, available, join.alias->columns.size()));
    }
    throw;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].name = entry.columns[i].name;
  auto main = add_entry(scope, std::move(entry));
  // Columns of a join with an alias go by its name, merged ones have no other.
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (join.alias || (i < shared.size() && columns[i].merged))
      columns[i].written_as = {main->range_table_index, static_cast<int>(i), 0};
  main->columns = std::move(columns);
  main->table_visible = join.alias != nullptr;

  FromItem result;
  auto tree = std::make_unique<query::JoinTree>();
  query::JoinNode node;
  node.kind = join_kind(join.join);
  node.left = std::move(left.tree);
  node.right = std::move(right.tree);
  node.condition = std::move(condition);
  node.range_table_index = main->range_table_index;
  tree->node = std::move(node);
  result.tree = std::move(tree);
  result.main = main;
  if (!join.alias) {
    // The parts keep their names, the columns are reached through the whole.
    for (auto& item : inner) item->columns_visible = false;
    result.items = std::move(inner);
  }
  if (join.using_alias) {
    auto item = std::make_shared<NamespaceItem>();
    item->alias = str(join.using_alias->name);
    item->range_table_index = main->range_table_index;
    for (std::size_t i = 0; i < shared.size(); ++i) item->columns.push_back(main->columns[i]);
    item->columns_visible = false;
    // Hidden by the join's own alias, as everything in it.
    if (!join.alias) {
      check_unique_aliases(scope, result.items, std::span<const NamespaceItemPtr>(&item, 1));
      result.items.push_back(std::move(item));
    }
  }
  result.items.push_back(main);
  return result;
}

}  // namespace analyzer
