#include "row_changes.h"

#include <string>

#include "types/sql_error.h"

namespace database {
namespace {

using types::SqlError;

// `change(view, after_lock)`: once more when the row was locked, for its newest version.
template <typename Change>
table::Outcome change_newest(const table::Table& table, transaction::Transaction& transaction,
                             std::string_view key, table::Scratch& scratch, Change change) {
  const auto view = transaction.take_view();
  auto outcome = change(view, false);
  if (outcome.status != table::DmlStatus::version_conflict) return outcome;
  const auto locked = table.lock_row(view, key, table::RowLockMode::update, table::LockWait::block, scratch);
  if (locked != table::LockStatus::locked_same && locked != table::LockStatus::locked_newer)
    throw SqlError("XX000", "tuple concurrently deleted");
  return change(view, true);
}

}  // namespace

bool insert_row(const table::Table& table, transaction::Transaction& transaction,
                std::span<const types::Datum> row) {
  table::Scratch scratch;
  const auto outcome = table.insert(transaction.take_view(), row, scratch);
  if (outcome.status == table::DmlStatus::unique_violation) return false;
  if (!outcome.ok()) throw SqlError("XX000", "tuple concurrently updated");
  return true;
}

void remove_row(const table::Table& table, transaction::Transaction& transaction, std::string_view key) {
  table::Scratch scratch;
  const auto outcome = change_newest(table, transaction, key, scratch, [&](const auto& view, bool after_lock) {
    return table.remove(view, key, scratch, after_lock);
  });
  if (!outcome.ok()) throw SqlError("XX000", "tuple concurrently deleted");
}

bool update_row(const table::Table& table, transaction::Transaction& transaction, std::string_view key,
                std::span<const table::ColumnValue> changes) {
  table::Scratch scratch;
  const auto outcome = change_newest(table, transaction, key, scratch, [&](const auto& view, bool after_lock) {
    return table.update(view, key, changes, scratch, after_lock);
  });
  if (outcome.status == table::DmlStatus::unique_violation) return false;
  if (!outcome.ok()) throw SqlError("XX000", "tuple concurrently updated");
  return true;
}

}  // namespace database
