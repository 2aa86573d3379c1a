#include "table_sizes.h"

#include "table/table.h"

namespace session {

planner::SizeEstimator::Size TableSizes::estimate(const catalog::RelationDescriptor& relation) {
  if (relation.storage == nullptr) return {};
  auto size = relation.storage->estimate_size();
  return {.rows = size.rows, .pages = static_cast<double>(size.pages)};
}

}  // namespace session
