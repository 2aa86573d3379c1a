// pg_relation_is_updatable() and pg_column_is_updatable().
#pragma once

#include <optional>

#include "catalog/session_catalog.h"

namespace catalog {

// Bits of the statements that can change the relation: 4 UPDATE, 8 INSERT, 16 DELETE. `column` (from 0):
// as far as that one alone is concerned.
int updatable_events(SessionCatalog& catalog, Oid relation, bool with_triggers, std::optional<int> column = std::nullopt);

}  // namespace catalog
