#include "index_properties.h"

#include <algorithm>

#include "catalog/named_objects.h"
#include "types/ascii.h"

namespace catalog {
namespace {

// What PostgreSQL's access methods can do; indexes here are btrees.
struct Abilities {
  std::string_view method;
  bool order, unique, several_columns, exclude, include;
};
constexpr Abilities kMethodAbilities[] = {
    {"btree", true, true, true, true, true},    {"hash", false, false, false, true, false},
    {"gist", false, false, true, true, true},   {"gin", false, false, true, false, false},
    {"spgist", false, false, false, true, true}, {"brin", false, false, true, false, false},
};

const IndexDescriptor* find_index(SessionCatalog& catalog, Oid oid, RelationPtr& keeps) {
  RelationPtr relation = catalog.relation(oid);
  if (relation == nullptr || relation->kind != RelationKind::index || relation->indexes.empty()) return nullptr;
  keeps = catalog.relation(relation->indexes[0].table);
  return keeps != nullptr ? keeps->index(oid) : nullptr;
}

}  // namespace

std::optional<bool> access_method_property(SessionCatalog& catalog, Oid method, std::string name) {
  name = types::lower_ascii(name);
  const std::string method_name = access_method_name(catalog, method);
  for (const Abilities& able : kMethodAbilities) {
    if (able.method != method_name) continue;
    if (name == "can_order") return able.order;
    if (name == "can_unique") return able.unique;
    if (name == "can_multi_col") return able.several_columns;
    if (name == "can_exclude") return able.exclude;
    if (name == "can_include") return able.include;
  }
  return std::nullopt;
}

std::optional<bool> index_property(SessionCatalog& catalog, Oid index, std::string name) {
  name = types::lower_ascii(name);
  RelationPtr table;
  if (find_index(catalog, index, table) == nullptr) return std::nullopt;
  constexpr std::string_view kTrue[] = {"clusterable", "index_scan", "bitmap_scan", "backward_scan"};
  if (std::ranges::find(kTrue, name) == std::end(kTrue)) return std::nullopt;
  return true;
}

std::optional<bool> index_column_property(SessionCatalog& catalog, Oid oid, int column, std::string name) {
  name = types::lower_ascii(name);
  RelationPtr table;
  const IndexDescriptor* index = find_index(catalog, oid, table);
  if (index == nullptr || column < 1) return std::nullopt;
  const auto at = static_cast<std::size_t>(column - 1);
  if (at >= index->keys.size() + index->included.size()) return std::nullopt;
  if (name == "returnable") return true;
  const bool is_key = at < index->keys.size();
  if (name == "orderable") return is_key;
  if (name == "distance_orderable") return false;
  if (!is_key) return std::nullopt;
  const IndexKey& key = index->keys[at];
  if (name == "asc") return !key.descending;
  if (name == "desc") return key.descending;
  if (name == "nulls_first") return key.nulls_first;
  if (name == "nulls_last") return !key.nulls_first;
  if (name == "search_array" || name == "search_nulls") return true;
  return std::nullopt;
}

}  // namespace catalog
