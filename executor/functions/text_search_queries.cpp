// Queries made of texts, matching of texts, and replacing parts of queries.
#include <algorithm>

#include <fmt/format.h>

#include "function_table.h"
#include "kernel.h"
#include "text_search_context.h"
#include "types/text_search.h"
#include "types/tsquery_rewrite.h"

namespace functions {
namespace {

using std::string_view;
using types::Oid;
using types::TsOperation;
using types::TsQueryNode;
using types::TsQueryPtr;

types::SessionServices& session(EvalContext& ctx) { return text_search_session(ctx); }

// The lexemes of an operand: alternatives of one word by |, words by `joint`, null for stop words in
// between.
TsQueryPtr words_query(EvalContext& ctx, const text_search::Configuration& configuration, string_view text,
                       TsOperation joint, std::uint8_t weights, bool prefix) {
  NoticeRemarks remarks(session(ctx));
  std::vector<text_search::ParsedWord> words;
  int last = 0;
  text_search::parse_words(configuration, *ctx.arena, text, words, last, remarks);
  TsQueryPtr all;
  bool begun = false;
  auto join = [&](TsQueryPtr next) {
    all = begun ? types::make_ts_operation(joint, std::move(all), std::move(next)) : std::move(next);
    begun = true;
  };
  int position = 0;
  for (std::size_t i = 0; i < words.size();) {
    for (; position > 0 && position + 1 < words[i].position; ++position) join(nullptr);
    position = words[i].position;
    TsQueryPtr alternatives;
    while (i < words.size() && words[i].position == position) {
      const std::uint16_t variant = words[i].variant;
      TsQueryPtr together;
      for (; i < words.size() && words[i].position == position && words[i].variant == variant; ++i) {
        auto node = std::make_unique<TsQueryNode>();
        node->text = words[i].text;
        node->weights = weights;
        node->prefix = prefix || words[i].prefix;
        together = together ? types::make_ts_operation(TsOperation::and_, std::move(together), std::move(node))
                            : std::move(node);
      }
      alternatives = alternatives
                         ? types::make_ts_operation(TsOperation::or_, std::move(alternatives), std::move(together))
                         : std::move(together);
    }
    join(std::move(alternatives));
  }
  return all;
}

enum class Syntax { operators, plain, phrase, web };

template <Syntax How>
string_view query_of(EvalContext& ctx, Oid configuration, string_view text) {
  const text_search::Configuration& used = session(ctx).ts_configuration(configuration);
  const TsOperation joint = How == Syntax::plain ? TsOperation::and_ : TsOperation::phrase;
  const types::TsOperandReader read = [&](string_view operand, std::uint8_t weights, bool prefix) {
    return words_query(ctx, used, operand, joint, weights, prefix);
  };
  types::TsQueryText parsed;
  switch (How) {
    case Syntax::operators: parsed = types::parse_tsquery(*ctx.arena, text, read); break;
    case Syntax::web:
      parsed = types::parse_web_query(text, read);
      // Operators alone count as words that were left out.
      parsed.has_operands = text.find_first_not_of(" \t\n\v\f\r") != text.npos;
      break;
    case Syntax::plain: case Syntax::phrase: parsed = {read(text, 0, false), !text.empty()}; break;
  }
  if (!parsed.has_operands) {
    session(ctx).notice(
        types::SqlError("00000", fmt::format("text-search query doesn't contain lexemes: \"{}\"", text)));
    return types::make_tsquery(*ctx.arena, nullptr);
  }
  const TsQueryPtr query = types::remove_stop_words(std::move(parsed.query));
  if (!query)
    session(ctx).notice(
        types::SqlError("00000", "text-search query contains only stop words or doesn't contain lexemes, ignored"));
  return types::make_tsquery(*ctx.arena, query.get());
}
template <Syntax How>
string_view query_of_default(EvalContext& ctx, string_view text) {
  return query_of<How>(ctx, session(ctx).default_ts_configuration(), text);
}

// ---- text @@

types::TsVector vector_of(EvalContext& ctx, string_view text) {
  NoticeRemarks remarks(session(ctx));
  std::vector<text_search::ParsedWord> words;
  int position = 0;
  text_search::parse_words(session(ctx).ts_configuration(session(ctx).default_ts_configuration()), *ctx.arena, text,
                           words, position, remarks);
  types::TsVector vector;
  for (const text_search::ParsedWord& word : words)
    vector.push_back({word.text, {types::Lexeme::make(std::min(word.position, types::kMaxLexemePosition), 0)}});
  return types::read_tsvector(types::make_tsvector(*ctx.arena, std::move(vector)));
}
bool text_matches_query(EvalContext& ctx, string_view text, string_view query) {
  return types::ts_match(vector_of(ctx, text), types::read_tsquery(query).get());
}
bool text_matches_text(EvalContext& ctx, string_view text, string_view query) {
  return text_matches_query(
      ctx, text, query_of<Syntax::plain>(ctx, session(ctx).default_ts_configuration(), query));
}

// ---- ts_rewrite()

string_view rewritten(EvalContext& ctx, string_view query, string_view target, string_view substitute) {
  const TsQueryPtr from = types::read_tsquery(query), part = types::read_tsquery(target);
  if (from == nullptr || part == nullptr) return query;
  types::TsQueryRewriter rewriter(*from);
  rewriter.replace(*part, types::read_tsquery(substitute).get());
  return types::make_tsquery(*ctx.arena, rewriter.result().get());
}

// The targets and what stands for them are rows of another query.
string_view rewritten_by_query(EvalContext& ctx, string_view query, string_view sql) {
  const TsQueryPtr from = types::read_tsquery(query);
  if (from == nullptr) return query;
  types::TsQueryRewriter rewriter(*from);
  session(ctx).each_query_row(sql, [&](std::span<const types::TypeRef> columns, std::span<const Datum> row) {
    if (columns.size() != 2 || columns[0].oid != types::oid::tsquery || columns[1].oid != types::oid::tsquery)
      throw types::SqlError("22023", "ts_rewrite query must return two tsquery columns");
    if (row[0].is_null || row[1].is_null) return;
    // The rewriter keeps the texts.
    const TsQueryPtr part = types::read_tsquery(ctx.arena->copy(row[0].as<string_view>()));
    const TsQueryPtr substitute = types::read_tsquery(ctx.arena->copy(row[1].as<string_view>()));
    if (part == nullptr) return;
    rewriter.replace(*part, substitute.get());
    rewriter.settle();
  });
  return types::make_tsquery(*ctx.arena, rewriter.result().get());
}

constexpr ScalarFunction kTextSearchQueriesFunctions[] = {
    {"tsquery_rewrite", strict<&rewritten>},
    {"tsquery_rewrite_query", strict<&rewritten_by_query>},
    {"to_tsquery_byid", strict<&query_of<Syntax::operators>>},
    {"to_tsquery", strict<&query_of_default<Syntax::operators>>},
    {"plainto_tsquery_byid", strict<&query_of<Syntax::plain>>},
    {"plainto_tsquery", strict<&query_of_default<Syntax::plain>>},
    {"phraseto_tsquery_byid", strict<&query_of<Syntax::phrase>>},
    {"phraseto_tsquery", strict<&query_of_default<Syntax::phrase>>},
    {"websearch_to_tsquery_byid", strict<&query_of<Syntax::web>>},
    {"websearch_to_tsquery", strict<&query_of_default<Syntax::web>>},
    {"ts_match_tq", strict<&text_matches_query>},
    {"ts_match_tt", strict<&text_matches_text>},
};

}  // namespace

std::span<const ScalarFunction> text_search_query_functions() { return kTextSearchQueriesFunctions; }

}  // namespace functions
