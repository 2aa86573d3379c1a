// Who changed a row that the statement finds changed by its own transaction.
#pragma once

#include <string_view>

#include "table/table.h"

namespace table {

// Whether the row's newest version was made by a command of the view's transaction that began after the
// view's own: by a function or trigger that the statement itself has called.
bool changed_by_later_command(const Table& table, const View& view, std::string_view row_key);

}  // namespace table
