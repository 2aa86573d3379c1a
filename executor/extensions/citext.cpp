// citext: text that is compared without regard to case.
#include "extension_table.h"
#include "functions/comparison.h"
#include "functions/hash.h"
#include "functions/kernel.h"
#include "types/ascii.h"
#include "types/hash.h"
#include "types/key_encoding.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::Datum;

// ---- values: text whose letters count in lower case, those that the database's own collation ("C") knows

using types::lower_ascii;

int order(string_view a, string_view b) noexcept {
  const std::size_t both = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < both; ++i)
    if (const char x = lower_ascii(a[i]), y = lower_ascii(b[i]); x != y)
      return static_cast<unsigned char>(x) < static_cast<unsigned char>(y) ? -1 : 1;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

const types::TypeSupport& support() {
  static const types::TypeSupport made = [] {
    types::TypeSupport s = *types::find_type(types::oid::text);
    s.compare = [](const Datum& a, const Datum& b) { return order(a.as<string_view>(), b.as<string_view>()); };
    s.hash = [](const Datum& d) { return types::hash_bytes(lower_ascii(d.as<string_view>())); };
    s.encode_key = [](const Datum& d, std::string& out) { types::append_key_text(out, lower_ascii(d.as<string_view>())); };
    return s;
  }();
  return made;
}

using Citext = functions::CompareBy<string_view, &order>;

// As the hash function of text makes it of the text in lower case.
std::int64_t hash_extended(string_view text, std::int64_t seed) {
  return static_cast<std::int64_t>(functions::hash_bytes(lower_ascii(text), static_cast<std::uint64_t>(seed)));
}
std::int32_t hash(string_view text) { return static_cast<std::int32_t>(functions::hash_bytes(lower_ascii(text), 0)); }

constexpr functions::ScalarFunction kCitextFunctions[] = {
    SEXTANT_COMPARISONS("citext_", Citext),
    {"citext_cmp", strict<&Citext::cmp>},
    {"citext_larger", strict<&Citext::larger>},
    {"citext_smaller", strict<&Citext::smaller>},
    {"citext_pattern_lt", strict<&Citext::lt>},
    {"citext_pattern_le", strict<&Citext::le>},
    {"citext_pattern_gt", strict<&Citext::gt>},
    {"citext_pattern_ge", strict<&Citext::ge>},
    {"citext_pattern_cmp", strict<&Citext::cmp>},
    {"citext_hash", strict<&hash>},
    {"citext_hash_extended", strict<&hash_extended>},
};

// ---- objects

// Functions of patterns are those of text, told to disregard case unless they are told to regard it.
constexpr Routine kCitextRoutines[] = {
    {"citextin", "cstring", "citext", "textin", "issi"},
    {"citextout", "citext", "cstring", "textout", "issi"},
    {"citextrecv", "internal", "citext", "textrecv", "sssi"},
    {"citextsend", "citext", "bytea", "textsend", "sssi"},
    {"citext", "bpchar", "citext", "rtrim1", "issi"},
    {"citext", "bool", "citext", "booltext", "issi"},
    {"citext", "inet", "citext", "network_show", "issi"},
    {"citext_eq", "citext, citext", "bool", "citext_eq", "iss"},
    {"citext_ne", "citext, citext", "bool", "citext_ne", "iss"},
    {"citext_lt", "citext, citext", "bool", "citext_lt", "iss"},
    {"citext_le", "citext, citext", "bool", "citext_le", "iss"},
    {"citext_gt", "citext, citext", "bool", "citext_gt", "iss"},
    {"citext_ge", "citext, citext", "bool", "citext_ge", "iss"},
    {"citext_cmp", "citext, citext", "int4", "citext_cmp", "iss"},
    {"citext_hash", "citext", "int4", "citext_hash", "iss"},
    {"citext_smaller", "citext, citext", "citext", "citext_smaller", "iss"},
    {"citext_larger", "citext, citext", "citext", "citext_larger", "iss"},
    {"texticlike", "citext, citext", "bool", "texticlike", "issi"},
    {"texticnlike", "citext, citext", "bool", "texticnlike", "issi"},
    {"texticregexeq", "citext, citext", "bool", "texticregexeq", "issi"},
    {"texticregexne", "citext, citext", "bool", "texticregexne", "issi"},
    {"texticlike", "citext, text", "bool", "texticlike", "issi"},
    {"texticnlike", "citext, text", "bool", "texticnlike", "issi"},
    {"texticregexeq", "citext, text", "bool", "texticregexeq", "issi"},
    {"texticregexne", "citext, text", "bool", "texticregexne", "issi"},
    {"regexp_match", "citext, citext", "_text",
     "SELECT pg_catalog.regexp_match($1::pg_catalog.text, $2::pg_catalog.text, 'i')",
     "issq"},
    {"regexp_match", "citext, citext, text", "_text",
     "SELECT pg_catalog.regexp_match($1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.s"
     "trpos($3, 'c') > 0 THEN $3 ELSE $3 || 'i' END)",
     "issq"},
    {"regexp_matches", "citext, citext", "setof _text",
     "SELECT pg_catalog.regexp_matches($1::pg_catalog.text, $2::pg_catalog.text, 'i')",
     "issq"},
    {"regexp_matches", "citext, citext, text", "setof _text",
     "SELECT pg_catalog.regexp_matches($1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog"
     ".strpos($3, 'c') > 0 THEN $3 ELSE $3 || 'i' END)",
     "issq"},
    {"regexp_replace", "citext, citext, text", "text",
     "SELECT pg_catalog.regexp_replace($1::pg_catalog.text, $2::pg_catalog.text, $3, 'i')",
     "issq"},
    {"regexp_replace", "citext, citext, text, text", "text",
     "SELECT pg_catalog.regexp_replace($1::pg_catalog.text, $2::pg_catalog.text, $3, CASE WHEN pg_cat"
     "alog.strpos($4, 'c') > 0 THEN $4 ELSE $4 || 'i' END)",
     "issq"},
    {"regexp_split_to_array", "citext, citext", "_text",
     "SELECT pg_catalog.regexp_split_to_array($1::pg_catalog.text, $2::pg_catalog.text, 'i')",
     "issq"},
    {"regexp_split_to_array", "citext, citext, text", "_text",
     "SELECT pg_catalog.regexp_split_to_array($1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_"
     "catalog.strpos($3, 'c') > 0 THEN $3 ELSE $3 || 'i' END)",
     "issq"},
    {"regexp_split_to_table", "citext, citext", "setof text",
     "SELECT pg_catalog.regexp_split_to_table($1::pg_catalog.text, $2::pg_catalog.text, 'i')",
     "issq"},
    {"regexp_split_to_table", "citext, citext, text", "setof text",
     "SELECT pg_catalog.regexp_split_to_table($1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_"
     "catalog.strpos($3, 'c') > 0 THEN $3 ELSE $3 || 'i' END)",
     "issq"},
    {"strpos", "citext, citext", "int4",
     "SELECT pg_catalog.strpos(pg_catalog.lower($1::pg_catalog.text), pg_catalog.lower($2::pg_catalog"
     ".text))",
     "issq"},
    {"replace", "citext, citext, citext", "text",
     "SELECT pg_catalog.regexp_replace($1::pg_catalog.text, pg_catalog.regexp_replace($2::pg_catalog."
     "text, '([^a-zA-Z_0-9])', '\\\\\\1', 'g'), $3::pg_catalog.text, 'gi')",
     "issq"},
    {"split_part", "citext, citext, int4", "text",
     "SELECT (pg_catalog.regexp_split_to_array($1::pg_catalog.text, pg_catalog.regexp_replace($2::pg_"
     "catalog.text, '([^a-zA-Z_0-9])', '\\\\\\1', 'g'), 'i'))[$3]",
     "issq"},
    {"translate", "citext, citext, text", "text",
     "SELECT pg_catalog.translate(pg_catalog.translate($1::pg_catalog.text, pg_catalog.lower($2::pg_c"
     "atalog.text), $3), pg_catalog.upper($2::pg_catalog.text), $3)",
     "issq"},
    {"citext_pattern_lt", "citext, citext", "bool", "citext_pattern_lt", "iss"},
    {"citext_pattern_le", "citext, citext", "bool", "citext_pattern_le", "iss"},
    {"citext_pattern_gt", "citext, citext", "bool", "citext_pattern_gt", "iss"},
    {"citext_pattern_ge", "citext, citext", "bool", "citext_pattern_ge", "iss"},
    {"citext_pattern_cmp", "citext, citext", "int4", "citext_pattern_cmp", "iss"},
    {"citext_hash_extended", "citext, int8", "int8", "citext_hash_extended", "iss"},
};

constexpr Operator kCitextOperators[] = {
    {.name = "<>", .left = "citext", .right = "citext", .function = "citext_ne",
     .commutator = "<>", .negator = "=", .restrict = "neqsel", .join = "neqjoinsel"},
    {.name = "=", .left = "citext", .right = "citext", .function = "citext_eq",
     .commutator = "=", .negator = "<>", .restrict = "eqsel", .join = "eqjoinsel", .hashes = true, .merges = true},
    {.name = ">", .left = "citext", .right = "citext", .function = "citext_gt",
     .commutator = "<", .negator = "<=", .restrict = "scalargtsel", .join = "scalargtjoinsel"},
    {.name = ">=", .left = "citext", .right = "citext", .function = "citext_ge",
     .commutator = "<=", .negator = "<", .restrict = "scalargesel", .join = "scalargejoinsel"},
    {.name = "<", .left = "citext", .right = "citext", .function = "citext_lt",
     .commutator = ">", .negator = ">=", .restrict = "scalarltsel", .join = "scalarltjoinsel"},
    {.name = "<=", .left = "citext", .right = "citext", .function = "citext_le",
     .commutator = ">=", .negator = ">", .restrict = "scalarlesel", .join = "scalarlejoinsel"},
    {.name = "!~", .left = "citext", .right = "citext", .function = "texticregexne",
     .negator = "~", .restrict = "icregexnesel", .join = "icregexnejoinsel"},
    {.name = "~", .left = "citext", .right = "citext", .function = "texticregexeq",
     .negator = "!~", .restrict = "icregexeqsel", .join = "icregexeqjoinsel"},
    {.name = "!~*", .left = "citext", .right = "citext", .function = "texticregexne",
     .negator = "~*", .restrict = "icregexnesel", .join = "icregexnejoinsel"},
    {.name = "~*", .left = "citext", .right = "citext", .function = "texticregexeq",
     .negator = "!~*", .restrict = "icregexeqsel", .join = "icregexeqjoinsel"},
    {.name = "!~~", .left = "citext", .right = "citext", .function = "texticnlike",
     .negator = "~~", .restrict = "icnlikesel", .join = "icnlikejoinsel"},
    {.name = "~~", .left = "citext", .right = "citext", .function = "texticlike",
     .negator = "!~~", .restrict = "iclikesel", .join = "iclikejoinsel"},
    {.name = "!~~*", .left = "citext", .right = "citext", .function = "texticnlike",
     .negator = "~~*", .restrict = "icnlikesel", .join = "icnlikejoinsel"},
    {.name = "~~*", .left = "citext", .right = "citext", .function = "texticlike",
     .negator = "!~~*", .restrict = "iclikesel", .join = "iclikejoinsel"},
    {.name = "!~", .left = "citext", .right = "text", .function = "texticregexne",
     .negator = "~", .restrict = "icregexnesel", .join = "icregexnejoinsel"},
    {.name = "~", .left = "citext", .right = "text", .function = "texticregexeq",
     .negator = "!~", .restrict = "icregexeqsel", .join = "icregexeqjoinsel"},
    {.name = "!~*", .left = "citext", .right = "text", .function = "texticregexne",
     .negator = "~*", .restrict = "icregexnesel", .join = "icregexnejoinsel"},
    {.name = "~*", .left = "citext", .right = "text", .function = "texticregexeq",
     .negator = "!~*", .restrict = "icregexeqsel", .join = "icregexeqjoinsel"},
    {.name = "!~~", .left = "citext", .right = "text", .function = "texticnlike",
     .negator = "~~", .restrict = "icnlikesel", .join = "icnlikejoinsel"},
    {.name = "~~", .left = "citext", .right = "text", .function = "texticlike",
     .negator = "!~~", .restrict = "iclikesel", .join = "iclikejoinsel"},
    {.name = "!~~*", .left = "citext", .right = "text", .function = "texticnlike",
     .negator = "~~*", .restrict = "icnlikesel", .join = "icnlikejoinsel"},
    {.name = "~~*", .left = "citext", .right = "text", .function = "texticlike",
     .negator = "!~~*", .restrict = "iclikesel", .join = "iclikejoinsel"},
    {.name = "~>~", .left = "citext", .right = "citext", .function = "citext_pattern_gt",
     .commutator = "~<~", .negator = "~<=~", .restrict = "scalargtsel", .join = "scalargtjoinsel"},
    {.name = "~>=~", .left = "citext", .right = "citext", .function = "citext_pattern_ge",
     .commutator = "~<=~", .negator = "~<~", .restrict = "scalargtsel", .join = "scalargtjoinsel"},
    {.name = "~<~", .left = "citext", .right = "citext", .function = "citext_pattern_lt",
     .commutator = "~>~", .negator = "~>=~", .restrict = "scalarltsel", .join = "scalarltjoinsel"},
    {.name = "~<=~", .left = "citext", .right = "citext", .function = "citext_pattern_le",
     .commutator = "~>=~", .negator = "~>~", .restrict = "scalarltsel", .join = "scalarltjoinsel"},
};

constexpr Aggregate kAggregates[] = {{"min", "citext", "citext_smaller", "<"}, {"max", "citext", "citext_larger", ">"}};

constexpr Cast kCasts[] = {
    {"citext", "text", "", 'i'},          {"citext", "varchar", "", 'i'},     {"citext", "bpchar", "", 'a'},
    {"text", "citext", "", 'a'},          {"varchar", "citext", "", 'a'},     {"bpchar", "citext", "citext", 'a'},
    {"bool", "citext", "citext", 'a'},    {"inet", "citext", "citext", 'a'},
};

constexpr ClassOperator kOrder[] = {{1, "<"}, {2, "<="}, {3, "="}, {4, ">="}, {5, ">"}};
constexpr ClassFunction kCompare[] = {{1, "citext_cmp", "citext, citext"}};
constexpr ClassOperator kEqual[] = {{1, "="}};
constexpr ClassFunction kHash[] = {{1, "citext_hash", "citext"}, {2, "citext_hash_extended", "citext, int8"}};
constexpr ClassOperator kPatternOrder[] = {{1, "~<~"}, {2, "~<=~"}, {3, "="}, {4, "~>=~"}, {5, "~>~"}};
constexpr ClassFunction kPatternCompare[] = {{1, "citext_pattern_cmp", "citext, citext"}};
constexpr OperatorClass kCitextClasses[] = {
    {.method = "btree", .name = "citext_ops", .type = "citext", .operators = kOrder, .functions = kCompare},
    {.method = "hash", .name = "citext_ops", .type = "citext", .operators = kEqual, .functions = kHash},
    {.method = "btree", .name = "citext_pattern_ops", .type = "citext", .is_default = false, .operators = kPatternOrder,
     .functions = kPatternCompare},
};

}  // namespace

const Extension& citext() {
  static const Type types[] = {{.name = "citext",
                                .input = "citextin",
                                .output = "citextout",
                                .receive = "citextrecv",
                                .send = "citextsend",
                                .support = &support(),
                                .category = 'S',
                                .collatable = true}};
  static const Extension extension{.name = "citext",
                                   .version = "1.6",
                                   .comment = "data type for case-insensitive character strings",
                                   .trusted = true,
                                   .routines = kCitextRoutines,
                                   .operators = kCitextOperators,
                                   .types = types,
                                   .aggregates = kAggregates,
                                   .casts = kCasts,
                                   .operator_classes = kCitextClasses,
                                   .functions = kCitextFunctions};
  return extension;
}

}  // namespace extensions
