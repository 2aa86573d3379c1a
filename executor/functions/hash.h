// PostgreSQL's hash functions: Bob Jenkins' lookup3 with PostgreSQL's seed. The plain functions have
// seed 0 and give the low 32 bits.
#pragma once

#include <cstdint>
#include <string_view>

#include "types/datum.h"
#include "types/oid.h"

namespace types {
struct EvalContext;
}

namespace functions {

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed);
std::uint64_t hash_word(std::uint32_t word, std::uint64_t seed);
// Values that fit in 32 bits hash as they do there.
std::uint64_t hash_int64(std::int64_t value, std::uint64_t seed);
// Both zeros alike, and all NaN.
std::uint64_t hash_double(double value, std::uint64_t seed);

// By the hash class of the value's type. 42883 when it has none.
std::uint64_t hash_value(types::EvalContext& ctx, types::Oid type, const types::Datum& value,
                         std::uint64_t seed);

}  // namespace functions
