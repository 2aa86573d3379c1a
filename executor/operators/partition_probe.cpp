#include "operators/partition_probe.h"

#include "wal/check.h"

namespace operators {

PartitionProbe::PartitionProbe(const planner::PartitionRouting& routing,
                               std::span<const types::PhysicalType> types)
    : routing_(routing), router_(routing, 1) {
  for (const types::PhysicalType type : types) row_.push_back(types::Vector::allocate(arena_, type, 1));
}

bool PartitionProbe::stays(const catalog::RelationDescriptor& partition, std::span<const types::Datum> row) {
  std::size_t own = 0;
  while (own < routing_.leaves.size() && routing_.leaves[own]->oid != partition.oid) ++own;
  CHECK(own < routing_.leaves.size());
  fill_row(row_, 0, row, routing_.columns[own]);
  router_.start({row_, {nullptr, 1}});
  return router_.find(0).leaf == static_cast<int>(own);
}

void fill_row(std::span<types::Vector> to, std::uint32_t at, std::span<const types::Datum> row,
              const std::vector<int>& columns) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const types::Datum value =
        columns[i] >= 0 ? row[static_cast<std::size_t>(columns[i])] : types::Datum::null();
    if (value.is_null) {
      to[i].set_null(at);
    } else {
      to[i].set_not_null(at);
      to[i].set_datum(at, value);
    }
  }
}

}  // namespace operators
