// CREATE of everything but tables, functions and triggers: indexes, views, sequences, schemas, databases, types.
#include <fmt/format.h>

#include <charconv>
#include <deque>

#include "catalog/access_methods.h"
#include "collations.h"
#include "define.h"
#include "positions.h"
#include "query/walk.h"
#include "search_cycle.h"
#include "table_builder.h"
#include "transition_tables.h"

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
        const auto table_names = ast::Names(names).first(names.size() - 1);
        if (table_names.size() > 3)
          throw SqlError("42601", fmt::format("improper relation name (too many dotted names): {}", join_names(table_names)));
        auto table = object_name(state, table_names);
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
    const auto refuse = [](const char* what) {
      throw SqlError("42P17", std::string("including column does not support ") + what);
    };
    if (!source.collation.empty()) refuse("a collation");
    if (!source.operator_class.empty()) refuse("an operator class");
    if (source.direction != ast::SortDirection::by_default) refuse("ASC/DESC options");
    if (source.nulls != ast::NullsOrder::by_default) refuse("NULLS FIRST/LAST options");
    result.include.push_back(str(source.name));
  }
  result.where = analyze_condition(table.scope, node.where, Place::index_predicate, "WHERE");
  if (result.where) assign_collations(table.scope, *result.where);
  return result;
}

namespace {

bool reads_temporary(State& state, const query::Query& query) {
  for (const auto& entry : query.range_table) {
    const Oid oid = entry.relation != 0 ? entry.relation : entry.view;
    if (oid == 0) continue;
    auto relation = state.catalog.relation(oid);
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
    result.base.collation = collation_of_column(scope, result.base.oid, *node.collation, -1);
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
      // SELECT INTO: the clause stands in the leftmost SELECT, and is taken out of copies of those that lead to it.
      std::deque<ast::Select> copies{ast::as<ast::Select>(node)};
      while (copies.back().left) {
        ast::Select& above = copies.back();
        above.left = &copies.emplace_back(*above.left);
      }
      const ast::IntoClause* into = copies.back().into;
      copies.back().into = nullptr;
      auto result = analyze_create_table_as(state, &copies.front(), *into);
      result.is_select_into = true;
      return result;
    }
    case Kind::create_table_as: {
      const auto& n = ast::as<ast::CreateTableAs>(node);
      auto result = analyze_create_table_as(state, n.query, *n.into);
      if (n.materialized_view && result.persistence == query::Persistence::unlogged)
        throw SqlError("0A000", "materialized views cannot be unlogged");
      result.materialized_view = n.materialized_view;
      if (n.materialized_view && result.query) {
        for (const auto& common : result.query->with)
          if (common.query->command != query::CommandKind::select && common.query->command != query::CommandKind::values)
            throw SqlError("0A000", "materialized views must not use data-modifying statements in WITH");
        if (reads_temporary(state, *result.query))
          throw SqlError("0A000", "materialized views must not use temporary tables or views");
        refuse_transition_tables(*result.query);
      }
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
    case Kind::create_composite: return without_position([&] { return create_composite(state, ast::as<ast::CreateComposite>(node)); });
    case Kind::create_domain: return without_position([&] { return create_domain(state, ast::as<ast::CreateDomain>(node)); });
    case Kind::alter_domain: return without_position([&] { return alter_domain(state, ast::as<ast::AlterDomain>(node)); });
    case Kind::create_function: return analyze_create_function(state, ast::as<ast::CreateFunction>(node), statement);
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
    case Kind::create_trigger: return analyze_create_trigger(state, ast::as<ast::CreateTrigger>(node));
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
