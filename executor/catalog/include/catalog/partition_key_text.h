// A partitioned table's key as messages have it.
#pragma once

#include <string>

#include "catalog/session_catalog.h"

namespace catalog {

// Its columns and expressions, without collations and operator classes: "a, lower(b)". The table is partitioned.
std::string partition_key_columns(SessionCatalog& catalog, const RelationDescriptor& table);

}  // namespace catalog
