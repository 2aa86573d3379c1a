#include "catalog/row_place.h"

#include <algorithm>

#include <fmt/format.h>

#include "types/integer_conversion.h"
#include "types/sql_error.h"

namespace catalog {
namespace {

const IndexDescriptor* clustered_key(const RelationDescriptor& relation) {
  const auto found = std::ranges::find_if(relation.indexes, [](const IndexDescriptor& i) { return i.is_clustered_key; });
  return found != relation.indexes.end() ? &*found : nullptr;
}

}  // namespace

const IndexDescriptor* integer_row_key(const RelationDescriptor& relation) {
  const IndexDescriptor* key = clustered_key(relation);
  return key != nullptr && key->keys.size() == 1 && types::is_integer(key->keys.front().type.oid) ? key : nullptr;
}

void require_row_places(CatalogView& catalog, const RelationDescriptor& relation, bool with_members) {
  if (const IndexDescriptor* key = clustered_key(relation); key != nullptr) {
    const Oid type = key->keys.size() == 1 ? catalog.base_type(key->keys.front().type.oid) : 0;
    // The system's tables have OIDs.
    if (!types::is_integer(type) && type != types::oid::oid_)
      throw types::SqlError("0A000", fmt::format("ctid of table \"{}\" is not supported yet", relation.name))
          .with_detail("Its rows lie in the order of a primary key that is not one integer.");
  }
  if (!with_members) return;
  for (const Oid child : relation.children)
    if (const RelationPtr member = catalog.relation(child)) require_row_places(catalog, *member, true);
}

}  // namespace catalog
