// Tables made of a composite type: CREATE TABLE OF, ALTER TABLE OF.
#pragma once

#include <vector>

#include "ddl.h"

namespace commands {

// 42809 with this message for a typed table.
void require_untyped(Ddl& ddl, Oid table, const char* message);
// The tables of a composite type, which change with it; none for a relation that is no such type. 2BP01 where there
// are some and CASCADE was not written.
std::vector<Oid> tables_of_type(Ddl& ddl, Oid relation, bool cascade);
// ALTER TABLE OF; 0: NOT OF.
void set_type_of_table(Ddl& ddl, Oid table, Oid type);

}  // namespace commands
