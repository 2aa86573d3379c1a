#include "catalog/relation.h"

namespace catalog {

int RelationDescriptor::column_index(std::string_view column_name) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].dropped && columns[i].name == column_name) return static_cast<int>(i);
  return -1;
}

const IndexDescriptor* RelationDescriptor::primary_key() const {
  for (const IndexDescriptor& index : indexes)
    if (index.primary) return &index;
  return nullptr;
}

const IndexDescriptor* RelationDescriptor::index(Oid index_oid) const {
  for (const IndexDescriptor& index : indexes)
    if (index.oid == index_oid) return &index;
  return nullptr;
}

}  // namespace catalog
