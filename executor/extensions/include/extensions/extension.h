// What CREATE EXTENSION can make: PostgreSQL's popular extensions, built in. An extension is a description of its
// objects and, behind its functions of LANGUAGE c, kernels that are found by pg_proc.prosrc.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "functions/function.h"
#include "functions/set_function.h"
#include "text_search/dictionary.h"
#include "types/type_io.h"

namespace extensions {

inline constexpr types::Oid kLanguage = 13;  // pg_language: c

// ---- objects, as commands::create_extension() makes them

// A base type; its functions by their names. What its values are is said by `support`, whose OID does not count; null:
// there are no values (what trees of PostgreSQL's consist of).
struct Type {
  std::string_view name, input, output, receive = {}, send = {};
  const types::TypeSupport* support = nullptr;
  char category = 'U';
  char storage = 'x';
  char alignment = 'i';
  bool collatable = false;
  std::string_view subscript = {};
};

// CREATE TYPE name AS (columns): "a int4, b text".
struct RowType {
  std::string_view name, columns;
};

// CREATE DOMAIN name AS base; its checks come when the functions are there: "CONSTRAINT a CHECK ({}.f(VALUE))", {} being
// the extension's schema, {cube} that of the required extension cube.
struct Domain {
  std::string_view name, base;
  std::span<const std::string_view> constraints = {};
};

// What looks words up is made by the symbol of `lexize`.
struct TextSearchTemplate {
  std::string_view name, init, lexize;
};
struct TextSearchDictionary {
  std::string_view name, made_of;
  text_search::Option option;           // without a name: none
};
struct DictionaryMaker {
  std::string_view symbol;
  std::shared_ptr<const text_search::Dictionary> (*make)(const text_search::Options& options);
};

// Types are named as in pg_type ("int4", "_text"), those of the extension, too.
struct Routine {
  std::string_view name;
  // "space uuid, name text, out key text": mode (in where none is written), name or none, type.
  std::string_view parameters;
  std::string_view result;      // "uuid", "setof record"
  // Of LANGUAGE c: pg_proc.prosrc. One without a kernel says so when it is called (0A000).
  std::string_view symbol;
  // provolatile, s for STRICT or -, proparallel: "iss"; and an i when it is LANGUAGE internal, a q when it is SQL:
  // then the symbol is its body.
  std::string_view attributes;
  // Constants of its last parameters, as text: "0, 0".
  std::string_view defaults = {};
  bool is_private = false;              // PUBLIC may not call it
};

// Whoever may look at it; {} in its query is the extension's schema.
struct View {
  std::string_view name, query;
};

// An aggregate of one argument, which is its state as well, like min and max.
struct Aggregate {
  std::string_view name, type, transition, sort_operator;
};

// Functions are the extension's own or estimators, by name.
struct Operator {
  std::string_view name;
  std::string_view left = {}, right = {};  // no left one: a prefix
  std::string_view function = {};
  std::string_view commutator = {}, negator = {};
  std::string_view restrict = {}, join = {};
  bool hashes = false, merges = false;
};

// No function: the bytes are the same.
struct Cast {
  std::string_view source, target, function;
  char context;                         // pg_cast.castcontext
};

// Types that are not written are the class's own.
struct ClassOperator {
  std::int16_t strategy;
  std::string_view name, left = {}, right = {};
  bool orders = false;                  // FOR ORDER BY the order of what it gives
};
struct ClassFunction {
  std::int16_t number;
  std::string_view name, arguments;
};
struct OperatorClass {
  std::string_view method, name, type;
  bool is_default = true;
  std::string_view storage = {};
  std::span<const ClassOperator> operators = {};
  std::span<const ClassFunction> functions = {};
};

struct SetFunction {
  std::string_view symbol;
  functions::SetFunctionStart start;
};

// A setting of its own, which is there even while the extension is not.
struct Setting {
  std::string_view name;
  char type;                            // b boolean, i integer, r real, e enum
  std::string_view standard, description;
  double minimum = 0, maximum = 0;
  std::span<const std::string_view> values = {};
  bool at_start = false;                // only the server's start sets it
};

struct Extension {
  std::string_view name;
  std::string_view version;             // the one there is
  std::string_view comment;
  bool trusted = false;                 // CREATE on the database is enough
  bool relocatable = true;
  std::span<const std::string_view> requirements = {};
  std::span<const Routine> routines = {};
  std::span<const Operator> operators = {};
  std::span<const Type> types = {};
  std::span<const RowType> row_types = {};
  std::span<const Domain> domains = {};
  std::span<const Aggregate> aggregates = {};
  std::span<const Cast> casts = {};
  std::span<const OperatorClass> operator_classes = {};
  std::span<const functions::ScalarFunction> functions = {};
  std::span<const SetFunction> set_functions = {};
  std::span<const View> views = {};
  std::span<const Setting> settings = {};
  std::span<const TextSearchTemplate> templates = {};
  std::span<const TextSearchDictionary> dictionaries = {};
  std::span<const DictionaryMaker> dictionary_makers = {};
};

// In the order of their names. Everything lives as long as the process.
std::span<const Extension* const> all();
// Null: there is none.
const Extension* find(std::string_view name);

// ---- kernels, by pg_proc.prosrc; null: there is none. Symbols are unique among all extensions.
functions::ScalarKernel find_scalar(std::string_view symbol);
functions::SetFunctionStart find_set_function(std::string_view symbol);

// By the symbol of a template's lexize function; null: it is no extension's.
std::shared_ptr<const text_search::Dictionary> make_dictionary(std::string_view lexize, const text_search::Options& options);

// What values of a type are, by the name of its input function; null: an extension's type without values, or none's.
const types::TypeSupport* find_type(std::string_view input);

}  // namespace extensions
