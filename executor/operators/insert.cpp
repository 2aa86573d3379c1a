// INSERT, with ON CONFLICT.
#include <algorithm>

#include "modify_table.h"
#include "table/batch_insert.h"
#include "table/later_change.h"
#include "transaction/transaction.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

namespace {

using types::SqlError;

class Insert final : public ModifyTable {
 public:
  Insert(const planner::ModifyNode& node, ExecutionState& state) : ModifyTable(node, state) {
    if (!node.on_conflict) return;
    const planner::OnConflictPlan& plan = *node.on_conflict;
    condition_.emplace(plan.condition, 1);
    set_values_.emplace(plan.set_values, 1);
    existing_.resize(table_columns_);
    for (std::size_t i = 0; i < table_columns_; ++i) {
      existing_[i] = types::Vector::allocate(arena_, node.rules.columns[i], 1);
      all_columns_.push_back(static_cast<std::int32_t>(i));
    }
    both_.resize(table_columns_ * 2);
    merged_.resize(table_columns_);
    changes_.resize(plan.set_columns.size());
    changes_key_ = may_change_key(*node.relation, plan.set_columns);
    if (plan.do_update) writer_one_.emplace(node.rules, state, 1);
  }

  // Whether DO UPDATE may change a unique index: others may hold FOR KEY SHARE locks otherwise.
  static bool may_change_key(const catalog::RelationDescriptor& relation, const std::vector<int>& set) {
    for (const catalog::IndexDescriptor& index : relation.indexes) {
      if (!index.unique) continue;
      if (index.predicate) return true;
      for (const catalog::IndexKey& key : index.keys)
        if (key.column < 0 || std::find(set.begin(), set.end(), key.column) != set.end()) return true;
    }
    return has_triggers(relation, catalog::TriggerInfo::kUpdate,
                        catalog::TriggerInfo::kRow | catalog::TriggerInfo::kBefore);
  }

 protected:
  void do_open() override {
    ModifyTable::do_open();
    if (condition_) {
      bind(*condition_);
      bind(*set_values_);
    }
    if (writer_one_) writer_one_->open(context());
    batches_.reset();
    in_batches_ = false;
    // Another statement of the same WITH must find the rows as soon as they are inserted.
    const auto& with = state().plan.common_tables;
    if (std::none_of(with.begin(), with.end(), [](auto& table) { return table.modifies_data; })) {
      batches_.emplace(writer_.table(), writer_.view(), writer_.scratch());
    }
  }

  void apply(types::Batch& input) override {
    for (std::size_t i = 0; i < table_columns_; ++i) columns_[i] = values_.evaluate(i, input);
    if (has_row_triggers()) {
      apply_with_triggers(input);
      return;
    }
    writer_.complete(std::span(columns_).first(table_columns_), input.rows, TableWriter::Fate::inserted);
    if (modify_.on_conflict) {
      for (std::uint32_t i = 0; i < input.rows.count; ++i) insert_or_resolve(input.rows, input.rows[i]);
      return;
    }
    const std::span<const types::Vector> columns = std::span(columns_).first(table_columns_);
    if (input.rows.count == 1 && !in_batches_) {
      const std::uint32_t row = input.rows[0];
      const table::Outcome outcome =
          writer_.table().insert(writer_.view(), row_of(columns_, row), writer_.scratch());
      if (!outcome.ok()) writer_.raise_duplicate(outcome, columns_, row);
    } else {
      std::uint32_t failed = 0;
      in_batches_ = driven_ && batches_.has_value();
      const table::Outcome outcome =
          in_batches_ ? batches_->add(columns, input.rows, &failed)
                      : writer_.table().insert_batch(writer_.view(), columns, input.rows,
                                                     writer_.scratch(), &failed);
      if (!outcome.ok()) writer_.raise_duplicate(outcome, columns_, failed);
    }
    for (std::uint32_t i = 0; i < input.rows.count; ++i) {
      changed(input.rows[i]);
      if (modify_.rules.has_foreign_keys)
        state().foreign_keys().check_references(modify_.relation, row_of(columns_, input.rows[i]));
    }
  }

  void input_ended() override {
    if (batches_) batches_->finish();
  }

 private:
  void apply_with_triggers(types::Batch& input) {
    std::vector<types::Datum> row_values(table_columns_);
    for (std::uint32_t i = 0; i < input.rows.count; ++i) {
      const std::uint32_t row = input.rows[i];
      if (const TriggerEvent* event = before_row_trigger()) {
        for (std::size_t c = 0; c < table_columns_; ++c) row_values[c] = columns_[c].datum(row);
        if (!triggers().before_row(*event, {}, row_values, batch_arena())) continue;
        if (!stays(row_values)) raise_misplaced(row_values);
        write_row(row_values, input.rows, row);
      }
      complete_row(input.rows, row, TableWriter::Fate::inserted);
      if (modify_.on_conflict) {
        insert_or_resolve(input.rows, row);
        continue;
      }
      const table::Outcome outcome =
          writer_.table().insert(writer_.view(), row_of(columns_, row), writer_.scratch());
      if (!outcome.ok()) writer_.raise_duplicate(outcome, columns_, row);
      changed(row);
      if (modify_.rules.has_foreign_keys)
        state().foreign_keys().check_references(modify_.relation, row_of(columns_, row));
      queue_after({}, row_of(columns_, row));
    }
  }

  void insert_or_resolve(types::Selection rows, std::uint32_t row) {
    const planner::OnConflictPlan& plan = *modify_.on_conflict;
    if (plan.arbiters.empty()) require_arbiters(*modify_.relation);
    for (;;) {
      const table::Outcome outcome =
          writer_.table().insert(writer_.view(), row_of(columns_, row), writer_.scratch(),
                                 table::OnDuplicate::check_first, plan.arbiters);
      if (outcome.ok()) {
        changed(row);
        if (modify_.rules.has_foreign_keys)
          state().foreign_keys().check_references(modify_.relation, row_of(columns_, row));
        queue_after({}, row_of(columns_, row));
        return;
      }
      bool arbiter = plan.arbiters.empty();
      for (const int index : plan.arbiters) arbiter = arbiter || index == outcome.index;
      if (!arbiter) writer_.raise_duplicate(outcome, columns_, row);
      if (!plan.do_update) {
        require_visible(std::string(outcome.row_key));
        return;
      }
      if (update_existing(std::string(outcome.row_key), rows, row)) return;
    }
  }

  // Without a target every constraint decides, and each has to know at once.
  static void require_arbiters(const catalog::RelationDescriptor& relation) {
    for (const catalog::IndexDescriptor& index : relation.indexes)
      if (!index.immediate)
        throw types::SqlError("55000",
                              "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters")
            .on_table(relation.schema_name, relation.name)
            .on_constraint(index.name);
  }

  // DO NOTHING for a row that a REPEATABLE READ transaction does not see would be for no reason that
  // it could know. Rows of its own are another matter.
  void require_visible(const std::string& key) {
    if (!writer_.repeatable_read()) return;
    if (writer_.table().fetch(writer_.view(), key, {}, {}, 0, batch_arena(), writer_.scratch()))
      return;
    if (writer_.table().lock_row(writer_.view(), key, table::RowLockMode::key_share,
                                 table::LockWait::nowait,
                                 writer_.scratch()) != table::LockStatus::self_modified)
      TableWriter::raise_serialization(false);
  }

  // False: the row in the way is gone, so insert again.
  bool update_existing(const std::string& key, types::Selection rows, std::uint32_t row) {
    const planner::OnConflictPlan& plan = *modify_.on_conflict;
    for (types::Vector& v : existing_) v.clear();
    std::string moved;
    const table::LockStatus status = writer_.table().lock_row(
        writer_.view(), key, changes_key_ ? table::RowLockMode::update : table::RowLockMode::no_key_update,
        table::LockWait::block, writer_.scratch(), all_columns_, existing_, &batch_arena(), &moved);
    switch (status) {
      case table::LockStatus::deleted:
        if (writer_.repeatable_read()) TableWriter::raise_serialization(true);
        return false;
      case table::LockStatus::self_modified:
        throw SqlError("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time")
            .with_hint("Ensure that no rows proposed for insertion within the same command have "
                       "duplicate constrained values.");
      case table::LockStatus::locked_newer:
        if (writer_.repeatable_read()) TableWriter::raise_serialization(false);
        break;
      default: break;
    }
    for (std::size_t i = 0; i < table_columns_; ++i) {
      both_[i] = existing_[i];
      // Evaluated as a batch of one: the proposed row's values stand in row 0.
      both_[table_columns_ + i] =
          types::Vector::constant(batch_arena(), modify_.rules.columns[i], columns_[i].datum(row));
      if (columns_[i].is_null(row)) both_[table_columns_ + i].set_null(0);
    }
    const types::Batch one{both_, {nullptr, 1}};
    if (condition_->size() > 0) {
      const types::Vector& passed = condition_->evaluate(0, one);
      if (passed.is_null(0) || !passed.get<bool>(0)) return true;
    }
    writer_.check_policies(existing_, {nullptr, 1}, TableWriter::Fate::changing);
    for (std::size_t i = 0; i < table_columns_; ++i) merged_[i] = existing_[i];
    for (std::size_t i = 0; i < plan.set_columns.size(); ++i)
      merged_[static_cast<std::size_t>(plan.set_columns[i])] = set_values_->evaluate(i, one);
    std::vector<types::Datum> before(table_columns_), after(table_columns_);
    for (std::size_t i = 0; i < table_columns_; ++i) before[i] = existing_[i].datum(0);
    const TriggerEvent* before_update = before_update_trigger();
    if (before_update != nullptr) {
      for (std::size_t i = 0; i < table_columns_; ++i) after[i] = merged_[i].datum(0);
      if (!triggers().before_row(*before_update, before, after, batch_arena())) return true;
      for (std::size_t i = 0; i < table_columns_; ++i) {
        merged_[i] = types::Vector::constant(batch_arena(), modify_.rules.columns[i], after[i]);
        if (after[i].is_null) merged_[i].set_null(0);
      }
    }
    if (placement_ != nullptr) {
      for (std::size_t i = 0; i < table_columns_; ++i) after[i] = merged_[i].datum(0);
      if (!stays(after))
        throw SqlError("0A000", "invalid ON UPDATE specification")
            .with_detail("The result tuple would appear in a different partition than the original tuple.");
    }
    writer_one_->complete(merged_, {nullptr, 1}, TableWriter::Fate::updated);
    for (std::size_t i = 0; i < table_columns_; ++i) after[i] = merged_[i].datum(0);
    if (before_update != nullptr) {
      changes_.clear();
      for (std::size_t i = 0; i < table_columns_; ++i)
        if (!modify_.relation->columns[i].dropped)
          changes_.push_back({static_cast<table::ColumnNumber>(i), after[i]});
    } else {
      for (std::size_t i = 0; i < plan.set_columns.size(); ++i)
        changes_[i] = {static_cast<table::ColumnNumber>(plan.set_columns[i]),
                       after[static_cast<std::size_t>(plan.set_columns[i])]};
      for (const int column : modify_.rules.generated)
        changes_.push_back({static_cast<table::ColumnNumber>(column),
                            after[static_cast<std::size_t>(column)]});
    }
    const table::Outcome outcome = writer_.table().update(
        writer_.view(), moved.empty() ? key : moved, changes_, writer_.scratch(), true);
    changes_.resize(plan.set_columns.size());
    if (outcome.status == table::DmlStatus::unique_violation)
      writer_.raise_duplicate(outcome, merged_, 0);
    // A data-modifying WITH query that the new values came from has changed the row meanwhile: its
    // change stands.
    if (outcome.status == table::DmlStatus::self_modified) {
      if (table::changed_by_later_command(writer_.table(), writer_.view(), moved.empty() ? key : moved))
        raise_meddled("updated");
      return true;
    }
    CHECK(outcome.ok());
    for (std::size_t i = 0; i < table_columns_; ++i) {
      types::Vector& column = own_column(i, rows);
      if (after[i].is_null) {
        column.set_null(row);
      } else {
        column.set_not_null(row);
        column.set_datum(row, after[i]);
      }
    }
    changed_existing(row);
    if (modify_.rules.has_foreign_keys)
      state().foreign_keys().check_references(modify_.relation, after, before);
    if (modify_.changes_referenced_key)
      state().foreign_keys().referenced_row_changed(modify_.relation, before, after);
    queue_after_update(before, after);
    return true;
  }

  std::optional<table::BatchInsert> batches_;
  bool in_batches_ = false;  // rows went through batches_
  bool changes_key_ = true;  // of DO UPDATE
  std::optional<eval::Evaluator> condition_, set_values_;
  std::optional<TableWriter> writer_one_;  // of DO UPDATE: beside what is generated for the rows to be inserted
  std::vector<types::Vector> existing_, both_, merged_;
  std::vector<std::int32_t> all_columns_;
  std::vector<table::ColumnValue> changes_;
};

}  // namespace

OperatorPtr make_insert(const planner::ModifyNode& node, ExecutionState& state) {
  return std::make_unique<Insert>(node, state);
}

}  // namespace operators
