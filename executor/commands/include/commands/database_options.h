// Values of options that CREATE and ALTER DATABASE share.
#pragma once

#include <cstdint>

#include "query/ddl.h"

namespace commands {

// 42601 when it is neither true nor false; without a value it is true.
bool boolean_option(const query::Option& option);
// -1: no limit; 22023 when it is no such number.
std::int32_t connection_limit(const query::Option& option);

}  // namespace commands
