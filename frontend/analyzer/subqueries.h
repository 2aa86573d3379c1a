// Changing what a finished query puts out.
#pragma once

#include <memory>
#include <vector>

#include "scope.h"

namespace analyzer {

// The query with its visible columns coerced (implicitly) to the types; in place where the output
// is computed last, around a subquery where DISTINCT or a set operation comes after it.
std::unique_ptr<query::Query> with_output_types(Scope& scope, std::unique_ptr<query::Query> query,
                                                const std::vector<TypeRef>& types);

// The query yielding its visible columns as one row value.
std::unique_ptr<query::Query> with_row_output(Scope& scope, std::unique_ptr<query::Query> query);

// SELECT every visible column FROM (query): a place to compute with its output.
std::unique_ptr<query::Query> wrap_query(std::unique_ptr<query::Query> query);

// Makes the tree's branches mean the same one query level further in.
void deepen(query::SetTree& tree);

// Makes the expression mean the same one query level further in.
void deepen(Expression& expression);

}  // namespace analyzer
