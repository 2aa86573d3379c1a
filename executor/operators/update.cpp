// UPDATE and DELETE.
//
// A row whose newest version is not the one in the statement's view is locked first; under READ
// COMMITTED its newest version must meet the conditions again and gives the new values
// ("EvalPlanQual"); under REPEATABLE READ the statement fails with 40001.
#include <algorithm>

#include "modify_table.h"
#include "table/change_batch.h"
#include "table/later_change.h"
#include "transaction/transaction.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

namespace {

class Update final : public ModifyTable {
 public:
  Update(const planner::ModifyNode& node, ExecutionState& state)
      : ModifyTable(node, state), delete_(node.command == query::CommandKind::delete_) {
    changes_.resize(node.set_columns.size() + node.rules.generated.size());
    before_.resize(table_columns_);
    std::vector<std::int32_t> unread;
    for (std::size_t c = 0; c < table_columns_; ++c)
      if (const int column = static_cast<int>(c);
          node.old_columns[c] < 0 && !node.relation->columns[c].dropped &&
          std::ranges::find(node.set_columns, column) == node.set_columns.end() &&
          std::ranges::find(node.rules.generated, column) == node.rules.generated.end())
        unread.push_back(column);
    if (!delete_) writer_.report_unread(std::move(unread));
  }

 protected:
  void do_open() override {
    ModifyTable::do_open();
    entries_ = {};
    // Whoever else changes rows in this statement, or gets this one's while it runs, finds their entries gone. Functions
    // of users that look at the table get one row at a time, which is never deleted together with others.
    const auto& with = state().plan.common_tables;
    entries_wait_ = delete_ && !modify_.returning &&
                    std::none_of(with.begin(), with.end(), [](auto& table) { return table.modifies_data; });
  }

  void input_ended() override {
    table::remove_entries(writer_.table(), writer_.view(), writer_.scratch(), entries_);
  }

  void apply(types::Batch& input) override {
    if (has_row_triggers() || placement_ != nullptr) {
      apply_by_row(input);
      return;
    }
    fill_new_rows(input, values_, writer_);
    const types::Vector& keys = input.columns[static_cast<std::size_t>(modify_.row_key_column)];
    done_.assign(input.rows.count, 0);
    if (input.rows.count > 1 && !alone_ && !locked_) write_together(keys, input.rows);
    for (std::uint32_t i = 0; i < input.rows.count; ++i) {
      const std::uint32_t row = input.rows[i];
      if (done_[i] != 0) {
        note(input.columns, columns_, row);
        changed(row);
        continue;
      }
      const std::string_view key = keys.get<std::string_view>(row);
      const table::Outcome outcome = write(key, columns_, row, locked_);
      status_ = outcome.status;
      switch (outcome.status) {
        case table::DmlStatus::ok:
          note(input.columns, columns_, row);
          changed(row);
          break;
        case table::DmlStatus::unique_violation:
          writer_.raise_duplicate(outcome, columns_, row);
        case table::DmlStatus::version_conflict:
          if (!alone_) resolve(input, row, std::string(key));
          break;
        case table::DmlStatus::self_modified: require_not_meddled(key); break;
        case table::DmlStatus::not_found: break;
      }
    }
  }

 public:
  bool remove_locked(const std::string& key, std::span<const types::Datum> row) override {
    if (const TriggerEvent* event = before_row_trigger())
      if (!triggers().before_row(*event, row, {}, batch_arena())) return false;
    const table::Outcome outcome = writer_.table().remove(writer_.view(), key, writer_.scratch(), true);
    if (!outcome.ok()) {
      require_untouched(before_row_trigger() != nullptr);
      return false;
    }
    queue_after(row, {});
    return true;
  }

 private:
  // Row by row: what a BEFORE trigger makes of it is checked and written, or moves elsewhere.
  void apply_by_row(types::Batch& input) {
    for (std::size_t i = 0; i < table_columns_; ++i) {
      const int at = modify_.old_columns[i];
      columns_[i] = at >= 0 ? input.columns[static_cast<std::size_t>(at)] : nulls_[i];
    }
    old_row_.resize(table_columns_);
    new_row_.resize(table_columns_);
    if (!delete_)
      for (std::size_t i = 0; i < modify_.set_columns.size(); ++i)
        columns_[static_cast<std::size_t>(modify_.set_columns[i])] = values_.evaluate(i, input);
    for (std::uint32_t i = 0; i < input.rows.count; ++i) apply_one(input, input.rows[i]);
  }

  void apply_one(types::Batch& input, std::uint32_t row) {
    const types::Vector& keys = input.columns[static_cast<std::size_t>(modify_.row_key_column)];
    std::string key(keys.get<std::string_view>(row));
    for (std::size_t c = 0; c < table_columns_; ++c) {
      const int at = modify_.old_columns[c];
      old_row_[c] = at >= 0 ? input.columns[static_cast<std::size_t>(at)].datum(row) : types::Datum::null();
      new_row_[c] = columns_[c].datum(row);
    }
    bool is_locked = locked_;
    // False: the row is gone, or not one of the statement's any more.
    const auto lock = [&] {
      const Newest newest = lock_newest(input, row, key);
      is_locked = true;
      if (newest == Newest::other) {
        take_newest(old_row_, new_row_);
        if (delete_) write_row(old_row_, input.rows, row);
      }
      return newest != Newest::none;
    };
    if (const TriggerEvent* event = before_row_trigger()) {
      if (!is_locked && alone_) {
        status_ = table::DmlStatus::version_conflict;
        return;
      }
      if (!is_locked && !lock()) return;
      if (!triggers().before_row(*event, old_row_, delete_ ? std::span<types::Datum>() : std::span(new_row_),
                                 batch_arena()))
        return;
    }
    for (;;) {
      if (!delete_ && !stays(new_row_)) {
        if (is_locked) {
          move(row, std::move(key));
          return;
        }
        if (alone_) {
          status_ = table::DmlStatus::version_conflict;
          return;
        }
        if (!lock()) return;
        continue;
      }
      const table::Outcome outcome =
          delete_ ? writer_.table().remove(writer_.view(), key, writer_.scratch(), is_locked)
                  : write_whole(new_row_, input.rows, row, key, is_locked);
      status_ = outcome.status;
      switch (outcome.status) {
        case table::DmlStatus::ok:
          note_rows(old_row_, columns_, row);
          changed(row);
          queue_after(old_row_, delete_ ? std::span<const types::Datum>() : row_of(columns_, row));
          return;
        case table::DmlStatus::unique_violation: writer_.raise_duplicate(outcome, columns_, row);
        case table::DmlStatus::version_conflict:
          if (alone_) return;
          // Without BEFORE triggers a row is locked only when somebody else has changed it.
          if (is_locked) TableWriter::raise_serialization(false);
          if (!lock()) return;
          continue;
        case table::DmlStatus::self_modified: require_not_meddled(key); [[fallthrough]];
        case table::DmlStatus::not_found:
          require_untouched(before_row_trigger() != nullptr && is_locked);
          return;
      }
    }
  }

  // A row that this very command has changed (a join met it twice) is passed over; what a function that
  // it called has changed is not changed over that.
  void require_not_meddled(std::string_view key) const {
    require_untouched(table::changed_by_later_command(writer_.table(), writer_.view(), key));
  }

  // It was neither changed nor gone when it was locked.
  void require_untouched(bool triggered) const {
    if (triggered) raise_meddled(delete_ ? "deleted" : "updated");
  }

  void move(std::uint32_t row, std::string key) {
    Moved& moved = moved_.emplace_back();
    moved.row = static_cast<std::uint16_t>(row);
    moved.key = std::move(key);
    const auto keep = [&](std::span<const types::Datum> from, std::vector<types::Datum>& to) {
      for (std::size_t c = 0; c < table_columns_; ++c)
        to.push_back(from[c].is_null ? types::Datum::null()
                                     : types::copy_datum(batch_arena(), modify_.rules.columns[c], from[c]));
    };
    keep(old_row_, moved.before);
    keep(new_row_, moved.after);
  }

  table::Outcome write_whole(std::span<const types::Datum> new_row, types::Selection rows,
                             std::uint32_t row, const std::string& key, bool is_locked) {
    write_row(new_row, rows, row);
    complete_row(rows, row, TableWriter::Fate::updated);
    std::vector<table::ColumnValue> changes;
    for (std::size_t c = 0; c < table_columns_; ++c)
      if (!modify_.relation->columns[c].dropped)
        changes.push_back({static_cast<table::ColumnNumber>(c), columns_[c].datum(row)});
    return writer_.table().update(writer_.view(), key, changes, writer_.scratch(), is_locked);
  }

  // What lock_newest() finds: the version that the statement saw, or another that meets the
  // conditions (in one_), or none.
  enum class Newest : std::uint8_t { same, other, none };

  // The old row of one_ and the new one that comes of it, without what constraints and generated
  // columns make of it. Bytes live as long as the batch.
  void take_newest(std::span<types::Datum> old_row, std::span<types::Datum> new_row) {
    for (std::size_t c = 0; c < table_columns_; ++c) {
      const int at = modify_.old_columns[c];
      old_row[c] = at >= 0 ? one_[static_cast<std::size_t>(at)].datum(0) : types::Datum::null();
      if (!old_row[c].is_null)
        old_row[c] = types::copy_datum(batch_arena(), modify_.rules.columns[c], old_row[c]);
      new_row[c] = old_row[c];
    }
    if (delete_) return;
    const types::Batch one{one_, {nullptr, 1}};
    for (std::size_t i = 0; i < modify_.set_columns.size(); ++i)
      new_row[static_cast<std::size_t>(modify_.set_columns[i])] =
          values_one_->evaluate(i, one).datum(0);
  }

  // columns_ = the new rows (old ones of a DELETE) of the input's.
  void fill_new_rows(const types::Batch& input, eval::Evaluator& values, TableWriter& writer) {
    for (std::size_t i = 0; i < table_columns_; ++i) {
      const int at = modify_.old_columns[i];
      columns_[i] = at >= 0 ? input.columns[static_cast<std::size_t>(at)] : nulls_[i];
    }
    if (delete_) return;
    for (std::size_t i = 0; i < modify_.set_columns.size(); ++i)
      columns_[static_cast<std::size_t>(modify_.set_columns[i])] = values.evaluate(i, input);
    writer.set_row_keys(&input.columns[static_cast<std::size_t>(modify_.row_key_column)]);
    writer.complete(std::span(columns_).first(table_columns_), input.rows, TableWriter::Fate::updated);
    writer.set_row_keys(nullptr);
  }

  table::Outcome write(std::string_view key, std::span<const types::Vector> columns,
                       std::uint32_t row, bool locked) {
    if (delete_) return writer_.table().remove(writer_.view(), key, writer_.scratch(), locked);
    std::size_t n = 0;
    for (const int column : modify_.set_columns)
      changes_[n++] = {static_cast<table::ColumnNumber>(column),
                       columns[static_cast<std::size_t>(column)].datum(row)};
    for (const int column : modify_.rules.generated)
      changes_[n++] = {static_cast<table::ColumnNumber>(column),
                       columns[static_cast<std::size_t>(column)].datum(row)};
    return writer_.table().update(writer_.view(), key, changes_, writer_.scratch(), locked);
  }

  // Those rows that need no attention of their own; done_ tells which.
  void write_together(const types::Vector& keys, types::Selection rows) {
    if (delete_) {
      constexpr std::size_t kMostKept = std::size_t{4} << 20;
      const bool wait = driven_ && entries_wait_;
      table::remove_batch(writer_.table(), writer_.view(), keys, rows, writer_.scratch(), done_, wait ? &entries_ : nullptr);
      if (entries_.bytes() >= kMostKept) input_ended();
      return;
    }
    set_.clear();
    for (const std::vector<int>* columns : {&modify_.set_columns, &modify_.rules.generated})
      for (const int column : *columns) set_.push_back(static_cast<table::ColumnNumber>(column));
    table::update_batch(writer_.table(), writer_.view(), keys, std::span(columns_).first(table_columns_), set_, rows,
                        writer_.scratch(), done_);
  }

  // Foreign keys of a row that has been written.
  void note(std::span<const types::Vector> input, std::span<const types::Vector> columns,
            std::uint32_t row) {
    const bool refers = modify_.rules.has_foreign_keys && !delete_;
    if (!refers && !modify_.changes_referenced_key) return;
    for (std::size_t i = 0; i < table_columns_; ++i) {
      const int at = modify_.old_columns[i];
      before_[i] = at >= 0 ? input[static_cast<std::size_t>(at)].datum(row) : types::Datum::null();
    }
    if (refers) state().foreign_keys().check_references(modify_.relation, row_of(columns, row), before_);
    if (!modify_.changes_referenced_key) return;
    state().foreign_keys().referenced_row_changed(
        modify_.relation, before_,
        delete_ ? std::span<const types::Datum>() : row_of(columns, row));
  }

  void note_rows(std::span<const types::Datum> old_row, std::span<const types::Vector> columns,
                 std::uint32_t row) {
    if (modify_.rules.has_foreign_keys && !delete_)
      state().foreign_keys().check_references(modify_.relation, row_of(columns, row), old_row);
    if (modify_.changes_referenced_key)
      state().foreign_keys().referenced_row_changed(
          modify_.relation, old_row,
          delete_ ? std::span<const types::Datum>() : row_of(columns, row));
  }

  // Locks the row; `key` becomes where its newest version is.
  Newest lock_newest(types::Batch& input, std::uint32_t row, std::string& key) {
    prepare_recheck(input);
    const auto mode = modify_.changes_key ? table::RowLockMode::update
                                          : table::RowLockMode::no_key_update;
    std::string moved;
    const table::LockStatus status =
        writer_.table().lock_row(writer_.view(), key, mode, table::LockWait::block,
                                 writer_.scratch(), newest_.columns, newest_.values, &batch_arena(), &moved);
    switch (status) {
      case table::LockStatus::deleted:
        if (writer_.repeatable_read()) TableWriter::raise_serialization(true);
        return Newest::none;
      case table::LockStatus::self_modified: require_not_meddled(key); return Newest::none;
      case table::LockStatus::locked_newer:
        if (writer_.repeatable_read()) TableWriter::raise_serialization(false);
        break;
      case table::LockStatus::locked_same: break;
      case table::LockStatus::skipped:
      case table::LockStatus::not_available: CHECK(false);
    }
    // The row as a batch of one: its newest version, and what else the child joined to it.
    for (std::size_t i = 0; i < input.columns.size(); ++i) {
      one_[i] = types::Vector::constant(batch_arena(), input.columns[i].type(),
                                        input.columns[i].datum(row));
      if (input.columns[i].is_null(row)) one_[i].set_null(0);
    }
    newest_.put_into(one_);
    if (!moved.empty()) key = moved;
    if (status == table::LockStatus::locked_same) return Newest::same;
    const types::Batch one{one_, {nullptr, 1}};
    return recheck_->filter(one).count == 0 ? Newest::none : Newest::other;
  }

  void resolve(types::Batch& input, std::uint32_t row, std::string key) {
    if (lock_newest(input, row, key) == Newest::none) return;
    const types::Batch one{one_, {nullptr, 1}};

    std::vector<types::Vector> saved(columns_.begin(),
                                     columns_.begin() + static_cast<std::ptrdiff_t>(table_columns_));
    fill_new_rows(one, *values_one_, *writer_one_);
    std::vector<types::Vector> fresh(columns_.begin(),
                                     columns_.begin() + static_cast<std::ptrdiff_t>(table_columns_));
    std::copy(saved.begin(), saved.end(), columns_.begin());
    const table::Outcome outcome = write(key, fresh, 0, true);
    if (outcome.status == table::DmlStatus::unique_violation)
      writer_.raise_duplicate(outcome, fresh, 0);
    if (!outcome.ok()) return;
    note(one_, fresh, 0);
    if (modify_.returning)
      for (std::size_t i = 0; i < table_columns_; ++i) {
        const types::Datum value = fresh[i].datum(0);
        types::Vector& column = own_column(i, input.rows);
        if (value.is_null) {
          column.set_null(row);
        } else {
          column.set_not_null(row);
          column.set_datum(row, types::copy_datum(batch_arena(), column.type(), value));
        }
      }
    changed(row);
  }

  void prepare_recheck(const types::Batch& input) {
    if (!recheck_) {
      recheck_.emplace(modify_.recheck, 1);
      values_one_.emplace(modify_.values, 1);
      writer_one_.emplace(modify_.rules, state(), 1);
      one_.resize(input.columns.size());
      newest_ = NewestRow(modify_, modify_.rules.columns, arena_);
    }
    newest_.clear();
    bind(*recheck_);
    bind(*values_one_);
    writer_one_->open(context());
  }

  const bool delete_;
  std::vector<table::ColumnValue> changes_;
  std::vector<types::Datum> before_, old_row_, new_row_;
  table::RemovedEntries entries_;
  bool entries_wait_ = false;              // for many rows: entries_
  std::vector<std::uint8_t> done_;         // by write_together(): 1, in the batch's order
  std::vector<table::ColumnNumber> set_;
  // The slow path, made when first needed.
  std::optional<eval::Evaluator> recheck_, values_one_;
  std::optional<TableWriter> writer_one_;
  std::vector<types::Vector> one_;
  NewestRow newest_;
};

}  // namespace

OperatorPtr make_update(const planner::ModifyNode& node, ExecutionState& state) {
  return std::make_unique<Update>(node, state);
}

}  // namespace operators
