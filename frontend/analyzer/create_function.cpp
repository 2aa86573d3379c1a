// CREATE FUNCTION and PROCEDURE: signatures, with shell types where these will do, attributes and bodies.
#include <fmt/format.h>

#include <cctype>
#include <functional>

#include "statements.h"
#include "types/ascii.h"

namespace analyzer {
namespace {

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

// A routine's arguments, by number or name.
class BodyArguments final : public Variables {
 public:
  explicit BodyArguments(const query::CreateFunction& function) : function_(function) {}

  std::optional<Found> find(std::span<const std::string_view> names) override {
    if (names[0].starts_with('$')) return numbered(std::atoi(std::string(names[0].substr(1)).c_str()), 1);
    if (names.size() >= 2 && names[0] == function_.name.name)
      if (auto found = named(names[1], 2)) return found;
    return named(names[0], 1);
  }

 private:
  static bool is_input(const query::FunctionParameter& p) { return p.mode != 'o' && p.mode != 't'; }
  std::optional<Found> numbered(int wanted, std::size_t taken) const {
    int number = 0;
    for (const auto& p : function_.parameters)
      if (is_input(p) && ++number == wanted) return Found{number, p.type, taken};
    return std::nullopt;
  }
  std::optional<Found> named(std::string_view name, std::size_t taken) const {
    int number = 0;
    for (const auto& p : function_.parameters) {
      if (!is_input(p)) continue;
      ++number;
      if (!p.name.empty() && p.name == name) return Found{number, p.type, taken};
    }
    return std::nullopt;
  }

  const query::CreateFunction& function_;
};

void analyze_sql_body(State& state, const parser::Statement& statement, const ast::Node* body, query::CreateFunction& function) {
  BodyArguments arguments(function);
  AnalyzerContext context = state.context;
  context.variables = &arguments;
  const auto analyze_one = [&](const ast::Node& node) {
    State inner(context);
    inner.stack_limit = state.stack_limit;
    std::unique_ptr<query::Query> query;
    switch (node.kind) {
      case ast::NodeKind::return_statement: {
        query = std::make_unique<query::Query>();
        Scope scope(inner, nullptr, query.get());
        query::OutputColumn output;
        output.expression = analyze_expression(scope, ast::as<ast::ReturnStatement>(node).value, Place::select_target);
        query->output.push_back(std::move(output));
        break;
      }
      case ast::NodeKind::select:
      case ast::NodeKind::insert:
      case ast::NodeKind::update:
      case ast::NodeKind::delete_:
      case ast::NodeKind::merge: query = analyze_query(inner, nullptr, &node); break;
      default: {
        const query::Statement utility = analyze_statement_node(inner, node, statement);
        throw SqlError("0A000", fmt::format("{} is not yet supported in unquoted SQL function body", query::command_tag(utility)));
      }
    }
    function.sql_body.push_back(std::move(query));
  };
  const std::function<void(const ast::Node*)> visit = [&](const ast::Node* node) {
    if (node == nullptr) return;
    if (const auto* list = ast::try_as<ast::ListNode>(node)) {
      for (const ast::Node* item : list->items) visit(item);
      return;
    }
    analyze_one(*node);
  };
  visit(body);
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

}  // namespace

query::CreateFunction analyze_create_function(State& state, const ast::CreateFunction& node,
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
        in && info && info->kind == 'p' && !is_polymorphic(parameter.type.oid) && node.options.size() > 0 &&
        (language == "sql" || (language == "plpgsql" && parameter.type.oid != oid::record)))
      throw SqlError(language == "sql" ? "42P13" : "0A000",
                     fmt::format("{} {}", language == "sql" ? "SQL functions cannot have arguments of type"
                                                            : "PL/pgSQL functions cannot accept type",
                                 type_name(scope, parameter.type.oid)));
    for (const auto& other : result.parameters) {
      if (parameter.name.empty() || other.name != parameter.name) continue;
      // An input and a column of the result may share a name.
      const bool other_in = other.mode == 'i' || other.mode == 'b' || other.mode == 'v';
      const bool out = !in || parameter.mode == 'b', other_out = !other_in || other.mode == 'b';
      if ((in && other_in) || (out && other_out) || (table && !(in && other_in) && other_in == false))
        throw SqlError("42P13", fmt::format("parameter name \"{}\" used more than once", parameter.name));
    }
    if (node.is_procedure && have_variadic && !in)
      throw SqlError("42P13", "VARIADIC parameter must be the last parameter");
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
    if (node.is_procedure && !in && have_default)
      throw SqlError("42P13", "procedure OUT parameters cannot appear after one with a default value");
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
    analyze_sql_body(state, statement, node.sql_body, result);
  }
  if (result.language.empty()) throw SqlError("42P13", "no language specified");
  if (result.body.size() > 1 && result.language != "c")
    throw SqlError("42P13", fmt::format("only one AS item needed for language \"{}\"", result.language));
  require_possible_result(scope, result);
  return result;
}

}  // namespace analyzer
