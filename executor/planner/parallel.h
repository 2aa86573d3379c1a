// What may run in a worker thread of a parallel plan.
#pragma once

#include "catalog/catalog_view.h"
#include "query/query.h"

namespace planner {

// Whether a query, with all that is in it, may have parallel parts at all: it changes nothing,
// locks no rows and calls no function that is marked PARALLEL UNSAFE; row security has been added.
bool may_be_parallel(query::Query& query, catalog::CatalogView& catalog);

// Whether a worker may evaluate the expression itself, its arguments not considered: types and
// functions that need neither the session nor the catalogue. Subqueries are not.
bool is_worker_safe(const query::Expression& expression, catalog::CatalogView& catalog);

}  // namespace planner
