// Row values: their fields, field selection, subscripts.
#include <fmt/format.h>

#include "analysis.h"
#include "catalog/extension_types.h"

namespace analyzer {

std::vector<RowField> composite_fields(Scope& scope, Oid type) {
  std::vector<RowField> fields;
  const auto* info = scope.catalog().type(scope.catalog().base_type(type));
  if (!info || !info->relation) return fields;
  if (auto relation = scope.catalog().relation(info->relation))
    for (const auto& column : relation->columns)
      fields.push_back({column.dropped ? std::string() : column.name, column.type});
  return fields;
}

namespace {

std::optional<std::vector<RowField>> record_fields(Scope& scope, const Expression& expression,
                                                   Scope* at);

// The query's own output as fields of a record.
std::vector<RowField> entry_fields(const query::RangeTableEntry& entry) {
  std::vector<RowField> fields;
  for (const auto& column : entry.columns) fields.push_back({column.name, column.type});
  return fields;
}

// Of the column with that number, of a query that stands in `at`.
std::optional<std::vector<RowField>> output_fields(query::Query& query, int column, Scope* at) {
  if (query.set_operations) {
    // The first branch is the first to tell.
    const query::SetTree* tree = query.set_operations.get();
    while (!tree->leaf) tree = tree->left.get();
    Scope inner(at->state, at, &query);
    return output_fields(*tree->leaf, column, &inner);
  }
  int visible = 0;
  for (const auto& output : query.output) {
    if (output.hidden || visible++ != column) continue;
    Scope inner(at->state, at, &query);
    return record_fields(inner, *output.expression, &inner);
  }
  return std::nullopt;
}

std::optional<std::vector<RowField>> record_fields(Scope& scope, const Expression& expression,
                                                   Scope* at) {
  if (const auto* row = std::get_if<query::RowConstructor>(&expression.node)) {
    std::vector<RowField> fields;
    for (std::size_t i = 0; i < row->fields.size(); ++i)
      fields.push_back({i < row->names.size() && !row->names[i].empty() ? row->names[i]
                                                                        : fmt::format("f{}", i + 1),
                        row->fields[i]->type});
    return fields;
  }
  if (const auto* ref = std::get_if<query::ColumnReference>(&expression.node)) {
    Scope* level = at;
    for (int i = 0; i < ref->levels_up && level; ++i) level = level->parent;
    if (!level) return std::nullopt;
    const auto& entry = level->query->range_table[static_cast<std::size_t>(ref->range_table_index)];
    if (ref->column == query::kWholeRowColumn) return entry_fields(entry);
    using Kind = query::RangeTableEntry::Kind;
    if (ref->column < 0) return std::nullopt;
    if (entry.kind == Kind::subquery) return output_fields(*entry.subquery, ref->column, level);
    if (entry.kind == Kind::join)
      return record_fields(scope, *entry.join_columns[static_cast<std::size_t>(ref->column)], level);
    if (entry.kind == Kind::cte) {
      for (int i = 0; i < entry.cte_levels_up && level; ++i) level = level->parent;
      if (!level) return std::nullopt;
      for (const query::CommonTable& table : level->query->with)
        if (table.name == entry.cte_name) return output_fields(*table.query, ref->column, level);
    }
    return std::nullopt;
  }
  if (const auto* call = std::get_if<query::Call>(&expression.node)) {
    const auto* function = scope.catalog().function(call->function);
    if (!function || function->argument_modes.empty()) return std::nullopt;
    std::vector<Oid> actual;
    for (const auto& argument : call->arguments) actual.push_back(argument->type.oid);
    std::vector<Oid> declared(function->arguments.begin(), function->arguments.end());
    std::vector<RowField> fields;
    int number = 0;
    for (std::size_t i = 0; i < function->argument_modes.size(); ++i) {
      char mode = function->argument_modes[i];
      if (mode != 'o' && mode != 'b' && mode != 't') continue;
      ++number;
      std::string name;
      if (i < function->argument_names.size()) name = function->argument_names[i];
      if (name.empty()) name = fmt::format("column{}", number);
      Oid type = function->all_arguments[i];
      if (is_polymorphic(type)) {
        std::vector<Oid> copy = declared;
        actual.resize(std::min(actual.size(), copy.size()));
        type = enforce_generic(scope, actual, copy, type);
      }
      fields.push_back({name, type_ref(scope, type)});
    }
    if (fields.empty()) return std::nullopt;
    return fields;
  }
  if (const auto* parameter = std::get_if<query::Parameter>(&expression.node);
      parameter && scope.state.context.variables) {
    auto fields = scope.state.context.variables->fields(parameter->number);
    if (!fields) return std::nullopt;
    std::vector<RowField> result;
    for (auto& [name, type] : *fields) result.push_back({name, type});
    return result;
  }
  if (const auto* sub = std::get_if<query::Subquery>(&expression.node);
      sub && sub->kind == query::SubqueryKind::scalar) {
    Scope inner(scope.state, at, sub->query.get());
    for (const auto& output : sub->query->output)
      if (!output.hidden) return record_fields(inner, *output.expression, &inner);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<RowField>> row_fields(Scope& scope, const Expression& expression) {
  Oid base = scope.catalog().base_type(expression.type.oid);
  const auto* info = scope.catalog().type(base);
  if (info && info->kind == 'c') return composite_fields(scope, base);
  if (base != oid::record) return std::nullopt;
  return record_fields(scope, expression, &scope);
}

ExpressionPtr select_field(Scope& scope, ExpressionPtr row, std::string_view name, int location) {
  auto fields = row_fields(scope, *row);
  if (!fields) return nullptr;
  for (std::size_t i = 0; i < fields->size(); ++i) {
    if ((*fields)[i].name != name || name.empty()) continue;
    TypeRef type = (*fields)[i].type;
    // A field of a whole row is the column itself.
    if (const auto* ref = node_as<query::ColumnReference>(row);
        ref && ref->column == query::kWholeRowColumn)
      return make_expression(type, location, query::ColumnReference{ref->range_table_index,
                                                                    static_cast<int>(i), ref->levels_up});
    Oid base = scope.catalog().base_type(row->type.oid);
    if (base != row->type.oid) {
      const int at = row->location;
      row = make_expression(type_ref(scope, base), at,
                            query::Relabel{std::move(row), query::CallForm::implicit_cast});
    }
    return make_expression(type, location, query::FieldSelect{std::move(row), static_cast<int>(i)});
  }
  return nullptr;
}

namespace {

ExpressionPtr jsonb_key(Scope& scope, const ast::Node* node) {
  const auto& index = ast::as<ast::Indices>(*node);
  if (index.is_slice)
    throw SqlError("42804", "jsonb subscript does not support slices")
        .at(index.upper ? index.upper->location : -1);
  auto key = transform(scope, index.upper);
  bool integer = key->type.oid != oid::unknown && key->type.oid != oid::text &&
                 can_coerce(scope, key->type.oid, oid::int4, Context::implicit);
  Oid wanted = integer ? oid::int4 : oid::text;
  if (!can_coerce(scope, key->type.oid, wanted, Context::implicit))
    throw SqlError("42804", fmt::format("subscript type {} is not supported",
                                        type_name(scope, key->type.oid)))
        .with_hint("jsonb subscript must be coercible to either integer or text.")
        .at(location_of(*key));
  return coerce(scope, std::move(key), type_ref(scope, wanted), Context::implicit,
                query::CallForm::implicit_cast, -1);
}

// jsonb['key'][0] reads as jsonb -> 'key' -> 0.
ExpressionPtr subscript_jsonb(Scope& scope, ExpressionPtr container, ast::NodeList indices) {
  for (const ast::Node* node : indices) {
    auto key = jsonb_key(scope, node);
    int location = container->location;
    container = make_operator(scope, OperatorName{"->"}, std::move(container), std::move(key), location);
  }
  return container;
}

ExpressionPtr hstore_key(Scope& scope, ast::NodeList indices) {
  const auto& index = ast::as<ast::Indices>(*indices[0]);
  if (indices.size() != 1 || index.is_slice)
    throw SqlError("0A000", "hstore allows only one subscript");
  auto key = transform(scope, index.upper);
  const int at = location_of(*key);
  auto converted = coerce_to_target(scope, std::move(key), type_ref(scope, oid::text), Context::assignment,
                                    query::CallForm::implicit_cast, -1);
  if (!converted) throw SqlError("42804", "hstore subscript must have type text").at(at);
  return converted;
}

// h['key'] reads as h -> 'key'.
ExpressionPtr subscript_hstore(Scope& scope, ExpressionPtr container, ast::NodeList indices) {
  auto key = hstore_key(scope, indices);
  const int location = container->location;
  const std::string schema = scope.catalog().schema_name(scope.catalog().type(scope.catalog().base_type(container->type.oid))->schema);
  const ast::Name fetch[] = {ast::Name(schema), ast::Name("->")};
  return make_operator(scope, ast::Names(fetch, 2), std::move(container), std::move(key), location);
}

// The container with the part that the keys lead to.
ExpressionPtr assign_by_keys(Scope& scope, ExpressionPtr container, std::vector<ExpressionPtr> keys, ExpressionPtr value) {
  const TypeRef type = type_ref(scope, scope.catalog().base_type(container->type.oid));
  const int location = container->location;
  query::Subscript node;
  node.container = std::move(container);
  node.upper = std::move(keys);
  node.assignment = std::move(value);
  return make_expression(type, location, std::move(node));
}

}  // namespace

ExpressionPtr make_subscript(Scope& scope, ExpressionPtr container, ast::NodeList indices,
                             ExpressionPtr assignment) {
  auto& catalog = scope.catalog();
  int location = container->location;
  Oid type = catalog.base_type(container->type.oid);
  if (type == oid::jsonb) {
    if (!assignment) return subscript_jsonb(scope, std::move(container), indices);
    std::vector<ExpressionPtr> keys;
    for (const ast::Node* index : indices) keys.push_back(jsonb_key(scope, index));
    return assign_by_keys(scope, std::move(container), std::move(keys), std::move(assignment));
  }
  if (catalog::is_hstore(catalog, type)) {
    if (!assignment) return subscript_hstore(scope, std::move(container), indices);
    std::vector<ExpressionPtr> keys;
    keys.push_back(hstore_key(scope, indices));
    return assign_by_keys(scope, std::move(container), std::move(keys), std::move(assignment));
  }
  Oid element = catalog.element_type(type);
  if (!element && type == oid::int2vector) element = oid::int2;
  if (!element && type == oid::oidvector) element = oid::oid_;
  if (!element && type != oid::unknown) {
    const auto* info = catalog.type(type);
    if (info && info->element && info->length > 0) element = info->element;
  }
  if (!element)
    throw SqlError("42804", fmt::format("cannot subscript type {} because it does not support "
                                        "subscripting",
                                        type_name(scope, container->type.oid)))
        .at(location_of(*container));
  bool slice = false;
  for (const ast::Node* node : indices) slice = slice || ast::as<ast::Indices>(*node).is_slice;

  auto index_expression = [&](const ast::Node* node) -> ExpressionPtr {
    if (!node) return nullptr;
    auto value = transform(scope, node);
    Oid from = value->type.oid;
    int at = location_of(*value);
    auto converted = coerce_to_target(scope, std::move(value), type_ref(scope, oid::int4),
                                      Context::assignment, query::CallForm::implicit_cast, -1);
    if (!converted) {
      (void)from;
      throw SqlError("42804", "array subscript must have type integer").at(at);
    }
    return converted;
  };
  query::Subscript node;
  for (const ast::Node* step : indices) {
    const auto& index = ast::as<ast::Indices>(*step);
    if (slice) {
      if (index.is_slice) {
        node.lower.push_back(index_expression(index.lower));
        node.upper.push_back(index_expression(index.upper));
      } else {
        node.lower.push_back(int4_constant(1));
        node.upper.push_back(index_expression(index.upper));
      }
    } else {
      node.upper.push_back(index_expression(index.upper));
    }
  }
  if (node.upper.size() > 6)
    throw SqlError("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})",
                                        node.upper.size(), 6));
  TypeRef result = slice || assignment ? type_ref(scope, type, container->type.typmod)
                                       : type_ref(scope, element, container->type.typmod);
  if (assignment) node.assignment = std::move(assignment);
  node.container = std::move(container);
  return make_expression(result, location, std::move(node));
}

ExpressionPtr transform_indirection(Scope& scope, ExpressionPtr base, ast::NodeList steps,
                                    int location) {
  std::size_t i = 0;
  while (i < steps.size()) {
    if (steps[i]->kind == ast::NodeKind::indices) {
      std::size_t end = i;
      while (end < steps.size() && steps[end]->kind == ast::NodeKind::indices) ++end;
      base = make_subscript(scope, std::move(base), steps.subspan(i, end - i));
      i = end;
      continue;
    }
    if (steps[i]->kind == ast::NodeKind::star)
      throw SqlError("0A000", "row expansion via \"*\" is not supported here").at(location);
    const auto& field = ast::as<ast::StringNode>(*steps[i]);
    int at = location_of(*base);
    if (at < 0) at = location;
    auto fields = row_fields(scope, *base);
    Oid type = base->type.oid;
    if (!fields && type == oid::record && node_as<query::ColumnReference>(base) != nullptr)
      throw SqlError("42809", "record type has not been registered");
    if (fields) {
      bool found = false;
      for (const auto& f : *fields) found = found || f.name == field.value;
      if (found) {
        base = select_field(scope, std::move(base), field.value, at);
        ++i;
        continue;
      }
    }
    // row.f may mean f(row).
    ast::Name name = field.value;
    std::vector<ExpressionPtr> arguments;
    arguments.push_back(std::move(base));
    ExpressionPtr called;
    try {
      called = make_function_call(scope, {&name, 1}, std::move(arguments), nullptr, at);
    } catch (const SqlError& error) {
      if (error.sqlstate() != "42883") throw;
    }
    if (!called) {
      if (type == oid::record)
        throw SqlError("42703", fmt::format("could not identify column \"{}\" in record data type", name))
            .at(at);
      const auto* info = scope.catalog().type(scope.catalog().base_type(type));
      if (info && info->kind == 'c')
        throw SqlError("42703", fmt::format("column \"{}\" not found in data type {}", name,
                                            type_name(scope, type)))
            .at(at);
      throw SqlError("42809", fmt::format("column notation .{} applied to type {}, which is not a "
                                          "composite type",
                                          name, type_name(scope, type)))
          .at(at);
    }
    base = std::move(called);
    ++i;
  }
  return base;
}

}  // namespace analyzer
