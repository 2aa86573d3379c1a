// What DROP, RENAME, SET SCHEMA, OWNER TO and COMMENT do alike for collations, text search objects, conversions,
// statistics objects, operator classes and families.
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
// The same of what a statement names; 42704 where it names an access method that is not there.
std::optional<ObjectAddress> find_named(Ddl& ddl, const catalog::NamedCatalog& named, const query::ObjectReference& object);
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

// 0A000 for `what` that needs no order, but that equal strings are equal bytes, under a nondeterministic collation.
void require_byte_equality(Ddl& ddl, Oid collation, const char* what);

}  // namespace commands
