// Hashing and comparing key columns of batches and kept rows.
#pragma once

#include <cstdint>
#include <span>

#include "planner/plan_node.h"
#include "row_layout.h"
#include "types/vector.h"

namespace operators {

// hashes[i] combines in the hash of values[selection[i]]; nulls hash alike.
void hash_key(const planner::KeyColumn& key, const types::Vector& values,
              types::Selection selection, std::uint64_t* hashes);

inline constexpr std::uint64_t kHashSeed = 0x9E3779B97F4A7C15ull;

// Whether the two values are equal, nulls being equal to each other.
bool key_equals(const planner::KeyColumn& key, const types::Vector& values, std::uint32_t row,
                const RowLayout& layout, const std::byte* record, std::size_t column);
bool datum_equals(const planner::KeyColumn& key, const types::Datum& a, const types::Datum& b);

}  // namespace operators
