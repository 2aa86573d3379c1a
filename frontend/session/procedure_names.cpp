#include "procedure_names.h"

#include <algorithm>
#include <cctype>
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

// Where quotes and parentheses inside do not count.
std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '(' || c == '[')) ++depth;
    if (!quoted && (c == ')' || c == ']')) --depth;
    if (i < text.size() && (c != ',' || quoted || depth > 0)) continue;
    parts.push_back(types::trim(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  if (parts.size() == 1 && parts[0].empty()) parts.clear();
  return parts;
}

// 0: there is no such function.
Oid find_procedure(SessionState& session, std::string_view text) {
  bool quoted = false;
  std::size_t open = 0;
  for (; open < text.size() && (quoted || text[open] != '('); ++open)
    if (text[open] == '"') quoted = !quoted;
  if (open == text.size()) throw SqlError("22P02", "expected a left parenthesis");
  std::string_view list = types::trim(text.substr(open + 1));
  if (!list.ends_with(')')) throw SqlError("22P02", "expected a right parenthesis");
  list.remove_suffix(1);

  const auto [schema, name] = catalog::qualified_name(
      *session.catalog, catalog::split_identifiers(std::string(text.substr(0, open))), catalog::NameOf::other);
  std::vector<Oid> wanted;
  for (const std::string_view type : split_at_commas(list)) {
    if (type.empty()) throw SqlError("22P02", "expected a type name");
    wanted.push_back(type_by_text(session, type));
  }
  const auto found = session.catalog->find_functions(schema, name);
  for (const catalog::FunctionInfo* function : found)
    if (std::ranges::equal(function->arguments, wanted)) return function->oid;
  return 0;
}

std::string show_procedure(SessionState& session, Oid oid) {
  const catalog::FunctionInfo* function = session.catalog->function(oid);
  if (function == nullptr) return fmt::format("{}", oid);
  std::string out;
  if (!session.catalog->function_is_visible(oid))
    out = catalog::quote_identifier(session.catalog->schema_name(function->schema)) + ".";
  out += catalog::quote_identifier(function->name);
  out += '(';
  for (std::size_t i = 0; i < function->arguments.size(); ++i) {
    if (i > 0) out += ',';
    out += session.catalog->format_type(function->arguments[i]);
  }
  return out + ")";
}

}  // namespace

bool call_procedure_name_function(SessionState& session, std::string_view function,
                                  const std::vector<std::optional<std::string>>& arguments,
                                  std::optional<std::string>& answer) {
  if (function != "regprocedurein" && function != "regprocedureout" && function != "to_regprocedure") return false;
  answer.reset();
  if (arguments.empty() || !arguments[0]) return true;
  const std::string& text = *arguments[0];
  if (function == "regprocedureout") {
    Oid oid = 0;
    std::from_chars(text.data(), text.data() + text.size(), oid);
    answer = show_procedure(session, oid);
    return true;
  }
  const Oid oid = find_procedure(session, text);
  if (oid == 0 && function == "regprocedurein")
    throw SqlError("42883", fmt::format("function \"{}\" does not exist", text));
  if (oid != 0) answer = fmt::format("{}", oid);
  return true;
}

}  // namespace session
