// What CREATE EXTENSION can make: PostgreSQL's popular extensions, built in. An extension is a description of its
// objects and, behind its functions of LANGUAGE c, kernels that are found by pg_proc.prosrc.
#pragma once

#include <span>
#include <string_view>

#include "functions/function.h"
#include "functions/set_function.h"

namespace extensions {

inline constexpr types::Oid kLanguage = 13;  // pg_language: c

// ---- objects, as commands::create_extension() makes them

// Types are named as in pg_type ("int4", "_text"), those of the extension, too.
struct Routine {
  std::string_view name;
  // "space uuid, name text, out key text": mode (in where none is written), name or none, type.
  std::string_view parameters;
  std::string_view result;      // "uuid", "setof record"
  // Of LANGUAGE c: pg_proc.prosrc. One without a kernel says so when it is called (0A000).
  std::string_view symbol;
  // provolatile, s for STRICT or -, proparallel: "iss"; and an i when it is LANGUAGE internal.
  std::string_view attributes;
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

struct SetFunction {
  std::string_view symbol;
  functions::SetFunctionStart start;
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
  std::span<const functions::ScalarFunction> functions = {};
  std::span<const SetFunction> set_functions = {};
};

// In the order of their names. Everything lives as long as the process.
std::span<const Extension* const> all();
// Null: there is none.
const Extension* find(std::string_view name);

// ---- kernels, by pg_proc.prosrc; null: there is none. Symbols are unique among all extensions.
functions::ScalarKernel find_scalar(std::string_view symbol);
functions::SetFunctionStart find_set_function(std::string_view symbol);

}  // namespace extensions
