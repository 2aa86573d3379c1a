// Which rows FOR UPDATE and its like may lock.
#pragma once

#include "query/query.h"
#include "query_planner.h"

namespace planner {

// 0A000 where the query locks what an outer join fills with nulls. Of joins that are as they will stay, before any is
// left out.
void require_lockable_joins(const query::Query& query, const FromItem& root);

}  // namespace planner
