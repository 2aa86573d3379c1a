// Writing what ANALYZE found out.
#pragma once

#include "catalog/relation.h"
#include "catalog/rows.h"

namespace catalog {

// A pg_statistic row for column number `attnum` of `relation`; `row` builds on pg_statistic.
// Values are of the column's type.
void set_column_statistics(RowBuilder& row, const RelationDescriptor& relation, int attnum,
                           const ColumnStatistics& statistics, Oid equal, Oid less_than);

// The same of any values of a type, but for whose they are.
void set_value_statistics(RowBuilder& row, const types::TypeRef& type, types::PhysicalType physical,
                          const ColumnStatistics& statistics, Oid equal, Oid less_than);

}  // namespace catalog
