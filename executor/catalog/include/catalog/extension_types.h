// Types that come with an extension and that code knows: by their input functions, whatever they are called.
#pragma once

#include "catalog/catalog_view.h"

namespace catalog {

inline bool is_hstore(CatalogView& catalog, Oid type) {
  const TypeInfo* info = type < types::kFirstNormalOid ? nullptr : catalog.type(type);
  const FunctionInfo* input = info != nullptr && info->kind == 'b' ? catalog.function(info->input) : nullptr;
  return input != nullptr && input->source == "hstore_in";
}

}  // namespace catalog
