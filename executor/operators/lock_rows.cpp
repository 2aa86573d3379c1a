#include "lock_rows.h"

#include <algorithm>

#include "execution_state.h"
#include "transaction/transaction.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

using table::LockStatus;

LockRows::LockRows(const planner::LockRowsNode& node, ExecutionState& state)
    : Operator(node, state),
      lock_(node),
      targets_(node.targets.size()),
      recheck_(node.recheck, node.batch_rows),
      arena_(node.batch_rows > 1 ? 65536 : 1024),
      columns_(node.raw_columns.size()),
      owned_(make_vectors(arena_, node.raw_columns, node.batch_rows)),
      is_owned_(node.raw_columns.size()),
      selected_(node.batch_rows) {
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    const planner::LockTarget& target = node.targets[t];
    for (const int column : target.child_columns)
      targets_[t].newest.push_back(
          types::Vector::allocate(arena_, node.raw_columns[static_cast<std::size_t>(column)], 1));
    auto add = [&](const planner::RelationPtr& relation, const std::vector<int>& columns) {
      targets_[t].tables.push_back({relation, {}, {columns.begin(), columns.end()}});
    };
    if (target.table_column < 0) add(target.relation, target.table_columns);
    for (const planner::LockTarget::Member& member : target.members) add(member.relation, member.table_columns);
  }
}

void LockRows::do_open() {
  bind(recheck_);
  for (Target& target : targets_)
    for (Table& table : target.tables) table.access = state().open_table(*table.relation);
  input_ = {};
  at_ = 0;
  left_ = bound_;
  child().open();
}

types::Vector& LockRows::own_column(const types::Batch& input, std::size_t c) {
  if (!is_owned_[c]) {
    owned_[c].clear();
    eval::copy_rows(columns_[c], input.rows, owned_[c]);
    columns_[c] = owned_[c];
    is_owned_[c] = true;
  }
  return columns_[c];
}

LockRows::Table& LockRows::table_of(std::size_t t, const types::Batch& input, std::uint32_t row) {
  std::vector<Table>& tables = targets_[t].tables;
  const int column = lock_.targets[t].table_column;
  if (column < 0) return tables.front();
  const auto oid = static_cast<types::Oid>(
      input.columns[static_cast<std::size_t>(column)].get<std::uint32_t>(row));
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [oid](const Table& table) { return table.relation->oid == oid; });
  CHECK(found != tables.end());
  return *found;
}

bool LockRows::lock(std::size_t t, const types::Batch& input, std::uint32_t row, bool* changed) {
  const planner::LockTarget& plan = lock_.targets[t];
  Target& target = targets_[t];
  const types::Vector& keys = input.columns[static_cast<std::size_t>(plan.row_key_column)];
  if (keys.is_null(row)) return true;  // the null side of an outer join
  for (types::Vector& v : target.newest) v.clear();
  const auto mode = static_cast<table::RowLockMode>(plan.strength);
  const auto wait = static_cast<table::LockWait>(plan.wait);
  Table& table = table_of(t, input, row);
  const transaction::View& view = *table.access.view;
  const bool repeatable =
      view.transaction().isolation() != transaction::Isolation::read_committed;
  switch (table.access.table->lock_row(view, keys.get<std::string_view>(row), mode, wait,
                                       target.scratch, table.columns, target.newest,
                                       &batch_arena(), nullptr)) {
    case LockStatus::locked_same: return true;
    case LockStatus::skipped: return false;
    case LockStatus::not_available:
      throw types::SqlError("55P03", "could not obtain lock on row in relation \"" +
                                         table.relation->name + "\"");
    case LockStatus::self_modified: return false;
    case LockStatus::deleted:
      if (repeatable) throw types::SqlError("40001", "could not serialize access due to concurrent update");
      return false;
    case LockStatus::locked_newer:
      if (repeatable) throw types::SqlError("40001", "could not serialize access due to concurrent update");
      break;
  }
  *changed = true;
  for (std::size_t i = 0; i < target.newest.size(); ++i) {
    types::Vector& column = own_column(input, static_cast<std::size_t>(plan.child_columns[i]));
    const types::Datum value = target.newest[i].datum(0);
    if (value.is_null) {
      column.set_null(row);
    } else {
      column.set_not_null(row);
      column.set_datum(row, value);
    }
  }
  return true;
}

bool LockRows::produce(types::Batch& raw) {
  if (left_ == 0) return false;
  if (at_ >= input_.rows.count) {
    if (!child().next(input_)) return false;
    at_ = 0;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      columns_[c] = input_.columns[c];
      is_owned_[c] = false;
    }
  }
  std::uint32_t count = 0;
  while (at_ < input_.rows.count && count < left_) {
    const std::uint32_t row = input_.rows[at_++];
    bool keep = true, changed = false;
    for (std::size_t t = 0; keep && t < targets_.size(); ++t) keep = lock(t, input_, row, &changed);
    if (keep && changed) {
      const auto one = static_cast<std::uint16_t>(row);
      keep = recheck_.filter({columns_, {&one, 1}}).count == 1;
    }
    if (keep) selected_[count++] = static_cast<std::uint16_t>(row);
  }
  left_ -= count;
  raw = {columns_, {selected_.data(), count}};
  return true;
}

}  // namespace operators
