// Ranges as values: layout, canonical form, order of bounds.
#include "types/range.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "types/datetime.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace types {
namespace {

constexpr std::uint8_t kEmpty = 1, kLowerInclusive = 2, kUpperInclusive = 4, kLowerInfinite = 8,
                       kUpperInfinite = 16;

void append_bound(std::string& out, PhysicalType physical, const Datum& value) {
  if (physical == PhysicalType::varlen) {
    const auto size = static_cast<std::uint32_t>(value.varlen.size);
    out.append(reinterpret_cast<const char*>(&size), 4);
    out.append(value.varlen.data, size);
  } else {
    out.append(reinterpret_cast<const char*>(&value.fixed16), width_of(physical));
  }
}

Datum read_bound(PhysicalType physical, const char*& p) {
  Datum d;
  d.is_null = false;
  if (physical == PhysicalType::varlen) {
    std::uint32_t size;
    std::memcpy(&size, p, 4);
    d.varlen = {p + 4, size};
    p += 4 + size;
  } else {
    std::memcpy(&d.fixed16, p, width_of(physical));
    p += width_of(physical);
  }
  return d;
}

std::uint32_t read_u32(const char* p) {
  std::uint32_t value;
  std::memcpy(&value, p, 4);
  return value;
}

void append_range_bytes(std::string& out, const UserType& range, const Range& r) {
  const Oid oid = range.oid();
  out.append(reinterpret_cast<const char*>(&oid), 4);
  std::uint8_t flags = 0;
  if (r.empty) {
    flags = kEmpty;
  } else {
    if (r.lower_inclusive) flags |= kLowerInclusive;
    if (r.upper_inclusive) flags |= kUpperInclusive;
    if (r.lower_infinite) flags |= kLowerInfinite;
    if (r.upper_infinite) flags |= kUpperInfinite;
  }
  out += static_cast<char>(flags);
  const PhysicalType physical = range.element().physical;
  out += static_cast<char>(physical);
  if (r.empty) return;
  if (!r.lower_infinite) append_bound(out, physical, r.lower);
  if (!r.upper_infinite) append_bound(out, physical, r.upper);
}

// The next value of a discrete subtype.
Datum successor(const UserType& range, const Datum& value) {
  switch (range.element().oid) {
    case oid::int4:
      if (value.int32 == std::numeric_limits<std::int32_t>::max()) throw SqlError("22003", "integer out of range");
      return Datum::of(value.int32 + 1);
    case oid::int8:
      if (value.int64 == std::numeric_limits<std::int64_t>::max()) throw SqlError("22003", "bigint out of range");
      return Datum::of(value.int64 + 1);
    default:
      if (!is_valid_date(value.int32 + 1)) throw SqlError("22008", "date out of range");
      return Datum::of(value.int32 + 1);
  }
}
bool is_discrete(const UserType& range) { return range.definition().canonical != 0; }
bool has_successor(const UserType& range, const Datum& value) {
  return range.element().oid != oid::date || is_date_finite(value.int32);
}

}  // namespace

Oid range_type_of(std::string_view bytes) {
  CHECK(bytes.size() >= 4);
  return read_u32(bytes.data());
}

Range read_range(std::string_view bytes) {
  CHECK(bytes.size() >= 6);
  const auto flags = static_cast<std::uint8_t>(bytes[4]);
  const auto physical = static_cast<PhysicalType>(bytes[5]);
  Range r;
  r.empty = (flags & kEmpty) != 0;
  r.lower_inclusive = (flags & kLowerInclusive) != 0;
  r.upper_inclusive = (flags & kUpperInclusive) != 0;
  r.lower_infinite = (flags & kLowerInfinite) != 0;
  r.upper_infinite = (flags & kUpperInfinite) != 0;
  if (r.empty) return r;
  const char* p = bytes.data() + 6;
  if (!r.lower_infinite) r.lower = read_bound(physical, p);
  if (!r.upper_infinite) r.upper = read_bound(physical, p);
  return r;
}

std::vector<Range> read_multirange(std::string_view bytes) {
  CHECK(bytes.size() >= 8);
  std::vector<Range> ranges(read_u32(bytes.data() + 4));
  const char* p = bytes.data() + 8;
  for (Range& r : ranges) {
    const std::uint32_t size = read_u32(p);
    r = read_range({p + 4, size});
    p += 4 + size;
  }
  return ranges;
}

Range canonical_range(Arena&, const UserType& range, Range r) {
  if (r.empty) return r;
  if (r.lower_infinite) r.lower_inclusive = false;
  if (r.upper_infinite) r.upper_inclusive = false;
  if (!r.lower_infinite && !r.upper_infinite) {
    const int order = range.element().compare(r.lower, r.upper);
    if (order > 0) throw SqlError("22000", "range lower bound must be less than or equal to range upper bound");
    if (order == 0 && !(r.lower_inclusive && r.upper_inclusive)) return Range::empty_range();
  }
  if (!is_discrete(range)) return r;
  if (!r.lower_infinite && !r.lower_inclusive && has_successor(range, r.lower)) {
    r.lower = successor(range, r.lower);
    r.lower_inclusive = true;
  }
  if (!r.upper_infinite && r.upper_inclusive && has_successor(range, r.upper)) {
    r.upper = successor(range, r.upper);
    r.upper_inclusive = false;
  }
  if (!r.lower_infinite && !r.upper_infinite && range.element().compare(r.lower, r.upper) == 0 &&
      !(r.lower_inclusive && r.upper_inclusive))
    return Range::empty_range();
  return r;
}

std::string_view make_range(Arena& arena, const UserType& range, Range value) {
  std::string out;
  append_range_bytes(out, range, canonical_range(arena, range, value));
  return arena.copy(out);
}

std::string_view make_multirange(Arena& arena, const UserType& multirange, std::vector<Range> ranges) {
  const UserType& range = *multirange.element().user;
  for (Range& r : ranges) r = canonical_range(arena, range, r);
  std::erase_if(ranges, [](const Range& r) { return r.empty; });
  std::stable_sort(ranges.begin(), ranges.end(),
                   [&](const Range& a, const Range& b) { return compare_ranges(range, a, b) < 0; });
  std::vector<Range> merged;
  for (const Range& r : ranges) {
    if (!merged.empty()) {
      Range& last = merged.back();
      const bool touches = compare_bounds(range, lower_bound(r), upper_bound(last)) <= 0 ||
                           bounds_adjacent(range, upper_bound(last), lower_bound(r));
      if (touches) {
        if (compare_bounds(range, upper_bound(r), upper_bound(last)) > 0) {
          last.upper = r.upper;
          last.upper_inclusive = r.upper_inclusive;
          last.upper_infinite = r.upper_infinite;
        }
        continue;
      }
    }
    merged.push_back(r);
  }
  std::string out;
  const Oid oid = multirange.oid();
  const auto count = static_cast<std::uint32_t>(merged.size());
  out.append(reinterpret_cast<const char*>(&oid), 4);
  out.append(reinterpret_cast<const char*>(&count), 4);
  for (const Range& r : merged) {
    std::string one;
    append_range_bytes(one, range, r);
    const auto size = static_cast<std::uint32_t>(one.size());
    out.append(reinterpret_cast<const char*>(&size), 4);
    out += one;
  }
  return arena.copy(out);
}

int compare_bounds(const UserType& range, const RangeBound& a, const RangeBound& b) {
  if (a.infinite || b.infinite) {
    if (a.infinite && b.infinite) return a.is_lower == b.is_lower ? 0 : a.is_lower ? -1 : 1;
    if (a.infinite) return a.is_lower ? -1 : 1;
    return b.is_lower ? 1 : -1;
  }
  const int order = range.element().compare(a.value, b.value);
  if (order != 0) return order < 0 ? -1 : 1;
  if (!a.inclusive && !b.inclusive) return a.is_lower == b.is_lower ? 0 : a.is_lower ? 1 : -1;
  if (!a.inclusive) return a.is_lower ? 1 : -1;
  if (!b.inclusive) return b.is_lower ? -1 : 1;
  return 0;
}

int compare_bound_values(const UserType& range, const RangeBound& a, const RangeBound& b) {
  if (a.infinite || b.infinite) {
    if (a.infinite && b.infinite) return a.is_lower == b.is_lower ? 0 : a.is_lower ? -1 : 1;
    if (a.infinite) return a.is_lower ? -1 : 1;
    return b.is_lower ? 1 : -1;
  }
  return range.element().compare(a.value, b.value);
}

int compare_ranges(const UserType& range, const Range& a, const Range& b) {
  if (a.empty || b.empty) return a.empty && b.empty ? 0 : a.empty ? -1 : 1;
  if (const int order = compare_bounds(range, lower_bound(a), lower_bound(b))) return order;
  return compare_bounds(range, upper_bound(a), upper_bound(b));
}

bool bounds_adjacent(const UserType& range, RangeBound upper, RangeBound lower) {
  if (upper.infinite || lower.infinite) return false;
  const int order = range.element().compare(upper.value, lower.value);
  if (order == 0) return upper.inclusive != lower.inclusive;
  if (order > 0 || !is_discrete(range)) return false;
  // Flipped, they bound what lies between.
  Range between;
  between.lower = upper.value;
  between.lower_inclusive = !upper.inclusive;
  between.upper = lower.value;
  between.upper_inclusive = !lower.inclusive;
  Arena arena(64);
  return canonical_range(arena, range, between).empty;
}

BoundFlags parse_bound_flags(std::string_view text) {
  if (text.size() == 2 && (text[0] == '[' || text[0] == '(') && (text[1] == ']' || text[1] == ')'))
    return {text[0] == '[', text[1] == ']'};
  throw SqlError("42601", "invalid range bound flags")
      .with_hint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\".");
}

}  // namespace types
