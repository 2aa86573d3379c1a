// CREATE TYPE name (INPUT = .., OUTPUT = .., ..) and ALTER TYPE ... SET: what their attributes mean.
#include <algorithm>

#include <fmt/format.h>

#include "define.h"

namespace analyzer {
namespace {

using Element = ast::DefinitionElement;

std::string text_argument(const Element& element) {
  if (auto text = argument_text(element.argument)) return std::move(*text);
  throw SqlError("42601", fmt::format("{} requires a parameter", element.name));
}

// "pg_catalog.int4" and "int4" are one: the grammar writes the first for `integer`.
std::string word_argument(const Element& element) {
  constexpr std::string_view kSchema = "pg_catalog.";
  std::string text = text_argument(element);
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (text.starts_with(kSchema)) text.erase(0, kSchema.size());
  return text;
}

bool flag_argument(const Element& element) {
  try {
    return boolean_argument(element);
  } catch (const SqlError&) {
    throw SqlError("42601", fmt::format("{} requires a Boolean value", element.name));
  }
}

int length_argument(const Element& element) {
  if (const auto* number = ast::try_as<ast::IntegerNode>(element.argument)) return number->value;
  if (!element.argument) throw SqlError("42601", fmt::format("{} requires a parameter", element.name));
  if (ast::try_as<ast::FloatNode>(element.argument))
    throw SqlError("42601", fmt::format("{} requires an integer value", element.name));
  if (word_argument(element) == "variable") return -1;
  throw SqlError("42601", fmt::format("invalid argument for {}: \"{}\"", element.name, text_argument(element)));
}

char alignment_argument(const Element& element) {
  const std::string word = word_argument(element);
  if (word == "double" || word == "float8") return 'd';
  if (word == "int4") return 'i';
  if (word == "int2") return 's';
  if (word == "char" || word == "bpchar") return 'c';
  throw SqlError("22023", fmt::format("alignment \"{}\" not recognized", text_argument(element)));
}

char storage_argument(const Element& element) {
  const std::string word = word_argument(element);
  if (word == "plain") return 'p';
  if (word == "external") return 'e';
  if (word == "extended") return 'x';
  if (word == "main") return 'm';
  throw SqlError("22023", fmt::format("storage \"{}\" not recognized", text_argument(element)));
}

// PostgreSQL tells no place of it.
Oid type_of(Scope& scope, const Element& element) {
  try {
    return type_argument(scope, element).oid;
  } catch (SqlError& error) {
    throw std::move(error).at(-1);
  }
}

// Nothing: the attribute names no function.
std::optional<query::TypeFunction::Role> function_role(ast::Name name) {
  using Role = query::TypeFunction::Role;
  static constexpr std::pair<std::string_view, Role> kRoles[] = {
      {"input", Role::input},         {"output", Role::output},         {"receive", Role::receive},
      {"send", Role::send},           {"typmod_in", Role::typmod_in},   {"typmod_out", Role::typmod_out},
      {"analyze", Role::analyze},     {"analyse", Role::analyze},       {"subscript", Role::subscript}};
  for (const auto& [word, role] : kRoles)
    if (name == word) return role;
  return std::nullopt;
}

// Attributes that CREATE TYPE alone has.
constexpr std::string_view kFixed[] = {"like",    "internallength", "input",   "output",        "category",  "preferred", "delimiter",
                                       "element", "default",        "collatable", "passedbyvalue", "alignment"};

}  // namespace

query::CreateBaseType create_base_type(State& state, const ast::Define& node) {
  query::CreateBaseType result;
  result.name = object_name(state, node.name);
  query::Query query;
  Scope scope(state, nullptr, &query);
  std::vector<ast::Name> seen;
  for (const ast::Node* item : node.definition) {
    const auto& element = ast::as<Element>(*item);
    const ast::Name name = element.name == "analyse" ? ast::Name("analyze") : ast::Name(element.name);
    if (!function_role(name) && name != "storage" && std::ranges::find(kFixed, name) == std::end(kFixed)) {
      result.unknown.push_back({std::string(element.name), element.location});
      continue;
    }
    if (std::ranges::find(seen, name) != seen.end())
      throw SqlError("42601", "conflicting or redundant options").at(element.location);
    seen.push_back(name);
  }
  // No shell, for which the functions would have been made: the command says so before it looks at anything else.
  const auto* there = state.catalog.find_type(result.name.schema.empty()
                                                  ? state.catalog.schema_name(state.catalog.creation_schema())
                                                  : result.name.schema, result.name.name);
  if (!there || there->defined) return result;
  for (const ast::Node* item : node.definition) {
    const auto& element = ast::as<Element>(*item);
    const ast::Name name = element.name;
    if (const auto role = function_role(name)) {
      result.functions.push_back({*role, object_name(state, name_argument(element))});
    } else if (name == "like") {
      result.like = type_of(scope, element);
    } else if (name == "internallength") {
      result.length = length_argument(element);
    } else if (name == "category") {
      const std::string text = text_argument(element);
      if (text.empty() || text[0] < 32 || text[0] > 126)
        throw SqlError("22023", fmt::format("invalid type category \"{}\": must be simple ASCII", text));
      result.category = text[0];
    } else if (name == "preferred") {
      result.preferred = flag_argument(element);
    } else if (name == "delimiter") {
      const std::string text = text_argument(element);
      result.delimiter = text.empty() ? '\0' : text[0];
    } else if (name == "element") {
      result.element = type_of(scope, element);
      if (state.catalog.type(result.element)->kind == 'p')
        throw SqlError("42804", fmt::format("array element type cannot be {}", type_name(scope, result.element)));
    } else if (name == "default") {
      result.default_value = text_argument(element);
    } else if (name == "passedbyvalue") {
      result.by_value = flag_argument(element);
    } else if (name == "alignment") {
      result.alignment = alignment_argument(element);
    } else if (name == "storage") {
      result.storage = storage_argument(element);
    } else if (name == "collatable") {
      result.collatable = flag_argument(element);
    }
  }
  return result;
}

query::AlterBaseType alter_base_type(State& state, const ast::AlterBaseType& node) {
  query::AlterBaseType result;
  query::Query query;
  Scope scope(state, nullptr, &query);
  ast::TypeName name;
  name.names = node.name;
  result.type = resolve_type(scope, name).oid;
  for (const ast::Node* item : node.options) {
    const auto& element = ast::as<Element>(*item);
    const bool fixed = std::ranges::find(kFixed, element.name) != std::end(kFixed);
    if (element.name == "storage") {
      result.storage = storage_argument(element);
    } else if (const auto role = fixed ? std::nullopt : function_role(element.name)) {
      // NONE is read by the grammar as no argument.
      result.functions.push_back({*role, element.argument ? object_name(state, name_argument(element)) : query::ObjectName{}});
    } else {
      throw SqlError("42601", fmt::format("type attribute \"{}\" {}", element.name, fixed ? "cannot be changed" : "not recognized"));
    }
  }
  return result;
}

}  // namespace analyzer
