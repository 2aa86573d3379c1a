// ALTER .. RENAME, SET SCHEMA, OWNER TO, and COMMENT ON.
#pragma once

#include <string>

#include "ddl.h"

namespace commands {

void rename(Ddl& ddl, const query::Rename& statement);
void set_schema(Ddl& ddl, const query::SetSchema& statement);
// The object alone, whatever may be said against it but a name that is taken.
void move_to_schema(Ddl& ddl, const ObjectAddress& object, Oid schema);
void set_owner(Ddl& ddl, const query::SetOwner& statement);
void comment(Ddl& ddl, const query::Comment& statement);

// One relation's column, with the columns of indexes on it.
void rename_column(Ddl& ddl, const RelationDescriptor& relation, const std::string& column,
                   const std::string& name);

// Of a table or of a domain (the other 0); 0: there is none of that name.
Oid constraint_of(Ddl& ddl, Oid table, Oid domain, const std::string& name);

// What an object reference of a kind means; nullopt (with a NOTICE) when missing and `missing_ok`.
std::optional<ObjectAddress> find_object(Ddl& ddl, query::ObjectKind kind,
                                         const query::ObjectReference& object, bool missing_ok,
                                         RelationLock lock);

}  // namespace commands
