#include "statistics_rows.h"

#include "catalog/statistics.h"
#include "catalog/system_columns.h"

namespace catalog {
namespace {

constexpr int kSlots = 5;
constexpr std::int16_t kMostCommon = 1, kHistogram = 2, kCorrelation = 3;

void read_values(const Row& row, int column, std::vector<types::Datum>& values,
                 std::vector<std::string>& bytes) {
  if (row.is_null(column)) return;
  types::ArrayView array(row.text(column));
  for (types::ArrayView::Cursor c(array); c.next();) {
    types::Datum value = c.value();
    if (array.physical() == types::PhysicalType::varlen) {
      bytes.emplace_back(value.as<std::string_view>());
      value = types::Datum::null();  // pointed to its bytes below, when they move no more
    }
    values.push_back(value);
  }
}

void point_to_bytes(ColumnStatistics& s) {
  if (s.bytes.empty()) return;
  std::size_t next = 0;
  for (auto* values : {&s.most_common, &s.histogram})
    for (types::Datum& value : *values)
      value = types::Datum::of(std::string_view(s.bytes[next++]));
}

}  // namespace

std::shared_ptr<const ColumnStatistics> read_column_statistics(const Row& row) {
  auto s = std::make_shared<ColumnStatistics>();
  s->null_fraction = row.float4(pg_statistic::stanullfrac);
  s->average_width = row.int4(pg_statistic::stawidth);
  s->distinct = row.float4(pg_statistic::stadistinct);
  // Most common values before the histogram, as their bytes are shared out.
  for (std::int16_t wanted : {kMostCommon, kHistogram, kCorrelation}) {
    for (int i = 0; i < kSlots; ++i) {
      if (row.int2(pg_statistic::stakind1 + i) != wanted) continue;
      if (wanted == kMostCommon) {
        read_values(row, pg_statistic::stavalues1 + i, s->most_common, s->bytes);
        s->most_common_frequencies = row.float4s(pg_statistic::stanumbers1 + i);
      } else if (wanted == kHistogram) {
        read_values(row, pg_statistic::stavalues1 + i, s->histogram, s->bytes);
      } else if (auto numbers = row.float4s(pg_statistic::stanumbers1 + i); !numbers.empty()) {
        s->correlation = numbers[0];
      }
    }
  }
  point_to_bytes(*s);
  return s;
}

void set_column_statistics(RowBuilder& row, const RelationDescriptor& relation, int attnum,
                           const ColumnStatistics& s, Oid equal, Oid less_than) {
  const auto at = static_cast<std::size_t>(attnum - 1);
  row.set(pg_statistic::starelid, relation.oid);
  row.set(pg_statistic::staattnum, attnum);
  row.set(pg_statistic::stainherit, false);
  set_value_statistics(row, relation.columns[at].type, relation.storage->schema().columns[at].physical, s, equal, less_than);
}

void set_value_statistics(RowBuilder& row, const types::TypeRef& type, types::PhysicalType physical,
                          const ColumnStatistics& s, Oid equal, Oid less_than) {
  row.set(pg_statistic::stanullfrac, s.null_fraction);
  row.set(pg_statistic::stawidth, s.average_width);
  row.set(pg_statistic::stadistinct, s.distinct);
  int slot = 0;
  auto values = [&](std::span<const types::Datum> list) {
    types::ArrayBuilder builder(type.oid, physical);
    types::Arena arena;
    for (const types::Datum& value : list) builder.add(value);
    row.set_datum(pg_statistic::stavalues1 + slot, builder.finish(arena));
  };
  auto begin = [&](std::int16_t kind, Oid op) {
    row.set(pg_statistic::stakind1 + slot, kind);
    row.set(pg_statistic::staop1 + slot, op);
    row.set(pg_statistic::stacoll1 + slot, type.collation);
  };
  if (!s.most_common.empty()) {
    begin(kMostCommon, equal);
    row.set_floats(pg_statistic::stanumbers1 + slot, s.most_common_frequencies);
    values(s.most_common);
    ++slot;
  }
  if (!s.histogram.empty()) {
    begin(kHistogram, less_than);
    values(s.histogram);
    ++slot;
  }
  if (s.correlation) {
    begin(kCorrelation, less_than);
    float one[] = {*s.correlation};
    row.set_floats(pg_statistic::stanumbers1 + slot, one);
    ++slot;
  }
  for (; slot < kSlots; ++slot) {
    row.set(pg_statistic::stakind1 + slot, 0);
    row.set(pg_statistic::staop1 + slot, Oid{0});
    row.set(pg_statistic::stacoll1 + slot, Oid{0});
  }
}

}  // namespace catalog
