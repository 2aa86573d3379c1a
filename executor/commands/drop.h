// DROP, by dependencies.
#pragma once

#include "ddl.h"

namespace commands {

// Drops the objects with everything that depends on them, or refuses (2BP01) with PostgreSQL's
// words. `quiet`: no NOTICEs about what goes along (ON COMMIT DROP, temporary schemas).
void perform_deletion(Ddl& ddl, const std::vector<ObjectAddress>& objects, bool cascade,
                      bool quiet = false);

void drop(Ddl& ddl, const query::Drop& statement);

}  // namespace commands
