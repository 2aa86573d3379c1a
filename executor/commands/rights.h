// What a role must own, or may make, before a command changes the catalogue. All throw 42501.
#pragma once

#include "ddl.h"

namespace commands {

// How messages call what is not a relation: ALTER says the bare name, others what was written.
enum class Naming : bool { bare, as_written };
// "must be owner of function f": of the object, or of the table that it is a part of. Roles have
// rules of their own (role.h).
void require_ownership(Ddl& ddl, query::ObjectKind kind, const query::ObjectReference& written,
                       const ObjectAddress& object, Naming naming = Naming::bare);
// The same for DROP: a schema's owner may drop what is in it.
void require_may_drop(Ddl& ddl, query::ObjectKind kind, const query::ObjectReference& written,
                      const ObjectAddress& object);
// The schema that an object is in; 0: in none.
Oid schema_of(Ddl& ddl, const ObjectAddress& object);
// CREATE on a schema: "permission denied for schema s".
void require_create_in(Ddl& ddl, Oid schema);
// USAGE of one: the same words.
void require_usage_of(Ddl& ddl, Oid schema);
// "must be member of role"
void require_member_of(Ddl& ddl, Oid role);
// OWNER TO: who gives an object away must be a member of the new owner, which could have made it there.
void require_may_give_to(Ddl& ddl, const ObjectAddress& object, Oid owner);
// 42809: an array's type goes where its elements' goes.
void require_no_array_type(Ddl& ddl, const catalog::TypeInfo& type);
// Whom something is granted to; PUBLIC: 0.
Oid grantee(Ddl& ddl, const query::RoleName& name);
// Those that the server itself has: "pg_monitor".
bool is_predefined_role(Oid role);
// "must be superuser"
bool is_superuser(Ddl& ddl);

}  // namespace commands
