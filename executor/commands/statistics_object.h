// Statistics objects: CREATE STATISTICS, ALTER STATISTICS.
#pragma once

#include "ddl.h"

namespace commands {

void create_statistics(Ddl& ddl, const query::CreateStatistics& statement);
void alter_statistics(Ddl& ddl, const query::AlterStatistics& statement);

}  // namespace commands
