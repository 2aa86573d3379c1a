// Looking at the rows that are there already, for constraints that are added.
#include <algorithm>

#include "eval/program.h"
#include "planner/planner.h"
#include "table/scan.h"
#include "inheritance.h"
#include "table_parts.h"
#include "types/type_io.h"

namespace commands {
namespace {

// Reads some columns of a whole table in batches.
class TableReader {
 public:
  TableReader(Ddl& ddl, const RelationDescriptor& table, std::vector<int> columns)
      : view_(ddl.transaction().take_view()), execution_(ddl.host().execution_context()) {
    table::ScanRequest request;
    const auto& stored = table.storage->schema().columns;
    for (int column : columns) {
      request.columns.push_back(column);
      vectors_.push_back(types::Vector::allocate(
          memory_, stored[static_cast<std::size_t>(column)].physical, types::kBatchRows));
    }
    scan_ = std::make_unique<table::Scan>(*table.storage, view_, std::move(request));
  }

  bool next() {
    if (execution_.interrupts != nullptr) execution_.interrupts->check();
    for (types::Vector& vector : vectors_) vector.clear();
    arena_.reset();
    count_ = scan_->next(vectors_, types::kBatchRows, arena_);
    return count_ > 0;
  }
  std::uint32_t count() const { return count_; }
  const types::Vector& column(std::size_t i) const { return vectors_[i]; }
  std::span<types::Vector> columns() { return vectors_; }
  types::Arena& arena() { return arena_; }
  operators::ExecutionContext& execution() { return execution_; }

 private:
  transaction::View view_;
  operators::ExecutionContext execution_;
  types::Arena memory_, arena_;
  std::vector<types::Vector> vectors_;
  std::unique_ptr<table::Scan> scan_;
  std::uint32_t count_ = 0;
};

std::vector<int> all_columns(const RelationDescriptor& table) {
  std::vector<int> columns(table.columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<int>(i);
  return columns;
}

}  // namespace

void validate_check(Ddl& ddl, const RelationDescriptor& table, const std::string& name,
                    const query::Expression& check) {
  eval::Program program = planner::compile_expression(check, ddl.catalog());
  eval::Evaluator evaluator(program, types::kBatchRows);
  TableReader reader(ddl, table, all_columns(table));
  eval::Environment environment;
  types::EvalContext context = reader.execution().eval;
  context.arena = &reader.arena();
  evaluator.bind(environment, context);
  while (reader.next()) {
    types::Batch batch{reader.columns(), {nullptr, reader.count()}};
    const types::Vector& passed = evaluator.evaluate(0, batch);
    for (std::uint32_t row = 0; row < reader.count(); ++row)
      if (!passed.is_null(row) && !passed.get<bool>(row))
        throw SqlError("23514", "check constraint \"" + name + "\" of relation \"" + table.name +
                                    "\" is violated by some row")
            .on_table(table.schema_name, table.name)
            .on_constraint(name);
  }
}

void validate_partition(Ddl& ddl, const RelationDescriptor& table,
                        const planner::PartitionTable& partitions, int expected,
                        const std::string& violated) {
  const std::vector<int> map = column_map(partitions.table(), table);
  std::vector<eval::Program> programs;
  std::vector<eval::Evaluator> evaluators;
  programs.reserve(partitions.keys().size());
  TableReader reader(ddl, table, all_columns(table));
  eval::Environment environment;
  types::EvalContext context = reader.execution().eval;
  context.arena = &reader.arena();
  for (const query::ExpressionPtr& key : partitions.keys()) {
    programs.push_back(planner::compile_expression(*renumbered(*key, map), ddl.catalog()));
    evaluators.emplace_back(programs.back(), types::kBatchRows);
    evaluators.back().bind(environment, context);
  }
  std::vector<types::Datum> values(evaluators.size());
  while (reader.next()) {
    types::Batch batch{reader.columns(), {nullptr, reader.count()}};
    std::vector<const types::Vector*> keys;
    for (eval::Evaluator& evaluator : evaluators) keys.push_back(&evaluator.evaluate(0, batch));
    for (std::uint32_t row = 0; row < reader.count(); ++row) {
      for (std::size_t i = 0; i < keys.size(); ++i) values[i] = keys[i]->datum(row);
      if (partitions.find(values) != expected)
        throw SqlError("23514", violated).on_table(table.schema_name, table.name);
    }
  }
}

void validate_not_null(Ddl& ddl, const RelationDescriptor& table, const std::vector<int>& columns) {
  TableReader reader(ddl, table, columns);
  while (reader.next())
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!reader.column(i).may_have_nulls()) continue;
      for (std::uint32_t row = 0; row < reader.count(); ++row) {
        if (!reader.column(i).is_null(row)) continue;
        const std::string& name = table.columns[static_cast<std::size_t>(columns[i])].name;
        throw SqlError("23502", "column \"" + name + "\" of relation \"" + table.name +
                                    "\" contains null values")
            .on_table(table.schema_name, table.name)
            .on_column(name);
      }
    }
}

void validate_foreign_key(Ddl& ddl, const RelationDescriptor& table,
                          const catalog::ForeignKey& key) {
  RelationPtr referenced = ddl.reload(key.referenced);
  const catalog::IndexDescriptor* index = referenced->index(key.referenced_index);
  // The index's order of columns decides the order of key values.
  std::vector<int> columns;
  for (const catalog::IndexKey& k : index->keys) {
    auto at = std::find(key.referenced_columns.begin(), key.referenced_columns.end(), k.column);
    columns.push_back(
        key.columns[static_cast<std::size_t>(at - key.referenced_columns.begin())]);
  }
  // A different type is read as the referenced column's before it is looked up.
  const auto& from = table.storage->schema().columns;
  const auto& to = referenced->storage->schema().columns;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (from[static_cast<std::size_t>(columns[i])].physical !=
        to[static_cast<std::size_t>(index->keys[i].column)].physical) {
      bool integers = true;
      for (Oid type : {from[static_cast<std::size_t>(columns[i])].type,
                       to[static_cast<std::size_t>(index->keys[i].column)].type})
        integers = integers && (type == types::oid::int2 || type == types::oid::int4 ||
                                type == types::oid::int8);
      if (!integers) throw SqlError::not_supported("foreign keys between different types");
    }
  TableReader reader(ddl, table, columns);
  transaction::View view = ddl.transaction().take_view();
  table::Scratch scratch;
  types::Arena arena;
  std::vector<types::Datum> values(columns.size());
  while (reader.next()) {
    for (std::uint32_t row = 0; row < reader.count(); ++row) {
      bool any_null = false, all_null = true;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        values[i] = reader.column(i).datum(row);
        any_null |= values[i].is_null;
        all_null &= values[i].is_null;
      }
      if (any_null && (key.match != 'f' || all_null)) continue;
      bool found = false;
      if (!any_null) {
        std::vector<types::Datum> wanted = values;
        bool fits = true;
        for (std::size_t i = 0; i < columns.size(); ++i) {
          auto source = from[static_cast<std::size_t>(columns[i])].physical;
          auto target = to[static_cast<std::size_t>(index->keys[i].column)].physical;
          if (source == target) continue;
          std::int64_t number = source == types::PhysicalType::int16 ? values[i].as<std::int16_t>()
                                : source == types::PhysicalType::int32
                                    ? values[i].as<std::int32_t>()
                                    : values[i].as<std::int64_t>();
          if (target == types::PhysicalType::int64) {
            wanted[i] = types::Datum::of(number);
          } else if (target == types::PhysicalType::int32) {
            fits = fits && number >= INT32_MIN && number <= INT32_MAX;
            wanted[i] = types::Datum::of(static_cast<std::int32_t>(number));
          } else {
            fits = fits && number >= INT16_MIN && number <= INT16_MAX;
            wanted[i] = types::Datum::of(static_cast<std::int16_t>(number));
          }
        }
        found = fits && referenced->storage->lookup(view, index->storage_index, wanted, {}, {}, 0,
                                                    arena, scratch);
        arena.reset();
      }
      if (found) continue;
      std::string names;
      std::vector<types::TypeRef> column_types;
      for (int column : columns) {
        if (!names.empty()) names += ", ";
        names += table.columns[static_cast<std::size_t>(column)].name;
        column_types.push_back(table.columns[static_cast<std::size_t>(column)].type);
      }
      auto error = SqlError("23503", "insert or update on table \"" + table.name +
                                         "\" violates foreign key constraint \"" + key.name + "\"");
      if (any_null)
        throw std::move(error)
            .with_detail("MATCH FULL does not allow mixing of null and nonnull key values.")
            .on_table(table.schema_name, table.name)
            .on_constraint(key.name);
      throw std::move(error)
          .with_detail("Key (" + names + ")=(" + value_list(ddl, column_types, values) +
                       ") is not present in table \"" + referenced->name + "\".")
          .on_table(table.schema_name, table.name)
          .on_constraint(key.name);
    }
  }
}

}  // namespace commands
