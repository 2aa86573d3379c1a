// Whether the policies of a table count for a role. What they add to queries:
// CatalogView::add_row_security().
#pragma once

#include <cstdint>

#include "catalog/session_catalog.h"
#include "types/sql_error.h"

namespace catalog {

// A policy's subquery reads what the user may not. Told only where the query itself is not denied.
struct DeniedByPolicy : types::SqlError {
  explicit DeniedByPolicy(const types::SqlError& denial) : types::SqlError(denial) {}
};

// bypassed: it is enabled, but not for this role (owners, superusers, BYPASSRLS).
enum class RowSecurity : std::uint8_t { none, bypassed, enabled };

RowSecurity row_security_of(SessionCatalog& catalog, const RelationDescriptor& relation, types::Oid role);

// Whether it is enabled; 42501 where it is and the setting row_security is off.
bool row_security_applies(SessionCatalog& catalog, const RelationDescriptor& relation, types::Oid role);

}  // namespace catalog
