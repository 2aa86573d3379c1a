// intarray: arrays of integers as sets and lists, and queries over them.
#include <algorithm>
#include <vector>

#include "extension_table.h"
#include "extensions/int_query.h"
#include "functions/kernel.h"
#include "types/array.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;
using Integers = std::vector<std::int32_t>;

// ---- query_int

Datum query_input(EvalContext& ctx, string_view text, std::int32_t) { return Datum::of(ctx.arena->copy(IntQuery(text).text())); }

constexpr types::TypeSupport kQuerySupport{
    .oid = 0,
    .name = "query_int",
    .physical = types::PhysicalType::varlen,
    .input = query_input,
    .output = [](EvalContext&, const Datum& value, std::string& out) { out += value.as<string_view>(); },
    .receive = nullptr,
    .send = nullptr,
    .compare = nullptr,
    .hash = nullptr,
    .encode_key = nullptr};

// ---- arrays as what they hold

Integers list_of(const Datum& array) {
  const types::ArrayView view(array);
  if (view.has_nulls()) throw SqlError("22004", "array must not contain nulls");
  Integers values;
  values.reserve(view.size());
  for (types::ArrayView::Cursor c(view); c.next();) values.push_back(c.value().as<std::int32_t>());
  return values;
}
Integers sorted(const Datum& array) {
  Integers values = list_of(array);
  std::ranges::sort(values);
  return values;
}
Integers set_of(const Datum& array) {
  Integers values = sorted(array);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Datum array_of(EvalContext& ctx, std::span<const std::int32_t> values) {
  types::ArrayBuilder builder(types::oid::int4, types::PhysicalType::int32);
  builder.reserve(values.size(), values.size() * sizeof(std::int32_t));
  for (const std::int32_t value : values) builder.add(Datum::of(value));
  return builder.finish(*ctx.arena);
}

// Of the old one's shape while there are as many; else the first dimension has them all.
Datum reshaped(EvalContext& ctx, const Datum& old, std::span<const std::int32_t> values) {
  const types::ArrayView view(old);
  if (values.empty() || view.dimensions() == 0) return array_of(ctx, values);
  types::ArrayBuilder builder(types::oid::int4, types::PhysicalType::int32);
  for (const std::int32_t value : values) builder.add(Datum::of(value));
  Integers lengths, bounds;
  for (int d = 0; d < view.dimensions(); ++d) {
    const bool same = values.size() == view.size();
    lengths.push_back(same ? view.length(d) : d == 0 ? static_cast<std::int32_t>(values.size()) : 1);
    bounds.push_back(view.lower_bound(d));
  }
  return builder.finish(*ctx.arena, lengths, bounds);
}

// ---- comparing

bool contains(Datum array, Datum part) { return std::ranges::includes(set_of(array), set_of(part)); }
bool contained(Datum part, Datum array) { return contains(array, part); }
bool overlap(Datum a, Datum b) {
  const Integers x = sorted(a), y = sorted(b);
  for (auto i = x.begin(), j = y.begin(); i != x.end() && j != y.end();) {
    if (*i == *j) return true;
    if (*i < *j) ++i;
    else ++j;
  }
  return false;
}
bool same(Datum a, Datum b) { return sorted(a) == sorted(b); }
bool different(Datum a, Datum b) { return !same(a, b); }

bool satisfies(Datum array, string_view query) {
  thread_local std::string last = "0";
  thread_local IntQuery parsed{"0"};
  if (query != last) {
    last.clear();
    parsed = IntQuery(query);
    last = query;
  }
  return parsed.holds(sorted(array));
}
bool is_satisfied(string_view query, Datum array) { return satisfies(array, query); }

// ---- as sets

Datum unite(EvalContext& ctx, Datum a, Datum b) {
  Integers result;
  std::ranges::set_union(set_of(a), set_of(b), std::back_inserter(result));
  return array_of(ctx, result);
}
Datum intersect(EvalContext& ctx, Datum a, Datum b) {
  Integers result;
  std::ranges::set_intersection(set_of(a), set_of(b), std::back_inserter(result));
  return array_of(ctx, result);
}
Datum subtract(EvalContext& ctx, Datum a, Datum b) {
  Integers result;
  std::ranges::set_difference(set_of(a), set_of(b), std::back_inserter(result));
  return array_of(ctx, result);
}
Datum unite_element(EvalContext& ctx, Datum array, std::int32_t value) {
  Integers values = set_of(array);
  const auto place = std::ranges::lower_bound(values, value);
  if (place == values.end() || *place != value) values.insert(place, value);
  return array_of(ctx, values);
}
Datum only(EvalContext& ctx, std::int32_t value) { return array_of(ctx, {&value, 1}); }

// ---- as lists

std::int32_t count(Datum array) { return static_cast<std::int32_t>(types::ArrayView(array).size()); }

Datum sort_by(EvalContext& ctx, Datum array, bool descending) {
  Integers values = list_of(array);
  if (descending) std::ranges::sort(values, std::ranges::greater());
  else std::ranges::sort(values);
  return reshaped(ctx, array, values);
}
Datum sort_asc(EvalContext& ctx, Datum array) { return sort_by(ctx, array, false); }
Datum sort_desc(EvalContext& ctx, Datum array) { return sort_by(ctx, array, true); }

void sort_kernel(EvalContext& ctx, const functions::FunctionCall&, std::span<const types::Vector* const> arguments,
                 types::Selection rows, types::Vector& out) {
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const types::Vector* argument : arguments)
      if (argument->is_null(row)) return out.set_null(row);
    const Datum array = arguments[0]->datum(row);
    bool descending = false;
    if (arguments.size() > 1 && list_of(array).size() > 1) {
      const auto direction = arguments[1]->get<string_view>(row);
      descending = types::equals_ignoring_case(direction, "desc");
      if (!descending && !types::equals_ignoring_case(direction, "asc"))
        throw SqlError("22023", "second parameter must be \"ASC\" or \"DESC\"");
    }
    out.set_datum(row, sort_by(ctx, array, descending));
  });
}

Datum without_repetitions(EvalContext& ctx, Datum array) {
  Integers values = list_of(array);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return reshaped(ctx, array, values);
}

std::int32_t place_of(Datum array, std::int32_t value) {
  const Integers values = list_of(array);
  const auto found = std::ranges::find(values, value);
  return found == values.end() ? 0 : static_cast<std::int32_t>(found - values.begin()) + 1;
}

// From `start`, counted from 1, or from the end when it is negative; so many, or up to so many before the end.
Datum part_of(EvalContext& ctx, const Datum& array, std::int32_t from, std::int32_t length) {
  const Integers values = list_of(array);
  const auto size = static_cast<std::int64_t>(values.size());
  std::int64_t start = from > 0 ? from - 1 : from;
  if (start < 0) start += size;
  std::int64_t end = length < 0 ? size + length : length == 0 ? size : start + length;
  end = std::min(end, size);
  start = std::max<std::int64_t>(start, 0);
  if (start >= end) return array_of(ctx, {});
  return array_of(ctx, std::span(values).subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)));
}

void part_kernel(EvalContext& ctx, const functions::FunctionCall&, std::span<const types::Vector* const> arguments,
                 types::Selection rows, types::Vector& out) {
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const types::Vector* argument : arguments)
      if (argument->is_null(row)) return out.set_null(row);
    out.set_datum(row, part_of(ctx, arguments[0]->datum(row), arguments[1]->get<std::int32_t>(row),
                               arguments.size() > 2 ? arguments[2]->get<std::int32_t>(row) : 0));
  });
}

Datum push_element(EvalContext& ctx, Datum array, std::int32_t value) {
  Integers values = list_of(array);
  values.push_back(value);
  return array_of(ctx, values);
}
Datum push_array(EvalContext& ctx, Datum a, Datum b) {
  Integers values = list_of(a);
  const Integers more = list_of(b);
  values.insert(values.end(), more.begin(), more.end());
  return array_of(ctx, values);
}
Datum delete_element(EvalContext& ctx, Datum array, std::int32_t value) {
  Integers values = list_of(array);
  std::erase(values, value);
  return reshaped(ctx, array, values);
}

string_view query_tree(string_view) { throw SqlError("XX000", "querytree is no longer implemented"); }

constexpr functions::ScalarFunction kIntarrayFunctions[] = {
    {"querytree", strict<&query_tree>},
    {"boolop", strict<&satisfies>},
    {"rboolop", strict<&is_satisfied>},
    {"_int_contains", strict<&contains>},
    {"_int_contained", strict<&contained>},
    {"_int_overlap", strict<&overlap>},
    {"_int_same", strict<&same>},
    {"_int_different", strict<&different>},
    {"_int_union", strict<&unite>},
    {"_int_inter", strict<&intersect>},
    {"intset", strict<&only>},
    {"icount", strict<&count>},
    {"sort", &sort_kernel},
    {"sort_asc", strict<&sort_asc>},
    {"sort_desc", strict<&sort_desc>},
    {"uniq", strict<&without_repetitions>},
    {"idx", strict<&place_of>},
    {"subarray", &part_kernel},
    {"intarray_push_elem", strict<&push_element>},
    {"intarray_push_array", strict<&push_array>},
    {"intarray_del_elem", strict<&delete_element>},
    {"intset_union_elem", strict<&unite_element>},
    {"intset_subtract", strict<&subtract>},
};

// ---- objects

constexpr Routine kIntarrayRoutines[] = {
    {"bqarr_in", "cstring", "query_int", "bqarr_in", "iss"},
    {"bqarr_out", "query_int", "cstring", "bqarr_out", "iss"},
    {"querytree", "query_int", "text", "querytree", "iss"},
    {"boolop", "_int4, query_int", "bool", "boolop", "iss"},
    {"rboolop", "query_int, _int4", "bool", "rboolop", "iss"},
    {"_int_matchsel", "internal, oid, internal, int4", "float8", "_int_matchsel", "sss"},
    {"_int_contains", "_int4, _int4", "bool", "_int_contains", "iss"},
    {"_int_contained", "_int4, _int4", "bool", "_int_contained", "iss"},
    {"_int_overlap", "_int4, _int4", "bool", "_int_overlap", "iss"},
    {"_int_same", "_int4, _int4", "bool", "_int_same", "iss"},
    {"_int_different", "_int4, _int4", "bool", "_int_different", "iss"},
    {"_int_union", "_int4, _int4", "_int4", "_int_union", "iss"},
    {"_int_inter", "_int4, _int4", "_int4", "_int_inter", "iss"},
    {"_int_overlap_sel", "internal, oid, internal, int4", "float8", "_int_overlap_sel", "sss"},
    {"_int_contains_sel", "internal, oid, internal, int4", "float8", "_int_contains_sel", "sss"},
    {"_int_contained_sel", "internal, oid, internal, int4", "float8", "_int_contained_sel", "sss"},
    {"_int_overlap_joinsel", "internal, oid, internal, int2, internal", "float8", "_int_overlap_joinsel", "sss"},
    {"_int_contains_joinsel", "internal, oid, internal, int2, internal", "float8", "_int_contains_joinsel", "sss"},
    {"_int_contained_joinsel", "internal, oid, internal, int2, internal", "float8", "_int_contained_joinsel", "sss"},
    {"intset", "int4", "_int4", "intset", "iss"},
    {"icount", "_int4", "int4", "icount", "iss"},
    {"sort", "_int4, text", "_int4", "sort", "iss"},
    {"sort", "_int4", "_int4", "sort", "iss"},
    {"sort_asc", "_int4", "_int4", "sort_asc", "iss"},
    {"sort_desc", "_int4", "_int4", "sort_desc", "iss"},
    {"uniq", "_int4", "_int4", "uniq", "iss"},
    {"idx", "_int4, int4", "int4", "idx", "iss"},
    {"subarray", "_int4, int4, int4", "_int4", "subarray", "iss"},
    {"subarray", "_int4, int4", "_int4", "subarray", "iss"},
    {"intarray_push_elem", "_int4, int4", "_int4", "intarray_push_elem", "iss"},
    {"intarray_push_array", "_int4, _int4", "_int4", "intarray_push_array", "iss"},
    {"intarray_del_elem", "_int4, int4", "_int4", "intarray_del_elem", "iss"},
    {"intset_union_elem", "_int4, int4", "_int4", "intset_union_elem", "iss"},
    {"intset_subtract", "_int4, _int4", "_int4", "intset_subtract", "iss"},
    {"g_int_consistent", "internal, _int4, int2, oid, internal", "bool", "g_int_consistent", "iss"},
    {"g_int_compress", "internal", "internal", "g_int_compress", "iss"},
    {"g_int_decompress", "internal", "internal", "g_int_decompress", "iss"},
    {"g_int_penalty", "internal, internal, internal", "internal", "g_int_penalty", "iss"},
    {"g_int_picksplit", "internal, internal", "internal", "g_int_picksplit", "iss"},
    {"g_int_union", "internal, internal", "_int4", "g_int_union", "iss"},
    {"g_int_same", "_int4, _int4, internal", "internal", "g_int_same", "iss"},
    {"_intbig_in", "cstring", "intbig_gkey", "_intbig_in", "iss"},
    {"_intbig_out", "intbig_gkey", "cstring", "_intbig_out", "iss"},
    {"g_intbig_consistent", "internal, _int4, int2, oid, internal", "bool", "g_intbig_consistent", "iss"},
    {"g_intbig_compress", "internal", "internal", "g_intbig_compress", "iss"},
    {"g_intbig_decompress", "internal", "internal", "g_intbig_decompress", "iss"},
    {"g_intbig_penalty", "internal, internal, internal", "internal", "g_intbig_penalty", "iss"},
    {"g_intbig_picksplit", "internal, internal", "internal", "g_intbig_picksplit", "iss"},
    {"g_intbig_union", "internal, internal", "intbig_gkey", "g_intbig_union", "iss"},
    {"g_intbig_same", "intbig_gkey, intbig_gkey, internal", "internal", "g_intbig_same", "iss"},
    {"ginint4_queryextract", "_int4, internal, int2, internal, internal, internal, internal", "internal",
     "ginint4_queryextract", "iss"},
    {"ginint4_consistent", "internal, int2, _int4, int4, internal, internal, internal, internal", "bool",
     "ginint4_consistent", "iss"},
    {"g_int_options", "internal", "void", "g_int_options", "i-s"},
    {"g_intbig_options", "internal", "void", "g_intbig_options", "i-s"},
};

constexpr Operator kIntarrayOperators[] = {
    {.name = "~~", .left = "query_int", .right = "_int4", .function = "rboolop",
     .commutator = "@@", .restrict = "_int_matchsel", .join = "contjoinsel"},
    {.name = "@@", .left = "_int4", .right = "query_int", .function = "boolop",
     .commutator = "~~", .restrict = "_int_matchsel", .join = "contjoinsel"},
    {.name = "&&", .left = "_int4", .right = "_int4", .function = "_int_overlap",
     .commutator = "&&", .restrict = "_int_overlap_sel", .join = "_int_overlap_joinsel"},
    {.name = "<@", .left = "_int4", .right = "_int4", .function = "_int_contained",
     .commutator = "@>", .restrict = "_int_contained_sel", .join = "_int_contained_joinsel"},
    {.name = "@>", .left = "_int4", .right = "_int4", .function = "_int_contains",
     .commutator = "<@", .restrict = "_int_contains_sel", .join = "_int_contains_joinsel"},
    {.name = "#", .right = "_int4", .function = "icount"},
    {.name = "#", .left = "_int4", .right = "int4", .function = "idx"},
    {.name = "+", .left = "_int4", .right = "int4", .function = "intarray_push_elem"},
    {.name = "+", .left = "_int4", .right = "_int4", .function = "intarray_push_array", .commutator = "+"},
    {.name = "-", .left = "_int4", .right = "int4", .function = "intarray_del_elem"},
    {.name = "|", .left = "_int4", .right = "int4", .function = "intset_union_elem"},
    {.name = "|", .left = "_int4", .right = "_int4", .function = "_int_union", .commutator = "|"},
    {.name = "-", .left = "_int4", .right = "_int4", .function = "intset_subtract"},
    {.name = "&", .left = "_int4", .right = "_int4", .function = "_int_inter", .commutator = "&"},
};

constexpr ClassOperator kGistOperators[] = {{3, "&&"}, {6, "=", "anyarray", "anyarray"}, {7, "@>"}, {20, "@@", "_int4", "query_int"}};
constexpr ClassOperator kGinOperators[] = {
    {3, "&&"}, {6, "=", "anyarray", "anyarray"}, {7, "@>"}, {8, "<@"}, {20, "@@", "_int4", "query_int"}};
constexpr ClassFunction kGist[] = {
    {1, "g_int_consistent", "internal, _int4, int2, oid, internal"},
    {2, "g_int_union", "internal, internal"},
    {3, "g_int_compress", "internal"},
    {4, "g_int_decompress", "internal"},
    {5, "g_int_penalty", "internal, internal, internal"},
    {6, "g_int_picksplit", "internal, internal"},
    {7, "g_int_same", "_int4, _int4, internal"},
    {10, "g_int_options", "internal"},
};
constexpr ClassFunction kGistBig[] = {
    {1, "g_intbig_consistent", "internal, _int4, int2, oid, internal"},
    {2, "g_intbig_union", "internal, internal"},
    {3, "g_intbig_compress", "internal"},
    {4, "g_intbig_decompress", "internal"},
    {5, "g_intbig_penalty", "internal, internal, internal"},
    {6, "g_intbig_picksplit", "internal, internal"},
    {7, "g_intbig_same", "intbig_gkey, intbig_gkey, internal"},
    {10, "g_intbig_options", "internal"},
};
constexpr ClassFunction kGin[] = {
    {1, "btint4cmp", "int4, int4"},
    {2, "ginarrayextract", "anyarray, internal, internal"},
    {3, "ginint4_queryextract", "_int4, internal, int2, internal, internal, internal, internal"},
    {4, "ginint4_consistent", "internal, int2, _int4, int4, internal, internal, internal, internal"},
};
constexpr OperatorClass kIntarrayClasses[] = {
    {.method = "gist", .name = "gist__int_ops", .type = "_int4", .operators = kGistOperators, .functions = kGist},
    {.method = "gist", .name = "gist__intbig_ops", .type = "_int4", .is_default = false, .storage = "intbig_gkey",
     .operators = kGistOperators, .functions = kGistBig},
    {.method = "gin", .name = "gin__int_ops", .type = "_int4", .is_default = false, .storage = "int4",
     .operators = kGinOperators, .functions = kGin},
};

}  // namespace

const Extension& intarray() {
  static const Type types[] = {
      {.name = "query_int", .input = "bqarr_in", .output = "bqarr_out", .support = &kQuerySupport, .storage = 'p'},
      {.name = "intbig_gkey", .input = "_intbig_in", .output = "_intbig_out", .storage = 'p'},
  };
  static const Extension extension{.name = "intarray",
                                   .version = "1.5",
                                   .comment = "functions, operators, and index support for 1-D arrays of integers",
                                   .trusted = true,
                                   .routines = kIntarrayRoutines,
                                   .operators = kIntarrayOperators,
                                   .types = types,
                                   .operator_classes = kIntarrayClasses,
                                   .functions = kIntarrayFunctions};
  return extension;
}

}  // namespace extensions
