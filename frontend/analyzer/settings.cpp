// SET, SHOW, RESET and the transaction statements.
#include <fmt/format.h>

#include "catalog/catalog_view.h"
#include "statements.h"
#include "types/ascii.h"
#include "types/type_io.h"

namespace analyzer {
namespace {

// Settings that take lists; of some the elements are quoted like identifiers.
bool takes_list(std::string_view name) {
  for (std::string_view list : {"search_path", "datestyle", "temp_tablespaces", "session_preload_libraries",
                                "shared_preload_libraries", "local_preload_libraries", "log_destination",
                                "synchronous_standby_names", "listen_addresses", "unix_socket_directories",
                                "wal_consistency_checking", "debug_io_direct"})
    if (name == list) return true;
  return false;
}
bool quotes_elements(std::string_view name) {
  for (std::string_view quoted : {"search_path", "temp_tablespaces", "session_preload_libraries",
                                  "shared_preload_libraries", "local_preload_libraries", "unix_socket_directories"})
    if (name == quoted) return true;
  return false;
}

std::string argument_value(State& state, const ast::Node* node, bool quote) {
  if (const auto* cast = ast::try_as<ast::TypeCast>(node)) {
    // SET TIME ZONE INTERVAL '..'
    query::Query query;
    Scope scope(state, nullptr, &query);
    auto value = transform(scope, node);
    if (const auto* constant = node_as<query::Constant>(value); constant && !constant->value.is_null)
      if (const auto* support = types::find_type(value->type.oid)) {
        std::string text;
        support->output(state.context.eval, constant->value, text);
        return fmt::format("INTERVAL '{}'", text);
      }
    return fmt::format("INTERVAL '{}'", argument_text(cast->argument).value_or(""));
  }
  const auto* literal = ast::try_as<ast::Literal>(node);
  std::string text = argument_text(node).value_or("");
  if (literal && literal->kind_of == ast::LiteralKind::string && quote) return catalog::quote_identifier(text);
  return text;
}

query::TransactionModes modes_of(ast::NodeList options) {
  query::TransactionModes modes;
  for (const ast::Node* node : options) {
    const auto& option = ast::as<ast::DefinitionElement>(*node);
    std::string value = argument_text(option.argument).value_or("");
    if (option.name == "transaction_isolation") {
      modes.isolation = value == "serializable"      ? query::Isolation::serializable
                        : value == "repeatable read" ? query::Isolation::repeatable_read
                        : value == "read committed"  ? query::Isolation::read_committed
                                                     : query::Isolation::read_uncommitted;
    } else if (option.name == "transaction_read_only") {
      modes.read_only = value != "0" && value != "false";
    } else if (option.name == "transaction_deferrable") {
      modes.deferrable = value != "0" && value != "false";
    }
  }
  return modes;
}

}  // namespace

query::SetVariable analyze_set_variable(State& state, const ast::SetVariable& node) {
  query::SetVariable result;
  result.name = types::lower_ascii(node.name);
  result.is_local = node.is_local;
  using Action = query::SetVariable::Action;
  switch (node.set) {
    case ast::SetKind::value: result.action = Action::set; break;
    case ast::SetKind::to_default: result.action = Action::set_default; break;
    case ast::SetKind::from_current: result.action = Action::from_current; break;
    case ast::SetKind::reset: result.action = Action::reset; break;
    case ast::SetKind::reset_all: result.action = Action::reset_all; break;
    case ast::SetKind::multiple: throw SqlError::not_supported("this form of SET");
  }
  if (node.set != ast::SetKind::value) return result;
  if (node.arguments.size() > 1 && !takes_list(result.name))
    throw SqlError("22023", fmt::format("SET {} takes only one argument", node.name));
  for (const ast::Node* argument : node.arguments) {
    if (argument != node.arguments[0]) result.value += ", ";
    result.value += argument_value(state, argument, quotes_elements(result.name));
  }
  return result;
}

namespace {

query::Statement set_statement(State& state, const ast::SetVariable& node) {
  if (node.set != ast::SetKind::multiple) return analyze_set_variable(state, node);
  query::SetTransaction result;
  if (node.name == "TRANSACTION SNAPSHOT") {
    result.snapshot = argument_text(node.arguments[0]);
    return result;
  }
  result.session_default = node.name == "SESSION CHARACTERISTICS";
  result.modes = modes_of(node.arguments);
  return result;
}

query::Statement transaction_statement(const ast::Transaction& node) {
  query::Transaction result;
  result.kind = static_cast<query::Transaction::Kind>(node.transaction);
  result.modes = modes_of(node.options);
  result.name = node.gid.data() ? str(node.gid) : str(node.savepoint);
  result.chain = node.chain;
  return result;
}

}  // namespace


std::optional<query::Statement> analyze_setting(State& state, const ast::Node& node) {
  using Kind = ast::NodeKind;
  switch (node.kind) {
    case Kind::set_variable: return set_statement(state, ast::as<ast::SetVariable>(node));
    case Kind::show_variable: return query::Show{types::lower_ascii(ast::as<ast::ShowVariable>(node).name)};
    case Kind::transaction: return transaction_statement(ast::as<ast::Transaction>(node));
    case Kind::discard:
      return query::Discard{static_cast<query::Discard::What>(ast::as<ast::Discard>(node).target)};
    case Kind::set_constraints: {
      const auto& n = ast::as<ast::SetConstraints>(node);
      query::SetConstraints result;
      result.all = n.constraints.empty();
      result.deferred = n.deferred;
      for (const ast::Node* item : n.constraints) {
        const auto& name = ast::as<ast::RangeVariable>(*item);
        result.constraints.push_back({str(name.schema), str(name.name)});
      }
      return result;
    }
    case Kind::alter_role_set: {
      const auto& n = ast::as<ast::AlterRoleSet>(node);
      query::AlterSetting result;
      result.scope = n.role ? query::AlterSetting::Scope::role : query::AlterSetting::Scope::all_roles;
      if (n.role) result.role = role_name(*n.role);
      result.database = str(n.database);
      result.setting = analyze_set_variable(state, *n.setting);
      return result;
    }
    case Kind::alter_database_set: {
      const auto& n = ast::as<ast::AlterDatabaseSet>(node);
      query::AlterSetting result;
      result.scope = query::AlterSetting::Scope::database;
      result.database = str(n.database);
      result.setting = analyze_set_variable(state, *n.setting);
      return result;
    }
    case Kind::alter_system: {
      query::AlterSetting result;
      result.scope = query::AlterSetting::Scope::system;
      result.setting = analyze_set_variable(state, *ast::as<ast::AlterSystem>(node).setting);
      return result;
    }
    default: return std::nullopt;
  }
}

}  // namespace analyzer
