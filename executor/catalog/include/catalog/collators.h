// How a collation of the catalogue orders strings.
#pragma once

#include <string_view>

#include "catalog/catalog_view.h"

namespace types {
class Collator;
}

namespace catalog {

// Null: as memcmp does, with ASCII's letters ("C", POSIX, the database's own; 0).
const types::Collator* collator(CatalogView& catalog, Oid collation);

// A locale of libc that orders bytes and knows Unicode's letters.
inline bool is_c_utf8(std::string_view locale) { return locale == "C.utf8" || locale == "C.UTF-8"; }

}  // namespace catalog
