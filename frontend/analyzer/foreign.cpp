// Foreign data, event triggers, publications and subscriptions.
#include "foreign.h"

#include <fmt/format.h>

#include "parser/ast_objects.h"

namespace analyzer {

std::vector<query::ForeignOption> foreign_options(ast::NodeList options) {
  std::vector<query::ForeignOption> result;
  for (const ast::Node* node : options) {
    const auto& element = ast::as<ast::DefinitionElement>(*node);
    result.push_back({static_cast<query::ForeignOption::Action>(element.action), str(element.name),
                      argument_text(element.argument).value_or("")});
  }
  return result;
}

namespace {

query::DefineDataWrapper define_data_wrapper(State& state, const ast::DataWrapper& node) {
  query::DefineDataWrapper result;
  result.alter = node.alter;
  result.name = str(node.name);
  result.options = foreign_options(node.options);
  for (const ast::Node* item : node.functions) {
    const auto& element = ast::as<ast::DefinitionElement>(*item);
    auto& function = element.name == "handler" ? result.handler : result.validator;
    if (function) throw SqlError("42601", "conflicting or redundant options").at(element.location);
    function.emplace();
    if (element.argument == nullptr) continue;
    std::vector<ast::Name> names;
    for (const ast::Node* part : ast::as<ast::ListNode>(*element.argument).items)
      if (const auto* name = ast::try_as<ast::StringNode>(part)) names.push_back(name->value);
    *function = object_name(state, names);
  }
  return result;
}

query::DefineServer define_server(const ast::ForeignServer& node) {
  query::DefineServer result;
  result.alter = node.alter;
  result.name = str(node.name);
  result.wrapper = str(node.wrapper);
  if (node.type.data()) result.type = str(node.type);
  if (node.version.data()) result.version = str(node.version);
  result.has_version = node.has_version;
  result.if_not_exists = node.if_not_exists;
  result.options = foreign_options(node.options);
  return result;
}

query::DefineUserMapping define_user_mapping(const ast::UserMapping& node) {
  query::DefineUserMapping result;
  result.action = static_cast<query::DefineUserMapping::Action>(node.action);
  result.user = role_name(*node.user);
  result.server = str(node.server);
  result.lenient = node.lenient;
  result.options = foreign_options(node.options);
  return result;
}

}  // namespace

void refuse_keys_of_foreign_table(const ast::Constraint& constraint) {
  using Kind = ast::ConstraintKind;
  const char* what = constraint.constraint == Kind::primary_key   ? "primary key"
                     : constraint.constraint == Kind::unique      ? "unique"
                     : constraint.constraint == Kind::exclusion   ? "exclusion"
                     : constraint.constraint == Kind::foreign_key ? "foreign key"
                                                                  : nullptr;
  if (what != nullptr)
    throw SqlError("0A000", fmt::format("{} constraints are not supported on foreign tables", what)).at(constraint.location);
}

namespace {

query::CreateTable create_foreign_table(State& state, const ast::CreateForeignTable& node) {
  for (const ast::Node* element : node.table->elements) {
    if (const auto* column = ast::try_as<ast::ColumnDefinition>(element))
      for (const ast::Node* item : column->constraints) refuse_keys_of_foreign_table(ast::as<ast::Constraint>(*item));
    if (const auto* constraint = ast::try_as<ast::Constraint>(element)) refuse_keys_of_foreign_table(*constraint);
    if (const auto* like = ast::try_as<ast::TableLike>(element))
      throw SqlError("0A000", "LIKE is not supported for creating foreign tables").at(like->relation->location);
  }
  query::CreateTable result = analyze_create_table(state, *node.table);
  result.foreign = query::ForeignSource{str(node.server), foreign_options(node.options)};
  return result;
}

query::CreateEventTrigger create_event_trigger(State& state, const ast::CreateEventTrigger& node) {
  query::CreateEventTrigger result;
  result.name = str(node.name);
  result.event = str(node.event);
  for (const ast::Node* item : node.filters) {
    const auto& element = ast::as<ast::DefinitionElement>(*item);
    query::CreateEventTrigger::Filter filter{str(element.name), {}};
    for (const ast::Node* value : ast::as<ast::ListNode>(*element.argument).items)
      filter.values.push_back(argument_text(value).value_or(""));
    result.filters.push_back(std::move(filter));
  }
  result.function = object_name(state, node.function);
  return result;
}

query::DefinePublication define_publication(State& state, const ast::Publication& node) {
  query::DefinePublication result;
  result.action = static_cast<query::DefinePublication::Action>(node.action);
  result.name = str(node.name);
  result.all_tables = node.all_tables;
  result.options = make_options(node.options);
  for (const ast::Node* item : node.objects) {
    const auto& source = ast::as<ast::PublicationObject>(*item);
    query::PublicationObject object;
    object.kind = static_cast<query::PublicationObject::Kind>(source.what);
    object.schema = str(source.schema);
    if (source.relation != nullptr) {
      object.relation = relation_name(state, *source.relation);
      if (source.has_columns) {
        object.columns.emplace();
        for (const ast::Name column : source.columns) object.columns->push_back(str(column));
      }
      if (source.where != nullptr) {
        query::Query query;
        Scope scope(state, nullptr, &query);
        auto relation = open_relation(scope, *source.relation, catalog::RelationLock::share_update_exclusive);
        object.relation.oid = relation->oid;
        scope.names.push_back(add_relation(scope, relation, {}, false));
        object.where = analyze_condition(scope, source.where, Place::where, "PUBLICATION WHERE");
        assign_collations(scope, *object.where);
      }
    }
    result.objects.push_back(std::move(object));
  }
  return result;
}

query::DefineSubscription define_subscription(const ast::Subscription& node) {
  query::DefineSubscription result;
  result.action = static_cast<query::DefineSubscription::Action>(node.action);
  result.name = str(node.name);
  result.connection = str(node.connection);
  result.missing_ok = node.missing_ok;
  result.options = make_options(node.options);
  for (const ast::Name name : node.publications) result.publications.push_back(str(name));
  return result;
}

query::CreateLanguage create_language(State& state, const ast::CreateLanguage& node) {
  query::CreateLanguage result;
  result.name = str(node.name);
  result.replace = node.replace;
  result.trusted = node.trusted;
  result.handler = object_name(state, node.handler);
  if (!node.inline_handler.empty()) result.inline_handler = object_name(state, node.inline_handler);
  if (!node.validator.empty()) result.validator = object_name(state, node.validator);
  return result;
}

}  // namespace

std::optional<query::Statement> analyze_foreign(State& state, const parser::Statement& statement) {
  const ast::Node& node = *statement.node;
  using Kind = ast::NodeKind;
  switch (node.kind) {
    case Kind::data_wrapper: return define_data_wrapper(state, ast::as<ast::DataWrapper>(node));
    case Kind::foreign_server: return define_server(ast::as<ast::ForeignServer>(node));
    case Kind::user_mapping: return define_user_mapping(ast::as<ast::UserMapping>(node));
    case Kind::create_foreign_table: return create_foreign_table(state, ast::as<ast::CreateForeignTable>(node));
    case Kind::import_foreign_schema: {
      const auto& n = ast::as<ast::ImportForeignSchema>(node);
      return query::ImportForeignSchema{str(n.server), str(n.local_schema)};
    }
    case Kind::create_event_trigger: return create_event_trigger(state, ast::as<ast::CreateEventTrigger>(node));
    case Kind::alter_event_trigger: {
      const auto& n = ast::as<ast::AlterEventTrigger>(node);
      return query::AlterEventTrigger{str(n.name), n.state};
    }
    case Kind::publication: return define_publication(state, ast::as<ast::Publication>(node));
    case Kind::subscription: return define_subscription(ast::as<ast::Subscription>(node));
    case Kind::create_language: return create_language(state, ast::as<ast::CreateLanguage>(node));
    case Kind::create_transform: throw SqlError::not_supported("CREATE TRANSFORM");
    default: return std::nullopt;
  }
}

}  // namespace analyzer
