// Roles, memberships and privileges.
#pragma once

#include "ddl.h"

namespace commands {

void create_role(Ddl& ddl, const query::CreateRole& statement);
void alter_role(Ddl& ddl, const query::AlterRole& statement);
// CREATEROLE, or superuser where the role is one: throw 42501.
void require_may_rename_role(Ddl& ddl, Oid role);
void require_may_comment_on_role(Ddl& ddl, Oid role);
void drop_role(Ddl& ddl, const query::DropRole& statement);
void grant_role(Ddl& ddl, const query::GrantRole& statement);
void alter_setting(Ddl& ddl, const query::AlterSetting& statement);

void grant(Ddl& ddl, const query::Grant& statement);
void reassign_owned(Ddl& ddl, const query::ReassignOwned& statement);

}  // namespace commands
