// Statistics objects as CREATE STATISTICS.
#include "statistics_definitions.h"

#include <algorithm>

#include "catalog/catalog_functions.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"

namespace catalog {
namespace {

// The stored texts, each behind its length.
std::vector<std::string> stored_expressions(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) break;
    const std::size_t size = std::strtoul(std::string(text.substr(0, colon)).c_str(), nullptr, 10);
    list.emplace_back(text.substr(colon + 1, size));
    text.remove_prefix(std::min(text.size(), colon + 1 + size));
  }
  return list;
}

struct Definition {
  std::string name, columns, kinds;
  std::vector<std::string> expressions;
  Oid table = 0;
};

std::optional<Definition> read(SessionCatalog& catalog, Oid oid) {
  RelationPtr objects = catalog.relation(pg_statistic_ext::kOid);
  const transaction::View view = catalog.take_view(false);
  RowReader rows(view, *objects, 0, {key_oid(oid)});
  if (!rows.next()) return std::nullopt;
  const Row row = rows.row();
  Definition definition;
  definition.table = row.oid(pg_statistic_ext::stxrelid);
  definition.name = quote_identifier(catalog.schema_name(row.oid(pg_statistic_ext::stxnamespace))) + "." +
                    quote_identifier(row.text(pg_statistic_ext::stxname));
  RelationPtr table = catalog.relation(definition.table);
  if (table == nullptr) return std::nullopt;
  auto add = [&](const std::string& text) { definition.columns += (definition.columns.empty() ? "" : ", ") + text; };
  for (const std::int16_t column : row.int2s(pg_statistic_ext::stxkeys))
    add(quote_identifier(table->columns[static_cast<std::size_t>(column - 1)].name));
  for (const std::string& stored : stored_expressions(row.text(pg_statistic_ext::stxexprs))) {
    const std::string text = expression_text(catalog, stored, definition.table, false).value_or("");
    definition.expressions.push_back(text);
    const bool bare = text.starts_with("(") || (text.ends_with(")") && text.find(' ') > text.find('('));
    add(bare ? text : "(" + text + ")");
  }
  types::ArrayView kinds(row.text(pg_statistic_ext::stxkind));
  for (types::ArrayView::Cursor c(kinds); c.next();) definition.kinds += static_cast<char>(c.value().as<std::int8_t>());
  return definition;
}

}  // namespace

std::optional<std::string> statistics_object_columns(SessionCatalog& catalog, Oid oid) {
  const auto definition = read(catalog, oid);
  return definition ? std::optional(definition->columns) : std::nullopt;
}

std::optional<std::string> statistics_object_expressions(SessionCatalog& catalog, Oid oid) {
  const auto definition = read(catalog, oid);
  if (!definition || definition->expressions.empty()) return std::nullopt;
  std::string text = "{";
  for (const std::string& expression : definition->expressions) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : expression) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

std::optional<std::string> statistics_object_definition(SessionCatalog& catalog, Oid oid) {
  const auto definition = read(catalog, oid);
  if (!definition) return std::nullopt;
  auto has = [&](char kind) { return definition->kinds.find(kind) != std::string::npos; };
  std::string kinds;
  const bool all = has('d') && has('f') && has('m');
  if (!all) {
    for (const auto& [kind, word] : {std::pair{'d', "ndistinct"}, std::pair{'f', "dependencies"}, std::pair{'m', "mcv"}})
      if (has(kind)) kinds += (kinds.empty() ? "" : ", ") + std::string(word);
    if (!kinds.empty()) kinds = " (" + kinds + ")";
  }
  return "CREATE STATISTICS " + definition->name + kinds + " ON " + definition->columns + " FROM " +
         catalog.relation_display_name(definition->table);
}

}  // namespace catalog
