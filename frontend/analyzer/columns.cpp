// Column references: bare, qualified, whole rows.
#include <fmt/format.h>

#include <optional>

#include "catalog/row_place.h"
#include "catalog/system_attributes.h"
#include "columns.h"
#include "query/row_place.h"
#include "query/system_columns.h"
#include "query/walk.h"

namespace analyzer {
namespace {

void raise_levels(Expression& expression, int by) {
  if (auto* ref = std::get_if<query::ColumnReference>(&expression.node)) ref->levels_up += by;
  expression.written_as.levels_up += by;
  query::for_each_child(expression, [by](ExpressionPtr& child) { raise_levels(*child, by); });
}

[[noreturn]] void refuse_lateral(Scope& scope, const NamespaceItem& item, int location) {
  SqlError error("42P10",
                 fmt::format("invalid reference to FROM-clause entry for table \"{}\"", item.alias));
  for (Scope* level = &scope; level; level = level->parent)
    for (const auto& known : level->names)
      if (known.get() == &item && level->query->target == item.range_table_index)
        throw std::move(error)
            .with_hint(fmt::format("There is an entry for table \"{}\", but it cannot be referenced "
                                   "from this part of the query.",
                                   item.alias))
            .at(location);
  throw std::move(error)
      .with_detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
      .at(location);
}

void check_lateral(Scope& scope, const NamespaceItem& item, int location) {
  if (item.lateral_only && !item.lateral_ok) refuse_lateral(scope, item, location);
}

bool in_reach(const Scope& scope, const NamespaceItem& item) {
  return !item.lateral_only || scope.lateral_active;
}

// System columns exist in every table, unless a user's column has the name.
ExpressionPtr system_column(Scope& scope, const NamespaceItem& item, std::string_view name, int levels_up,
                            int location) {
  // Of a table that is being made, too: its definition may speak of it.
  const bool in_definition = scope.place == Place::check_constraint || scope.place == Place::generated_column;
  if (!item.relation && !(in_definition && name == "tableoid")) return nullptr;
  if (name == "tableoid")
    return make_expression(TypeRef{oid::oid_, -1, 0}, location,
                           query::ColumnReference{item.range_table_index, query::kTableOidColumn,
                                                  levels_up});
  if (name == "ctid") {
    if (const auto relation = scope.catalog().relation(item.relation); relation != nullptr) {
      const auto& entry = scope.query->range_table[static_cast<std::size_t>(item.range_table_index)];
      try {
        catalog::require_row_places(scope.catalog(), *relation, entry.include_children);
      } catch (SqlError& error) {
        throw std::move(error).at(location);
      }
    }
    query::Call place;
    place.function = query::kRowPlaceFunction;
    place.form = query::CallForm::implicit_cast;
    place.arguments.push_back(make_expression(
        TypeRef{oid::bytea, -1, 0}, location,
        query::ColumnReference{item.range_table_index, query::kRowKeyColumn, levels_up}));
    return make_expression(TypeRef{oid::tid, -1, 0}, location, std::move(place));
  }
  if (name == "xmin" || name == "xmax")
    return make_expression(TypeRef{oid::xid, -1, 0}, location,
                           query::ColumnReference{item.range_table_index,
                                                  name == "xmin" ? query::kXminColumn : query::kXmaxColumn, levels_up});
  if (name == "cmin" || name == "cmax")
    throw SqlError::not_supported("system column " + std::string(name));
  return nullptr;
}

// Of a table that is not there yet, or of a row that is: what its definition may not speak of.
void refuse_in_definition(const Scope& scope, std::string_view name, int location) {
  if (!catalog::is_system_column(name)) return;
  const bool table_oid = name == "tableoid";
  switch (scope.place) {
    case Place::check_constraint:
      if (!table_oid)
        throw SqlError("42P10", fmt::format("system column \"{}\" reference in check constraint is invalid", name)).at(location);
      break;
    case Place::generated_column:
      if (!table_oid)
        throw SqlError("42P10", fmt::format("cannot use system column \"{}\" in column generation expression", name)).at(location);
      break;
    case Place::partition_expression:
      throw SqlError("42P17", "partition key expressions cannot contain system column references");
    default: return;
  }
}

ExpressionPtr column_of_item(Scope& scope, const NamespaceItem& item, std::string_view name,
                             int levels_up, int location) {
  const NamespaceColumn* found = nullptr;
  for (const NamespaceColumn& column : item.columns) {
    if (column.name != name || column.name.empty()) continue;
    if (found)
      throw SqlError("42702", fmt::format("column reference \"{}\" is ambiguous", name)).at(location);
    found = &column;
  }
  if (found) {
    check_lateral(scope, item, location);
    return column_expression(*found, levels_up, location);
  }
  refuse_in_definition(scope, name, location);
  if (item.relation)
    if (const auto relation = scope.catalog().relation(item.relation); relation && relation->kind == catalog::RelationKind::view)
      return nullptr;
  return system_column(scope, item, name, levels_up, location);
}

// --- hints for names that do not exist ---

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      int above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

struct ClosestColumns {
  std::optional<std::string> out_of_reach;  // the alias of an entry that has a column of that very name
  std::vector<std::string> found;           // at most two, as alias.column
};

// What may have been meant, as PostgreSQL's searchRangeTableForCol() finds it: the names nearest to the
// one written (together with the distance of the table's name), if they are not more than two.
ClosestColumns closest_columns(Scope& scope, std::string_view table, std::string_view name) {
  constexpr int kFarthest = 3;
  ClosestColumns result;
  int best = kFarthest + 1;
  for (Scope* level = &scope; level; level = level->parent)
    for (const auto& entry : level->query->range_table) {
      if (entry.kind == query::RangeTableEntry::Kind::join) continue;
      const int penalty = table.empty() ? 0 : edit_distance(table, entry.alias);
      for (const auto& column : entry.columns) {
        if (column.name == name && penalty == 0) {
          result.out_of_reach = entry.alias;
          result.found.clear();
          return result;
        }
        if (penalty > best || column.name.empty()) continue;
        int distance = edit_distance(name, column.name);
        if (distance > static_cast<int>(name.size()) / 2) continue;
        distance += penalty;
        if (distance > best) continue;
        if (distance < best) {
          best = distance;
          result.found.clear();
        } else if (result.found.size() == 2) {
          // Too many of them: only nearer ones are of use.
          result.found.clear();
          continue;
        } else if (result.found.empty()) {
          continue;
        }
        result.found.push_back(entry.alias + "." + column.name);
      }
    }
  return result;
}

}  // namespace

void missing_column(Scope& scope, std::string_view table, std::string_view name, int location) {
  std::string message =
      table.empty() ? fmt::format("column \"{}\" does not exist", name)
                    : fmt::format("column {}.{} does not exist", table, name);
  const ClosestColumns closest = closest_columns(scope, table, name);
  if (closest.found.size() == 2)
    throw SqlError("42703", message)
        .with_hint(fmt::format("Perhaps you meant to reference the column \"{}\" or the column \"{}\".",
                               closest.found[0], closest.found[1]))
        .at(location);
  if (closest.out_of_reach)
    throw SqlError("42703", message)
        .with_hint(fmt::format("There is a column named \"{}\" in table \"{}\", but it cannot be "
                               "referenced from this part of the query.",
                               name, *closest.out_of_reach))
        .at(location);
  if (closest.found.size() == 1)
    throw SqlError("42703", message)
        .with_hint(fmt::format("Perhaps you meant to reference the column \"{}\".", closest.found[0]))
        .at(location);
  throw SqlError("42703", message).at(location);
}

ExpressionPtr column_expression(const NamespaceColumn& column, int levels_up, int location) {
  ExpressionPtr result;
  if (column.merged) {
    result = query::clone(*column.merged);
    if (levels_up) raise_levels(*result, levels_up);
    result->location = location;
  } else {
    result = make_expression(
        column.type, location,
        query::ColumnReference{column.range_table_index, column.column, levels_up});
  }
  result->written_as = column.written_as;
  result->written_as.levels_up = levels_up;
  return result;
}

ExpressionPtr whole_row(Scope& scope, const NamespaceItem& item, int levels_up, int location) {
  check_lateral(scope, item, location);
  Scope* level = &scope;
  for (int i = 0; i < levels_up; ++i) level = level->parent;
  const auto& entry = level->query->range_table[static_cast<std::size_t>(item.range_table_index)];
  using Kind = query::RangeTableEntry::Kind;
  if (entry.kind == Kind::function && entry.functions.size() == 1 && item.columns.size() == 1 &&
      !entry.with_ordinality) {
    const auto& call = entry.functions[0].call;
    const auto* info = scope.catalog().type(call->type.oid);
    if (call->type.oid != oid::record && (!info || info->kind != 'c'))
      return column_expression(item.columns[0], levels_up, location);
  }
  if (entry.kind == Kind::join) {
    query::RowConstructor row;
    for (const auto& column : item.columns) {
      if (column.name.empty()) continue;
      row.fields.push_back(column_expression(column, levels_up, location));
      row.names.push_back(column.name);
    }
    return make_expression(TypeRef{oid::record, -1, 0}, location, std::move(row));
  }
  Oid type = oid::record;
  if (entry.kind == Kind::relation || entry.view) {
    auto relation = scope.catalog().relation(entry.view ? entry.view : entry.relation);
    if (relation && relation->row_type) type = relation->row_type;
  } else if (entry.kind == Kind::function && entry.functions.size() == 1 && !entry.with_ordinality) {
    const auto* info = scope.catalog().type(entry.functions[0].call->type.oid);
    if (info && info->kind == 'c') type = info->oid;
  }
  return make_expression(
      TypeRef{type, -1, 0}, location,
      query::ColumnReference{item.range_table_index, query::kWholeRowColumn, levels_up});
}

NamespaceItemPtr find_table(Scope& scope, std::string_view schema, std::string_view name,
                            int location, int& levels_up) {
  levels_up = 0;
  for (Scope* level = &scope; level; level = level->parent, ++levels_up) {
    NamespaceItemPtr found;
    for (const auto& item : level->names) {
      if (!item->table_visible || !in_reach(*level, *item) || item->alias != name) continue;
      if (!schema.empty() && item->schema != schema) continue;
      if (found)
        throw SqlError("42P09", fmt::format("table reference \"{}\" is ambiguous", name)).at(location);
      found = item;
    }
    if (found) return found;
  }
  return nullptr;
}

ExpressionPtr find_column(Scope& scope, std::string_view name, int location, bool local_only) {
  int levels_up = 0;
  for (Scope* level = &scope; level; level = level->parent, ++levels_up) {
    ExpressionPtr found;
    for (const auto& item : level->names) {
      if (!item->columns_visible || !in_reach(*level, *item)) continue;
      auto column = column_of_item(*level, *item, name, levels_up, location);
      if (!column) continue;
      if (found)
        throw SqlError("42702", fmt::format("column reference \"{}\" is ambiguous", name)).at(location);
      found = std::move(column);
    }
    if (found || local_only) return found;
  }
  return nullptr;
}

void missing_table(Scope& scope, std::string_view /*schema*/, std::string_view name, int location) {
  // A table of that name that has another alias, or is out of reach.
  for (Scope* level = &scope; level; level = level->parent)
    for (const auto& entry : level->query->range_table) {
      bool same = entry.alias == name;
      if (!same && (entry.kind == query::RangeTableEntry::Kind::relation || entry.view)) {
        auto relation = scope.catalog().relation(entry.view ? entry.view : entry.relation);
        same = relation && relation->name == name;
      }
      if (!same && entry.kind == query::RangeTableEntry::Kind::cte) same = entry.cte_name == name;
      if (!same) continue;
      SqlError error("42P01", fmt::format("invalid reference to FROM-clause entry for table \"{}\"", name));
      int levels = 0;
      if (entry.alias != name && find_table(scope, {}, entry.alias, location, levels))
        throw std::move(error)
            .with_hint(fmt::format("Perhaps you meant to reference the table alias \"{}\".", entry.alias))
            .at(location);
      throw std::move(error)
          .with_hint(fmt::format("There is an entry for table \"{}\", but it cannot be referenced "
                                 "from this part of the query.",
                                 entry.alias))
          .at(location);
    }
  throw SqlError("42P01", fmt::format("missing FROM-clause entry for table \"{}\"", name)).at(location);
}

ExpressionPtr find_variable(Scope& scope, const ast::ColumnRef& ref) {
  auto* variables = scope.state.context.variables;
  if (variables == nullptr) return nullptr;
  std::vector<std::string_view> names(ref.names.begin(), ref.names.end());
  if (ref.star && names.empty()) return nullptr;
  auto found = variables->find(names);
  if (!found) return nullptr;
  auto result = make_expression(found->type, ref.location, query::Parameter{found->parameter});
  for (std::size_t i = found->names; i < names.size(); ++i) {
    auto field = select_field(scope, std::move(result), names[i], ref.location);
    if (!field) return nullptr;
    result = std::move(field);
  }
  return result;
}

namespace {

ExpressionPtr resolve_column(Scope& scope, const ast::ColumnRef& ref) {
  switch (scope.place) {
    case Place::column_default:
      throw SqlError("0A000", "cannot use column reference in DEFAULT expression").at(ref.location);
    case Place::partition_bound:
      throw SqlError("0A000", "cannot use column reference in partition bound expression")
          .at(ref.location);
    default: break;
  }
  auto names = ref.names;
  if (ref.star) {
    // f(t.*): the whole row.
    if (names.empty()) throw SqlError("0A000", "row expansion via \"*\" is not supported here").at(ref.location);
    std::string_view schema = names.size() >= 2 ? names[names.size() - 2] : std::string_view();
    int levels = 0;
    auto table = find_table(scope, schema, names.back(), ref.location, levels);
    if (!table) missing_table(scope, schema, names.back(), ref.location);
    return whole_row(scope, *table, levels, ref.location);
  }
  if (names.size() == 1) {
    std::string_view name = names[0];
    if (scope.domain_value && name == "value")
      return make_expression(*scope.domain_value, ref.location, query::CaseValue{});
    if (auto column = find_column(scope, name, ref.location, false)) return column;
    int levels = 0;
    if (auto table = find_table(scope, {}, name, ref.location, levels))
      return whole_row(scope, *table, levels, ref.location);
    missing_column(scope, {}, name, ref.location);
  }
  if (names.size() > 4)
    throw SqlError("42601", fmt::format("improper qualified name (too many dotted names): {}",
                                        join_names(names)))
        .at(ref.location);
  if (names.size() == 4 && names[0] != scope.state.context.database)
    throw SqlError("0A000", fmt::format("cross-database references are not implemented: {}",
                                        join_names(names)))
        .at(ref.location);
  std::string_view column_name = names.back();
  std::string_view table_name = names[names.size() - 2];
  std::string_view schema = names.size() >= 3 ? names[names.size() - 3] : std::string_view();
  int levels = 0;
  auto table = find_table(scope, schema, table_name, ref.location, levels);
  if (!table) missing_table(scope, schema, table_name, ref.location);
  Scope* level = &scope;
  for (int i = 0; i < levels; ++i) level = level->parent;
  if (auto column = column_of_item(*level, *table, column_name, levels, ref.location)) return column;
  // f(row) may be written row.f.
  auto row = whole_row(scope, *table, levels, ref.location);
  ast::Name function_name = column_name;
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(std::move(row));
  try {
    return make_function_call(scope, {&function_name, 1}, std::move(arguments), nullptr, ref.location);
  } catch (const SqlError& error) {
    if (error.sqlstate() != "42883") throw;
  }
  missing_column(scope, table_name, column_name, ref.location);
}

bool any_names(const Scope& scope) {
  for (const Scope* level = &scope; level; level = level->parent)
    if (!level->names.empty()) return true;
  return false;
}

}  // namespace

ExpressionPtr transform_column(Scope& scope, const ast::ColumnRef& ref) {
  auto* variables = scope.state.context.variables;
  if (variables == nullptr || scope.domain_value) return resolve_column(scope, ref);
  auto variable = find_variable(scope, ref);
  if (!variable) return resolve_column(scope, ref);
  using Conflict = analyzer::Variables::Conflict;
  if (variables->conflict() == Conflict::variable || !any_names(scope)) return variable;
  ExpressionPtr column;
  try {
    column = resolve_column(scope, ref);
  } catch (const SqlError& error) {
    if (error.sqlstate() == "42703" || error.sqlstate() == "42P01") return variable;
    throw;
  }
  if (variables->conflict() == Conflict::column) return column;
  throw SqlError("42702", fmt::format("column reference \"{}\" is ambiguous", join_names(ref.names)))
      .with_detail("It could refer to either a PL/pgSQL variable or a table column.")
      .at(ref.location);
}

}  // namespace analyzer
