// What orders the lexemes of queries. Private to the unit.
#pragma once

#include <cstdint>
#include <string_view>

#include "types/text_search.h"

namespace types {

// PostgreSQL's "legacy" CRC-32: the reflected polynomial's table, shifted the other way.
std::int32_t lexeme_checksum(std::string_view text);
// Operators by PostgreSQL's numbers; a lexeme is none of them.
int operator_rank(TsOperation operation);

}  // namespace types
