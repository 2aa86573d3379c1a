// Functions of arrays of any element type; the element type is in the value.
#include "types/array.h"
#include "types/array_assign.h"

#include <fmt/format.h>

#include "function_table.h"
#include "kernel.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::ArrayBuilder;
using types::ArrayView;
using types::SqlError;
using types::TypeSupport;
using I4 = std::int32_t;

const TypeSupport& element_of(EvalContext& ctx, const ArrayView& a) {
  return types::type_support(ctx, a.element_type());
}

// What elements are compared for, which decides what a type without a comparison lacks.
enum class Compared { for_order, for_equality };

const TypeSupport& comparable(const TypeSupport& element, Compared purpose) {
  if (element.compare == nullptr)
    throw SqlError("42883", fmt::format("could not identify {} for type {}",
                                        purpose == Compared::for_order ? "a comparison function" : "an equality operator",
                                        element.name));
  return element;
}
const TypeSupport& comparable(EvalContext& ctx, const ArrayView& a, const ArrayView& b, Compared purpose) {
  if (a.element_type() != b.element_type())
    throw SqlError("42804", "cannot compare arrays of different element types");
  return comparable(element_of(ctx, a), purpose);
}
const TypeSupport& with_equality(EvalContext& ctx, const ArrayView& a) {
  return comparable(element_of(ctx, a), Compared::for_equality);
}

int order(EvalContext& ctx, string_view a, string_view b, Compared purpose = Compared::for_order) {
  return types::compare_arrays(comparable(ctx, ArrayView(a), ArrayView(b), purpose), Datum::of(a), Datum::of(b));
}
bool eq(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b, Compared::for_equality) == 0; }
bool ne(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b, Compared::for_equality) != 0; }
bool lt(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) < 0; }
bool le(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) <= 0; }
bool gt(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) > 0; }
bool ge(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) >= 0; }
I4 cmp(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b); }
string_view larger(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) > 0 ? a : b; }
string_view smaller(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) < 0 ? a : b; }

// oidvectors of different length compare by length first: an order of their own.
int order_oidvector(string_view a, string_view b) {
  return types::type_support(types::oid::oidvector).compare(Datum::of(a), Datum::of(b));
}
bool oidvector_lt(string_view a, string_view b) { return order_oidvector(a, b) < 0; }
bool oidvector_le(string_view a, string_view b) { return order_oidvector(a, b) <= 0; }
bool oidvector_gt(string_view a, string_view b) { return order_oidvector(a, b) > 0; }
bool oidvector_ge(string_view a, string_view b) { return order_oidvector(a, b) >= 0; }
I4 oidvector_cmp(string_view a, string_view b) { return order_oidvector(a, b); }

std::optional<I4> ndims(string_view a) {
  ArrayView array(a);
  if (array.dimensions() == 0) return std::nullopt;
  return array.dimensions();
}
std::optional<std::string> dims(string_view a) {
  ArrayView array(a);
  if (array.dimensions() == 0) return std::nullopt;
  std::string text;
  for (int d = 0; d < array.dimensions(); ++d)
    text += fmt::format("[{}:{}]", array.lower_bound(d), array.lower_bound(d) + array.length(d) - 1);
  return text;
}
bool has_dimension(const ArrayView& array, I4 d) { return d >= 1 && d <= array.dimensions(); }
std::optional<I4> length(string_view a, I4 d) {
  ArrayView array(a);
  if (!has_dimension(array, d)) return std::nullopt;
  return array.length(d - 1);
}
std::optional<I4> lower(string_view a, I4 d) {
  ArrayView array(a);
  if (!has_dimension(array, d)) return std::nullopt;
  return array.lower_bound(d - 1);
}
std::optional<I4> upper(string_view a, I4 d) {
  ArrayView array(a);
  if (!has_dimension(array, d)) return std::nullopt;
  return array.lower_bound(d - 1) + array.length(d - 1) - 1;
}
I4 cardinality(string_view a) { return static_cast<I4>(ArrayView(a).size()); }

std::string to_text(EvalContext& ctx, string_view a, string_view separator,
                    std::optional<string_view> null_text) {
  ArrayView array(a);
  std::string out;
  if (array.size() == 0) return out;
  const TypeSupport& element = element_of(ctx, array);
  bool first = true;
  for (ArrayView::Cursor c(array); c.next();) {
    if (c.value().is_null && !null_text) continue;
    if (!first) out += separator;
    first = false;
    if (c.value().is_null)
      out += *null_text;
    else
      element.output(ctx, c.value(), out);
  }
  return out;
}
std::string array_to_text(EvalContext& ctx, string_view a, string_view separator) {
  return to_text(ctx, a, separator, std::nullopt);
}
std::optional<std::string> array_to_text_null(EvalContext& ctx, std::optional<string_view> a,
                                              std::optional<string_view> separator,
                                              std::optional<string_view> null_text) {
  if (!a || !separator) return std::nullopt;
  return to_text(ctx, *a, *separator, null_text);
}

std::vector<I4> lengths_of(const ArrayView& a) {
  std::vector<I4> v;
  for (int d = 0; d < a.dimensions(); ++d) v.push_back(a.length(d));
  return v;
}
std::vector<I4> bounds_of(const ArrayView& a) {
  std::vector<I4> v;
  for (int d = 0; d < a.dimensions(); ++d) v.push_back(a.lower_bound(d));
  return v;
}
void add_all(ArrayBuilder& builder, const ArrayView& a) {
  for (ArrayView::Cursor c(a); c.next();) builder.add(c.value());
}

[[noreturn]] void throw_not_one_dimensional() {
  throw SqlError("22000", "argument must be empty or one-dimensional array");
}

// The element type of a call that may have only nulls: from the resolved argument types.
ArrayBuilder call_array(EvalContext& ctx, const FunctionCall& call, std::size_t element_argument) {
  const types::Oid element = call.arguments[element_argument].oid;
  return {element, types::type_support(ctx, element).physical};
}

Datum append(EvalContext& ctx, const FunctionCall& call, std::optional<string_view> a,
             std::optional<Datum> value) {
  if (a && value && ArrayView(*a).element_type() == call.arguments[1].oid)
    if (const auto quick = types::appended(*ctx.arena, Datum::of(*a), *value)) return *quick;
  ArrayBuilder builder = call_array(ctx, call, 1);
  I4 bound = 1;
  if (a) {
    ArrayView array(*a);
    if (array.dimensions() > 1) throw_not_one_dimensional();
    if (array.dimensions() == 1) bound = array.lower_bound(0);
    I4 unused;
    if (__builtin_add_overflow(bound, static_cast<I4>(array.size()), &unused))
      throw SqlError("22003", "integer out of range");
    add_all(builder, array);
  }
  builder.add(value.value_or(Datum::null()));
  return builder.finish(*ctx.arena, bound);
}
Datum prepend(EvalContext& ctx, const FunctionCall& call, std::optional<Datum> value,
              std::optional<string_view> a) {
  ArrayBuilder builder = call_array(ctx, call, 0);
  builder.add(value.value_or(Datum::null()));
  I4 bound = 1;
  if (a) {
    ArrayView array(*a);
    if (array.dimensions() > 1) throw_not_one_dimensional();
    // The lower bound stays what it was.
    if (array.dimensions() == 1) bound = array.lower_bound(0);
    add_all(builder, array);
  }
  return builder.finish(*ctx.arena, bound);
}

std::optional<Datum> concatenate(EvalContext& ctx, std::optional<string_view> x,
                                 std::optional<string_view> y) {
  if (!x && !y) return std::nullopt;
  if (!x) return Datum::of(*y);
  if (!y) return Datum::of(*x);
  ArrayView a(*x), b(*y);
  if (a.dimensions() == 0) return Datum::of(*y);
  if (b.dimensions() == 0) return Datum::of(*x);
  int da = a.dimensions(), db = b.dimensions();
  auto incompatible = [](std::string detail) {
    return SqlError("2202E", "cannot concatenate incompatible arrays").with_detail(std::move(detail));
  };
  if (da != db && da != db - 1 && da != db + 1)
    throw incompatible(fmt::format(
        "Arrays of {} and {} dimensions are not compatible for concatenation.", da, db));
  std::vector<I4> lengths, bounds;
  constexpr const char* kInner =
      "Arrays with differing element dimensions are not compatible for concatenation.";
  constexpr const char* kOuter = "Arrays with differing dimensions are not compatible for concatenation.";
  if (da == db) {
    lengths = lengths_of(a);
    bounds = bounds_of(a);
    for (int d = 1; d < da; ++d)
      if (a.length(d) != b.length(d) || a.lower_bound(d) != b.lower_bound(d)) throw incompatible(kInner);
    lengths[0] += b.length(0);
  } else {
    const ArrayView& outer = da > db ? a : b;
    const ArrayView& inner = da > db ? b : a;
    lengths = lengths_of(outer);
    bounds = bounds_of(outer);
    for (int d = 0; d < inner.dimensions(); ++d)
      if (outer.length(d + 1) != inner.length(d) || outer.lower_bound(d + 1) != inner.lower_bound(d))
        throw incompatible(kOuter);
    ++lengths[0];
  }
  ArrayBuilder builder(a.element_type(), a.physical());
  add_all(builder, a);
  add_all(builder, b);
  return builder.finish(*ctx.arena, lengths, bounds);
}

// Every non-null element of `inner` is somewhere in `outer`; a null is nowhere.
bool contains(EvalContext& ctx, string_view outer, string_view inner) {
  ArrayView a(outer), b(inner);
  const TypeSupport& element = comparable(ctx, a, b, Compared::for_equality);
  for (ArrayView::Cursor i(b); i.next();) {
    if (i.value().is_null) return false;
    bool found = false;
    for (ArrayView::Cursor o(a); !found && o.next();)
      found = !o.value().is_null && element.compare(o.value(), i.value()) == 0;
    if (!found) return false;
  }
  return true;
}
bool contained(EvalContext& ctx, string_view inner, string_view outer) { return contains(ctx, outer, inner); }
bool overlap(EvalContext& ctx, string_view x, string_view y) {
  ArrayView a(x), b(y);
  const TypeSupport& element = comparable(ctx, a, b, Compared::for_equality);
  for (ArrayView::Cursor i(b); i.next();) {
    if (i.value().is_null) continue;
    for (ArrayView::Cursor o(a); o.next();)
      if (!o.value().is_null && element.compare(o.value(), i.value()) == 0) return true;
  }
  return false;
}

bool same_element(const TypeSupport& element, const Datum& a, const std::optional<Datum>& b) {
  if (a.is_null || !b) return a.is_null && !b;
  return element.compare(a, *b) == 0;
}

std::optional<Datum> remove(EvalContext& ctx, std::optional<string_view> a, std::optional<Datum> value) {
  if (!a) return std::nullopt;
  ArrayView array(*a);
  if (array.dimensions() > 1)
    throw SqlError("0A000", "removing elements from multidimensional arrays is not supported");
  if (array.size() == 0) return Datum::of(*a);
  const TypeSupport& element = with_equality(ctx, array);
  ArrayBuilder builder(array.element_type(), array.physical());
  for (ArrayView::Cursor c(array); c.next();)
    if (!same_element(element, c.value(), value)) builder.add(c.value());
  return builder.finish(*ctx.arena, array.lower_bound(0));
}
std::optional<Datum> replace(EvalContext& ctx, std::optional<string_view> a, std::optional<Datum> from,
                             std::optional<Datum> to) {
  if (!a) return std::nullopt;
  ArrayView array(*a);
  const TypeSupport& element = with_equality(ctx, array);
  ArrayBuilder builder(array.element_type(), array.physical());
  for (ArrayView::Cursor c(array); c.next();)
    builder.add(same_element(element, c.value(), from) ? to.value_or(Datum::null()) : c.value());
  auto lengths = lengths_of(array), bounds = bounds_of(array);
  return builder.finish(*ctx.arena, lengths, bounds);
}

std::optional<I4> find_position(EvalContext& ctx, std::optional<string_view> a, const std::optional<Datum>& value,
                                std::optional<I4> from) {
  if (!a) return std::nullopt;
  ArrayView array(*a);
  if (array.dimensions() > 1)
    throw SqlError("0A000", "searching for elements in multidimensional arrays is not supported");
  if (array.size() == 0) return std::nullopt;
  const TypeSupport& element = with_equality(ctx, array);
  I4 at = array.lower_bound(0);
  for (ArrayView::Cursor c(array); c.next(); ++at)
    if ((!from || at >= *from) && same_element(element, c.value(), value)) return at;
  return std::nullopt;
}
std::optional<I4> position(EvalContext& ctx, std::optional<string_view> a, std::optional<Datum> value) {
  return find_position(ctx, a, value, std::nullopt);
}
std::optional<I4> position_start(EvalContext& ctx, std::optional<string_view> a, std::optional<Datum> value,
                                 std::optional<I4> start) {
  if (a && ArrayView(*a).dimensions() > 1)
    throw SqlError("0A000", "searching for elements in multidimensional arrays is not supported");
  if (a && !start && ArrayView(*a).dimensions() > 0) throw SqlError("22004", "initial position must not be null");
  return find_position(ctx, a, value, start);
}
std::optional<Datum> positions(EvalContext& ctx, std::optional<string_view> a, std::optional<Datum> value) {
  if (!a) return std::nullopt;
  ArrayView array(*a);
  if (array.dimensions() > 1)
    throw SqlError("0A000", "searching for elements in multidimensional arrays is not supported");
  ArrayBuilder builder(types::oid::int4);
  if (array.size() > 0) {
    const TypeSupport& element = with_equality(ctx, array);
    I4 at = array.lower_bound(0);
    for (ArrayView::Cursor c(array); c.next(); ++at)
      if (same_element(element, c.value(), value)) builder.add(Datum::of(at));
  }
  return builder.finish(*ctx.arena);
}

Datum fill(EvalContext& ctx, const FunctionCall& call, std::optional<Datum> value,
           std::optional<string_view> lengths_text, std::optional<string_view> bounds_text) {
  if (!lengths_text || (call.arguments.size() > 2 && !bounds_text))
    throw SqlError("22004", "dimension array or low bound array cannot be null");
  auto numbers = [](string_view text) {
    ArrayView array(text);
    if (array.dimensions() > 1) throw SqlError("2202E", "wrong number of array subscripts").with_detail("Dimension array must be one dimensional.");
    std::vector<I4> v;
    for (ArrayView::Cursor c(array); c.next();) {
      if (c.value().is_null) throw SqlError("22004", "dimension values cannot be null");
      v.push_back(c.value().int32);
    }
    return v;
  };
  std::vector<I4> lengths = numbers(*lengths_text), bounds(lengths.size(), 1);
  if (bounds_text) bounds = numbers(*bounds_text);
  if (bounds.size() != lengths.size())
    throw SqlError("2202E", "wrong number of array subscripts")
        .with_detail("Low bound array has different size than dimensions array.");
  if (lengths.size() > types::kMaxArrayDimensions)
    throw SqlError("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})",
                                        lengths.size(), types::kMaxArrayDimensions));
  std::uint32_t size = types::checked_array_size(lengths);
  ArrayBuilder builder = call_array(ctx, call, 0);
  for (std::uint32_t i = 0; i < size; ++i) builder.add(value.value_or(Datum::null()));
  if (size == 0) return builder.finish(*ctx.arena);
  return builder.finish(*ctx.arena, lengths, bounds);
}
Datum fill_plain(EvalContext& ctx, const FunctionCall& call, std::optional<Datum> value,
                 std::optional<string_view> lengths) {
  return fill(ctx, call, value, lengths, std::nullopt);
}

Datum trim_array(EvalContext& ctx, string_view a, I4 n) {
  ArrayView array(a);
  I4 have = array.dimensions() > 0 ? array.length(0) : 0;
  if (n < 0 || n > have)
    throw SqlError("2202E", fmt::format("number of elements to trim must be between 0 and {}", have));
  ArrayBuilder builder(array.element_type(), array.physical());
  if (n == have) return builder.finish(*ctx.arena);
  auto lengths = lengths_of(array), bounds = bounds_of(array);
  std::uint32_t keep = array.size() / static_cast<std::uint32_t>(have) * static_cast<std::uint32_t>(have - n);
  lengths[0] -= n;
  for (ArrayView::Cursor c(array); builder.size() < keep && c.next();) builder.add(c.value());
  std::fill(bounds.begin(), bounds.end(), 1);
  return builder.finish(*ctx.arena, lengths, bounds);
}

I4 width_bucket(EvalContext& ctx, const FunctionCall&, Datum value, string_view thresholds) {
  ArrayView array(thresholds);
  if (array.dimensions() > 1) throw SqlError("2202E", "thresholds must be one-dimensional array");
  if (array.has_nulls()) throw SqlError("22004", "thresholds array must not contain NULLs");
  const TypeSupport& element = comparable(element_of(ctx, array), Compared::for_order);
  std::uint32_t low = 0, high = array.size();
  while (low < high) {
    std::uint32_t middle = (low + high) / 2;
    if (element.compare(value, array.element(middle)) < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return static_cast<I4>(low);
}

constexpr ScalarFunction kArrayFunctions[] = {
    {"array_eq", strict<&eq>},
    {"array_ne", strict<&ne>},
    {"array_lt", strict<&lt>},
    {"array_le", strict<&le>},
    {"array_gt", strict<&gt>},
    {"array_ge", strict<&ge>},
    {"btarraycmp", strict<&cmp>},
    {"array_larger", strict<&larger>},
    {"array_smaller", strict<&smaller>},
    {"array_ndims", strict<&ndims>},
    {"array_dims", strict<&dims>},
    {"array_length", strict<&length>},
    {"array_lower", strict<&lower>},
    {"array_upper", strict<&upper>},
    {"array_cardinality", strict<&cardinality>},
    {"array_to_text", strict<&array_to_text>},
    {"array_to_text_null", strict<&array_to_text_null>},
    {"array_append", strict<&append>},
    {"array_prepend", strict<&prepend>},
    {"array_cat", strict<&concatenate>},
    {"arraycontains", strict<&contains>},
    {"arraycontained", strict<&contained>},
    {"arrayoverlap", strict<&overlap>},
    {"array_remove", strict<&remove>},
    {"array_replace", strict<&replace>},
    {"array_position", strict<&position>},
    {"array_position_start", strict<&position_start>},
    {"array_positions", strict<&positions>},
    {"array_fill", strict<&fill_plain>},
    {"array_fill_with_lower_bounds", strict<&fill>},
    {"trim_array", strict<&trim_array>},
    {"width_bucket_array", strict<&width_bucket>},
    {"oidvectoreq", strict<&eq>},
    {"oidvectorne", strict<&ne>},
    {"oidvectorlt", strict<&oidvector_lt>},
    {"oidvectorle", strict<&oidvector_le>},
    {"oidvectorgt", strict<&oidvector_gt>},
    {"oidvectorge", strict<&oidvector_ge>},
    {"btoidvectorcmp", strict<&oidvector_cmp>},
};

}  // namespace

std::span<const ScalarFunction> array_functions() { return kArrayFunctions; }

}  // namespace functions
