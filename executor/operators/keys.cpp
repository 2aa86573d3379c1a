#include "keys.h"

namespace operators {

using types::PhysicalType;

namespace {

std::uint64_t mix(std::uint64_t h) {
  h ^= h >> 32;
  h *= 0xD6E8FEB86659FD93ull;
  h ^= h >> 32;
  h *= 0xD6E8FEB86659FD93ull;
  h ^= h >> 32;
  return h;
}

std::uint64_t combine(std::uint64_t seed, std::uint64_t h) {
  return mix(seed * 0x9FB21C651E98DF25ull ^ h);
}

constexpr std::uint64_t kNullHash = 0x5bd1e9955bd1e995ull;

template <typename T>
void hash_integers(const types::Vector& values, types::Selection selection, std::uint64_t* hashes) {
  for (std::uint32_t i = 0; i < selection.count; ++i) {
    const std::uint32_t row = selection[i];
    const std::uint64_t h =
        values.is_null(row) ? kNullHash
                            : static_cast<std::uint64_t>(static_cast<std::int64_t>(values.get<T>(row)));
    hashes[i] = combine(hashes[i], h);
  }
}

}  // namespace

void hash_key(const planner::KeyColumn& key, const types::Vector& values,
              types::Selection selection, std::uint64_t* hashes) {
  switch (key.physical) {
    case PhysicalType::boolean: return hash_integers<std::uint8_t>(values, selection, hashes);
    case PhysicalType::int8: return hash_integers<std::int8_t>(values, selection, hashes);
    case PhysicalType::int16: return hash_integers<std::int16_t>(values, selection, hashes);
    case PhysicalType::int32: return hash_integers<std::int32_t>(values, selection, hashes);
    case PhysicalType::int64: return hash_integers<std::int64_t>(values, selection, hashes);
    default: break;
  }
  // A type that can only be compared: every row in one chain, slow but right.
  if (key.hash == nullptr) return;
  for (std::uint32_t i = 0; i < selection.count; ++i) {
    const std::uint32_t row = selection[i];
    hashes[i] = combine(hashes[i], values.is_null(row) ? kNullHash : key.hash(values.datum(row)));
  }
}

bool key_equals(const planner::KeyColumn& key, const types::Vector& values, std::uint32_t row,
                const RowLayout& layout, const std::byte* record, std::size_t column) {
  const bool null = values.is_null(row);
  if (null != layout.is_null(record, column)) return false;
  if (null) return true;
  switch (key.physical) {
    case PhysicalType::int32:
      return values.get<std::int32_t>(row) == layout.get<std::int32_t>(record, column);
    case PhysicalType::int64:
      return values.get<std::int64_t>(row) == layout.get<std::int64_t>(record, column);
    default:
      return key.compare(values.datum(row), layout.datum(record, column)) == 0;
  }
}

bool datum_equals(const planner::KeyColumn& key, const types::Datum& a, const types::Datum& b) {
  if (a.is_null || b.is_null) return a.is_null == b.is_null;
  return key.compare(a, b) == 0;
}

}  // namespace operators
