// Statements that are not queries: the dispatch, names and options.
#include "statements.h"

#include "foreign.h"

#include <fmt/format.h>

namespace analyzer {

query::RelationName relation_name(State& state, const ast::RangeVariable& name) {
  if (name.catalog.data() && name.catalog != state.context.database)
    throw SqlError("0A000", fmt::format("cross-database references are not implemented: \"{}.{}.{}\"", name.catalog,
                                        name.schema, name.name))
        .at(name.location);
  query::RelationName result;
  result.schema = str(name.schema);
  result.name = str(name.name);
  result.include_children = name.include_children;
  result.location = name.location;
  return result;
}

query::ObjectName object_name(State& state, ast::Names names) {
  if (names.size() > 3)
    throw SqlError("42601", fmt::format("improper qualified name (too many dotted names): {}", join_names(names)));
  if (names.size() == 3 && names[0] != state.context.database)
    throw SqlError("0A000", fmt::format("cross-database references are not implemented: {}", join_names(names)));
  query::ObjectName result;
  result.name = str(names.back());
  if (names.size() >= 2) result.schema = str(names[names.size() - 2]);
  return result;
}

query::RoleName role_name(const ast::RoleSpecification& role) {
  query::RoleName result;
  result.kind = static_cast<query::RoleKind>(role.role);
  result.name = str(role.name);
  result.location = role.location;
  return result;
}

std::vector<query::RoleName> role_names(ast::NodeList roles) {
  std::vector<query::RoleName> result;
  for (const ast::Node* node : roles) result.push_back(role_name(ast::as<ast::RoleSpecification>(*node)));
  return result;
}

std::optional<std::string> argument_text(const ast::Node* node) {
  if (!node) return std::nullopt;
  if (const auto* n = ast::try_as<ast::StringNode>(node)) return str(n->value);
  if (const auto* n = ast::try_as<ast::IntegerNode>(node)) return std::to_string(n->value);
  if (const auto* n = ast::try_as<ast::FloatNode>(node)) return str(n->text);
  if (const auto* n = ast::try_as<ast::BooleanNode>(node)) return n->value ? "true" : "false";
  if (const auto* n = ast::try_as<ast::TypeName>(node)) return type_name_text(*n);
  if (const auto* n = ast::try_as<ast::RoleSpecification>(node)) return str(n->name);
  if (node->kind == ast::NodeKind::star) return "*";
  if (const auto* n = ast::try_as<ast::Literal>(node)) {
    switch (n->kind_of) {
      case ast::LiteralKind::integer: return std::to_string(n->integer);
      case ast::LiteralKind::boolean: return n->boolean ? "true" : "false";
      case ast::LiteralKind::null: return std::nullopt;
      default: return str(n->text);
    }
  }
  if (const auto* n = ast::try_as<ast::ListNode>(node)) {
    std::string text;
    for (const ast::Node* item : n->items) {
      if (!text.empty()) text += '.';
      text += argument_text(item).value_or("");
    }
    return text;
  }
  return std::string();
}

query::Option make_option(const ast::DefinitionElement& element) {
  query::Option option;
  option.name = str(element.name);
  if (element.space.data()) option.name = str(element.space) + "." + option.name;
  option.location = element.location;
  option.has_value = element.argument != nullptr;
  if (const auto* list = ast::try_as<ast::ListNode>(element.argument)) {
    for (const ast::Node* item : list->items) option.values.push_back(argument_text(item).value_or(""));
  } else if (auto text = argument_text(element.argument)) {
    option.values.push_back(std::move(*text));
  } else if (element.argument) {
    option.has_value = false;
  }
  option.value_is_string = element.argument && element.argument->kind == ast::NodeKind::string_node;
  return option;
}

std::vector<query::Option> make_options(ast::NodeList elements) {
  std::vector<query::Option> options;
  for (const ast::Node* node : elements) options.push_back(make_option(ast::as<ast::DefinitionElement>(*node)));
  return options;
}

query::ObjectKind object_kind(ast::ObjectType type) {
  using From = ast::ObjectType;
  using To = query::ObjectKind;
  switch (type) {
    case From::access_method: return To::access_method;
    case From::aggregate: return To::aggregate;
    case From::attribute: return To::type_attribute;
    case From::cast: return To::cast;
    case From::column: return To::column;
    case From::collation: return To::collation;
    case From::conversion: return To::conversion;
    case From::database: return To::database;
    case From::default_acl: return To::default_acl;
    case From::domain: return To::domain;
    case From::domain_constraint: return To::domain_constraint;
    case From::event_trigger: return To::event_trigger;
    case From::extension: return To::extension;
    case From::foreign_data_wrapper: return To::foreign_data_wrapper;
    case From::foreign_server: return To::foreign_server;
    case From::foreign_table: return To::foreign_table;
    case From::function: return To::function;
    case From::index: return To::index;
    case From::language: return To::language;
    case From::large_object: return To::large_object;
    case From::materialized_view: return To::materialized_view;
    case From::operator_class: return To::operator_class;
    case From::operator_: return To::operator_;
    case From::operator_family: return To::operator_family;
    case From::policy: return To::policy;
    case From::procedure: return To::procedure;
    case From::publication: return To::publication;
    case From::role: return To::role;
    case From::routine: return To::routine;
    case From::rule: return To::rule;
    case From::schema: return To::schema;
    case From::sequence: return To::sequence;
    case From::statistics: return To::statistics;
    case From::subscription: return To::subscription;
    case From::table: return To::table;
    case From::table_constraint: return To::table_constraint;
    case From::tablespace: return To::tablespace;
    case From::trigger: return To::trigger;
    case From::text_search_configuration: return To::text_search_configuration;
    case From::text_search_dictionary: return To::text_search_dictionary;
    case From::text_search_parser: return To::text_search_parser;
    case From::text_search_template: return To::text_search_template;
    case From::type: return To::type;
    case From::parameter_acl: return To::parameter;
    case From::transform: return To::transform;
    case From::user_mapping: return To::user_mapping;
    case From::publication_namespace: return To::publication_schema;
    case From::publication_rel: return To::publication_table;
    case From::view: return To::view;
    default: throw SqlError::not_supported("this kind of object");
  }
}

query::Persistence persistence_of(const ast::RangeVariable& name) {
  if (name.persistence == 't' || name.schema == "pg_temp") return query::Persistence::temporary;
  return name.persistence == 'u' ? query::Persistence::unlogged : query::Persistence::permanent;
}

query::OnCommit on_commit_of(int value) { return static_cast<query::OnCommit>(value); }

void enter_table(TableScope& table, const catalog::RelationPtr& relation) {
  table.relation = relation;
  table.scope.names.push_back(add_relation(table.scope, relation, {}, true));
}

query::Statement analyze_statement_node(State& state, const ast::Node& node, const parser::Statement& statement) {
  parser::Statement inner{&node, statement.location, statement.length};
  return analyze_statement(state, inner);
}

query::Statement analyze_statement(State& state, const parser::Statement& statement) {
  if (const auto* unsupported = ast::try_as<ast::Unsupported>(statement.node))
    throw SqlError::not_supported(unsupported->command);
  for (auto* group : {&analyze_utility, &analyze_definition, &analyze_object_command, &analyze_foreign})
    if (auto result = group(state, statement)) return std::move(*result);
  throw SqlError::not_supported("this statement");
}

}  // namespace analyzer
