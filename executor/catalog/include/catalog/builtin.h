// The facts that PostgreSQL 15 is born with: types, functions, operators, casts, operator classes.
//
// Read once per process from the embedded data file (data/pg15.txt, made by
// scripts/extract_catalog), shared by every database, never changed. Needs no storage, so the
// analyser's and planner's tests use it as it is. What users create is found through
// catalog::CatalogView, which hands out the same structs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "types/oid.h"

namespace catalog {

using types::Oid;

// Schemas and owners that code names.
inline constexpr Oid kPgCatalogSchema = 11;
inline constexpr Oid kPgToastSchema = 99;
inline constexpr Oid kPublicSchema = 2200;
inline constexpr Oid kBootstrapRole = 10;         // postgres

struct SchemaInfo {
  Oid oid;
  std::string_view name;
  Oid owner;
};

struct TypeInfo {
  Oid oid;
  std::string_view name;
  Oid schema;
  Oid owner;
  std::int16_t length;       // typlen: -1 varlena, -2 cstring
  bool by_value;
  char kind;                 // b base, c composite, d domain, e enum, p pseudo, r range, m multirange
  char category;             // typcategory: N numeric, S string, ...
  bool preferred;
  bool defined;
  char delimiter;
  char alignment;
  char storage;
  Oid relation;              // composite: its pg_class row
  Oid element;               // typelem
  bool is_true_array;        // subscripted as an array, elements of type `element`
  Oid array;                 // the array type over this one, or 0
  Oid input, output, receive, send;  // pg_proc
  Oid typmod_in, typmod_out;
  bool not_null;             // domain
  Oid base_type;             // domain
  std::int32_t typmod;       // domain: typmod of the base type
  Oid collation;             // 0: not collatable
};

struct FunctionInfo {
  Oid oid;
  std::string_view name;
  Oid schema;
  Oid owner;
  Oid language;              // 12 internal, 14 sql
  char kind;                 // f function, a aggregate, w window, p procedure
  bool strict;
  bool returns_set;
  bool security_definer;
  bool leakproof;
  bool has_acl;              // somebody granted or revoked, or initdb did
  char volatility;           // i immutable, s stable, v volatile
  char parallel;             // s safe, r restricted, u unsafe
  Oid variadic;              // element type of the variadic parameter, or 0
  Oid result;
  std::int16_t default_count;
  std::span<const Oid> arguments;          // input arguments (proargtypes)
  // Set when there are OUT, INOUT, VARIADIC or TABLE parameters: all of them, and i/o/b/v/t each.
  std::span<const Oid> all_arguments;
  std::string_view argument_modes;
  std::span<const std::string_view> argument_names;  // empty: none are named
  std::string_view source;                 // prosrc: the kernel's name when internal
  std::string_view sql_body;               // language sql: RETURN ... or BEGIN ATOMIC ...; or empty
  std::string_view defaults;               // SQL expressions of the defaults, comma-separated
  float cost, rows;
  std::span<const std::string_view> settings;  // SET clauses: name=value
};

inline constexpr Oid kSqlLanguage = 14, kPlpgsqlLanguage = 13563;
// Its body is text that a session runs, not a kernel.
inline bool is_user_written(const FunctionInfo& f) {
  return f.oid >= types::kFirstNormalOid && (f.language == kSqlLanguage || f.language == kPlpgsqlLanguage);
}

struct OperatorInfo {
  Oid oid;
  std::string_view name;
  Oid schema;
  char kind;                 // b infix, l prefix
  bool can_merge, can_hash;
  Oid left, right, result;   // left 0: prefix
  Oid commutator, negator;
  Oid function;
  Oid restrict_selectivity, join_selectivity;
};

struct CastInfo {
  Oid oid;
  Oid source, target;
  Oid function;              // 0 unless method f
  char context;              // e explicit, a assignment, i implicit
  char method;               // f function, i in/out, b binary
};

struct AggregateInfo {
  Oid function;
  char kind;                 // n normal, o ordered-set, h hypothetical-set
  std::int16_t direct_arguments;
  Oid transition, final, combine;
  Oid transition_type;
  Oid sort_operator;         // min/max: the operator whose order gives the answer
  std::optional<std::string_view> initial_value;
};

struct OperatorClassInfo {
  Oid oid;
  Oid method;                // pg_am: 403 btree, 405 hash
  std::string_view name;
  Oid schema;
  Oid family;
  Oid input_type;
  bool is_default;
  Oid key_type;
};
inline constexpr Oid kBtree = 403, kHash = 405;

struct FamilyOperator {
  Oid family;
  Oid left, right;
  std::int16_t strategy;     // btree: 1 <, 2 <=, 3 =, 4 >=, 5 >
  char purpose;              // s search, o order
  Oid operator_;
  Oid method;
};

struct FamilyProcedure {
  Oid family;
  Oid left, right;
  std::int16_t number;       // btree: 1 compare, 2 sort support, 3 in_range, 4 equalimage
  Oid function;
};

struct CollationInfo {
  Oid oid;
  std::string_view name;
  Oid schema;
  char provider;             // d default, c libc, i icu
  bool deterministic;
  std::int32_t encoding;
  std::string_view collate, ctype, icu_locale;
  std::string_view version;  // of the provider when it was made; empty: none
};

struct RangeInfo {
  Oid type, subtype, multirange;
  Oid collation, operator_class;
  Oid canonical, difference; // pg_proc or 0
};

struct LanguageInfo {
  Oid oid;
  std::string_view name;
};

// What pg_settings says about one parameter of PostgreSQL 15.
struct SettingInfo {
  std::string_view name, unit, category, short_description, extra_description;
  std::string_view context;  // internal, postmaster, sighup, superuser-backend, backend, superuser, user
  std::string_view type;     // bool, enum, integer, real, string
  std::string_view minimum, maximum;
  std::string_view enum_values;  // as an array literal: {a,b}
  std::string_view boot_value;
  bool boot_value_is_null;
};

// Immutable and shared; every returned pointer, span and view lives as long as the process.
class Builtins {
 public:
  // The process's one copy; the first call reads it (a few milliseconds). Thread-safe.
  static const Builtins& get();

  // By OID; null when it is not a built-in one.
  const TypeInfo* type(Oid) const;
  const FunctionInfo* function(Oid) const;
  const OperatorInfo* operator_(Oid) const;
  const AggregateInfo* aggregate(Oid function) const;
  const OperatorClassInfo* operator_class(Oid) const;
  const CollationInfo* collation(Oid) const;
  const RangeInfo* range(Oid type) const;
  const RangeInfo* range_of_multirange(Oid multirange) const;
  const SchemaInfo* schema(Oid) const;
  const LanguageInfo* language(Oid) const;
  const CastInfo* cast(Oid source, Oid target) const;

  // By name. Names are unique within a schema only for types, schemas and collations.
  const TypeInfo* type_by_name(Oid schema, std::string_view name) const;
  const SchemaInfo* schema_by_name(std::string_view name) const;
  const CollationInfo* collation_by_name(Oid schema, std::string_view name) const;
  const OperatorClassInfo* operator_class_by_name(Oid method, std::string_view name) const;
  const LanguageInfo* language_by_name(std::string_view name) const;
  // Candidates of that name, in OID order (every built-in one is in pg_catalog, but for a few in
  // information_schema: check `schema`).
  std::span<const FunctionInfo* const> functions_by_name(std::string_view name) const;
  std::span<const OperatorInfo* const> operators_by_name(std::string_view name) const;

  // Every cast from / to a type.
  std::span<const CastInfo* const> casts_from(Oid source) const;

  // Default operator class of a type for an access method, without looking through domains or
  // binary-compatible types; null when there is none.
  const OperatorClassInfo* default_operator_class(Oid type, Oid method) const;
  // The family's operator or support function; 0 when it has none.
  Oid family_operator(Oid family, Oid left, Oid right, int strategy) const;
  Oid family_procedure(Oid family, Oid left, Oid right, int number) const;
  // Every family that an operator is a member of.
  std::span<const FamilyOperator* const> families_of(Oid operator_oid) const;
  std::string_view family_name(Oid family) const;

  std::span<const TypeInfo> types() const;
  std::span<const FunctionInfo> functions() const;
  std::span<const OperatorInfo> operators() const;
  std::span<const SettingInfo> settings() const;

  // Definition of a system view (pg_catalog or information_schema), as SQL to be parsed with
  // search_path pg_catalog; empty when the OID is no system view.
  std::string_view view_sql(Oid relation) const;

  Builtins(const Builtins&) = delete;
  Builtins& operator=(const Builtins&) = delete;
  ~Builtins();

 private:
  Builtins();
  struct Tables;
  const Tables* tables_;
};

// Facts derived from operator classes (CatalogView::ordering_operators), through domains' base types and binary
// coercion as PostgreSQL's type cache does (varchar uses text's, arrays anyarray's, enums anyenum's, ...). Zero where
// the type has none.
struct OrderingOperators {
  Oid less_than = 0, less_equal = 0, equal = 0, greater_equal = 0, greater_than = 0;
  Oid compare_function = 0;
  Oid btree_family = 0;
  Oid btree_input_type = 0;  // what the class is declared for
  Oid hash_equal = 0;        // equality of the hash class
};

// The default class for `type` after the same look-through; null when there is none. `type` is a built-in type, or
// the TypeInfo of a user's one (whose kind decides).
const OperatorClassInfo* default_operator_class_for(const TypeInfo& type, Oid method);

// The number's text as the extraction wrote it, and what the built-in rows of one catalogue look
// like: for bootstrap only.
struct CatalogData {
  std::string_view name;                        // "pg_type"
  std::vector<std::string_view> columns;
  std::string_view rows;                        // COPY text format
};
// Null when the data file has no such table.
const CatalogData* catalog_data(std::string_view name);

}  // namespace catalog
