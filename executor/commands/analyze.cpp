// ANALYZE: a sample of rows, and per column what the planner wants to know.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "catalog/collators.h"
#include "catalog/statistics.h"
#include "extended_statistics.h"
#include "maintenance.h"
#include "table/scan.h"
#include "table_parts.h"
#include "transaction/usage.h"
#include "types/collator.h"
#include "types/session_services.h"
#include "types/type_io.h"

namespace commands {
namespace {

constexpr int kSampleFactor = 300;  // rows per unit of target: PostgreSQL's, after Chaudhuri et al.

// Rows chosen at random, in the table's order.
struct Sample {
  types::Arena arena{1 << 16};                     // varlen bytes
  std::vector<std::vector<types::Datum>> columns;  // by sampled column
  double table_rows = 0;                           // estimated, unless every page was read
};

std::int32_t width_of_value(types::PhysicalType physical, const types::Datum& value) {
  if (physical == types::PhysicalType::varlen)
    return static_cast<std::int32_t>(value.as<std::string_view>().size()) + 1;
  return static_cast<std::int32_t>(types::width_of(physical));
}

// Values that are neither common nor bounds of a histogram because of their size: PostgreSQL's limit. Of such a
// value a sample keeps the size alone (its bytes are null), but where `whole` says that its bytes are read.
constexpr std::size_t kWidest = 1024;  // bytes

bool is_wide(types::PhysicalType physical, const types::Datum& value) {
  return physical == types::PhysicalType::varlen && value.varlen.size > kWidest;
}

types::Datum sampled_value(Sample& sample, const types::Vector& vector, std::uint32_t row, bool whole) {
  if (vector.is_null(row)) return types::Datum::null();
  types::Datum value = vector.datum(row);
  if (whole || !is_wide(vector.type(), value)) return types::copy_datum(sample.arena, vector.type(), value);
  value.varlen.data = nullptr;
  return value;
}

// Two stages, as in PostgreSQL: as many pages as rows are wanted, and a reservoir of their rows
// (Vitter's algorithm R). `whole`: by column.
Sample take_sample(Ddl& ddl, const RelationDescriptor& table, const std::vector<int>& columns,
                   const std::vector<bool>& whole, std::size_t wanted) {
  transaction::View view = ddl.transaction().take_view();
  operators::ExecutionContext execution = ddl.host().execution_context();
  table::ScanRequest request;
  types::Arena memory, batch_arena;
  std::vector<types::Vector> vectors;
  const auto& stored = table.storage->schema().columns;
  for (int column : columns) {
    request.columns.push_back(column);
    vectors.push_back(types::Vector::allocate(
        memory, stored[static_cast<std::size_t>(column)].physical, types::kBatchRows));
  }
  // The same table gives the same statistics: the choice is random, not the seed.
  std::minstd_rand random(table.oid);
  const table::PageSample pages(*table.storage, wanted, table.oid);
  table::Scan scan(*table.storage, view, request);
  scan.visit(pages);
  Sample sample;
  std::vector<std::vector<types::Datum>> reservoir(columns.size());
  std::vector<std::uint64_t> positions;
  std::uint64_t seen = 0;
  for (;;) {
    if (execution.interrupts != nullptr) execution.interrupts->check();
    batch_arena.reset();
    for (types::Vector& vector : vectors) vector.clear();
    std::uint32_t count = scan.next(vectors, types::kBatchRows, batch_arena);
    if (count == 0) break;
    for (std::uint32_t row = 0; row < count; ++row, ++seen) {
      std::size_t place = seen;
      if (seen >= wanted) {
        place = std::uniform_int_distribution<std::uint64_t>(0, seen)(random);
        if (place >= wanted) continue;
      }
      if (place == positions.size()) {
        positions.push_back(seen);
        for (auto& column : reservoir) column.emplace_back();
      }
      positions[place] = seen;
      for (std::size_t i = 0; i < columns.size(); ++i)
        reservoir[i][place] = sampled_value(sample, vectors[i], row, whole[i]);
    }
  }
  // Correlation compares the order of values with that of the rows.
  std::vector<std::size_t> order(positions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t place) { return positions[place]; });
  for (const auto& column : reservoir) {
    auto& values = sample.columns.emplace_back();
    values.reserve(order.size());
    for (const std::size_t place : order) values.push_back(column[place]);
  }
  sample.table_rows = std::round(static_cast<double>(seen) * pages.pages() / pages.chosen());
  return sample;
}

}  // namespace

// What values of the column are compared by: its collation's order where that is one of strings.
const types::TypeSupport* order_of_values(Ddl& ddl, const types::TypeRef& type, Oid stored) {
  const types::Collator* collator = catalog::collator(ddl.catalog(), type.collation);
  if (collator != nullptr && !collator->bytewise())
    if (const types::TypeSupport* support = collator->support(stored)) return support;
  return ddl.catalog().find_support(stored);
}

namespace {

struct Ranked {
  types::Datum value;
  std::size_t position;   // in the table's order
  std::uint64_t prefix;   // the key's first bytes
  std::string_view key;   // types::TypeSupport::encode_key; empty where the type has none
};

// A column's values in order, those that are equal in the table's: by their keys, which are made once a value, where
// comparing a document or a text under ICU reads both of them anew.
class RankedValues {
 public:
  RankedValues(const types::TypeSupport& support) : support_(support) {}
  void add(const types::Datum& value, std::size_t position) { values_.push_back({value, position, 0, {}}); }
  const std::vector<Ranked>& sort() {
    if (support_.encode_key == nullptr) {
      std::ranges::stable_sort(values_, [&](const Ranked& a, const Ranked& b) {
        return support_.compare(a.value, b.value) < 0;
      });
      return values_;
    }
    std::vector<std::size_t> ends;
    for (const Ranked& value : values_) {
      support_.encode_key(value.value, keys_);
      ends.push_back(keys_.size());
    }
    std::size_t begin = 0;
    for (std::size_t i = 0; i < values_.size(); begin = ends[i++]) {
      values_[i].key = std::string_view(keys_).substr(begin, ends[i] - begin);
      for (std::size_t at = 0; at < sizeof(values_[i].prefix); ++at)
        values_[i].prefix = values_[i].prefix << 8 | (at < values_[i].key.size() ? static_cast<std::uint8_t>(values_[i].key[at]) : 0u);
    }
    std::ranges::sort(values_, [](const Ranked& a, const Ranked& b) {
      if (a.prefix != b.prefix) return a.prefix < b.prefix;
      const int order = a.key.compare(b.key);
      return order != 0 ? order < 0 : a.position < b.position;
    });
    return values_;
  }
  bool same(const Ranked& a, const Ranked& b) const {
    return support_.encode_key == nullptr ? support_.compare(a.value, b.value) == 0 : a.key == b.key;
  }

 private:
  const types::TypeSupport& support_;
  std::string keys_;
  std::vector<Ranked> values_;
};

// Equal values of a sample in their order.
struct Run {
  std::size_t first, count;
};

// Of the most common values, the most frequent first, drops from the end those whose share of the sample says little:
// what is kept was found more often, by two standard deviations of the hypergeometric distribution, than it would have
// been with the average share of all that is not kept. PostgreSQL's rule since version 11.
void keep_significant(std::vector<Run>& common, double sampled, double total, double distinct, double null_fraction) {
  double count_before = 0;  // of all but the last
  for (const Run& run : common) count_before += static_cast<double>(run.count);
  while (!common.empty()) {
    const auto count = static_cast<double>(common.back().count);
    count_before -= count;
    const double others = std::max(distinct - static_cast<double>(common.size() - 1), 1.0);
    const double share = std::clamp(1 - count_before / sampled - null_fraction, 0.0, 1.0) / others;
    const double in_table = total * count / sampled;
    const double variance = sampled * in_table * (total - in_table) * (total - sampled) / (total * total * (total - 1));
    if (count > share * sampled + 2 * std::sqrt(variance) + 0.5) return;
    common.pop_back();
  }
}

}  // namespace

// Most common values, histogram, distinct count and correlation, as PostgreSQL computes them.
void describe_values(catalog::ColumnStatistics& s, const std::vector<types::Datum>& values,
                     const types::TypeSupport& support, types::PhysicalType physical, int target,
                     double total_rows) {
  RankedValues ranked(support);
  double width = 0;
  std::size_t wide = 0, given = 0;
  const std::size_t sampled = values.size();
  for (std::size_t i = 0; i < sampled; ++i) {
    if (values[i].is_null) continue;
    ++given;
    width += width_of_value(physical, values[i]);
    if (is_wide(physical, values[i]))
      ++wide;
    else
      ranked.add(values[i], i);
  }
  s.null_fraction = sampled == 0 ? 0 : static_cast<float>(static_cast<double>(sampled - given) /
                                                          static_cast<double>(sampled));
  if (given == 0) return;
  s.average_width = static_cast<std::int32_t>(width / static_cast<double>(given));
  if (support.compare == nullptr) return;
  const std::vector<Ranked>& sorted = ranked.sort();
  const std::size_t present = sorted.size();
  if (present == 0) {
    // Wide values are taken to be distinct.
    s.distinct = s.null_fraction - 1;
    return;
  }

  std::vector<Run> repeated;
  std::size_t distinct = 0, distinct_repeated = 0;
  for (std::size_t i = 0; i < present;) {
    std::size_t j = i + 1;
    while (j < present && ranked.same(sorted[i], sorted[j])) ++j;
    ++distinct;
    if (j - i > 1) {
      ++distinct_repeated;
      repeated.push_back({i, j - i});
    }
    i = j;
  }
  bool complete = static_cast<double>(sampled) >= total_rows;
  auto f1 = static_cast<double>(distinct - distinct_repeated + wide);
  auto n = static_cast<double>(given), d = static_cast<double>(distinct + wide);
  double total = total_rows * (1.0 - static_cast<double>(s.null_fraction));
  double estimate = d;
  if (distinct_repeated == 0)
    estimate = total;  // unique
  else if (!complete && f1 > 0)
    // Haas and Stokes: n d / (n - f1 + f1 n / N).
    estimate = std::clamp(std::floor(n * d / (n - f1 + f1 * n / total) + 0.5), d, total);
  s.distinct = estimate > 0.1 * total_rows ? static_cast<float>(-estimate / total_rows)
                                           : static_cast<float>(estimate);

  // Values that are common beyond the average.
  std::stable_sort(repeated.begin(), repeated.end(),
                   [](const Run& a, const Run& b) { return a.count > b.count; });
  const auto most = static_cast<std::size_t>(target);
  std::vector<Run> common(repeated.begin(), repeated.begin() + static_cast<std::ptrdiff_t>(std::min(most, repeated.size())));
  const bool all_fit = distinct == distinct_repeated && distinct <= most && wide == 0;
  if (!all_fit && !complete) keep_significant(common, static_cast<double>(sampled), total_rows, estimate, static_cast<double>(s.null_fraction));
  auto keep = [&](const types::Datum& value, std::vector<types::Datum>& list) {
    list.push_back(value);
  };
  std::vector<bool> is_common(present);
  for (const Run& run : common) {
    keep(sorted[run.first].value, s.most_common);
    s.most_common_frequencies.push_back(
        static_cast<float>(static_cast<double>(run.count) / static_cast<double>(sampled)));
    std::fill_n(is_common.begin() + static_cast<std::ptrdiff_t>(run.first), run.count, true);
  }
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < present; ++i)
    if (!is_common[i]) rest.push_back(i);
  std::size_t distinct_rest = distinct - common.size();
  if (distinct_rest >= 2) {
    std::size_t bounds = std::min(most + 1, distinct_rest);
    for (std::size_t i = 0; i < bounds; ++i)
      keep(sorted[rest[i * (rest.size() - 1) / (bounds - 1)]].value, s.histogram);
  }
  // Pearson's correlation between the order of values and that of the rows.
  if (present > 1) {
    double sum_xy = 0;
    for (std::size_t i = 0; i < present; ++i)
      sum_xy += static_cast<double>(i) * static_cast<double>(sorted[i].position);
    n = static_cast<double>(present);
    double sum_x = n * (n - 1) / 2, sum_x2 = n * (n - 1) * (2 * n - 1) / 6;
    double sum_y = 0, sum_y2 = 0;
    for (const Ranked& r : sorted) {
      auto y = static_cast<double>(r.position);
      sum_y += y;
      sum_y2 += y * y;
    }
    double below = (n * sum_x2 - sum_x * sum_x) * (n * sum_y2 - sum_y * sum_y);
    s.correlation = below <= 0 ? 0.0f
                               : static_cast<float>((n * sum_xy - sum_x * sum_y) / std::sqrt(below));
  }
}

void analyze_table(Ddl& ddl, Oid oid, const std::vector<std::string>& names) {
  RelationPtr table = ddl.reload(oid);
  if (table == nullptr || table->storage == nullptr) return;
  std::vector<int> columns;
  if (names.empty()) {
    for (std::size_t i = 0; i < table->columns.size(); ++i)
      if (!table->columns[i].dropped && table->columns[i].statistics_target != 0)
        columns.push_back(static_cast<int>(i));
  } else {
    for (const std::string& name : names) {
      int column = table->column_index(name);
      if (column < 0)
        throw SqlError("42703", "column \"" + name + "\" of relation \"" + table->name +
                                    "\" does not exist");
      if (std::ranges::find(columns, column) != columns.end())
        throw SqlError("42701", "column \"" + name + "\" of relation \"" + table->name + "\" appears more than once");
      columns.push_back(column);
    }
  }
  const int default_target = std::stoi(
      ddl.host().execution_context().eval.session->get_setting("default_statistics_target", false));
  const auto target_of = [&](int column) {
    const int own = table->columns[static_cast<std::size_t>(column)].statistics_target;
    return own > 0 ? own : default_target;
  };
  int highest = columns.empty() ? 1 : 0;
  for (int column : columns)
    highest = std::max(highest, target_of(column));
  const std::size_t analyzed = columns.size();
  struct Wanted {
    StatisticsObject object;
    int target;
  };
  std::vector<Wanted> objects;
  for (StatisticsObject& object : statistics_objects(ddl, oid)) {
    const std::vector<int> read = object.columns_read();
    if (!names.empty() && !std::ranges::all_of(read, [&](int column) { return std::ranges::count(columns, column) > 0; })) {
      ddl.warning("42P17", "statistics object \"" + object.schema + "." + object.name +
                               "\" could not be computed for relation \"" + table->schema_name + "." + table->name + "\"");
      continue;
    }
    int target = object.target;
    if (target < 0) {
      target = object.expressions.empty() ? 0 : default_target;
      for (const int column : object.columns) target = std::max(target, target_of(column));
    }
    if (target == 0) continue;
    highest = std::max(highest, target);
    for (const int column : read)
      if (std::ranges::count(columns, column) == 0) columns.push_back(column);
    objects.push_back({std::move(object), target});
  }
  std::vector<bool> whole(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    whole[i] = std::ranges::any_of(objects, [&](const Wanted& wanted) {
      return std::ranges::count(wanted.object.columns_read(), columns[i]) > 0;
    });
  const Sample sample =
      take_sample(ddl, *table, columns, whole, static_cast<std::size_t>(highest * kSampleFactor));
  const SampledRows rows{columns, sample.columns, sample.table_rows};
  for (const Wanted& wanted : objects) analyze_statistics_object(ddl, *table, wanted.object, rows, wanted.target, default_target);

  for (std::size_t i = 0; i < analyzed; ++i) {
    const catalog::Column& column = table->columns[static_cast<std::size_t>(columns[i])];
    const auto& storage = table->storage->schema().columns[static_cast<std::size_t>(columns[i])];
    const types::TypeSupport* support = order_of_values(ddl, column.type, storage.type);
    if (support == nullptr || sample.columns[i].empty()) continue;
    const int target = target_of(columns[i]);
    catalog::ColumnStatistics statistics;
    describe_values(statistics, sample.columns[i], *support, storage.physical, target,
                    sample.table_rows);
    catalog::OrderingOperators operators = ddl.catalog().ordering_operators(column.type.oid);
    RowBuilder row = ddl.writer().row(pg_statistic::kOid);
    catalog::set_column_statistics(row, *table, columns[i] + 1, statistics, operators.equal,
                                   operators.less_than);
    ddl.writer().remove_all(
        pg_statistic::kOid, 0,
        {key_oid(oid), key_int2(static_cast<std::int16_t>(columns[i] + 1))});
    ddl.writer().insert(row);
  }
  table->storage->set_row_count(sample.table_rows);
  if (const auto& usage = table->storage->usage()) usage->analyzed(ddl.host().execution_context().eval.statement_time);
  auto pages = static_cast<std::int32_t>(table->storage->estimate_size().pages);
  update_class(ddl, oid, [&](RowBuilder& row) {
    row.set(pg_class::reltuples, static_cast<float>(sample.table_rows));
    row.set(pg_class::relpages, pages);
  });
  for (const catalog::IndexDescriptor& index : table->indexes) {
    auto size = table->storage->estimate_size(index.storage_index);
    update_class(ddl, index.oid, [&](RowBuilder& row) {
      row.set(pg_class::reltuples, static_cast<float>(sample.table_rows));
      row.set(pg_class::relpages, static_cast<std::int32_t>(size.pages));
    });
  }
}

}  // namespace commands
