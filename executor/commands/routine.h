// The pg_proc row of a function, procedure or aggregate.
#pragma once

#include "ddl.h"

namespace commands {

inline constexpr Oid kInternalLanguage = 12;

// What the command found out where the statement does not say it itself.
struct RoutineDetails {
  Oid result = 0;                     // a shell made for it
  std::optional<std::string> source;  // pg_proc.prosrc
};

// Makes or, OR REPLACE, changes the row and what it depends on. `kind` is pg_proc.prokind. 42723: there is
// one already, 42809 and 42P13: a replacement must be of the same kind and type.
ObjectAddress define_routine(Ddl& ddl, const query::CreateFunction& statement, char kind, Oid language, RoutineDetails details = {});

}  // namespace commands
