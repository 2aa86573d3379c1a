// Which function, procedure or aggregate a command means.
#pragma once

#include "ddl.h"

namespace commands {

// PostgreSQL's LookupFuncWithArgs. Null when there is none and `missing_ok`. 42883: none, 42725: without
// arguments and several, 42809: of another kind. `kind` is function, procedure, routine or aggregate.
const catalog::FunctionInfo* find_routine(Ddl& ddl, query::ObjectKind kind,
                                          const query::ObjectReference& object, bool missing_ok);

// The function of exactly these arguments that an object is to be made of: its handler, its validator. 0 where none is
// named; 42883 for one that is not there.
Oid named_function(Ddl& ddl, const query::ObjectName& name, std::vector<Oid> arguments);

// 42723 when the schema has one of that name and these arguments.
void require_free_routine_name(Ddl& ddl, Oid schema, std::string_view name, std::span<const Oid> arguments);

}  // namespace commands
