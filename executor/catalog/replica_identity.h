// Tables that publications send changes of, and whose changed rows nobody could find again.
#pragma once

#include <optional>

#include "catalog/session_catalog.h"
#include "query/query.h"
#include "types/sql_error.h"

namespace catalog {

// 55000 where an UPDATE, DELETE or MERGE in the query changes a published table that has no replica identity, 42P10
// where a row filter or column list does not go with the identity.
std::optional<types::SqlError> find_missing_identity(SessionCatalog& catalog, const query::Query& query);

}  // namespace catalog
