#include "operator_names.h"

#include <charconv>

#include <fmt/format.h>

#include "catalog/catalog_functions.h"
#include "command_dispatch.h"
#include "session_state.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::Oid;
using types::SqlError;

// Those of that name, qualified or on the search path. No operator has a dot in its name.
// With `must_exist`, SqlError 3F000 where there is no such schema.
std::vector<const catalog::OperatorInfo*> candidates(SessionState& session, std::string_view name, bool must_exist) {
  name = types::trim(name);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return session.catalog->find_operators({}, name);
  std::vector<std::string> parts = catalog::split_identifiers(std::string(name.substr(0, dot)));
  parts.emplace_back(name.substr(dot + 1));
  const auto named = catalog::qualified_name(*session.catalog, parts, catalog::NameOf::other);
  if (must_exist) (void)session.catalog->schema_oid(named.schema);
  return session.catalog->find_operators(named.schema, named.name);
}

Oid operand(SessionState& session, std::string_view text) {
  text = types::trim(text);
  return types::equals_ignoring_case(text, "none") ? 0 : type_by_text(session, text);
}

// "+(int4,int4)"; 0: there is none.
Oid find_signature(SessionState& session, std::string_view text, bool must_exist) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) throw SqlError("22P02", "expected a left parenthesis");
  std::string_view list = types::trim(text.substr(open + 1));
  if (!list.ends_with(')')) throw SqlError("22P02", "expected a right parenthesis");
  list.remove_suffix(1);
  std::vector<Oid> types;
  int depth = 0;
  for (std::size_t i = 0, begin = 0; i <= list.size(); ++i) {
    if (i < list.size() && (list[i] == '(' || list[i] == '[')) ++depth;
    if (i < list.size() && (list[i] == ')' || list[i] == ']')) --depth;
    if (i < list.size() && (list[i] != ',' || depth > 0)) continue;
    if (types::trim(list.substr(begin, i - begin)).empty()) {
      if (types.empty() && i == list.size()) break;
      throw SqlError("22P02", "expected a type name");
    }
    types.push_back(operand(session, list.substr(begin, i - begin)));
    begin = i + 1;
  }
  if (types.size() == 1)
    throw SqlError("42P02", "missing argument")
        .with_hint("Use NONE to denote the missing argument of a unary operator.");
  if (types.size() != 2)
    throw SqlError("54023", "too many arguments").with_hint("Provide two argument types for operator.");
  for (const catalog::OperatorInfo* op : candidates(session, text.substr(0, open), must_exist))
    if (op->left == types[0] && op->right == types[1]) return op->oid;
  return 0;
}

std::string qualified(SessionState& session, const catalog::OperatorInfo& op) {
  return catalog::quote_identifier(session.catalog->schema_name(op.schema)) + "." + std::string(op.name);
}

std::string show_name(SessionState& session, Oid oid) {
  const catalog::OperatorInfo* op = session.catalog->operator_(oid);
  if (op == nullptr) return fmt::format("{}", oid);
  const auto same = session.catalog->find_operators({}, op->name);
  if (same.size() == 1 && same[0]->oid == oid) return std::string(op->name);
  return qualified(session, *op);
}

std::string show_signature(SessionState& session, Oid oid) {
  const catalog::OperatorInfo* op = session.catalog->operator_(oid);
  if (op == nullptr) return fmt::format("{}", oid);
  auto type = [&](Oid t) { return t == 0 ? std::string("NONE") : session.catalog->format_type(t); };
  return (session.catalog->operator_is_visible(oid) ? std::string(op->name) : qualified(session, *op)) + "(" +
         type(op->left) + "," + type(op->right) + ")";
}

}  // namespace

bool call_operator_name_function(SessionState& session, std::string_view function,
                                 const std::vector<std::optional<std::string>>& arguments,
                                 std::optional<std::string>& answer) {
  const bool signature = function.find("regoperator") != std::string_view::npos;
  const bool in = function == "regoperin" || function == "regoperatorin";
  const bool out = function == "regoperout" || function == "regoperatorout";
  if (!in && !out && function != "to_regoper" && function != "to_regoperator") return false;
  answer.reset();
  if (arguments.empty() || !arguments[0]) return true;
  const std::string& text = *arguments[0];
  if (out) {
    Oid oid = 0;
    std::from_chars(text.data(), text.data() + text.size(), oid);
    answer = signature ? show_signature(session, oid) : show_name(session, oid);
    return true;
  }
  Oid found = 0;
  if (signature) {
    found = find_signature(session, text, in);
  } else {
    const auto all = candidates(session, text, in);
    if (in && all.size() > 1) throw SqlError("42725", fmt::format("more than one operator named {}", text));
    if (all.size() == 1) found = all[0]->oid;
  }
  if (found == 0 && in) throw SqlError("42883", fmt::format("operator does not exist: {}", text));
  if (found != 0) answer = fmt::format("{}", found);
  return true;
}

}  // namespace session
