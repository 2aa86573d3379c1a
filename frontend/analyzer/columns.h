// Names that do not exist, for clauses that look for columns on their own.
#pragma once

#include "analysis.h"

namespace analyzer {

// 42703, with the names that may have been meant. `table` is empty where none was written.
[[noreturn]] void missing_column(Scope& scope, std::string_view table, std::string_view name, int location);

}  // namespace analyzer
