// Where a role is owner or is granted something: what DROP ROLE refuses for, and what DROP OWNED and
// REASSIGN OWNED go through. This database's objects and the cluster's; other databases are not
// looked into.
#pragma once

#include <string>
#include <vector>

#include "ddl.h"
#include "query/ddl.h"

namespace commands {

struct RoleUse {
  ObjectAddress object;      // pg_class (a column with `sub`), pg_namespace, pg_type, pg_proc, ...
  bool owner = false;        // else: named in its access control list
};
// By OID, as PostgreSQL lists them.
std::vector<RoleUse> uses_of(Ddl& ddl, Oid role);
// "owner of table t", "privileges for schema s".
std::string describe_use(Ddl& ddl, const RoleUse& use);

void drop_owned(Ddl& ddl, const query::DropOwned& statement);

}  // namespace commands
