#include "extended_statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "eval/compile.h"
#include "eval/program.h"
#include "planner/planner.h"
#include "query/walk.h"
#include "types/type_io.h"

namespace commands {
namespace {

namespace pg_statistic_ext = catalog::pg_statistic_ext;
namespace pg_statistic_ext_data = catalog::pg_statistic_ext_data;

void collect_read_columns(const query::Expression& expression, std::set<int>& columns) {
  if (const auto* column = std::get_if<query::ColumnReference>(&expression.node); column != nullptr && column->column >= 0)
    columns.insert(column->column);
  query::for_each_child(expression, [&](const query::Expression& child) { collect_read_columns(child, columns); });
}

// A column or expression of the object: its values in the sampled rows, and how they are ordered.
struct Dimension {
  std::int16_t number = 0;  // as pg_statistic_ext_data has it
  types::TypeRef type;
  const types::TypeSupport* support = nullptr;
  std::vector<types::Datum> values;

  int compare(std::size_t a, std::size_t b) const {
    const types::Datum &x = values[a], &y = values[b];
    if (x.is_null || y.is_null) return int{x.is_null} - int{y.is_null};
    return support->compare(x, y);
  }
};

// The expression of every sampled row.
std::vector<types::Datum> evaluate_rows(Ddl& ddl, const RelationDescriptor& table, const query::Expression& expression,
                                        const SampledRows& sample, types::PhysicalType result, types::Arena& arena) {
  const eval::Program program = planner::compile_expression(expression, ddl.catalog());
  types::EvalContext context = ddl.host().execution_context().eval;
  types::Arena batch_arena, memory;
  context.arena = &batch_arena;
  eval::Evaluator evaluator(program, types::kBatchRows);
  eval::Environment environment;
  evaluator.bind(environment, context);
  const auto& stored = table.storage->schema().columns;
  std::vector<types::Vector> columns;
  for (const auto& column : stored) columns.push_back(types::Vector::allocate(memory, column.physical, types::kBatchRows));
  std::vector<types::Datum> values;
  for (std::size_t first = 0; first < sample.rows(); first += types::kBatchRows) {
    const std::size_t count = std::min<std::size_t>(types::kBatchRows, sample.rows() - first);
    batch_arena.reset();
    for (types::Vector& column : columns) column.clear();
    for (std::size_t c = 0; c < sample.columns.size(); ++c) {
      types::Vector& column = columns[static_cast<std::size_t>(sample.columns[c])];
      for (std::size_t i = 0; i < count; ++i) {
        const types::Datum& value = sample.values[c][first + i];
        if (value.is_null) column.set_null(static_cast<std::uint32_t>(i));
        else column.set_datum(static_cast<std::uint32_t>(i), value);
      }
    }
    const types::Vector& out = evaluator.evaluate(0, {columns, {nullptr, static_cast<std::uint32_t>(count)}});
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t row = out.is_constant() ? 0 : i;
      values.push_back(out.is_null(row) ? types::Datum::null() : types::copy_datum(arena, result, out.datum(row)));
    }
  }
  return values;
}

// The rows of the sample in the order of some dimensions.
class Sorted {
 public:
  Sorted(const std::vector<Dimension>& dimensions, std::vector<std::size_t> by, std::size_t rows)
      : dimensions_(dimensions), by_(std::move(by)), order_(rows) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return compare(a, b, by_.size()) < 0; });
  }

  // By the first `width` of the dimensions.
  int compare(std::size_t a, std::size_t b, std::size_t width) const {
    for (std::size_t i = 0; i < width; ++i)
      if (const int c = dimensions_[by_[i]].compare(a, b); c != 0) return c;
    return 0;
  }
  const std::vector<std::size_t>& order() const { return order_; }

 private:
  const std::vector<Dimension>& dimensions_;
  std::vector<std::size_t> by_;
  std::vector<std::size_t> order_;
};

// Calls f with the subsets of `size` of 0 .. count - 1, in lexicographic order.
void for_each_subset(std::size_t count, std::size_t size, const std::function<void(const std::vector<std::size_t>&)>& f) {
  std::vector<std::size_t> chosen(size);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  for (;;) {
    f(chosen);
    std::size_t at = size;
    while (at > 0 && chosen[at - 1] == count - size + at - 1) --at;
    if (at == 0) return;
    ++chosen[at - 1];
    for (std::size_t i = at; i < size; ++i) chosen[i] = chosen[i - 1] + 1;
  }
}

// Haas and Stokes, as for one column.
std::vector<types::CombinedDistinct> count_combinations(const std::vector<Dimension>& dimensions, std::size_t rows,
                                                        double total) {
  std::vector<types::CombinedDistinct> list;
  for (std::size_t size = 2; size <= dimensions.size(); ++size)
    for_each_subset(dimensions.size(), size, [&](const std::vector<std::size_t>& chosen) {
      const Sorted sorted(dimensions, chosen, rows);
      double distinct = 0, once = 0;
      const auto& order = sorted.order();
      for (std::size_t i = 0; i < rows;) {
        std::size_t j = i + 1;
        while (j < rows && sorted.compare(order[i], order[j], size) == 0) ++j;
        ++distinct;
        once += j - i == 1;
        i = j;
      }
      const auto n = static_cast<double>(rows);
      const double estimate = n * distinct / ((n - once) + once * n / total);
      types::CombinedDistinct item;
      for (const std::size_t d : chosen) item.columns.push_back(dimensions[d].number);
      item.count = std::floor(std::clamp(estimate, distinct, std::max(distinct, total)) + 0.5);
      list.push_back(std::move(item));
    });
  return list;
}

// In what part of the rows the last one's value is the only one with those of the others.
double degree_of_dependency(const std::vector<Dimension>& dimensions, const std::vector<std::size_t>& by, std::size_t rows) {
  const Sorted sorted(dimensions, by, rows);
  const auto& order = sorted.order();
  std::size_t supporting = 0;
  for (std::size_t i = 0; i < rows;) {
    std::size_t j = i + 1;
    bool follows = true;
    for (; j < rows && sorted.compare(order[i], order[j], by.size() - 1) == 0; ++j)
      follows = follows && sorted.compare(order[i], order[j], by.size()) == 0;
    if (follows) supporting += j - i;
    i = j;
  }
  return rows == 0 ? 0 : static_cast<double>(supporting) / static_cast<double>(rows);
}

std::vector<types::ColumnDependency> find_dependencies(const std::vector<Dimension>& dimensions, std::size_t rows) {
  std::vector<types::ColumnDependency> list;
  for (std::size_t size = 2; size <= dimensions.size(); ++size)
    for_each_subset(dimensions.size(), size - 1, [&](const std::vector<std::size_t>& chosen) {
      for (std::size_t last = 0; last < dimensions.size(); ++last) {
        if (std::ranges::find(chosen, last) != chosen.end()) continue;
        std::vector<std::size_t> by = chosen;
        by.push_back(last);
        const double degree = degree_of_dependency(dimensions, by, rows);
        if (degree <= 0) continue;
        types::ColumnDependency item;
        for (const std::size_t d : by) item.columns.push_back(dimensions[d].number);
        item.degree = degree;
        list.push_back(std::move(item));
      }
    });
  return list;
}

// Combinations that are common enough for their frequency in the sample to tell something.
types::CommonRows find_common_rows(const std::vector<Dimension>& dimensions, std::size_t rows, double total, std::size_t most) {
  std::vector<std::size_t> all(dimensions.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const Sorted sorted(dimensions, all, rows);
  const auto& order = sorted.order();
  struct Group {
    std::size_t row, count;
  };
  std::vector<Group> groups;
  for (std::size_t i = 0; i < rows;) {
    std::size_t j = i + 1;
    while (j < rows && sorted.compare(order[i], order[j], all.size()) == 0) ++j;
    groups.push_back({order[i], j - i});
    i = j;
  }
  std::ranges::stable_sort(groups, std::ranges::greater(), &Group::count);
  // Of the hypergeometric distribution: a relative standard error of a fifth at most.
  const auto n = static_cast<double>(rows);
  const double denominator = total - n + 0.04 * n * (total - 1);
  const double least = denominator == 0 ? 0 : n * (total - n) / denominator;
  std::size_t count = std::min(groups.size(), most);
  for (std::size_t i = 0; i < count; ++i)
    if (static_cast<double>(groups[i].count) < least) count = i;
  types::CommonRows common;
  std::vector<Sorted> by_one;
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    common.types.push_back(dimensions[d].type.oid);
    common.physical.push_back(dimensions[d].support->physical);
    by_one.emplace_back(dimensions, std::vector<std::size_t>{d}, rows);
  }
  for (std::size_t g = 0; g < count; ++g) {
    types::CommonRows::Row row;
    row.frequency = static_cast<double>(groups[g].count) / n;
    row.base_frequency = 1;
    for (std::size_t d = 0; d < dimensions.size(); ++d) {
      row.values.push_back(dimensions[d].values[groups[g].row]);
      const auto& order_of_one = by_one[d].order();
      const auto [first, last] = std::equal_range(
          order_of_one.begin(), order_of_one.end(), groups[g].row,
          [&](std::size_t a, std::size_t b) { return dimensions[d].compare(a, b) < 0; });
      row.base_frequency *= static_cast<double>(last - first) / n;
    }
    common.rows.push_back(std::move(row));
  }
  return common;
}

}  // namespace

std::vector<int> StatisticsObject::columns_read() const {
  std::set<int> all(columns.begin(), columns.end());
  for (const auto& expression : expressions) collect_read_columns(*expression, all);
  return {all.begin(), all.end()};
}

namespace {

// What the expression was analysed with: its columns are still of those types.
bool fits_table(const query::Expression& expression, const RelationDescriptor& table) {
  bool fits = true;
  if (const auto* column = std::get_if<query::ColumnReference>(&expression.node); column != nullptr && column->column >= 0)
    fits = static_cast<std::size_t>(column->column) < table.columns.size() &&
           table.columns[static_cast<std::size_t>(column->column)].type.oid == expression.type.oid;
  query::for_each_child(expression, [&](const query::Expression& child) { fits = fits && fits_table(child, table); });
  return fits;
}

}  // namespace

std::vector<StatisticsObject> statistics_objects(Ddl& ddl, Oid table) {
  std::vector<StatisticsObject> list;
  catalog::RowReader rows = ddl.writer().read(pg_statistic_ext::kOid, catalog::kStatisticExtRelidIndex, {key_oid(table)});
  while (rows.next()) {
    const catalog::Row row = rows.row();
    StatisticsObject& object = list.emplace_back();
    object.oid = row.oid(pg_statistic_ext::oid);
    object.name = row.string(pg_statistic_ext::stxname);
    object.schema = ddl.catalog().schema_name(row.oid(pg_statistic_ext::stxnamespace));
    object.target = row.int4(pg_statistic_ext::stxstattarget);
    object.columns = catalog::statistics_columns(row);
    object.expressions = catalog::statistics_expressions(row);
    const types::ArrayView kinds(row.text(pg_statistic_ext::stxkind));
    for (types::ArrayView::Cursor c(kinds); c.next();) object.kinds += static_cast<char>(c.value().as<std::int8_t>());
  }
  return list;
}

void forget_extended_statistics(Ddl& ddl, Oid table, int column) {
  for (const StatisticsObject& object : statistics_objects(ddl, table))
    if (std::ranges::count(object.columns_read(), column) > 0)
      ddl.writer().remove_all(pg_statistic_ext_data::kOid, 0, {key_oid(object.oid)});
}

void analyze_statistics_object(Ddl& ddl, const RelationDescriptor& table, const StatisticsObject& object,
                               const SampledRows& sample, int target, int default_target) {
  if (sample.rows() == 0) return;
  types::Arena arena;
  std::vector<Dimension> dimensions;
  for (const int column : object.columns) {
    const auto at = std::ranges::find(sample.columns, column) - sample.columns.begin();
    const catalog::Column& of = table.columns[static_cast<std::size_t>(column)];
    const Oid stored = table.storage->schema().columns[static_cast<std::size_t>(column)].type;
    dimensions.push_back({static_cast<std::int16_t>(column + 1), of.type, order_of_values(ddl, of.type, stored),
                          sample.values[static_cast<std::size_t>(at)]});
  }
  std::vector<catalog::ExpressionStatistics> of_expressions;
  for (std::size_t i = 0; i < object.expressions.size(); ++i) {
    const query::Expression& expression = *object.expressions[i];
    if (!fits_table(expression, table))
      throw SqlError("XX000", "statistics object \"" + object.schema + "." + object.name +
                                  "\" was defined for other types of its columns");
    const types::TypeSupport* support = order_of_values(ddl, expression.type, ddl.catalog().base_type(expression.type.oid));
    if (support == nullptr) return;
    dimensions.push_back({static_cast<std::int16_t>(-static_cast<int>(i) - 1), expression.type, support,
                          evaluate_rows(ddl, table, expression, sample, support->physical, arena)});
    const catalog::OrderingOperators operators = ddl.catalog().ordering_operators(expression.type.oid);
    catalog::ExpressionStatistics& one = of_expressions.emplace_back();
    one.type = expression.type;
    one.physical = support->physical;
    one.equal = operators.equal;
    one.less_than = operators.less_than;
    describe_values(one.statistics, dimensions.back().values, *support, support->physical, default_target, sample.table_rows);
  }
  const bool together = dimensions.size() > 1 && std::ranges::all_of(dimensions, [](const Dimension& d) {
    return d.support != nullptr && d.support->compare != nullptr;
  });
  const auto asked = [&](char kind) { return together && object.kinds.find(kind) != std::string::npos; };
  RowBuilder row = ddl.writer().row(pg_statistic_ext_data::kOid);
  row.set(pg_statistic_ext_data::stxoid, object.oid);
  row.set(pg_statistic_ext_data::stxdinherit, false);
  if (asked('d'))
    row.set(pg_statistic_ext_data::stxdndistinct,
            types::encode_distinct(count_combinations(dimensions, sample.rows(), sample.table_rows)));
  if (asked('f'))
    if (const auto found = find_dependencies(dimensions, sample.rows()); !found.empty())
      row.set(pg_statistic_ext_data::stxddependencies, types::encode_dependencies(found));
  if (asked('m'))
    if (const types::CommonRows common =
            find_common_rows(dimensions, sample.rows(), sample.table_rows, static_cast<std::size_t>(target));
        !common.rows.empty())
      row.set(pg_statistic_ext_data::stxdmcv, types::encode_common_rows(common));
  if (!of_expressions.empty())
    catalog::set_expression_statistics(row, *ddl.catalog().relation(pg_statistic::kOid), of_expressions);
  ddl.writer().remove_all(pg_statistic_ext_data::kOid, 0, {key_oid(object.oid)});
  ddl.writer().insert(row);
}

}  // namespace commands
