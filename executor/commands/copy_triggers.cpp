// Triggers of users on what COPY FROM reads.
#include "copy_rows.h"

namespace commands {

using catalog::TriggerInfo;

void CopyRowWriter::open_triggers(bool routed) {
  const auto has = [&](int bits) {
    return operators::has_triggers(*table_, TriggerInfo::kInsert, static_cast<std::int16_t>(bits));
  };
  before_row_ = has(TriggerInfo::kRow | TriggerInfo::kBefore);
  after_row_ = has(TriggerInfo::kRow);
  after_statement_ = !routed && has(0);
  const bool before_statement = !routed && has(TriggerInfo::kBefore);
  if (!before_row_ && !after_row_ && !after_statement_ && !before_statement) return;
  if (execution_.triggers == nullptr) throw SqlError::not_supported("triggers in this place");
  if (!routed)
    transition_ = operators::TransitionTables::make_if_wanted(execution_, *table_, TriggerInfo::kInsert, rules_.columns);
  if (before_statement) execution_.triggers->statement(trigger_event(), true);
}

operators::TriggerEvent CopyRowWriter::trigger_event() const {
  return {.relation = table_.get(), .event = TriggerInfo::kInsert, .updated = {}, .placement = placement_, .transition = transition_};
}

// Row by row: a trigger sees the rows before it, and what it makes of a row is checked and written.
void CopyRowWriter::insert_with_triggers(types::Selection rows) {
  const operators::TriggerEvent event = trigger_event();
  std::vector<types::Datum> values(table_->columns.size());
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const auto row = static_cast<std::uint16_t>(rows[i]);
    const types::Selection one{&row, 1};
    auto read = [&] {
      for (std::size_t c = 0; c < values.size(); ++c)
        values[c] = vectors_[c].is_null(row) ? types::Datum::null() : vectors_[c].datum(row);
    };
    if (before_row_) {
      read();
      try {
        if (!execution_.triggers->before_row(event, {}, values, arena_)) continue;
      } catch (SqlError& error) {
        error.add_context(context_of_row(row));
        throw;
      }
      for (std::size_t c = 0; c < values.size(); ++c) {
        if (values[c].is_null) {
          vectors_[c].set_null(row);
        } else {
          vectors_[c].set_not_null(row);
          vectors_[c].set_datum(row, values[c]);
        }
      }
      generate(one);
      if (placement_ != nullptr && !placement_->stays(*table_, values))
        throw SqlError("23514", "new row for relation \"" + table_->name + "\" violates partition constraint")
            .with_detail(failing_row(row))
            .with_context(context_of_row(row))
            .on_table(table_->schema_name, table_->name);
    }
    check_not_null(one);
    if (checks_ != nullptr) check_constraints(one);
    read();
    const table::Outcome outcome = table_->storage->insert(view_, values, scratch_);
    if (!outcome.ok()) raise_duplicate(outcome.index, row, context_of_row(row));
    if (!table_->foreign_keys.empty()) check_foreign_keys(one);
    ++rows_;
    if (transition_) transition_->add({}, values, named_columns_);
    if (!after_row_) continue;
    std::vector<types::Datum>& kept = queued_.emplace_back();
    for (std::size_t c = 0; c < values.size(); ++c)
      kept.push_back(values[c].is_null ? types::Datum::null()
                                       : types::copy_datum(queue_arena_, rules_.columns[c], values[c]));
  }
}

void CopyRowWriter::run_after_triggers() {
  for (const std::vector<types::Datum>& row : queued_)
    execution_.triggers->after_row(trigger_event(), {}, row);
  queued_.clear();
  if (after_statement_) execution_.triggers->statement(trigger_event(), false);
}

}  // namespace commands
