// String functions under collations other than "C": comparison, case, patterns.
#include "functions/collated.h"

#include <algorithm>
#include <array>

#include "kernel.h"
#include "hash.h"
#include "like.h"
#include "regex.h"
#include "types/array.h"
#include "types/collator.h"
#include "types/sql_error.h"
#include "types/text.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

const types::Collator& collator(const FunctionCall& call) { return types::Collator::numbered(call.collation); }

string_view whole(string_view text) { return text; }

// The comparisons that follow from an order: Own::order().
template <typename Own>
struct ByOrder {
  static bool lt(const FunctionCall& c, string_view a, string_view b) { return Own::order(c, a, b) < 0; }
  static bool le(const FunctionCall& c, string_view a, string_view b) { return Own::order(c, a, b) <= 0; }
  static bool gt(const FunctionCall& c, string_view a, string_view b) { return Own::order(c, a, b) > 0; }
  static bool ge(const FunctionCall& c, string_view a, string_view b) { return Own::order(c, a, b) >= 0; }
  static std::int32_t cmp(const FunctionCall& c, string_view a, string_view b) { return Own::order(c, a, b); }
  static string_view larger(const FunctionCall& c, string_view a, string_view b) { return Own::order(c, a, b) > 0 ? a : b; }
  static string_view smaller(const FunctionCall& c, string_view a, string_view b) { return Own::order(c, a, b) < 0 ? a : b; }
};

// The comparisons of text, or of char(n) without its padding.
template <string_view (*Seen)(string_view)>
struct Collated : ByOrder<Collated<Seen>> {
  static int order(const FunctionCall& call, string_view a, string_view b) {
    return collator(call).compare(Seen(a), Seen(b));
  }
  static bool eq(const FunctionCall& c, string_view a, string_view b) { return collator(c).equal(Seen(a), Seen(b)); }
  static bool ne(const FunctionCall& c, string_view a, string_view b) { return !eq(c, a, b); }
};
using Text = Collated<&whole>;
using Bpchar = Collated<&types::trim_padding>;

// The comparisons of arrays of strings.
struct Arrays : ByOrder<Arrays> {
  static int order(const FunctionCall& call, string_view a, string_view b) {
    const types::TypeSupport* element = collator(call).support(types::ArrayView(a).element_type());
    if (element == nullptr) throw SqlError::not_supported("comparing arrays of this type under a collation");
    return types::compare_arrays(*element, types::Datum::of(a), types::Datum::of(b));
  }
  static bool eq(const FunctionCall& c, string_view a, string_view b) { return order(c, a, b) == 0; }
  static bool ne(const FunctionCall& c, string_view a, string_view b) { return order(c, a, b) != 0; }
};

std::string lower(const FunctionCall& call, string_view text) { return collator(call).lower(text); }
std::string upper(const FunctionCall& call, string_view text) { return collator(call).upper(text); }
std::string initcap(const FunctionCall& call, string_view text) { return collator(call).initcap(text); }

template <bool Negated>
bool fold_like(const FunctionCall& call, string_view text, string_view pattern) {
  return like(collator(call).lower(text), collator(call).lower(pattern), LikeCase::exact) != Negated;
}

// ---- what cannot be done, once there is a row to do it for

template <auto Raise>
void refuse(types::EvalContext&, const FunctionCall& call, std::span<const Vector* const> arguments, Selection rows,
            Vector& out) {
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (std::any_of(arguments.begin(), arguments.end(), [&](const Vector* v) { return v->is_null(row); }))
      return out.set_null(row);
    Raise(call);
  });
}

template <std::size_t N>
struct Words {
  constexpr Words(const char (&text)[N]) { std::copy_n(text, N, value); }
  char value[N];
};

template <Words What>
void undetermined(const FunctionCall&) {
  throw SqlError("42P22", std::string("could not determine which collation to use for ") + What.value)
      .with_hint("Use the COLLATE clause to set the collation explicitly.");
}
template <Words What>
void nondeterministic(const FunctionCall&) {
  throw SqlError("0A000", std::string("nondeterministic collations are not supported for ") + What.value);
}

constexpr ScalarKernel kNoComparison = &refuse<&undetermined<"string comparison">>;
constexpr ScalarKernel kNoHash = &refuse<&undetermined<"string hashing">>;
constexpr ScalarKernel kNoIlike = &refuse<&undetermined<"ILIKE">>;
constexpr ScalarKernel kNoRegex = &refuse<&undetermined<"regular expression">>;
constexpr ScalarKernel kLikeRefused = &refuse<&nondeterministic<"LIKE">>;
constexpr ScalarKernel kIlikeRefused = &refuse<&nondeterministic<"ILIKE">>;
constexpr ScalarKernel kRegexRefused = &refuse<&nondeterministic<"regular expressions">>;
constexpr ScalarKernel kSearchRefused = &refuse<&nondeterministic<"substring searches">>;

bool has_values(string_view array) {
  const types::ArrayView view(array);
  if (!view.has_nulls()) return view.size() > 0;
  for (types::ArrayView::Cursor c(view); c.next();)
    if (!c.value().is_null) return true;
  return false;
}

// Whether the two arrays' equality is known without comparing elements.
bool same_shape(string_view a, string_view b) {
  const types::ArrayView left(a), right(b);
  if (left.dimensions() != right.dimensions()) return false;
  for (int i = 0; i < left.dimensions(); ++i)
    if (left.length(i) != right.length(i) || left.lower_bound(i) != right.lower_bound(i)) return false;
  return true;
}

// A function of arrays of strings, arguments First and following, whose collations conflict: it does what it does
// as long as there are no elements to compare.
template <Words Name, Words What, std::size_t First = 0, std::size_t Count = 1, bool Equality = false>
void elements_undetermined(types::EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
                           Selection rows, Vector& out) {
  static const ScalarKernel kernel = find_scalar(Name.value);
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (std::any_of(arguments.begin(), arguments.end(), [&](const Vector* v) { return v->is_null(row); })) return;
    std::array<string_view, Count> arrays;
    for (std::size_t i = 0; i < Count; ++i) {
      arrays[i] = arguments[First + i]->datum(row).template as<string_view>();
      if (!has_values(arrays[i])) return;
    }
    if constexpr (Equality)
      if (!same_shape(arrays[0], arrays[1])) return;
    undetermined<What>(call);
  });
  kernel(ctx, call, arguments, rows, out);
}

// Regular expressions with the collation's letters: the plain kernel, by its name.
template <Words Name>
void with_unicode(types::EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments, Selection rows,
                  Vector& out) {
  static const ScalarKernel kernel = find_scalar(Name.value);
  const RegexLettersScope letters(collator(call).bytewise() ? RegexLetters::c_utf8() : RegexLetters::icu());
  kernel(ctx, call, arguments, rows, out);
}

// Strings that are equal without being the same hash by ICU's keys, as PostgreSQL's do.
template <string_view (*Seen)(string_view)>
std::uint64_t hash_by_key(const FunctionCall& call, string_view text, std::uint64_t seed) {
  std::string key;
  collator(call).append_key(Seen(text), key);
  return hash_bytes(key, seed);
}
template <string_view (*Seen)(string_view)>
std::int32_t hash_plain(const FunctionCall& call, string_view text) {
  return static_cast<std::int32_t>(hash_by_key<Seen>(call, text, 0));
}
template <string_view (*Seen)(string_view)>
std::int64_t hash_extended(const FunctionCall& call, string_view text, std::int64_t seed) {
  return static_cast<std::int64_t>(hash_by_key<Seen>(call, text, static_cast<std::uint64_t>(seed)));
}

// The kernel of "C", found when the table below is searched.
ScalarKernel plain(string_view name) { return find_scalar(name); }

struct Entry {
  string_view name;
  enum Kind { comparison, case_, like, ilike, regex, search, hash, array_equality, array_order } kind;
  ScalarKernel kernel = nullptr;
  ScalarKernel undetermined = nullptr;  // of arrays
};

#define SEXTANT_COLLATED(C, eq_, ne_, lt_, le_, gt_, ge_, cmp_)                                 \
  {eq_, Entry::comparison, strict<&C::eq>}, {ne_, Entry::comparison, strict<&C::ne>},            \
      {lt_, Entry::comparison, strict<&C::lt>}, {le_, Entry::comparison, strict<&C::le>},        \
      {gt_, Entry::comparison, strict<&C::gt>}, {ge_, Entry::comparison, strict<&C::ge>},        \
      {cmp_, Entry::comparison, strict<&C::cmp>}

#define SEXTANT_TWO_ARRAYS(name, kind, kernel) \
  {name, kind, kernel, &elements_undetermined<name, "string comparison", 0, 2>}
#define SEXTANT_EQUAL_ARRAYS(name, kernel) \
  {name, Entry::array_equality, kernel, &elements_undetermined<name, "string comparison", 0, 2, true>}
#define SEXTANT_SEARCHED_ARRAY(name) \
  {name, Entry::array_equality, nullptr, &elements_undetermined<name, "string comparison">}

constexpr Entry kEntries[] = {
    SEXTANT_COLLATED(Text, "texteq", "textne", "text_lt", "text_le", "text_gt", "text_ge", "bttextcmp"),
    SEXTANT_COLLATED(Text, "nameeq", "namene", "namelt", "namele", "namegt", "namege", "btnamecmp"),
    SEXTANT_COLLATED(Text, "nameeqtext", "namenetext", "namelttext", "nameletext", "namegttext", "namegetext",
                     "btnametextcmp"),
    SEXTANT_COLLATED(Text, "texteqname", "textnename", "textltname", "textlename", "textgtname", "textgename",
                     "bttextnamecmp"),
    SEXTANT_COLLATED(Bpchar, "bpchareq", "bpcharne", "bpcharlt", "bpcharle", "bpchargt", "bpcharge", "bpcharcmp"),
    {"text_larger", Entry::comparison, strict<&Text::larger>},
    {"text_smaller", Entry::comparison, strict<&Text::smaller>},
    {"bpchar_larger", Entry::comparison, strict<&Bpchar::larger>},
    {"bpchar_smaller", Entry::comparison, strict<&Bpchar::smaller>},
    {"lower", Entry::case_, strict<&lower>},
    {"upper", Entry::case_, strict<&upper>},
    {"initcap", Entry::case_, strict<&initcap>},
    {"textlike", Entry::like},
    {"textnlike", Entry::like},
    {"namelike", Entry::like},
    {"namenlike", Entry::like},
    {"texticlike", Entry::ilike, strict<&fold_like<false>>},
    {"texticnlike", Entry::ilike, strict<&fold_like<true>>},
    {"nameiclike", Entry::ilike, strict<&fold_like<false>>},
    {"nameicnlike", Entry::ilike, strict<&fold_like<true>>},
    {"textregexeq", Entry::regex, &with_unicode<"textregexeq">},
    {"textregexne", Entry::regex, &with_unicode<"textregexne">},
    {"texticregexeq", Entry::regex, &with_unicode<"texticregexeq">},
    {"texticregexne", Entry::regex, &with_unicode<"texticregexne">},
    {"nameregexeq", Entry::regex, &with_unicode<"nameregexeq">},
    {"nameregexne", Entry::regex, &with_unicode<"nameregexne">},
    {"nameicregexeq", Entry::regex, &with_unicode<"nameicregexeq">},
    {"nameicregexne", Entry::regex, &with_unicode<"nameicregexne">},
    {"regexp_match", Entry::regex, &with_unicode<"regexp_match">},
    {"regexp_match_no_flags", Entry::regex, &with_unicode<"regexp_match_no_flags">},
    {"regexp_matches", Entry::regex, nullptr},
    {"regexp_matches_no_flags", Entry::regex, nullptr},
    {"textregexreplace_noopt", Entry::regex, &with_unicode<"textregexreplace_noopt">},
    {"textregexreplace", Entry::regex, &with_unicode<"textregexreplace">},
    {"textregexreplace_extended", Entry::regex, &with_unicode<"textregexreplace_extended">},
    {"textregexreplace_extended_no_flags", Entry::regex, &with_unicode<"textregexreplace_extended_no_flags">},
    {"textregexreplace_extended_no_n", Entry::regex, &with_unicode<"textregexreplace_extended_no_n">},
    {"textregexsubstr", Entry::regex, &with_unicode<"textregexsubstr">},
    {"regexp_count", Entry::regex, &with_unicode<"regexp_count">},
    {"regexp_count_no_flags", Entry::regex, &with_unicode<"regexp_count_no_flags">},
    {"regexp_count_no_start", Entry::regex, &with_unicode<"regexp_count_no_start">},
    {"regexp_like", Entry::regex, &with_unicode<"regexp_like">},
    {"regexp_like_no_flags", Entry::regex, &with_unicode<"regexp_like_no_flags">},
    {"regexp_instr", Entry::regex, &with_unicode<"regexp_instr">},
    {"regexp_instr_no_subexpr", Entry::regex, &with_unicode<"regexp_instr_no_subexpr">},
    {"regexp_instr_no_flags", Entry::regex, &with_unicode<"regexp_instr_no_flags">},
    {"regexp_instr_no_endoption", Entry::regex, &with_unicode<"regexp_instr_no_endoption">},
    {"regexp_instr_no_n", Entry::regex, &with_unicode<"regexp_instr_no_n">},
    {"regexp_instr_no_start", Entry::regex, &with_unicode<"regexp_instr_no_start">},
    {"regexp_substr", Entry::regex, &with_unicode<"regexp_substr">},
    {"regexp_substr_no_subexpr", Entry::regex, &with_unicode<"regexp_substr_no_subexpr">},
    {"regexp_substr_no_flags", Entry::regex, &with_unicode<"regexp_substr_no_flags">},
    {"regexp_substr_no_n", Entry::regex, &with_unicode<"regexp_substr_no_n">},
    {"regexp_substr_no_start", Entry::regex, &with_unicode<"regexp_substr_no_start">},
    {"regexp_split_to_array", Entry::regex, &with_unicode<"regexp_split_to_array">},
    {"regexp_split_to_array_no_flags", Entry::regex, &with_unicode<"regexp_split_to_array_no_flags">},
    {"regexp_split_to_table", Entry::regex, nullptr},
    {"regexp_split_to_table_no_flags", Entry::regex, nullptr},
    {"textpos", Entry::search},
    {"replace_text", Entry::search},
    {"split_part", Entry::search},
    {"text_to_array", Entry::search},
    {"text_to_array_null", Entry::search},
    {"text_to_table", Entry::search},
    {"text_to_table_null", Entry::search},
    {"text_starts_with", Entry::search},
    {"hashtext", Entry::hash, strict<&hash_plain<&whole>>},
    {"hashtextextended", Entry::hash, strict<&hash_extended<&whole>>},
    {"hashbpchar", Entry::hash, strict<&hash_plain<&types::trim_padding>>},
    {"hashbpcharextended", Entry::hash, strict<&hash_extended<&types::trim_padding>>},
    SEXTANT_EQUAL_ARRAYS("array_eq", strict<&Arrays::eq>),
    SEXTANT_EQUAL_ARRAYS("array_ne", strict<&Arrays::ne>),
    {"hash_array", Entry::array_equality, nullptr, &elements_undetermined<"hash_array", "string hashing">},
    {"hash_array_extended", Entry::array_equality, nullptr, &elements_undetermined<"hash_array_extended", "string hashing">},
    SEXTANT_TWO_ARRAYS("arraycontains", Entry::array_equality, nullptr),
    SEXTANT_TWO_ARRAYS("arraycontained", Entry::array_equality, nullptr),
    SEXTANT_TWO_ARRAYS("arrayoverlap", Entry::array_equality, nullptr),
    SEXTANT_SEARCHED_ARRAY("array_position"),
    SEXTANT_SEARCHED_ARRAY("array_position_start"),
    SEXTANT_SEARCHED_ARRAY("array_positions"),
    SEXTANT_SEARCHED_ARRAY("array_remove"),
    SEXTANT_SEARCHED_ARRAY("array_replace"),
    SEXTANT_TWO_ARRAYS("array_lt", Entry::array_order, strict<&Arrays::lt>),
    SEXTANT_TWO_ARRAYS("array_le", Entry::array_order, strict<&Arrays::le>),
    SEXTANT_TWO_ARRAYS("array_gt", Entry::array_order, strict<&Arrays::gt>),
    SEXTANT_TWO_ARRAYS("array_ge", Entry::array_order, strict<&Arrays::ge>),
    SEXTANT_TWO_ARRAYS("btarraycmp", Entry::array_order, strict<&Arrays::cmp>),
    SEXTANT_TWO_ARRAYS("array_larger", Entry::array_order, strict<&Arrays::larger>),
    SEXTANT_TWO_ARRAYS("array_smaller", Entry::array_order, strict<&Arrays::smaller>),
    {"width_bucket_array", Entry::array_order, nullptr, &elements_undetermined<"width_bucket_array", "string comparison", 1>},
};

CollatedFunction resolve(const Entry& entry) {
  const ScalarKernel same = plain(entry.name);
  switch (entry.kind) {
    case Entry::comparison: return {entry.name, entry.kernel, entry.kernel, same, kNoComparison};
    case Entry::case_: {
      const ScalarKernel none = entry.name == "lower"   ? &refuse<&undetermined<"lower() function">>
                                : entry.name == "upper" ? &refuse<&undetermined<"upper() function">>
                                                        : &refuse<&undetermined<"initcap() function">>;
      return {entry.name, entry.kernel, entry.kernel, entry.kernel, none};
    }
    case Entry::like: return {entry.name, same, kLikeRefused, same, nullptr};
    case Entry::ilike: return {entry.name, entry.kernel, kIlikeRefused, entry.kernel, kNoIlike};
    case Entry::regex: return {entry.name, entry.kernel, kRegexRefused, entry.kernel, kNoRegex};
    case Entry::search: return {entry.name, same, kSearchRefused, same, kNoComparison};
    case Entry::hash: return {entry.name, same, entry.kernel, same, kNoHash};
    case Entry::array_equality: return {entry.name, same, entry.kernel, same, entry.undetermined};
    case Entry::array_order: return {entry.name, entry.kernel, entry.kernel, same, entry.undetermined};
  }
  return {};
}

}  // namespace

const CollatedFunction* find_collated(string_view internal_name) {
  static const auto table = [] {
    std::vector<CollatedFunction> all;
    for (const Entry& entry : kEntries) all.push_back(resolve(entry));
    std::ranges::sort(all, {}, &CollatedFunction::internal_name);
    return all;
  }();
  const auto found = std::ranges::lower_bound(table, internal_name, {}, &CollatedFunction::internal_name);
  return found != table.end() && found->internal_name == internal_name ? &*found : nullptr;
}

}  // namespace functions
