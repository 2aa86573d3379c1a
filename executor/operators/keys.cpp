#include "keys.h"

#include <cstring>
#include <type_traits>

#include "types/hash.h"
#include "types/oid.h"
#include "types/type_io.h"

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

// hashes[i] combines in hash(the value of row selection[i]).
template <typename T, typename Hash>
void hash_values(const types::Vector& values, types::Selection selection, std::uint64_t* hashes, Hash&& hash) {
  if (values.may_have_nulls() || values.is_constant() || !selection.dense()) {
    for (std::uint32_t i = 0; i < selection.count; ++i) {
      const std::uint32_t row = selection[i];
      hashes[i] = combine(hashes[i], values.is_null(row) ? kNullHash : hash(values.get<T>(row)));
    }
    return;
  }
  const T* value = values.data<T>();
  for (std::uint32_t i = 0; i < selection.count; ++i) hashes[i] = combine(hashes[i], hash(value[i]));
}

template <typename T>
void hash_integers(const types::Vector& values, types::Selection selection, std::uint64_t* hashes) {
  hash_values<T>(values, selection, hashes, [](T value) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  });
}

// Whether two functions of types are the same plain one.
template <typename Function>
bool is_same(const Function& a, const Function& b) {
  static_assert(std::is_trivially_copyable_v<Function> && sizeof(Function) == 2 * sizeof(void*));
  return std::memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace

Key::How Key::how(const planner::KeyColumn& column) {
  switch (column.physical) {
    case PhysicalType::boolean:
    case PhysicalType::int8: return How::int8;
    case PhysicalType::int16: return How::int16;
    case PhysicalType::int32: return How::int32;
    case PhysicalType::int64: return How::int64;
    case PhysicalType::varlen: break;
    default: return How::by_type;
  }
  // Under a collation that does not go by bytes the functions are others.
  for (const types::Oid type : {types::oid::text, types::oid::bpchar}) {
    const types::TypeSupport& support = types::type_support(type);
    if (is_same(column.hash, support.hash) && is_same(column.compare, support.compare))
      return type == types::oid::text ? How::bytes : How::padded_bytes;
  }
  return How::by_type;
}

Key::Key(const planner::KeyColumn& column) : column_(column), how_(how(column)) {}

void Key::hash(const types::Vector& values, types::Selection selection, std::uint64_t* hashes) const {
  switch (how_) {
    case How::int8:
      return column_.physical == PhysicalType::boolean ? hash_integers<std::uint8_t>(values, selection, hashes)
                                                       : hash_integers<std::int8_t>(values, selection, hashes);
    case How::int16: return hash_integers<std::int16_t>(values, selection, hashes);
    case How::int32: return hash_integers<std::int32_t>(values, selection, hashes);
    case How::int64: return hash_integers<std::int64_t>(values, selection, hashes);
    case How::bytes:
      return hash_values<std::string_view>(values, selection, hashes, [](std::string_view text) {
        return types::hash_bytes(text);
      });
    case How::padded_bytes:
      return hash_values<std::string_view>(values, selection, hashes, [](std::string_view text) {
        return types::hash_bytes(types::trim_padding(text));
      });
    case How::by_type: break;
  }
  // A type that can only be compared: every row in one chain, slow but right.
  if (column_.hash == nullptr) return;
  for (std::uint32_t i = 0; i < selection.count; ++i) {
    const std::uint32_t row = selection[i];
    hashes[i] = combine(hashes[i], values.is_null(row) ? kNullHash : column_.hash(values.datum(row)));
  }
}

namespace {

template <typename T, typename Same>
void mark_changed_values(const types::Vector& values, types::Selection rows, std::uint8_t* changes, Same&& same) {
  if (values.is_constant() || rows.count == 0) return;
  if (!values.may_have_nulls() && rows.dense()) {
    const T* value = values.data<T>();
    for (std::uint32_t i = 1; i < rows.count; ++i) changes[i] |= static_cast<std::uint8_t>(!same(value[i], value[i - 1]));
    return;
  }
  for (std::uint32_t i = 1; i < rows.count; ++i) {
    const std::uint32_t row = rows[i], before = rows[i - 1];
    const bool null = values.is_null(row);
    if (null != values.is_null(before) || (!null && !same(values.get<T>(row), values.get<T>(before)))) changes[row] = 1;
  }
}

}  // namespace

void Key::mark_changes(const types::Vector& values, types::Selection rows, std::uint8_t* changes) const {
  const auto same = [](auto a, auto b) { return a == b; };
  switch (how_) {
    case How::int8: return mark_changed_values<std::int8_t>(values, rows, changes, same);
    case How::int16: return mark_changed_values<std::int16_t>(values, rows, changes, same);
    case How::int32: return mark_changed_values<std::int32_t>(values, rows, changes, same);
    case How::int64: return mark_changed_values<std::int64_t>(values, rows, changes, same);
    case How::bytes: return mark_changed_values<std::string_view>(values, rows, changes, same);
    case How::padded_bytes:
      return mark_changed_values<std::string_view>(values, rows, changes, [](std::string_view a, std::string_view b) {
        return types::trim_padding(a) == types::trim_padding(b);
      });
    case How::by_type: break;
  }
  if (values.is_constant()) return;
  for (std::uint32_t i = 1; i < rows.count; ++i)
    if (!datum_equals(column_, values.datum(rows[i]), values.datum(rows[i - 1]))) changes[rows[i]] = 1;
}

std::vector<Key> make_keys(std::span<const planner::KeyColumn> columns) {
  return {columns.begin(), columns.end()};
}

bool datum_equals(const planner::KeyColumn& key, const types::Datum& a, const types::Datum& b) {
  if (a.is_null || b.is_null) return a.is_null == b.is_null;
  return key.compare(a, b) == 0;
}

}  // namespace operators
