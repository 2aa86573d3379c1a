#include "modify_table.h"

#include "execution_state.h"
#include "family_modify.h"
#include "planner/family_modify.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/check.h"

namespace operators {

NewestRow::NewestRow(const planner::ModifyNode& node, std::span<const types::PhysicalType> types, types::Arena& arena) {
  const auto add = [&](std::int32_t column, int place, types::PhysicalType type) {
    columns.push_back(column);
    places_.push_back(place);
    values.push_back(types::Vector::allocate(arena, type, 1));
  };
  for (std::size_t i = 0; i < node.old_columns.size(); ++i)
    if (node.old_columns[i] >= 0) add(static_cast<std::int32_t>(i), node.old_columns[i], types[i]);
  for (const auto& [place, column] : node.old_versions) add(column, place, types::PhysicalType::int32);
}

void NewestRow::clear() {
  for (types::Vector& v : values) v.clear();
}

void NewestRow::put_into(std::span<types::Vector> child_row) const {
  for (std::size_t i = 0; i < values.size(); ++i) child_row[static_cast<std::size_t>(places_[i])] = values[i];
}

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
  if (!is_member_) writer_.report_written(modify_.set_columns);
  // So that what its functions change, before it has changed anything itself, is told from its own.
  writer_.view().transaction().note_loaded();
  open_triggers();
  bind(values_);
  if (!children_.empty()) child().open();
}

void ModifyTable::close() {
  Operator::close();
  capture({}, {});
  event_.transition.reset();
  update_event_.transition.reset();
  statement_ = {};
}

void ModifyTable::open_triggers() {
  using catalog::TriggerInfo;
  before_row_ = after_row_ = update_before_row_ = update_after_row_ = false;
  const catalog::RelationDescriptor& relation = *modify_.relation;
  if (relation.triggers.empty()) {
    if (!is_member_) statement_.open(state(), {}, {});
    return;
  }
  event_ = {.relation = &relation,
            .event = modify_.command == query::CommandKind::insert   ? TriggerInfo::kInsert
                     : modify_.command == query::CommandKind::update ? TriggerInfo::kUpdate
                                                                     : TriggerInfo::kDelete,
            .updated = modify_.set_columns,
            .placement = placement_};
  before_row_ = has_triggers(relation, event_.event, TriggerInfo::kRow | TriggerInfo::kBefore);
  after_row_ = has_triggers(relation, event_.event, TriggerInfo::kRow);
  std::vector<TriggerEvent> events{event_};
  if (modify_.on_conflict && modify_.on_conflict->do_update) {
    update_event_ = {.relation = &relation, .event = TriggerInfo::kUpdate,
                     .updated = modify_.on_conflict->set_columns, .placement = placement_};
    update_before_row_ =
        has_triggers(relation, TriggerInfo::kUpdate, TriggerInfo::kRow | TriggerInfo::kBefore);
    update_after_row_ = has_triggers(relation, TriggerInfo::kUpdate, TriggerInfo::kRow);
    events.push_back(update_event_);
  }
  if (before_row_ || after_row_ || update_before_row_ || update_after_row_) require_triggers(state());
  if (!is_member_) {
    const bool updates = events.size() > 1;
    statement_.open(state(), std::move(events), modify_.rules.columns);
    capture({statement_.transition(0)}, {updates ? statement_.transition(1) : nullptr});
  }
  event_.transition = capture_.tables;
  update_event_.transition = update_capture_.tables;
}

void ModifyTable::queue_after(std::span<const types::Datum> old_row, std::span<const types::Datum> new_row) {
  if (capture_.tables) capture_.tables->add(old_row, new_row, capture_.columns);
  if (after_row_) state().after_triggers().row(event_, modify_.rules.columns, old_row, new_row);
}

void ModifyTable::queue_after_update(std::span<const types::Datum> old_row,
                                     std::span<const types::Datum> new_row) {
  if (update_capture_.tables) update_capture_.tables->add(old_row, new_row, update_capture_.columns);
  if (update_after_row_)
    state().after_triggers().row(update_event_, modify_.rules.columns, old_row, new_row);
}

void raise_meddled(const char* what) {
  throw types::SqlError("27000", std::string("tuple to be ") + what +
                                     " was already modified by an operation triggered by the current command")
      .with_hint("Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.");
}

bool ModifyTable::remove_locked(const std::string&, std::span<const types::Datum>) { CHECK(false); }

void ModifyTable::raise_misplaced(std::span<const types::Datum> row) {
  const catalog::RelationDescriptor& relation = *modify_.relation;
  throw types::SqlError("23514", "new row for relation \"" + relation.name + "\" violates partition constraint")
      .with_detail(writer_.describe_row([&](std::size_t i) { return row[i]; }))
      .on_table(relation.schema_name, relation.name);
}

namespace {

void set_value(types::Vector& column, std::uint32_t row, const types::Datum& value) {
  if (value.is_null) {
    column.set_null(row);
  } else {
    column.set_not_null(row);
    column.set_datum(row, value);
  }
}

}  // namespace

void ModifyTable::write_row(std::span<const types::Datum> values, types::Selection rows, std::uint32_t row) {
  for (std::size_t i = 0; i < table_columns_; ++i) set_value(own_column(i, rows), row, values[i]);
}

void ModifyTable::complete_row(types::Selection rows, std::uint32_t row, TableWriter::Fate fate) {
  const auto index = static_cast<std::uint16_t>(row);
  for (const int c : modify_.rules.generated) own_column(static_cast<std::size_t>(c), rows);
  writer_.complete(std::span(columns_).first(table_columns_), {&index, 1}, fate);
  for (const int c : modify_.rules.generated) {
    const auto i = static_cast<std::size_t>(c);
    const types::Datum computed = columns_[i].datum(row);
    columns_[i] = owned_[i];
    set_value(columns_[i], row, computed);
  }
}

std::span<const std::uint16_t> ModifyTable::run(types::Batch& input) {
  batch_arena().reset();
  changed_.clear();
  existing_rows_.clear();
  moved_.clear();
  status_ = table::DmlStatus::ok;
  is_owned_.assign(table_columns_, false);
  apply(input);
  check_views();
  return changed_;
}

void ModifyTable::check_views() {
  if (modify_.rules.checking_views.empty() || changed_.empty()) return;
  writer_.check_views(std::span(columns_).first(table_columns_),
                      {changed_.data(), static_cast<std::uint32_t>(changed_.size())});
}

// An updated row's new version is nobody's to change yet: 0. The version that was deleted, and one that ON CONFLICT DO
// UPDATE made under its own lock, have the transaction's number, which tells an insert from an update.
void ModifyTable::fill_versions(types::Vector& xmin, types::Vector& xmax) {
  const auto own = static_cast<std::uint32_t>(wal::raw(writer_.view().transaction().assign_xid()));
  const auto constant = [&](std::uint32_t value) {
    return types::Vector::constant(batch_arena(), types::PhysicalType::int32, types::Datum::of(value));
  };
  xmin = constant(own);
  if (existing_rows_.empty()) {
    xmax = constant(modify_.command == query::CommandKind::delete_ ? own : 0);
    return;
  }
  xmax = types::Vector::allocate(batch_arena(), types::PhysicalType::int32, node_.batch_rows);
  for (const std::uint16_t row : changed_) xmax.set(row, std::uint32_t{0});
  for (const std::uint16_t row : existing_rows_) xmax.set(row, own);
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
      statement_.finish(state());
      return false;
    }
    changed_.clear();
    existing_rows_.clear();
    is_owned_.assign(table_columns_, false);
    apply(input);
    check_views();
    if (modify_.set_tag) state().rows_affected += changed_.size();
    if (!modify_.returning) {
      state().check();
      batch_arena().reset();
      continue;
    }
    if (changed_.empty()) continue;
    for (std::size_t i = 0; i < input.columns.size(); ++i)
      columns_[table_columns_ + i] = input.columns[i];
    if (modify_.returns_versions) fill_versions(columns_[columns_.size() - 2], columns_.back());
    raw = {columns_, {changed_.data(), static_cast<std::uint32_t>(changed_.size())}};
    return true;
  }
}

OperatorPtr make_modify(const planner::ModifyNode& node, ExecutionState& state) {
  if (const auto* family = dynamic_cast<const planner::FamilyModifyNode*>(&node))
    return make_family_modify(*family, state);
  if (const auto* merge = dynamic_cast<const planner::FamilyMergeNode*>(&node))
    return make_family_merge(*merge, state);
  if (node.instead_of_triggers) return make_instead_of(node, state);
  switch (node.command) {
    case query::CommandKind::insert: return make_insert(node, state);
    case query::CommandKind::merge: return make_merge(node, state);
    default: return make_update(node, state);
  }
}

}  // namespace operators
