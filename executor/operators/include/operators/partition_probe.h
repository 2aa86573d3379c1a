// Whether a partition's row belongs to it, when something may have changed the row's key.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "operators/triggers.h"
#include "planner/partition_routing.h"
#include "types/arena.h"

namespace operators {

// Asks the routing of the table that was written to. `routing` outlives this. Not thread-safe.
class PartitionProbe final : public RowPlacement {
 public:
  // `types`: of that table's columns.
  PartitionProbe(const planner::PartitionRouting& routing, std::span<const types::PhysicalType> types);

  // Before a run; both outlive it.
  void bind(eval::Environment& environment, types::EvalContext& context) { router_.bind(environment, context); }
  bool stays(const catalog::RelationDescriptor& partition, std::span<const types::Datum> row) override;

 private:
  const planner::PartitionRouting& routing_;
  planner::PartitionRouter router_;
  types::Arena arena_{256};
  std::vector<types::Vector> row_;  // one, as that table has it
};

// A partition's row as the table above has it, whose column i is the partition's columns[i] (-1: none).
void fill_row(std::span<types::Vector> to, std::uint32_t at, std::span<const types::Datum> row,
              const std::vector<int>& columns);

}  // namespace operators
