// INSERT, UPDATE and DELETE of views with INSTEAD OF triggers: the triggers do the work, row by row.
#include "modify_table.h"

#include "types/sql_error.h"
#include "types/type_io.h"

namespace operators {

namespace {

using catalog::TriggerInfo;

class InsteadOf final : public Operator {
 public:
  InsteadOf(const planner::ModifyNode& node, ExecutionState& state)
      : Operator(node, state),
        modify_(node),
        values_(node.values, node.batch_rows),
        old_row_(node.old_row, node.batch_rows),
        width_(node.rules.columns.size()),
        arena_(1024),
        columns_(node.raw_columns.size()) {
    for (std::size_t i = 0; i < width_; ++i)
      columns_[i] = types::Vector::allocate(arena_, node.rules.columns[i], node.batch_rows);
    event_.relation = node.relation.get();
    event_.event = node.command == query::CommandKind::insert   ? TriggerInfo::kInsert
                   : node.command == query::CommandKind::update ? TriggerInfo::kUpdate
                                                                : TriggerInfo::kDelete;
    event_.updated = node.set_columns;
  }

 protected:
  void do_open() override {
    if (state().context.triggers == nullptr) throw types::SqlError::not_supported("triggers in this place");
    bind(values_);
    bind(old_row_);
    if (has_triggers(*modify_.relation, event_.event, TriggerInfo::kBefore))
      state().context.triggers->statement(event_, true);
    child().open();
  }

  bool produce(types::Batch& raw) override {
    types::Batch input;
    for (;;) {
      if (!child().next(input)) {
        if (has_triggers(*modify_.relation, event_.event, 0)) state().context.triggers->statement(event_, false);
        return false;
      }
      changed_.clear();
      apply(input);
      if (modify_.set_tag) state().rows_affected += changed_.size();
      if (!modify_.returning || changed_.empty()) {
        state().check();
        batch_arena().reset();
        continue;
      }
      for (std::size_t i = 0; i < input.columns.size(); ++i) columns_[width_ + i] = input.columns[i];
      raw = {columns_, {changed_.data(), static_cast<std::uint32_t>(changed_.size())}};
      return true;
    }
  }

 private:
  void apply(types::Batch& input) {
    const bool insert = modify_.command == query::CommandKind::insert;
    const bool remove = modify_.command == query::CommandKind::delete_;
    std::vector<const types::Vector*> values, old;
    for (std::size_t i = 0; i < values_.size(); ++i) values.push_back(&values_.evaluate(i, input));
    for (std::size_t i = 0; i < old_row_.size(); ++i) old.push_back(&old_row_.evaluate(i, input));
    for (std::size_t i = 0; i < width_; ++i) columns_[i].clear();
    std::vector<types::Datum> before, after;
    for (std::uint32_t r = 0; r < input.rows.count; ++r) {
      const std::uint32_t row = input.rows[r];
      before.clear();
      after.clear();
      for (const types::Vector* v : old) before.push_back(v->datum(row));
      if (insert) {
        for (const types::Vector* v : values) after.push_back(v->datum(row));
      } else if (!remove) {
        after = before;
        for (std::size_t i = 0; i < modify_.set_columns.size(); ++i)
          after[static_cast<std::size_t>(modify_.set_columns[i])] = values[i]->datum(row);
      }
      if (!state().context.triggers->before_row(event_, before, after, batch_arena())) continue;
      changed_.push_back(static_cast<std::uint16_t>(row));
      if (modify_.returning) keep(remove ? before : after, row);
    }
  }

  void keep(std::span<const types::Datum> row, std::uint32_t at) {
    for (std::size_t i = 0; i < width_; ++i) {
      if (row[i].is_null) {
        columns_[i].set_null(at);
      } else {
        columns_[i].set_not_null(at);
        columns_[i].set_datum(at, row[i]);
      }
    }
  }

  const planner::ModifyNode& modify_;
  eval::Evaluator values_, old_row_;
  const std::size_t width_;
  types::Arena arena_;
  std::vector<types::Vector> columns_;  // the view's, then the child's
  std::vector<std::uint16_t> changed_;
  TriggerEvent event_;
};

}  // namespace

OperatorPtr make_instead_of(const planner::ModifyNode& node, ExecutionState& state) {
  return std::make_unique<InsteadOf>(node, state);
}

}  // namespace operators
