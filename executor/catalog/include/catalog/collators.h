// How a collation of the catalogue orders strings.
#pragma once

#include <string_view>

#include "catalog/catalog_view.h"

namespace types {
class Collator;
struct TypeSupport;
}

namespace catalog {

// Null: as memcmp does, with ASCII's letters ("C", POSIX, the database's own; 0).
const types::Collator* collator(CatalogView& catalog, Oid collation);

// Whether both collations order strings alike.
bool same_order(CatalogView& catalog, Oid a, Oid b);

// What keys of an operator class are ordered by: the collation, but for text_pattern_ops and its like,
// which order bytes under any (0).
Oid order_collation(Oid operator_class, Oid collation);
// How keys of a type are encoded in the order of a collation; null: as the type's own. SqlError 0A000
// "`what` under collation" where that is not there.
const types::TypeSupport* collated_key(CatalogView& catalog, Oid type, Oid collation, const char* what);

// A locale of libc that orders bytes and knows Unicode's letters.
inline bool is_c_utf8(std::string_view locale) { return locale == "C.utf8" || locale == "C.UTF-8"; }

}  // namespace catalog
