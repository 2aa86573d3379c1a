#include "catalog/whole_invalidation.h"

#include <mutex>

#include "catalog_cache.h"

namespace catalog {

WholeInvalidation::WholeInvalidation(Catalog& catalog) : catalog_(catalog) {
  {
    std::unique_lock lock(catalog_.cache().mutex);
    ++catalog_.cache().committing;
  }
  catalog_.invalidate_all();
}

WholeInvalidation::~WholeInvalidation() {
  {
    std::unique_lock lock(catalog_.cache().mutex);
    --catalog_.cache().committing;
  }
  catalog_.invalidate_all();
}

}  // namespace catalog
