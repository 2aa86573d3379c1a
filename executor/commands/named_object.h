// What DROP, RENAME, SET SCHEMA, OWNER TO and COMMENT do alike for collations and text search objects.
#pragma once

#include <optional>

#include "catalog/named_objects.h"
#include "ddl.h"

namespace commands {

// Null: not of these kinds.
const catalog::NamedCatalog* named_catalog_of(query::ObjectKind kind);
const catalog::NamedCatalog* named_catalog_of(Oid catalog);

// Null where there is none.
std::optional<ObjectAddress> find_named(Ddl& ddl, const catalog::NamedCatalog& named, const std::string& schema,
                                        const std::string& name);
// `text search dictionary "x" does not exist`.
std::string named_missing(const catalog::NamedCatalog& named, const query::ObjectReference& object);
SqlError named_missing_error(const catalog::NamedCatalog& named, const query::ObjectReference& object);
query::ObjectReference reference_to(const query::ObjectName& name);
// 42704 where there is none.
ObjectAddress require_named(Ddl& ddl, query::ObjectKind kind, const query::ObjectName& name);

// "collation x", qualified where that is not visible.
std::string describe_named(Ddl& ddl, const catalog::NamedCatalog& named, Oid oid);

void rename_named(Ddl& ddl, const catalog::NamedCatalog& named, Oid oid, const std::string& name);
void move_named(Ddl& ddl, const catalog::NamedCatalog& named, const ObjectAddress& object, Oid schema);

}  // namespace commands
