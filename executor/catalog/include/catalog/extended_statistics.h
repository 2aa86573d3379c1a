// What ANALYZE found out about several columns of a table together, and about expressions.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "catalog/relation.h"
#include "catalog/rows.h"
#include "types/extended_statistics.h"

namespace catalog {

namespace pg_statistic_ext_data {
inline constexpr Oid kOid = 3429;
enum : int { stxoid, stxdinherit, stxdndistinct, stxddependencies, stxdmcv, stxdexpr, kColumns };
}  // namespace pg_statistic_ext_data
inline constexpr Oid kStatisticExtRelidIndex = 3379;

// A statistics object with its row of pg_statistic_ext_data.
struct ExtendedStatistics {
  Oid oid = 0;
  std::vector<int> columns;  // of the table, from 0; ascending
  std::vector<std::shared_ptr<const query::Expression>> expressions;
  std::vector<types::CombinedDistinct> combined_distinct;
  std::vector<types::ColumnDependency> dependencies;
  std::optional<types::CommonRows> common;  // columns, then expressions
  std::vector<std::shared_ptr<const ColumnStatistics>> of_expressions;  // none, or as many

  std::size_t dimensions() const { return columns.size() + expressions.size(); }
  // The dimension of a number in combined_distinct or dependencies.
  std::size_t dimension(std::int16_t number) const {
    if (number < 0) return columns.size() + static_cast<std::size_t>(-number - 1);
    std::size_t at = 0;
    while (at < columns.size() && columns[at] != number - 1) ++at;
    return at;
  }
};

// Of a row of pg_statistic_ext: which columns (from 0), which expressions.
std::vector<int> statistics_columns(const Row& row);
std::vector<std::shared_ptr<const query::Expression>> statistics_expressions(const Row& row);

// Fills in what a row of pg_statistic_ext_data says.
void read_extended_data(const Row& row, ExtendedStatistics& statistics);
// pg_statistic_ext_data.stxdexpr: a pg_statistic for each expression, which has that type and these operators.
struct ExpressionStatistics {
  types::TypeRef type;
  types::PhysicalType physical;
  ColumnStatistics statistics;
  Oid equal = 0, less_than = 0;
};
void set_expression_statistics(RowBuilder& row, const RelationDescriptor& rows_of,
                               const std::vector<ExpressionStatistics>& list);

}  // namespace catalog
