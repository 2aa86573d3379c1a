// For commits whose changes to the catalogue are not known one by one.
#pragma once

#include "catalog/catalog.h"

namespace catalog {

// While it lives nobody uses or fills the catalogue's caches; afterwards they are empty. Around
// COMMIT PREPARED, until that is durable: as CommitInvalidation is for a session's own commit.
class WholeInvalidation {
 public:
  explicit WholeInvalidation(Catalog& catalog);
  ~WholeInvalidation();
  WholeInvalidation(const WholeInvalidation&) = delete;
  WholeInvalidation& operator=(const WholeInvalidation&) = delete;

 private:
  Catalog& catalog_;
};

}  // namespace catalog
