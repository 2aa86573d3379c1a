#include "index_properties.h"

#include <algorithm>

#include "catalog/access_methods.h"
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
  const IndexDescriptor* found = find_index(catalog, index, table);
  if (found == nullptr) return std::nullopt;
  const Oid method = found->method;
  if (name == "clusterable") return method == kBtree || method == kGist;
  if (name == "index_scan") return method != kGin && method != kBrin;
  if (name == "bitmap_scan") return true;
  if (name == "backward_scan") return method == kBtree || method == kHash;
  return std::nullopt;
}

namespace {

// Whether an operator of the key's class orders by distance.
bool orders_by_distance(const IndexKey& key, SessionCatalog& catalog) {
  const OperatorClassInfo* own = catalog.operator_class(key.operator_class);
  if (own == nullptr) return false;
  return std::ranges::any_of(Builtins::get().operators(), [&](const OperatorInfo& op) {
    return std::ranges::any_of(Builtins::get().families_of(op.oid), [&](const FamilyOperator* member) {
      return member->family == own->family && member->purpose == 'o';
    });
  });
}

// Whether PostgreSQL's index gives values back.
bool gives_values(const IndexKey& key, Oid method, SessionCatalog& catalog) {
  constexpr int kGistCompress = 3, kGistFetch = 9;
  const OperatorClassInfo* own = catalog.operator_class(key.operator_class);
  if (method == kGist)
    return catalog.operator_class_procedure(key.operator_class, kGistFetch) != 0 ||
           catalog.operator_class_procedure(key.operator_class, kGistCompress) == 0;
  return method == kBtree || (method == kSpgist && own != nullptr && own->name != "poly_ops");
}

}  // namespace

std::optional<bool> index_column_property(SessionCatalog& catalog, Oid oid, int column, std::string name) {
  name = types::lower_ascii(name);
  RelationPtr table;
  const IndexDescriptor* index = find_index(catalog, oid, table);
  if (index == nullptr || column < 1) return std::nullopt;
  const auto at = static_cast<std::size_t>(column - 1);
  if (at >= index->keys.size() + index->included.size()) return std::nullopt;
  const bool is_key = at < index->keys.size();
  const Oid method = index->method;
  if (name == "returnable") return !is_key || gives_values(index->keys[at], method, catalog);
  const bool ordered = method == kBtree;
  if (name == "orderable") return is_key && ordered;
  if (name == "distance_orderable") return is_key && !ordered && orders_by_distance(index->keys[at], catalog);
  if (!is_key) return std::nullopt;
  const IndexKey& key = index->keys[at];
  if (name == "asc") return ordered && !key.descending;
  if (name == "desc") return ordered && key.descending;
  if (name == "nulls_first") return ordered && key.nulls_first;
  if (name == "nulls_last") return ordered && !key.nulls_first;
  if (name == "search_array") return ordered;
  if (name == "search_nulls") return method != kHash && method != kGin;
  return std::nullopt;
}

}  // namespace catalog
