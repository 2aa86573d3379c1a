// pg_trgm: how alike texts are, by the trigrams that they have in common.
#include <charconv>

#include <fmt/format.h>

#include "extension_table.h"
#include "functions/kernel.h"
#include "trigrams.h"
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
  if (text.empty()) return value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1))
    throw types::SqlError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"", threshold.setting, text));
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

constexpr functions::ScalarFunction kFunctions[] = {
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

// What its GiST and GIN operator classes consist of is not there.
constexpr Routine kRoutines[] = {
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
    {"strict_word_similarity", "text, text", "float4", "strict_word_similarity", "iss"},
    {"strict_word_similarity_op", "text, text", "bool", "strict_word_similarity_op", "sss"},
    {"strict_word_similarity_commutator_op", "text, text", "bool", "strict_word_similarity_commutator_op", "sss"},
    {"strict_word_similarity_dist_op", "text, text", "float4", "strict_word_similarity_dist_op", "iss"},
    {"strict_word_similarity_dist_commutator_op", "text, text", "float4", "strict_word_similarity_dist_commutator_op", "iss"},
};

constexpr Operator kOperators[] = {
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

}  // namespace

const Extension& pg_trgm() {
  static const Extension extension{
      .name = "pg_trgm",
      .version = "1.6",
      .comment = "text similarity measurement and index searching based on trigrams",
      .trusted = true,
      .routines = kRoutines,
      .operators = kOperators,
      .functions = kFunctions};
  return extension;
}

}  // namespace extensions
