// ALTER DEFAULT PRIVILEGES: the lists that new objects begin with.
#pragma once

#include <optional>

#include "ddl.h"
#include "query/ddl.h"
#include "types/acl.h"

namespace commands {

void alter_default_privileges(Ddl& ddl, const query::AlterDefaultPrivileges& statement);

// What a new object of the owner in that schema is granted; nullopt: as if nobody had said anything.
std::optional<types::Acl> default_privileges(Ddl& ddl, types::AclKind kind, Oid owner, Oid schema);
// Into a new row's column.
void set_default_privileges(Ddl& ddl, RowBuilder& row, int column, types::AclKind kind, Oid owner, Oid schema);

}  // namespace commands
