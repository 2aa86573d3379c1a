// Statements whose functions see what they have changed so far.
#pragma once

#include "catalog/catalog_view.h"
#include "planner/plan_node.h"
#include "query/query.h"

namespace planner {

// Hands out its child's rows one at a time; its filter and projection, which were the child's, are evaluated for
// a row when that row is wanted.
struct RowByRowNode : SubqueryScanNode {};

// Whether a statement that changes rows calls volatile functions of users: these see what it has changed so far.
bool watches_itself(const query::Query& query, catalog::CatalogView& catalog);

// Below a node that changes rows: what streams to it comes row by row. Sorts and the like have read their input
// before the first change, here as in PostgreSQL.
void make_row_by_row(PlanNode& changing);

}  // namespace planner
