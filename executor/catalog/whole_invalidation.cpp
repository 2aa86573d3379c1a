#include "catalog/whole_invalidation.h"

namespace catalog {

WholeInvalidation::~WholeInvalidation() {
  catalog_.note_change(lsn_);
  catalog_.invalidate_all();
}

}  // namespace catalog
