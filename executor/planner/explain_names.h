// How EXPLAIN names the relations of a plan: what is known of it while planning.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog_view.h"
#include "planner/plan_node.h"
#include "query/query.h"

namespace planner {

struct PlanState;

// Whether there is more than one entry in the range tables of a statement, subqueries and views included: then columns
// have their relations' names in front of them above scans. PostgreSQL counts what planning adds, too: the members of
// a family; the row that INSERT .. VALUES reads.
bool has_several_entries(query::Query& statement, catalog::CatalogView& catalog);

// Stands for the entry's name in a text of NodeText.
std::string name_mark(const NodeText::Entry& entry);

// As Plan::name_order.
std::vector<int> name_order(const PlanState& state);

}  // namespace planner
