// INSERT, UPDATE, DELETE: applies its child's rows to a table.
#pragma once

#include <optional>
#include <vector>

#include "after_triggers.h"
#include "foreign_keys.h"
#include "operators/triggers.h"
#include "operator.h"
#include "planner/plan.h"
#include "table_writer.h"

namespace operators {

// 27000: what a function or BEFORE trigger of the statement has changed, it will not change over that.
// `what`: "updated", "deleted".
[[noreturn]] void raise_meddled(const char* what);

// What a statement reads anew of a row that has changed since its child read it.
struct NewestRow {
  NewestRow() = default;
  // `types`: of the table's columns.
  NewestRow(const planner::ModifyNode& node, std::span<const types::PhysicalType> types, types::Arena& arena);

  void clear();
  // Puts the values where the child's row has them.
  void put_into(std::span<types::Vector> child_row) const;

  std::vector<std::int32_t> columns;  // a table::Projection
  std::vector<types::Vector> values;  // one row each

 private:
  std::vector<int> places_;
};

// What the three have in common: the batch of new rows, and RETURNING's raw rows.
class ModifyTable : public Operator {
 public:
  ModifyTable(const planner::ModifyNode& node, ExecutionState& state);

  void close() override;
  // For rows that somebody else hands out: the rows of `input` that were changed, and the
  // table's columns with what they now hold; both until the next call.
  std::span<const std::uint16_t> run(types::Batch& input);
  const types::Vector& column(std::size_t i) const { return columns_[i]; }
  // For one of several tables that a statement changes, before open(): its row triggers fire, those
  // of the statement do not. `placement` may be null: the rows do not move.
  void be_member(RowPlacement* placement) {
    is_member_ = true;
    placement_ = placement;
  }
  // Where the rows that are changed go besides; `columns` as TransitionTables::add() wants them.
  struct Capture {
    std::shared_ptr<TransitionTables> tables;
    const std::vector<int>* columns = nullptr;
  };
  // Of a member, before open(): what it does, and what ON CONFLICT DO UPDATE does.
  void capture(Capture own, Capture update) {
    capture_ = std::move(own);
    update_capture_ = std::move(update);
  }

  // Rows of the last run() that belong to another table now. They are locked; nothing else was done
  // with them but that BEFORE UPDATE triggers fired.
  struct Moved {
    std::uint16_t row = 0;                    // of the input
    std::string key;
    std::vector<types::Datum> before, after;  // until the next run()
  };
  std::vector<Moved>& moved() { return moved_; }
  // Of a DELETE: takes away a row that is locked. False: a trigger, or somebody before it, was
  // against it.
  virtual bool remove_locked(const std::string& key, std::span<const types::Datum> row);

  // What RETURNING shows as xmin and xmax of the rows that the last run() changed.
  void fill_versions(types::Vector& xmin, types::Vector& xmax);

  // For rows that are handed over one at a time. `locked`: by the caller, in their newest versions.
  // What became of the row is told instead of being dealt with.
  void run_alone(bool locked) {
    alone_ = true;
    locked_ = locked;
  }
  table::DmlStatus status() const { return status_; }
  const TableWriter& writer() const { return writer_; }
  TableWriter& writer() { return writer_; }
  bool has_before_row_triggers() const { return before_row_; }

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
  // Whether rows go one by one: to triggers, or to what they are to see.
  bool has_row_triggers() const { return before_row_ || after_row_ || capture_.tables || update_capture_.tables; }
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
  // TableWriter::complete() of one row of a batch: what is generated for it does not touch the rows before it.
  void complete_row(types::Selection rows, std::uint32_t row, TableWriter::Fate fate);

  // A row of the table out of columns_.
  std::span<const types::Datum> row_of(std::span<const types::Vector> columns, std::uint32_t row);
  // Makes columns_[i] writable by this operator for the current batch.
  types::Vector& own_column(std::size_t i, types::Selection rows);
  void changed(std::uint32_t row) { changed_.push_back(static_cast<std::uint16_t>(row)); }
  // By ON CONFLICT DO UPDATE, which has locked the row before.
  void changed_existing(std::uint32_t row) {
    changed(row);
    existing_rows_.push_back(static_cast<std::uint16_t>(row));
  }

  const planner::ModifyNode& modify_;
  TableWriter writer_;
  eval::Evaluator values_;
  std::size_t table_columns_;
  // The table's columns (new rows; old ones of a DELETE), then the child's.
  std::vector<types::Vector> columns_;
  std::vector<types::Vector> nulls_;  // stand for columns that are not read
  types::Arena arena_;
  std::vector<std::uint16_t> changed_;
  std::vector<std::uint16_t> existing_rows_;  // those of changed_existing(), for RETURNING xmax
  RowPlacement* placement_ = nullptr;
  bool stays(std::span<const types::Datum> row) {
    return placement_ == nullptr || placement_->stays(*modify_.relation, row);
  }
  std::vector<Moved> moved_;
  bool alone_ = false, locked_ = false;
  table::DmlStatus status_ = table::DmlStatus::ok;  // of the last row, when it runs alone
  // 23514 for a row that is not of the partition that it was to be written to.
  [[noreturn]] void raise_misplaced(std::span<const types::Datum> row);

 private:
  void open_triggers();
  void check_views();

  bool is_member_ = false;
  Capture capture_, update_capture_;
  StatementTriggers statement_;
  TriggerEvent event_, update_event_;
  bool before_row_ = false, after_row_ = false;
  bool update_before_row_ = false, update_after_row_ = false;
  std::vector<types::Datum> row_;
  std::vector<types::Vector> owned_;
  std::vector<bool> is_owned_;
  std::vector<bool> has_owned_;
};

OperatorPtr make_modify(const planner::ModifyNode& node, ExecutionState& state);
OperatorPtr make_insert(const planner::ModifyNode& node, ExecutionState& state);
OperatorPtr make_update(const planner::ModifyNode& node, ExecutionState& state);
// Of a view: through its INSTEAD OF triggers.
OperatorPtr make_instead_of(const planner::ModifyNode& node, ExecutionState& state);
OperatorPtr make_merge(const planner::ModifyNode& node, ExecutionState& state);

}  // namespace operators
