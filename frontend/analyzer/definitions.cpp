// CREATE of everything but tables: indexes, views, sequences, schemas, databases, types, functions.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "catalog/access_methods.h"
#include "define.h"
#include "query/walk.h"
#include "search_cycle.h"
#include "table_builder.h"
#include "transition_tables.h"
#include "types/ascii.h"

namespace analyzer {
namespace {

std::int64_t integer_argument(const ast::DefinitionElement& element) {
  std::string text = argument_text(element.argument).value_or("");
  std::int64_t value = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size()) {
    if (error == std::errc::result_out_of_range)
      throw SqlError("22003", fmt::format("value \"{}\" is out of range for type {}", text, "bigint"));
    throw SqlError("42601", fmt::format("{} requires a numeric value", element.name)).at(element.location);
  }
  return value;
}

}  // namespace

bool boolean_argument(const ast::DefinitionElement& element) {
  auto text = argument_text(element.argument);
  return !text || *text == "true" || *text == "1" || *text == "on";
}

query::SequenceOptions analyze_sequence_options(State& state, ast::NodeList options) {
  query::SequenceOptions result;
  std::vector<std::string_view> seen;
  for (const ast::Node* node : options) {
    const auto& element = ast::as<ast::DefinitionElement>(*node);
    for (auto other : seen)
      if (other == element.name) throw SqlError("42601", "conflicting or redundant options").at(element.location);
    seen.push_back(element.name);
    if (element.name == "as") {
      query::Query query;
      Scope scope(state, nullptr, &query);
      Oid type = resolve_type(scope, ast::as<ast::TypeName>(*element.argument)).oid;
      if (type != oid::int2 && type != oid::int4 && type != oid::int8)
        throw SqlError("22023", "sequence type must be smallint, integer, or bigint");
      result.type = type;
    } else if (element.name == "increment") {
      result.increment = integer_argument(element);
    } else if (element.name == "start") {
      result.start = integer_argument(element);
    } else if (element.name == "restart") {
      result.restart = true;
      if (element.argument) result.restart_with = integer_argument(element);
    } else if (element.name == "maxvalue") {
      result.max_value = element.argument ? std::optional(integer_argument(element)) : std::nullopt;
    } else if (element.name == "minvalue") {
      result.min_value = element.argument ? std::optional(integer_argument(element)) : std::nullopt;
    } else if (element.name == "cache") {
      result.cache = integer_argument(element);
    } else if (element.name == "cycle") {
      result.cycle = boolean_argument(element);
    } else if (element.name == "owned_by") {
      std::vector<ast::Name> names;
      for (const ast::Node* item : ast::as<ast::ListNode>(*element.argument).items)
        names.push_back(ast::as<ast::StringNode>(*item).value);
      if (names.size() == 1) {
        if (names[0] != "none")
          throw SqlError("42601", "invalid OWNED BY option")
              .with_hint("Specify OWNED BY table.column or OWNED BY NONE.");
        result.owned_by_none = true;
      } else {
        auto table = object_name(state, ast::Names(names).first(names.size() - 1));
        query::RelationName owner;
        owner.schema = table.schema;
        owner.name = table.name;
        result.owned_by = std::move(owner);
        result.owned_by_column = str(names.back());
      }
    } else if (element.name == "sequence_name") {
      std::vector<ast::Name> names;
      for (const ast::Node* item : ast::as<ast::ListNode>(*element.argument).items)
        names.push_back(ast::as<ast::StringNode>(*item).value);
      result.sequence_name = object_name(state, names);
    } else {
      throw SqlError("42601", fmt::format("option \"{}\" not recognized", element.name)).at(element.location);
    }
  }
  return result;
}

query::IndexElement analyze_index_element(Scope& scope, const ast::IndexElement& source, std::string_view access_method,
                                          const std::function<std::string(int column)>& name_of) {
  query::IndexElement element;
  if (source.name.data()) {
    element.column = str(source.name);
  } else {
    auto expression = analyze_expression(scope, source.expression, Place::index_expression);
    if (expression->type.oid == oid::unknown)
      expression = coerce(scope, std::move(expression), type_ref(scope, oid::text), Context::implicit,
                          query::CallForm::implicit_cast, -1);
    assign_collations(scope, *expression);
    const auto* ref = std::get_if<query::ColumnReference>(&expression->node);
    if (ref && ref->column >= 0)
      element.column = name_of(ref->column);
    else
      element.expression = std::move(expression);
  }
  if (!source.operator_class.empty()) element.operator_class = object_name(scope.state, source.operator_class);
  if (!source.collation.empty()) {
    element.collation = resolve_collation(scope, source.collation, -1);
    element.collation_written = true;
  }
  if (const auto method = catalog::method_by_name(access_method);
      method != 0 && !catalog::abilities_of(method).ordered) {
    if (source.direction != ast::SortDirection::by_default)
      throw SqlError("0A000", fmt::format("access method \"{}\" does not support ASC/DESC options", access_method));
    if (source.nulls != ast::NullsOrder::by_default)
      throw SqlError("0A000", fmt::format("access method \"{}\" does not support NULLS FIRST/LAST options", access_method));
  }
  element.descending = source.direction == ast::SortDirection::descending;
  element.nulls_first = source.nulls == ast::NullsOrder::by_default ? element.descending
                                                                    : source.nulls == ast::NullsOrder::first;
  return element;
}

query::CreateIndex analyze_create_index(State& state, const ast::CreateIndex& node) {
  query::CreateIndex result;
  result.name = str(node.name);
  result.table = relation_name(state, *node.relation);
  result.access_method = node.access_method.data() ? str(node.access_method) : "btree";
  result.unique = node.unique;
  result.nulls_not_distinct = node.nulls_not_distinct;
  result.concurrently = node.concurrently;
  result.if_not_exists = node.if_not_exists;
  result.options = make_options(node.options);
  result.tablespace = str(node.tablespace);

  TableScope table(state);
  auto relation = open_relation(table.scope, *node.relation,
                             node.concurrently ? catalog::RelationLock::share_update_exclusive
                                               : catalog::RelationLock::share);
  using Kind = catalog::RelationKind;
  if (relation->kind != Kind::table && relation->kind != Kind::materialized_view &&
      relation->kind != Kind::partitioned_table)
    throw SqlError("42809", fmt::format("cannot create index on relation \"{}\"", relation->name))
        .with_detail(relation->kind == Kind::view ? "This operation is not supported for views."
                     : relation->kind == Kind::foreign_table ? "This operation is not supported for foreign tables."
                     : relation->kind == Kind::sequence ? "This operation is not supported for sequences."
                                                        : "This operation is not supported for indexes.");
  enter_table(table, relation);
  result.table.oid = relation->oid;
  for (const ast::Node* item : node.elements) {
    const auto& source = ast::as<ast::IndexElement>(*item);
    result.elements.push_back(
        analyze_index_element(table.scope, source, result.access_method, [&](int column) {
          return relation->columns[static_cast<std::size_t>(column)].name;
        }));
  }
  for (const ast::Node* item : node.including) {
    const auto& source = ast::as<ast::IndexElement>(*item);
    if (!source.name.data()) throw SqlError("0A000", "expressions are not supported in included columns");
    result.include.push_back(str(source.name));
  }
  result.where = analyze_condition(table.scope, node.where, Place::index_predicate, "WHERE");
  if (result.where) assign_collations(table.scope, *result.where);
  return result;
}

namespace {

bool reads_temporary(State& state, const query::Query& query) {
  for (const auto& entry : query.range_table) {
    if (entry.relation == 0) continue;
    auto relation = state.catalog.relation(entry.relation);
    if (relation && relation->persistence == 't') return true;
  }
  bool found = false;
  std::function<void(const query::Query&)> below = [&](const query::Query& inner) {
    found = found || reads_temporary(state, inner);
  };
  std::function<void(const query::Expression&)> visit = [&](const query::Expression& expression) {
    query::for_each_child(expression, visit, below);
  };
  query::for_each_expression(query, visit, below);
  return found;
}

Oid column_collation(State& state, Oid type) {
  const auto* info = state.catalog.type(type);
  return info != nullptr ? info->collation : 0;
}

query::CreateView create_view(State& state, const ast::CreateView& node) {
  query::CreateView result;
  result.name = relation_name(state, *node.view);
  result.persistence = persistence_of(*node.view);
  result.or_replace = node.replace;
  result.check_option = static_cast<query::CheckOption>(node.check_option);
  result.options = make_options(node.options);
  if (const auto* select = ast::try_as<ast::Select>(node.query); select && select->into)
    throw SqlError("0A000", "views must not contain SELECT INTO");
  if (node.view->persistence == 'u') throw SqlError("42601", "views cannot be unlogged because they do not have storage");
  std::size_t parameters = state.parameters.size();
  result.query = analyze_query(state, nullptr, node.query);
  refuse_transition_tables(*result.query);
  if (state.parameters.size() > parameters) throw SqlError("42P02", "there is no parameter $1");
  if (searches_breadth_first(*result.query)) throw SqlError::not_supported("SEARCH BREADTH FIRST in a view");
  for (const auto& table : result.query->with)
    if (table.query->command != query::CommandKind::select)
      throw SqlError("0A000", "views must not contain data-modifying statements in WITH");
  if (result.persistence == query::Persistence::permanent && reads_temporary(state, *result.query)) {
    result.persistence = query::Persistence::temporary;
    result.becomes_temporary = true;
  }
  std::size_t i = 0;
  for (auto& output : result.query->output) {
    if (output.hidden) continue;
    query::ColumnDefinition column;
    column.name = i < node.aliases.size() ? str(node.aliases[i]) : output.name;
    column.type = output.expression->type;
    if (column.type.collation == 0 && column_collation(state, column.type.oid) != 0)
      throw SqlError("42P22", fmt::format("could not determine which collation to use for view column \"{}\"", column.name))
          .with_hint("Use the COLLATE clause to set the collation explicitly.");
    output.name = column.name;
    for (const auto& other : result.columns)
      if (other.name == column.name)
        throw SqlError("42701", fmt::format("column \"{}\" specified more than once", column.name));
    result.columns.push_back(std::move(column));
    ++i;
  }
  if (node.aliases.size() > i)
    throw SqlError("42601", "CREATE VIEW specifies more column names than columns");
  return result;
}

query::CreateDomain create_domain(State& state, const ast::CreateDomain& node) {
  query::CreateDomain result;
  result.name = object_name(state, node.name);
  query::Query query;
  Scope scope(state, nullptr, &query);
  result.base = resolve_type(scope, *node.type);
  const auto* info = state.catalog.type(result.base.oid);
  if (info && info->kind == 'p')
    throw SqlError("42804", fmt::format("\"{}\" is not a valid base type for a domain", type_name_text(*node.type)));
  if (node.collation)
    result.base.collation = resolve_collation(scope, node.collation->collation, node.collation->location);
  bool nullable = false;
  for (const ast::Node* item : node.constraints) {
    const auto& constraint = ast::as<ast::Constraint>(*item);
    using Kind = ast::ConstraintKind;
    switch (constraint.constraint) {
      case Kind::default_: {
        if (result.default_value) throw SqlError("42601", "multiple default expressions");
        auto value = analyze_expression(scope, constraint.expression, Place::column_default);
        Oid from = value->type.oid;
        value = coerce_to_target(scope, std::move(value), result.base, Context::assignment,
                                 query::CallForm::implicit_cast, -1);
        if (!value)
          throw SqlError("42804", fmt::format("column \"{}\" is of type {} but default expression is of type {}",
                                              result.name.name, type_name(scope, result.base.oid), type_name(scope, from)))
              .with_hint("You will need to rewrite or cast the expression.");
        assign_collations(scope, *value);
        result.default_value = std::move(value);
        break;
      }
      case Kind::not_null:
        if (nullable) throw SqlError("42601", "conflicting NULL/NOT NULL constraints");
        result.not_null = true;
        break;
      case Kind::null:
        if (result.not_null) throw SqlError("42601", "conflicting NULL/NOT NULL constraints");
        nullable = true;
        break;
      case Kind::check: {
        query::DomainCheck check;
        check.name = str(constraint.name);
        scope.domain_value = &result.base;
        check.check = analyze_condition(scope, constraint.expression, Place::domain_check, "CHECK");
        assign_collations(scope, *check.check);
        scope.domain_value = nullptr;
        result.checks.push_back(std::move(check));
        break;
      }
      case Kind::unique: throw SqlError("42601", "unique constraints not possible for domains");
      case Kind::primary_key: throw SqlError("42601", "primary key constraints not possible for domains");
      case Kind::exclusion: throw SqlError("42601", "exclusion constraints not possible for domains");
      case Kind::foreign_key: throw SqlError("42601", "foreign key constraints not possible for domains");
      default: throw SqlError("0A000", "specifying constraint deferrability not supported for domains");
    }
  }
  return result;
}

query::AlterDomain alter_domain(State& state, const ast::AlterDomain& node) {
  using Action = query::AlterDomain::Action;
  query::AlterDomain result{};
  result.name = object_name(state, node.name);
  const auto* info = state.catalog.find_type(result.name.schema, result.name.name);
  if (!info) throw SqlError("42704", fmt::format("type \"{}\" does not exist", join_names(node.name)));
  if (info->kind != 'd')
    throw SqlError("42809", fmt::format("{} is not a domain", state.catalog.format_type(info->oid)));
  result.type = info->oid;
  result.missing_ok = node.missing_ok;
  result.cascade = node.cascade;
  result.constraint = str(node.constraint);
  query::Query query;
  Scope scope(state, nullptr, &query);
  TypeRef base = type_ref(scope, info->base_type, info->typmod);
  switch (node.subtype) {
    case 'T':
      result.action = node.definition ? Action::set_default : Action::drop_default;
      if (node.definition) {
        auto value = analyze_expression(scope, node.definition, Place::column_default);
        result.default_value = coerce_to_target(scope, std::move(value), base, Context::assignment,
                                                query::CallForm::implicit_cast, -1);
        if (!result.default_value)
          throw SqlError("42804", "default expression has the wrong type for the domain")
              .with_hint("You will need to rewrite or cast the expression.");
        assign_collations(scope, *result.default_value);
      }
      break;
    case 'N': result.action = Action::drop_not_null; break;
    case 'O': result.action = Action::set_not_null; break;
    case 'C': {
      result.action = Action::add_check;
      const auto& constraint = ast::as<ast::Constraint>(*node.definition);
      if (constraint.constraint != ast::ConstraintKind::check)
        throw SqlError("42601", "only CHECK constraints are possible for domains here");
      result.check.name = str(constraint.name);
      result.check.not_valid = constraint.not_valid;
      scope.domain_value = &base;
      result.check.check = analyze_condition(scope, constraint.expression, Place::domain_check, "CHECK");
      assign_collations(scope, *result.check.check);
      break;
    }
    case 'X': result.action = Action::drop_constraint; break;
    default: result.action = Action::validate_constraint;
  }
  return result;
}

std::string language_of(const ast::CreateFunction& node) {
  for (const ast::Node* item : node.options) {
    const auto& option = ast::as<ast::DefinitionElement>(*item);
    if (option.name == "language") return argument_text(option.argument).value_or("");
  }
  return "sql";
}

bool is_native(std::string_view language) { return language == "internal" || language == "c"; }

// Types of a function's signature: shells will do where PostgreSQL lets them, with a notice.
TypeRef parameter_type(Scope& scope, const ast::TypeName& name, const std::string& language, query::CreateFunction& function) {
  if (name.percent_type) return resolve_type(scope, name);
  const Oid found = lookup_type(scope, name);
  if (found == 0) throw SqlError("42704", fmt::format("type {} does not exist", type_name_text(name)));
  if (scope.catalog().type(found)->defined) return resolve_type(scope, name);
  const std::string text = type_name_text(name);
  if (language == "sql") throw SqlError("42P13", fmt::format("SQL function cannot accept shell type {}", text));
  function.shells.push_back({"42809", fmt::format("argument type {} is only a shell", text), {}});
  return {.oid = found};
}

TypeRef result_type(Scope& scope, const ast::TypeName& name, const std::string& language, query::CreateFunction& function) {
  if (name.percent_type) return resolve_type(scope, name);
  const std::string text = type_name_text(name);
  const Oid found = lookup_type(scope, name);
  if (found == 0) {
    // For the I/O functions of a type that is still to be made.
    if (!is_native(language) || !name.array_bounds.empty() || !name.modifiers.empty()) {
      if (!name.modifiers.empty() && is_native(language))
        throw SqlError("42601", fmt::format("type modifier cannot be specified for shell type \"{}\"", text));
      throw SqlError("42704", fmt::format("type \"{}\" does not exist", text));
    }
    function.shells.push_back({"42704", fmt::format("type \"{}\" is not yet defined", text), "Creating a shell type definition."});
    function.result_shell = object_name(scope.state, name.names);
    return {};
  }
  if (scope.catalog().type(found)->defined) return resolve_type(scope, name);
  if (language == "sql") throw SqlError("42P13", fmt::format("SQL function cannot return shell type {}", text));
  function.shells.push_back({"42809", fmt::format("return type {} is only a shell", text), {}});
  return {.oid = found};
}

std::string_view statement_text(State& state, const parser::Statement& statement) {
  return state.context.text.substr(static_cast<std::size_t>(statement.location),
                                   static_cast<std::size_t>(statement.length));
}

// RETURN .., or BEGIN ATOMIC .. END, as written: what stands behind the last word of that kind
// outside of strings.
std::string body_text(std::string_view text, const ast::Node* body) {
  const bool is_return = body->kind == ast::NodeKind::return_statement;
  std::size_t found = std::string_view::npos;
  char quote = 0;
  int depth = 0;
  auto word_at = [&](std::size_t at, std::string_view word) {
    if (at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_')) return false;
    if (at + word.size() > text.size()) return false;
    if (!types::equals_ignoring_case(text.substr(at, word.size()), word)) return false;
    return at + word.size() == text.size() ||
           !(std::isalnum(static_cast<unsigned char>(text[at + word.size()])) || text[at + word.size()] == '_');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (depth == 0 && word_at(i, is_return ? "return" : "begin")) {
      found = i;
      break;
    }
  }
  if (found == std::string_view::npos) throw SqlError("XX000", "the function's body was not found");
  std::string result(text.substr(found));
  if (!is_return) {
    auto end = result.size();
    while (end > 0 && !std::isalpha(static_cast<unsigned char>(result[end - 1]))) --end;
    result.resize(end);
  }
  return result;
}

void set_attributes(State& state, std::span<const ast::Node* const> options, query::CreateFunction& result) {
  const query::AlterFunction given = analyze_routine_attributes(state, options, "CREATE FUNCTION");
  if (result.is_procedure && given.not_for_procedures >= 0)
    throw SqlError("42P13", "invalid attribute in procedure definition").at(given.not_for_procedures);
  result.volatility = given.volatility.value_or('v');
  result.parallel = given.parallel.value_or('u');
  result.strict = given.strict.value_or(false);
  result.security_definer = given.security_definer.value_or(false);
  result.leakproof = given.leakproof.value_or(false);
  result.cost = given.cost;
  result.rows = given.rows;
  result.settings = given.settings;
}

void require_possible_result(Scope& scope, const query::CreateFunction& function) {
  std::vector<Oid> inputs, results{function.result.oid};
  for (const auto& parameter : function.parameters) {
    const bool in = parameter.mode == 'i' || parameter.mode == 'b' || parameter.mode == 'v';
    if (in) inputs.push_back(parameter.type.oid);
    else results.push_back(parameter.type.oid);
  }
  for (const Oid result : results) {
    if (auto detail = polymorphic_refusal(scope, inputs, result))
      throw SqlError("42P13", "cannot determine result data type").with_detail(*detail);
    if (result == oid::internal && std::ranges::find(inputs, Oid{oid::internal}) == inputs.end())
      throw SqlError("42P13", "unsafe use of pseudo-type \"internal\"")
          .with_detail("A result of type internal requires at least one input of type internal.");
  }
}

query::CreateFunction create_function(State& state, const ast::CreateFunction& node,
                                      const parser::Statement& statement) {
  query::CreateFunction result;
  result.name = object_name(state, node.name);
  result.or_replace = node.replace;
  result.is_procedure = node.is_procedure;
  query::Query query;
  Scope scope(state, nullptr, &query);
  const std::string language = language_of(node);
  std::vector<TypeRef> outputs;
  bool table = false, have_variadic = false, have_default = false;
  for (const ast::Node* item : node.parameters) {
    const auto& source = ast::as<ast::FunctionParameter>(*item);
    query::FunctionParameter parameter;
    parameter.name = str(source.name);
    parameter.type = parameter_type(scope, *source.type, language, result);
    parameter.mode = source.mode == 'd' ? 'i' : source.mode;
    if (parameter.mode == 'o' || parameter.mode == 'b' || parameter.mode == 't') outputs.push_back(parameter.type);
    table = table || parameter.mode == 't';
    const bool in = parameter.mode == 'i' || parameter.mode == 'b' || parameter.mode == 'v';
    if (source.type->setof)
      throw SqlError("42P13", node.is_procedure ? "procedures cannot accept set arguments"
                                                : "functions cannot accept set arguments");
    if (const auto* info = state.catalog.type(parameter.type.oid);
        info && info->kind == 'p' && (parameter.type.oid == oid::cstring || parameter.type.oid == oid::trigger ||
                                      parameter.type.oid == oid::void_) &&
        node.options.size() > 0 && !is_native(language))
      throw SqlError("42P13", fmt::format("{} cannot have arguments of type {}",
                                          language == "sql" ? "SQL functions" : "PL/pgSQL functions",
                                          type_name(scope, parameter.type.oid)));
    for (const auto& other : result.parameters) {
      if (parameter.name.empty() || other.name != parameter.name) continue;
      // An input and a column of the result may share a name.
      const bool other_in = other.mode == 'i' || other.mode == 'b' || other.mode == 'v';
      const bool out = !in || parameter.mode == 'b', other_out = !other_in || other.mode == 'b';
      if ((in && other_in) || (out && other_out) || (table && !(in && other_in) && other_in == false))
        throw SqlError("42P13", fmt::format("parameter name \"{}\" used more than once", parameter.name));
    }
    if (have_variadic && in)
      throw SqlError("42P13", "VARIADIC parameter must be the last input parameter");
    if (parameter.mode == 'v') {
      have_variadic = true;
      if (!state.catalog.element_type(parameter.type.oid) && parameter.type.oid != oid::anyarray &&
          parameter.type.oid != oid::any && parameter.type.oid != 5078)
        throw SqlError("42P13", "VARIADIC parameter must be an array");
    }
    if (in && have_default && !source.default_value)
      throw SqlError("42P13", "input parameters after one with a default value must also have defaults");
    if (!in && source.default_value) throw SqlError("42P13", "only input parameters can have default values");
    have_default = have_default || source.default_value != nullptr;
    if (source.default_value) {
      auto value = analyze_expression(scope, source.default_value, Place::function_default);
      value = coerce_to_specific(scope, std::move(value), parameter.type, "DEFAULT");
      assign_collations(scope, *value);
      parameter.default_value = std::move(value);
    }
    result.parameters.push_back(std::move(parameter));
  }
  if (node.result) {
    result.returns_set = node.result->setof;
    result.result = result_type(scope, *node.result, language, result);
    const TypeRef wanted = outputs.empty() ? result.result
                           : outputs.size() == 1 && !table ? outputs[0] : type_ref(scope, oid::record);
    if (wanted.oid != result.result.oid && !table)
      throw SqlError("42P13", fmt::format("function result type must be {} because of OUT parameters",
                                          type_name(scope, wanted.oid)));
  } else if (!outputs.empty() && node.is_procedure) {
    result.result = type_ref(scope, oid::record);
  } else if (!outputs.empty()) {
    result.result = outputs.size() == 1 && !table ? outputs[0] : type_ref(scope, outputs.size() == 1 ? outputs[0].oid : oid::record);
    result.returns_set = table;
  } else if (node.is_procedure) {
    result.result = type_ref(scope, oid::void_);
  } else {
    throw SqlError("42P13", "function result type must be specified");
  }
  std::vector<const ast::Node*> attributes;
  std::vector<ast::Name> seen;
  for (const ast::Node* item : node.options) {
    const auto& option = ast::as<ast::DefinitionElement>(*item);
    const bool of_create = option.name == "as" || option.name == "language" || option.name == "window";
    if (of_create && std::ranges::find(seen, option.name) != seen.end())
      throw SqlError("42601", "conflicting or redundant options").at(option.location);
    seen.push_back(option.name);
    if (option.name == "as") {
      for (const ast::Node* part : ast::as<ast::ListNode>(*option.argument).items)
        result.body.push_back(argument_text(part).value_or(""));
    } else if (option.name == "language") {
      result.language = argument_text(option.argument).value_or("");
    } else if (option.name == "window") {
      if (node.is_procedure) throw SqlError("42P13", "invalid attribute in procedure definition").at(option.location);
      result.is_window = boolean_argument(option);
    } else {
      attributes.push_back(item);
    }
  }
  set_attributes(state, attributes, result);
  if (node.sql_body) {
    if (result.language.empty()) result.language = "sql";
    if (result.language != "sql")
      throw SqlError("42P13", "inline SQL function body only valid for language SQL");
    if (!result.body.empty()) throw SqlError("42P13", "duplicate function body specified");
    for (const auto& parameter : result.parameters)
      if (const auto* info = state.catalog.type(parameter.type.oid);
          info && info->kind == 'p' && info->name.starts_with("any"))
        throw SqlError("42P13", "SQL function with unquoted function body cannot have polymorphic arguments");
    result.sql_body_text = body_text(statement_text(state, statement), node.sql_body);
  }
  if (result.language.empty()) throw SqlError("42P13", "no language specified");
  require_possible_result(scope, result);
  return result;
}

// BEFORE triggers run before those are known.
void check_before_new(const catalog::RelationDescriptor& relation, int column, int location) {
  std::string detail;
  if (column == query::kWholeRowColumn) {
    if (std::ranges::any_of(relation.columns, [](const auto& c) { return c.generated && !c.dropped; }))
      detail = "A whole-row reference is used and the table contains generated columns.";
  } else if (column < 0) {
    throw SqlError("42P17", "BEFORE trigger's WHEN condition cannot reference NEW system columns").at(location);
  } else if (const catalog::Column& c = relation.columns[static_cast<std::size_t>(column)]; c.generated) {
    detail = fmt::format("Column \"{}\" is a generated column.", c.name);
  }
  if (!detail.empty())
    throw SqlError("42P17", "BEFORE trigger's WHEN condition cannot reference NEW generated columns")
        .with_detail(std::move(detail))
        .at(location);
}

// A trigger's WHEN over two entries, the row before and the row after.
std::unique_ptr<query::Query> trigger_condition(State& state, const ast::CreateTrigger& node,
                                                const catalog::RelationPtr& relation) {
  using catalog::TriggerInfo;
  auto query = std::make_unique<query::Query>();
  Scope scope(state, nullptr, query.get());
  for (const char* name : {"old", "new"}) scope.names.push_back(add_relation(scope, relation, name, false));
  query->where = analyze_condition(scope, node.when, Place::trigger_when, "WHEN");
  assign_collations(scope, *query->where);
  auto check = [&](auto& self, const Expression& e) -> void {
    if (const auto* column = std::get_if<query::ColumnReference>(&e.node); column && column->levels_up == 0) {
      const bool is_old = column->range_table_index == 0;
      const char* refused = !node.row                                     ? "statement trigger's WHEN condition cannot reference column values"
                            : is_old && (node.type & TriggerInfo::kInsert) ? "INSERT trigger's WHEN condition cannot reference OLD values"
                            : !is_old && (node.type & TriggerInfo::kDelete) ? "DELETE trigger's WHEN condition cannot reference NEW values"
                                                                            : nullptr;
      if (refused) throw SqlError("42P17", refused).at(e.location);
      if (!is_old && (node.type & TriggerInfo::kBefore)) check_before_new(*relation, column->column, e.location);
    }
    query::for_each_child(e, [&](const Expression& child) { self(self, child); }, [](const query::Query&) {});
  };
  check(check, *query->where);
  return query;
}

// REFERENCING.
void check_transitions(const ast::CreateTrigger& node, const catalog::RelationDescriptor& relation) {
  using catalog::TriggerInfo;
  if (node.old_tables + node.new_tables == 0) return;
  const auto wrong = [](const char* message) { throw SqlError("42P17", message); };
  if (node.names_row)
    throw SqlError("0A000", "ROW variable naming in the REFERENCING clause is not supported")
        .with_hint("Use OLD TABLE or NEW TABLE for naming transition tables.");
  if (relation.kind == catalog::RelationKind::view)
    throw SqlError("42809", fmt::format("\"{}\" is a view", relation.name))
        .with_detail("Triggers on views cannot have transition tables.");
  if (node.row && relation.partition_bound)
    throw SqlError("0A000", "ROW triggers with transition tables are not supported on partitions");
  if (node.row && !relation.parents.empty())
    throw SqlError("0A000", "ROW triggers with transition tables are not supported on inheritance children");
  if (node.type & (TriggerInfo::kBefore | TriggerInfo::kInstead))
    wrong("transition table name can only be specified for an AFTER trigger");
  if (node.type & TriggerInfo::kTruncate)
    throw SqlError("0A000", "TRUNCATE triggers with transition tables are not supported");
  const int events = ((node.type & TriggerInfo::kInsert) != 0) + ((node.type & TriggerInfo::kUpdate) != 0) +
                     ((node.type & TriggerInfo::kDelete) != 0);
  if (events != 1)
    throw SqlError("0A000", "transition tables cannot be specified for triggers with more than one event");
  if (node.columns.size() > 0)
    throw SqlError("0A000", "transition tables cannot be specified for triggers with column lists");
  if (node.new_tables > 0 && (node.type & (TriggerInfo::kInsert | TriggerInfo::kUpdate)) == 0)
    wrong("NEW TABLE can only be specified for an INSERT or UPDATE trigger");
  if (node.new_tables > 1) wrong("NEW TABLE cannot be specified multiple times");
  if (node.old_tables > 0 && (node.type & (TriggerInfo::kDelete | TriggerInfo::kUpdate)) == 0)
    wrong("OLD TABLE can only be specified for a DELETE or UPDATE trigger");
  if (node.old_tables > 1) wrong("OLD TABLE cannot be specified multiple times");
  if (node.old_tables > 0 && node.new_tables > 0 && str(node.old_table) == str(node.new_table))
    wrong("OLD TABLE name and NEW TABLE name cannot be the same");
}

query::CreateTrigger create_trigger(State& state, const ast::CreateTrigger& node) {
  using catalog::TriggerInfo;
  if (node.is_constraint && node.replace)
    throw SqlError("0A000", "CREATE OR REPLACE CONSTRAINT TRIGGER is not supported");
  query::CreateTrigger result;
  result.name = str(node.name);
  result.or_replace = node.replace;
  result.relation = relation_name(state, *node.relation);
  result.type = static_cast<std::int16_t>(node.type);
  query::Query query;
  Scope scope(state, nullptr, &query);
  auto relation = open_relation(scope, *node.relation, catalog::RelationLock::share_row_exclusive);
  switch (relation->kind) {
    case catalog::RelationKind::table:
      if (node.type & TriggerInfo::kInstead)
        throw SqlError("42809", fmt::format("\"{}\" is a table", relation->name))
            .with_detail("Tables cannot have INSTEAD OF triggers.");
      break;
    case catalog::RelationKind::partitioned_table:
      if (node.row && (node.type & TriggerInfo::kInstead))
        throw SqlError("42809", fmt::format("\"{}\" is a table", relation->name))
            .with_detail("Tables cannot have INSTEAD OF triggers.");
      if (node.row && node.old_tables + node.new_tables > 0)
        throw SqlError("0A000", fmt::format("\"{}\" is a partitioned table", relation->name))
            .with_detail("ROW triggers with transition tables are not supported on partitioned tables.");
      break;
    case catalog::RelationKind::view: {
      const auto wrong = [&](const char* detail) {
        return SqlError("42809", fmt::format("\"{}\" is a view", relation->name)).with_detail(detail);
      };
      if (node.row && !(node.type & TriggerInfo::kInstead))
        throw wrong("Views cannot have row-level BEFORE or AFTER triggers.");
      if (node.type & TriggerInfo::kTruncate) throw wrong("Views cannot have TRUNCATE triggers.");
      break;
    }
    default: throw SqlError("42809", fmt::format("relation \"{}\" cannot have triggers", relation->name));
  }
  if (node.type & TriggerInfo::kInstead) {
    if (!node.row) throw SqlError("0A000", "INSTEAD OF triggers must be FOR EACH ROW");
    if (node.when) throw SqlError("0A000", "INSTEAD OF triggers cannot have WHEN conditions");
    if (!node.columns.empty()) throw SqlError("0A000", "INSTEAD OF triggers cannot have column lists");
  }
  if ((node.type & TriggerInfo::kTruncate) && node.row)
    throw SqlError("0A000", "TRUNCATE FOR EACH ROW triggers are not supported");
  if (node.is_constraint) {
    result.is_constraint = true;
    result.deferrable = node.deferrable;
    result.initially_deferred = node.initially_deferred;
    if (node.from != nullptr) result.from = relation_name(state, *node.from);
  }
  check_transitions(node, *relation);
  result.old_table = str(node.old_table);
  result.new_table = str(node.new_table);
  for (ast::Name column : node.columns) result.columns.push_back(str(column));
  for (const ast::Node* argument : node.arguments) result.arguments.push_back(argument_text(argument).value_or(""));
  result.function = lookup_function(scope, node.function, {}, false, -1);
  const auto* function = state.catalog.function(result.function);
  if (function->result != oid::trigger)
    throw SqlError("42P17", fmt::format("function {} must return type {}", join_names(node.function), "trigger"));
  if (node.when) result.when = trigger_condition(state, node, relation);
  return result;
}

query::DefinePolicy define_policy(State& state, const ast::Policy& node) {
  query::DefinePolicy result;
  result.alter = node.alter;
  result.name = str(node.name);
  result.permissive = node.permissive;
  result.relation = relation_name(state, *node.relation);
  if (!node.alter) {
    const std::string_view command(node.command);
    result.command = command == "select"   ? 'r'
                     : command == "insert" ? 'a'
                     : command == "update" ? 'w'
                     : command == "delete" ? 'd'
                                           : '*';
    if (node.with_check && (result.command == 'r' || result.command == 'd'))
      throw SqlError("42601", "WITH CHECK cannot be applied to SELECT or DELETE");
    if (node.using_ && result.command == 'a')
      throw SqlError("42601", "only WITH CHECK expression allowed for INSERT");
  }
  result.roles = role_names(node.roles);
  if (!node.using_ && !node.with_check) return result;
  query::Query query;
  Scope scope(state, nullptr, &query);
  auto relation = open_relation(scope, *node.relation, catalog::RelationLock::access_exclusive);
  scope.names.push_back(add_relation(scope, relation, {}, false));
  auto analyse = [&](const ast::Node* condition) -> ExpressionPtr {
    if (!condition) return nullptr;
    try {
      auto e = analyze_condition(scope, condition, Place::policy, "POLICY");
      assign_collations(scope, *e);
      return e;
    } catch (SqlError& error) {
      throw std::move(error).at(-1);  // PostgreSQL has no text to point into here
    }
  };
  result.using_ = analyse(node.using_);
  result.with_check = analyse(node.with_check);
  return result;
}

query::CreateComposite create_composite(State& state, const ast::CreateComposite& node) {
  query::CreateComposite result;
  result.name = relation_name(state, *node.type);
  TableBuilder builder(state, result.name);
  for (const ast::Node* column : node.columns) builder.add_column(ast::as<ast::ColumnDefinition>(*column));
  builder.finish();
  result.columns = std::move(builder.columns);
  return result;
}

query::Statement define(State& state, const ast::Define& node) {
  switch (node.object_type) {
    case ast::ObjectType::aggregate: return define_aggregate(state, node);
    case ast::ObjectType::operator_: return define_operator(state, node);
    case ast::ObjectType::type:
      if (node.definition.empty()) return query::CreateShellType{object_name(state, node.name)};
      return create_base_type(state, node);
    case ast::ObjectType::collation: return create_collation(state, node);
    case ast::ObjectType::text_search_parser: return create_text_search_parser(state, node);
    case ast::ObjectType::text_search_template: return create_text_search_template(state, node);
    case ast::ObjectType::text_search_dictionary: return create_text_search_dictionary(state, node);
    case ast::ObjectType::text_search_configuration: return create_text_search_configuration(state, node);
    default: break;
  }
  std::string words = query::object_kind_name(object_kind(node.object_type));
  for (char& c : words)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  throw SqlError::not_supported("CREATE " + words);
}

}  // namespace

std::optional<query::Statement> analyze_definition(State& state, const parser::Statement& statement) {
  const ast::Node& node = *statement.node;
  using Kind = ast::NodeKind;
  switch (node.kind) {
    case Kind::create_table: return analyze_create_table(state, ast::as<ast::CreateTable>(node));
    case Kind::alter_table: return analyze_alter_table(state, ast::as<ast::AlterTable>(node));
    case Kind::select: {
      // SELECT INTO: the clause stands in the leftmost SELECT.
      auto copy = ast::as<ast::Select>(node);
      if (copy.left) throw SqlError::not_supported("SELECT INTO of a set operation");
      const ast::IntoClause* into = copy.into;
      copy.into = nullptr;
      auto result = analyze_create_table_as(state, &copy, *into);
      result.is_select_into = true;
      return result;
    }
    case Kind::create_table_as: {
      const auto& n = ast::as<ast::CreateTableAs>(node);
      auto result = analyze_create_table_as(state, n.query, *n.into);
      result.materialized_view = n.materialized_view;
      if (n.materialized_view && result.query) refuse_transition_tables(*result.query);
      result.is_select_into = n.is_select_into;
      result.if_not_exists = n.if_not_exists;
      return result;
    }
    case Kind::refresh_materialized_view: {
      const auto& n = ast::as<ast::RefreshMaterializedView>(node);
      return query::RefreshMaterializedView{relation_name(state, *n.relation), n.concurrently, !n.skip_data};
    }
    case Kind::create_index: return analyze_create_index(state, ast::as<ast::CreateIndex>(node));
    case Kind::create_view: return create_view(state, ast::as<ast::CreateView>(node));
    case Kind::create_sequence: {
      const auto& n = ast::as<ast::CreateSequence>(node);
      query::CreateSequence result;
      result.name = relation_name(state, *n.sequence);
      result.persistence = persistence_of(*n.sequence);
      result.if_not_exists = n.if_not_exists;
      result.options = analyze_sequence_options(state, n.options);
      return result;
    }
    case Kind::alter_sequence: {
      const auto& n = ast::as<ast::AlterSequence>(node);
      query::AlterSequence result;
      result.name = relation_name(state, *n.sequence);
      result.missing_ok = n.missing_ok;
      result.options = analyze_sequence_options(state, n.options);
      return result;
    }
    case Kind::create_schema: {
      const auto& n = ast::as<ast::CreateSchema>(node);
      query::CreateSchema result;
      for (const ast::Node* element : n.elements) result.elements.push_back({element->location, 0});
      result.name = str(n.name);
      if (n.authorization) result.authorization = role_name(*n.authorization);
      result.if_not_exists = n.if_not_exists;
      return result;
    }
    case Kind::create_database: {
      const auto& n = ast::as<ast::CreateDatabase>(node);
      return query::CreateDatabase{str(n.name), make_options(n.options)};
    }
    case Kind::alter_database: {
      const auto& n = ast::as<ast::AlterDatabase>(node);
      return query::AlterDatabase{str(n.name), make_options(n.options), false};
    }
    case Kind::alter_database_refresh_collation:
      return query::AlterDatabase{str(ast::as<ast::AlterDatabaseRefreshCollation>(node).name), {}, true};
    case Kind::drop_database: {
      const auto& n = ast::as<ast::DropDatabase>(node);
      query::DropDatabase result{str(n.name), n.missing_ok, false};
      for (const auto& option : make_options(n.options)) result.force = result.force || option.name == "force";
      return result;
    }
    case Kind::create_enum: {
      const auto& n = ast::as<ast::CreateEnum>(node);
      query::CreateEnum result{object_name(state, n.name), {}};
      for (ast::Name label : n.labels) result.labels.push_back(str(label));
      return result;
    }
    case Kind::alter_enum: {
      const auto& n = ast::as<ast::AlterEnum>(node);
      return query::AlterEnum{object_name(state, n.name), str(n.old_label), str(n.new_label), str(n.neighbour),
                              n.after, n.if_not_exists};
    }
    case Kind::create_composite: return create_composite(state, ast::as<ast::CreateComposite>(node));
    case Kind::create_domain: return create_domain(state, ast::as<ast::CreateDomain>(node));
    case Kind::alter_domain: return alter_domain(state, ast::as<ast::AlterDomain>(node));
    case Kind::create_function: return create_function(state, ast::as<ast::CreateFunction>(node), statement);
    case Kind::define: return define(state, ast::as<ast::Define>(node));
    case Kind::alter_base_type: return alter_base_type(state, ast::as<ast::AlterBaseType>(node));
    case Kind::create_range: return create_range(state, ast::as<ast::CreateRange>(node));
    case Kind::alter_collation: return alter_collation(state, ast::as<ast::AlterCollation>(node));
    case Kind::alter_text_search_dictionary:
      return alter_text_search_dictionary(state, ast::as<ast::AlterTextSearchDictionary>(node));
    case Kind::alter_text_search_configuration:
      return alter_text_search_configuration(state, ast::as<ast::AlterTextSearchConfiguration>(node));
    case Kind::create_cast: return create_cast(state, ast::as<ast::CreateCast>(node));
    case Kind::create_operator_class: return create_operator_class(state, ast::as<ast::CreateOperatorClass>(node));
    case Kind::create_operator_family: return create_operator_family(state, ast::as<ast::CreateOperatorFamily>(node));
    case Kind::alter_operator_family: return alter_operator_family(state, ast::as<ast::AlterOperatorFamily>(node));
    case Kind::create_conversion: {
      const auto& n = ast::as<ast::CreateConversion>(node);
      return query::CreateConversion{object_name(state, n.name), str(n.source), str(n.target),
                                     object_name(state, n.function), n.is_default};
    }
    case Kind::create_statistics: return create_statistics(state, ast::as<ast::CreateStatistics>(node));
    case Kind::policy: return define_policy(state, ast::as<ast::Policy>(node));
    case Kind::rule: return analyze_rule(state, ast::as<ast::Rule>(node));
    case Kind::create_trigger: return create_trigger(state, ast::as<ast::CreateTrigger>(node));
    case Kind::do_block: {
      query::DoBlock result;
      result.language = "plpgsql";
      for (const auto& option : make_options(ast::as<ast::DoBlock>(node).arguments)) {
        if (option.name == "language") result.language = option.value();
        if (option.name == "as") result.body = option.value();
      }
      return result;
    }
    case Kind::create_extension: {
      const auto& n = ast::as<ast::CreateExtension>(node);
      return query::CreateExtension{str(n.name), n.if_not_exists, make_options(n.options)};
    }
    default: return std::nullopt;
  }
}

}  // namespace analyzer
