// Statements about foreign data, event triggers, publications and subscriptions.
#pragma once

#include "statements.h"

namespace analyzer {

std::vector<query::ForeignOption> foreign_options(ast::NodeList options);
// 0A000: nobody could keep keys of rows that are elsewhere.
void refuse_keys_of_foreign_table(const ast::Constraint& constraint);
// Null when the node is of another group.
std::optional<query::Statement> analyze_foreign(State& state, const parser::Statement& statement);

}  // namespace analyzer
