// pg_statistic rows as ColumnStatistics and back.
#pragma once

#include <memory>

#include "catalog/relation.h"
#include "catalog/rows.h"

namespace catalog {

std::shared_ptr<const ColumnStatistics> read_column_statistics(const Row& row);

}  // namespace catalog
