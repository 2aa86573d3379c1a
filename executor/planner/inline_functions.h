// Bodies of functions in SQL in place of their calls, by PostgreSQL's rules: a body is put there only where nobody
// could tell, but for the time that it takes.
#pragma once

#include <vector>

#include "planner/function_bodies.h"
#include "rewrite.h"

namespace planner {

// Functions whose bodies are being looked at: one that calls itself stays a call.
using ActiveFunctions = std::vector<types::Oid>;

// The value of a call that is no set: the body's expression over the call's arguments, not folded yet. Null: the call
// stays. `bodies` null: every call does.
ExpressionPtr inlined_value(catalog::CatalogView& catalog, FunctionBodies* bodies, const Expression& e, const query::Call& call,
                            const ActiveFunctions& active);

// Items of FROM that are functions become subqueries, in the whole query and in those subqueries.
void inline_table_functions(catalog::CatalogView& catalog, FunctionBodies* bodies, query::Query& query);

}  // namespace planner
