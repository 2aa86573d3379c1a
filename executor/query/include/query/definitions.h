// Functions, aggregates, operators and their classes, casts, range types, conversions, statistics objects: what
// users define around functions, types and columns.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/ddl.h"
#include "query/utility.h"

namespace query {

struct FunctionParameter {
  std::string name;
  TypeRef type;
  char mode = 'i';  // pg_proc.proargmodes: i, o, b, v, t
  ExpressionPtr default_value;
};
struct ShellNotice {
  std::string sqlstate, message, detail;
};
struct CreateFunction {
  ObjectName name;
  bool or_replace = false;
  bool is_procedure = false;
  std::vector<FunctionParameter> parameters;
  TypeRef result;            // void for a procedure without output
  bool returns_set = false;
  std::string language;
  std::vector<std::string> body;  // AS 'text' or AS 'file', 'symbol'
  std::optional<std::string> sql_body_text;  // BEGIN ATOMIC .. END, RETURN ..
  std::vector<std::shared_ptr<const Query>> sql_body;  // its statements, for what they depend on
  char volatility = 'v';
  char parallel = 'u';
  bool strict = false, security_definer = false, leakproof = false, is_window = false;
  std::optional<double> cost, rows;
  std::vector<SetVariable> settings;
  // What is to be told of types that are only shells, before the function is made.
  std::vector<ShellNotice> shells;
  // A result type that is not there yet: a shell of that name is made for it.
  std::optional<ObjectName> result_shell;
};
// ALTER FUNCTION, PROCEDURE, ROUTINE: what is not given stays.
struct AlterFunction {
  ObjectKind kind = ObjectKind::function;
  ObjectReference object;
  std::optional<char> volatility, parallel;  // pg_proc's letters
  std::optional<bool> strict, security_definer, leakproof;
  std::optional<double> cost, rows;
  std::vector<SetVariable> settings;
  int not_for_procedures = -1;  // where the first attribute stands that procedures do not have
};

// One way to compute an aggregate: the plain one or the moving one of window frames.
struct AggregateSteps {
  Oid transition = 0, inverse = 0, final = 0;
  bool final_extra = false;     // the final function sees the arguments' types, as nulls
  char final_modifies = 'r';    // pg_aggregate.aggfinalmodify
  Oid state = 0;                // type of the state
  std::int32_t space = 0;       // estimated bytes of a state; 0: unknown
  std::optional<std::string> initial;
};
struct CreateAggregate {
  CreateFunction routine;       // its pg_proc row
  char kind = 'n';              // pg_aggregate.aggkind
  std::int16_t direct_arguments = 0;
  AggregateSteps plain;
  std::optional<AggregateSteps> moving;
  Oid combine = 0, serialize = 0, deserialize = 0, sort_operator = 0;
  std::vector<std::string> warnings;  // of options that mean nothing
};

// Operators and functions that are not there yet are 0 with their name.
struct CreateOperator {
  ObjectName name;
  Oid left = 0, right = 0, result = 0;  // left 0: prefix
  Oid function = 0, restrict = 0, join = 0;
  std::optional<ObjectName> commutator, negator;
  bool hashes = false, merges = false;
  std::vector<std::string> warnings;
};
// ALTER OPERATOR ... SET: what is not given stays, 0 takes the estimator away.
struct AlterOperator {
  ObjectReference object;
  std::optional<Oid> restrict, join;
};

struct CreateCast {
  enum class Method : std::uint8_t { function, binary, in_out } method = Method::function;
  Oid source = 0, target = 0, function = 0;
  char context = 'e';           // pg_cast.castcontext
};

struct CreateRange {
  ObjectName name;
  Oid subtype = 0, operator_class = 0, collation = 0;
  Oid canonical = 0, difference = 0;
  std::optional<ObjectName> multirange;
};

// OPERATOR, FUNCTION or STORAGE of CREATE OPERATOR CLASS and ALTER OPERATOR FAMILY.
struct OperatorClassItem {
  enum class Kind : std::uint8_t { operator_, function, storage } kind = Kind::operator_;
  int number = 0;                  // strategy or support function
  ObjectReference object;          // the operator or function; unset for DROP
  std::vector<Oid> types;          // that it is for, where they were written
  std::optional<ObjectName> sort_family;
  Oid storage = 0;
};
struct CreateOperatorClass {
  ObjectName name;
  std::optional<ObjectName> family;
  std::string access_method;
  Oid type = 0;
  bool is_default = false;
  std::vector<OperatorClassItem> items;
};
struct CreateOperatorFamily {
  ObjectName name;
  std::string access_method;
};
struct AlterOperatorFamily {
  ObjectName name;
  std::string access_method;
  bool drop = false;
  std::vector<OperatorClassItem> items;
};

struct CreateConversion {
  ObjectName name;
  std::string source, target;      // encodings, as written
  ObjectName function;
  bool is_default = false;
};

struct CreateStatistics {
  ObjectName name;
  bool if_not_exists = false;
  std::vector<std::string> kinds;  // none: all
  RelationName table;
  std::vector<std::string> columns;
  std::vector<ExpressionPtr> expressions;  // over range table entry 0
};
struct AlterStatistics {
  ObjectReference object;
  int target = -1;                 // -1: the default
  bool missing_ok = false;
};

// CREATE TYPE name: a name that a base type may be given later.
struct CreateShellType {
  ObjectName name;
};

// What CREATE TYPE of a base type and ALTER TYPE ... SET say of functions; names are looked up when the
// command runs, since the type's own OID is a part of their signatures.
struct TypeFunction {
  enum class Role : std::uint8_t { input, output, receive, send, typmod_in, typmod_out, analyze, subscript } role = Role::input;
  ObjectName name;                 // empty: none from now on
};
// An attribute that means nothing, and where it stands.
struct UnknownAttribute {
  std::string name;
  int location = -1;
};
// CREATE TYPE name (INPUT = .., OUTPUT = .., ..).
struct CreateBaseType {
  ObjectName name;
  std::vector<TypeFunction> functions;  // each role once at most
  Oid like = 0, element = 0;
  std::optional<int> length;       // -1: variable
  std::optional<bool> by_value;
  std::optional<char> alignment, storage;  // pg_type's letters
  char category = 'U';
  bool preferred = false, collatable = false;
  char delimiter = ',';
  std::optional<std::string> default_value;
  std::vector<UnknownAttribute> unknown;
};
// ALTER TYPE name SET (..): what is not given stays, a function of an empty name is taken away.
struct AlterBaseType {
  Oid type = 0;
  std::vector<TypeFunction> functions;  // each role once at most
  std::optional<char> storage;
};

// CREATE LANGUAGE .. HANDLER; names that are empty: none was written.
struct CreateLanguage {
  std::string name;
  bool replace = false, trusted = false;
  ObjectName handler, inline_handler, validator;
};

}  // namespace query
