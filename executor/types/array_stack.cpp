#include "types/array_stack.h"

#include "types/sql_error.h"

namespace types {

void check_stackable(const Datum& value, const Datum* first) {
  if (value.is_null) throw SqlError("22004", "cannot accumulate null arrays");
  const ArrayView array(value);
  if (array.dimensions() == 0) throw SqlError("2202E", "cannot accumulate empty arrays");
  if (first == nullptr) return;
  const ArrayView shape(*first);
  bool same = shape.dimensions() == array.dimensions();
  for (int d = 0; same && d < array.dimensions(); ++d)
    same = shape.length(d) == array.length(d) && shape.lower_bound(d) == array.lower_bound(d);
  if (!same) throw SqlError("2202E", "cannot accumulate arrays of different dimensionality");
}

Datum stack_arrays(Arena& arena, Oid element, std::span<const Datum> arrays) {
  // What has no elements says nothing of how they lie in memory.
  if (arrays.empty()) return ArrayBuilder(element, PhysicalType::varlen).finish(arena);
  const ArrayView first(arrays[0]);
  if (first.dimensions() >= kMaxArrayDimensions)
    throw SqlError("54000", "number of array dimensions (7) exceeds the maximum allowed (6)");
  ArrayBuilder builder(first.element_type(), first.physical());
  std::vector<std::int32_t> lengths{static_cast<std::int32_t>(arrays.size())}, bounds{1};
  for (int d = 0; d < first.dimensions(); ++d) {
    lengths.push_back(first.length(d));
    bounds.push_back(first.lower_bound(d));
  }
  for (const Datum& value : arrays) {
    const ArrayView array(value);
    for (ArrayView::Cursor c(array); c.next();) builder.add(c.value());
  }
  return builder.finish(arena, lengths, bounds);
}

}  // namespace types
