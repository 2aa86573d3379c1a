// Finding the output column that an ORDER BY, GROUP BY or DISTINCT ON item means.
#pragma once

#include "scope.h"

namespace analyzer {

// By name, position or expression; adds a hidden output column when it is none of them.
int find_target(Scope& scope, const ast::Node* node, Place place);
int find_target_sql99(Scope& scope, const ast::Node* node, Place place);
// Aggregates and window functions reached by name or number are still not allowed in GROUP BY.
void check_target_for_place(Scope& scope, const Expression& expression, Place place, int location);

}  // namespace analyzer
