// The pg_proc row of a function, procedure or aggregate.
#pragma once

#include "ddl.h"

namespace commands {

inline constexpr Oid kInternalLanguage = 12;

// Makes or, OR REPLACE, changes the row and what it depends on. `kind` is pg_proc.prokind. 42723: there is
// one already, 42809 and 42P13: a replacement must be of the same kind and type.
ObjectAddress define_routine(Ddl& ddl, const query::CreateFunction& statement, char kind, Oid language);

}  // namespace commands
