// For commits whose changes to the catalogue are not known one by one.
#pragma once

#include "catalog/catalog.h"

namespace catalog {

// At its end the catalogue's caches are empty. Around COMMIT PREPARED, until that is durable and before its locks go: as
// CommitInvalidation is for a session's own commit.
class WholeInvalidation {
 public:
  explicit WholeInvalidation(Catalog& catalog) : catalog_(catalog) {}
  ~WholeInvalidation();
  void committed(wal::Lsn lsn) { lsn_ = lsn; }
  WholeInvalidation(const WholeInvalidation&) = delete;
  WholeInvalidation& operator=(const WholeInvalidation&) = delete;

 private:
  Catalog& catalog_;
  wal::Lsn lsn_;
};

}  // namespace catalog
