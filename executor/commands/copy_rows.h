// Rows that COPY reads, on their way into the table: defaults, checks, keys, in batches.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "copy_options.h"
#include "eval/program.h"
#include "operators/key_place.h"
#include "operators/partition_probe.h"
#include "operators/transition_tables.h"
#include "operators/triggers.h"
#include "planner/partition_routing.h"
#include "planner/plan.h"
#include "planner/planner.h"
#include "table/batch_insert.h"

namespace commands {

// Input as an error's context shows it, shortened.
std::string shown_in_copy(std::string_view text);

class CopyRowWriter {
 public:
  // `columns`: which of the table's the input has, in its order. `where` may be null.
  CopyRowWriter(Host& host, RelationPtr table, std::vector<int> columns,
                const query::Expression* where, bool routed = false);

  std::size_t input_columns() const { return columns_.size(); }
  const RelationDescriptor& table() const { return *table_; }
  const catalog::Column& column(std::size_t input) const {
    return table_->columns[static_cast<std::size_t>(columns_[input])];
  }
  const ColumnIo& io(std::size_t input) const { return io_[input]; }
  types::EvalContext& context() { return context_; }

  // The row being filled. Varlen bytes must live until flush(): use arena(), or the caller's
  // buffer when it stays.
  void set(std::size_t input, const types::Datum& value) {
    types::Vector& vector = vectors_[static_cast<std::size_t>(columns_[input])];
    if (value.is_null)
      vector.set_null(count_);
    else
      vector.set_datum(count_, value);
  }
  types::Vector& vector(std::size_t input) {
    return vectors_[static_cast<std::size_t>(columns_[input])];
  }
  std::uint32_t place() const { return count_; }
  types::Arena& arena() { return arena_; }

  // True when the batch is full: flush() before the next row. `record`, of a line of text: lives until then.
  bool end_row(std::uint64_t line, std::string_view record = {}) {
    lines_[count_] = line;
    records_[count_] = record;
    return ++count_ == types::kBatchRows;
  }
  void flush();
  // Rows come from a COPY of that table, as messages have it.
  void speak_for(std::string table) { spoken_name_ = std::move(table); }
  // Keys that other rows of the same input may supply are looked at now.
  void finish();
  std::uint64_t rows() const { return rows_; }

  // Where an error belongs: "COPY t, line 3".
  std::string context_of(std::uint64_t line) const;
  // With the line's text, where there is one: "COPY t, line 3: "1	x"".
  std::string context_of(std::uint64_t line, std::string_view record) const;

 private:
  void route(types::Selection rows);
  void start_batch();
  void generate(types::Selection rows);
  // Triggers of users (copy_triggers.cpp).
  void open_triggers(bool routed);
  operators::TriggerEvent trigger_event() const;
  void insert_with_triggers(types::Selection rows);
  void run_after_triggers();
  void fill_defaults();
  void finish_rows();
  void finish_keys();
  void end_statement();
  void check_not_null(types::Selection rows);
  void check_constraints(types::Selection rows);
  void check_foreign_keys(types::Selection rows);
  void check_key(const catalog::ForeignKey& key, const RelationPtr& referenced,
                 std::span<const types::Datum> values, std::uint64_t line);
  std::string failing_row(std::uint32_t row);
  types::Datum value_at(std::size_t column, std::uint32_t row) const;
  std::string context_of_row(std::uint32_t row) const { return context_of(lines_[row], records_[row]); }
  [[noreturn]] void raise_duplicate(int index, std::uint32_t row, std::string context);

  Ddl ddl_;
  RelationPtr table_;
  std::string spoken_name_;
  // A partitioned table's rows, and a partition's: where they go.
  std::unique_ptr<planner::PartitionRouting> routing_;
  std::unique_ptr<planner::PartitionRouter> router_;
  std::unique_ptr<operators::PartitionProbe> probe_;    // of what triggers make of rows
  operators::RowPlacement* placement_ = nullptr;        // a leaf's: whether its rows stay; null: anywhere
  std::vector<std::unique_ptr<CopyRowWriter>> leaves_;  // by leaf of routing_; null: not used yet
  std::vector<int> columns_;
  std::vector<ColumnIo> io_;
  operators::ExecutionContext execution_;
  types::EvalContext context_;
  eval::Environment environment_;
  planner::WriteRules rules_;
  std::vector<int> default_columns_;
  std::vector<eval::Program> default_programs_;
  std::vector<eval::Evaluator> defaults_;
  std::unique_ptr<eval::Evaluator> checks_, generated_;
  eval::Program where_program_;
  std::unique_ptr<eval::Evaluator> where_;
  transaction::View view_;
  table::Scratch scratch_;
  std::optional<table::BatchInsert> insert_;  // none: every row goes to a partition
  types::Arena memory_, arena_{1 << 20};
  std::vector<types::Vector> vectors_;
  std::vector<std::uint64_t> lines_;
  std::vector<std::string_view> records_;
  std::uint32_t count_ = 0;
  std::uint64_t rows_ = 0;

  bool before_row_ = false, after_row_ = false, after_statement_ = false;
  // What triggers of the statement are to see; of a leaf, the columns of the table that was named.
  std::shared_ptr<operators::TransitionTables> transition_;
  const std::vector<int>* named_columns_ = nullptr;
  const CopyRowWriter* named_ = nullptr;
  std::vector<std::vector<types::Datum>> queued_;  // rows for AFTER triggers
  types::Arena queue_arena_;

  // Keys to the table itself, checked at the end.
  struct PendingKey {
    std::size_t key;
    std::uint64_t line;
    std::vector<types::Datum> values;
  };
  types::Arena pending_arena_;
  std::vector<PendingKey> pending_;
  std::unordered_map<Oid, std::unique_ptr<operators::KeyPlace>> places_;  // by foreign key
};

}  // namespace commands
