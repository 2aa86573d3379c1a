// What expressions have in common that are to have one collation.
#pragma once

#include <optional>

#include "analysis.h"

namespace analyzer {

// What values of all of them collate by; 42P21 where that is in conflict, or 0 with `none_ok`.
Oid common_collation(Scope& scope, std::span<Expression* const> expressions, bool none_ok);
// Where COLLATE stands that decides it; nothing where none does.
std::optional<int> explicit_collation(Scope& scope, Expression& expression);

// The collation that COLLATE gives a column of the type, found at `location` of the text (-1: nowhere). 42804 for types
// that have none.
Oid collation_of_column(Scope& scope, Oid type, const ast::CollateClause& clause, int location);

}  // namespace analyzer
