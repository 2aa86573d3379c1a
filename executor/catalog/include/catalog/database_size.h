// How large a database is.
#pragma once

#include <cstdint>

#include "catalog/session_catalog.h"

namespace catalog {

// Of all trees of the session's database, in bytes; its own tables are among them. An estimate, as those of relations.
std::uint64_t database_bytes(SessionCatalog& catalog);

}  // namespace catalog
