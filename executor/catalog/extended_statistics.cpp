#include "catalog/extended_statistics.h"

#include <algorithm>
#include <cstdlib>

#include "catalog/statistics.h"
#include "catalog/system_columns.h"
#include "query/serialize.h"
#include "statistics_rows.h"
#include "types/record.h"

namespace catalog {
namespace {

constexpr Oid kPgStatisticRow = 10029;

std::shared_ptr<const ColumnStatistics> read_record(const types::Datum& value) {
  const types::RecordView record(value);
  types::Arena arena;
  std::vector<types::Vector> columns;
  types::RecordView::Cursor field(record);
  for (std::uint32_t i = 0; field.next(); ++i) {
    columns.push_back(types::Vector::allocate(arena, record.physical(i), 1));
    if (field.value().is_null) {
      columns.back().set_null(0);
    } else {
      columns.back().set_not_null(0);
      columns.back().set_datum(0, field.value());
    }
  }
  return read_column_statistics(Row(columns, 0));
}

}  // namespace

std::vector<int> statistics_columns(const Row& row) {
  std::vector<int> columns;
  for (const std::int16_t number : row.int2s(pg_statistic_ext::stxkeys)) columns.push_back(number - 1);
  return columns;
}

std::vector<std::shared_ptr<const query::Expression>> statistics_expressions(const Row& row) {
  std::vector<std::shared_ptr<const query::Expression>> list;
  // Each behind its length.
  std::string_view text = row.text(pg_statistic_ext::stxexprs);
  for (std::size_t colon; (colon = text.find(':')) != std::string_view::npos;) {
    const std::size_t size = std::strtoul(std::string(text.substr(0, colon)).c_str(), nullptr, 10);
    list.push_back(query::deserialize_expression(text.substr(colon + 1, size)));
    text.remove_prefix(std::min(text.size(), colon + 1 + size));
  }
  return list;
}

void read_extended_data(const Row& row, ExtendedStatistics& s) {
  namespace data = pg_statistic_ext_data;
  if (!row.is_null(data::stxdndistinct)) s.combined_distinct = types::decode_distinct(row.text(data::stxdndistinct));
  if (!row.is_null(data::stxddependencies)) s.dependencies = types::decode_dependencies(row.text(data::stxddependencies));
  if (!row.is_null(data::stxdmcv)) s.common = types::decode_common_rows(row.text(data::stxdmcv));
  if (row.is_null(data::stxdexpr)) return;
  const types::ArrayView records(row.text(data::stxdexpr));
  for (types::ArrayView::Cursor c(records); c.next();)
    s.of_expressions.push_back(c.value().is_null ? nullptr : read_record(c.value()));
}

void set_expression_statistics(RowBuilder& row, const RelationDescriptor& rows_of,
                               const std::vector<ExpressionStatistics>& list) {
  std::vector<types::RecordField> fields;
  for (const Column& column : rows_of.columns)
    fields.push_back({column.type.oid, physical_type_of(column.type.oid)});
  types::Arena arena;
  types::ArrayBuilder records(kPgStatisticRow, types::PhysicalType::varlen);
  for (const ExpressionStatistics& one : list) {
    RowBuilder record(rows_of);
    set_value_statistics(record, one.type, one.physical, one.statistics, one.equal, one.less_than);
    record.set(pg_statistic::starelid, Oid{0});
    record.set(pg_statistic::staattnum, 0);
    record.set(pg_statistic::stainherit, false);
    records.add(types::make_record(arena, kPgStatisticRow, fields, record.values()));
  }
  row.set_datum(pg_statistic_ext_data::stxdexpr, records.finish(arena));
}

}  // namespace catalog
