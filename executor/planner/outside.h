// What reads something of a query around it.
#pragma once

#include "query/query.h"

namespace planner {

// Around the expression's own query, and around the query itself.
bool reads_outside(const query::Expression& expression);
bool reads_outside(const query::Query& query);

}  // namespace planner
