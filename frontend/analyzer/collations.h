// What expressions have in common that are to have one collation.
#pragma once

#include "analysis.h"

namespace analyzer {

// What values of all of them collate by; 42P21 where that is in conflict, or 0 with `none_ok`.
Oid common_collation(Scope& scope, std::span<Expression* const> expressions, bool none_ok);
bool has_explicit_collation(Scope& scope, Expression& expression);

}  // namespace analyzer
