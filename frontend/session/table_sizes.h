// How large tables are that were never analysed: the trees are asked.
#pragma once

#include "planner/planner.h"

namespace session {

class TableSizes final : public planner::SizeEstimator {
 public:
  Size estimate(const catalog::RelationDescriptor& relation) override;
};

}  // namespace session
