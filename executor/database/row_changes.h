// Changes of single rows of the system volume, as commands make them: what is there now counts, and whoever is
// changing the row is waited for.
#pragma once

#include <span>
#include <string_view>

#include "table/table.h"
#include "transaction/transaction.h"

namespace database {

// False when a row with such a key is there.
[[nodiscard]] bool insert_row(const table::Table& table, transaction::Transaction& transaction,
                              std::span<const types::Datum> row);
// XX000 when the row is gone.
void remove_row(const table::Table& table, transaction::Transaction& transaction, std::string_view key);
// False when another row has such a key; XX000 when the row is gone.
[[nodiscard]] bool update_row(const table::Table& table, transaction::Transaction& transaction, std::string_view key,
                              std::span<const table::ColumnValue> changes);

}  // namespace database
