// Built-in functions that PostgreSQL defines in SQL: a call is replaced by the body.
#pragma once

#include "scope.h"

namespace analyzer {

// Replaces the calls in a query that is about to be planned, everywhere in it. Views keep their
// calls when they are stored and lose them when a query that uses them comes here.
void inline_sql_functions(State& state, query::Query& query);

}  // namespace analyzer
