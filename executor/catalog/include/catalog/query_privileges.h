// Rights on relations and their columns.
#pragma once

#include <vector>

#include "catalog/session_catalog.h"
#include "types/acl.h"
#include "types/sql_error.h"

namespace catalog {

// Whole queries: CatalogView::find_denial().

std::optional<types::SqlError> find_denial_of(SessionCatalog& catalog, types::Oid role, const query::Query& query);

// What a role may do with the relation as a whole.
types::Privileges privileges_on(SessionCatalog& catalog, Oid role, const RelationDescriptor& relation);
// All of `privileges` on the whole relation, as commands ask for them: throws 42501.
void require_privileges(SessionCatalog& catalog, const RelationDescriptor& relation,
                        types::Privileges privileges);
// One of SELECT, INSERT or UPDATE on the relation or on each of these columns (from 0): throws 42501.
void require_columns(SessionCatalog& catalog, const RelationDescriptor& relation,
                     types::Privileges privilege, const std::vector<int>& columns);
// EXECUTE on a function: throws 42501.
void require_execute(SessionCatalog& catalog, Oid function);
// Whether the columns' own lists give one of SELECT, INSERT or UPDATE on these columns; none
// given: on any column at all.
bool may_use_columns(SessionCatalog& catalog, Oid role, const RelationDescriptor& relation,
                     types::Privileges privilege, const std::vector<int>& columns);

// "permission denied for table t"
types::SqlError permission_denied(const RelationDescriptor& relation);

}  // namespace catalog
