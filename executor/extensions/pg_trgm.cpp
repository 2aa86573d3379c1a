// pg_trgm: how alike texts are, by the trigrams that they have in common.
#include <charconv>

#include <fmt/format.h>

#include "extension_table.h"
#include "functions/kernel.h"
#include "extensions/trigrams.h"
#include "types/array.h"
#include "types/session_services.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::EvalContext;

// ---- thresholds of the operators, which are settings

struct Threshold {
  string_view setting;
  double standard;
};
constexpr Threshold kSimilarity{"pg_trgm.similarity_threshold", 0.3}, kWord{"pg_trgm.word_similarity_threshold", 0.6},
    kStrictWord{"pg_trgm.strict_word_similarity_threshold", 0.5};

double value_of(EvalContext& context, const Threshold& threshold) {
  if (context.session == nullptr) return threshold.standard;
  const std::string text = context.session->get_setting(threshold.setting, true);
  double value = threshold.standard;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

float set_limit(EvalContext& context, float limit) {
  if (!(limit >= 0 && limit <= 1))
    throw types::SqlError("22023", fmt::format("{} is outside the valid range for parameter \"{}\" (0 .. 1)", limit,
                                               kSimilarity.setting));
  if (context.session != nullptr) context.session->set_setting(kSimilarity.setting, fmt::format("{}", limit), false);
  return limit;
}
float show_limit(EvalContext& context) { return static_cast<float>(value_of(context, kSimilarity)); }

// ---- similarity

float compare(string_view a, string_view b) { return similarity(trigram_set(a), trigram_set(b)); }
float compare_words(string_view a, string_view b) { return extent_similarity(trigram_set(a), trigram_sequence(b), false); }
float compare_whole_words(string_view a, string_view b) {
  return extent_similarity(trigram_set(a), trigram_sequence(b), true);
}

using Measure = float (*)(string_view, string_view);

template <Measure M>
float distance(string_view a, string_view b) {
  return 1.0F - M(a, b);
}
// The other way round.
template <Measure M>
float swapped(string_view a, string_view b) {
  return M(b, a);
}

template <Measure M, const Threshold& T>
void is_similar(EvalContext& context, const functions::FunctionCall&, std::span<const types::Vector* const> arguments,
                types::Selection rows, types::Vector& out) {
  const double threshold = value_of(context, T);
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    if (arguments[0]->is_null(row) || arguments[1]->is_null(row)) return out.set_null(row);
    const float value = M(arguments[0]->get<string_view>(row), arguments[1]->get<string_view>(row));
    out.set<bool>(row, double{value} >= threshold);
  });
}

types::Datum show_trigrams(EvalContext& context, string_view text) {
  types::ArrayBuilder builder(types::oid::text);
  for (const Trigram& trigram : trigram_set(text))
    builder.add(types::Datum::of(string_view(trigram.data(), trigram.size())));
  return builder.finish(*context.arena);
}

constexpr functions::ScalarFunction kPgTrgmFunctions[] = {
    {"set_limit", strict<&set_limit>},
    {"show_limit", strict<&show_limit>},
    {"show_trgm", strict<&show_trigrams>},
    {"similarity", strict<&compare>},
    {"word_similarity", strict<&compare_words>},
    {"strict_word_similarity", strict<&compare_whole_words>},
    {"similarity_dist", strict<&distance<compare>>},
    {"word_similarity_dist_op", strict<&distance<compare_words>>},
    {"word_similarity_dist_commutator_op", strict<&distance<swapped<compare_words>>>},
    {"strict_word_similarity_dist_op", strict<&distance<compare_whole_words>>},
    {"strict_word_similarity_dist_commutator_op", strict<&distance<swapped<compare_whole_words>>>},
    {"similarity_op", &is_similar<compare, kSimilarity>},
    {"word_similarity_op", &is_similar<compare_words, kWord>},
    {"word_similarity_commutator_op", &is_similar<swapped<compare_words>, kWord>},
    {"strict_word_similarity_op", &is_similar<compare_whole_words, kStrictWord>},
    {"strict_word_similarity_commutator_op", &is_similar<swapped<compare_whole_words>, kStrictWord>},
};

constexpr Routine kPgTrgmRoutines[] = {
    {"set_limit", "float4", "float4", "set_limit", "vsu"},
    {"show_limit", "", "float4", "show_limit", "sss"},
    {"show_trgm", "text", "_text", "show_trgm", "iss"},
    {"similarity", "text, text", "float4", "similarity", "iss"},
    {"similarity_op", "text, text", "bool", "similarity_op", "sss"},
    {"word_similarity", "text, text", "float4", "word_similarity", "iss"},
    {"word_similarity_op", "text, text", "bool", "word_similarity_op", "sss"},
    {"word_similarity_commutator_op", "text, text", "bool", "word_similarity_commutator_op", "sss"},
    {"similarity_dist", "text, text", "float4", "similarity_dist", "iss"},
    {"word_similarity_dist_op", "text, text", "float4", "word_similarity_dist_op", "iss"},
    {"word_similarity_dist_commutator_op", "text, text", "float4", "word_similarity_dist_commutator_op", "iss"},
    {"gtrgm_in", "cstring", "gtrgm", "gtrgm_in", "iss"},
    {"gtrgm_out", "gtrgm", "cstring", "gtrgm_out", "iss"},
    {"gtrgm_consistent", "internal, text, int2, oid, internal", "bool", "gtrgm_consistent", "iss"},
    {"gtrgm_distance", "internal, text, int2, oid, internal", "float8", "gtrgm_distance", "iss"},
    {"gtrgm_compress", "internal", "internal", "gtrgm_compress", "iss"},
    {"gtrgm_decompress", "internal", "internal", "gtrgm_decompress", "iss"},
    {"gtrgm_penalty", "internal, internal, internal", "internal", "gtrgm_penalty", "iss"},
    {"gtrgm_picksplit", "internal, internal", "internal", "gtrgm_picksplit", "iss"},
    {"gtrgm_union", "internal, internal", "gtrgm", "gtrgm_union", "iss"},
    {"gtrgm_same", "gtrgm, gtrgm, internal", "internal", "gtrgm_same", "iss"},
    {"gin_extract_value_trgm", "text, internal", "internal", "gin_extract_value_trgm", "iss"},
    {"gin_extract_query_trgm", "text, internal, int2, internal, internal, internal, internal", "internal",
     "gin_extract_query_trgm", "iss"},
    {"gin_trgm_consistent", "internal, int2, text, int4, internal, internal, internal, internal", "bool",
     "gin_trgm_consistent", "iss"},
    {"gin_trgm_triconsistent", "internal, int2, text, int4, internal, internal, internal", "char",
     "gin_trgm_triconsistent", "iss"},
    {"strict_word_similarity", "text, text", "float4", "strict_word_similarity", "iss"},
    {"strict_word_similarity_op", "text, text", "bool", "strict_word_similarity_op", "sss"},
    {"strict_word_similarity_commutator_op", "text, text", "bool", "strict_word_similarity_commutator_op", "sss"},
    {"strict_word_similarity_dist_op", "text, text", "float4", "strict_word_similarity_dist_op", "iss"},
    {"strict_word_similarity_dist_commutator_op", "text, text", "float4",
     "strict_word_similarity_dist_commutator_op", "iss"},
    {"gtrgm_options", "internal", "void", "gtrgm_options", "i-s"},
};

constexpr Operator kPgTrgmOperators[] = {
    {.name = "%", .left = "text", .right = "text", .function = "similarity_op", .commutator = "%",
     .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "%>", .left = "text", .right = "text", .function = "word_similarity_commutator_op", .commutator = "<%",
     .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "<%", .left = "text", .right = "text", .function = "word_similarity_op", .commutator = "%>",
     .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "<->", .left = "text", .right = "text", .function = "similarity_dist", .commutator = "<->"},
    {.name = "<->>", .left = "text", .right = "text", .function = "word_similarity_dist_commutator_op",
     .commutator = "<<->"},
    {.name = "<<->", .left = "text", .right = "text", .function = "word_similarity_dist_op", .commutator = "<->>"},
    {.name = "%>>", .left = "text", .right = "text", .function = "strict_word_similarity_commutator_op",
     .commutator = "<<%", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "<<%", .left = "text", .right = "text", .function = "strict_word_similarity_op", .commutator = "%>>",
     .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "<->>>", .left = "text", .right = "text", .function = "strict_word_similarity_dist_commutator_op",
     .commutator = "<<<->"},
    {.name = "<<<->", .left = "text", .right = "text", .function = "strict_word_similarity_dist_op",
     .commutator = "<->>>"},
};

// Trees are inverted indexes either way, which know no distance.
constexpr Type kPgTrgmTypes[] = {{.name = "gtrgm", .input = "gtrgm_in", .output = "gtrgm_out", .storage = 'p'}};
constexpr ClassOperator kGistOperators[] = {
    {1, "%"},   {2, "<->", "text", "text", true},    {3, "~~"}, {4, "~~*"}, {5, "~"},
    {6, "~*"},  {7, "%>"},  {8, "<->>", "text", "text", true},
    {9, "%>>"}, {10, "<->>>", "text", "text", true}, {11, "="},
};
constexpr ClassOperator kGinOperators[] = {{1, "%"}, {3, "~~"}, {4, "~~*"}, {5, "~"}, {6, "~*"}, {7, "%>"}, {9, "%>>"}, {11, "="}};
constexpr ClassFunction kGist[] = {
    {1, "gtrgm_consistent", "internal, text, int2, oid, internal"},
    {2, "gtrgm_union", "internal, internal"},
    {3, "gtrgm_compress", "internal"},
    {4, "gtrgm_decompress", "internal"},
    {5, "gtrgm_penalty", "internal, internal, internal"},
    {6, "gtrgm_picksplit", "internal, internal"},
    {7, "gtrgm_same", "gtrgm, gtrgm, internal"},
    {8, "gtrgm_distance", "internal, text, int2, oid, internal"},
    {10, "gtrgm_options", "internal"},
};
constexpr ClassFunction kGin[] = {
    {1, "btint4cmp", "int4, int4"},
    {2, "gin_extract_value_trgm", "text, internal"},
    {3, "gin_extract_query_trgm", "text, internal, int2, internal, internal, internal, internal"},
    {4, "gin_trgm_consistent", "internal, int2, text, int4, internal, internal, internal, internal"},
    {6, "gin_trgm_triconsistent", "internal, int2, text, int4, internal, internal, internal"},
};
constexpr OperatorClass kPgTrgmClasses[] = {
    {.method = "gist", .name = "gist_trgm_ops", .type = "text", .is_default = false, .storage = "gtrgm",
     .operators = kGistOperators, .functions = kGist},
    {.method = "gin", .name = "gin_trgm_ops", .type = "text", .is_default = false, .storage = "int4",
     .operators = kGinOperators, .functions = kGin},
};

constexpr Setting kSettings[] = {
    {kSimilarity.setting, 'r', "0.3", "Sets the threshold used by the % operator.", 0, 1},
    {kWord.setting, 'r', "0.6", "Sets the threshold used by the <% operator.", 0, 1},
    {kStrictWord.setting, 'r', "0.5", "Sets the threshold used by the <<% operator.", 0, 1},
};

}  // namespace

const Extension& pg_trgm() {
  static const Extension extension{
      .name = "pg_trgm",
      .version = "1.6",
      .comment = "text similarity measurement and index searching based on trigrams",
      .trusted = true,
      .routines = kPgTrgmRoutines,
      .operators = kPgTrgmOperators,
      .types = kPgTrgmTypes,
      .operator_classes = kPgTrgmClasses,
      .functions = kPgTrgmFunctions,
      .settings = kSettings};
  return extension;
}

}  // namespace extensions
