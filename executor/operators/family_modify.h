// INSERT, UPDATE and DELETE of rows that lie in several tables.
#pragma once

#include "operator.h"

namespace planner {
struct FamilyModifyNode;
}

namespace operators {

std::unique_ptr<Operator> make_family_modify(const planner::FamilyModifyNode& node,
                                             ExecutionState& state);

}  // namespace operators
