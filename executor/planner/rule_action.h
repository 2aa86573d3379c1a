// One command of a rule, applied to a statement.
#pragma once

#include <memory>

#include "catalog/catalog_view.h"
#include "query/rule.h"

namespace planner {

// What the rule's command is for this statement, which changes `relation`: OLD and NEW are what it reads
// and writes there, and the command runs for the statement's rows that meet `condition` (null: all).
// `returning` becomes true when the command's RETURNING stands for the statement's.
std::unique_ptr<query::Query> apply_rule_action(const query::Query& statement, const query::RuleAction& action,
                                                const query::Expression* condition,
                                                const catalog::RelationDescriptor& relation, bool& returning,
                                                catalog::CatalogView& catalog);

// Leaves rows for which the condition of a rule of `owner`'s holds to that rule.
void add_inverted_condition(query::Query& statement, const query::Expression& condition, types::Oid owner,
                            catalog::CatalogView& catalog);

}  // namespace planner
