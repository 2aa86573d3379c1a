// Statistics objects as CREATE STATISTICS.
#include "statistics_definitions.h"

#include <algorithm>

#include "catalog/catalog_functions.h"
#include "catalog/extended_statistics.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "partition_functions.h"
#include "query/deparse.h"

namespace catalog {
namespace {

// As an array of text prints it.
std::string array_element(const std::string& value) {
  const bool null = value.size() == 4 && std::ranges::equal(value, std::string_view("null"), {}, [](char c) { return static_cast<char>(c | 0x20); });
  if (!value.empty() && !null && value.find_first_of(" \t\n\r\v\f\"\\{},") == std::string::npos) return value;
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
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
  for (const auto& expression : statistics_expressions(row)) {
    definition.expressions.push_back(deparsed(catalog, *expression, *table));
    const std::string text = deparsed(catalog, *expression, *table, true);
    add(query::looks_like_call(*expression) ? text : "(" + text + ")");
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
    text += array_element(expression);
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
