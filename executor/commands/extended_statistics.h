// ANALYZE's part for statistics objects. Private to the unit.
#pragma once

#include <string>
#include <vector>

#include "catalog/extended_statistics.h"
#include "ddl.h"

namespace commands {

// A statistics object as CREATE STATISTICS defined it.
struct StatisticsObject {
  Oid oid = 0;
  std::string schema, name, kinds;
  int target = -1;
  std::vector<int> columns;  // of the table, from 0
  std::vector<std::shared_ptr<const query::Expression>> expressions;

  // Also those that expressions read.
  std::vector<int> columns_read() const;
};
std::vector<StatisticsObject> statistics_objects(Ddl& ddl, Oid table);
// What ANALYZE had found out about those that use a column is gone; it has another type now.
void forget_extended_statistics(Ddl& ddl, Oid table, int column);

// Rows chosen at random.
struct SampledRows {
  const std::vector<int>& columns;                        // of the table
  const std::vector<std::vector<types::Datum>>& values;   // by sampled column
  double table_rows = 0;

  std::size_t rows() const { return values.empty() ? 0 : values.front().size(); }
};
// Writes the object's row of pg_statistic_ext_data.
void analyze_statistics_object(Ddl& ddl, const RelationDescriptor& table, const StatisticsObject& object,
                               const SampledRows& sample, int target, int default_target);

// analyze.cpp: what values are compared by, and what ANALYZE tells of them.
const types::TypeSupport* order_of_values(Ddl& ddl, const types::TypeRef& type, Oid stored);
void describe_values(catalog::ColumnStatistics& statistics, const std::vector<types::Datum>& values,
                     const types::TypeSupport& support, types::PhysicalType physical, int target, double total_rows);

}  // namespace commands
