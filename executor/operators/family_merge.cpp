// MERGE, row by row: the first action whose condition holds, done by the operator that makes such
// changes otherwise, with its triggers, checks and moves between partitions.
#include <algorithm>
#include <string>

#include "after_triggers.h"
#include "execution_state.h"
#include "family_modify.h"
#include "operator.h"
#include "planner/family_modify.h"
#include "transaction/transaction.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

namespace {

using planner::FamilyMergeNode;
using types::SqlError;

class FamilyMerge final : public Operator {
 public:
  FamilyMerge(const FamilyMergeNode& node, ExecutionState& state)
      : Operator(node, state), merge_(node), recheck_(node.recheck, 1) {
    for (const FamilyMergeNode::Action& action : node.actions) {
      conditions_.emplace_back(action.condition, 1);
      changes_.push_back(action.change ? make_row_change(*action.change, state) : nullptr);
    }
  }

  void close() override {
    Operator::close();
    for (auto& change : changes_)
      if (change) change->close_rows();
    statement_ = {};
  }

 protected:
  void do_open() override {
    bind(recheck_);
    for (eval::Evaluator& condition : conditions_) bind(condition);
    const std::vector<TriggerEvent> caused = events();
    statement_.open(state(), caused, merge_.rules.columns);
    for (std::size_t a = 0; a < changes_.size(); ++a) {
      if (!changes_[a]) continue;
      const auto of = [&](std::int16_t event) {
        for (std::size_t i = 0; i < caused.size(); ++i)
          if (caused[i].event == event) return statement_.transition(i);
        return std::shared_ptr<TransitionTables>();
      };
      changes_[a]->open_rows({of(event_of(merge_.actions[a].change->command)), of(catalog::TriggerInfo::kDelete),
                              of(catalog::TriggerInfo::kInsert)});
    }
    child().open();
  }

  bool produce(types::Batch&) override {
    types::Batch input;
    while (child().next(input)) {
      one_.resize(input.columns.size());
      for (std::uint32_t i = 0; i < input.rows.count; ++i) {
        const std::uint32_t row = input.rows[i];
        for (std::size_t c = 0; c < input.columns.size(); ++c)
          set(c, input.columns[c].type(), input.columns[c].datum(row));
        if (merge_row(!input.columns[static_cast<std::size_t>(merge_.row_key_column)].is_null(row)) &&
            merge_.set_tag)
          ++state().rows_affected;
      }
      state().check();
      batch_arena().reset();
    }
    statement_.finish(state());
    return false;
  }

 private:
  static std::int16_t event_of(query::CommandKind command) {
    using catalog::TriggerInfo;
    return command == query::CommandKind::insert   ? TriggerInfo::kInsert
           : command == query::CommandKind::update ? TriggerInfo::kUpdate
                                                   : TriggerInfo::kDelete;
  }

  std::vector<TriggerEvent> events() const {
    std::vector<TriggerEvent> events;
    if (merge_.relation->triggers.empty()) return events;
    for (const auto command : {query::CommandKind::insert, query::CommandKind::update, query::CommandKind::delete_})
      for (const FamilyMergeNode::Action& action : merge_.actions)
        if (action.change && action.change->command == command) {
          events.push_back({.relation = merge_.relation.get(), .event = event_of(command),
                            .updated = action.change->set_columns});
          break;
        }
    return events;
  }

  void set(std::size_t column, types::PhysicalType type, const types::Datum& value) {
    one_[column] = types::Vector::constant(batch_arena(), type, value);
    if (value.is_null) one_[column].set_null(0);
  }

  // Whether a row was changed.
  bool merge_row(bool matched) {
    bool locked = false;
    for (;;) {
      types::Batch one{one_, {nullptr, 1}};
      const int action = choose(matched, one);
      if (action < 0) return false;
      RowChange* change = changes_[static_cast<std::size_t>(action)].get();
      if (change == nullptr) return false;
      const RowChange::Outcome outcome = change->change_row(one, locked);
      switch (outcome.status) {
        case table::DmlStatus::ok: return outcome.changed;
        case table::DmlStatus::self_modified:
          raise_twice();
        case table::DmlStatus::not_found: return false;
        case table::DmlStatus::unique_violation: CHECK(false);
        case table::DmlStatus::version_conflict: break;
      }
      CHECK(!locked);
      switch (change->lock_newest(one_, batch_arena())) {
        case RowChange::Newest::gone:
          // Its source row is one without a match now.
          for (const int at : merge_.old_columns)
            if (at >= 0) set(static_cast<std::size_t>(at), one_[static_cast<std::size_t>(at)].type(), types::Datum::null());
          matched = false;
          break;
        case RowChange::Newest::own: raise_twice();
        case RowChange::Newest::same: locked = true; break;
        case RowChange::Newest::other:
          locked = true;
          matched = recheck_.filter({one_, {nullptr, 1}}).count == 1;
          break;
      }
    }
  }

  [[noreturn]] static void raise_twice() {
    throw SqlError("21000", "MERGE command cannot affect row a second time")
        .with_hint("Ensure that not more than one source row matches any one target row.");
  }

  int choose(bool matched, const types::Batch& one) {
    for (std::size_t a = 0; a < merge_.actions.size(); ++a) {
      if (merge_.actions[a].matched != matched) continue;
      if (conditions_[a].size() > 0 && conditions_[a].filter(one).count == 0) continue;
      return static_cast<int>(a);
    }
    return -1;
  }

  const FamilyMergeNode& merge_;
  eval::Evaluator recheck_;
  std::vector<eval::Evaluator> conditions_;
  std::vector<std::unique_ptr<RowChange>> changes_;  // by action; null: DO NOTHING
  std::vector<types::Vector> one_;
  StatementTriggers statement_;
};

}  // namespace

std::unique_ptr<Operator> make_family_merge(const FamilyMergeNode& node, ExecutionState& state) {
  return std::make_unique<FamilyMerge>(node, state);
}

}  // namespace operators
