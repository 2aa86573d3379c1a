// ON CONFLICT of a view: its arbiters are indexes of the table that it shows.
#pragma once

#include <functional>

#include "analysis.h"

namespace analyzer {

// What an updatable view reads, with each expression of `columns` (over entry 0, the view's row) in
// terms of it; through views of views. The view itself where it is not updatable.
catalog::RelationPtr find_under_view(Scope& scope, catalog::RelationPtr view, std::span<ExpressionPtr> expressions);

}  // namespace analyzer
