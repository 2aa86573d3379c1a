// ctid: the place of a row in the order of its table, as a tid. Rows lie in trees, not in blocks: the place is the
// hidden row id, or the table's primary key where that is one integer. So a row keeps its ctid when it is updated.
#include "row_place.h"

#include "kernel.h"
#include "types/array.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

constexpr std::uint64_t kOffsets = 65535;  // of a block, from 1
constexpr std::uint64_t kPlaces = (std::uint64_t{1} << 32) * kOffsets;
constexpr std::size_t kRowIdBytes = 8;

std::uint64_t big_endian(string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// Integers have both signs, and eight bytes have more values than there are places.
std::uint64_t zero_of(std::size_t bytes) {
  return bytes == sizeof(std::int64_t) ? kPlaces / 2 : std::uint64_t{1} << (8 * bytes - 1);
}

std::int64_t place(string_view key) {
  std::uint64_t number = 0;
  if (key.size() == kRowIdBytes && key.front() == 0) {
    number = big_endian(key) - 1;  // ids begin at 1
  } else if (key.size() == 3 || key.size() == 5 || key.size() == 9) {
    key.remove_prefix(1);  // says that it is not null
    // In keys the sign is flipped, so that bytes order as numbers.
    number = big_endian(key) - (std::uint64_t{1} << (8 * key.size() - 1)) + zero_of(key.size());
  } else {
    throw SqlError::not_supported("ctid of a row whose primary key is not one integer");
  }
  if (number >= kPlaces) throw SqlError::not_supported("ctid of a row with a primary key as large as this");
  return static_cast<std::int64_t>(number / kOffsets << 16 | (number % kOffsets + 1));
}

std::optional<std::uint64_t> number_of(std::int64_t tid) {
  const auto bits = static_cast<std::uint64_t>(tid);
  const std::uint64_t offset = bits & 0xffff;
  if (offset == 0) return std::nullopt;
  return (bits >> 16) * kOffsets + offset - 1;
}

// The row id at a place, as a key; null: none lies there.
std::optional<std::string> row_id_at(std::int64_t tid) {
  const auto number = number_of(tid);
  if (!number) return std::nullopt;
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>((*number + 1) >> shift));
  return key;
}

// The primary key at a place, an integer of so many bytes.
std::optional<std::int64_t> integer_at(std::int64_t tid, std::int32_t bytes) {
  const auto number = number_of(tid);
  if (!number) return std::nullopt;
  return static_cast<std::int64_t>(*number - zero_of(static_cast<std::size_t>(bytes)));
}

template <typename At>
Datum each_at(EvalContext& ctx, const Datum& places, types::Oid element, types::PhysicalType physical, At at) {
  types::ArrayBuilder result(element, physical);
  const types::ArrayView view(places);
  for (types::ArrayView::Cursor place(view); place.next();)
    if (!place.value().is_null)
      if (const std::optional<Datum> key = at(place.value().int64)) result.add(*key);
  return result.finish(*ctx.arena);
}

// The same of many, those left out where none lies.
Datum row_ids_at(EvalContext& ctx, const Datum& places) {
  return each_at(ctx, places, types::oid::bytea, types::PhysicalType::varlen, [&](std::int64_t tid) -> std::optional<Datum> {
    const auto key = row_id_at(tid);
    return key ? std::optional(Datum::of(ctx.arena->copy(*key))) : std::nullopt;
  });
}

Datum integers_at(EvalContext& ctx, const Datum& places, std::int32_t bytes) {
  return each_at(ctx, places, types::oid::int8, types::PhysicalType::int64, [&](std::int64_t tid) -> std::optional<Datum> {
    const auto key = integer_at(tid, bytes);
    return key ? std::optional(Datum::of(*key)) : std::nullopt;
  });
}

constexpr ScalarFunction kRowPlaceFunctions[] = {
    {"sextant_row_place", strict<&place>},
    {"sextant_row_id_at", strict<&row_id_at>},
    {"sextant_integer_at", strict<&integer_at>},
    {"sextant_row_ids_at", strict<&row_ids_at>},
    {"sextant_integers_at", strict<&integers_at>},
};

}  // namespace

std::span<const ScalarFunction> row_place_functions() { return kRowPlaceFunctions; }

}  // namespace functions
