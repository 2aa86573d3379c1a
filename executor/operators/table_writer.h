// What every row written to a table goes through, and how violations are told.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eval/program.h"
#include "execution_state.h"
#include "planner/plan.h"
#include "table/table.h"

namespace operators {

// Checks rows of one table and words its errors as PostgreSQL does. One per writing operator (or
// per cascading foreign key).
class TableWriter {
 public:
  TableWriter(const planner::WriteRules& rules, ExecutionState& state, std::uint32_t batch_rows);

  // Messages tell of a row as the table that the statement names has it: its column i is `columns`[i] of this one
  // (-1: none). `written`: which of its columns the statement gives values. All of them outlive this.
  void report_as(const catalog::RelationDescriptor& named, const std::vector<int>& columns,
                 const std::vector<int>& written) {
    named_ = &named;
    named_columns_ = &columns;
    written_ = &written;
  }
  void report_written(const std::vector<int>& columns) { written_ = &columns; }
  // Columns that the statement neither reads nor writes: messages of complete() take them from the row under the key
  // that `row_keys` has for it.
  void report_unread(std::vector<std::int32_t> columns) { unread_ = std::move(columns); }
  void set_row_keys(const types::Vector* row_keys) { row_keys_ = row_keys; }
  // "Failing row contains (1, x)."; empty where it may not be shown.
  std::string describe_row(const std::function<types::Datum(std::size_t)>& value);

  // Before a run.
  void open(types::EvalContext& context);

  const table::Table& table() const { return *access_.table; }
  const transaction::View& view() const { return *access_.view; }
  table::Scratch& scratch() { return scratch_; }

  // The policies that a row must meet, by what becomes of it (planner::WriteRules).
  enum class Fate : std::uint8_t { inserted, updated, changing, deleting };

  // Computes stored generated columns of the new rows into `columns` (the table's, in order) and
  // checks policies, NOT NULL and CHECK: SqlError 42501, 23502, 23514.
  void complete(std::span<types::Vector> columns, types::Selection rows, Fate fate);
  // 42501 for a row that does not meet them.
  void check_policies(std::span<types::Vector> columns, types::Selection rows, Fate fate);

  // 44000 for a row, written already, that a view WITH CHECK OPTION would not show.
  void check_views(std::span<types::Vector> columns, types::Selection rows);

  // 23505 or 23P01 for an outcome that says so; `row` is the new row where its columns are known.
  [[noreturn]] void raise_duplicate(const table::Outcome& outcome,
                                    std::span<const types::Vector> columns, std::uint32_t row);
  // At the statement's end (operators/exclusions.h).
  void settle_exclusions();
  // 40001 for a row that somebody else changed after the view of a REPEATABLE READ transaction.
  [[noreturn]] static void raise_serialization(bool deleted);
  bool repeatable_read() const;

  const catalog::IndexDescriptor* index_of(int storage_index) const;
  std::string describe_index_key(const catalog::IndexDescriptor& index, int storage_index,
                                 std::span<const types::Vector> columns, std::uint32_t row);

 private:
  const planner::WriteRules::Policies& policies(Fate fate) const;
  std::string describe_row(std::span<const types::Vector> columns, std::uint32_t row);

  const planner::WriteRules& rules_;
  ExecutionState& state_;
  types::EvalContext* context_ = nullptr;
  TableAccess access_;
  table::Scratch scratch_;
  const catalog::RelationDescriptor* named_ = nullptr;
  const std::vector<int>* named_columns_ = nullptr;
  const std::vector<int>* written_ = nullptr;
  std::vector<std::int32_t> unread_;
  const types::Vector* row_keys_ = nullptr;
  eval::Evaluator checks_, generated_, view_conditions_;
  std::vector<eval::Evaluator> policies_;  // by Fate; empty: no row security
};

// "(a, b)=(1, x)": as the details of 23505 and 23503 have it.
std::string describe_key(ExecutionState& state, const catalog::RelationDescriptor& relation,
                         std::span<const int> columns, std::span<const types::Datum> values);
std::string text_of(ExecutionState& state, types::Oid type, const types::Datum& value);

}  // namespace operators
