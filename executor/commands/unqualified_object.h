// What DROP, RENAME, OWNER TO and COMMENT do alike for objects that have no schema: foreign-data wrappers, servers, event
// triggers, publications, subscriptions.
#pragma once

#include <optional>

#include "catalog/unqualified_objects.h"
#include "ddl.h"

namespace commands {

// Null: not of these kinds.
const catalog::UnqualifiedCatalog* unqualified_catalog_of(query::ObjectKind kind);

std::optional<ObjectAddress> find_unqualified(Ddl& ddl, const catalog::UnqualifiedCatalog& objects, const std::string& name);
// `server "s" does not exist`
// The one that is to be changed: 42704 when there is none, 42501 when it is another role's.
ObjectAddress owned_unqualified(Ddl& ddl, query::ObjectKind kind, const std::string& name);
std::string unqualified_missing(const catalog::UnqualifiedCatalog& objects, const std::string& name);
void rename_unqualified(Ddl& ddl, const catalog::UnqualifiedCatalog& objects, Oid oid, const std::string& name);
// OWNER TO: 42501 where the role cannot own such an object.
void require_may_own(Ddl& ddl, const ObjectAddress& object, Oid owner);
// As messages about rights call the kind: "foreign server".
const char* rights_words(query::ObjectKind kind);

}  // namespace commands
