// Functions in FROM: their columns by result type, OUT parameters or a column definition list.
#include <fmt/format.h>

#include "collations.h"
#include "from.h"
#include "parser/ast_ddl.h"
#include "query/walk.h"

namespace analyzer {
namespace {

bool refers_to_siblings(const Expression& expression, int depth);
bool refers_to_siblings(const query::Query& query, int depth) {
  bool found = false;
  query::for_each_expression(
      query, [&](const Expression& e) { found = found || refers_to_siblings(e, depth); },
      [&](const query::Query& below) { found = found || refers_to_siblings(below, depth + 1); });
  return found;
}
bool refers_to_siblings(const Expression& expression, int depth) {
  if (const auto* ref = std::get_if<query::ColumnReference>(&expression.node)) return ref->levels_up == depth;
  bool found = false;
  query::for_each_child(
      expression, [&](const Expression& child) { found = found || refers_to_siblings(child, depth); },
      [&](const query::Query& below) { found = found || refers_to_siblings(below, depth + 1); });
  return found;
}

std::vector<query::RangeColumn> defined_columns(Scope& scope, ast::NodeList definitions) {
  std::vector<query::RangeColumn> result;
  for (const ast::Node* node : definitions) {
    const auto& definition = ast::as<ast::ColumnDefinition>(*node);
    if (definition.type->setof)
      throw SqlError("42P16", fmt::format("column \"{}\" cannot be declared SETOF", definition.name))
          .at(definition.location);
    TypeRef type = resolve_type(scope, *definition.type);
    if (definition.collation)
      type.collation = collation_of_column(scope, type.oid, *definition.collation, definition.collation->location);
    for (const auto& other : result)
      if (other.name == definition.name)
        throw SqlError("42701", fmt::format("column name \"{}\" specified more than once", definition.name));
    result.push_back({str(definition.name), type});
  }
  return result;
}

}  // namespace

bool refers_to_siblings(const Expression& expression) { return refers_to_siblings(expression, 0); }

NamespaceItemPtr transform_range_function(Scope& scope, const ast::RangeFunction& range) {
  struct Item {
    ExpressionPtr call;
    std::string name;
    ast::NodeList definitions;
    int location;
  };
  std::vector<Item> items;
  bool before = scope.lateral_active;
  scope.lateral_active = true;
  {
    PlaceScope at(scope, Place::from_function);
    for (const ast::Node* node : range.functions) {
      const auto& pair = ast::as<ast::ListNode>(*node);
      const ast::Node* call = pair.items[0];
      ast::NodeList definitions;
      if (const auto* list = ast::try_as<ast::ListNode>(pair.items[1])) definitions = list->items;
      const auto* function = ast::try_as<ast::FunctionCall>(call);
      // unnest(a, b) is ROWS FROM (unnest(a), unnest(b)).
      if (function && function->name.back() == "unnest" && function->arguments.size() > 1 &&
          function->name.size() == 1 && function->order_by.empty() && !function->filter &&
          !function->variadic && !function->distinct && !function->over && definitions.empty()) {
        for (const ast::Node* const& argument : function->arguments) {
          ast::FunctionCall single = *function;
          single.arguments = {&argument, 1};
          items.push_back({transform(scope, &single), figure_name(call), {}, call->location});
        }
        continue;
      }
      auto expression = transform(scope, call);
      items.push_back({std::move(expression), figure_name(call), definitions, call->location});
    }
  }
  scope.lateral_active = before;
  if (!range.column_definitions.empty()) {
    if (items.size() != 1) {
      if (range.is_rows_from)
        throw SqlError("42601", "ROWS FROM() with multiple functions cannot have a column definition list")
            .with_hint("Put a separate column definition list for each function inside ROWS FROM().")
            .at(range.column_definitions[0]->location);
      throw SqlError("42601", "UNNEST() with multiple arguments cannot have a column definition list")
          .with_hint("Use separate UNNEST() calls inside ROWS FROM(), and attach a column definition list "
                     "to each one.")
          .at(range.column_definitions[0]->location);
    }
    if (range.ordinality)
      throw SqlError("42601", "WITH ORDINALITY cannot be used with a column definition list")
          .with_hint("Put the column definition list inside ROWS FROM().")
          .at(range.column_definitions[0]->location);
    items[0].definitions = range.column_definitions;
  }

  query::RangeTableEntry entry;
  entry.kind = query::RangeTableEntry::Kind::function;
  entry.lateral = range.lateral;
  entry.with_ordinality = range.ordinality;
  entry.alias = range.alias ? str(range.alias->name) : items[0].name;
  for (auto& item : items) {
    assign_collations(scope, *item.call);
    if (item.call->type.oid == oid::unknown)
      item.call = coerce_to_common(scope, std::move(item.call), oid::text, "FROM");
    query::FunctionItem function;
    Oid type = item.call->type.oid;
    const auto* info = scope.catalog().type(scope.catalog().base_type(type));
    std::vector<query::RangeColumn> columns;
    if (type == oid::record && !item.definitions.empty()) {
      if (row_fields(scope, *item.call))
        throw SqlError("42601", "a column definition list is redundant for a function with OUT parameters")
            .at(item.definitions[0]->location);
      columns = defined_columns(scope, item.definitions);
      function.has_column_definitions = true;
    } else if (!item.definitions.empty()) {
      if (info && info->kind == 'c')
        throw SqlError("42601", "a column definition list is redundant for a function returning a named "
                                "composite type")
            .at(item.definitions[0]->location);
      throw SqlError("42601", "a column definition list is only allowed for functions returning \"record\"")
          .at(item.definitions[0]->location);
    } else if (type == oid::record || (info && info->kind == 'c')) {
      auto fields = row_fields(scope, *item.call);
      if (!fields)
        throw SqlError("42601", "a column definition list is required for functions returning \"record\"")
            .at(location_of(*item.call));
      for (auto& field : *fields) columns.push_back({field.name, field.type});
    } else {
      if (info && info->kind == 'p' && type != oid::void_)
        throw SqlError("42804", fmt::format("function \"{}\" in FROM has unsupported return type {}",
                                            item.name, type_name(scope, type)))
            .at(location_of(*item.call));
      // A scalar takes the alias; a single OUT parameter its name; else the function's.
      std::string name = item.name;
      if (const auto* call = std::get_if<query::Call>(&item.call->node)) {
        const auto* called = scope.catalog().function(call->function);
        if (called && !called->argument_modes.empty() && !called->argument_names.empty()) {
          int outs = 0;
          std::string out;
          for (std::size_t i = 0; i < called->argument_modes.size(); ++i) {
            char mode = called->argument_modes[i];
            if (mode != 'o' && mode != 'b' && mode != 't') continue;
            ++outs;
            out = called->argument_names[i];
          }
          if (outs == 1 && !out.empty()) name = out;
          else if (range.alias && items.size() == 1) name = str(range.alias->name);
        } else if (range.alias && items.size() == 1) {
          name = str(range.alias->name);
        }
      } else if (range.alias && items.size() == 1) {
        name = str(range.alias->name);
      }
      columns.push_back({name, item.call->type});
    }
    function.column_count = static_cast<int>(columns.size());
    function.call = std::move(item.call);
    entry.functions.push_back(std::move(function));
    for (auto& column : columns) entry.columns.push_back(std::move(column));
  }
  if (range.ordinality) entry.columns.push_back({"ordinality", type_ref(scope, oid::int8)});
  // A function may refer to what stands before it without saying LATERAL.
  for (const auto& function : entry.functions)
    entry.lateral = entry.lateral || refers_to_siblings(*function.call, 0);
  apply_alias(entry, range.alias, "table");
  return add_entry(scope, std::move(entry));
}

}  // namespace analyzer
