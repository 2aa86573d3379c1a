// ALTER DATABASE, as far as it is the catalogue's: making, dropping and moving databases is the
// storage's (database/cluster.h).
#pragma once

#include "ddl.h"

namespace commands {

void alter_database(Ddl& ddl, const query::AlterDatabase& statement);
// 42501 without CREATEDB, 42P04 when there is one of that name.
void require_may_rename_database(Ddl& ddl, const std::string& new_name);

}  // namespace commands
