// pg_ndistinct, pg_dependencies and pg_mcv_list, as type_table.h has the other tables.
#pragma once

#include <span>

#include "types/type_io.h"

namespace types {

std::span<const TypeSupport> statistics_types();

}  // namespace types
