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

}  // namespace

Datum set_array_element(Arena& arena, Oid element, PhysicalType physical, const Datum& array,
                        std::span<const std::int32_t> subscripts, const Datum& value) {
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
