// WITH RECURSIVE before its items are analysed: what refers to what, and whether that is allowed.
#pragma once

#include <vector>

#include "scope.h"

namespace analyzer {

// The items so that each stands behind those it refers to. SqlError 42P19 for a self-reference in a
// wrong place, 0A000 for mutual recursion and what a recursive UNION must not have on top.
std::vector<const ast::CommonTable*> order_recursive_items(const ast::WithClause& with);

}  // namespace analyzer
