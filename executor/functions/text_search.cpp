// tsvector and tsquery: operators and functions that need no configuration.
#include "types/stored_tsvector.h"
#include "types/text_search.h"

#include <algorithm>

#include <fmt/format.h>

#include "comparison.h"
#include "function_table.h"
#include "types/array.h"
#include "types/sql_error.h"
#include "types/text.h"

namespace functions {
namespace {

using std::string_view;
using types::ArrayView;
using types::Lexeme;
using types::SqlError;
using types::TsOperation;
using types::TsQueryPtr;
using types::TsVector;

int vector_order(string_view a, string_view b) {
  return types::compare_tsvectors(types::read_tsvector(a), types::read_tsvector(b));
}
int query_order(string_view a, string_view b) {
  return types::compare_tsqueries(types::read_tsquery(a).get(), types::read_tsquery(b).get());
}
using CompareVectors = CompareBy<string_view, &vector_order>;
using CompareQueries = CompareBy<string_view, &query_order>;

bool match(string_view vector, string_view query) {
  // One query is asked of many rows. Nothing in here lets another coroutine run on this thread.
  struct Kept {
    std::string bytes;
    types::TsQueryPtr query;
  };
  thread_local Kept kept;
  constexpr std::size_t kMostKept = 4096;
  if (query.size() > kMostKept) return types::ts_match(vector, types::read_tsquery(query).get());
  if (kept.bytes != query) {
    kept.query.reset();  // what it refers to goes
    kept.bytes = query;
    kept.query = types::read_tsquery(kept.bytes);
  }
  return types::ts_match(vector, kept.query.get());
}
bool matches_vector(string_view query, string_view vector) { return match(vector, query); }

std::int32_t length(string_view v) { return static_cast<std::int32_t>(types::read_tsvector(v).size()); }
string_view strip(EvalContext& ctx, string_view v) {
  TsVector vector = types::read_tsvector(v);
  for (Lexeme& l : vector) l.positions.clear();
  return types::make_tsvector(*ctx.arena, std::move(vector));
}
int weight_of(char c) {
  switch (c) {
    case 'A': case 'a': return 3;
    case 'B': case 'b': return 2;
    case 'C': case 'c': return 1;
    case 'D': case 'd': return 0;
    default: return -1;
  }
}
// SqlError 22023.
int required_weight(std::int8_t c) {
  const int w = weight_of(static_cast<char>(c));
  if (w >= 0) return w;
  std::string shown = c == 0 ? "\\000" : "";
  types::append_char_text(shown, c);
  throw SqlError("22023", fmt::format("unrecognized weight: \"{}\"", shown));
}
string_view set_weight(EvalContext& ctx, string_view v, std::int8_t weight) {
  const int w = required_weight(weight);
  TsVector vector = types::read_tsvector(v);
  for (Lexeme& l : vector)
    for (std::uint16_t& p : l.positions) p = Lexeme::make(Lexeme::position(p), w);
  return types::make_tsvector(*ctx.arena, std::move(vector));
}
enum class Nulls : bool { refused, ignored };
std::vector<string_view> lexemes_of(string_view array, Nulls nulls = Nulls::ignored) {
  std::vector<string_view> result;
  const ArrayView view(array);
  for (ArrayView::Cursor c(view); c.next();) {
    if (c.value().is_null) {
      if (nulls == Nulls::ignored) continue;
      throw SqlError("22004", "lexeme array may not contain nulls");
    }
    result.push_back(c.value().as<string_view>());
  }
  return result;
}
string_view set_weight_of(EvalContext& ctx, string_view v, std::int8_t weight, string_view array) {
  const int w = required_weight(weight);
  TsVector vector = types::read_tsvector(v);
  const std::vector<string_view> wanted = lexemes_of(array);
  for (Lexeme& l : vector)
    if (std::find(wanted.begin(), wanted.end(), l.text) != wanted.end())
      for (std::uint16_t& p : l.positions) p = Lexeme::make(Lexeme::position(p), w);
  return types::make_tsvector(*ctx.arena, std::move(vector));
}
string_view delete_one(EvalContext& ctx, string_view v, string_view lexeme) {
  TsVector vector = types::read_tsvector(v);
  std::erase_if(vector, [&](const Lexeme& l) { return l.text == lexeme; });
  return types::make_tsvector(*ctx.arena, std::move(vector));
}
string_view delete_many(EvalContext& ctx, string_view v, string_view array) {
  const std::vector<string_view> unwanted = lexemes_of(array);
  TsVector vector = types::read_tsvector(v);
  std::erase_if(vector, [&](const Lexeme& l) {
    return std::find(unwanted.begin(), unwanted.end(), l.text) != unwanted.end();
  });
  return types::make_tsvector(*ctx.arena, std::move(vector));
}
string_view filter(EvalContext& ctx, string_view v, string_view array) {
  int mask = 0;
  const ArrayView view(array);
  for (ArrayView::Cursor c(view); c.next();) {
    if (c.value().is_null) throw SqlError("22004", "weight array may not contain nulls");
    mask |= 1 << required_weight(c.value().int8);
  }
  TsVector vector = types::read_tsvector(v);
  for (Lexeme& l : vector)
    std::erase_if(l.positions, [&](std::uint16_t p) { return (mask >> Lexeme::weight(p) & 1) == 0; });
  std::erase_if(vector, [](const Lexeme& l) { return l.positions.empty(); });
  return types::make_tsvector(*ctx.arena, std::move(vector));
}
Datum to_array(EvalContext& ctx, string_view v) {
  types::ArrayBuilder builder(types::oid::text);
  for (const Lexeme& l : types::read_tsvector(v)) builder.add(Datum::of(l.text));
  return builder.finish(*ctx.arena);
}
string_view from_array(EvalContext& ctx, string_view array) {
  TsVector vector;
  for (string_view text : lexemes_of(array, Nulls::refused)) {
    if (text.empty()) throw SqlError("2200F", "lexeme array may not contain empty strings");
    vector.push_back({text, {}});
  }
  return types::make_tsvector(*ctx.arena, std::move(vector));
}
string_view concatenate(EvalContext& ctx, string_view a, string_view b) {
  TsVector all = types::read_tsvector(a);
  int last = 0;
  for (const Lexeme& l : all)
    for (std::uint16_t p : l.positions) last = std::max<int>(last, Lexeme::position(p));
  for (Lexeme& l : types::read_tsvector(b)) {
    for (std::uint16_t& p : l.positions)
      p = Lexeme::make(std::min(Lexeme::position(p) + last, types::kMaxLexemePosition), Lexeme::weight(p));
    all.push_back(std::move(l));
  }
  return types::make_tsvector(*ctx.arena, std::move(all));
}

template <TsOperation Op>
string_view combine(EvalContext& ctx, string_view a, string_view b) {
  TsQueryPtr left = types::read_tsquery(a), right = types::read_tsquery(b);
  if (!left) return b;
  if (!right) return a;
  return types::make_tsquery(*ctx.arena, types::make_ts_operation(Op, std::move(left), std::move(right)).get());
}
string_view phrase_distance(EvalContext& ctx, string_view a, string_view b, std::int32_t distance) {
  if (distance < 0 || distance > 16384)
    throw SqlError("22023", "distance in phrase operator must be an integer value between zero and 16384 inclusive");
  TsQueryPtr left = types::read_tsquery(a), right = types::read_tsquery(b);
  if (!left) return b;
  if (!right) return a;
  return types::make_tsquery(
      *ctx.arena, types::make_ts_operation(TsOperation::phrase, std::move(left), std::move(right), distance).get());
}
string_view negate(EvalContext& ctx, string_view a) {
  TsQueryPtr query = types::read_tsquery(a);
  if (!query) return a;
  return types::make_tsquery(*ctx.arena, types::make_ts_operation(TsOperation::not_, std::move(query), nullptr).get());
}
std::int32_t node_count(string_view a) { return types::tsquery_size(types::read_tsquery(a).get()); }

void collect(const types::TsQueryNode* q, std::vector<string_view>& out) {
  if (q == nullptr) return;
  if (q->operation == TsOperation::lexeme) out.push_back(q->text);
  collect(q->left.get(), out);
  collect(q->right.get(), out);
}
// Whether every lexeme of `part` is in `whole`.
bool contains(string_view whole, string_view part) {
  std::vector<string_view> a, b;
  collect(types::read_tsquery(whole).get(), a);
  collect(types::read_tsquery(part).get(), b);
  return std::all_of(b.begin(), b.end(), [&](string_view t) { return std::find(a.begin(), a.end(), t) != a.end(); });
}
bool contained(string_view part, string_view whole) { return contains(whole, part); }

// The query without what no index could answer: NOTs.
TsQueryPtr without_not(TsQueryPtr q) {
  if (!q || q->operation == TsOperation::not_) return nullptr;
  if (q->operation == TsOperation::lexeme) return q;
  TsQueryPtr left = without_not(std::move(q->left)), right = without_not(std::move(q->right));
  if (q->operation == TsOperation::or_ && (!left || !right)) return nullptr;
  if (!left) return right;
  if (!right) return left;
  return types::make_ts_operation(q->operation, std::move(left), std::move(right), q->distance);
}
std::string query_tree(string_view a) {
  TsQueryPtr query = types::read_tsquery(a);
  if (!query) return "";
  query = without_not(std::move(query));
  if (!query) return "T";
  std::string out;
  types::append_tsquery(out, query.get());
  return out;
}

constexpr ScalarFunction kTextSearchFunctions[] = {
    SEXTANT_COMPARISONS("tsvector_", CompareVectors),
    SEXTANT_COMPARISONS("tsquery_", CompareQueries),
    {"tsvector_cmp", strict<&CompareVectors::cmp>},
    {"tsquery_cmp", strict<&CompareQueries::cmp>},
    {"ts_match_vq", strict<&match>},
    {"ts_match_qv", strict<&matches_vector>},
    {"tsvector_length", strict<&length>},
    {"tsvector_strip", strict<&strip>},
    {"tsvector_setweight", strict<&set_weight>},
    {"tsvector_setweight_by_filter", strict<&set_weight_of>},
    {"tsvector_delete_str", strict<&delete_one>},
    {"tsvector_delete_arr", strict<&delete_many>},
    {"tsvector_filter", strict<&filter>},
    {"tsvector_to_array", strict<&to_array>},
    {"array_to_tsvector", strict<&from_array>},
    {"tsvector_concat", strict<&concatenate>},
    {"tsquery_and", strict<&combine<TsOperation::and_>>},
    {"tsquery_or", strict<&combine<TsOperation::or_>>},
    {"tsquery_phrase", strict<&combine<TsOperation::phrase>>},
    {"tsquery_phrase_distance", strict<&phrase_distance>},
    {"tsquery_not", strict<&negate>},
    {"tsquery_numnode", strict<&node_count>},
    {"tsq_mcontains", strict<&contains>},
    {"tsq_mcontained", strict<&contained>},
    {"tsquerytree", strict<&query_tree>},
};

}  // namespace

std::span<const ScalarFunction> text_search_functions() { return kTextSearchFunctions; }

}  // namespace functions
