// Looking at the rows that are there already, for constraints that are added.
#include <algorithm>

#include "eval/program.h"
#include "operators/key_place.h"
#include "planner/planner.h"
#include "query/table_oid.h"
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

bool rows_pass(Ddl& ddl, const RelationDescriptor& table, const query::Expression& check) {
  eval::Program program = planner::compile_expression(*query::with_table_oid(check, table.oid), ddl.catalog());
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
      if (!passed.is_null(row) && !passed.get<bool>(row)) return false;
  }
  return true;
}

void validate_check(Ddl& ddl, const RelationDescriptor& table, const std::string& name,
                    const query::Expression& check) {
  if (rows_pass(ddl, table, check)) return;
  throw SqlError("23514", "check constraint \"" + name + "\" of relation \"" + table.name +
                              "\" is violated by some row")
      .on_table(table.schema_name, table.name)
      .on_constraint(name);
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

namespace {

// Whether rows with a key are there, in the newest version that the command sees.
class KeyReader {
 public:
  // Keys are given as `columns` of `referencing` have them.
  KeyReader(Ddl& ddl, const RelationPtr& table, const catalog::ForeignKey& key, const RelationDescriptor& referencing,
            std::span<const int> columns)
      : view_(ddl.transaction().take_view()),
        execution_(ddl.host().execution_context()),
        place_(table, key.referenced_index, key.referenced_columns, ddl.catalog(), execution_.eval,
               operators::key_conversions(ddl.catalog(), key, *table, referencing, columns, execution_.eval)) {}

  bool has(std::span<const types::Datum> values) {
    const operators::KeyPlace::Place* place = place_.find(values);
    if (place == nullptr) return false;
    arena_.reset();
    return place->relation->storage->lookup(view_, place->storage_index, place->key, {}, {}, 0, arena_,
                                            scratch_);
  }

 private:
  transaction::View view_;
  operators::ExecutionContext execution_;
  operators::KeyPlace place_;
  table::Scratch scratch_;
  types::Arena arena_;
};

}  // namespace

void validate_removal(Ddl& ddl, const RelationDescriptor& partition, const catalog::ForeignKey& key) {
  const RelationPtr removed = ddl.reload(partition.oid);
  RelationPtr root = ddl.reload(key.referencing);
  std::vector<Oid> tables{key.referencing};
  if (root->kind == RelationKind::partitioned_table)
    tables = with_descendants(ddl, key.referencing, RelationLock::share);
  for (Oid oid : tables) {
    RelationPtr table = ddl.catalog().open_relation(oid, RelationLock::share);
    if (!table->storage) continue;
    const std::vector<int> map = column_map(*root, *table);
    std::vector<int> columns;
    for (const int column : key.columns) columns.push_back(map[static_cast<std::size_t>(column)]);
    KeyReader keys(ddl, removed, key, *table, columns);
    TableReader reader(ddl, *table, columns);
    std::vector<types::Datum> values(columns.size());
    while (reader.next())
      for (std::uint32_t row = 0; row < reader.count(); ++row) {
        bool any_null = false;
        for (std::size_t i = 0; i < columns.size(); ++i) {
          values[i] = reader.column(i).datum(row);
          any_null |= values[i].is_null;
        }
        if (any_null || !keys.has(values)) continue;
        std::string names;
        std::vector<types::TypeRef> column_types;
        for (const int column : columns) {
          names += (names.empty() ? "" : ", ") + table->columns[static_cast<std::size_t>(column)].name;
          column_types.push_back(table->columns[static_cast<std::size_t>(column)].type);
        }
        throw SqlError("23503", "removing partition \"" + partition.name +
                                    "\" violates foreign key constraint \"" + key.name + "\"")
            .with_detail("Key (" + names + ")=(" + value_list(ddl, column_types, values) +
                         ") is still referenced from table \"" + root->name + "\".")
            .on_table(root->schema_name, root->name)
            .on_constraint(key.name);
      }
  }
}

void validate_foreign_key(Ddl& ddl, const RelationDescriptor& table,
                          const catalog::ForeignKey& key) {
  RelationPtr referenced = ddl.reload(key.referenced);
  const std::vector<int>& columns = key.columns;
  KeyReader keys(ddl, referenced, key, table, columns);
  TableReader reader(ddl, table, columns);
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
      const bool found = !any_null && keys.has(values);
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
