#include "modify_table.h"

#include "execution_state.h"
#include "family_modify.h"
#include "planner/family_modify.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace operators {

ModifyTable::ModifyTable(const planner::ModifyNode& node, ExecutionState& state)
    : Operator(node, state),
      modify_(node),
      writer_(node.rules, state, node.batch_rows),
      values_(node.values, node.batch_rows),
      table_columns_(node.rules.columns.size()),
      arena_(1024) {
  for (const types::PhysicalType type : node.rules.columns)
    nulls_.push_back(types::Vector::constant(arena_, type, types::Datum::null()));
  for (types::Vector& v : nulls_) v.set_null(0);
  columns_.resize(node.raw_columns.size());
  row_.resize(table_columns_);
  owned_.resize(table_columns_);
  is_owned_.assign(table_columns_, false);
  has_owned_.assign(table_columns_, false);
}

void ModifyTable::do_open() {
  writer_.open(context());
  open_triggers();
  bind(values_);
  if (!children_.empty()) child().open();
}

void ModifyTable::open_triggers() {
  using catalog::TriggerInfo;
  queued_.clear();
  queue_arena_.reset();
  before_row_ = after_row_ = after_statement_ = false;
  update_before_row_ = update_after_row_ = update_after_statement_ = false;
  const catalog::RelationDescriptor& relation = *modify_.relation;
  if (relation.triggers.empty()) return;
  event_.relation = &relation;
  event_.event = modify_.command == query::CommandKind::insert   ? TriggerInfo::kInsert
                 : modify_.command == query::CommandKind::update ? TriggerInfo::kUpdate
                                                                 : TriggerInfo::kDelete;
  event_.updated = modify_.set_columns;
  before_row_ = has_triggers(relation, event_.event, TriggerInfo::kRow | TriggerInfo::kBefore);
  after_row_ = has_triggers(relation, event_.event, TriggerInfo::kRow);
  after_statement_ = has_triggers(relation, event_.event, 0);
  const bool before_statement = has_triggers(relation, event_.event, TriggerInfo::kBefore);
  bool before_update = false;
  if (modify_.on_conflict && modify_.on_conflict->do_update) {
    update_event_ = {.relation = &relation, .event = TriggerInfo::kUpdate,
                     .updated = modify_.on_conflict->set_columns};
    const auto has = [&](int bits) {
      return has_triggers(relation, TriggerInfo::kUpdate, static_cast<std::int16_t>(bits));
    };
    update_before_row_ = has(TriggerInfo::kRow | TriggerInfo::kBefore);
    update_after_row_ = has(TriggerInfo::kRow);
    update_after_statement_ = has(0);
    before_update = has(TriggerInfo::kBefore);
  }
  if (!before_row_ && !after_row_ && !after_statement_ && !before_statement && !before_update &&
      !update_before_row_ && !update_after_row_ && !update_after_statement_)
    return;
  if (state().context.triggers == nullptr) throw types::SqlError::not_supported("triggers in this place");
  if (before_statement) triggers().statement(event_, true);
  if (before_update) triggers().statement(update_event_, true);
}

void ModifyTable::queue_after(std::span<const types::Datum> old_row, std::span<const types::Datum> new_row) {
  if (after_row_) keep_change(event_, old_row, new_row);
}

void ModifyTable::queue_after_update(std::span<const types::Datum> old_row,
                                     std::span<const types::Datum> new_row) {
  if (update_after_row_) keep_change(update_event_, old_row, new_row);
}

void ModifyTable::keep_change(const TriggerEvent& event, std::span<const types::Datum> old_row,
                              std::span<const types::Datum> new_row) {
  Changed& change = queued_.emplace_back();
  change.event = &event;
  auto keep = [&](std::span<const types::Datum> row, std::vector<types::Datum>& to) {
    for (std::size_t i = 0; i < row.size(); ++i)
      to.push_back(row[i].is_null ? types::Datum::null()
                                  : types::copy_datum(queue_arena_, modify_.rules.columns[i], row[i]));
  };
  keep(old_row, change.before);
  keep(new_row, change.after);
}

void ModifyTable::run_after_triggers() {
  for (const Changed& change : queued_) triggers().after_row(*change.event, change.before, change.after);
  queued_.clear();
  if (update_after_statement_) triggers().statement(update_event_, false);
  if (after_statement_) triggers().statement(event_, false);
}

void ModifyTable::write_row(std::span<const types::Datum> values, types::Selection rows, std::uint32_t row) {
  for (std::size_t i = 0; i < table_columns_; ++i) {
    types::Vector& column = own_column(i, rows);
    if (values[i].is_null) {
      column.set_null(row);
    } else {
      column.set_not_null(row);
      column.set_datum(row, values[i]);
    }
  }
}

std::span<const std::uint16_t> ModifyTable::run(types::Batch& input) {
  if (!modify_.relation->triggers.empty())
    throw types::SqlError::not_supported("triggers in MERGE, inheritance trees and partitioned tables");
  batch_arena().reset();
  changed_.clear();
  is_owned_.assign(table_columns_, false);
  apply(input);
  return changed_;
}

std::span<const types::Datum> ModifyTable::row_of(std::span<const types::Vector> columns,
                                                  std::uint32_t row) {
  for (std::size_t i = 0; i < table_columns_; ++i) row_[i] = columns[i].datum(row);
  return row_;
}

types::Vector& ModifyTable::own_column(std::size_t i, types::Selection rows) {
  if (is_owned_[i]) return columns_[i];
  if (!has_owned_[i]) {
    owned_[i] = types::Vector::allocate(arena_, modify_.rules.columns[i], node_.batch_rows);
    has_owned_[i] = true;
  }
  owned_[i].clear();
  eval::copy_rows(columns_[i], rows, owned_[i]);
  columns_[i] = owned_[i];
  is_owned_[i] = true;
  return columns_[i];
}

bool ModifyTable::produce(types::Batch& raw) {
  types::Batch input;
  driven_ = true;
  for (;;) {
    if (!child().next(input)) {
      input_ended();
      run_after_triggers();
      return false;
    }
    changed_.clear();
    is_owned_.assign(table_columns_, false);
    apply(input);
    if (modify_.set_tag) state().rows_affected += changed_.size();
    if (!modify_.returning) {
      state().check();
      batch_arena().reset();
      continue;
    }
    if (changed_.empty()) continue;
    for (std::size_t i = 0; i < input.columns.size(); ++i)
      columns_[table_columns_ + i] = input.columns[i];
    raw = {columns_, {changed_.data(), static_cast<std::uint32_t>(changed_.size())}};
    return true;
  }
}

OperatorPtr make_modify(const planner::ModifyNode& node, ExecutionState& state) {
  if (const auto* family = dynamic_cast<const planner::FamilyModifyNode*>(&node))
    return make_family_modify(*family, state);
  switch (node.command) {
    case query::CommandKind::insert: return make_insert(node, state);
    case query::CommandKind::merge: return make_merge(node, state);
    default: return make_update(node, state);
  }
}

}  // namespace operators
