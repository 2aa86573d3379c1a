// SELECT lists, RETURNING, VALUES rows: stars, names, and values that go into columns.
#include <fmt/format.h>

#include "analysis.h"
#include "xml.h"
#include "catalog/extension_types.h"

namespace analyzer {
namespace {

// Strength of a name: 2 a real one, 1 a fallback, 0 none.
int name_of(const ast::Node* node, std::string& name) {
  if (!node) return 0;
  using Kind = ast::NodeKind;
  switch (node->kind) {
    case Kind::column_ref: {
      const auto& ref = ast::as<ast::ColumnRef>(*node);
      if (ref.names.empty()) return 0;
      name = str(ref.names.back());
      return ref.star && ref.names.empty() ? 0 : 2;
    }
    case Kind::indirection: {
      const auto& n = ast::as<ast::Indirection>(*node);
      for (std::size_t i = n.steps.size(); i-- > 0;)
        if (const auto* field = ast::try_as<ast::StringNode>(n.steps[i])) {
          name = str(field->value);
          return 2;
        }
      return name_of(n.argument, name);
    }
    case Kind::function_call:
      name = str(ast::as<ast::FunctionCall>(*node).name.back());
      return 2;
    case Kind::operation:
      if (ast::as<ast::Operation>(*node).operation == ast::OperationKind::nullif) {
        name = "nullif";
        return 2;
      }
      return 0;
    case Kind::type_cast: {
      const auto& cast = ast::as<ast::TypeCast>(*node);
      int strength = name_of(cast.argument, name);
      if (strength <= 1 && cast.type && !cast.type->names.empty()) {
        name = str(cast.type->names.back());
        return 1;
      }
      return strength;
    }
    case Kind::collate_clause: return name_of(ast::as<ast::CollateClause>(*node).argument, name);
    case Kind::grouping_call: name = "grouping"; return 2;
    case Kind::sublink: {
      const auto& link = ast::as<ast::Sublink>(*node);
      if (link.sublink == ast::SublinkKind::exists) { name = "exists"; return 2; }
      if (link.sublink == ast::SublinkKind::array) { name = "array"; return 2; }
      if (link.sublink == ast::SublinkKind::scalar) {
        const ast::Node* query = link.query;
        const auto* select = ast::try_as<ast::Select>(query);
        while (select && select->left) select = select->left;
        if (select && !select->targets.empty()) {
          const auto& target = ast::as<ast::ResultTarget>(*select->targets[0]);
          if (target.name.data()) {
            name = str(target.name);
            return 2;
          }
          return name_of(target.value, name);
        }
        if (select && !select->values_lists.empty()) {
          name = "column1";
          return 2;
        }
      }
      return 0;
    }
    case Kind::case_expression: {
      int strength = name_of(ast::as<ast::CaseExpression>(*node).otherwise, name);
      if (strength <= 1) {
        name = "case";
        return 1;
      }
      return strength;
    }
    case Kind::array_expression: name = "array"; return 2;
    case Kind::row_expression: name = "row"; return 2;
    case Kind::coalesce_expression: name = "coalesce"; return 2;
    case Kind::min_max_expression:
      name = ast::as<ast::MinMaxExpression>(*node).least ? "least" : "greatest";
      return 2;
    case Kind::xml_expression: name = xml_figure_name(ast::as<ast::XmlExpression>(*node)); return name.empty() ? 0 : 2;
    case Kind::xml_serialize: name = "xmlserialize"; return 2;
    case Kind::sql_value_call: {
      static constexpr const char* kNames[] = {
          "current_date", "current_time", "current_time", "current_timestamp", "current_timestamp",
          "localtime", "localtime", "localtimestamp", "localtimestamp", "current_role", "current_user",
          "user", "session_user", "current_catalog", "current_schema"};
      name = kNames[static_cast<std::size_t>(ast::as<ast::SqlValueCall>(*node).value)];
      return 2;
    }
    default: return 0;
  }
}

struct Expanded {
  ExpressionPtr expression;
  std::string name;
};

void expand_item(Scope& scope, const NamespaceItem& item, int levels_up, int location,
                 std::vector<Expanded>& out) {
  (void)scope;
  for (const auto& column : item.columns) {
    if (column.name.empty() || !column.in_star) continue;
    out.push_back({column_expression(column, levels_up, location), column.name});
  }
}

// *, t.*, s.t.*
std::vector<Expanded> expand_star(Scope& scope, const ast::ColumnRef& ref) {
  std::vector<Expanded> result;
  if (ref.names.empty()) {
    bool found = false;
    for (const auto& item : scope.names) {
      if (!item->columns_visible || (item->lateral_only && !scope.lateral_active)) continue;
      found = true;
      expand_item(scope, *item, 0, ref.location, result);
    }
    if (!found)
      throw SqlError("42601", "SELECT * with no tables specified is not valid").at(ref.location);
    return result;
  }
  auto names = ref.names;
  std::string_view table = names.back();
  std::string_view schema = names.size() >= 2 ? names[names.size() - 2] : std::string_view();
  if (names.size() > 3)
    throw SqlError("42601", fmt::format("improper qualified name (too many dotted names): {}.*", join_names(names)))
        .at(ref.location);
  int levels = 0;
  auto item = find_table(scope, schema, table, ref.location, levels);
  if (!item) {
    // column.* of a composite column.
    ExpressionPtr row;
    if (names.size() == 1) row = find_column(scope, table, ref.location, false);
    const bool variable = !row;
    if (variable) row = find_variable(scope, ref);
    if (!row) missing_table(scope, schema, table, ref.location);
    auto fields = row_fields(scope, *row);
    if (!fields && variable)
      throw SqlError("42809", fmt::format("type {} is not composite", type_name(scope, row->type.oid)));
    if (!fields)
      throw SqlError("42809", fmt::format("column notation .{} applied to type {}, which is not a composite "
                                          "type", "*", type_name(scope, row->type.oid)))
          .at(ref.location);
    for (const auto& field : *fields)
      if (!field.name.empty())
        result.push_back({select_field(scope, query::clone(*row), field.name, ref.location), field.name});
    return result;
  }
  expand_item(scope, *item, levels, ref.location, result);
  return result;
}

// (row).*
std::vector<Expanded> expand_row(Scope& scope, const ast::Indirection& node) {
  auto base = transform(scope, node.argument);
  int location = base->location;
  base = transform_indirection(scope, std::move(base), node.steps.first(node.steps.size() - 1), location);
  auto fields = row_fields(scope, *base);
  if (!fields) {
    if (base->type.oid == oid::record)
      throw SqlError("42809", "record type has not been registered");
    throw SqlError("42809", fmt::format("type {} is not composite", type_name(scope, base->type.oid)));
  }
  std::vector<Expanded> result;
  for (const auto& field : *fields)
    if (!field.name.empty())
      result.push_back({select_field(scope, query::clone(*base), field.name, location), field.name});
  return result;
}

bool is_star(const ast::Node* node, const ast::ColumnRef*& ref, const ast::Indirection*& row) {
  ref = ast::try_as<ast::ColumnRef>(node);
  if (ref && ref->star) return true;
  ref = nullptr;
  row = ast::try_as<ast::Indirection>(node);
  if (row && !row->steps.empty() && row->steps.back()->kind == ast::NodeKind::star) return true;
  row = nullptr;
  return false;
}

}  // namespace

std::string figure_name(const ast::Node* node) {
  std::string name = "?column?";
  std::string found;
  if (name_of(node, found) > 0) name = found;
  return name;
}

std::vector<query::OutputColumn> analyze_targets(Scope& scope, ast::NodeList targets, Place place) {
  PlaceScope at(scope, place);
  std::vector<query::OutputColumn> outputs;
  for (const ast::Node* node : targets) {
    const auto& target = ast::as<ast::ResultTarget>(*node);
    const ast::ColumnRef* ref = nullptr;
    const ast::Indirection* row = nullptr;
    if (place != Place::update_source && is_star(target.value, ref, row)) {
      auto expanded = ref ? expand_star(scope, *ref) : expand_row(scope, *row);
      for (auto& item : expanded) {
        query::OutputColumn output;
        output.expression = std::move(item.expression);
        output.name = std::move(item.name);
        outputs.push_back(std::move(output));
      }
      continue;
    }
    query::OutputColumn output;
    output.expression = transform(scope, target.value);
    output.name = target.name.data() ? str(target.name) : figure_name(target.value);
    outputs.push_back(std::move(output));
  }
  if (outputs.size() > 1664) throw SqlError("54011", "target lists can have at most 1664 entries");
  return outputs;
}

std::vector<ExpressionPtr> analyze_expression_list(Scope& scope, ast::NodeList nodes, Place place,
                                                   bool allow_default) {
  PlaceScope at(scope, place);
  std::vector<ExpressionPtr> result;
  for (const ast::Node* node : nodes) {
    const ast::ColumnRef* ref = nullptr;
    const ast::Indirection* row = nullptr;
    if (is_star(node, ref, row)) {
      for (auto& item : ref ? expand_star(scope, *ref) : expand_row(scope, *row))
        result.push_back(std::move(item.expression));
      continue;
    }
    if (allow_default && node->kind == ast::NodeKind::set_to_default) {
      result.push_back(make_expression(TypeRef{oid::unknown, -1, 0}, node->location, query::SetToDefault{}));
      continue;
    }
    result.push_back(transform(scope, node));
  }
  return result;
}

void resolve_unknown_targets(Scope& scope) {
  for (auto& output : scope.query->output)
    if (output.expression->type.oid == oid::unknown)
      output.expression = coerce(scope, std::move(output.expression), type_ref(scope, oid::text),
                                 Context::implicit, query::CallForm::implicit_cast, -1);
}

namespace {

void mark_origin(const query::Query& query, query::OutputColumn& output) {
  const auto* ref = std::get_if<query::ColumnReference>(&output.expression->node);
  if (!ref || ref->levels_up != 0 || ref->column < 0 || ref->range_table_index < 0) return;
  const auto& entry = query.range_table[static_cast<std::size_t>(ref->range_table_index)];
  if (entry.kind == query::RangeTableEntry::Kind::relation) {
    output.source_table = entry.relation;
    output.source_column = ref->column + 1;
  } else if (entry.view) {
    output.source_table = entry.view;
    output.source_column = ref->column + 1;
  } else if (entry.kind == query::RangeTableEntry::Kind::subquery) {
    int seen = 0;
    for (const auto& inner : entry.subquery->output) {
      if (inner.hidden) continue;
      if (seen++ == ref->column) {
        output.source_table = inner.source_table;
        output.source_column = inner.source_column;
      }
    }
  }
}

}  // namespace

void mark_origins(Scope& scope) {
  for (auto& output : scope.query->output) mark_origin(*scope.query, output);
}

namespace {

// What an assignment before this one made: only the last of several must be of the domain.
ExpressionPtr without_domain(ExpressionPtr value) {
  while (auto* domain = std::get_if<query::CoerceToDomain>(&value->node)) {
    ExpressionPtr argument = std::move(domain->argument);
    value = std::move(argument);
  }
  return value;
}

// Assignment into a part: SET a[1].b = value. `current` is the part's old value, or null.
ExpressionPtr assign_part(Scope& scope, ExpressionPtr current, std::string_view target_name, bool is_slice,
                          TypeRef type, ast::NodeList steps, ExpressionPtr value, int location) {
  auto& catalog = scope.catalog();
  if (steps.empty()) {
    Oid from = value->type.oid;
    int at = location_of(*value);
    auto converted = coerce_to_target(scope, std::move(value), type, Context::assignment,
                                      query::CallForm::implicit_cast, -1);
    if (!converted) {
      if (is_slice)
        throw SqlError("42804", fmt::format("subscripted assignment to \"{}\" requires type {} but expression is "
                                            "of type {}",
                                            target_name, type_name(scope, type.oid), type_name(scope, from)))
            .with_hint("You will need to rewrite or cast the expression.")
            .at(location);
      throw SqlError("42804", fmt::format("subfield \"{}\" is of type {} but expression is of type {}", target_name,
                                          type_name(scope, type.oid), type_name(scope, from)))
          .with_hint("You will need to rewrite or cast the expression.")
          .at(at >= 0 ? at : location);
    }
    return converted;
  }
  if (steps[0]->kind == ast::NodeKind::indices) {
    std::size_t count = 0;
    bool slice = false;
    while (count < steps.size() && steps[count]->kind == ast::NodeKind::indices) {
      slice = slice || ast::as<ast::Indices>(*steps[count]).is_slice;
      ++count;
    }
    Oid base = catalog.base_type(type.oid);
    Oid element = catalog.element_type(base);
    if (const auto* info = catalog.type(base); !element && info && info->length > 0) element = info->element;
    const bool by_keys = base == oid::jsonb || catalog::is_hstore(catalog, base);
    if (by_keys) element = base == oid::jsonb ? oid::jsonb : oid::text;
    if (!element)
      throw SqlError("42804", fmt::format("cannot subscript type {} because it does not support subscripting",
                                          type_name(scope, type.oid)))
          .at(location);
    if (!current)
      current = null_constant(scope, type_ref(scope, base));
    else
      current = without_domain(std::move(current));
    TypeRef part = type_ref(scope, slice && !by_keys ? base : element, type.typmod);
    ExpressionPtr inner;
    if (count < steps.size()) inner = make_subscript(scope, query::clone(*current), steps.first(count));
    auto new_part = assign_part(scope, std::move(inner), target_name, true, part, steps.subspan(count),
                                std::move(value), location);
    auto result = make_subscript(scope, std::move(current), steps.first(count), std::move(new_part));
    if (base != type.oid)
      result = coerce(scope, std::move(result), type, Context::assignment, query::CallForm::implicit_cast, location);
    return result;
  }
  if (steps[0]->kind != ast::NodeKind::string_node)
    throw SqlError("0A000", "row expansion via \"*\" is not supported here").at(location);
  std::string_view name = ast::as<ast::StringNode>(*steps[0]).value;
  Oid base = catalog.base_type(type.oid);
  const auto* info = catalog.type(base);
  if (!info || info->kind != 'c')
    throw SqlError("42804", fmt::format("cannot assign to field \"{}\" of column \"{}\" because its type {} is not "
                                        "a composite type",
                                        name, target_name, type_name(scope, type.oid)))
        .at(location);
  auto fields = composite_fields(scope, base);
  if (current) current = without_domain(std::move(current));
  query::RowConstructor row;
  bool found = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    row.names.push_back(fields[i].name);
    ExpressionPtr old = current ? make_expression(fields[i].type, location,
                                                  query::FieldSelect{query::clone(*current), static_cast<int>(i)})
                                : null_constant(scope, fields[i].type);
    if (fields[i].name == name) {
      found = true;
      old = assign_part(scope, current ? std::move(old) : nullptr, name, false, fields[i].type, steps.subspan(1),
                        std::move(value), location);
    }
    row.fields.push_back(std::move(old));
  }
  if (!found)
    throw SqlError("42703", fmt::format("cannot assign to field \"{}\" of column \"{}\" because there is no such "
                                        "column in data type {}",
                                        name, target_name, type_name(scope, type.oid)))
        .at(location);
  auto result = make_expression(type_ref(scope, base), location, std::move(row));
  if (base != type.oid)
    result = coerce(scope, std::move(result), type, Context::assignment, query::CallForm::implicit_cast, location);
  return result;
}

}  // namespace

ExpressionPtr part_value(ExpressionPtr assigned, ast::NodeList indirection) {
  std::size_t i = 0;
  while (i < indirection.size()) {
    // Casts to a domain stand around the assignment.
    for (;;) {
      if (auto* domain = std::get_if<query::CoerceToDomain>(&assigned->node)) {
        assigned = std::move(domain->argument);
      } else if (auto* relabel = std::get_if<query::Relabel>(&assigned->node)) {
        assigned = std::move(relabel->argument);
      } else {
        break;
      }
    }
    if (indirection[i]->kind == ast::NodeKind::indices) {
      while (i < indirection.size() && indirection[i]->kind == ast::NodeKind::indices) ++i;
      assigned = std::move(std::get<query::Subscript>(assigned->node).assignment);
      continue;
    }
    const auto& name = ast::as<ast::StringNode>(*indirection[i++]).value;
    auto& row = std::get<query::RowConstructor>(assigned->node);
    std::size_t field = 0;
    while (row.names[field] != name) ++field;
    assigned = std::move(row.fields[field]);
  }
  return assigned;
}

ExpressionPtr assign_to_part(Scope& scope, const ast::Node* target, ExpressionPtr value) {
  const auto& part = ast::as<ast::Indirection>(*target);
  auto base = transform(scope, part.argument);
  const TypeRef type = base->type;
  std::string name = "variable";
  if (const auto* ref = ast::try_as<ast::ColumnRef>(part.argument); ref && !ref->names.empty()) name = str(ref->names.back());
  return assign_part(scope, std::move(base), name, false, type, part.steps, std::move(value), -1);
}

ExpressionPtr assign_to_column(Scope& scope, const catalog::RelationDescriptor& relation, int column,
                               ExpressionPtr value, ast::NodeList indirection, int location, Place place,
                               std::string_view what, ExpressionPtr base) {
  const auto& target = relation.columns[static_cast<std::size_t>(column)];
  (void)what;
  if (std::holds_alternative<query::SetToDefault>(value->node)) {
    if (!indirection.empty())
      throw SqlError("0A000", indirection[0]->kind == ast::NodeKind::indices
                                  ? "cannot set an array element to DEFAULT"
                                  : "cannot set a subfield to DEFAULT")
          .at(location);
    value->type = target.type;
    return value;
  }
  if (!indirection.empty()) {
    ExpressionPtr current = std::move(base);
    if (!current && place != Place::insert_target)
      current = make_expression(target.type, location, query::ColumnReference{scope.query->target, column, 0});
    return assign_part(scope, std::move(current), target.name, false, target.type, indirection, std::move(value),
                       location);
  }
  Oid from = value->type.oid;
  int at = location_of(*value);
  auto converted = coerce_to_target(scope, std::move(value), target.type, Context::assignment,
                                    query::CallForm::implicit_cast, -1);
  if (!converted)
    throw SqlError("42804", fmt::format("column \"{}\" is of type {} but expression is of type {}", target.name,
                                        type_name(scope, target.type.oid), type_name(scope, from)))
        .with_hint("You will need to rewrite or cast the expression.")
        .at(at);
  return converted;
}

}  // namespace analyzer
