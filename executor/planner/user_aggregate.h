// The state machine of an aggregate, built in or made by a user.
#pragma once

#include "catalog/catalog_view.h"
#include "functions/ordered_set.h"
#include "planner/plan_node.h"

namespace planner {

// For a call with the site's arguments. Fills `user` for a user's aggregate that is no built-in one under
// another name. 0A000 when it, or a function that it is made of, is not there.
const functions::AggregateFunction* resolve_aggregate(catalog::CatalogView& catalog, eval::CallSite& site,
                                                      std::unique_ptr<UserAggregateSite>& user);
// The same for an ordered-set aggregate; the site's first arguments are the direct ones.
const functions::OrderedSetFunction* resolve_ordered_set(catalog::CatalogView& catalog, eval::CallSite& site,
                                                         std::size_t direct, std::unique_ptr<UserAggregateSite>& user);

}  // namespace planner
