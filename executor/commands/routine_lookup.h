// Which function, procedure or aggregate a command means.
#pragma once

#include "ddl.h"

namespace commands {

// PostgreSQL's LookupFuncWithArgs. Null when there is none and `missing_ok`. 42883: none, 42725: without
// arguments and several, 42809: of another kind. `kind` is function, procedure, routine or aggregate.
const catalog::FunctionInfo* find_routine(Ddl& ddl, query::ObjectKind kind,
                                          const query::ObjectReference& object, bool missing_ok);

// 42723 when the schema has one of that name and these arguments.
void require_free_routine_name(Ddl& ddl, Oid schema, std::string_view name, std::span<const Oid> arguments);

}  // namespace commands
