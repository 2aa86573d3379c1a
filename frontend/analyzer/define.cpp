// CREATE OPERATOR, CAST, TYPE ... AS RANGE: what their words mean.
#include "define.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "coerce.h"
#include "positions.h"

namespace analyzer {
namespace {

using Element = ast::DefinitionElement;

const ast::Node& argument_of(const Element& element) {
  if (!element.argument) throw SqlError("42601", fmt::format("{} requires a parameter", element.name));
  return *element.argument;
}

Oid operand_type(Scope& scope, const Element& element) {
  const auto* type = ast::try_as<ast::TypeName>(element.argument);
  if (type && type->setof) refuse_definition("SETOF type not allowed for operator argument");
  return type_argument(scope, element).oid;
}

// An estimator takes these and returns double precision; "NONE" was read by the grammar as no argument.
Oid estimator(Scope& scope, const Element& element, std::span<const Oid> inputs, const char* what) {
  const auto names = name_argument(element);
  const Oid found = lookup_function(scope, names, inputs, true, -1);
  if (!found)
    throw SqlError("42883", fmt::format("function {} does not exist", function_signature(scope, join_names(names), {}, inputs)));
  if (scope.catalog().function(found)->result != oid::float8)
    throw SqlError("42P17", fmt::format("{} estimator function {} must return type float8", what, join_names(names)));
  return found;
}
Oid restriction_estimator(Scope& scope, const Element& element) {
  constexpr Oid kInputs[] = {oid::internal, oid::oid_, oid::internal, oid::int4};
  return estimator(scope, element, kInputs, "restriction");
}
Oid join_estimator(Scope& scope, const Element& element) {
  constexpr Oid kInputs[] = {oid::internal, oid::oid_, oid::internal, oid::int2, oid::internal};
  return estimator(scope, element, kInputs, "join");
}

}  // namespace

void refuse_definition(std::string message) { throw SqlError("42P13", std::move(message)); }

std::vector<ast::Name> name_argument(const Element& element) {
  const ast::Node& argument = argument_of(element);
  if (const auto* type = ast::try_as<ast::TypeName>(&argument)) return {type->names.begin(), type->names.end()};
  if (const auto* text = ast::try_as<ast::StringNode>(&argument)) return {text->value};
  if (const auto* list = ast::try_as<ast::ListNode>(&argument)) {
    std::vector<ast::Name> names;
    for (const ast::Node* item : list->items)
      if (const auto* name = ast::try_as<ast::StringNode>(item)) names.push_back(name->value);
    if (!names.empty()) return names;
  }
  throw SqlError("42601", fmt::format("argument of {} must be a name", element.name));
}

const TypeRef type_argument(Scope& scope, const Element& element) {
  const ast::Node& argument = argument_of(element);
  if (const auto* type = ast::try_as<ast::TypeName>(&argument)) return without_position([&] { return resolve_type(scope, *type); });
  if (const auto* text = ast::try_as<ast::StringNode>(&argument)) {
    ast::TypeName name;
    name.names = {&text->value, 1};
    return without_position([&] { return resolve_type(scope, name); });
  }
  throw SqlError("42601", fmt::format("argument of {} must be a type name", element.name));
}

std::string string_argument(const Element& element) { return argument_text(&argument_of(element)).value_or(""); }

std::int32_t int4_argument(const Element& element) {
  const auto* value = ast::try_as<ast::IntegerNode>(element.argument);
  if (!value) throw SqlError("42601", fmt::format("{} requires an integer value", element.name));
  return value->value;
}

query::CreateOperator define_operator(State& state, const ast::Define& node) {
  query::CreateOperator result;
  result.name = object_name(state, node.name);
  query::Query query;
  Scope scope(state, nullptr, &query);
  const Element *function = nullptr, *restrict = nullptr, *join = nullptr;
  bool left = false, right = false;
  for (const ast::Node* item : node.definition) {
    const auto& element = ast::as<Element>(*item);
    const ast::Name name = element.name;
    if (name == "leftarg") {
      result.left = operand_type(scope, element);
      left = true;
    } else if (name == "rightarg") {
      result.right = operand_type(scope, element);
      right = true;
    } else if (name == "function" || name == "procedure") {
      function = &element;
    } else if (name == "commutator") {
      result.commutator = object_name(state, name_argument(element));
    } else if (name == "negator") {
      result.negator = object_name(state, name_argument(element));
    } else if (name == "restrict") {
      restrict = &element;
    } else if (name == "join") {
      join = &element;
    } else if (name == "hashes") {
      result.hashes = boolean_argument(element);
    } else if (name == "merges") {
      result.merges = boolean_argument(element);
    } else if (name == "sort1" || name == "sort2" || name == "ltcmp" || name == "gtcmp") {
      result.merges = true;  // of old dumps
    } else {
      result.warnings.push_back(fmt::format("operator attribute \"{}\" not recognized", name));
    }
  }
  if (!function) refuse_definition("operator function must be specified");
  if (!left && !right) refuse_definition("operator argument types must be specified");
  if (!right)
    throw SqlError("42P13", "operator right argument type must be specified")
        .with_detail("Postfix operators are not supported.");
  std::vector<Oid> inputs;
  if (left) inputs.push_back(result.left);
  inputs.push_back(result.right);
  result.function = lookup_function(scope, name_argument(*function), inputs, false, -1);
  result.result = state.catalog.function(result.function)->result;
  if (restrict) result.restrict = restriction_estimator(scope, *restrict);
  if (join) result.join = join_estimator(scope, *join);
  return result;
}

query::AlterOperator alter_operator(State& state, const ast::AlterOperator& node, query::ObjectReference object) {
  query::AlterOperator result;
  result.object = std::move(object);
  query::Query query;
  Scope scope(state, nullptr, &query);
  for (const ast::Node* item : node.options) {
    const auto& element = ast::as<Element>(*item);
    const ast::Name name = element.name;
    if (element.argument) name_argument(element);
    if (name == "restrict") {
      result.restrict = element.argument ? restriction_estimator(scope, element) : 0;
    } else if (name == "join") {
      result.join = element.argument ? join_estimator(scope, element) : 0;
    } else {
      constexpr std::string_view kFixed[] = {"leftarg", "rightarg", "function", "procedure", "commutator",
                                             "negator", "hashes", "merges"};
      const bool fixed = std::ranges::find(kFixed, name) != std::end(kFixed);
      throw SqlError("42601", fmt::format("operator attribute \"{}\" {}", name, fixed ? "cannot be changed" : "not recognized"));
    }
  }
  return result;
}

query::CreateCast create_cast(State& state, const ast::CreateCast& node) {
  using Method = query::CreateCast::Method;
  query::Query query;
  Scope scope(state, nullptr, &query);
  query::CreateCast result;
  result.source = without_position([&] { return resolve_type(scope, *node.source).oid; });
  result.target = without_position([&] { return resolve_type(scope, *node.target).oid; });
  result.context = node.context;
  for (const auto& [type, what] : {std::pair(result.source, "source"), std::pair(result.target, "target")}) {
    const auto* info = state.catalog.type(type);
    if (info->kind == 'p')
      throw SqlError("42809", fmt::format("{} data type {} is a pseudo-type", what, type_name(scope, type)));
  }
  if (!node.function) {
    result.method = node.in_out ? Method::in_out : Method::binary;
    return result;
  }
  std::vector<Oid> arguments;
  for (const ast::Node* item : node.function->arguments) arguments.push_back(resolve_type(scope, ast::as<ast::TypeName>(*item)).oid);
  result.function = lookup_function(scope, node.function->name, arguments, false, -1);
  const auto& function = *state.catalog.function(result.function);
  auto invalid = [](std::string message) { throw SqlError("42P17", std::move(message)); };
  if (arguments.empty() || arguments.size() > 3) invalid("cast function must take one to three arguments");
  if (!is_binary_coercible(scope, result.source, arguments[0]))
    invalid("argument of cast function must match or be binary-coercible from source data type");
  if (arguments.size() > 1 && arguments[1] != oid::int4)
    invalid("second argument of cast function must be type integer");
  if (arguments.size() > 2 && arguments[2] != oid::bool_)
    invalid("third argument of cast function must be type boolean");
  if (!is_binary_coercible(scope, function.result, result.target))
    invalid("return data type of cast function must match or be binary-coercible to target data type");
  if (function.kind != 'f') invalid("cast function must be a normal function");
  if (function.returns_set) invalid("cast function must not return a set");
  if (result.source == result.target && arguments.size() < 2)
    invalid("source data type and target data type are the same");
  return result;
}

query::CreateRange create_range(State& state, const ast::CreateRange& node) {
  query::CreateRange result;
  result.name = object_name(state, node.name);
  query::Query query;
  Scope scope(state, nullptr, &query);
  const Element *operator_class = nullptr, *collation = nullptr, *difference = nullptr;
  std::vector<ast::Name> seen;
  for (const ast::Node* item : node.options) {
    const auto& element = ast::as<Element>(*item);
    const ast::Name name = element.name;
    if (std::ranges::find(seen, name) != seen.end())
      throw SqlError("42601", "conflicting or redundant options").at(element.location);
    seen.push_back(name);
    if (name == "subtype") {
      result.subtype = type_argument(scope, element).oid;
    } else if (name == "subtype_opclass") {
      operator_class = &element;
    } else if (name == "collation") {
      collation = &element;
    } else if (name == "canonical") {
      throw SqlError::not_supported("a canonical function of a range type");
    } else if (name == "subtype_diff") {
      difference = &element;
    } else if (name == "multirange_type_name") {
      result.multirange = object_name(state, name_argument(element));
    } else {
      throw SqlError("42601", fmt::format("type attribute \"{}\" not recognized", name));
    }
  }
  if (!result.subtype) throw SqlError("42601", "type attribute \"subtype\" is required");
  const auto* subtype = state.catalog.type(result.subtype);
  if (subtype->kind == 'p')
    throw SqlError("42804", fmt::format("range subtype cannot be {}", type_name(scope, result.subtype)));
  const Oid base = state.catalog.base_type(result.subtype);
  const auto* standard = state.catalog.default_operator_class(base, catalog::kBtree);
  if (standard) result.operator_class = standard->oid;
  if (operator_class) {
    const auto names = name_argument(*operator_class);
    if (!standard || standard->name != names.back())
      throw SqlError::not_supported(fmt::format("operator class {} of a range type", join_names(names)));
  } else if (!result.operator_class) {
    throw SqlError("42704", fmt::format("data type {} has no default operator class for access method \"btree\"",
                                        type_name(scope, result.subtype)))
        .with_hint("You must specify an operator class for the range type or define a default operator class for the "
                   "subtype.");
  }
  const Oid own = type_ref(scope, result.subtype).collation;
  if (collation) {
    if (!own) throw SqlError("42809", "range collation specified but subtype does not support collation");
    result.collation = resolve_collation(scope, name_argument(*collation), -1);
    // Bounds are compared as their type's own order has them.
    if (const auto* named = state.catalog.collation(result.collation); named->provider == 'i')
      throw SqlError::not_supported(fmt::format("a range type with collation {}", named->name));
  } else {
    result.collation = own;
  }
  if (difference) {
    const Oid inputs[] = {result.subtype, result.subtype};
    const auto names = name_argument(*difference);
    const std::string signature = function_signature(scope, join_names(names), {}, inputs);
    result.difference = lookup_function(scope, names, inputs, true, -1);
    if (!result.difference) throw SqlError("42883", fmt::format("function {} does not exist", signature));
    const auto& function = *state.catalog.function(result.difference);
    if (function.result != oid::float8)
      throw SqlError("42P17", fmt::format("range subtype diff function {} must return type double precision", signature));
    if (function.volatility != 'i')
      throw SqlError("42P17", fmt::format("range subtype diff function {} must be immutable", signature));
  }
  return result;
}

}  // namespace analyzer
