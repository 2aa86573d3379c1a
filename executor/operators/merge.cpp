// MERGE: per joined row, the first action whose condition holds.
#include <string>

#include "modify_table.h"
#include "table/later_change.h"
#include "transaction/transaction.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

namespace {

class Merge final : public ModifyTable {
 public:
  Merge(const planner::ModifyNode& node, ExecutionState& state)
      : ModifyTable(node, state),
        writer_one_(node.rules, state, 1),
        recheck_(node.recheck, 1),
        newest_(node, node.rules.columns, arena_) {
    for (const planner::MergeActionPlan& action : node.merge_actions) {
      conditions_.emplace_back(action.condition, 1);
      action_values_.emplace_back(action.values, 1);
    }
  }

 protected:
  void do_open() override {
    ModifyTable::do_open();
    writer_one_.open(context());
    bind(recheck_);
    for (eval::Evaluator& e : conditions_) bind(e);
    for (eval::Evaluator& e : action_values_) bind(e);
  }

  void apply(types::Batch& input) override {
    for (std::size_t i = 0; i < table_columns_; ++i) columns_[i] = nulls_[i];
    one_.resize(input.columns.size());
    fresh_.resize(table_columns_);
    for (std::uint32_t i = 0; i < input.rows.count; ++i) {
      const std::uint32_t row = input.rows[i];
      for (std::size_t c = 0; c < input.columns.size(); ++c) {
        one_[c] = types::Vector::constant(batch_arena(), input.columns[c].type(),
                                          input.columns[c].datum(row));
        if (input.columns[c].is_null(row)) one_[c].set_null(0);
      }
      const types::Vector& keys = input.columns[static_cast<std::size_t>(modify_.row_key_column)];
      const bool matched = !keys.is_null(row);
      merge_one(matched, matched ? std::string(keys.get<std::string_view>(row)) : std::string(),
                input.rows, row);
    }
  }

 private:
  void merge_one(bool matched, std::string key, types::Selection rows, std::uint32_t row) {
    bool locked = false;
    for (;;) {
      const int action = choose(matched);
      if (action < 0) return;
      const planner::MergeActionPlan& plan = modify_.merge_actions[static_cast<std::size_t>(action)];
      using Kind = query::MergeAction::Kind;
      if (plan.kind == Kind::nothing) return;
      const types::Batch one{one_, {nullptr, 1}};
      eval::Evaluator& values = action_values_[static_cast<std::size_t>(action)];
      if (plan.kind == Kind::insert) {
        for (std::size_t i = 0; i < table_columns_; ++i) fresh_[i] = values.evaluate(i, one);
        writer_one_.complete(fresh_, {nullptr, 1}, TableWriter::Fate::inserted);
        const table::Outcome outcome =
            writer_.table().insert(writer_.view(), row_of(fresh_, 0), writer_.scratch());
        if (!outcome.ok()) writer_.raise_duplicate(outcome, fresh_, 0);
        finish(rows, row, {}, row_of(fresh_, 0));
        return;
      }
      std::vector<types::Datum> before(table_columns_);
      for (std::size_t i = 0; i < table_columns_; ++i) {
        const int at = modify_.old_columns[i];
        fresh_[i] = at >= 0 ? one_[static_cast<std::size_t>(at)] : nulls_[i];
        before[i] = fresh_[i].datum(0);
      }
      writer_one_.check_policies(
          fresh_, {nullptr, 1},
          plan.kind == Kind::delete_ ? TableWriter::Fate::deleting : TableWriter::Fate::changing);
      table::Outcome outcome;
      if (plan.kind == Kind::delete_) {
        outcome = writer_.table().remove(writer_.view(), key, writer_.scratch(), locked);
      } else {
        for (std::size_t i = 0; i < plan.set_columns.size(); ++i)
          fresh_[static_cast<std::size_t>(plan.set_columns[i])] = values.evaluate(i, one);
        writer_one_.complete(fresh_, {nullptr, 1}, TableWriter::Fate::updated);
        changes_.clear();
        for (const int column : plan.set_columns)
          changes_.push_back({static_cast<table::ColumnNumber>(column),
                              fresh_[static_cast<std::size_t>(column)].datum(0)});
        for (const int column : modify_.rules.generated)
          changes_.push_back({static_cast<table::ColumnNumber>(column),
                              fresh_[static_cast<std::size_t>(column)].datum(0)});
        outcome = writer_.table().update(writer_.view(), key, changes_, writer_.scratch(), locked);
      }
      switch (outcome.status) {
        case table::DmlStatus::ok: {
          std::vector<types::Datum> after;
          if (plan.kind == Kind::update)
            for (std::size_t i = 0; i < table_columns_; ++i) after.push_back(fresh_[i].datum(0));
          finish(rows, row, before, after);
          return;
        }
        case table::DmlStatus::unique_violation: writer_.raise_duplicate(outcome, fresh_, 0);
        case table::DmlStatus::self_modified:
          if (table::changed_by_later_command(writer_.table(), writer_.view(), key)) raise_meddled("updated or deleted");
          throw types::SqlError("21000", "MERGE command cannot affect row a second time")
              .with_hint("Ensure that not more than one source row matches any one target row.");
        case table::DmlStatus::not_found: return;
        case table::DmlStatus::version_conflict: break;
      }
      CHECK(!locked);
      newest_.clear();
      std::string moved;
      const table::LockStatus status = writer_.table().lock_row(
          writer_.view(), key, table::RowLockMode::update, table::LockWait::block,
          writer_.scratch(), newest_.columns, newest_.values, &batch_arena(), &moved);
      if (status == table::LockStatus::deleted) {
        if (writer_.repeatable_read()) TableWriter::raise_serialization(true);
        // Its source row is one without a match now.
        for (const int at : modify_.old_columns)
          if (at >= 0) one_[static_cast<std::size_t>(at)].set_null(0);
        matched = false;
        continue;
      }
      if (status == table::LockStatus::locked_newer && writer_.repeatable_read())
        TableWriter::raise_serialization(false);
      if (!moved.empty()) key = moved;
      newest_.put_into(one_);
      locked = true;
      matched = recheck_.filter({one_, {nullptr, 1}}).count == 1;
    }
  }

  int choose(bool matched) {
    const types::Batch one{one_, {nullptr, 1}};
    for (std::size_t a = 0; a < modify_.merge_actions.size(); ++a) {
      if (modify_.merge_actions[a].matched != matched) continue;
      if (conditions_[a].size() > 0 && conditions_[a].filter(one).count == 0) continue;
      return static_cast<int>(a);
    }
    return -1;
  }

  void finish(types::Selection, std::uint32_t row, std::span<const types::Datum> before,
              std::span<const types::Datum> after) {
    changed(row);
    if (modify_.rules.has_foreign_keys && !after.empty())
      state().foreign_keys().check_references(modify_.relation, after, before);
    if (modify_.changes_referenced_key && !before.empty())
      state().foreign_keys().referenced_row_changed(modify_.relation, before, after);
  }

  TableWriter writer_one_;
  eval::Evaluator recheck_;
  std::vector<eval::Evaluator> conditions_, action_values_;
  std::vector<types::Vector> one_, fresh_;
  NewestRow newest_;
  std::vector<table::ColumnValue> changes_;
};

}  // namespace

OperatorPtr make_merge(const planner::ModifyNode& node, ExecutionState& state) {
  return std::make_unique<Merge>(node, state);
}

}  // namespace operators
