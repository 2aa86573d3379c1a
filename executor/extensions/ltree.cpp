// ltree: paths of labels in a tree, and patterns of them.
#include "extensions/ltree.h"

#include <algorithm>

#include <fmt/format.h>

#include "extension_table.h"
#include "functions/comparison.h"
#include "functions/kernel.h"
#include "ltree_query.h"
#include "types/array.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"
#include "types/utf8.h"
#include "types/wire.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;

// ---- as types

constexpr std::int8_t kBinaryVersion = 1;

// The text behind a version.
string_view received_text(std::span<const std::byte> bytes, string_view type) {
  types::WireReader reader(bytes);
  const auto version = reader.read<std::int8_t>();
  if (version != kBinaryVersion) throw SqlError("XX000", fmt::format("unsupported {} version number {}", type, version));
  const auto rest = reader.read_bytes(reader.left());
  const string_view text(reinterpret_cast<const char*>(rest.data()), rest.size());
  types::check_utf8(text);
  return text;
}
void send_text(EvalContext&, const Datum& value, std::string& out) {
  types::append_wire(out, kBinaryVersion);
  out += value.as<string_view>();
}
void output_text(EvalContext&, const Datum& value, std::string& out) { out += value.as<string_view>(); }

Datum path_input(EvalContext& ctx, string_view text, std::int32_t) {
  check_path(text);
  return Datum::of(ctx.arena->copy(text));
}
template <typename Query>
Datum query_input(EvalContext& ctx, string_view text, std::int32_t) {
  return Datum::of(ctx.arena->copy(Query(text).text()));
}

const types::TypeSupport& support() {
  static constexpr types::TypeSupport made{
      .oid = 0,
      .name = "ltree",
      .physical = types::PhysicalType::varlen,
      .input = path_input,
      .output = output_text,
      .receive = [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
        return path_input(ctx, received_text(bytes, "ltree"), typmod);
      },
      .send = send_text,
      .compare = [](const Datum& a, const Datum& b) { return a.as<string_view>().compare(b.as<string_view>()); },
      .hash = nullptr,
      .encode_key = [](const Datum& value, std::string& out) { types::append_key_text(out, value.as<string_view>()); }};
  return made;
}
const types::TypeSupport& pattern_support() {
  static constexpr types::TypeSupport made{
      .oid = 0,
      .name = "lquery",
      .physical = types::PhysicalType::varlen,
      .input = query_input<PathPattern>,
      .output = output_text,
      .receive = [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
        return query_input<PathPattern>(ctx, received_text(bytes, "lquery"), typmod);
      },
      .send = send_text,
      .compare = nullptr,
      .hash = nullptr,
      .encode_key = nullptr};
  return made;
}
const types::TypeSupport& words_support() {
  static constexpr types::TypeSupport made{
      .oid = 0,
      .name = "ltxtquery",
      .physical = types::PhysicalType::varlen,
      .input = query_input<PathWords>,
      .output = output_text,
      .receive = [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
        return query_input<PathWords>(ctx, received_text(bytes, "ltxtquery"), typmod);
      },
      .send = send_text,
      .compare = nullptr,
      .hash = nullptr,
      .encode_key = nullptr};
  return made;
}

std::string send(EvalContext& ctx, string_view text) {
  std::string out;
  send_text(ctx, Datum::of(text), out);
  return out;
}

// ---- order

// By how much, as PostgreSQL tells: of the first labels that differ their bytes, then their lengths, then the levels.
int difference(string_view a, string_view b) noexcept {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  const auto label_end = [&](string_view path) { return std::min(path.find('.', at), path.size()); };
  const std::size_t a_end = label_end(a), b_end = label_end(b);
  if (at < a_end && at < b_end) return static_cast<unsigned char>(a[at]) - static_cast<unsigned char>(b[at]);
  if (a_end != b_end) return a_end < b_end ? -static_cast<int>(b_end - at) : static_cast<int>(a_end - at);
  return static_cast<int>(path_levels(a)) - static_cast<int>(path_levels(b));
}
using Path = functions::CompareBy<string_view, &difference>;

// ---- parts

// Labels from `start` up to `end`.
string_view part(string_view path, std::int64_t start, std::int64_t end) {
  const auto levels = static_cast<std::int64_t>(path_levels(path));
  if (start < 0 || end < 0 || start >= levels || start > end) throw SqlError("22023", "invalid positions");
  if (start == end) return {};
  const string_view first = first_labels(path, static_cast<std::size_t>(std::min(end, levels)));
  if (start == 0) return first;
  return first.substr(first_labels(path, static_cast<std::size_t>(start)).size() + 1);
}

string_view subltree(string_view path, std::int32_t start, std::int32_t end) { return part(path, start, end); }

// A start before the first label counts from the end, twice if need be, as in PostgreSQL.
string_view subpath(string_view path, std::int64_t start, std::int64_t length, bool to_end) {
  const auto levels = static_cast<std::int64_t>(path_levels(path));
  if (start < 0) start += levels;
  if (start < 0) start += levels;
  return part(path, start, to_end ? kMaxPathLevels : length < 0 ? levels + length : start + length);
}

// Of two arguments, or three.
void subpath_kernel(EvalContext& ctx, const functions::FunctionCall&, std::span<const types::Vector* const> arguments,
                    types::Selection rows, types::Vector& out) {
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const types::Vector* argument : arguments)
      if (argument->is_null(row)) return out.set_null(row);
    const bool to_end = arguments.size() == 2;
    const string_view found = subpath(arguments[0]->get<string_view>(row), arguments[1]->get<std::int32_t>(row),
                                      to_end ? 0 : arguments[2]->get<std::int32_t>(row), to_end);
    out.set<string_view>(row, ctx.arena->copy(found));
  });
}

std::int32_t index_of(string_view path, string_view wanted, std::int32_t start) {
  std::vector<string_view> labels, parts;
  split_path(path, labels);
  split_path(wanted, parts);
  const auto levels = static_cast<std::int64_t>(labels.size());
  std::int64_t at = start < 0 ? std::max<std::int64_t>(levels + start, 0) : start;
  if (labels.empty() || parts.empty()) return -1;
  for (; at + static_cast<std::int64_t>(parts.size()) <= levels; ++at)
    if (std::equal(parts.begin(), parts.end(), labels.begin() + at)) return static_cast<std::int32_t>(at);
  return -1;
}

void index_kernel(EvalContext&, const functions::FunctionCall&, std::span<const types::Vector* const> arguments,
                  types::Selection rows, types::Vector& out) {
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const types::Vector* argument : arguments)
      if (argument->is_null(row)) return out.set_null(row);
    out.set<std::int32_t>(row, index_of(arguments[0]->get<string_view>(row), arguments[1]->get<string_view>(row),
                                        arguments.size() > 2 ? arguments[2]->get<std::int32_t>(row) : 0));
  });
}

std::int32_t nlevel(string_view path) { return static_cast<std::int32_t>(path_levels(path)); }
string_view to_text(string_view path) { return path; }
string_view from_text(string_view text) {
  check_path(text);
  return text;
}

std::string joined(string_view a, string_view b) {
  const std::size_t levels = path_levels(a) + path_levels(b);
  if (levels > kMaxPathLevels)
    throw SqlError("54000", fmt::format("number of ltree levels ({}) exceeds the maximum allowed ({})", levels, kMaxPathLevels));
  std::string out(a);
  if (!a.empty() && !b.empty()) out += '.';
  return out.append(b);
}
std::string add_text(string_view path, string_view text) { return joined(path, from_text(text)); }
std::string text_add(string_view text, string_view path) { return joined(from_text(text), path); }

bool is_ancestor(string_view above, string_view path) {
  return path.starts_with(above) && (above.empty() || path.size() == above.size() || path[above.size()] == '.');
}
bool is_descendant(string_view path, string_view above) { return is_ancestor(above, path); }

// The longest path that is above them all and is none of them; none: one of them has no labels, or there are none.
std::optional<string_view> common_ancestor(std::span<const string_view> paths) {
  if (paths.empty()) return std::nullopt;
  std::size_t levels = path_levels(paths[0]);
  for (const string_view path : paths) {
    const std::size_t own = path_levels(path);
    if (own == 0) return std::nullopt;
    levels = std::min(levels, own);
  }
  for (std::size_t keep = levels - 1; keep > 0; --keep) {
    const string_view first = first_labels(paths[0], keep);
    if (std::ranges::all_of(paths, [&](string_view path) { return is_ancestor(first, path); })) return first;
  }
  return string_view();
}

void common_kernel(EvalContext& ctx, const functions::FunctionCall&, std::span<const types::Vector* const> arguments,
                   types::Selection rows, types::Vector& out) {
  std::vector<string_view> paths;
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    paths.clear();
    for (const types::Vector* argument : arguments) {
      if (argument->is_null(row)) return out.set_null(row);
      paths.push_back(argument->get<string_view>(row));
    }
    const auto found = common_ancestor(paths);
    if (found) out.set<string_view>(row, ctx.arena->copy(*found));
    else out.set_null(row);
  });
}

// ---- many paths, many patterns

// The array's values; 2202E and 22004 where it is no list of values.
std::vector<string_view> list_of(const Datum& array) {
  const types::ArrayView view(array);
  if (view.dimensions() > 1) throw SqlError("2202E", "array must be one-dimensional");
  if (view.has_nulls()) throw SqlError("22004", "array must not contain nulls");
  std::vector<string_view> values;
  values.reserve(view.size());
  for (types::ArrayView::Cursor c(view); c.next();) values.push_back(c.value().as<string_view>());
  return values;
}

std::optional<string_view> common_of(Datum array) {
  const std::vector<string_view> paths = list_of(array);
  return common_ancestor(paths);
}

// A query that the rows of a batch share is parsed once.
template <typename Query>
const Query& parsed(string_view text) {
  thread_local std::string last;
  thread_local Query query{"a"};
  if (text != last) {
    last.clear();
    query = Query(text);
    last = text;
  }
  return query;
}

template <typename Query>
bool matches(string_view path, string_view query) {
  return parsed<Query>(query).matches(path);
}
bool matches_any(string_view path, Datum patterns) {
  const std::vector<string_view> all = list_of(patterns);
  return std::ranges::any_of(all, [&](string_view pattern) { return PathPattern(pattern).matches(path); });
}

template <auto Holds, typename Query>
std::optional<string_view> first_of(Datum paths, Query query) {
  for (const string_view path : list_of(paths))
    if (Holds(path, query)) return path;
  return std::nullopt;
}
template <auto Holds, typename Query>
bool any_of(Datum paths, Query query) {
  return first_of<Holds, Query>(paths, query).has_value();
}
// The other way round.
template <auto Holds, typename A, typename B>
bool swapped(A a, B b) {
  return Holds(b, a);
}

bool above(string_view path, string_view below) { return is_ancestor(path, below); }

constexpr functions::ScalarFunction kLtreeFunctions[] = {
    SEXTANT_COMPARISONS("ltree_", Path),
    {"ltree_cmp", strict<&Path::cmp>},
    {"subltree", strict<&subltree>},
    {"subpath", &subpath_kernel},
    {"ltree_index", &index_kernel},
    {"nlevel", strict<&nlevel>},
    {"ltree2text", strict<&to_text>},
    {"text2ltree", strict<&from_text>},
    {"_lca", strict<&common_of>},
    {"lca", &common_kernel},
    {"ltree_isparent", strict<&is_ancestor>},
    {"ltree_risparent", strict<&is_descendant>},
    {"ltree_addltree", strict<&joined>},
    {"ltree_addtext", strict<&add_text>},
    {"ltree_textadd", strict<&text_add>},
    {"ltq_regex", strict<&matches<PathPattern>>},
    {"ltq_rregex", strict<&swapped<&matches<PathPattern>, string_view, string_view>>},
    {"lt_q_regex", strict<&matches_any>},
    {"lt_q_rregex", strict<&swapped<&matches_any, Datum, string_view>>},
    {"ltxtq_exec", strict<&matches<PathWords>>},
    {"ltxtq_rexec", strict<&swapped<&matches<PathWords>, string_view, string_view>>},
    {"_ltree_isparent", strict<&any_of<&above, string_view>>},
    {"_ltree_r_isparent", strict<&swapped<&any_of<&above, string_view>, string_view, Datum>>},
    {"_ltree_risparent", strict<&any_of<&is_descendant, string_view>>},
    {"_ltree_r_risparent", strict<&swapped<&any_of<&is_descendant, string_view>, string_view, Datum>>},
    {"_ltq_regex", strict<&any_of<&matches<PathPattern>, string_view>>},
    {"_ltq_rregex", strict<&swapped<&any_of<&matches<PathPattern>, string_view>, string_view, Datum>>},
    {"_lt_q_regex", strict<&any_of<&matches_any, Datum>>},
    {"_lt_q_rregex", strict<&swapped<&any_of<&matches_any, Datum>, Datum, Datum>>},
    {"_ltxtq_exec", strict<&any_of<&matches<PathWords>, string_view>>},
    {"_ltxtq_rexec", strict<&swapped<&any_of<&matches<PathWords>, string_view>, string_view, Datum>>},
    {"_ltree_extract_isparent", strict<&first_of<&above, string_view>>},
    {"_ltree_extract_risparent", strict<&first_of<&is_descendant, string_view>>},
    {"_ltq_extract_regex", strict<&first_of<&matches<PathPattern>, string_view>>},
    {"_ltxtq_extract_exec", strict<&first_of<&matches<PathWords>, string_view>>},
    {"ltree_send", strict<&send>},
    {"lquery_send", strict<&send>},
    {"ltxtq_send", strict<&send>},
};

// ---- objects

constexpr Routine kLtreeRoutines[] = {
    {"ltree_in", "cstring", "ltree", "ltree_in", "iss"},
    {"ltree_out", "ltree", "cstring", "ltree_out", "iss"},
    {"ltree_cmp", "ltree, ltree", "int4", "ltree_cmp", "iss"},
    {"ltree_lt", "ltree, ltree", "bool", "ltree_lt", "iss"},
    {"ltree_le", "ltree, ltree", "bool", "ltree_le", "iss"},
    {"ltree_eq", "ltree, ltree", "bool", "ltree_eq", "iss"},
    {"ltree_ge", "ltree, ltree", "bool", "ltree_ge", "iss"},
    {"ltree_gt", "ltree, ltree", "bool", "ltree_gt", "iss"},
    {"ltree_ne", "ltree, ltree", "bool", "ltree_ne", "iss"},
    {"subltree", "ltree, int4, int4", "ltree", "subltree", "iss"},
    {"subpath", "ltree, int4, int4", "ltree", "subpath", "iss"},
    {"subpath", "ltree, int4", "ltree", "subpath", "iss"},
    {"index", "ltree, ltree", "int4", "ltree_index", "iss"},
    {"index", "ltree, ltree, int4", "int4", "ltree_index", "iss"},
    {"nlevel", "ltree", "int4", "nlevel", "iss"},
    {"ltree2text", "ltree", "text", "ltree2text", "iss"},
    {"text2ltree", "text", "ltree", "text2ltree", "iss"},
    {"lca", "_ltree", "ltree", "_lca", "iss"},
    {"lca", "ltree, ltree", "ltree", "lca", "iss"},
    {"lca", "ltree, ltree, ltree", "ltree", "lca", "iss"},
    {"lca", "ltree, ltree, ltree, ltree", "ltree", "lca", "iss"},
    {"lca", "ltree, ltree, ltree, ltree, ltree", "ltree", "lca", "iss"},
    {"lca", "ltree, ltree, ltree, ltree, ltree, ltree", "ltree", "lca", "iss"},
    {"lca", "ltree, ltree, ltree, ltree, ltree, ltree, ltree", "ltree", "lca", "iss"},
    {"lca", "ltree, ltree, ltree, ltree, ltree, ltree, ltree, ltree", "ltree", "lca", "iss"},
    {"ltree_isparent", "ltree, ltree", "bool", "ltree_isparent", "iss"},
    {"ltree_risparent", "ltree, ltree", "bool", "ltree_risparent", "iss"},
    {"ltree_addltree", "ltree, ltree", "ltree", "ltree_addltree", "iss"},
    {"ltree_addtext", "ltree, text", "ltree", "ltree_addtext", "iss"},
    {"ltree_textadd", "text, ltree", "ltree", "ltree_textadd", "iss"},
    {"ltreeparentsel", "internal, oid, internal, int4", "float8", "ltreeparentsel", "iss"},
    {"lquery_in", "cstring", "lquery", "lquery_in", "iss"},
    {"lquery_out", "lquery", "cstring", "lquery_out", "iss"},
    {"ltq_regex", "ltree, lquery", "bool", "ltq_regex", "iss"},
    {"ltq_rregex", "lquery, ltree", "bool", "ltq_rregex", "iss"},
    {"lt_q_regex", "ltree, _lquery", "bool", "lt_q_regex", "iss"},
    {"lt_q_rregex", "_lquery, ltree", "bool", "lt_q_rregex", "iss"},
    {"ltxtq_in", "cstring", "ltxtquery", "ltxtq_in", "iss"},
    {"ltxtq_out", "ltxtquery", "cstring", "ltxtq_out", "iss"},
    {"ltxtq_exec", "ltree, ltxtquery", "bool", "ltxtq_exec", "iss"},
    {"ltxtq_rexec", "ltxtquery, ltree", "bool", "ltxtq_rexec", "iss"},
    {"ltree_gist_in", "cstring", "ltree_gist", "ltree_gist_in", "iss"},
    {"ltree_gist_out", "ltree_gist", "cstring", "ltree_gist_out", "iss"},
    {"ltree_consistent", "internal, ltree, int2, oid, internal", "bool", "ltree_consistent", "iss"},
    {"ltree_compress", "internal", "internal", "ltree_compress", "iss"},
    {"ltree_decompress", "internal", "internal", "ltree_decompress", "iss"},
    {"ltree_penalty", "internal, internal, internal", "internal", "ltree_penalty", "iss"},
    {"ltree_picksplit", "internal, internal", "internal", "ltree_picksplit", "iss"},
    {"ltree_union", "internal, internal", "ltree_gist", "ltree_union", "iss"},
    {"ltree_same", "ltree_gist, ltree_gist, internal", "internal", "ltree_same", "iss"},
    {"_ltree_isparent", "_ltree, ltree", "bool", "_ltree_isparent", "iss"},
    {"_ltree_r_isparent", "ltree, _ltree", "bool", "_ltree_r_isparent", "iss"},
    {"_ltree_risparent", "_ltree, ltree", "bool", "_ltree_risparent", "iss"},
    {"_ltree_r_risparent", "ltree, _ltree", "bool", "_ltree_r_risparent", "iss"},
    {"_ltq_regex", "_ltree, lquery", "bool", "_ltq_regex", "iss"},
    {"_ltq_rregex", "lquery, _ltree", "bool", "_ltq_rregex", "iss"},
    {"_lt_q_regex", "_ltree, _lquery", "bool", "_lt_q_regex", "iss"},
    {"_lt_q_rregex", "_lquery, _ltree", "bool", "_lt_q_rregex", "iss"},
    {"_ltxtq_exec", "_ltree, ltxtquery", "bool", "_ltxtq_exec", "iss"},
    {"_ltxtq_rexec", "ltxtquery, _ltree", "bool", "_ltxtq_rexec", "iss"},
    {"_ltree_extract_isparent", "_ltree, ltree", "ltree", "_ltree_extract_isparent", "iss"},
    {"_ltree_extract_risparent", "_ltree, ltree", "ltree", "_ltree_extract_risparent", "iss"},
    {"_ltq_extract_regex", "_ltree, lquery", "ltree", "_ltq_extract_regex", "iss"},
    {"_ltxtq_extract_exec", "_ltree, ltxtquery", "ltree", "_ltxtq_extract_exec", "iss"},
    {"_ltree_consistent", "internal, _ltree, int2, oid, internal", "bool", "_ltree_consistent", "iss"},
    {"_ltree_compress", "internal", "internal", "_ltree_compress", "iss"},
    {"_ltree_penalty", "internal, internal, internal", "internal", "_ltree_penalty", "iss"},
    {"_ltree_picksplit", "internal, internal", "internal", "_ltree_picksplit", "iss"},
    {"_ltree_union", "internal, internal", "ltree_gist", "_ltree_union", "iss"},
    {"_ltree_same", "ltree_gist, ltree_gist, internal", "internal", "_ltree_same", "iss"},
    {"ltree_recv", "internal", "ltree", "ltree_recv", "iss"},
    {"ltree_send", "ltree", "bytea", "ltree_send", "iss"},
    {"lquery_recv", "internal", "lquery", "lquery_recv", "iss"},
    {"lquery_send", "lquery", "bytea", "lquery_send", "iss"},
    {"ltxtq_recv", "internal", "ltxtquery", "ltxtq_recv", "iss"},
    {"ltxtq_send", "ltxtquery", "bytea", "ltxtq_send", "iss"},
    {"ltree_gist_options", "internal", "void", "ltree_gist_options", "i-s"},
    {"_ltree_gist_options", "internal", "void", "_ltree_gist_options", "i-s"},
};

constexpr Operator kLtreeOperators[] = {
    {.name = ">", .left = "ltree", .right = "ltree", .function = "ltree_gt",
     .commutator = "<", .negator = "<=", .restrict = "scalargtsel", .join = "scalargtjoinsel"},
    {.name = ">=", .left = "ltree", .right = "ltree", .function = "ltree_ge",
     .commutator = "<=", .negator = "<", .restrict = "scalargesel", .join = "scalargejoinsel"},
    {.name = "<", .left = "ltree", .right = "ltree", .function = "ltree_lt",
     .commutator = ">", .negator = ">=", .restrict = "scalarltsel", .join = "scalarltjoinsel"},
    {.name = "<=", .left = "ltree", .right = "ltree", .function = "ltree_le",
     .commutator = ">=", .negator = ">", .restrict = "scalarlesel", .join = "scalarlejoinsel"},
    {.name = "<>", .left = "ltree", .right = "ltree", .function = "ltree_ne",
     .commutator = "<>", .negator = "=", .restrict = "neqsel", .join = "neqjoinsel"},
    {.name = "=", .left = "ltree", .right = "ltree", .function = "ltree_eq",
     .commutator = "=", .negator = "<>", .restrict = "eqsel", .join = "eqjoinsel", .merges = true},
    {.name = "<@", .left = "ltree", .right = "ltree", .function = "ltree_risparent",
     .commutator = "@>", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "@>", .left = "ltree", .right = "ltree", .function = "ltree_isparent",
     .commutator = "<@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^<@", .left = "ltree", .right = "ltree", .function = "ltree_risparent",
     .commutator = "^@>", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^@>", .left = "ltree", .right = "ltree", .function = "ltree_isparent",
     .commutator = "^<@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "||", .left = "ltree", .right = "ltree", .function = "ltree_addltree"},
    {.name = "||", .left = "ltree", .right = "text", .function = "ltree_addtext"},
    {.name = "||", .left = "text", .right = "ltree", .function = "ltree_textadd"},
    {.name = "~", .left = "lquery", .right = "ltree", .function = "ltq_rregex",
     .commutator = "~", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "~", .left = "ltree", .right = "lquery", .function = "ltq_regex",
     .commutator = "~", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^~", .left = "lquery", .right = "ltree", .function = "ltq_rregex",
     .commutator = "^~", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^~", .left = "ltree", .right = "lquery", .function = "ltq_regex",
     .commutator = "^~", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "?", .left = "_lquery", .right = "ltree", .function = "lt_q_rregex",
     .commutator = "?", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "?", .left = "ltree", .right = "_lquery", .function = "lt_q_regex",
     .commutator = "?", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^?", .left = "_lquery", .right = "ltree", .function = "lt_q_rregex",
     .commutator = "^?", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^?", .left = "ltree", .right = "_lquery", .function = "lt_q_regex",
     .commutator = "^?", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "@", .left = "ltxtquery", .right = "ltree", .function = "ltxtq_rexec",
     .commutator = "@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "@", .left = "ltree", .right = "ltxtquery", .function = "ltxtq_exec",
     .commutator = "@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^@", .left = "ltxtquery", .right = "ltree", .function = "ltxtq_rexec",
     .commutator = "^@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^@", .left = "ltree", .right = "ltxtquery", .function = "ltxtq_exec",
     .commutator = "^@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "<@", .left = "ltree", .right = "_ltree", .function = "_ltree_r_isparent",
     .commutator = "@>", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "@>", .left = "_ltree", .right = "ltree", .function = "_ltree_isparent",
     .commutator = "<@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "@>", .left = "ltree", .right = "_ltree", .function = "_ltree_r_risparent",
     .commutator = "<@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "<@", .left = "_ltree", .right = "ltree", .function = "_ltree_risparent",
     .commutator = "@>", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "~", .left = "lquery", .right = "_ltree", .function = "_ltq_rregex",
     .commutator = "~", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "~", .left = "_ltree", .right = "lquery", .function = "_ltq_regex",
     .commutator = "~", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "?", .left = "_lquery", .right = "_ltree", .function = "_lt_q_rregex",
     .commutator = "?", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "?", .left = "_ltree", .right = "_lquery", .function = "_lt_q_regex",
     .commutator = "?", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "@", .left = "ltxtquery", .right = "_ltree", .function = "_ltxtq_rexec",
     .commutator = "@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "@", .left = "_ltree", .right = "ltxtquery", .function = "_ltxtq_exec",
     .commutator = "@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^<@", .left = "ltree", .right = "_ltree", .function = "_ltree_r_isparent",
     .commutator = "^@>", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^@>", .left = "_ltree", .right = "ltree", .function = "_ltree_isparent",
     .commutator = "^<@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^@>", .left = "ltree", .right = "_ltree", .function = "_ltree_r_risparent",
     .commutator = "^<@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^<@", .left = "_ltree", .right = "ltree", .function = "_ltree_risparent",
     .commutator = "^@>", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^~", .left = "lquery", .right = "_ltree", .function = "_ltq_rregex",
     .commutator = "^~", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^~", .left = "_ltree", .right = "lquery", .function = "_ltq_regex",
     .commutator = "^~", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^?", .left = "_lquery", .right = "_ltree", .function = "_lt_q_rregex",
     .commutator = "^?", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^?", .left = "_ltree", .right = "_lquery", .function = "_lt_q_regex",
     .commutator = "^?", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^@", .left = "ltxtquery", .right = "_ltree", .function = "_ltxtq_rexec",
     .commutator = "^@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "^@", .left = "_ltree", .right = "ltxtquery", .function = "_ltxtq_exec",
     .commutator = "^@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "?@>", .left = "_ltree", .right = "ltree", .function = "_ltree_extract_isparent"},
    {.name = "?<@", .left = "_ltree", .right = "ltree", .function = "_ltree_extract_risparent"},
    {.name = "?~", .left = "_ltree", .right = "lquery", .function = "_ltq_extract_regex"},
    {.name = "?@", .left = "_ltree", .right = "ltxtquery", .function = "_ltxtq_extract_exec"},
};

constexpr ClassOperator kOrder[] = {{1, "<"}, {2, "<="}, {3, "="}, {4, ">="}, {5, ">"}};
constexpr ClassOperator kPaths[] = {
    {1, "<"},
    {2, "<="},
    {3, "="},
    {4, ">="},
    {5, ">"},
    {10, "@>"},
    {11, "<@"},
    {12, "~", "ltree", "lquery"},
    {13, "~", "lquery", "ltree"},
    {14, "@", "ltree", "ltxtquery"},
    {15, "@", "ltxtquery", "ltree"},
    {16, "?", "ltree", "_lquery"},
    {17, "?", "_lquery", "ltree"},
};
constexpr ClassOperator kLists[] = {
    {10, "<@", "_ltree", "ltree"},
    {11, "@>", "ltree", "_ltree"},
    {12, "~", "_ltree", "lquery"},
    {13, "~", "lquery", "_ltree"},
    {14, "@", "_ltree", "ltxtquery"},
    {15, "@", "ltxtquery", "_ltree"},
    {16, "?", "_ltree", "_lquery"},
    {17, "?", "_lquery", "_ltree"},
};
constexpr ClassFunction kCompare[] = {{1, "ltree_cmp", "ltree, ltree"}};
constexpr ClassFunction kGistPaths[] = {
    {1, "ltree_consistent", "internal, ltree, int2, oid, internal"},
    {2, "ltree_union", "internal, internal"},
    {3, "ltree_compress", "internal"},
    {4, "ltree_decompress", "internal"},
    {5, "ltree_penalty", "internal, internal, internal"},
    {6, "ltree_picksplit", "internal, internal"},
    {7, "ltree_same", "ltree_gist, ltree_gist, internal"},
    {10, "ltree_gist_options", "internal"},
};
constexpr ClassFunction kGistLists[] = {
    {1, "_ltree_consistent", "internal, _ltree, int2, oid, internal"},
    {2, "_ltree_union", "internal, internal"},
    {3, "_ltree_compress", "internal"},
    {4, "ltree_decompress", "internal"},
    {5, "_ltree_penalty", "internal, internal, internal"},
    {6, "_ltree_picksplit", "internal, internal"},
    {7, "_ltree_same", "ltree_gist, ltree_gist, internal"},
    {10, "_ltree_gist_options", "internal"},
};
constexpr OperatorClass kLtreeClasses[] = {
    {.method = "btree", .name = "ltree_ops", .type = "ltree", .operators = kOrder, .functions = kCompare},
    {.method = "gist", .name = "gist_ltree_ops", .type = "ltree", .storage = "ltree_gist", .operators = kPaths,
     .functions = kGistPaths},
    {.method = "gist", .name = "gist__ltree_ops", .type = "_ltree", .storage = "ltree_gist", .operators = kLists,
     .functions = kGistLists},
};

}  // namespace

const Extension& ltree() {
  static const Type types[] = {
      {.name = "ltree", .input = "ltree_in", .output = "ltree_out", .receive = "ltree_recv", .send = "ltree_send",
       .support = &support()},
      {.name = "lquery", .input = "lquery_in", .output = "lquery_out", .receive = "lquery_recv", .send = "lquery_send",
       .support = &pattern_support()},
      {.name = "ltxtquery", .input = "ltxtq_in", .output = "ltxtq_out", .receive = "ltxtq_recv", .send = "ltxtq_send",
       .support = &words_support()},
      {.name = "ltree_gist", .input = "ltree_gist_in", .output = "ltree_gist_out", .storage = 'p'},
  };
  static const Extension extension{.name = "ltree",
                                   .version = "1.2",
                                   .comment = "data type for hierarchical tree-like structures",
                                   .trusted = true,
                                   .routines = kLtreeRoutines,
                                   .operators = kLtreeOperators,
                                   .types = types,
                                   .operator_classes = kLtreeClasses,
                                   .functions = kLtreeFunctions};
  return extension;
}

}  // namespace extensions
