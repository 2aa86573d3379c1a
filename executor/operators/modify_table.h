// INSERT, UPDATE, DELETE: applies its child's rows to a table.
#pragma once

#include <optional>
#include <vector>

#include "foreign_keys.h"
#include "operators/triggers.h"
#include "operator.h"
#include "planner/plan.h"
#include "table_writer.h"

namespace operators {

// What the three have in common: the batch of new rows, and RETURNING's raw rows.
class ModifyTable : public Operator {
 public:
  ModifyTable(const planner::ModifyNode& node, ExecutionState& state);

  // For rows that somebody else hands out: the rows of `input` that were changed, and the
  // table's columns with what they now hold; both until the next call.
  std::span<const std::uint16_t> run(types::Batch& input);
  const types::Vector& column(std::size_t i) const { return columns_[i]; }
  // 40001 for a row that somebody else has changed meanwhile.
  void refuse_conflicts() { refuse_conflicts_ = true; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

  // Applies the batch; rows that were changed go to changed_.
  virtual void apply(types::Batch& input) = 0;
  // After the last batch.
  virtual void input_ended() {}
  // By produce(), which calls input_ended(); others may call apply() alone.
  bool driven_ = false;

  // Triggers of users, for what this statement does; null: none of that kind.
  const TriggerEvent* before_row_trigger() const { return before_row_ ? &event_ : nullptr; }
  bool has_row_triggers() const { return before_row_ || after_row_; }
  // The same for rows that ON CONFLICT DO UPDATE changes.
  const TriggerEvent* before_update_trigger() const {
    return update_before_row_ ? &update_event_ : nullptr;
  }
  Triggers& triggers() { return *state().context.triggers; }
  // Keeps the rows for the AFTER triggers, which run when the statement has ended.
  void queue_after(std::span<const types::Datum> old_row, std::span<const types::Datum> new_row);
  void queue_after_update(std::span<const types::Datum> old_row,
                          std::span<const types::Datum> new_row);
  // Puts a row's values into columns_, which are made this operator's own.
  void write_row(std::span<const types::Datum> values, types::Selection rows, std::uint32_t row);

  // A row of the table out of columns_.
  std::span<const types::Datum> row_of(std::span<const types::Vector> columns, std::uint32_t row);
  // Makes columns_[i] writable by this operator for the current batch.
  types::Vector& own_column(std::size_t i, types::Selection rows);
  void changed(std::uint32_t row) { changed_.push_back(static_cast<std::uint16_t>(row)); }

  const planner::ModifyNode& modify_;
  TableWriter writer_;
  eval::Evaluator values_;
  std::size_t table_columns_;
  // The table's columns (new rows; old ones of a DELETE), then the child's.
  std::vector<types::Vector> columns_;
  std::vector<types::Vector> nulls_;  // stand for columns that are not read
  types::Arena arena_;
  std::vector<std::uint16_t> changed_;
  bool refuse_conflicts_ = false;

 private:
  void open_triggers();
  void run_after_triggers();
  void keep_change(const TriggerEvent& event, std::span<const types::Datum> old_row,
                   std::span<const types::Datum> new_row);

  TriggerEvent event_, update_event_;
  bool before_row_ = false, after_row_ = false, after_statement_ = false;
  bool update_before_row_ = false, update_after_row_ = false, update_after_statement_ = false;
  struct Changed {
    const TriggerEvent* event;
    std::vector<types::Datum> before, after;
  };
  std::vector<Changed> queued_;
  types::Arena queue_arena_;
  std::vector<types::Datum> row_;
  std::vector<types::Vector> owned_;
  std::vector<bool> is_owned_;
  std::vector<bool> has_owned_;
};

OperatorPtr make_modify(const planner::ModifyNode& node, ExecutionState& state);
OperatorPtr make_insert(const planner::ModifyNode& node, ExecutionState& state);
OperatorPtr make_update(const planner::ModifyNode& node, ExecutionState& state);
OperatorPtr make_merge(const planner::ModifyNode& node, ExecutionState& state);

}  // namespace operators
