#include "types/array_assign.h"

#include <fmt/format.h>

#include <limits>

#include "types/sql_error.h"

namespace types {

namespace {

using Bound = std::int64_t;  // wide enough for sums of subscripts

[[noreturn]] void too_large() {
  throw SqlError("54000", fmt::format("array size exceeds the maximum allowed ({})", kMaxArrayElements));
}

struct Shape {
  std::vector<std::int32_t> lengths, bounds;
  std::size_t dimensions() const { return lengths.size(); }
  Bound last(std::size_t d) const { return Bound{bounds[d]} + lengths[d] - 1; }

  void check() const {
    checked_array_size(lengths);
    for (std::size_t d = 0; d < lengths.size(); ++d)
      if (Bound{bounds[d]} + lengths[d] > std::numeric_limits<std::int32_t>::max())
        throw SqlError("54000", fmt::format("array lower bound is too large: {}", bounds[d]));
  }

  // Makes [from, to] part of the only dimension.
  void extend(Bound from, Bound to) {
    const Bound first = std::min<Bound>(from, bounds[0]), end = std::max(to, last(0));
    if (end - first + 1 > Bound{kMaxArrayElements}) too_large();
    bounds[0] = static_cast<std::int32_t>(first);
    lengths[0] = static_cast<std::int32_t>(end - first + 1);
  }
};

Shape shape_of(const ArrayView& view) {
  Shape shape;
  for (int d = 0; d < view.dimensions(); ++d) {
    shape.lengths.push_back(view.length(d));
    shape.bounds.push_back(view.lower_bound(d));
  }
  return shape;
}

std::int32_t length_between(std::int32_t from, std::int32_t to) {
  const Bound length = Bound{to} - from + 1;
  if (length > std::numeric_limits<std::int32_t>::max() || length < std::numeric_limits<std::int32_t>::min())
    too_large();
  return static_cast<std::int32_t>(length);
}

// The old array in the new shape, elements in [from, to] taken from `source` one after the other.
Datum rebuild(Arena& arena, Oid element, PhysicalType physical, const ArrayView& old, const Shape& shape,
              std::span<const Bound> from, std::span<const Bound> to, ArrayView::Cursor& source) {
  ArrayBuilder builder(element, physical);
  const Shape before = shape_of(old);
  const std::size_t n = shape.dimensions();
  ArrayView::Cursor kept(old);
  std::vector<Bound> at(shape.bounds.begin(), shape.bounds.end());
  const std::uint32_t size = checked_array_size(shape.lengths);
  for (std::uint32_t i = 0; i < size; ++i) {
    bool inside = true, existed = true;
    for (std::size_t d = 0; d < n; ++d) {
      inside = inside && at[d] >= from[d] && at[d] <= to[d];
      existed = existed && at[d] >= before.bounds[d] && at[d] <= before.last(d);
    }
    Datum value = Datum::null();
    if (existed) {
      kept.next();
      value = kept.value();
    }
    if (inside) {
      source.next();
      value = source.value();
    }
    builder.add(value);
    for (std::size_t d = n; d-- > 0;) {
      if (++at[d] <= shape.last(d)) break;
      at[d] = shape.bounds[d];
    }
  }
  return builder.finish(arena, shape.lengths, shape.bounds);
}

// Where an element's bytes are in those of its array, or will be: size 0, at the end.
struct Place {
  std::size_t offset = 0, size = 0;
};

std::optional<Place> place_of(std::string_view bytes, const ArrayView& array, Bound index) {
  if (array.dimensions() != 1 || array.has_nulls() || index < 0 || index > Bound{array.size()}) return std::nullopt;
  if (index == Bound{array.size()}) {
    if (array.size() >= kMaxArrayElements ||
        Bound{array.lower_bound(0)} + array.size() + 1 > std::numeric_limits<std::int32_t>::max())
      return std::nullopt;
    return Place{bytes.size(), 0};
  }
  constexpr std::size_t kHeader = 8 + 8;  // of one dimension
  if (array.physical() != PhysicalType::varlen) {
    const std::size_t width = width_of(array.physical());
    return Place{kHeader + width * static_cast<std::size_t>(index), width};
  }
  std::size_t offset = kHeader;
  for (;; --index) {
    std::uint32_t size;
    std::memcpy(&size, bytes.data() + offset, sizeof size);
    if (index == 0) return Place{offset, sizeof size + size};
    offset += sizeof size + size;
  }
}

std::size_t stored_size(PhysicalType physical, const Datum& value) {
  return physical == PhysicalType::varlen ? sizeof(std::uint32_t) + value.varlen.size : width_of(physical);
}

void store(char* to, PhysicalType physical, const Datum& value) {
  if (physical != PhysicalType::varlen) {
    std::memcpy(to, &value.fixed16, width_of(physical));
    return;
  }
  const auto size = static_cast<std::uint32_t>(value.varlen.size);
  std::memcpy(to, &size, sizeof size);
  if (size > 0) std::memcpy(to + sizeof size, value.varlen.data, size);
}

void set_length(char* array, std::uint32_t length) { std::memcpy(array + 8, &length, sizeof length); }

// A copy of the array with the element at `place`.
Datum spliced(Arena& arena, std::string_view old, const ArrayView& array, const Place& place, const Datum& value) {
  const std::size_t size = stored_size(array.physical(), value);
  const std::size_t bytes = old.size() - place.size + size;
  auto* p = static_cast<char*>(arena.allocate(bytes, 1));
  std::memcpy(p, old.data(), place.offset);
  store(p + place.offset, array.physical(), value);
  const std::size_t behind = place.offset + place.size;
  std::memcpy(p + place.offset + size, old.data() + behind, old.size() - behind);
  if (place.size == 0) set_length(p, array.size() + 1);
  return Datum::of(std::string_view(p, bytes));
}

void splice(std::string& bytes, const ArrayView& array, const Place& place, const Datum& value) {
  const PhysicalType physical = array.physical();
  const std::uint32_t length = array.size() + (place.size == 0 ? 1 : 0);
  const std::size_t size = stored_size(physical, value);
  // Bytes of `array` itself would move.
  std::string own;
  Datum kept = value;
  if (physical == PhysicalType::varlen && value.varlen.data >= bytes.data() &&
      value.varlen.data < bytes.data() + bytes.size()) {
    own.assign(value.varlen.data, value.varlen.size);
    kept = Datum::of(std::string_view(own));
  }
  if (size > place.size)
    bytes.insert(place.offset + place.size, size - place.size, '\0');
  else if (size < place.size)
    bytes.erase(place.offset + size, place.size - size);
  store(bytes.data() + place.offset, physical, kept);
  set_length(bytes.data(), length);
}

}  // namespace

bool set_element_in_place(std::string& array, std::int32_t subscript, const Datum& value) {
  const ArrayView view{std::string_view(array)};
  if (value.is_null || view.dimensions() != 1) return false;
  const std::optional<Place> place = place_of(array, view, Bound{subscript} - view.lower_bound(0));
  if (place) splice(array, view, *place, value);
  return place.has_value();
}

bool append_in_place(std::string& array, const Datum& value) {
  const ArrayView view{std::string_view(array)};
  if (value.is_null) return false;
  const std::optional<Place> place = place_of(array, view, view.size());
  if (place) splice(array, view, *place, value);
  return place.has_value();
}

std::optional<Datum> appended(Arena& arena, const Datum& array, const Datum& value) {
  const ArrayView view(array);
  if (value.is_null) return std::nullopt;
  const auto bytes = array.as<std::string_view>();
  const std::optional<Place> place = place_of(bytes, view, view.size());
  return place ? std::optional(spliced(arena, bytes, view, *place, value)) : std::nullopt;
}

Datum set_array_element(Arena& arena, Oid element, PhysicalType physical, const Datum& array,
                        std::span<const std::int32_t> subscripts, const Datum& value) {
  if (!array.is_null && !value.is_null && subscripts.size() == 1)
    if (const ArrayView view(array); view.dimensions() == 1 && view.element_type() == element) {
      const auto bytes = array.as<std::string_view>();
      if (const auto place = place_of(bytes, view, Bound{subscripts[0]} - view.lower_bound(0)))
        return spliced(arena, bytes, view, *place, value);
    }
  ArrayBuilder one(element, physical);
  one.add(value);
  if (array.is_null || ArrayView(array).dimensions() == 0) {
    Shape shape;
    shape.lengths.assign(subscripts.size(), 1);
    shape.bounds.assign(subscripts.begin(), subscripts.end());
    shape.check();
    return one.finish(arena, shape.lengths, shape.bounds);
  }
  const ArrayView old(array);
  Shape shape = shape_of(old);
  if (shape.dimensions() != subscripts.size()) throw SqlError("2202E", "wrong number of array subscripts");
  std::vector<Bound> at(subscripts.begin(), subscripts.end());
  if (at.size() == 1) {
    shape.extend(at[0], at[0]);
  } else {
    for (std::size_t d = 0; d < at.size(); ++d)
      if (at[d] < shape.bounds[d] || at[d] > shape.last(d)) throw SqlError("2202E", "array subscript out of range");
  }
  shape.check();
  const Datum source = one.finish(arena);
  const ArrayView view(source);
  ArrayView::Cursor values(view);
  return rebuild(arena, element, physical, old, shape, at, at, values);
}

Datum set_array_slice(Arena& arena, Oid element, PhysicalType physical, const Datum& array,
                      std::span<const std::optional<std::int32_t>> lower,
                      std::span<const std::optional<std::int32_t>> upper, const Datum& source) {
  if (source.is_null) return array.is_null ? ArrayBuilder(element, physical).finish(arena) : array;
  const ArrayView values(source);
  if (array.is_null || ArrayView(array).dimensions() == 0) {
    Shape shape;
    for (std::size_t d = 0; d < upper.size(); ++d) {
      if (!lower[d] || !upper[d])
        throw SqlError("2202E", "array slice subscript must provide both boundaries")
            .with_detail("When assigning to a slice of an empty array value, slice boundaries must be fully "
                         "specified.");
      shape.bounds.push_back(*lower[d]);
      shape.lengths.push_back(length_between(*lower[d], *upper[d]));
    }
    const std::uint32_t size = checked_array_size(shape.lengths);
    if (values.size() < size) throw SqlError("2202E", "source array too small");
    if (size == 0) return ArrayBuilder(element, physical).finish(arena);
    shape.check();
    ArrayBuilder builder(element, physical);
    ArrayView::Cursor cursor(values);
    for (std::uint32_t i = 0; i < size && cursor.next(); ++i) builder.add(cursor.value());
    return builder.finish(arena, shape.lengths, shape.bounds);
  }
  const ArrayView old(array);
  Shape shape = shape_of(old);
  if (shape.dimensions() < upper.size()) throw SqlError("2202E", "wrong number of array subscripts");
  std::vector<Bound> from, to;
  for (std::size_t d = 0; d < shape.dimensions(); ++d) {
    const bool given = d < upper.size();
    from.push_back(given && lower[d] ? *lower[d] : shape.bounds[d]);
    to.push_back(given && upper[d] ? *upper[d] : shape.last(d));
    if (from[d] > to[d]) throw SqlError("2202E", "upper bound cannot be less than lower bound");
    if (shape.dimensions() > 1 && (from[d] < shape.bounds[d] || to[d] > shape.last(d)))
      throw SqlError("2202E", "array subscript out of range");
  }
  if (shape.dimensions() == 1) shape.extend(from[0], to[0]);
  shape.check();
  std::vector<std::int32_t> span;
  for (std::size_t d = 0; d < from.size(); ++d) span.push_back(static_cast<std::int32_t>(to[d] - from[d] + 1));
  if (checked_array_size(span) > values.size()) throw SqlError("2202E", "source array too small");
  ArrayView::Cursor cursor(values);
  return rebuild(arena, element, physical, old, shape, from, to, cursor);
}

}  // namespace types
