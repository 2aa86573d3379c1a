// hstore: sets of keys with values.
#include "extension_table.h"
#include "hstore_functions.h"
#include "hstore_type.h"

namespace extensions {
namespace {

constexpr Routine kHstoreRoutines[] = {
    {"hstore_in", "cstring", "hstore", "hstore_in", "iss"},
    {"hstore_out", "hstore", "cstring", "hstore_out", "iss"},
    {"hstore_recv", "internal", "hstore", "hstore_recv", "iss"},
    {"hstore_send", "hstore", "bytea", "hstore_send", "iss"},
    {"hstore_version_diag", "hstore", "int4", "hstore_version_diag", "iss"},
    {"fetchval", "hstore, text", "text", "hstore_fetchval", "iss"},
    {"slice_array", "hstore, _text", "_text", "hstore_slice_to_array", "iss"},
    {"slice", "hstore, _text", "hstore", "hstore_slice_to_hstore", "iss"},
    {"isexists", "hstore, text", "bool", "hstore_exists", "iss"},
    {"exist", "hstore, text", "bool", "hstore_exists", "iss"},
    {"exists_any", "hstore, _text", "bool", "hstore_exists_any", "iss"},
    {"exists_all", "hstore, _text", "bool", "hstore_exists_all", "iss"},
    {"isdefined", "hstore, text", "bool", "hstore_defined", "iss"},
    {"defined", "hstore, text", "bool", "hstore_defined", "iss"},
    {"delete", "hstore, text", "hstore", "hstore_delete", "iss"},
    {"delete", "hstore, _text", "hstore", "hstore_delete_array", "iss"},
    {"delete", "hstore, hstore", "hstore", "hstore_delete_hstore", "iss"},
    {"hs_concat", "hstore, hstore", "hstore", "hstore_concat", "iss"},
    {"hs_contains", "hstore, hstore", "bool", "hstore_contains", "iss"},
    {"hs_contained", "hstore, hstore", "bool", "hstore_contained", "iss"},
    {"tconvert", "text, text", "hstore", "hstore_from_text", "i-s"},
    {"hstore", "text, text", "hstore", "hstore_from_text", "i-s"},
    {"hstore", "_text, _text", "hstore", "hstore_from_arrays", "i-s"},
    {"hstore", "_text", "hstore", "hstore_from_array", "iss"},
    {"hstore_to_json", "hstore", "json", "hstore_to_json", "iss"},
    {"hstore_to_json_loose", "hstore", "json", "hstore_to_json_loose", "iss"},
    {"hstore_to_jsonb", "hstore", "jsonb", "hstore_to_jsonb", "iss"},
    {"hstore_to_jsonb_loose", "hstore", "jsonb", "hstore_to_jsonb_loose", "iss"},
    {"hstore", "record", "hstore", "hstore_from_record", "i-s"},
    {"hstore_to_array", "hstore", "_text", "hstore_to_array", "iss"},
    {"hstore_to_matrix", "hstore", "_text", "hstore_to_matrix", "iss"},
    {"akeys", "hstore", "_text", "hstore_akeys", "iss"},
    {"avals", "hstore", "_text", "hstore_avals", "iss"},
    {"skeys", "hstore", "setof text", "hstore_skeys", "iss"},
    {"svals", "hstore", "setof text", "hstore_svals", "iss"},
    {"each", "hs hstore, out key text, out value text", "setof record", "hstore_each", "iss"},
    {"populate_record", "anyelement, hstore", "anyelement", "hstore_populate_record", "i-s"},
    {"hstore_eq", "hstore, hstore", "bool", "hstore_eq", "iss"},
    {"hstore_ne", "hstore, hstore", "bool", "hstore_ne", "iss"},
    {"hstore_gt", "hstore, hstore", "bool", "hstore_gt", "iss"},
    {"hstore_ge", "hstore, hstore", "bool", "hstore_ge", "iss"},
    {"hstore_lt", "hstore, hstore", "bool", "hstore_lt", "iss"},
    {"hstore_le", "hstore, hstore", "bool", "hstore_le", "iss"},
    {"hstore_cmp", "hstore, hstore", "int4", "hstore_cmp", "iss"},
    {"hstore_hash", "hstore", "int4", "hstore_hash", "iss"},
    {"ghstore_in", "cstring", "ghstore", "ghstore_in", "iss"},
    {"ghstore_out", "ghstore", "cstring", "ghstore_out", "iss"},
    {"ghstore_compress", "internal", "internal", "ghstore_compress", "iss"},
    {"ghstore_decompress", "internal", "internal", "ghstore_decompress", "iss"},
    {"ghstore_penalty", "internal, internal, internal", "internal", "ghstore_penalty", "iss"},
    {"ghstore_picksplit", "internal, internal", "internal", "ghstore_picksplit", "iss"},
    {"ghstore_union", "internal, internal", "ghstore", "ghstore_union", "iss"},
    {"ghstore_same", "ghstore, ghstore, internal", "internal", "ghstore_same", "iss"},
    {"ghstore_consistent", "internal, hstore, int2, oid, internal", "bool", "ghstore_consistent", "iss"},
    {"gin_extract_hstore", "hstore, internal", "internal", "gin_extract_hstore", "iss"},
    {"gin_extract_hstore_query", "hstore, internal, int2, internal, internal", "internal",
     "gin_extract_hstore_query", "iss"},
    {"gin_consistent_hstore", "internal, int2, hstore, int4, internal, internal", "bool", "gin_consistent_hstore",
     "iss"},
    {"hstore_hash_extended", "hstore, int8", "int8", "hstore_hash_extended", "iss"},
    {"ghstore_options", "internal", "void", "ghstore_options", "i-s"},
    {"hstore_subscript_handler", "internal", "internal", "hstore_subscript_handler", "iss"},
};

constexpr Operator kHstoreOperators[] = {
    {.name = "->", .left = "hstore", .right = "text", .function = "fetchval"},
    {.name = "->", .left = "hstore", .right = "_text", .function = "slice_array"},
    {.name = "?", .left = "hstore", .right = "text", .function = "exist",
     .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "?|", .left = "hstore", .right = "_text", .function = "exists_any",
     .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "?&", .left = "hstore", .right = "_text", .function = "exists_all",
     .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "-", .left = "hstore", .right = "text", .function = "delete"},
    {.name = "-", .left = "hstore", .right = "_text", .function = "delete"},
    {.name = "-", .left = "hstore", .right = "hstore", .function = "delete"},
    {.name = "||", .left = "hstore", .right = "hstore", .function = "hs_concat"},
    {.name = "<@", .left = "hstore", .right = "hstore", .function = "hs_contained",
     .commutator = "@>", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "@>", .left = "hstore", .right = "hstore", .function = "hs_contains",
     .commutator = "<@", .restrict = "matchingsel", .join = "matchingjoinsel"},
    {.name = "%%", .right = "hstore", .function = "hstore_to_array"},
    {.name = "%#", .right = "hstore", .function = "hstore_to_matrix"},
    {.name = "#=", .left = "anyelement", .right = "hstore", .function = "populate_record"},
    {.name = "<>", .left = "hstore", .right = "hstore", .function = "hstore_ne",
     .commutator = "<>", .negator = "=", .restrict = "neqsel", .join = "neqjoinsel"},
    {.name = "=", .left = "hstore", .right = "hstore", .function = "hstore_eq",
     .commutator = "=", .negator = "<>", .restrict = "eqsel", .join = "eqjoinsel", .hashes = true, .merges = true},
    {.name = "#>#", .left = "hstore", .right = "hstore", .function = "hstore_gt",
     .commutator = "#<#", .negator = "#<=#", .restrict = "scalargtsel", .join = "scalargtjoinsel"},
    {.name = "#>=#", .left = "hstore", .right = "hstore", .function = "hstore_ge",
     .commutator = "#<=#", .negator = "#<#", .restrict = "scalargesel", .join = "scalargejoinsel"},
    {.name = "#<#", .left = "hstore", .right = "hstore", .function = "hstore_lt",
     .commutator = "#>#", .negator = "#>=#", .restrict = "scalarltsel", .join = "scalarltjoinsel"},
    {.name = "#<=#", .left = "hstore", .right = "hstore", .function = "hstore_le",
     .commutator = "#>=#", .negator = "#>#", .restrict = "scalarlesel", .join = "scalarlejoinsel"},
};

constexpr Cast kCasts[] = {
    {"_text", "hstore", "hstore", 'e'},
    {"hstore", "json", "hstore_to_json", 'e'},
    {"hstore", "jsonb", "hstore_to_jsonb", 'e'},
};

constexpr ClassOperator kOrder[] = {{1, "#<#"}, {2, "#<=#"}, {3, "="}, {4, "#>=#"}, {5, "#>#"}};
constexpr ClassFunction kCompare[] = {{1, "hstore_cmp", "hstore, hstore"}};
constexpr ClassOperator kEqual[] = {{1, "="}};
constexpr ClassFunction kHash[] = {{1, "hstore_hash", "hstore"}, {2, "hstore_hash_extended", "hstore, int8"}};
constexpr ClassOperator kContains[] = {
    {7, "@>"}, {9, "?", "hstore", "text"}, {10, "?|", "hstore", "_text"}, {11, "?&", "hstore", "_text"}};
constexpr ClassFunction kGist[] = {
    {1, "ghstore_consistent", "internal, hstore, int2, oid, internal"},
    {2, "ghstore_union", "internal, internal"},
    {3, "ghstore_compress", "internal"},
    {4, "ghstore_decompress", "internal"},
    {5, "ghstore_penalty", "internal, internal, internal"},
    {6, "ghstore_picksplit", "internal, internal"},
    {7, "ghstore_same", "ghstore, ghstore, internal"},
    {10, "ghstore_options", "internal"},
};
constexpr ClassFunction kGin[] = {
    {1, "bttextcmp", "text, text"},
    {2, "gin_extract_hstore", "hstore, internal"},
    {3, "gin_extract_hstore_query", "hstore, internal, int2, internal, internal"},
    {4, "gin_consistent_hstore", "internal, int2, hstore, int4, internal, internal"},
};
constexpr OperatorClass kHstoreClasses[] = {
    {.method = "btree", .name = "btree_hstore_ops", .type = "hstore", .operators = kOrder, .functions = kCompare},
    {.method = "hash", .name = "hash_hstore_ops", .type = "hstore", .operators = kEqual, .functions = kHash},
    {.method = "gist", .name = "gist_hstore_ops", .type = "hstore", .storage = "ghstore", .operators = kContains,
     .functions = kGist},
    {.method = "gin", .name = "gin_hstore_ops", .type = "hstore", .storage = "text", .operators = kContains,
     .functions = kGin},
};

}  // namespace

const Extension& hstore() {
  static const Type types[] = {
      {.name = "hstore",
       .input = "hstore_in",
       .output = "hstore_out",
       .receive = "hstore_recv",
       .send = "hstore_send",
       .support = &hstore_support(),
       .subscript = "hstore_subscript_handler"},
      {.name = "ghstore", .input = "ghstore_in", .output = "ghstore_out", .storage = 'p'},
  };
  static const Extension extension{.name = "hstore",
                                   .version = "1.8",
                                   .comment = "data type for storing sets of (key, value) pairs",
                                   .trusted = true,
                                   .routines = kHstoreRoutines,
                                   .operators = kHstoreOperators,
                                   .types = types,
                                   .casts = kCasts,
                                   .operator_classes = kHstoreClasses,
                                   .functions = hstore_functions(),
                                   .set_functions = hstore_set_functions()};
  return extension;
}

}  // namespace extensions
