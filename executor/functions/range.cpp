// Ranges: constructors, parts, operators.
#include "types/range.h"

#include <optional>

#include "comparison.h"
#include "function_table.h"
#include "range_relations.h"
#include "types/numeric.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::Range;
using types::SqlError;
using types::UserType;

const UserType& range_type(EvalContext& ctx, string_view bytes) {
  return *types::type_support(ctx, types::range_type_of(bytes)).user;
}

string_view construct(EvalContext& ctx, const FunctionCall& call, const std::optional<Datum>& lower,
                      const std::optional<Datum>& upper, string_view flags) {
  const types::BoundFlags bounds = types::parse_bound_flags(flags);
  Range r;
  r.lower_inclusive = bounds.lower;
  r.upper_inclusive = bounds.upper;
  r.lower_infinite = !lower;
  r.upper_infinite = !upper;
  if (lower) r.lower = *lower;
  if (upper) r.upper = *upper;
  return types::make_range(*ctx.arena, *types::type_support(ctx, call.result.oid).user, r);
}
string_view construct2(EvalContext& ctx, const FunctionCall& call, std::optional<Datum> lower,
                       std::optional<Datum> upper) {
  return construct(ctx, call, lower, upper, "[)");
}
string_view construct3(EvalContext& ctx, const FunctionCall& call, std::optional<Datum> lower,
                       std::optional<Datum> upper, std::optional<string_view> flags) {
  if (!flags) throw SqlError("22000", "range constructor flags argument must not be null");
  return construct(ctx, call, lower, upper, *flags);
}

std::optional<Datum> lower(string_view a) {
  const Range r = types::read_range(a);
  if (r.empty || r.lower_infinite) return std::nullopt;
  return r.lower;
}
std::optional<Datum> upper(string_view a) {
  const Range r = types::read_range(a);
  if (r.empty || r.upper_infinite) return std::nullopt;
  return r.upper;
}
bool empty(string_view a) { return types::read_range(a).empty; }
bool lower_inclusive(string_view a) {
  const Range r = types::read_range(a);
  return !r.empty && r.lower_inclusive;
}
bool upper_inclusive(string_view a) {
  const Range r = types::read_range(a);
  return !r.empty && r.upper_inclusive;
}
bool lower_infinite(string_view a) {
  const Range r = types::read_range(a);
  return !r.empty && r.lower_infinite;
}
bool upper_infinite(string_view a) {
  const Range r = types::read_range(a);
  return !r.empty && r.upper_infinite;
}

std::int32_t order(EvalContext& ctx, string_view a, string_view b) {
  return types::compare_ranges(range_type(ctx, a), types::read_range(a), types::read_range(b));
}
bool eq(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) == 0; }
bool ne(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) != 0; }
bool lt(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) < 0; }
bool le(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) <= 0; }
bool gt(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) > 0; }
bool ge(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) >= 0; }

template <auto Relation>
bool related(EvalContext& ctx, string_view a, string_view b) {
  return Relation(range_type(ctx, a), types::read_range(a), types::read_range(b));
}
bool contained_by(EvalContext& ctx, string_view a, string_view b) { return related<&range_contains>(ctx, b, a); }
bool contains_element(EvalContext& ctx, string_view a, Datum element) {
  return range_contains_element(range_type(ctx, a), types::read_range(a), element);
}
bool element_contained_by(EvalContext& ctx, Datum element, string_view a) {
  return contains_element(ctx, a, element);
}

string_view intersect(EvalContext& ctx, string_view a, string_view b) {
  const UserType& t = range_type(ctx, a);
  return types::make_range(*ctx.arena, t, range_intersection(t, types::read_range(a), types::read_range(b)));
}
string_view union_of(EvalContext& ctx, string_view a, string_view b) {
  const UserType& t = range_type(ctx, a);
  const Range x = types::read_range(a), y = types::read_range(b);
  if (x.empty) return b;
  if (y.empty) return a;
  if (!range_overlaps(t, x, y) && !range_adjacent(t, x, y))
    throw SqlError("22000", "result of range union would not be contiguous");
  return types::make_range(*ctx.arena, t, range_hull(t, x, y));
}
string_view merge(EvalContext& ctx, string_view a, string_view b) {
  const UserType& t = range_type(ctx, a);
  return types::make_range(*ctx.arena, t, range_hull(t, types::read_range(a), types::read_range(b)));
}
string_view minus(EvalContext& ctx, string_view a, string_view b) {
  const UserType& t = range_type(ctx, a);
  const auto left = range_difference(t, types::read_range(a), types::read_range(b));
  if (left.size() > 1) throw SqlError("22000", "result of range difference would not be contiguous");
  return types::make_range(*ctx.arena, t, left.empty() ? Range::empty_range() : left.front());
}

// Reading and writing a range makes it canonical.
string_view canonical(EvalContext& ctx, string_view a) {
  return types::make_range(*ctx.arena, range_type(ctx, a), types::read_range(a));
}
template <typename T>
double difference(T a, T b) { return static_cast<double>(a) - static_cast<double>(b); }
double numeric_difference(EvalContext& ctx, string_view a, string_view b) {
  return types::numeric_to_float8(types::numeric_sub(*ctx.arena, a, b));
}
double seconds_between(std::int64_t a, std::int64_t b) { return (static_cast<double>(a) - static_cast<double>(b)) / 1e6; }

constexpr ScalarFunction kRangeFunctions[] = {
    {"int4range_canonical", strict<&canonical>},
    {"int8range_canonical", strict<&canonical>},
    {"daterange_canonical", strict<&canonical>},
    {"int4range_subdiff", strict<&difference<std::int32_t>>},
    {"int8range_subdiff", strict<&difference<std::int64_t>>},
    {"daterange_subdiff", strict<&difference<std::int32_t>>},
    {"numrange_subdiff", strict<&numeric_difference>},
    {"tsrange_subdiff", strict<&seconds_between>},
    {"tstzrange_subdiff", strict<&seconds_between>},
    {"range_constructor2", strict<&construct2>},
    {"range_constructor3", strict<&construct3>},
    {"range_lower", strict<&lower>},
    {"range_upper", strict<&upper>},
    {"range_empty", strict<&empty>},
    {"range_lower_inc", strict<&lower_inclusive>},
    {"range_upper_inc", strict<&upper_inclusive>},
    {"range_lower_inf", strict<&lower_infinite>},
    {"range_upper_inf", strict<&upper_infinite>},
    {"range_cmp", strict<&order>},
    {"range_eq", strict<&eq>},
    {"range_ne", strict<&ne>},
    {"range_lt", strict<&lt>},
    {"range_le", strict<&le>},
    {"range_gt", strict<&gt>},
    {"range_ge", strict<&ge>},
    {"range_contains", strict<&related<&range_contains>>},
    {"range_contained_by", strict<&contained_by>},
    {"range_contains_elem", strict<&contains_element>},
    {"elem_contained_by_range", strict<&element_contained_by>},
    {"range_overlaps", strict<&related<&range_overlaps>>},
    {"range_before", strict<&related<&range_before>>},
    {"range_after", strict<&related<&range_after>>},
    {"range_overleft", strict<&related<&range_overleft>>},
    {"range_overright", strict<&related<&range_overright>>},
    {"range_adjacent", strict<&related<&range_adjacent>>},
    {"range_intersect", strict<&intersect>},
    {"range_intersect_agg_transfn", strict<&intersect>},
    {"range_union", strict<&union_of>},
    {"range_merge", strict<&merge>},
    {"range_minus", strict<&minus>},
};

}  // namespace

std::span<const ScalarFunction> range_functions() { return kRangeFunctions; }

}  // namespace functions
