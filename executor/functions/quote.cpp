#include "functions/quote.h"

#include <algorithm>

#include "function_table.h"
#include "kernel.h"

namespace functions {

using std::string_view;

namespace {

// Keywords that are not unreserved in PostgreSQL 15, sorted.
constexpr string_view kKeywords[] = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "between", "bigint", "binary", "bit", "boolean", "both", "case", "cast",
    "char", "character", "check", "coalesce", "collate", "collation", "column", "concurrently",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists",
    "extract", "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant",
    "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner", "inout",
    "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "lateral",
    "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "national",
    "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric",
    "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing",
    "position", "precision", "primary", "real", "references", "returning", "right", "row",
    "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric",
    "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim",
    "true", "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose",
    "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
    "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable"
};

std::string ident(string_view name) { return quote_identifier(name); }
std::string literal(string_view text) { return quote_literal(text); }
std::string nullable(std::optional<string_view> text) { return text ? quote_literal(*text) : "NULL"; }

constexpr ScalarFunction kQuoteFunctions[] = {
    {"quote_ident", strict<&ident>},
    {"quote_literal", strict<&literal>},
    {"quote_nullable", strict<&nullable>},
};

}  // namespace

std::string quote_identifier(string_view name) {
  auto is_start = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  bool plain = !name.empty() && is_start(name[0]);
  for (char c : name) plain = plain && (is_start(c) || (c >= '0' && c <= '9'));
  if (plain && !std::binary_search(std::begin(kKeywords), std::end(kKeywords), name))
    return std::string(name);
  std::string result = "\"";
  for (char c : name) {
    if (c == '"') result += '"';
    result += c;
  }
  result += '"';
  return result;
}

std::string quote_literal(string_view text) {
  bool backslash = text.find('\\') != string_view::npos;
  std::string result = backslash ? "E'" : "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') result += c;
    result += c;
  }
  result += '\'';
  return result;
}

std::span<const ScalarFunction> quote_functions() { return kQuoteFunctions; }

}  // namespace functions
