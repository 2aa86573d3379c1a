// DROP, COMMENT, RENAME, OWNER, SET SCHEMA, roles and privileges.
#include <algorithm>

#include <fmt/format.h>

#include "define.h"
#include "parser/ast_objects.h"

namespace analyzer {
namespace {

std::vector<ast::Name> names_in(const ast::Node* node) {
  std::vector<ast::Name> names;
  if (const auto* list = ast::try_as<ast::ListNode>(node)) {
    for (const ast::Node* item : list->items)
      if (const auto* name = ast::try_as<ast::StringNode>(item)) names.push_back(name->value);
  } else if (const auto* name = ast::try_as<ast::StringNode>(node)) {
    names.push_back(name->value);
  } else if (const auto* type = ast::try_as<ast::TypeName>(node)) {
    names.assign(type->names.begin(), type->names.end());
  }
  return names;
}

void set_name(query::ObjectReference& reference, const query::ObjectName& name) {
  reference.schema = name.schema;
  reference.name = name.name;
}

query::ObjectReference with_arguments(State& state, const ast::ObjectWithArguments& node, bool missing_ok) {
  query::ObjectReference result;
  set_name(result, object_name(state, node.name));
  result.has_arguments = !node.arguments_unspecified;
  query::Query query;
  Scope scope(state, nullptr, &query);
  for (const ast::Node* item : node.arguments) {
    const auto* type = ast::try_as<ast::TypeName>(item);
    if (!type) {
      result.arguments.push_back(0);  // the missing side of a prefix operator
      continue;
    }
    Oid found = missing_ok ? lookup_type(scope, *type) : resolve_type(scope, *type).oid;
    result.arguments.push_back(found);
  }
  return result;
}

// A procedure goes by its input arguments, and without modes by all of them, too: 42725 where those are two procedures.
void require_one_procedure(State& state, const ast::ObjectWithArguments& node, const query::ObjectReference& reference,
                           const char* kind) {
  constexpr char kNoMode = 'd';
  for (const ast::Node* item : node.parameters)
    if (ast::as<ast::FunctionParameter>(*item).mode != kNoMode) return;
  if (node.parameters.empty()) return;
  const catalog::FunctionInfo *by_input = nullptr, *by_all = nullptr;
  for (const catalog::FunctionInfo* f : state.catalog.find_functions(reference.schema, reference.name)) {
    if (by_input == nullptr && std::ranges::equal(f->arguments, reference.arguments)) by_input = f;
    if (by_all == nullptr && f->kind == 'p' && std::ranges::equal(f->all_arguments, reference.arguments)) by_all = f;
  }
  if (by_input != nullptr && by_all != nullptr && by_input != by_all)
    throw SqlError("42725", fmt::format("{} name \"{}\" is not unique", kind, reference.name));
}

query::ObjectReference reference_to(State& state, ast::ObjectType type, const ast::Node* node, bool missing_ok) {
  using Type = ast::ObjectType;
  query::ObjectReference result;
  if (type == Type::large_object) {
    result.name = argument_text(node).value_or("");
    return result;
  }
  if (const auto* with = ast::try_as<ast::ObjectWithArguments>(node)) {
    result = with_arguments(state, *with, missing_ok);
    if (type == Type::procedure || type == Type::routine)
      require_one_procedure(state, *with, result, type == Type::procedure ? "procedure" : "routine");
    return result;
  }
  if (const auto* type_node = ast::try_as<ast::TypeName>(node)) {
    set_name(result, object_name(state, type_node->names));
    result.location = type_node->location;
    query::Query query;
    Scope scope(state, nullptr, &query);
    result.type = lookup_type(scope, *type_node);  // a shell will do
    if (result.type == 0 && !missing_ok)
      throw SqlError("42704", fmt::format("type \"{}\" does not exist", type_name_text(*type_node)));
    return result;
  }
  if (const auto* relation = ast::try_as<ast::RangeVariable>(node)) {
    result.schema = str(relation->schema);
    result.name = str(relation->name);
    result.location = relation->location;
    return result;
  }
  if (type == Type::cast) {
    query::Query query;
    Scope scope(state, nullptr, &query);
    for (const ast::Node* item : ast::as<ast::ListNode>(*node).items) {
      const auto& name = ast::as<ast::TypeName>(*item);
      result.arguments.push_back(missing_ok ? lookup_type(scope, name) : resolve_type(scope, name).oid);
    }
    return result;
  }
  if (type == Type::transform) {
    // The type, then the language.
    const auto& list = ast::as<ast::ListNode>(*node);
    const auto& name = ast::as<ast::TypeName>(*list.items[0]);
    query::Query query;
    Scope scope(state, nullptr, &query);
    result.type = missing_ok ? lookup_type(scope, name) : resolve_type(scope, name).oid;
    result.name = type_name_text(name);
    result.part = argument_text(list.items[1]).value_or("");
    return result;
  }
  auto names = names_in(node);
  if (names.empty()) return result;
  switch (type) {
    case Type::column:
    case Type::attribute:
    case Type::table_constraint:
    case Type::trigger:
    case Type::rule:
    case Type::policy:
      // relation, then the part's name
      result.part = str(names.back());
      names.pop_back();
      if (!names.empty()) set_name(result, object_name(state, names));
      return result;
    case Type::domain_constraint: {
      const auto& list = ast::as<ast::ListNode>(*node);
      if (list.items.size() == 2) {
        auto domain = names_in(list.items[0]);
        set_name(result, object_name(state, domain));
        result.part = argument_text(list.items[1]).value_or("");
        query::Query query;
        Scope scope(state, nullptr, &query);
        if (const auto* type_name = ast::try_as<ast::TypeName>(list.items[0])) result.type = lookup_type(scope, *type_name);
      } else {
        set_name(result, object_name(state, names));  // of RENAME
      }
      return result;
    }
    case Type::operator_class:
    case Type::operator_family:
      // access method, then the name
      result.part = str(names.front());
      names.erase(names.begin());
      set_name(result, object_name(state, names));
      return result;
    default: set_name(result, object_name(state, names)); return result;
  }
}

std::string joined_names(const std::vector<ast::Name>& names) {
  std::string text;
  for (ast::Name name : names) {
    if (!text.empty()) text += '.';
    text += name;
  }
  return text;
}

// `schema "x" does not exist`, when a name says a schema that is not there; else empty.
std::string missing_schema(State& state, const std::vector<ast::Name>& names) {
  if (names.size() < 2) return {};
  const ast::Name schema = names[names.size() - 2];
  return state.catalog.find_schema(schema) != 0 ? std::string() : fmt::format("schema \"{}\" does not exist", schema);
}

std::string missing_type(State& state, const ast::TypeName& type) {
  query::Query query;
  Scope scope(state, nullptr, &query);
  // A schema that is missing would be an error of the look-up.
  if (std::string schema = missing_schema(state, {type.names.begin(), type.names.end()}); !schema.empty()) return schema;
  return lookup_type(scope, type) != 0 ? std::string() : fmt::format("type \"{}\" does not exist", type_name_text(type));
}

// What DROP ... IF EXISTS says of one object.
query::Drop::Missing missing_words(State& state, ast::ObjectType type, const ast::Node* node) {
  using Type = ast::ObjectType;
  const char* what = type == Type::aggregate ? "aggregate" : type == Type::procedure ? "procedure"
                     : type == Type::routine ? "routine"   : "function";
  if (const auto* with = ast::try_as<ast::ObjectWithArguments>(node)) {
    const std::vector<ast::Name> names(with->name.begin(), with->name.end());
    if (auto schema = missing_schema(state, names); !schema.empty()) return {schema, true};
    std::string arguments;
    for (const ast::Node* item : with->arguments) {
      const auto* argument = ast::try_as<ast::TypeName>(item);
      if (!argument) continue;
      if (auto missing = missing_type(state, *argument); !missing.empty()) return {missing, true};
      if (!arguments.empty()) arguments += ',';
      arguments += type_name_text(*argument);
    }
    if (type == Type::operator_) return {fmt::format("operator {} does not exist", joined_names(names)), false};
    return {fmt::format("{} {}({}) does not exist", what, joined_names(names), arguments), false};
  }
  if (type == Type::transform) {
    const auto& list = ast::as<ast::ListNode>(*node);
    const auto& name = ast::as<ast::TypeName>(*list.items[0]);
    if (auto missing = missing_type(state, name); !missing.empty()) return {missing, true};
    return {fmt::format("transform for type {} language \"{}\" does not exist", type_name_text(name),
                        argument_text(list.items[1]).value_or("")), false};
  }
  if (type == Type::cast) {
    std::vector<std::string> names;
    for (const ast::Node* item : ast::as<ast::ListNode>(*node).items) {
      const auto& name = ast::as<ast::TypeName>(*item);
      if (auto missing = missing_type(state, name); !missing.empty()) return {missing, true};
      names.push_back(type_name_text(name));
    }
    return {fmt::format("cast from type {} to type {} does not exist", names[0], names[1]), false};
  }
  if (const auto* type_node = ast::try_as<ast::TypeName>(node))
    if (auto schema = missing_schema(state, {type_node->names.begin(), type_node->names.end()}); !schema.empty())
      return {schema, true};
  return {};
}

query::Drop drop(State& state, const ast::Drop& node) {
  query::Drop result;
  result.kind = object_kind(node.object);
  result.missing_ok = node.missing_ok;
  result.cascade = node.cascade;
  result.concurrently = node.concurrently;
  try {
    for (const ast::Node* object : node.objects) {
      if (node.missing_ok) result.missing.push_back(missing_words(state, node.object, object));
      if (node.missing_ok && result.missing.back().certain) result.objects.emplace_back();
      else result.objects.push_back(reference_to(state, node.object, object, node.missing_ok));
    }
  } catch (SqlError& error) {
    throw std::move(error).at(-1);
  }
  return result;
}

query::AlterFunction alter_function(State& state, const ast::AlterFunction& node) {
  query::AlterFunction result = analyze_routine_attributes(state, node.options, "ALTER FUNCTION");
  result.kind = object_kind(node.object_type);
  result.object = reference_to(state, node.object_type, node.function, false);
  return result;
}

query::Rename rename(State& state, const ast::Rename& node) {
  query::Rename result;
  result.kind = object_kind(node.object_type);
  result.relation_kind = object_kind(node.relation_type);
  result.new_name = str(node.new_name);
  result.missing_ok = node.missing_ok;
  result.cascade = node.cascade;
  if (node.relation) {
    result.object = reference_to(state, node.object_type, node.relation, node.missing_ok);
    result.include_children = node.relation->include_children;
    result.object.part = str(node.part);
  } else if (node.object) {
    result.object = reference_to(state, node.object_type, node.object, node.missing_ok);
    if (node.part.data()) result.object.part = str(node.part);
  } else {
    result.object.name = str(node.part);  // database, role, schema, ...
  }
  return result;
}

template <typename To, typename From>
To object_change(State& state, const From& node, bool missing_ok) {
  To result;
  result.kind = object_kind(node.object_type);
  const ast::Node* object = node.relation ? static_cast<const ast::Node*>(node.relation) : node.object;
  if (object) result.object = reference_to(state, node.object_type, object, missing_ok);
  return result;
}

query::Grant grant(State& state, const ast::Grant& node) {
  query::Grant result;
  result.is_grant = node.is_grant;
  result.kind = object_kind(node.object_type);
  result.target = static_cast<query::Grant::Target>(node.target);
  for (const ast::Node* object : node.objects) {
    auto type = result.target == query::Grant::Target::all_in_schema ? ast::ObjectType::schema : node.object_type;
    result.objects.push_back(reference_to(state, type, object, false));
  }
  for (const ast::Node* item : node.privileges) {
    const auto& source = ast::as<ast::AccessPrivilege>(*item);
    query::Privilege privilege;
    privilege.name = source.name.data() ? str(source.name) : "all";
    for (ast::Name column : source.columns) privilege.columns.push_back(str(column));
    result.privileges.push_back(std::move(privilege));
  }
  result.grantees = role_names(node.grantees);
  result.grant_option = node.grant_option;
  if (node.grantor) result.granted_by = role_name(*node.grantor);
  result.cascade = node.cascade;
  return result;
}

// Options whose argument is a list of roles go to their own places.
template <typename Result>
void role_options(Result& result, ast::NodeList options) {
  for (const ast::Node* node : options) {
    const auto& element = ast::as<ast::DefinitionElement>(*node);
    for (const ast::Node* earlier : options) {
      if (earlier == node) break;
      if (ast::as<ast::DefinitionElement>(*earlier).name == element.name)
        throw SqlError("42601", "conflicting or redundant options").at(element.location);
    }
    const auto* list = ast::try_as<ast::ListNode>(element.argument);
    if constexpr (std::is_same_v<Result, query::CreateRole>) {
      if (list && element.name == "addroleto") { result.member_of = role_names(list->items); continue; }
      if (list && element.name == "rolemembers") { result.members = role_names(list->items); continue; }
      if (list && element.name == "adminmembers") { result.admins = role_names(list->items); continue; }
    } else {
      if (list && element.name == "rolemembers") { result.members = role_names(list->items); continue; }
    }
    result.options.push_back(make_option(element));
  }
}

}  // namespace

std::optional<query::Statement> analyze_object_command(State& state, const parser::Statement& statement) {
  const ast::Node& node = *statement.node;
  using Kind = ast::NodeKind;
  switch (node.kind) {
    case Kind::drop: return drop(state, ast::as<ast::Drop>(node));
    case Kind::alter_function: return alter_function(state, ast::as<ast::AlterFunction>(node));
    case Kind::alter_operator: {
      const auto& n = ast::as<ast::AlterOperator>(node);
      return alter_operator(state, n, with_arguments(state, *n.object, false));
    }
    case Kind::alter_statistics: {
      const auto& n = ast::as<ast::AlterStatistics>(node);
      query::AlterStatistics result;
      set_name(result.object, object_name(state, n.name));
      result.target = n.target;
      result.missing_ok = n.missing_ok;
      return result;
    }
    case Kind::security_label: {
      // Labels come from providers, which are libraries.
      const auto& n = ast::as<ast::SecurityLabel>(node);
      if (!n.provider.data()) throw SqlError("22023", "no security label providers have been loaded");
      throw SqlError("22023", fmt::format("security label provider \"{}\" is not loaded", n.provider));
    }
    case Kind::drop_tablespace: {
      const auto& n = ast::as<ast::DropTablespace>(node);
      query::Drop result;
      result.kind = query::ObjectKind::tablespace;
      result.missing_ok = n.missing_ok;
      result.objects.emplace_back().name = str(n.name);
      return result;
    }
    case Kind::depends_on_extension: {
      const auto& n = ast::as<ast::DependsOnExtension>(node);
      query::DependsOnExtension result;
      result.kind = object_kind(n.object_type);
      const ast::Node* object = n.relation ? static_cast<const ast::Node*>(n.relation) : n.object;
      result.object = reference_to(state, n.object_type, object, false);
      if (n.relation && n.object) result.object.part = argument_text(n.object).value_or("");
      result.extension = str(n.extension);
      result.remove = n.remove;
      return result;
    }
    case Kind::rename: return rename(state, ast::as<ast::Rename>(node));
    case Kind::set_schema: {
      const auto& n = ast::as<ast::SetSchema>(node);
      auto result = object_change<query::SetSchema>(state, n, n.missing_ok);
      result.new_schema = str(n.new_schema);
      result.missing_ok = n.missing_ok;
      return result;
    }
    case Kind::set_owner: {
      const auto& n = ast::as<ast::SetOwner>(node);
      auto result = object_change<query::SetOwner>(state, n, false);
      result.owner = role_name(*n.new_owner);
      return result;
    }
    case Kind::comment: {
      const auto& n = ast::as<ast::Comment>(node);
      query::Comment result;
      result.kind = object_kind(n.object_type);
      try {
        result.object = reference_to(state, n.object_type, n.object, false);
      } catch (SqlError& error) {
        throw std::move(error).at(-1);
      }
      if (n.text.data()) result.text = str(n.text);
      return result;
    }
    case Kind::alter_extension: {
      const auto& n = ast::as<ast::AlterExtension>(node);
      using Action = query::AlterExtension::Action;
      query::AlterExtension result;
      result.name = str(n.name);
      result.options = make_options(n.options);
      if (n.action == 0) return result;
      result.action = n.action > 0 ? Action::add : Action::drop;
      result.kind = object_kind(n.object_type);
      result.object = reference_to(state, n.object_type, n.object, false);
      return result;
    }
    case Kind::create_role: {
      const auto& n = ast::as<ast::CreateRole>(node);
      query::CreateRole result;
      result.name = str(n.name);
      result.kind = static_cast<query::CreateRole::Kind>(n.role_kind);
      role_options(result, n.options);
      return result;
    }
    case Kind::alter_role: {
      const auto& n = ast::as<ast::AlterRole>(node);
      query::AlterRole result;
      result.role = role_name(*n.role);
      role_options(result, n.options);
      if (!result.members.empty()) result.member_action = n.action;
      return result;
    }
    case Kind::drop_role: {
      const auto& n = ast::as<ast::DropRole>(node);
      return query::DropRole{role_names(n.roles), n.missing_ok};
    }
    case Kind::grant: return grant(state, ast::as<ast::Grant>(node));
    case Kind::grant_role: {
      const auto& n = ast::as<ast::GrantRole>(node);
      query::GrantRole result;
      result.is_grant = n.is_grant;
      for (const ast::Node* role : n.roles) {
        const auto* privilege = ast::try_as<ast::AccessPrivilege>(role);
        result.roles.push_back(privilege ? str(privilege->name) : std::string());
      }
      result.grantees = role_names(n.grantees);
      result.admin_option = n.admin_option;
      if (n.grantor) result.granted_by = role_name(*n.grantor);
      result.cascade = n.cascade;
      return result;
    }
    case Kind::alter_default_privileges: {
      const auto& n = ast::as<ast::AlterDefaultPrivileges>(node);
      query::AlterDefaultPrivileges result;
      for (const ast::Node* item : n.options) {
        const auto& option = ast::as<ast::DefinitionElement>(*item);
        const auto* list = ast::try_as<ast::ListNode>(option.argument);
        if (!list) continue;
        if (option.name == "roles") result.for_roles = role_names(list->items);
        if (option.name == "schemas")
          for (const ast::Node* schema : list->items) result.in_schemas.push_back(argument_text(schema).value_or(""));
      }
      result.action = grant(state, *n.action);
      return result;
    }
    case Kind::reassign_owned: {
      const auto& n = ast::as<ast::ReassignOwned>(node);
      return query::ReassignOwned{role_names(n.roles), role_name(*n.new_role)};
    }
    case Kind::drop_owned: {
      const auto& n = ast::as<ast::DropOwned>(node);
      return query::DropOwned{role_names(n.roles), n.cascade};
    }
    default: return std::nullopt;
  }
}

}  // namespace analyzer
