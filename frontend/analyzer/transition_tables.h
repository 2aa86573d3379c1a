// Transition tables of triggers in queries.
#pragma once

#include "analysis.h"

namespace analyzer {

// An entry for one in FROM; null: the name means none.
NamespaceItemPtr add_transition_table(Scope& scope, const ast::RangeVariable& name);
// 0A000 for a target that is one.
void refuse_transition_target(Scope& scope, const ast::RangeVariable& name);
// 42P01 for a query that reads one and is to be kept: their names mean nothing later.
void refuse_transition_tables(const query::Query& query);

}  // namespace analyzer
