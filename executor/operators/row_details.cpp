#include "operators/row_details.h"

#include <algorithm>

#include "catalog/partition_key_text.h"
#include "catalog/query_privileges.h"
#include "catalog/row_security.h"
#include "catalog/session_catalog.h"
#include "eval/compile.h"
#include "types/arena.h"

namespace operators {
namespace {

std::string shown_value(catalog::CatalogView& catalog, const types::EvalContext& context, types::Oid type,
                        const types::Datum& value) {
  if (value.is_null) return "null";
  types::Arena arena(256);
  types::EvalContext inner = context;
  inner.arena = &arena;
  std::string text;
  eval::type_support(catalog, type).output(inner, value, text);
  constexpr std::size_t kLongest = 64;
  if (text.size() > kLongest) {
    std::size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  return text;
}

bool may_read(catalog::SessionCatalog& catalog, const catalog::RelationDescriptor& relation) {
  return (catalog::privileges_on(catalog, catalog.user(), relation) & types::privilege::select) != 0;
}

}  // namespace

bool may_show_columns(catalog::CatalogView& view, const catalog::RelationDescriptor& relation,
                      std::span<const int> columns) {
  auto* catalog = dynamic_cast<catalog::SessionCatalog*>(&view);
  if (catalog == nullptr || may_read(*catalog, relation)) return true;
  if (std::ranges::any_of(columns, [](int column) { return column < 0; })) return false;
  return catalog::may_use_columns(*catalog, catalog->user(), relation, types::privilege::select,
                                  {columns.begin(), columns.end()});
}

std::string failing_row(catalog::CatalogView& view, const types::EvalContext& context,
                        const catalog::RelationDescriptor& relation, std::span<const int> written,
                        const std::function<types::Datum(std::size_t)>& value) {
  auto* catalog = dynamic_cast<catalog::SessionCatalog*>(&view);
  const bool whole = catalog == nullptr || may_read(*catalog, relation);
  std::string names, values;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const catalog::Column& column = relation.columns[i];
    if (column.dropped) continue;
    const int number = static_cast<int>(i);
    if (!whole && std::ranges::find(written, number) == written.end() &&
        !catalog::may_use_columns(*catalog, catalog->user(), relation, types::privilege::select, {number}))
      continue;
    if (!values.empty()) {
      names += ", ";
      values += ", ";
    }
    names += column.name;
    values += shown_value(view, context, column.type.oid, value(i));
  }
  if (!whole && names.empty()) return {};
  return "Failing row contains " + (whole ? "" : "(" + names + ") = ") + "(" + values + ").";
}

std::string failing_partition_key(catalog::CatalogView& view, const types::EvalContext& context,
                                  const catalog::RelationDescriptor& relation, std::span<const types::Datum> key) {
  auto* catalog = dynamic_cast<catalog::SessionCatalog*>(&view);
  if (catalog == nullptr || !relation.partition_key || key.empty()) return {};
  const std::vector<catalog::PartitionKeyColumn>& columns = relation.partition_key->columns;
  std::vector<int> numbers;
  for (const catalog::PartitionKeyColumn& column : columns) numbers.push_back(column.column);
  if (!may_show_columns(view, relation, numbers) ||
      catalog::row_security_of(*catalog, relation, catalog->user()) == catalog::RowSecurity::enabled)
    return {};
  std::string values;
  for (std::size_t i = 0; i < key.size() && i < columns.size(); ++i) {
    if (i > 0) values += ", ";
    values += shown_value(view, context, columns[i].type.oid, key[i]);
  }
  return "Partition key of the failing row contains (" + catalog::partition_key_columns(*catalog, relation) + ") = (" +
         values + ").";
}

std::vector<types::Datum> partition_key_values(const catalog::RelationDescriptor& at, const catalog::RelationDescriptor& target,
                                               std::span<const types::Datum> key,
                                               const std::function<types::Datum(std::size_t)>& value) {
  if (!at.partition_key || at.partition_key->strategy != query::PartitionStrategy::hash) return {key.begin(), key.end()};
  std::vector<types::Datum> values;
  for (const catalog::PartitionKeyColumn& column : at.partition_key->columns) {
    if (column.column < 0) return {};
    const int own = target.column_index(at.columns[static_cast<std::size_t>(column.column)].name);
    if (own < 0) return {};
    values.push_back(value(static_cast<std::size_t>(own)));
  }
  return values;
}

bool is_above(catalog::CatalogView& catalog, const catalog::RelationDescriptor& above,
              const catalog::RelationDescriptor& relation) {
  std::vector<types::Oid> parents = relation.parents;
  while (!parents.empty()) {
    const types::Oid oid = parents.back();
    parents.pop_back();
    if (oid == above.oid) return true;
    if (const catalog::RelationPtr parent = catalog.relation(oid))
      parents.insert(parents.end(), parent->parents.begin(), parent->parents.end());
  }
  return false;
}

}  // namespace operators
