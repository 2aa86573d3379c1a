// Tables made of a composite type: CREATE TABLE OF, ALTER TABLE OF.
#pragma once

#include "ddl.h"

namespace commands {

// 42809 with this message for a typed table.
void require_untyped(Ddl& ddl, Oid table, const char* message);
// ALTER TABLE OF; 0: NOT OF.
void set_type_of_table(Ddl& ddl, Oid table, Oid type);

}  // namespace commands
