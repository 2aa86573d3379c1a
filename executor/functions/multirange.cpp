// Multiranges: constructors, parts, operators among themselves and with ranges.
#include <optional>

#include "function_table.h"
#include "kernel.h"
#include "range_relations.h"
#include "types/array.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;
using Ranges = std::vector<Range>;

const UserType& type_of(EvalContext& ctx, string_view bytes) {
  return *types::type_support(ctx, types::range_type_of(bytes)).user;
}
const UserType& range_type(const UserType& t) { return t.definition().kind == UserType::Kind::range ? t : *t.element().user; }

// A range as a list of at most one, or a multirange's ranges.
Ranges ranges_of(const UserType& t, string_view bytes) {
  if (t.definition().kind == UserType::Kind::multirange) return types::read_multirange(bytes);
  Range r = types::read_range(bytes);
  return r.empty ? Ranges{} : Ranges{r};
}
Ranges ranges_of(EvalContext& ctx, string_view bytes) { return ranges_of(type_of(ctx, bytes), bytes); }

string_view construct_none(EvalContext& ctx, const FunctionCall& call) {
  return types::make_multirange(*ctx.arena, *types::type_support(ctx, call.result.oid).user, {});
}
string_view construct_one(EvalContext& ctx, const FunctionCall& call, string_view range) {
  return types::make_multirange(*ctx.arena, *types::type_support(ctx, call.result.oid).user, {types::read_range(range)});
}
string_view construct_list(EvalContext& ctx, const FunctionCall& call, string_view array) {
  Ranges ranges;
  const types::ArrayView view(array);
  if (view.dimensions() > 1) throw SqlError("21000", "multiranges cannot be constructed from multidimensional arrays");
  for (types::ArrayView::Cursor c(view); c.next();) {
    if (c.value().is_null) throw SqlError("22004", "multirange values cannot contain null members");
    ranges.push_back(types::read_range(c.value().as<string_view>()));
  }
  return types::make_multirange(*ctx.arena, *types::type_support(ctx, call.result.oid).user, std::move(ranges));
}

std::optional<Datum> lower(string_view a) {
  const Ranges r = types::read_multirange(a);
  if (r.empty() || r.front().lower_infinite) return std::nullopt;
  return r.front().lower;
}
std::optional<Datum> upper(string_view a) {
  const Ranges r = types::read_multirange(a);
  if (r.empty() || r.back().upper_infinite) return std::nullopt;
  return r.back().upper;
}
bool empty(string_view a) { return types::read_multirange(a).empty(); }
bool lower_inclusive(string_view a) {
  const Ranges r = types::read_multirange(a);
  return !r.empty() && r.front().lower_inclusive;
}
bool upper_inclusive(string_view a) {
  const Ranges r = types::read_multirange(a);
  return !r.empty() && r.back().upper_inclusive;
}
bool lower_infinite(string_view a) {
  const Ranges r = types::read_multirange(a);
  return !r.empty() && r.front().lower_infinite;
}
bool upper_infinite(string_view a) {
  const Ranges r = types::read_multirange(a);
  return !r.empty() && r.back().upper_infinite;
}

std::int32_t order(EvalContext& ctx, string_view a, string_view b) {
  return type_of(ctx, a).support().compare(Datum::of(a), Datum::of(b));
}
bool eq(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) == 0; }
bool ne(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) != 0; }
bool lt(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) < 0; }
bool le(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) <= 0; }
bool gt(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) > 0; }
bool ge(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) >= 0; }

// Either side a range or a multirange.
using Relation = bool (*)(const UserType&, const Ranges&, const Ranges&);
template <Relation R>
bool related(EvalContext& ctx, string_view a, string_view b) {
  return R(range_type(type_of(ctx, a)), ranges_of(ctx, a), ranges_of(ctx, b));
}
Range hull(const UserType& t, const Ranges& r) {
  return r.empty() ? Range::empty_range() : range_hull(t, r.front(), r.back());
}

bool overlap(const UserType& t, const Ranges& a, const Ranges& b) {
  // Both are sorted: the one that ends first moves on.
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (range_overlaps(t, a[i], b[j])) return true;
    if (range_before(t, a[i], b[j])) ++i;
    else ++j;
  }
  return false;
}
bool contain(const UserType& t, const Ranges& a, const Ranges& b) {
  std::size_t i = 0;
  for (const Range& r : b) {
    while (i < a.size() && range_before(t, a[i], r)) ++i;
    if (i == a.size() || !range_contains(t, a[i], r)) return false;
  }
  return true;
}
bool within(const UserType& t, const Ranges& a, const Ranges& b) { return contain(t, b, a); }
bool before(const UserType& t, const Ranges& a, const Ranges& b) { return range_before(t, hull(t, a), hull(t, b)); }
bool after(const UserType& t, const Ranges& a, const Ranges& b) { return before(t, b, a); }
bool overleft(const UserType& t, const Ranges& a, const Ranges& b) { return range_overleft(t, hull(t, a), hull(t, b)); }
bool overright(const UserType& t, const Ranges& a, const Ranges& b) { return range_overright(t, hull(t, a), hull(t, b)); }
bool adjacent(const UserType& t, const Ranges& a, const Ranges& b) {
  if (a.empty() || b.empty()) return false;
  return types::bounds_adjacent(t, types::upper_bound(a.back()), types::lower_bound(b.front())) ||
         types::bounds_adjacent(t, types::upper_bound(b.back()), types::lower_bound(a.front()));
}
bool contains_element(EvalContext& ctx, string_view a, Datum element) {
  const UserType& t = range_type(type_of(ctx, a));
  for (const Range& r : types::read_multirange(a))
    if (range_contains_element(t, r, element)) return true;
  return false;
}
bool element_contained_by(EvalContext& ctx, Datum element, string_view a) { return contains_element(ctx, a, element); }

string_view intersect(EvalContext& ctx, string_view a, string_view b) {
  const UserType& t = type_of(ctx, a);
  Ranges result;
  const Ranges x = types::read_multirange(a), y = types::read_multirange(b);
  for (const Range& r : x)
    for (const Range& s : y)
      if (Range both = range_intersection(range_type(t), r, s); !both.empty) result.push_back(both);
  return types::make_multirange(*ctx.arena, t, std::move(result));
}
string_view union_of(EvalContext& ctx, string_view a, string_view b) {
  Ranges all = types::read_multirange(a);
  for (const Range& r : types::read_multirange(b)) all.push_back(r);
  return types::make_multirange(*ctx.arena, type_of(ctx, a), std::move(all));
}
string_view minus(EvalContext& ctx, string_view a, string_view b) {
  const UserType& t = type_of(ctx, a);
  Ranges left = types::read_multirange(a);
  for (const Range& r : types::read_multirange(b)) {
    Ranges next;
    for (const Range& l : left)
      for (const Range& piece : range_difference(range_type(t), l, r)) next.push_back(piece);
    left = std::move(next);
  }
  return types::make_multirange(*ctx.arena, t, std::move(left));
}
string_view merge(EvalContext& ctx, string_view a) {
  const UserType& t = range_type(type_of(ctx, a));
  return types::make_range(*ctx.arena, t, hull(t, types::read_multirange(a)));
}

constexpr ScalarFunction kMultirangeFunctions[] = {
    {"multirange_constructor0", strict<&construct_none>},
    {"multirange_constructor1", strict<&construct_one>},
    {"multirange_constructor2", strict<&construct_list>},
    {"multirange_lower", strict<&lower>},
    {"multirange_upper", strict<&upper>},
    {"multirange_empty", strict<&empty>},
    {"multirange_lower_inc", strict<&lower_inclusive>},
    {"multirange_upper_inc", strict<&upper_inclusive>},
    {"multirange_lower_inf", strict<&lower_infinite>},
    {"multirange_upper_inf", strict<&upper_infinite>},
    {"multirange_cmp", strict<&order>},
    {"multirange_eq", strict<&eq>},
    {"multirange_ne", strict<&ne>},
    {"multirange_lt", strict<&lt>},
    {"multirange_le", strict<&le>},
    {"multirange_gt", strict<&gt>},
    {"multirange_ge", strict<&ge>},
    {"range_overlaps_multirange", strict<&related<&overlap>>},
    {"multirange_overlaps_range", strict<&related<&overlap>>},
    {"multirange_overlaps_multirange", strict<&related<&overlap>>},
    {"multirange_contains_elem", strict<&contains_element>},
    {"elem_contained_by_multirange", strict<&element_contained_by>},
    {"multirange_contains_range", strict<&related<&contain>>},
    {"range_contains_multirange", strict<&related<&contain>>},
    {"multirange_contains_multirange", strict<&related<&contain>>},
    {"range_contained_by_multirange", strict<&related<&within>>},
    {"multirange_contained_by_range", strict<&related<&within>>},
    {"multirange_contained_by_multirange", strict<&related<&within>>},
    {"range_before_multirange", strict<&related<&before>>},
    {"multirange_before_range", strict<&related<&before>>},
    {"multirange_before_multirange", strict<&related<&before>>},
    {"range_after_multirange", strict<&related<&after>>},
    {"multirange_after_range", strict<&related<&after>>},
    {"multirange_after_multirange", strict<&related<&after>>},
    {"range_overleft_multirange", strict<&related<&overleft>>},
    {"multirange_overleft_range", strict<&related<&overleft>>},
    {"multirange_overleft_multirange", strict<&related<&overleft>>},
    {"range_overright_multirange", strict<&related<&overright>>},
    {"multirange_overright_range", strict<&related<&overright>>},
    {"multirange_overright_multirange", strict<&related<&overright>>},
    {"range_adjacent_multirange", strict<&related<&adjacent>>},
    {"multirange_adjacent_range", strict<&related<&adjacent>>},
    {"multirange_adjacent_multirange", strict<&related<&adjacent>>},
    {"multirange_intersect", strict<&intersect>},
    {"multirange_intersect_agg_transfn", strict<&intersect>},
    {"multirange_union", strict<&union_of>},
    {"multirange_minus", strict<&minus>},
    {"range_merge_from_multirange", strict<&merge>},
};

}  // namespace

std::span<const ScalarFunction> multirange_functions() { return kMultirangeFunctions; }

}  // namespace functions
