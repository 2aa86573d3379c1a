// CREATE and ALTER COLLATION, and of text search objects: what their options mean.
#include "define.h"

#include <algorithm>

#include <fmt/format.h>

namespace analyzer {
namespace {

using Element = ast::DefinitionElement;

std::vector<ast::Name> names_of(const ast::Node& list) {
  std::vector<ast::Name> names;
  for (const ast::Node* item : ast::as<ast::ListNode>(list).items)
    if (const auto* name = ast::try_as<ast::StringNode>(item)) names.push_back(name->value);
  return names;
}

std::string text_of(const Element& element) {
  if (auto text = argument_text(element.argument)) return std::move(*text);
  throw SqlError("42601", fmt::format("{} requires a parameter", element.name));
}

[[noreturn]] void refuse_together(std::string detail) {
  throw SqlError("42601", "conflicting or redundant options").with_detail(std::move(detail));
}

// A method of a parser or template: takes these, returns `result`.
Oid method(State& state, const Element& element, std::span<const Oid> inputs, Oid result) {
  query::Query query;
  Scope scope(state, nullptr, &query);
  const auto names = name_argument(element);
  const Oid found = lookup_function(scope, names, inputs, true, -1);
  const std::string signature = function_signature(scope, join_names(names), {}, inputs);
  if (!found) throw SqlError("42883", fmt::format("function {} does not exist", signature));
  if (state.catalog.function(found)->result != result)
    throw SqlError("42P17", fmt::format("function {} should return type {}", signature, type_name(scope, result)));
  return found;
}

}  // namespace

query::CreateCollation create_collation(State& state, const ast::Define& node) {
  query::CreateCollation result;
  result.name = object_name(state, node.name);
  result.if_not_exists = node.if_not_exists;
  std::vector<ast::Name> seen;
  for (const ast::Node* item : node.definition) {
    const auto& element = ast::as<Element>(*item);
    const ast::Name name = element.name;
    constexpr std::string_view kKnown[] = {"from", "locale", "lc_collate", "lc_ctype", "provider", "deterministic", "version"};
    if (std::ranges::find(kKnown, name) == std::end(kKnown))
      throw SqlError("42601", fmt::format("collation attribute \"{}\" not recognized", name)).at(element.location);
    if (std::ranges::find(seen, name) != seen.end())
      throw SqlError("42601", "conflicting or redundant options").at(element.location);
    seen.push_back(name);
    if (name == "from") result.from = object_name(state, name_argument(element));
    else if (name == "locale") result.locale = text_of(element);
    else if (name == "lc_collate") result.collate = text_of(element);
    else if (name == "lc_ctype") result.ctype = text_of(element);
    else if (name == "provider") result.provider = text_of(element);
    else if (name == "version") result.version = text_of(element);
    else result.deterministic = boolean_argument(element);
  }
  if (result.locale && (result.collate || result.ctype))
    refuse_together("LOCALE cannot be specified together with LC_COLLATE or LC_CTYPE.");
  if (result.from && seen.size() > 1) refuse_together("FROM cannot be specified together with any other options.");
  return result;
}

query::AlterCollation alter_collation(State& state, const ast::AlterCollation& node) {
  return {object_name(state, node.name)};
}

query::CreateTextSearchParser create_text_search_parser(State& state, const ast::Define& node) {
  query::CreateTextSearchParser result;
  result.name = object_name(state, node.name);
  constexpr Oid kStart[] = {oid::internal, oid::int4}, kToken[] = {oid::internal, oid::internal, oid::internal},
                kEnd[] = {oid::internal}, kHeadline[] = {oid::internal, oid::internal, oid::tsquery};
  for (const ast::Node* item : node.definition) {
    const auto& element = ast::as<Element>(*item);
    const ast::Name name = element.name;
    if (name == "start") result.start = method(state, element, kStart, oid::internal);
    else if (name == "gettoken") result.token = method(state, element, kToken, oid::internal);
    else if (name == "end") result.end = method(state, element, kEnd, oid::void_);
    else if (name == "headline") result.headline = method(state, element, kHeadline, oid::internal);
    else if (name == "lextypes") result.types = method(state, element, kEnd, oid::internal);
    else throw SqlError("42601", fmt::format("text search parser parameter \"{}\" not recognized", name));
  }
  for (const auto& [function, words] : {std::pair(result.start, "start"), std::pair(result.token, "gettoken"),
                                        std::pair(result.end, "end"), std::pair(result.types, "lextypes")})
    if (function == 0) throw SqlError("42P17", fmt::format("text search parser {} method is required", words));
  return result;
}

query::CreateTextSearchTemplate create_text_search_template(State& state, const ast::Define& node) {
  query::CreateTextSearchTemplate result;
  result.name = object_name(state, node.name);
  constexpr Oid kInit[] = {oid::internal}, kLexize[] = {oid::internal, oid::internal, oid::internal, oid::internal};
  for (const ast::Node* item : node.definition) {
    const auto& element = ast::as<Element>(*item);
    if (element.name == "init") result.init = method(state, element, kInit, oid::internal);
    else if (element.name == "lexize") result.lexize = method(state, element, kLexize, oid::internal);
    else throw SqlError("42601", fmt::format("text search template parameter \"{}\" not recognized", element.name));
  }
  if (result.lexize == 0) throw SqlError("42P17", "text search template lexize method is required");
  return result;
}

query::CreateTextSearchDictionary create_text_search_dictionary(State& state, const ast::Define& node) {
  query::CreateTextSearchDictionary result;
  result.name = object_name(state, node.name);
  for (const ast::Node* item : node.definition) {
    const auto& element = ast::as<Element>(*item);
    if (element.name == "template") {
      result.template_ = object_name(state, name_argument(element));
      continue;
    }
    query::Option option = make_option(element);
    option.values = {text_of(element)};
    result.options.push_back(std::move(option));
  }
  if (!result.template_) throw SqlError("42P17", "text search template is required");
  return result;
}

query::AlterTextSearchDictionary alter_text_search_dictionary(State& state, const ast::AlterTextSearchDictionary& node) {
  query::AlterTextSearchDictionary result;
  result.name = object_name(state, node.name);
  for (const ast::Node* item : node.options) {
    const auto& element = ast::as<Element>(*item);
    query::Option option = make_option(element);
    if (element.argument) option.values = {text_of(element)};
    result.options.push_back(std::move(option));
  }
  return result;
}

query::CreateTextSearchConfiguration create_text_search_configuration(State& state, const ast::Define& node) {
  query::CreateTextSearchConfiguration result;
  result.name = object_name(state, node.name);
  for (const ast::Node* item : node.definition) {
    const auto& element = ast::as<Element>(*item);
    if (element.name == "parser") result.parser = object_name(state, name_argument(element));
    else if (element.name == "copy") result.copy = object_name(state, name_argument(element));
    else throw SqlError("42601", fmt::format("text search configuration parameter \"{}\" not recognized", element.name));
  }
  if (result.parser && result.copy) throw SqlError("42601", "cannot specify both PARSER and COPY options");
  if (!result.parser && !result.copy) throw SqlError("42P17", "text search parser is required");
  return result;
}

query::AlterTextSearchConfiguration alter_text_search_configuration(State& state,
                                                                    const ast::AlterTextSearchConfiguration& node) {
  using From = ast::AlterTextSearchConfiguration::Action;
  using To = query::AlterTextSearchConfiguration::Action;
  query::AlterTextSearchConfiguration result;
  switch (node.action) {
    case From::add: result.action = To::add; break;
    case From::alter_for_tokens: result.action = To::alter; break;
    case From::replace:
    case From::replace_for_tokens: result.action = To::replace; break;
    case From::drop: result.action = To::drop; break;
  }
  result.name = object_name(state, node.name);
  for (const ast::Node* item : node.token_types) result.token_types.push_back(argument_text(item).value_or(""));
  for (const ast::Node* item : node.dictionaries) result.dictionaries.push_back(object_name(state, names_of(*item)));
  result.missing_ok = node.missing_ok;
  return result;
}

}  // namespace analyzer
